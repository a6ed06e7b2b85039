"""Remedies and offers as plain values: what is given to put things right, and why."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from attrs import field, frozen
from moneyed import Money

from complaint_lifecycle.amounts import amount_or_none, amount_text, sum_of
from complaint_lifecycle.checks import exact_decimal, one_of, reference, short_text
from complaint_lifecycle.clock import in_utc
from complaint_lifecycle.errors import CurrencyError, InvalidEventError


class RemedyKind(StrEnum):
    """What can be given to put things right."""

    DISCOUNT = "discount"
    REFUND = "refund"
    FREE_SERVICE = "free_service"
    REPLACEMENT = "replacement"
    REPAIR = "repair"
    GIFT = "gift"
    COUPON = "coupon"
    GUARANTEE = "guarantee"
    APOLOGY = "apology"


def _kind(value: RemedyKind | str) -> RemedyKind:
    return one_of(RemedyKind, value, "Remedy.kind")


def _what(value: str) -> str:
    return short_text(value, "Remedy.what")


def _conditions(value: str) -> str:
    return short_text(value, "Remedy.conditions")


def _percent(value: Decimal | int | str | None) -> Decimal | None:
    if value is None:
        return None
    percent = exact_decimal(value, "Remedy.percent")
    if not 0 <= percent <= 100:  # noqa: PLR2004
        rule = "must be a number from 0 to 100"
        raise InvalidEventError("Remedy.percent", str(percent)[:40], rule)
    return percent.copy_abs() if percent.is_zero() else percent


def _value(value: Money | None) -> Money | None:
    amount = amount_or_none(value, "Remedy.value")
    if amount is not None and amount.amount < 0:
        rule = "must not be negative: a remedy is given, never taken"
        raise InvalidEventError("Remedy.value", str(amount.amount), rule)
    return amount


def _last_day(value: date | None) -> date | None:
    if value is not None and (isinstance(value, datetime) or type(value) is not date):
        rule = "must be a date without a time"
        raise InvalidEventError("Remedy.valid_until", repr(value)[:40], rule)
    return value


# Without slots a value whose parts were checked before is one update of a dictionary.
@frozen(kw_only=True, slots=False)
class Remedy:
    """One thing that is given to put a complaint right.

    Attributes:
        kind: Refund, discount, gift, coupon and so on.

        value: What it is worth, where it is worth money; what it costs, if it is given
            in kind.

        percent: A share from 0 to 100, where it is one: of the amount at stake, or, for
            a coupon without a value, of the next purchase.

        what: What is given in kind, in words.

        valid_until: The last date on which it can be used, or ``None``.

        conditions: What else holds for it, in words.
    """

    kind: RemedyKind = field(converter=_kind)
    value: Money | None = field(default=None, converter=_value)
    percent: Decimal | None = field(default=None, converter=_percent)
    what: str = field(default="", converter=_what)
    valid_until: date | None = field(default=None, converter=_last_day)
    conditions: str = field(default="", converter=_conditions)


def _reason_text(value: str) -> str:
    return short_text(value, "Reason.text")


def _reason_rule(value: str) -> str:
    return short_text(value, "Reason.rule")


def _change(value: Money | None) -> Money | None:
    return amount_or_none(value, "Reason.amount")


@frozen(slots=False)
class Reason:
    """One line that explains an offer.

    Attributes:
        text: Which input and which number, in words.

        rule: Name of the rule that says so, such as ``"capped"``.

        amount: What it adds to the total, or takes from it; ``None`` if neither.
    """

    text: str = field(converter=_reason_text)
    rule: str = field(default="", converter=_reason_rule, kw_only=True)
    amount: Money | None = field(default=None, converter=_change, kw_only=True)

    def __str__(self) -> str:
        return f"{self.rule}: {self.text}" if self.rule else self.text


def _budget(value: str) -> str:
    return reference(value, "Draw.budget")


def _limit(value: Money) -> Money:
    limit = _value(value)
    if limit is None:
        raise InvalidEventError("Draw.limit", "None", "must be Money")
    return limit


@frozen
class Draw:
    """A budget that an offer is paid from.

    Attributes:
        budget: Its name.

        limit: How much all offers together may draw on it.
    """

    budget: str = field(converter=_budget)
    limit: Money = field(converter=_limit)


def _remedies(given: Iterable[Remedy]) -> tuple[Remedy, ...]:
    remedies = tuple(given)
    for remedy in remedies:
        if not isinstance(remedy, Remedy):
            rule = "must be remedies, such as Remedy(kind='refund', value=...)"
            raise InvalidEventError("Offer.remedies", repr(remedy)[:40], rule)
    return remedies


def _reasons(lines: Iterable[Reason | str]) -> tuple[Reason, ...]:
    if isinstance(lines, str):
        rule = "must be a list of lines, not one text"
        raise InvalidEventError("Offer.reasons", repr(lines)[:40], rule)
    return tuple(x if isinstance(x, Reason) else Reason(x) for x in lines)


def _instant(value: datetime | None) -> datetime | None:
    return None if value is None else in_utc(value, "Offer.expires")


def _role(value: str | None) -> str | None:
    return None if value is None else reference(value, "Offer.approval")


def _draws(given: Iterable[Draw]) -> tuple[Draw, ...]:
    draws = tuple(given)
    names = [draw.budget for draw in draws]
    if len(set(names)) < len(names):
        rule = "must draw on each budget once"
        raise InvalidEventError("Offer.draws", ", ".join(names), rule)
    return draws


@frozen(kw_only=True, slots=False)
class Offer:
    """Remedies with the reasons for them.

    Attributes:
        remedies: What is offered; at least one.

        reasons: Line by line, why so much; plain text is a line too.

        expires: The last instant at which it may be accepted, or ``None``.

        approval: The role that has to approve it before it may be accepted, or
            ``None``.

        draws: The budgets that it is paid from.

    Raises:
        InvalidEventError: If there is no remedy.
        CurrencyError: If the remedies mix currencies.

    >>> from complaint_lifecycle.amounts import money
    >>> Offer(remedies=[Remedy(kind="refund", value=money(20, "EUR"))]).total
    Money('20.00', 'EUR')
    """

    remedies: tuple[Remedy, ...] = field(converter=_remedies)
    reasons: tuple[Reason, ...] = field(default=(), converter=_reasons)
    expires: datetime | None = field(default=None, converter=_instant)
    approval: str | None = field(default=None, converter=_role)
    draws: tuple[Draw, ...] = field(default=(), converter=_draws)

    def __attrs_post_init__(self) -> None:
        if not self.remedies:
            raise InvalidEventError("Offer.remedies", "()", "needs at least one remedy")
        values = [r.value for r in self.remedies if r.value is not None]
        codes = {value.currency.code for value in values}
        codes |= {draw.limit.currency.code for draw in self.draws} if codes else set()
        if len(codes) > 1:
            rule = "an offer has one currency: convert at an explicit rate first"
            raise CurrencyError("Offer.remedies", " and ".join(sorted(codes)), rule)

    @property
    def total(self) -> Money | None:
        """The sum of all remedies worth money; ``None`` if there is none."""
        return sum_of(r.value for r in self.remedies if r.value is not None)

    def explain(self) -> str:
        """Tell line by line how the total came about.

        The amounts in the column on the right add up to the total, if every line was
        written by the rules of this library.

        >>> from complaint_lifecycle.amounts import money
        >>> refund = Remedy(kind="refund", value=money(20, "EUR"))
        >>> line = Reason("20 EUR for the trouble", rule="flat", amount=money(20, "EUR"))
        >>> print(Offer(remedies=[refund], reasons=[line]).explain())
        flat: 20 EUR for the trouble  20.00 EUR
        total                         20.00 EUR
        """
        rows = [(str(line), amount_text(line.amount)) for line in self.reasons]
        rows.append(("total", amount_text(self.total) or "nothing in money"))
        left = max(len(text) for text, _ in rows)
        right = max(len(amount) for _, amount in rows)
        lines = [f"{text:<{left}}  {amount:>{right}}".rstrip() for text, amount in rows]
        if self.approval is not None:
            lines.append(f"needs the approval of: {self.approval}")
        if self.expires is not None:
            lines.append(f"open until {self.expires:%Y-%m-%d %H:%M} UTC")
        return "\n".join(lines)


def checked_again(offer: Offer) -> Offer:
    """Return an equal offer whose every part was checked: what is stored can be read.

    Raises:
        InvalidEventError: If a part breaks the rule of its field.
    """
    made: dict[str, Any] = dict(offer.__dict__)
    made["remedies"] = tuple(Remedy(**each.__dict__) for each in offer.remedies)
    made["reasons"] = tuple(
        Reason(each.text, rule=each.rule, amount=each.amount) for each in offer.reasons
    )
    return Offer(**made)


V = TypeVar("V", Remedy, Reason, Offer)
_make = object.__new__


def of_checked(cls: type[V], **parts: Any) -> V:
    """Make a value from parts that were checked before, a third of the usual cost."""
    value = _make(cls)
    value.__dict__.update(parts)
    return value
