"""Conditions and measures over columns."""

import numpy as np

from complaint_lifecycle.compensation.columns.numbers import (
    Bools,
    Ints,
    Rows,
    at_scale,
    compared,
)
from complaint_lifecycle.compensation.columns.registry import answers, holds, measured
from complaint_lifecycle.compensation.columns.sheets import Sheet, column_of
from complaint_lifecycle.compensation.conditions import (
    ATTRIBUTES,
    FactIs,
    Is,
    Known,
    Missed,
    Public,
)
from complaint_lifecycle.compensation.logic import AllOf, AnyOf, Not
from complaint_lifecycle.compensation.measures import (
    AtStake,
    Compare,
    DaysLate,
    EarlierComplaints,
    Fact,
)


@answers(AllOf)
def all_of(condition: AllOf, sheet: Sheet, rows: Rows) -> Bools:
    """Ask one after the other, each where all before it hold."""
    left = np.arange(len(rows))
    for each in condition.conditions:
        left = left[holds(each, sheet, rows[left])]
    found = np.zeros(len(rows), np.bool_)
    found[left] = True
    return found


@answers(AnyOf)
def any_of(condition: AnyOf, sheet: Sheet, rows: Rows) -> Bools:
    """Ask one after the other, each where none before it holds."""
    left = np.arange(len(rows))
    for each in condition.conditions:
        left = left[~holds(each, sheet, rows[left])]
    found = np.ones(len(rows), np.bool_)
    found[left] = False
    return found


@answers(Not)
def negated(condition: Not, sheet: Sheet, rows: Rows) -> Bools:
    """Ask for the contrary."""
    return ~holds(condition.condition, sheet, rows)


def among(sheet: Sheet, name: str, words: tuple[str, ...], rows: Rows) -> Bools:
    """Tell where a column is one of some words."""
    found = sheet.same(name, words[0])[rows]
    for word in words[1:]:
        found |= sheet.same(name, word)[rows]
    return found


def asked_for(what: str) -> str:
    """Return the column of an attribute, or of a fact."""
    return what if what in ATTRIBUTES else column_of(what)


@answers(Is)
def attribute_is(condition: Is, sheet: Sheet, rows: Rows) -> Bools:
    """Compare an attribute."""
    return among(sheet, condition.attribute, condition.values, rows)


@answers(FactIs)
def fact_is(condition: FactIs, sheet: Sheet, rows: Rows) -> Bools:
    """Compare a fact; one that is not known is no word."""
    return among(sheet, column_of(condition.name), condition.values, rows)


@answers(Compare)
def compare(condition: Compare, sheet: Sheet, rows: Rows) -> Bools:
    """Compare a measure with a number."""
    values, scale = measured(condition.measure, sheet, rows)
    return compared(values, condition.operator, at_scale(condition.number, scale))


@answers(Missed)
def missed(condition: Missed, sheet: Sheet, rows: Rows) -> Bools:
    """Read whether a timer has run out."""
    return sheet.flags(_of_timer("missed", condition.timer), rows)


@answers(Known)
def known(condition: Known, sheet: Sheet, rows: Rows) -> Bools:
    """Tell where a fact is known, or the amount at stake."""
    name = column_of(condition.name)
    if condition.name != "amount":
        return sheet.known(name)[rows]
    names = [each for each in ("amount", name) if each in sheet.columns]
    each = [sheet.known(name)[rows] for name in names or ["amount"]]
    found: Bools = np.any(each, axis=0)
    return found


@answers(Public)
def public(condition: Public, sheet: Sheet, rows: Rows) -> Bools:
    """Read whether others can read it."""
    return sheet.flags("public", rows)


def _of_timer(name: str, timer: str | None) -> str:
    return name if timer is None else f"{name}:{timer}"


@answers(Fact)
def fact(measure: Fact, sheet: Sheet, rows: Rows) -> tuple[Ints, int]:
    """Read a fact."""
    return sheet.numbers(column_of(measure.name), rows)


@answers(AtStake)
def at_stake(measure: AtStake, sheet: Sheet, rows: Rows) -> tuple[Ints, int]:
    """Read the amount at stake."""
    return sheet.amounts("amount", rows), sheet.digits


@answers(DaysLate)
def days_late(measure: DaysLate, sheet: Sheet, rows: Rows) -> tuple[Ints, int]:
    """Read how late a timer is."""
    return sheet.numbers(_of_timer("days_late", measure.timer), rows)


@answers(EarlierComplaints)
def earlier_complaints(
    measure: EarlierComplaints, sheet: Sheet, rows: Rows
) -> tuple[Ints, int]:
    """Read how many other complaints there were."""
    return sheet.numbers("earlier_complaints", rows)
