"""How legal orders count: what a limit is, and on which day it ends."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum

from attrs import field, frozen

from complaint_lifecycle.checks import one_of
from complaint_lifecycle.sla.calendar import Calendar, Pauses
from complaint_lifecycle.sla.durations import (
    Duration,
    Roll,
    business_days,
    calendar_days,
    elapsed_hours,
    end_of,
    months,
    weeks,
)

_DAY = timedelta(days=1)


class Unit(StrEnum):
    """What a limit is counted in."""

    BUSINESS_DAYS = "business_days"
    WEEKDAYS = "weekdays"
    CALENDAR_DAYS = "calendar_days"
    WEEKS = "weeks"
    MONTHS = "months"
    ELAPSED_HOURS = "elapsed_hours"


@frozen
class _Rest:
    """Which dates are no working days: holidays and some weekdays, whatever the hours.

    Attributes:
        weekdays: ISO weekdays; with none of them, the calendar alone decides.
    """

    weekdays: tuple[int, ...] = ()

    def on(self, day: date, calendar: Calendar) -> bool:
        if not self.weekdays:
            return not calendar.is_business_day(day)
        return day.isoweekday() in self.weekdays or calendar.is_holiday(day)

    def rolled(self, day: date, calendar: Calendar, roll: Roll) -> date:
        step = {Roll.NONE: 0 * _DAY, Roll.NEXT: _DAY, Roll.PREVIOUS: -_DAY}[roll]
        while step and self.on(day, calendar):
            day += step
        return day


@frozen
class _Workdays:
    """Dates that are not at rest, the date of the start not counted; ends at 24:00."""

    count: int
    rest: _Rest

    def due(
        self, start: datetime, calendar: Calendar, *, pauses: Pauses = ()
    ) -> datetime:
        """Return the last instant in time."""
        day, pauses = calendar.date_of(start), tuple(pauses)
        for _ in range(self.count):
            day += _DAY
            while self.rest.on(day, calendar) or _paused(day, calendar, pauses):
                day += _DAY
        return end_of(day, calendar).astimezone(start.tzinfo)


def _paused(day: date, calendar: Calendar, pauses: Pauses) -> bool:
    start, end = calendar.at(day, "00:00"), calendar.at(day, "24:00")
    return not Calendar.always().elapsed(start, end, pauses=pauses)


@frozen
class _WholeHours:
    """Hours by the clock; the hour of the start is not counted."""

    count: int

    def due(
        self, start: datetime, calendar: Calendar, *, pauses: Pauses = ()
    ) -> datetime:
        """Return the last instant in time."""
        zone = calendar.at(calendar.date_of(start), "00:00").tzinfo
        full = start.astimezone(zone).replace(minute=0, second=0, microsecond=0)
        due = elapsed_hours(self.count + 1).due(full, calendar, pauses=pauses)
        return due.astimezone(start.tzinfo)


@frozen
class _Dated:
    """Whole dates that end otherwise than plain ones do.

    Attributes:
        plain: The same limit, counted from the day after the start.

        rest: Days on which it may not end.

        roll: Where it goes instead.

        include_start: Whether the date of the start counts.

        strict: Whether it must be less than the limit: a day before it.
    """

    plain: Duration
    rest: _Rest
    roll: Roll
    include_start: bool
    strict: bool

    def due(
        self, start: datetime, calendar: Calendar, *, pauses: Pauses = ()
    ) -> datetime:
        """Return the last instant in time."""
        first, pauses = calendar.date_of(start), tuple(pauses)
        last = self._last(first, calendar, pauses)
        if self.include_start:
            # Beginning on 31 August, six months end with February: no day is lost
            # because the last month is short.
            last = max(last - _DAY, self._last(first - _DAY, calendar, pauses))
        last = self.rest.rolled(last - self.strict * _DAY, calendar, self.roll)
        return end_of(last, calendar).astimezone(start.tzinfo)

    def _last(self, first: date, calendar: Calendar, pauses: Pauses) -> date:
        noon = calendar.at(first, "12:00")
        return calendar.date_of(self.plain.due(noon, calendar, pauses=pauses))


def _weekdays(value: Iterable[int]) -> tuple[int, ...]:
    return tuple(value)


def _roll(value: Roll | str) -> Roll:
    return one_of(Roll, value, "roll")


@frozen(kw_only=True)
class Profile:
    """How a legal order counts time limits.

    Attributes:
        id: Such as ``"eu-1182-71"``.

        rule: The rule in words.

        roll: Where a limit goes whose last day is no working day.

        rest: Weekdays that are no working days, whatever the hours of the host.

        short: Limits of at most so many calendar days count working days only.

        whole_hours: Whether the hour of the start is left out of limits in hours.

        sources: Where it was found.

        note: What else to know.

        verified: Whether the rule was read in a source.
    """

    id: str
    rule: str
    roll: Roll = field(default=Roll.NONE, converter=_roll)
    rest: tuple[int, ...] = field(default=(), converter=_weekdays)
    short: int = 0
    whole_hours: bool = False
    sources: tuple[str, ...] = field(default=(), converter=tuple)
    note: str = ""
    verified: bool

    def duration(self, limit: "Limit") -> Duration:
        """Count a limit by this profile."""
        if limit.unit is Unit.BUSINESS_DAYS:
            return business_days(
                limit.count, at=limit.at, include_start=limit.include_start
            )
        if limit.unit is Unit.WEEKDAYS:
            return _Workdays(limit.count, _Rest((6, 7)))
        if limit.unit is Unit.ELAPSED_HOURS:
            hours = limit.count
            return _WholeHours(hours) if self.whole_hours else elapsed_hours(hours)
        if limit.unit is Unit.CALENDAR_DAYS and limit.count <= self.short:
            return _Workdays(limit.count, _Rest(self.rest))
        return self._dated(limit)

    def _dated(self, limit: "Limit") -> Duration:
        roll = self.roll if limit.roll is None else limit.roll
        plain = _WHOLE_DATES[limit.unit](limit.count)
        if roll is Roll.NONE and not (limit.include_start or limit.strict):
            return plain
        return _Dated(plain, _Rest(self.rest), roll, limit.include_start, limit.strict)


_WHOLE_DATES: dict[Unit, Callable[[int], Duration]] = {
    Unit.CALENDAR_DAYS: calendar_days,
    Unit.WEEKS: weeks,
    Unit.MONTHS: months,
}


def _unit(value: Unit | str) -> Unit:
    return one_of(Unit, value, "unit")


def _maybe_roll(value: Roll | str | None) -> Roll | None:
    return None if value is None else _roll(value)


@frozen
class Limit:
    """So many days, weeks, months or hours.

    Attributes:
        count: How many.

        unit: Of what.

        at: When a last business day ends: ``"close"`` or ``"end_of_day"``.

        include_start: Whether the day of the start counts, as in "commencing on".

        roll: Where it goes from a day that is no working day; ``None`` leaves that to
            the profile.

        strict: Whether it must be less than that.
    """

    count: int
    unit: Unit = field(converter=_unit)
    at: str = "end_of_day"
    include_start: bool = False
    roll: Roll | None = field(default=None, converter=_maybe_roll)
    strict: bool = False

    def __str__(self) -> str:
        unit = self.unit.replace("_", " ")
        text = f"{self.count} {unit.removesuffix('s') if self.count == 1 else unit}"
        text = f"less than {text}" if self.strict else text
        return f"{text}, by close of business" if self.at == "close" else text
