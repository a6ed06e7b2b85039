"""Losses: the blocks whose amount follows what the customer lost or asked for."""

from decimal import Decimal
from typing import Any

from attrs import field, frozen
from moneyed import Money

from complaint_lifecycle.checks import exact_decimal
from complaint_lifecycle.compensation.blocks import piece
from complaint_lifecycle.compensation.drafts import (
    Draft,
    mixed,
    plain,
    to_unit,
    written,
)
from complaint_lifecycle.compensation.giving import (
    HUNDRED,
    Giving,
    a_percent,
    positive_money,
)
from complaint_lifecycle.compensation.measures import (
    DaysLate,
    Fact,
    Measure,
    a_measure,
    stake_of,
)
from complaint_lifecycle.compensation.situation import Situation
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.offers import RemedyKind

ZERO = Decimal(0)


def _measured(measure: Measure, situation: Situation) -> Decimal:
    found = measure.of(situation)
    if found < 0:
        rule = "must not be negative: nobody gains by a loss"
        raise InvalidEventError(measure.title, str(found)[:40], rule)
    return found


def _rate(value: Any) -> Any:
    return positive_money(value) if isinstance(value, Money) else a_percent(value)


def _grace(value: Any) -> Decimal:
    grace = exact_decimal(value, "grace")
    if grace < 0:
        raise InvalidEventError("grace", str(value), "must not be negative")
    return grace


@piece("per day")
@frozen
class PerDay(Giving):
    """So much for each day late, after some days of grace.

    Attributes:
        rate: An amount, or a percentage of the amount at stake, rounded half up.

        days: The days late; a fraction of a day counts as measured.

        grace: Days for which nothing is given.
    """

    rate: Money | Decimal = field(converter=_rate)
    days: Measure = field(factory=DaysLate, converter=a_measure)
    grace: Decimal = field(default=ZERO, converter=_grace)

    def draft(self, situation: Situation) -> Draft | None:
        """Count the days."""
        days = max(_measured(self.days, situation) - self.grace, ZERO)
        if not days:
            return None
        rate, code, said = self._of_a_day(situation)
        amount = to_unit(rate * days, code)
        after = f" after {plain(self.grace)} of grace" if self.grace else ""
        text = f"{plain(days)} {self.days.title}{after}, {said} each"
        return self._draft(situation, text, amount=amount, currency=code)

    def _of_a_day(self, situation: Situation) -> tuple[Decimal, str, str]:
        if isinstance(self.rate, Money):
            code = self.rate.currency.code
            return self.rate.amount, code, written(self.rate.amount, code)
        stake = stake_of(situation)
        code = stake.currency.code
        said = f"{plain(self.rate)} % of {written(stake.amount, code)}"
        return stake.amount * self.rate / HUNDRED, code, said


def _whole(value: Any) -> Decimal:
    whole = exact_decimal(value, "over")
    if whole <= 0:
        raise InvalidEventError("over", str(value), "must be more than nothing")
    return whole


@piece("proportional")
@frozen
class Proportional(Giving):
    """The share of the amount at stake that the loss is of the whole, at most all.

    Attributes:
        loss: What was lost, such as the hours of delay.

        over: The whole in the same unit, such as the hours that were paid for.
    """

    loss: Measure = field(converter=a_measure)
    over: Decimal = field(converter=_whole)

    def draft(self, situation: Situation) -> Draft | None:
        """Take the share, rounded half up."""
        lost = min(_measured(self.loss, situation), self.over)
        if not lost:
            return None
        stake = stake_of(situation)
        code = stake.currency.code
        amount = to_unit(stake.amount * lost / self.over, code)
        text = (
            f"{plain(lost)} of {plain(self.over)} ({self.loss.title}) of "
            f"{written(stake.amount, code)}, rounded half up"
        )
        return self._draft(situation, text, amount=amount, currency=code)


def _margin(value: Any) -> Any:
    if isinstance(value, Money):
        return positive_money(value)
    return a_percent(value, most=None)


@piece("exceed")
@frozen
class Exceed(Giving):
    """What the customer asked for, and something more.

    Attributes:
        margin: An amount, or a percentage of what was asked for, rounded half up.

        asked: What was asked for, in the currency of the amount at stake or the margin.
    """

    margin: Money | Decimal = field(converter=_margin)
    asked: Measure = field(default=Fact("asked"), converter=a_measure)

    def draft(self, situation: Situation) -> Draft:
        """Give more than was asked for.

        Raises:
            CurrencyError: If the margin is in another currency than the amount at stake.
        """
        asked = _measured(self.asked, situation)
        code = self._currency(situation)
        if isinstance(self.margin, Money):
            more, said = self.margin.amount, written(self.margin.amount, code)
        else:
            more = asked * self.margin / HUNDRED
            said = f"{plain(self.margin)} %"
        amount = to_unit(asked + more, code)
        text = (
            f"{self.asked.title} {written(to_unit(asked, code), code)}, and {said} more"
        )
        return self._draft(situation, text, amount=amount, currency=code)

    def _currency(self, situation: Situation) -> str:
        known = (situation.complaint.amount, self.margin)
        codes = {each.currency.code for each in known if isinstance(each, Money)}
        if len(codes) > 1:
            raise mixed(self.rule, *codes)
        return codes.pop() if codes else stake_of(situation).currency.code


def per_day_late(
    rate: Money | str,
    *,
    days: Measure | str | None = None,
    grace: int = 0,
    kind: RemedyKind | str = "refund",
    **options: Any,
) -> PerDay:
    """Give so much for each day late.

    Args:
        rate: An amount, or a share of the amount at stake such as ``"1%"``.

        days: The days late: by default of the most overdue timer; or a fact.

        grace: Days for which nothing is given.

        kind: As what it is given.

        **options: ``what``, ``valid``, ``conditions``.
    """
    measure = DaysLate() if days is None else days
    return PerDay(kind, rate=rate, days=measure, grace=grace, **options)


def proportional(
    loss: Measure | str,
    *,
    over: Decimal | int | str,
    kind: RemedyKind | str = "refund",
    **options: Any,
) -> Proportional:
    """Give the share of the amount at stake that was lost.

    Args:
        loss: What was lost: a measure, or the name of a fact.

        over: The whole, in the same unit.

        kind: As what it is given.

        **options: ``what``, ``valid``, ``conditions``.
    """
    return Proportional(kind, loss=loss, over=over, **options)


def exceed_expectations(
    margin: Money | str,
    *,
    asked: Measure | str = "asked",
    kind: RemedyKind | str = "refund",
    **options: Any,
) -> Exceed:
    """Give what the customer asked for, and a stated margin above it.

    Args:
        margin: An amount, or a share of what was asked for such as ``"10%"``.

        asked: What was asked for: by default the fact ``asked``.

        kind: As what it is given.

        **options: ``what``, ``valid``, ``conditions``.
    """
    return Exceed(kind, margin=margin, asked=asked, **options)
