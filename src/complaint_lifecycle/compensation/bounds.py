"""Bounds: the blocks that change how much another policy gives."""

from collections.abc import Mapping
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Decimal,
)
from typing import Any

from attrs import field, frozen
from moneyed import Money

from complaint_lifecycle.amounts import currency_of
from complaint_lifecycle.checks import exact_decimal
from complaint_lifecycle.compensation.blocks import (
    Block,
    Policy,
    a_policy,
    drafted,
    piece,
    refuse_budget_inside,
)
from complaint_lifecycle.compensation.drafts import Draft, mixed, to_unit, written
from complaint_lifecycle.compensation.giving import positive_money
from complaint_lifecycle.compensation.situation import Situation
from complaint_lifecycle.errors import CurrencyError, InvalidEventError


@piece("capped")
@frozen
class Capped(Block):
    """At most so much; what is too much is taken from the last remedy back."""

    policy: Policy = field(converter=a_policy)
    at: Money = field(converter=positive_money)

    def draft(self, situation: Situation) -> Draft | None:
        """Cut what is above the cap.

        Raises:
            CurrencyError: If the offer is in another currency than the cap.
        """
        draft = drafted(self.policy, situation)
        if draft is None or draft.currency is None:
            return draft
        code = self.at.currency.code
        draft.in_currency(code, self.rule)
        over = draft.total - self.at.amount
        if over > 0:
            draft.change(self.rule, f"at {written(self.at.amount, code)}", -over)
        return draft


@piece("at least")
@frozen
class AtLeast(Block):
    """If anything that is worth money is given, then at least so much."""

    policy: Policy = field(converter=a_policy)
    least: Money = field(converter=positive_money)

    def __attrs_post_init__(self) -> None:
        refuse_budget_inside(self.policy, self.rule)

    def draft(self, situation: Situation) -> Draft | None:
        """Fill up what is below.

        Raises:
            CurrencyError: If the offer is in another currency than the least.
        """
        draft = drafted(self.policy, situation)
        if draft is None or draft.currency is None:
            return draft
        code = self.least.currency.code
        draft.in_currency(code, self.rule)
        short = self.least.amount - draft.total
        if short > 0 and draft.total > 0:
            draft.change(self.rule, written(self.least.amount, code), short)
        return draft


ROUNDINGS = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "up": ROUND_CEILING,
    "down": ROUND_FLOOR,
}
"""How to round, by name."""


def _how(value: str) -> str:
    if value not in ROUNDINGS:
        rule = f"must be one of {', '.join(ROUNDINGS)}"
        raise InvalidEventError("how", repr(value)[:40], rule)
    return value


def _step(value: Any) -> Decimal:
    step = exact_decimal(value, "to")
    if step <= 0:
        raise InvalidEventError("to", str(value)[:40], "must be more than nothing")
    return step


@piece("rounded")
@frozen
class Rounded(Block):
    """The total rounded to whole steps, such as 0.50 or 5.

    Attributes:
        policy: What is rounded.

        to: The step.

        how: ``"half_up"``, ``"half_even"``, ``"up"`` or ``"down"``.
    """

    policy: Policy = field(converter=a_policy)
    to: Decimal = field(converter=_step)
    how: str = field(default="half_up", converter=_how)

    def __attrs_post_init__(self) -> None:
        refuse_budget_inside(self.policy, self.rule)

    def draft(self, situation: Situation) -> Draft | None:
        """Round the total.

        Raises:
            InvalidEventError: If the step is no amount of the currency.
        """
        draft = drafted(self.policy, situation)
        if draft is None or draft.currency is None:
            return draft
        self.check_unit(draft.currency)
        steps = (draft.total / self.to).to_integral_value(ROUNDINGS[self.how])
        total = to_unit(steps * self.to, draft.currency)
        if total != draft.total:
            text = f"{self.how.replace('_', ' ')} to {self.to}"
            draft.change(self.rule, text, total - draft.total)
        return draft

    def check_unit(self, code: str) -> None:
        """Refuse a step that is finer than the currency.

        Raises:
            InvalidEventError: If so.
        """
        if self.to % currency_of(code)[1]:
            rule = f"is finer than {code} knows: use a coarser step"
            raise InvalidEventError("to", str(self.to), rule)


def _code(value: Any) -> str:
    return currency_of(getattr(value, "code", value))[0].code


def _rates(value: Any) -> tuple[tuple[str, Decimal], ...]:
    pairs = value.items() if isinstance(value, Mapping) else value
    rates = tuple((_code(code), exact_decimal(rate, "rate")) for code, rate in pairs)
    for code, rate in rates:
        if rate <= 0:
            raise InvalidEventError("rate", f"{rate} of {code}", "must be above zero")
    return rates


@piece("converted")
@frozen
class Converted(Block):
    """The same in another currency, at stated rates only, rounded half up.

    Attributes:
        policy: What is converted.

        to: The currency.

        rates: How much of it one unit of each other currency is worth.
    """

    policy: Policy = field(converter=a_policy)
    to: str = field(converter=_code)
    rates: tuple[tuple[str, Decimal], ...] = field(converter=_rates)

    def draft(self, situation: Situation) -> Draft | None:
        """Convert every remedy.

        Raises:
            CurrencyError: If there is no rate for its currency.
        """
        draft = drafted(self.policy, situation)
        if draft is None or draft.currency in (None, self.to):
            return draft
        return self._converted(draft, str(draft.currency))

    def _converted(self, draft: Draft, code: str) -> Draft:
        if draft.draws:
            raise mixed(self.rule, code, self.to)
        rate = dict(self.rates).get(code)
        if rate is None:
            rule = f"has no rate to {self.to}: state one, nothing is looked up"
            raise CurrencyError("currency", code, rule)
        before = draft.total
        for part in draft.parts:
            if part.amount is not None:
                part.amount = to_unit(part.amount * rate, self.to)
        amounts = (part.amount for part in draft.parts if part.amount is not None)
        draft.total = sum(amounts, Decimal(0))
        draft.currency = self.to
        # The lines so far tell of another currency, which their text names.
        draft.lines = [(rule, text, None) for rule, text, _ in draft.lines]
        text = f"{before} {code} at {rate}, rounded half up"
        draft.lines.append((self.rule, text, draft.total))
        return draft


def capped(policy: Policy, *, at: Money) -> Capped:
    """Offer at most so much.

    >>> from complaint_lifecycle import money
    >>> from complaint_lifecycle.compensation import refund
    >>> capped(refund("100%"), at=money(200, "EUR")).at
    Money('200.00', 'EUR')
    """
    return Capped(policy, at)


def at_least(policy: Policy, least: Money) -> AtLeast:
    """Offer at least so much, if anything is offered that is worth money."""
    return AtLeast(policy, least)


def rounded(
    policy: Policy, *, to: Decimal | int | str, how: str = "half_up"
) -> Rounded:
    """Round the total to whole steps; see
    :class:`~complaint_lifecycle.compensation.bounds.Rounded`.
    """
    return Rounded(policy, to, how)


def converted(
    policy: Policy, *, to: str, rates: Mapping[str, Decimal | int | str]
) -> Converted:
    """Offer the same in another currency, at stated rates only.

    Args:
        policy: What is converted.

        to: ISO 4217 code.

        rates: How much of it one unit of each other currency is worth.
    """
    return Converted(policy, to, rates)
