"""Where open time comes from: weekly hours, or two calendars combined.

Every source gives its open spans in instants, so that calendars of different zones can
be combined.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Protocol
from zoneinfo import ZoneInfo

from attrs import frozen

from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.sla.holiday_dates import Holidays
from complaint_lifecycle.sla.open_time import year_bounds
from complaint_lifecycle.sla.wall import (
    DAY,
    SECOND,
    Hours,
    Span,
    Spans,
    instant_of,
    local_micros,
    plain_date,
    read_hours,
    united,
    within,
    without,
    zone_of,
)

_DAY = timedelta(days=1)
_EPOCH_DAY = date(1970, 1, 1).toordinal()


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GROUPS = (slice(7), slice(5), slice(5, 7))
"""Every day, Monday to Friday, Saturday and Sunday."""


class Source(Protocol):
    """Anything that knows its open spans, year by year."""

    def segments(self, year: int) -> Sequence[Span]:
        """Return the open spans of a UTC year, in microseconds since 1970."""
        ...

    def is_holiday(self, day: date) -> bool:
        """Tell whether a whole local date is closed as a holiday."""
        ...

    def is_break(self, instant: int) -> bool:
        """Tell whether an instant lies in a break of its date."""
        ...


@frozen(slots=False)
class WeeklyHours:
    """Hours that repeat every week, with exceptions on single dates.

    A holiday closes its whole date; else a break cuts out of the special hours of the
    date, which replace the weekly ones. An overnight interval is cut at midnight, and
    each part belongs to its own date.

    Attributes:
        zone: IANA time zone of the wall times.

        week: Spans of Monday to Sunday.

        holidays: Dates that are closed.

        special: Spans that replace the weekly ones on single dates.

        breaks: Closed spans on single dates.
    """

    zone: str
    week: tuple[Spans, ...]
    holidays: Holidays
    special: tuple[tuple[date, Spans], ...]
    breaks: tuple[tuple[date, Spans], ...]

    @cached_property
    def _zone(self) -> ZoneInfo:
        return zone_of(self.zone)

    @cached_property
    def _special(self) -> dict[date, Spans]:
        return dict(self.special)

    @cached_property
    def _breaks(self) -> dict[date, Spans]:
        return dict(self.breaks)

    def spans_on(self, day: date) -> Spans:
        """Return the open spans of a date, in wall time."""
        hours, breaks = self._hours_on(day), self._breaks.get(day)
        return without(hours, breaks) if breaks else hours

    def _hours_on(self, day: date) -> Spans:
        if day in self.holidays:
            return ()
        spans = self._special.get(day)
        return self.week[day.weekday()] if spans is None else spans

    def _breaks_on(self, day: date) -> Spans:
        return self._breaks.get(day, ())

    def segments(self, year: int) -> Sequence[Span]:
        """Return the open spans of a UTC year, in microseconds since 1970."""
        first, last = year_bounds(year)
        day = date(year, 1, 1) - _DAY
        midnight = datetime.combine(day, time())
        count = (last - first) // (DAY * SECOND) + 2
        # Of two midnights with one offset, nothing happens to clocks in between.
        offsets = [self._zone.utcoffset(midnight + n * _DAY) for n in range(count + 1)]
        spans: list[Span] = []
        for before, after in pairwise(offsets):
            spans += self._steady(day, before) if before == after else self._on(day)
            day += _DAY
        return united(within(spans, first, last))

    def _steady(self, day: date, offset: timedelta | None) -> list[Span]:
        """Return the open spans of a date that has one offset from UTC."""
        hours = self.spans_on(day)
        if not hours or offset is None:
            return []
        ahead = offset.days * DAY + offset.seconds
        midnight = (day.toordinal() - _EPOCH_DAY) * DAY - ahead
        return [((midnight + a) * SECOND, (midnight + b) * SECOND) for a, b in hours]

    def _on(self, day: date) -> list[Span]:
        """Return the open spans of any date."""
        # A date that clocks skip, wholly or in part, has no hours on the next one.
        start, end = self._at(day, 0), self._at(day, DAY)
        spans = within(self._instants(day, self._hours_on(day)), start, end)
        breaks = self._instants(day, self._breaks_on(day))
        return list(without(united(spans), united(breaks)))

    def _instants(self, day: date, spans: Spans) -> list[Span]:
        found = [
            (self._at(day, opens), self._at(day, closes)) for opens, closes in spans
        ]
        return [(start, end) for start, end in found if start < end]

    def _at(self, day: date, second: int) -> int:
        return local_micros(day, second, self._zone)

    def is_holiday(self, day: date) -> bool:
        """Tell whether a date is a holiday."""
        return day in self.holidays

    def is_break(self, instant: int) -> bool:
        """Tell whether an instant lies in a break of its date."""
        day = instant_of(instant).astimezone(self._zone).date()
        return any(
            self._at(day, start) <= instant < self._at(day, end)
            for start, end in self._breaks_on(day)
        )


class Operator(StrEnum):
    """How two calendars are combined."""

    BOTH = "&"
    EITHER = "|"
    WITHOUT = "-"


@frozen
class Combined:
    """The open time of two sources, combined instant by instant.

    Attributes:
        operator: Both, either, or the left without the right.

        left: One source.

        right: The other source.
    """

    operator: Operator
    left: Source
    right: Source

    def segments(self, year: int) -> Sequence[Span]:
        """Return the open spans of a UTC year, in microseconds since 1970."""
        left, right = self.left.segments(year), self.right.segments(year)
        if self.operator is Operator.EITHER:
            return united([*left, *right])
        outside = without([year_bounds(year)], right)
        return without(left, outside if self.operator is Operator.BOTH else right)

    def is_holiday(self, day: date) -> bool:
        """Tell whether the holidays of the sources close a date."""
        left, right = self.left.is_holiday(day), self.right.is_holiday(day)
        if self.operator is Operator.EITHER:
            return left and right
        return left or (right and self.operator is Operator.BOTH)

    def is_break(self, instant: int) -> bool:
        """Tell whether the breaks of the sources close an instant."""
        left, right = self.left.is_break(instant), self.right.is_break(instant)
        if self.operator is Operator.EITHER:
            return left and right
        return left or (right and self.operator is Operator.BOTH)


@frozen
class Switched:
    """The open time of one source up to an instant, of another from it on.

    Attributes:
        before: The one.

        after: The other.

        at: The instant, in microseconds since 1970.
    """

    before: Source
    after: Source
    at: int

    def segments(self, year: int) -> Sequence[Span]:
        """Return the open spans of a UTC year, in microseconds since 1970."""
        first, last = year_bounds(year)
        early = within(self.before.segments(year), first, self.at)
        return united([*early, *within(self.after.segments(year), self.at, last)])

    def is_holiday(self, day: date) -> bool:
        """Tell whether the source of a date closes it; the date of the change is new."""
        changed = instant_of(self.at).date()
        return (self.before if day < changed else self.after).is_holiday(day)

    def is_break(self, instant: int) -> bool:
        """Tell whether an instant lies in a break."""
        return (self.before if instant < self.at else self.after).is_break(instant)


def week_of(
    groups: Iterable[tuple[Hours | None, slice]], days: Mapping[str, Hours]
) -> tuple[Spans, ...]:
    """Spread hours over Monday to Sunday; overnight ones are cut at midnight.

    Args:
        groups: Hours of several weekdays, the later ones in place of the earlier.

        days: Hours of single weekdays, in place of those.
    """
    week: list[tuple[Spans, Spans]] = [((), ())] * 7
    for hours, numbers in groups:
        if hours is not None:
            week[numbers] = [read_hours(hours)] * len(week[numbers])
    for name, each in days.items():
        week[_weekday(name)] = read_hours(each)
    return tuple(
        united([*today, *week[number - 1][1]]) for number, (today, _) in enumerate(week)
    )


def _weekday(name: str) -> int:
    if name not in WEEKDAYS:
        rule = f"is no weekday: use {', '.join(WEEKDAYS)}"
        raise InvalidEventError("days", repr(name), rule)
    return WEEKDAYS.index(name)


def dated(
    hours: Mapping[date, Hours], field: str, week: tuple[Spans, ...] = ((),) * 7
) -> tuple[tuple[date, Spans], ...]:
    """Read the hours of single dates; overnight ones reach into the next date.

    Args:
        hours: Hours of each date.

        field: Name to use in error messages.

        week: Spans that a next date has besides, unless it has hours of its own here.
    """
    if not isinstance(hours, Mapping):
        rule = "maps dates to hours; a break of every day is two intervals in its hours"
        raise InvalidEventError(field, repr(hours)[:40], rule)
    read = {plain_date(day, field): read_hours(each) for day, each in hours.items()}
    spans = {day: today for day, (today, _) in read.items()}
    for day, (_, tomorrow) in read.items():
        if tomorrow:
            after = day + _DAY
            own = spans.get(after, week[after.weekday()])
            spans[after] = united([*own, *tomorrow])
    return tuple(sorted((day, united(each)) for day, each in spans.items()))
