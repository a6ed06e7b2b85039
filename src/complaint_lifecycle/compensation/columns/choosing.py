"""The blocks that ask other policies, over columns."""

from collections.abc import Callable
from typing import Any

import numpy as np

from complaint_lifecycle.compensation.blocks import TotalOf
from complaint_lifecycle.compensation.bounds import AtLeast, Capped, Rounded
from complaint_lifecycle.compensation.choosing import BestOf, By, FirstOf, When
from complaint_lifecycle.compensation.columns.asking import asked_for
from complaint_lifecycle.compensation.columns.drafts import Drafts
from complaint_lifecycle.compensation.columns.numbers import (
    MOST,
    Bools,
    Ints,
    Rows,
    beside,
    bound,
    divided,
    times,
)
from complaint_lifecycle.compensation.columns.registry import answers, drafted, holds
from complaint_lifecycle.compensation.columns.sheets import Sheet
from complaint_lifecycle.compensation.drafts import Draft
from complaint_lifecycle.errors import InvalidEventError


@answers(FirstOf)
def first_of(policy: FirstOf, sheet: Sheet, rows: Rows) -> Drafts:
    """Ask one after the other, each where none before it has an answer."""
    found = Drafts.none(len(rows))
    left = np.arange(len(rows))
    for each in policy.policies:
        some = drafted(each, sheet, rows[left])
        found.put(left, some)
        left = left[~some.given]
    return found


@answers(BestOf)
def best_of(policy: BestOf, sheet: Sheet, rows: Rows) -> Drafts:
    """Ask all of them; of equal ones the first is taken."""
    found = Drafts.none(len(rows))
    for each in policy.policies:
        some = drafted(each, sheet, rows)
        better = some.given & (~found.given | (some.total > found.total))
        places = np.flatnonzero(better)
        found.put(places, some.at(places))
    return found


@answers(TotalOf)
def total_of(policy: TotalOf, sheet: Sheet, rows: Rows) -> Drafts:
    """Ask all of them, and add."""
    found = drafted(policy.policies[0], sheet, rows)
    for each in policy.policies[1:]:
        join(found, drafted(each, sheet, rows), sheet, policy.rule)
    return found


def join(found: Drafts, other: Drafts, sheet: Sheet, rule: str) -> None:
    """Take over all that other drafts give.

    Raises:
        InvalidEventError: If a sum is too large, or two roles have to approve.
    """
    if bound(found.total) + bound(other.total) > MOST:
        total = found.total.astype(object) + other.total
        if total.max() > MOST:
            why = "does not fit in 64 bits in the smallest unit of the currency"
            raise InvalidEventError("total", str(total.max()), why)
    found.total = found.total + other.total
    found.given |= other.given
    found.gesture |= other.gesture
    found.priced |= other.priced
    approve(found, other.role, sheet, rule)


def approve(found: Drafts, role: Any, sheet: Sheet, rule: str) -> None:
    """Ask for approvals, by number; 0 asks for none.

    Raises:
        InvalidEventError: If another role has to approve already.
    """
    two = (found.role > 0) & (role > 0) & (found.role != role)
    if two.any():
        one, other = (sheet.roles[each[two][0] - 1] for each in (found.role, role))
        Draft(approval=one).approve(other, rule)
    found.role = np.maximum(found.role, role)


@answers(When)
def when(policy: When, sheet: Sheet, rows: Rows) -> Drafts:
    """Ask where the condition holds."""
    places = np.flatnonzero(holds(policy.condition, sheet, rows))
    found = Drafts.none(len(rows))
    found.put(places, drafted(policy.policy, sheet, rows[places]))
    return found


@answers(By)
def by(policy: By, sheet: Sheet, rows: Rows) -> Drafts:
    """Ask the policy of the value."""
    name = asked_for(policy.what)
    found = Drafts.none(len(rows))
    left = np.arange(len(rows))
    for word, each in policy.cases:
        chosen = sheet.same(name, word)[rows[left]]
        places = left[chosen]
        found.put(places, drafted(each, sheet, rows[places]))
        left = left[~chosen]
    if policy.otherwise is not None:
        found.put(left, drafted(policy.otherwise, sheet, rows[left]))
    return found


@answers(Capped)
def capped(policy: Capped, sheet: Sheet, rows: Rows) -> Drafts:
    """Cut what is above the cap."""
    found = drafted(policy.policy, sheet, rows)
    if found.priced.any():
        most = sheet.minor(policy.at, policy.rule)
        found.total = np.minimum(found.total, most)
    return found


@answers(AtLeast)
def at_least(policy: AtLeast, sheet: Sheet, rows: Rows) -> Drafts:
    """Fill up what is worth something, and less."""
    found = drafted(policy.policy, sheet, rows)
    if found.priced.any():
        least = sheet.minor(policy.least, policy.rule)
        filled = np.maximum(found.total, least)
        found.total = np.where(found.total > 0, filled, found.total)
    return found


_UP: dict[str, Callable[[Ints, Ints, int], Bools]] = {
    "half_up": lambda _, rest, step: 2 * rest >= step,
    "half_even": lambda whole, rest, step: (
        (2 * rest > step) | ((2 * rest == step) & (whole % 2 == 1))
    ),
    "up": lambda _, rest, step: rest > 0,
    "down": lambda _, rest, step: rest < 0,
}


@answers(Rounded)
def rounded(policy: Rounded, sheet: Sheet, rows: Rows) -> Drafts:
    """Round the total to whole steps."""
    found = drafted(policy.policy, sheet, rows)
    if not found.priced.any():
        return found
    policy.check_unit(sheet.currency)
    step = int(policy.to.scaleb(sheet.digits))
    whole, rest = divided(beside(found.total, step), step)
    total = times(whole + _UP[policy.how](whole, rest, step), step)
    found.total = sheet.settled(total, total)
    return found
