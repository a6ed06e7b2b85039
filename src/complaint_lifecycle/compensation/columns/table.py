"""Decision tables over columns."""

from decimal import Decimal
from math import ceil
from typing import Any

import numpy as np

from complaint_lifecycle.compensation.columns.asking import asked_for
from complaint_lifecycle.compensation.columns.choosing import join
from complaint_lifecycle.compensation.columns.drafts import Drafts
from complaint_lifecycle.compensation.columns.numbers import (
    Ints,
    Rows,
    at_scale,
    beside,
)
from complaint_lifecycle.compensation.columns.registry import answers, drafted
from complaint_lifecycle.compensation.columns.sheets import Sheet, column_of
from complaint_lifecycle.compensation.measures import missing
from complaint_lifecycle.compensation.table_cells import Hit
from complaint_lifecycle.compensation.table_grid import Axis, NumberAxis, rows_of
from complaint_lifecycle.compensation.tables import Table
from complaint_lifecycle.errors import InvalidEventError

Given = tuple[Any, ...]
"""The remedies of the rows that answer, or that of none."""


@answers(Table)
def table(policy: Table, sheet: Sheet, rows: Rows) -> Drafts:
    """Find out which combinations occur, and ask each of them once."""
    combinations, which = _combinations(policy, sheet, rows)
    outcomes: dict[Given, int] = {}
    numbers = np.array(
        [
            outcomes.setdefault(_given(policy, each), len(outcomes))
            for each in combinations
        ]
    )
    outcome = numbers[which]
    found = Drafts.none(len(rows))
    for given, number in outcomes.items():
        places = np.flatnonzero(outcome == number)
        drafts = Drafts.none(len(places))
        for gives in given:
            join(drafts, drafted(gives, sheet, rows[places]), sheet, policy.rule)
        found.put(places, drafts)
    return found


Combination = tuple[int, ...]
"""For each input the number of its elementary part; one past the last is unknown."""


def _combinations(
    policy: Table, sheet: Sheet, rows: Rows
) -> tuple[list[Combination], Rows]:
    """Return the combinations that occur, and which of them each row is."""
    known: list[Combination] = [()]
    which = np.zeros(len(rows), np.intp)
    for axis in policy._grid.axes:
        width = len(axis.parts) + 1
        codes = which * width + _parts(axis, sheet, rows)
        occurring = np.flatnonzero(np.bincount(codes, minlength=len(known) * width))
        places = np.zeros(len(known) * width, np.intp)
        places[occurring] = np.arange(len(occurring))
        known = [(*known[code // width], code % width) for code in occurring.tolist()]
        which = places[codes]
    return known, which


def _given(policy: Table, combination: Combination) -> Given:
    """Return what is given for a combination, as the table finds it.

    Raises:
        MissingFactError: If a number is not known that decides.
    """
    grid = policy._grid
    rows = grid.everything
    unknown: list[Axis] = []
    for axis, part in zip(grid.axes, combination, strict=True):
        if part == len(axis.parts):
            unknown.append(axis)
        else:
            rows &= axis.parts[part]
    if policy.hit is Hit.FIRST:
        rows &= -rows
    for axis in unknown:
        if rows & ~axis.free:
            raise missing(axis.name, "a number among the facts of the complaint")
    if not rows and policy.otherwise is not None:
        found = [policy.otherwise.gives]
    else:
        found = [policy.rows[index].gives for index in rows_of(rows)]
    return tuple(gives for gives in found if gives is not None)


def _parts(axis: Any, sheet: Sheet, rows: Rows) -> Rows:
    """Return in which elementary part of an input each row lies."""
    if isinstance(axis, NumberAxis):
        return _number_parts(axis, sheet, rows)
    name = asked_for(axis.name)
    found = np.full(len(rows), len(axis.parts) - 1, np.intp)
    for word, part in axis.words.items():
        if word is not None:
            found[sheet.same(name, str(word))[rows]] = part
    return found


def _number_parts(axis: NumberAxis, sheet: Sheet, rows: Rows) -> Rows:
    name = column_of(axis.name)
    found = np.full(len(rows), len(axis.parts), np.intp)
    known = np.flatnonzero(sheet.known(name)[rows])
    if known.size:
        values, scale = sheet.numbers(name, rows[known])
        if values.min() < 0:
            rule = "must not be negative: the table answers for numbers from 0"
            raise InvalidEventError(f"facts[{axis.name!r}]", str(values.min()), rule)
        found[known] = _between(values, axis.limits, scale)
    return found


def _between(values: Ints, limits: list[Decimal], scale: int) -> Rows:
    """Return the part of each number: a limit, or the stretch after one."""
    exact = [at_scale(limit, scale) for limit in limits]
    whole = [ceil(limit) for limit in exact]
    given = beside(values, whole[-1])
    edges = np.array(whole, given.dtype)
    at = np.searchsorted(edges, given, side="right") - 1
    met = np.array([limit.denominator == 1 for limit in exact])
    after: Rows = 2 * at + ~(met[at] & (edges[at] == given))
    return after
