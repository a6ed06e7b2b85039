"""Durations with names and units that cannot be mistaken; there is no bare "days".

Each answers one question: from this instant, on this calendar, with these pauses, what
is the last instant in time? Late means strictly after it.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from attrs import field, frozen
from dateutil.relativedelta import relativedelta

from complaint_lifecycle.checks import one_of
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.sla.calendar import Calendar, Pauses
from complaint_lifecycle.sla.wall import seconds_of

_ONE_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)
_ALWAYS = Calendar.always()
_MOST = 10_000


class Duration(Protocol):
    """A time limit, of whatever unit."""

    def due(
        self, start: datetime, calendar: Calendar, *, pauses: Pauses = ()
    ) -> datetime:
        """Return the last instant in time.

        Args:
            start: Where the limit begins to run.

            calendar: Working time, holidays and time zone.

            pauses: Spans in which it does not run.

        Returns:
            The instant, in the time zone of ``start``.
        """
        ...


class Roll(StrEnum):
    """Where a limit goes that would end on a day without working time."""

    NONE = "none"
    NEXT = "next"
    PREVIOUS = "previous"


@frozen
class OpenHours:
    """Working time.

    Attributes:
        span: How much of it.
    """

    span: timedelta

    def due(
        self, start: datetime, calendar: Calendar, *, pauses: Pauses = ()
    ) -> datetime:
        """Return the last instant in time."""
        return calendar.add(start, self.span, pauses=pauses)


@frozen
class ElapsedHours:
    """Time by the clock on the wall, nights and holidays included.

    Attributes:
        span: How much of it.
    """

    span: timedelta

    def due(
        self, start: datetime, calendar: Calendar, *, pauses: Pauses = ()
    ) -> datetime:
        """Return the last instant in time."""
        return _ALWAYS.add(start, self.span, pauses=pauses)


def _day_time(value: str) -> str:
    if value not in {"same_time", "open", "close", "end_of_day"}:
        seconds_of(value)
    return value


def _cutoff(value: str | None) -> str | None:
    if value is not None:
        seconds_of(value)
    return value


@frozen
class BusinessDays:
    """Dates with working time, the date of the start not counted.

    Attributes:
        count: How many; negative counts back.

        at: When on the last date: at the ``"same_time"`` as the start, at ``"close"``
            or ``"open"``, at the ``"end_of_day"`` (24:00), or at a wall time such as
            ``"17:00"``. A time outside the hours of the date moves into them.

        cutoff: Wall time after which a start counts as on the next business day.

        include_start: Whether the date of the start counts, if it is a business day
            whose own ``at`` has not passed by the start.
    """

    count: int
    at: str = field(default="same_time", converter=_day_time)
    cutoff: str | None = field(default=None, converter=_cutoff)
    include_start: bool = False

    def due(
        self, start: datetime, calendar: Calendar, *, pauses: Pauses = ()
    ) -> datetime:
        """Return the last instant in time."""
        first = self._first_date(start, calendar)
        covered = _Covered(calendar, tuple(pauses))
        count = self.count
        if count > 0 and self._start_counts(first, start, calendar):
            count -= 1
        day = first
        for _ in range(abs(count)):
            day = calendar.add_business_days(day, 1 if count > 0 else -1)
            while count > 0 and covered.whole(day):
                day = calendar.add_business_days(day, 1)
        return self._on(day, start, calendar)

    def _start_counts(self, day: date, start: datetime, calendar: Calendar) -> bool:
        """The date of the start counts only while its own instant is still ahead."""
        if not self.include_start or not calendar.is_business_day(day):
            return False
        return self._on(day, start, calendar) >= start

    def _first_date(self, start: datetime, calendar: Calendar) -> date:
        day = calendar.date_of(start)
        if self.cutoff is not None and start > calendar.at(day, self.cutoff):
            return calendar.add_business_days(day, 1)
        return day

    def _on(self, day: date, start: datetime, calendar: Calendar) -> datetime:
        """Return the instant on the last date, in the time zone of the start."""
        if self.at == "end_of_day":
            return end_of(day, calendar).astimezone(start.tzinfo)
        segments = calendar.segments_on(day)
        if self.at in {"open", "close"} and segments:
            found = segments[0][0] if self.at == "open" else segments[-1][1]
            return found.astimezone(start.tzinfo)
        wished = self._wished(day, start, calendar)
        if self.at == "same_time":
            back = self.count < 0
            return (
                calendar.add(wished, timedelta())
                if not back
                else (calendar.subtract(wished, timedelta()))
            )
        for _, closes in segments:
            if wished <= closes:
                return max(wished, _opening(segments, closes)).astimezone(start.tzinfo)
        last = segments[-1][1] if segments else wished
        return last.astimezone(start.tzinfo)

    def _wished(self, day: date, start: datetime, calendar: Calendar) -> datetime:
        if self.at != "same_time":
            return calendar.at(
                day, "24:00" if self.at in {"open", "close"} else self.at
            )
        local = start.astimezone(calendar.at(day, "00:00").tzinfo)
        wall = local.replace(year=day.year, month=day.month, day=day.day, fold=0)
        return wall.astimezone(start.tzinfo)


def _opening(
    segments: Iterable[tuple[datetime, datetime]], closes: datetime
) -> datetime:
    return next(opens for opens, end in segments if end == closes)


def end_of(day: date, calendar: Calendar) -> datetime:
    """Return the last instant of a local date: a microsecond before 24:00."""
    midnight = calendar.at(day, "24:00")
    # In UTC, since clocks may change at midnight itself.
    return (midnight.astimezone(UTC) - _TICK).astimezone(midnight.tzinfo)


@frozen
class _Covered:
    """Which dates lie wholly within pauses."""

    calendar: Calendar
    pauses: Pauses

    def whole(self, day: date) -> bool:
        if not self.pauses:
            return False
        start, end = self.calendar.at(day, "00:00"), self.calendar.at(day, "24:00")
        return not self.calendar.elapsed(start, end, pauses=self.pauses)

    def whole_by_the_clock(self, day: date) -> bool:
        if not self.pauses:
            return False
        start, end = self.calendar.at(day, "00:00"), self.calendar.at(day, "24:00")
        return not _ALWAYS.elapsed(start, end, pauses=self.pauses)


def _rolled(day: date, calendar: Calendar, roll: Roll) -> date:
    if roll is Roll.NONE or calendar.is_business_day(day):
        return day
    return calendar.add_business_days(day, 1 if roll is Roll.NEXT else -1)


def _roll(value: Roll | str) -> Roll:
    return one_of(Roll, value, "roll")


@frozen
class CalendarDays:
    """Dates of the calendar, the date of the start not counted; ends at 24:00.

    Attributes:
        count: How many.

        roll: Where it goes if it would end on a day without working time.
    """

    count: int
    roll: Roll = field(default=Roll.NONE, converter=_roll)

    def due(
        self, start: datetime, calendar: Calendar, *, pauses: Pauses = ()
    ) -> datetime:
        """Return the last instant in time."""
        covered = _Covered(calendar, tuple(pauses))
        day = calendar.date_of(start)
        for _ in range(self.count):
            day += _ONE_DAY
            while covered.whole_by_the_clock(day):
                day += _ONE_DAY
        day = _rolled(day, calendar, self.roll)
        return end_of(day, calendar).astimezone(start.tzinfo)


@frozen
class Months:
    """Months, to the same day of the month or its last; ends at 24:00.

    Attributes:
        count: How many.

        roll: Where it goes if it would end on a day without working time.
    """

    count: int
    roll: Roll = field(default=Roll.NONE, converter=_roll)

    def due(
        self, start: datetime, calendar: Calendar, *, pauses: Pauses = ()
    ) -> datetime:
        """Return the last instant in time; every date wholly paused moves it by one."""
        covered = _Covered(calendar, tuple(pauses))
        day = calendar.date_of(start)
        last = day + relativedelta(months=self.count)
        while day < last:
            day += _ONE_DAY
            last += _ONE_DAY * covered.whole_by_the_clock(day)
        last = _rolled(last, calendar, self.roll)
        return end_of(last, calendar).astimezone(start.tzinfo)


@frozen
class ByPromise:
    """Until the date that was promised."""


def open_hours(hours: float, *, minutes: float = 0) -> OpenHours:
    """Name so many hours of working time.

    >>> open_hours(4)
    OpenHours(span=datetime.timedelta(seconds=14400))
    """
    return OpenHours(_span(hours, minutes))


def elapsed_hours(hours: float, *, minutes: float = 0) -> ElapsedHours:
    """Name so many hours by the clock, nights and holidays included."""
    return ElapsedHours(_span(hours, minutes))


def business_days(
    count: int,
    *,
    at: str = "same_time",
    cutoff: str | None = None,
    include_start: bool = False,
) -> BusinessDays:
    """Name so many dates with working time; see :class:`BusinessDays`."""
    return BusinessDays(_whole(count), at, cutoff, include_start)


def calendar_days(count: int, *, roll: Roll | str = Roll.NONE) -> CalendarDays:
    """Name so many dates of the calendar; see :class:`CalendarDays`."""
    return CalendarDays(_not_negative(count), roll)


def weeks(count: int, *, roll: Roll | str = Roll.NONE) -> CalendarDays:
    """Name so many weeks, to the same weekday."""
    return CalendarDays(_not_negative(count) * 7, roll)


def months(count: int, *, roll: Roll | str = Roll.NONE) -> Months:
    """Name so many months, to the same day of the month or its last."""
    return Months(_not_negative(count), roll)


def promised() -> ByPromise:
    """Name the date that was promised to the customer."""
    return ByPromise()


def _span(hours: float, minutes: float) -> timedelta:
    try:
        span = timedelta(hours=hours, minutes=minutes)
    except (OverflowError, ValueError, TypeError):
        rule = "must be a number of hours"
        raise InvalidEventError("hours", repr(hours), rule) from None
    if span < timedelta():
        raise InvalidEventError("hours", str(span), "must not be negative")
    return span


def _whole(count: Any) -> int:
    if isinstance(count, bool) or not isinstance(count, int) or abs(count) > _MOST:
        rule = f"must be a whole number up to {_MOST:,}"
        raise InvalidEventError("count", repr(count), rule)
    return count


def _not_negative(count: Any) -> int:
    if _whole(count) < 0:
        raise InvalidEventError("count", repr(count), "must be a whole number from 0")
    return int(count)
