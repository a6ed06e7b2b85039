"""The blocks that name one remedy each, over columns."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from moneyed import Money

from complaint_lifecycle.compensation.columns.drafts import Drafts
from complaint_lifecycle.compensation.columns.numbers import (
    Ints,
    Rows,
    at_scale,
    beside,
    places,
    plus,
    shared,
    times,
)
from complaint_lifecycle.compensation.columns.registry import answers, measured
from complaint_lifecycle.compensation.columns.sheets import Sheet
from complaint_lifecycle.compensation.giving import Flat, Gesture, Percent
from complaint_lifecycle.compensation.losses import Exceed, PerDay, Proportional
from complaint_lifecycle.errors import InvalidEventError


@answers(Flat)
def flat(policy: Flat, sheet: Sheet, rows: Rows) -> Drafts:
    """Give the same amount to everybody."""
    amount = sheet.minor(policy.value, policy.rule)
    return Drafts.worth(np.full(len(rows), amount, np.int64))


@answers(Gesture)
def gesture(policy: Gesture, sheet: Sheet, rows: Rows) -> Drafts:
    """Give what is not worth money."""
    return Drafts.words(len(rows))


@answers(Percent)
def percent(policy: Percent, sheet: Sheet, rows: Rows) -> Drafts:
    """Give a share of the amount at stake."""
    share = Fraction(policy.percent) / 100
    return _worth(sheet, sheet.amounts("amount", rows), share)


@answers(PerDay)
def per_day(policy: PerDay, sheet: Sheet, rows: Rows) -> Drafts:
    """Give so much for each day late."""
    days, scale = _loss(policy.days, sheet, rows, policy.grace)
    days = plus(days, -int(at_scale(policy.grace, scale)))
    found = Drafts.none(len(rows))
    late = np.flatnonzero(days > 0)
    if not late.size:
        return found
    if isinstance(policy.rate, Money):
        rate = Fraction(sheet.minor(policy.rate, policy.rule))
        some = days[late]
    else:
        rate = Fraction(policy.rate) / 100
        some = times(sheet.amounts("amount", rows[late]), days[late])
    found.put(late, _worth(sheet, some, rate / 10**scale))
    return found


@answers(Proportional)
def proportional(policy: Proportional, sheet: Sheet, rows: Rows) -> Drafts:
    """Give the share of the amount at stake that was lost."""
    lost, scale = _loss(policy.loss, sheet, rows, policy.over)
    over = int(at_scale(policy.over, scale))
    lost = np.minimum(beside(lost, over), over)
    found = Drafts.none(len(rows))
    some = np.flatnonzero(lost > 0)
    if some.size:
        stake = sheet.amounts("amount", rows[some])
        share = Fraction(1, over)
        found.put(some, _worth(sheet, times(stake, lost[some]), share))
    return found


@answers(Exceed)
def exceed(policy: Exceed, sheet: Sheet, rows: Rows) -> Drafts:
    """Give what was asked for, and a margin."""
    asked, scale = _loss(policy.asked, sheet, rows)
    unit = Fraction(10**sheet.digits, 10**scale)
    if isinstance(policy.margin, Money):
        margin = sheet.minor(policy.margin, policy.rule)
        # In units in which both are whole.
        amount = plus(times(asked, unit.numerator), margin * unit.denominator)
        return _worth(sheet, amount, Fraction(1, unit.denominator))
    # The amount at stake says in which currency it was asked for.
    sheet.amounts("amount", rows)
    return _worth(sheet, asked, unit * (1 + Fraction(policy.margin) / 100))


def _worth(sheet: Sheet, values: Ints, share: Fraction) -> Drafts:
    return Drafts.worth(sheet.settled(*shared(values, share)))


def _loss(
    measure: Any, sheet: Sheet, rows: Rows, *beside_it: Decimal
) -> tuple[Ints, int]:
    """Read a loss, in units in which other numbers are whole too.

    Raises:
        InvalidEventError: If one is negative.
    """
    values, scale = measured(measure, sheet, rows)
    if values.min() < 0:
        rule = "must not be negative: nobody gains by a loss"
        raise InvalidEventError(measure.title, str(values.min()), rule)
    finest = max([scale, *map(places, beside_it)])
    return times(values, 10 ** (finest - scale)), finest
