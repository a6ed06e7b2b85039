"""Durations with names and units that cannot be mistaken; there is no bare "days".

Each answers one question: from this instant, on this calendar, with these pauses, what
is the last instant in time? Late means strictly after it.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from attrs import field, frozen
from dateutil.relativedelta import relativedelta

from complaint_lifecycle.checks import one_of
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.sla.calendar import Calendar, Pauses, Segment
from complaint_lifecycle.sla.walks import business_day_after
from complaint_lifecycle.sla.wall import seconds_of, zone_of

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


@frozen(cache_hash=True)
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


@frozen(cache_hash=True)
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
class Rest:
    """Which dates are no working days.

    Attributes:
        weekdays: ISO weekdays at rest, and holidays with them, whatever the hours; with
            none of them, dates without open time.
    """

    weekdays: tuple[int, ...] = ()

    def on(self, day: date, calendar: Calendar) -> bool:
        """Tell whether a date is one of them."""
        if not self.weekdays:
            return not calendar.is_business_day(day)
        return day.isoweekday() in self.weekdays or calendar.is_holiday(day)

    def rolled(self, day: date, calendar: Calendar, roll: "Roll") -> date:
        """Return the date itself, unless it is one of them and the rule is to move."""
        if roll is Roll.NONE or not self.on(day, calendar):
            return day
        step = 1 if roll is Roll.NEXT else -1
        return business_day_after(lambda d: not self.on(d, calendar), day, step)


def _rest(value: Rest | Iterable[int]) -> Rest:
    return value if isinstance(value, Rest) else Rest(tuple(value))


@frozen(cache_hash=True)
class BusinessDays:
    """Dates with working time, the date of the start not counted.

    Attributes:
        count: How many; negative counts back. None is the date of the start, or the
            first business day whose ``at`` is not past by then.

        at: When on the last date: at the ``"same_time"`` as the start, at ``"close"``
            or ``"open"``, at the ``"end_of_day"`` (24:00), or at a wall time such as
            ``"17:00"``. Such a wall time moves into the hours of its date; a
            ``"same_time"`` after them moves to the next opening, on a later date.

        cutoff: Wall time after which a start on a business day counts as on the next.

        include_start: Whether the date of the start counts, if it is a business day
            whose own ``at`` has not passed by the start.

        rest: Weekdays that are no business days, whatever the hours of the calendar.
    """

    count: int
    at: str = field(default="same_time", converter=_day_time)
    cutoff: str | None = field(default=None, converter=_cutoff)
    include_start: bool = False
    rest: Rest = field(default=Rest(), converter=_rest)

    def due(
        self, start: datetime, calendar: Calendar, *, pauses: Pauses = ()
    ) -> datetime:
        """Return the last instant in time."""
        # In UTC, since wall times of one zone compare as such, clock change or not.
        begun = start.astimezone(UTC)
        found = self._on(self._last(begun, calendar, tuple(pauses)), begun, calendar)
        return found.astimezone(start.tzinfo)

    def _last(self, start: datetime, calendar: Calendar, pauses: Pauses) -> date:
        def counts(day: date) -> bool:
            if self.rest.on(day, calendar):
                return False
            return self.count < 0 or not wholly_paused(day, calendar, pauses)

        first = self._first_date(start, calendar)
        begins = counts(first) and self._on(first, start, calendar) >= start
        count = self.count
        if count > 0 and self.include_start and begins:
            count -= 1
        if self.count == 0 and self.at != "same_time" and not begins:
            count = 1
        return business_day_after(counts, first, count)

    def _first_date(self, start: datetime, calendar: Calendar) -> date:
        day = calendar.date_of(start)
        if self.cutoff is None or self.rest.on(day, calendar):
            return day
        if start <= calendar.at(day, self.cutoff).astimezone(UTC):
            return day
        return business_day_after(lambda d: not self.rest.on(d, calendar), day, 1)

    def _on(self, day: date, start: datetime, calendar: Calendar) -> datetime:
        """Return the instant on the last date, in UTC."""
        if self.at == "end_of_day":
            return end_of(day, calendar)
        if self.at == "same_time":
            move = calendar.subtract if self.count < 0 else calendar.add
            return move(_same_time(day, start, calendar), timedelta())
        segments = [
            (opens.astimezone(UTC), closes.astimezone(UTC))
            for opens, closes in calendar.segments_on(day)
        ]
        if self.at in {"open", "close"}:
            if not segments:
                return calendar.at(day, "24:00").astimezone(UTC)
            return segments[0][0] if self.at == "open" else segments[-1][1]
        return _within(calendar.at(day, self.at).astimezone(UTC), segments)


def _same_time(day: date, start: datetime, calendar: Calendar) -> datetime:
    """Return the wall time of an instant on another date, in UTC."""
    local = start.astimezone(zone_of(calendar.zone))
    wall = local.replace(year=day.year, month=day.month, day=day.day, fold=0)
    return wall.astimezone(UTC)


def _within(wished: datetime, segments: Sequence[Segment]) -> datetime:
    """Move an instant into the open spans of its date, forward if that is possible."""
    for opens, closes in segments:
        if wished <= closes:
            return max(wished, opens)
    return segments[-1][1] if segments else wished


def end_of(day: date, calendar: Calendar) -> datetime:
    """Return the last instant of a local date, a microsecond before 24:00, in UTC."""
    return calendar.at(day, "24:00").astimezone(UTC) - _TICK


def wholly_paused(day: date, calendar: Calendar, pauses: Pauses) -> bool:
    """Tell whether pauses cover all the open time of a date, or all of one at rest."""
    if not pauses:
        return False
    start, end = calendar.at(day, "00:00"), calendar.at(day, "24:00")
    counted = calendar if calendar.elapsed(start, end) else _ALWAYS
    return not counted.elapsed(start, end, pauses=pauses)


def _roll(value: Roll | str) -> Roll:
    return one_of(Roll, value, "roll")


@frozen
class _WholeDates:
    """What limits in whole dates have in common; see :class:`CalendarDays`."""

    count: int
    roll: Roll = field(default=Roll.NONE, converter=_roll)
    rest: Rest = field(default=Rest(), converter=_rest)
    include_start: bool = False
    less: bool = False

    def due(
        self, start: datetime, calendar: Calendar, *, pauses: Pauses = ()
    ) -> datetime:
        """Return the last instant in time; every date wholly paused moves it by one."""
        given = tuple(pauses)

        def counts(day: date) -> bool:
            begins, ends = calendar.at(day, "00:00"), calendar.at(day, "24:00")
            return not given or bool(_ALWAYS.elapsed(begins, ends, pauses=given))

        first = calendar.date_of(start)
        last = self._last(first, counts)
        if self.include_start:
            # Beginning on 31 August, six months end with February: no day is lost
            # because the last month is short.
            last = max(last - _ONE_DAY, self._last(first - _ONE_DAY, counts))
        last = self.rest.rolled(last - self.less * _ONE_DAY, calendar, self.roll)
        return end_of(last, calendar).astimezone(start.tzinfo)

    def _last(self, first: date, counts: Callable[[date], bool]) -> date:
        return business_day_after(counts, first, self._days(first))

    def _days(self, first: date) -> int:
        return self.count


@frozen(cache_hash=True)
class CalendarDays(_WholeDates):
    """So many dates of the calendar, the date of the start not counted; ends at 24:00.

    Attributes:
        count: How many.

        roll: Where it goes if it would end on a date at rest.

        rest: Weekdays at rest, whatever the hours of the calendar.

        include_start: Whether the date of the start counts.

        less: Whether it must be less than that: a day before it.
    """


@frozen(cache_hash=True)
class Months(_WholeDates):
    """So many months, to the same day of the month or its last; ends at 24:00.

    Attributes are those of :class:`CalendarDays`, the count one of months.
    """

    def _days(self, first: date) -> int:
        return (first + relativedelta(months=self.count) - first).days


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
