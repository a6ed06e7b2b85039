"""What is checked of a table before it answers anything."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from complaint_lifecycle.compensation.conditions import check_choice
from complaint_lifecycle.compensation.drafts import mixed
from complaint_lifecycle.compensation.giving import Flat
from complaint_lifecycle.compensation.table_cells import (
    Among,
    Anything,
    Column,
    Hit,
    Otherwise,
    Reads,
    Row,
)
from complaint_lifecycle.compensation.table_grid import UNKNOWN, Grid, rows_of
from complaint_lifecycle.errors import InvalidEventError

MOST_COMBINATIONS = 100_000
MOST_ROWS = 1_000

Where = Callable[[int], str]
"""Says where a row stands, by its index."""


@contextmanager
def at(place: str) -> Iterator[None]:
    """Say in every error where it is."""
    try:
        yield
    except InvalidEventError as error:
        field = f"{place}: {error.field}"
        raise type(error)(field, error.value, error.rule) from None


def by_number(index: int) -> str:
    """Say where a row stands, counted from 1."""
    return f"row {index + 1}"


def check_rows(
    inputs: Sequence[Column],
    rows: Sequence[Row],
    otherwise: Otherwise | None,
    where: Where = by_number,
) -> None:
    """Refuse rows that do not fit the inputs, or each other.

    Raises:
        InvalidEventError: If a cell is none of its column, or there are too many rows.
        CurrencyError: If the remedies mix currencies.
    """
    names = [column.name for column in inputs]
    if not rows or not inputs:
        said = f"{len(rows)} rows and {len(inputs)} inputs"
        raise _refused(said, "give at least one of each")
    if len(set(names)) < len(names):
        raise _refused(", ".join(names), "name each input once")
    if len(rows) > MOST_ROWS:
        rule = f"has at most {MOST_ROWS}: split it, for instance with by_category(...)"
        said = f"{len(rows)} rows"
        raise _refused(said, rule)
    for index, row in enumerate(rows):
        with at(where(index)):
            _check_cells(inputs, row)
    _check_currencies(rows, otherwise, where)


def _check_cells(inputs: Sequence[Column], row: Row) -> None:
    if len(row.cells) != len(inputs):
        rule = f"must be one for each of the {len(inputs)} inputs"
        raise InvalidEventError("cells", str(len(row.cells)), rule)
    for column, cell in zip(inputs, row.cells, strict=True):
        if isinstance(cell, Anything):
            continue
        if isinstance(cell, Among) != (column.reads is Reads.TEXT):
            rule = f"is no {column.reads.value}, which the column reads"
            raise InvalidEventError(column.name, repr(str(cell))[:80], rule)
        for word in cell.words if isinstance(cell, Among) else ():
            if (column.name, word) != ("fault", UNKNOWN):
                check_choice(column.name, word)


def _check_currencies(
    rows: Sequence[Row], otherwise: Otherwise | None, where: Where
) -> None:
    found: dict[str, str] = {}
    given = [(where(index), row.gives) for index, row in enumerate(rows)]
    given += [("otherwise", otherwise.gives)] if otherwise else []
    for place, gives in given:
        if isinstance(gives, Flat):
            found.setdefault(gives.value.currency.code, place)
    if len(found) > 1:
        said = " and ".join(f"{code} in {place}" for code, place in found.items())
        raise mixed("table", said)


def check_grid(
    grid: Grid, hit: Hit, *, open_end: bool, where: Where = by_number
) -> None:
    """Refuse gaps, overlaps and rows that can never win.

    Args:
        grid: The grid of the table.

        hit: Which of several rows is taken.

        open_end: Whether gaps are answered otherwise.

        where: Says where a row stands.

    Raises:
        InvalidEventError: If there is one, or too many combinations to tell.
    """
    if grid.size > MOST_COMBINATIONS:
        rule = (
            f"more than {MOST_COMBINATIONS} cannot be checked: split the table, for "
            "instance with by_severity(...)"
        )
        said = f"{grid.size} combinations"
        raise _refused(said, rule)
    winners = 0
    for combination, rows in grid.combinations():
        if not rows and not open_end:
            raise _gap(grid.gap_said(combination))
        if hit is Hit.UNIQUE and rows & (rows - 1):
            one, other, *_ = map(where, rows_of(rows))
            said = f"{one} and {other} both answer {grid.said(combination)}"
            rule = "but with hit='unique' only one may: narrow one, or use 'first' or 'collect'"
            raise _refused(said, rule)
        winners |= rows & -rows
    hidden = grid.everything & ~winners
    if hit is Hit.FIRST and hidden:
        raise _hidden(grid, rows_of(hidden)[0], where)


def _gap(said: str) -> InvalidEventError:
    rule = "add a row for it, a last row of - with hit first, or an answer otherwise"
    if " above " in said and " to below " in said:
        rule += "; between whole numbers there are others, so write [60..120), <60"
    return _refused(f"no row answers {said}", rule)


def _hidden(grid: Grid, index: int, where: Where) -> InvalidEventError:
    before = 0
    for _, rows in grid.combinations():
        if rows >> index & 1:
            before |= rows & -rows
    said = " and ".join(map(where, rows_of(before)))
    rule = f"hidden by {said}: move it up, narrow what hides it, or leave it out"
    return _refused(f"{where(index)} can never be taken", rule)


def _refused(value: str, rule: str) -> InvalidEventError:
    return InvalidEventError("table", value, rule)
