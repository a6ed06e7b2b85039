"""Open time compiled: spans of instants with prefix sums, searched by bisection.

Instants are integers, microseconds since 1970, so that every answer is exact.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from operator import sub
from threading import RLock

from attrs import define, field, frozen

from complaint_lifecycle.errors import InvalidEventError, NoOpenTimeError
from complaint_lifecycle.sla.wall import (
    FIRST_YEAR,
    LAST_YEAR,
    REACH,
    SECOND,
    Span,
    instant_of,
    united,
)

HORIZON_YEARS = 20
_HORIZON = HORIZON_YEARS * 366 * 86_400 * SECOND

Segments = Callable[[int], Sequence[Span]]
"""The open spans of one UTC year, ordered and disjoint."""


def _micros_of_year(year: int) -> int:
    # Days before the year in the proleptic Gregorian calendar, less those before 1970.
    past = year - 1
    days = past * 365 + past // 4 - past // 100 + past // 400
    return (days - 719_162) * 86_400 * SECOND


def year_bounds(year: int) -> Span:
    """Return the first instant of a UTC year and of the year after it."""
    return _micros_of_year(year), _micros_of_year(year + 1)


_FIRST = _micros_of_year(FIRST_YEAR)
_LAST = _micros_of_year(LAST_YEAR + 1) - 1


@frozen(eq=False)
class OpenTime:
    """The open spans of consecutive years.

    Attributes:
        start: The first instant of these years.

        end: The first instant after them.

        opens: Where each span opens.

        closes: Where each span closes.

        before: How much open time lies before each span.

        shifts: What an instant in each span is ahead of the open time before it.

        total: How much open time there is in all.
    """

    start: int
    end: int
    opens: list[int]
    closes: list[int]
    before: list[int]
    shifts: list[int]
    total: int

    def position(self, instant: int) -> int:
        """Return how much open time of these years lies before an instant."""
        i = bisect_right(self.opens, instant) - 1
        if i < 0:
            return 0
        return min(self.closes[i], instant) - self.shifts[i]

    def after(self, start: int, budget: int, *, at_close: bool) -> int | None:
        """Return the first or the last instant with so much open time since another.

        Args:
            start: The other instant.

            budget: How much open time.

            at_close: Whether the first is meant, which may be a closing, and not the
                last, which is the next opening then. Without a budget it is not.
        """
        i = bisect_right(self.opens, start) - 1
        if i >= 0:
            closes = self.closes[i]
            # What `min` does, at half the price.
            budget += (start if start < closes else closes) - self.shifts[i]  # noqa: FURB136
        if budget < self.total:
            found = (bisect_left if at_close else bisect_right)(self.before, budget)
            return budget + self.shifts[found - 1]
        return self.closes[-1] if at_close and budget == self.total else None

    def opening(self, position: int) -> int:
        """Return the last instant with so much open time before it: an opening."""
        return position + self.shifts[bisect_right(self.before, position) - 1]


def _compile(bounds: Span, years: Sequence[Sequence[Span]]) -> OpenTime:
    spans = united(span for year in years for span in year)
    opens = [start for start, _ in spans]
    closes = [end for _, end in spans]
    before = [0, *accumulate(end - start for start, end in spans)]
    total = before.pop()
    shifts = list(map(sub, opens, before))
    return OpenTime(*bounds, opens, closes, before, shifts, total)


_NOTHING = OpenTime(_LAST, _FIRST, [], [], [], [], 0)


@define(eq=False)
class Compiled:
    """Compiles years as they are asked for, and answers on instants.

    Attributes:
        segments: Gives the open spans of a year.
    """

    segments: Segments
    _years: dict[int, Sequence[Span]] = field(factory=dict, init=False)
    _table: OpenTime = field(default=_NOTHING, init=False)
    _lock: RLock = field(factory=RLock, init=False)

    def over(self, start: int, end: int) -> OpenTime:
        """Return a table that covers the years of two instants and between.

        Raises:
            InvalidEventError: If one lies outside the years that calendars reach.
        """
        table = self._table
        if table.start <= start and end < table.end:
            return table
        if start < _FIRST or end > _LAST:
            raise InvalidEventError("instant", _text(start, end), REACH)
        with self._lock:
            self._table = self._compiled(*self._years_for(start, end))
            return self._table

    def _years_for(self, start: int, end: int) -> tuple[int, int]:
        """Take the years known so far as well, unless they are far away."""
        first, last = _year_of(start), _year_of(end)
        known = _year_of(self._table.start), _year_of(self._table.end - 1)
        if known[0] - HORIZON_YEARS <= last and first <= known[1] + HORIZON_YEARS:
            return min(first, known[0]), max(last, known[1])
        return first, last

    def is_open(self, instant: int) -> bool:
        """Tell whether an instant is open; opening is, closing is not."""
        table = self.over(instant, instant)
        i = bisect_right(table.opens, instant) - 1
        return i >= 0 and instant < table.closes[i]

    def elapsed(self, start: int, end: int) -> int:
        """Return the open time between two instants in order."""
        table = self.over(start, end)
        return table.position(end) - table.position(start)

    def after(
        self,
        start: int,
        budget: int,
        pauses: Sequence[Span] = (),
        *,
        at_close: bool = True,
    ) -> int:
        """Return the instant that so much open time leads to.

        Args:
            start: Where it begins.

            budget: How much open time; none leads to the next open instant.

            pauses: Spans that are not counted, ordered and disjoint.

            at_close: Whether to end at a closing, rather than the next opening, if
                the budget is used up there.

        Raises:
            NoOpenTimeError: If there is no more within the horizon.
        """
        if pauses:
            start, budget = self._past(pauses, start, budget, at_close=at_close)
        at_close = at_close and budget > 0
        table = self._table
        if start < table.start or start >= table.end:
            table = self.over(start, start)
        found = table.after(start, budget, at_close=at_close)
        return self._far(start, budget, at_close=at_close) if found is None else found

    def _far(self, start: int, budget: int, *, at_close: bool) -> int:
        """Find what lies behind the years compiled so far."""
        if budget > _LAST - start:
            raise NoOpenTimeError(_text(start, start), HORIZON_YEARS)
        found = None
        while found is None:
            table = self.over(start, start)
            last = table.closes[-1] if table.closes else start
            table = self._later(table, start, max(last, start))
            found = table.after(start, budget, at_close=at_close)
        return found

    def _past(
        self, pauses: Sequence[Span], start: int, budget: int, *, at_close: bool
    ) -> tuple[int, int]:
        """Go past the pauses in the way; return from where, and what is left."""
        for opens, closes in pauses:
            if closes <= start:
                continue
            free = self.elapsed(start, max(opens, start))
            if budget < free or (at_close and 0 < budget == free):
                break
            budget -= free
            start = closes
        return start, budget

    def back(self, start: int, budget: int, pauses: Sequence[Span] = ()) -> int:
        """Return the instant from which so much open time leads here.

        Args:
            start: Where it ends.

            budget: How much open time; none leads to the instant itself if it is
                open, else to the closing before it.

            pauses: Spans that are not counted, ordered and disjoint.

        Raises:
            NoOpenTimeError: If there is none within the horizon.
        """
        paused = any(opens <= start < closes for opens, closes in pauses)
        if budget == 0 and not paused and self.is_open(start):
            return start
        for opens, closes in reversed(pauses):
            if opens >= start:
                continue
            free = self.elapsed(min(closes, start), start)
            if free and budget <= free:
                break
            budget -= free
            start = opens
        return self._back(start, budget) if budget else self.back_open(start)

    def _back(self, start: int, budget: int) -> int:
        table = self.over(start, start)
        if budget > start - _FIRST:
            raise NoOpenTimeError(_text(start, start), HORIZON_YEARS)
        while True:
            target = table.position(start) - budget
            if target >= 0:
                return table.opening(target)
            first = table.opens[0] if table.opens else start
            table = self._earlier(table, start, min(first, start))

    def next_open(self, instant: int) -> int:
        """Return the instant itself if it is open, else the next opening.

        Raises:
            NoOpenTimeError: If there is none within the horizon.
        """
        found = self.after(instant, 0)
        if found - instant > _HORIZON:
            raise NoOpenTimeError(_text(instant, instant), HORIZON_YEARS)
        return found

    def next_close(self, instant: int) -> int:
        """Return the first closing after an instant.

        Raises:
            NoOpenTimeError: If there is none within the horizon.
        """
        table = self.over(instant, instant)
        while True:
            i = bisect_right(table.closes, instant)
            # A span that reaches the end of the table may go on behind it.
            if i < len(table.closes) and table.closes[i] < table.end:
                return table.closes[i]
            table = self._later(table, instant, instant)

    def previous_close(self, instant: int) -> int:
        """Return the last closing at or before an instant.

        Raises:
            NoOpenTimeError: If there is none within the horizon.
        """
        table = self.over(instant, instant)
        while True:
            i = bisect_right(table.closes, instant) - 1
            if i >= 0:
                return table.closes[i]
            table = self._earlier(table, instant, instant)

    def back_open(self, instant: int) -> int:
        """Return the instant itself if it ends open time, else the closing before.

        Raises:
            NoOpenTimeError: If there is none within the horizon.
        """
        # Open time may end with the year before.
        table = self.over(instant - 1, instant)
        i = bisect_left(table.opens, instant) - 1
        if i >= 0 and instant <= table.closes[i]:
            return instant
        return self.previous_close(instant)

    def previous_open(self, instant: int) -> int:
        """Return the last opening before an instant.

        Raises:
            NoOpenTimeError: If there is none within the horizon.
        """
        table = self.over(instant, instant)
        while True:
            i = bisect_left(table.opens, instant) - 1
            # A span that begins with the table may have begun before it.
            if i >= 0 and table.opens[i] > table.start:
                return table.opens[i]
            table = self._earlier(table, instant, instant)

    def between(self, start: int, end: int) -> list[Span]:
        """Return the open spans between two instants in order, clipped to them."""
        table = self.over(start, end)
        first = bisect_right(table.closes, start)
        behind = bisect_left(table.opens, end)
        return [
            (max(opens, start), min(closes, end))
            for opens, closes in zip(
                table.opens[first:behind], table.closes[first:behind], strict=True
            )
        ]

    def _later(self, table: OpenTime, start: int, edge: int) -> OpenTime:
        """Compile as many years again, unless too many passed without open time."""
        year, width = _year_of(table.end - 1) + 1, _width(table)
        if year - _year_of(edge) > HORIZON_YEARS or year > LAST_YEAR:
            raise NoOpenTimeError(_text(start, start), HORIZON_YEARS)
        return self.over(start, year_bounds(min(year + width - 1, LAST_YEAR))[0])

    def _earlier(self, table: OpenTime, start: int, edge: int) -> OpenTime:
        year, width = _year_of(table.start) - 1, _width(table)
        if _year_of(edge) - year > HORIZON_YEARS or year < FIRST_YEAR:
            raise NoOpenTimeError(_text(start, start), HORIZON_YEARS)
        return self.over(year_bounds(max(year - width + 1, FIRST_YEAR))[0], start)

    def _compiled(self, first: int, last: int) -> OpenTime:
        for year in range(first, last + 1):
            if year not in self._years:
                self._years[year] = self.segments(year)
        years = [self._years[year] for year in range(first, last + 1)]
        return _compile((_micros_of_year(first), _micros_of_year(last + 1)), years)


def _width(table: OpenTime) -> int:
    return _year_of(table.end - 1) - _year_of(table.start) + 1


def _year_of(instant: int) -> int:
    return instant_of(instant).year


def _text(start: int, end: int) -> str:
    """Write the one of two instants that calendars do not reach, or the first."""
    try:
        return instant_of(end if start >= _FIRST and end > _LAST else start).isoformat()
    except OverflowError:
        return "an instant outside the years 1 to 9999"
