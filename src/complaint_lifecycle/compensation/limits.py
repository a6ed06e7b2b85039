"""Limits: the blocks that look at what was given before, and at who may decide."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import field, frozen
from moneyed import Money

from complaint_lifecycle.amounts import amount_text
from complaint_lifecycle.checks import reference
from complaint_lifecycle.compensation.blocks import (
    Block,
    Policy,
    a_policy,
    drafted,
    piece,
)
from complaint_lifecycle.compensation.drafts import (
    Draft,
    earlier,
    mixed,
    written,
)
from complaint_lifecycle.compensation.giving import ALWAYS, positive_money
from complaint_lifecycle.compensation.situation import Budget, Given, Situation
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.offers import Draw, RemedyKind
from complaint_lifecycle.sla.calendar import Calendar
from complaint_lifecycle.sla.durations import Duration


def _times(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        rule = "must be a whole number, 1 or more"
        raise InvalidEventError("times", repr(value)[:40], rule)
    return value


def _duration(value: Any) -> Any:
    if not callable(getattr(value, "due", None)):
        rule = "must be a duration with a name, such as calendar_days(14) or months(12)"
        raise InvalidEventError("duration", repr(value)[:80], rule)
    return value


def _maybe_money(value: Any) -> Any:
    return None if value is None else positive_money(value)


_WORDS = frozenset({RemedyKind.APOLOGY, RemedyKind.GUARANTEE})


@piece("limited")
@frozen
class Limited(Block):
    """So often, or so much, for one customer in a period; other complaints count.

    An offer that is only an apology or a guarantee uses up nothing.

    Attributes:
        policy: What is limited.

        per: The period, up to now.

        times: How many offers at most.

        most: How much at most; a last offer is cut to what is left.
    """

    policy: Policy = field(converter=a_policy)
    per: Duration = field(converter=_duration)
    times: int | None = field(default=None, converter=_times)
    most: Money | None = field(default=None, converter=_maybe_money)

    def __attrs_post_init__(self) -> None:
        if self.times is None and self.most is None:
            rule = "say how often with times=, or how much with most="
            raise InvalidEventError("limited", "no limit", rule)

    def draft(self, situation: Situation) -> Draft | None:
        """Look at what stands, and cut what is too much.

        Raises:
            CurrencyError: If something was given in another currency.
        """
        recent = [g for g in situation.spent.given if self._counts(g, situation.now)]
        if self.times is not None and len(recent) >= self.times:
            return None
        draft = drafted(self.policy, situation)
        if draft is None or self.most is None or draft.currency is None:
            return draft
        return self._cut(draft, recent)

    def _counts(self, given: Given, now: datetime) -> bool:
        more = any(remedy.kind not in _WORDS for remedy in given.offer.remedies)
        return more and self.per.due(given.at, ALWAYS) >= now

    def _cut(self, draft: Draft, recent: list[Given]) -> Draft | None:
        most: Any = self.most
        code = most.currency.code
        draft.in_currency(code, self.rule)
        spent = Decimal(0)
        for given in recent:
            total = given.offer.total
            if total is not None and total.currency.code != code:
                raise mixed(self.rule, code, total.currency.code)
            spent += Decimal(0) if total is None else total.amount
        left = max(most.amount - spent, Decimal(0))
        if draft.total > left:
            text = f"{written(left, code)} is left of {written(most.amount, code)}"
            draft.change(self.rule, text, left - draft.total)
        return draft


def _budget(value: Any) -> Budget:
    if not isinstance(value, Budget):
        rule = "must be a Budget, such as Budget('goodwill', money(500, 'EUR'))"
        raise InvalidEventError("budget", repr(value)[:80], rule)
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidEventError("partly", repr(value)[:40], "must be True or False")
    return value


def _calendar(value: Any) -> Calendar:
    if not isinstance(value, Calendar):
        rule = "must be a Calendar, such as Calendar.always()"
        raise InvalidEventError("calendar", repr(value)[:80], rule)
    return value


@piece("within budget")
@frozen
class WithinBudget(Block):
    """Paid from a budget, or not at all.

    Attributes:
        policy: What is paid.

        budget: From where.

        partly: Whether what is left is given, if it is not enough.
    """

    policy: Policy = field(converter=a_policy)
    budget: Budget = field(converter=_budget)
    partly: bool = field(default=False, converter=_flag)

    def draft(self, situation: Situation) -> Draft | None:
        """Look at what is left.

        Raises:
            CurrencyError: If the budget is in another currency.
        """
        draft = drafted(self.policy, situation)
        if draft is None or draft.currency is None:
            return draft
        limit = self.budget.limit
        draft.in_currency(limit.currency.code, self.rule)
        key = self.budget.key(situation.now)
        spent = situation.spent.budgets.get(key)
        if spent is not None and spent.currency != limit.currency:
            raise mixed(self.rule, spent.currency.code, limit.currency.code)
        left = limit.amount - (Decimal(0) if spent is None else spent.amount)
        return self._paid(draft, key, max(left, Decimal(0)))

    def _paid(self, draft: Draft, key: str, left: Decimal) -> Draft | None:
        text = f"{written(left, draft.currency)} is left in {key}"
        if draft.total <= left:
            draft.lines.append((self.rule, text, None))
        elif self.partly and left:
            draft.change(self.rule, text, left - draft.total)
        else:
            return None
        draft.draw(Draw(key, self.budget.limit), self.rule)
        return draft

    def budget_keys(self, now: datetime) -> tuple[str, ...]:
        """Return the names of the budgets that it draws on at an instant."""
        return tuple(dict.fromkeys((self.budget.key(now), *super().budget_keys(now))))


def _role(value: str) -> str:
    return reference(value, "role")


@piece("needs approval")
@frozen
class NeedsApproval(Block):
    """Somebody else has to approve it; whoever offered it may not.

    Of tiers around each other the outermost that is needed decides who.

    Attributes:
        policy: What is approved.

        role: Who may approve.

        above: Only above this amount; always, if ``None``.
    """

    policy: Policy = field(converter=a_policy)
    role: str = field(converter=_role)
    above: Money | None = field(default=None, converter=_maybe_money)

    def draft(self, situation: Situation) -> Draft | None:
        """Ask for the approval, where it is needed.

        Raises:
            CurrencyError: If the offer is in another currency than the bound.
        """
        draft = drafted(self.policy, situation)
        if draft is None or not self._needed(draft):
            return draft
        bound = "" if self.above is None else f" above {amount_text(self.above)}"
        draft.lines.append((self.rule, f"{self.role} approves{bound}", None))
        draft.approval = self.role
        return draft

    def _needed(self, draft: Draft) -> bool:
        if self.above is None:
            return True
        if draft.currency is None:
            return False
        draft.in_currency(self.above.currency.code, self.rule)
        return draft.total > self.above.amount


@piece("expires")
@frozen
class Expires(Block):
    """Open for some time only.

    Attributes:
        policy: What is open.

        within: For how long.

        calendar: By which that is counted.
    """

    policy: Policy = field(converter=a_policy)
    within: Duration = field(converter=_duration)
    calendar: Calendar = field(default=ALWAYS, converter=_calendar)

    def draft(self, situation: Situation) -> Draft | None:
        """Say until when; the earliest end holds."""
        draft = drafted(self.policy, situation)
        if draft is not None:
            due = self.within.due(situation.now, self.calendar)
            draft.expires = earlier(draft.expires, due)
        return draft


def _version(value: str) -> str:
    return reference(value, "version")


@piece("named")
@frozen
class Named(Block):
    """A policy with a name and a version, which every offer tells.

    Attributes:
        policy: What it does.

        name: Its name.

        version: Its version, as the host likes.
    """

    policy: Policy = field(converter=a_policy)
    name: str = field(converter=_role)
    version: str = field(converter=_version)

    def draft(self, situation: Situation) -> Draft | None:
        """Say which policy it was."""
        draft = drafted(self.policy, situation)
        if draft is not None:
            text = f"{self.name}, version {self.version}"
            draft.lines.append((self.rule, text, None))
        return draft


def limited(
    policy: Policy,
    *,
    per: Duration,
    times: int | None = None,
    most: Money | None = None,
) -> Limited:
    """Offer only so often, or only so much, to one customer in a period.

    Args:
        policy: What is limited.

        per: The period, up to now: what was offered counts until it is over.

        times: How many offers at most.

        most: How much at most.

    >>> from complaint_lifecycle.compensation import coupon
    >>> from complaint_lifecycle.sla.durations import months
    >>> limited(coupon("10%"), times=3, per=months(12)).times
    3
    """
    return Limited(policy, per, times, most)


def within_budget(
    policy: Policy, budget: Budget, *, partly: bool = False
) -> WithinBudget:
    """Pay it from a budget, or not at all; see
    :class:`~complaint_lifecycle.compensation.limits.WithinBudget`.
    """
    return WithinBudget(policy, budget, partly)


def needs_approval(
    policy: Policy, *, role: str, above: Money | None = None
) -> NeedsApproval:
    """Ask for the approval of a role, above an amount or always."""
    return NeedsApproval(policy, role, above)


def expires(
    policy: Policy, *, within: Duration, calendar: Calendar = ALWAYS
) -> Expires:
    """Keep the offer open for some time only."""
    return Expires(policy, within, calendar)


def named(policy: Policy, name: str, *, version: str) -> Named:
    """Give a policy a name and a version, which every offer tells."""
    return Named(policy, name, version)
