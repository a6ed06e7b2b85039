"""Calendars over columns: a million rows at once, each as the scalar answer.

Rows are instants in UTC: numpy ``datetime64``, or whole microseconds since 1970.
"""

from datetime import timedelta
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from attrs import frozen
from numpy.typing import ArrayLike, NDArray

from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.sla.arguments import budget_of
from complaint_lifecycle.sla.open_time import Compiled, OpenTime
from complaint_lifecycle.sla.wall import SECOND

Ints = NDArray[np.int64]
Column = NDArray[Any]
Spans = timedelta | ArrayLike
"""A timedelta, a number of seconds, or a column of either."""

_NAT = np.iinfo(np.int64).min
_STEPS = 8  # beyond that bisection is faster
_ROWS = 1 << 15  # what is worked on at once stays in the cache
_MOST_SECONDS = 1e12


@frozen(eq=False)
class Guide:
    """Finds where values lie between edges: the bucket first, then some steps.

    Attributes:
        edges: Ordered values, and behind them one that is never reached.

        first: For each bucket, how many edges lie at or before its start.

        shift: Buckets are two to the power of this wide.

        steps: How many edges lie within one bucket at most.
    """

    edges: Ints
    first: Ints
    shift: int
    steps: int

    @classmethod
    def of(cls, values: list[int]) -> "Guide":
        """Make the guide to ordered values."""
        edges = np.array([*values, np.iinfo(np.int64).max], dtype=np.int64)
        if not values:
            return cls(edges, np.zeros(1, np.int64), 0, 0)
        width = values[-1] - values[0]
        shift = (width // len(values)).bit_length()
        buckets = np.arange((width >> shift) + 2, dtype=np.int64)
        starts = edges[0] + (buckets << shift)
        first = np.searchsorted(edges[:-1], starts, side="right")
        return cls(edges, first, shift, int(np.diff(first).max()))

    def at_or_before(self, values: Ints) -> Ints:
        """Count the edges at or before each value."""
        if self.steps > _STEPS:
            return np.asarray(np.searchsorted(self.edges[:-1], values, side="right"))
        bucket = (values - self.edges[0]) >> self.shift
        np.clip(bucket, 0, len(self.first) - 1, out=bucket)
        found: Ints = self.first[bucket]
        found[values < self.edges[0]] = 0
        for _ in range(self.steps):
            found += self.edges[found] <= values
        return found


@frozen(eq=False)
class Columns:
    """A compiled table as columns.

    Attributes:
        opens: Guide to where spans open.

        before: Guide to how much open time lies before each.

        closes: Where spans close, with one before all others in front.

        shifts: What an instant in each is ahead of the open time before it, likewise.

        total: How much open time there is in all.
    """

    opens: Guide
    before: Guide
    closes: Ints
    shifts: Ints
    total: int

    @classmethod
    def of(cls, table: OpenTime) -> "Columns":
        """Take the columns of a table."""
        # In front of the first opening the open time before is none, at any instant.
        closes = np.array([0, *table.closes], dtype=np.int64)
        shifts = np.array([0, *table.shifts], dtype=np.int64)
        closes[0] = shifts[0] = table.start
        guides = Guide.of(table.opens), Guide.of(table.before)
        return cls(*guides, closes, shifts, table.total)

    def position(self, instants: Ints) -> Ints:
        """Return how much open time lies before each instant."""
        i = self.opens.at_or_before(instants)
        return np.minimum(self.closes[i], instants) - self.shifts[i]

    def instant(self, positions: Ints, *, at_close: bool) -> Ints:
        """Return the first or the last instant with so much open time before it."""
        # No position lies between two numbers: after the one before is at or before.
        i = self.before.at_or_before(positions - 1 if at_close else positions)
        return positions + self.shifts[i]


_known: "WeakKeyDictionary[OpenTime, Columns]" = WeakKeyDictionary()


def _columns(compiled: Compiled, start: int, end: int) -> Columns:
    table = compiled.over(start, end)
    columns = _known.get(table)
    if columns is None:
        columns = _known[table] = Columns.of(table)
    return columns


def add_many(
    compiled: Compiled, starts: ArrayLike, span: Spans, *, at_close: bool
) -> Column:
    """Return for each start the instant that so much open time leads to.

    Args:
        compiled: The calendar.

        starts: Instants in UTC.

        span: How much open time, for all rows or for each.

        at_close: Whether to end at a closing, rather than the next opening, if the
            budget is used up there.

    Raises:
        InvalidEventError: If a row is no instant, or a span none.
        NoOpenTimeError: If a row has no answer.
    """
    column = _instants(starts, "starts")
    rows, budgets = np.broadcast_arrays(column.view(np.int64), _budgets(span))
    flat, spans = rows.ravel(), budgets.ravel()
    found = np.empty(len(flat), np.int64)
    kinds = {
        "back": spans < 0,
        "on": (spans > 0) if at_close else (spans >= 0),
        "open": (spans == 0) & at_close,
    }
    for kind, chosen in kinds.items():
        if chosen.all():
            found[:] = _added(compiled, flat, spans, kind, at_close=at_close)
        elif chosen.any():
            some = flat[chosen], spans[chosen]
            found[chosen] = _added(compiled, *some, kind, at_close=at_close)
    return found.reshape(rows.shape).view(column.dtype)


def _added(
    compiled: Compiled, starts: Ints, spans: Ints, kind: str, *, at_close: bool
) -> Ints:
    if not len(starts):
        return starts
    low, high = int(starts.min()), int(starts.max())
    columns = _columns(compiled, low, high)
    targets = _each(columns.position, starts) + spans
    at_close = at_close and kind == "on"
    worst = int(targets.argmin() if kind == "back" else targets.argmax())
    if not 0 <= targets[worst] < columns.total + at_close:
        # The scalar answer compiles more years, or says that there is none.
        start, budget = int(starts[worst]), int(spans[worst])
        if kind == "back":
            low = min(low, compiled.back(start, -budget))
        else:
            high = max(high, compiled.after(start, budget, at_close=at_close))
        columns = _columns(compiled, low, high)
        targets = _each(columns.position, starts) + spans
    return _each(lambda some: columns.instant(some, at_close=at_close), targets)


def elapsed_many(compiled: Compiled, starts: ArrayLike, ends: ArrayLike) -> Column:
    """Return the open time between starts and ends, negative where reversed.

    Args:
        compiled: The calendar.

        starts: Instants in UTC.

        ends: As many, or one for all.

    Raises:
        InvalidEventError: If a row is no instant.
    """
    first, last = _instants(starts, "starts"), _instants(ends, "ends")
    given = first.view(np.int64), last.view(np.int64)
    if not all(map(np.size, given)):
        shape = np.broadcast_shapes(first.shape, last.shape)
        return np.empty(shape, _difference(first.dtype))
    low, high = (int(f([f(each) for each in given])) for f in (np.min, np.max))
    columns = _columns(compiled, low, high)
    before, after = (_each(columns.position, each) for each in given)
    return np.asarray(after - before).view(_difference(first.dtype))


def _each(work: Any, rows: Ints) -> Ints:
    """Work on some rows at a time, which stay in the cache."""
    flat = rows.ravel()
    found = np.empty(len(flat), np.int64)
    for start in range(0, len(flat), _ROWS):
        some = slice(start, start + _ROWS)
        found[some] = work(flat[some])
    return found.reshape(rows.shape)


def _difference(kind: np.dtype[Any]) -> str:
    return "timedelta64[us]" if kind.kind == "M" else "int64"


def _instants(given: ArrayLike, field: str) -> Column:
    rows = np.asarray(given)
    if rows.dtype.kind == "M":
        rows = rows.astype("datetime64[us]", copy=False)
    elif rows.dtype.kind != "i":
        rule = "must be datetime64, or whole microseconds since 1970, in UTC"
        raise InvalidEventError(field, str(rows.dtype), rule)
    else:
        rows = rows.astype(np.int64, copy=False)
    if rows.size and rows.view(np.int64).min() == _NAT:
        raise InvalidEventError(field, "NaT", "must be instants: leave these rows out")
    return rows


def _budgets(span: Spans) -> Ints:
    """Return spans as microseconds."""
    if isinstance(span, timedelta):
        return np.asarray(budget_of(span), np.int64)
    given = np.asarray(span)
    if given.dtype.kind == "m":
        found = given.astype("timedelta64[us]").view(np.int64)
        if not (found == _NAT).any():
            return found
    elif given.dtype.kind in "if" and (abs(given) < _MOST_SECONDS).all():
        whole = given if given.dtype.kind == "i" else np.rint(given * SECOND)
        return whole.astype(np.int64) * (SECOND if given.dtype.kind == "i" else 1)
    rule = "must be a timedelta, seconds, or a column of either"
    raise InvalidEventError("span", str(given)[:80], rule)
