"""How legal orders count: what a limit is, and on which day it ends."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from attrs import field, frozen

from complaint_lifecycle.checks import one_of
from complaint_lifecycle.sla.calendar import Calendar, Pauses
from complaint_lifecycle.sla.durations import (
    BusinessDays,
    CalendarDays,
    Duration,
    Months,
    Roll,
    business_days,
    elapsed_hours,
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
            return BusinessDays(limit.count, "end_of_day", rest=(6, 7))
        if limit.unit is Unit.ELAPSED_HOURS:
            hours = limit.count
            return _WholeHours(hours) if self.whole_hours else elapsed_hours(hours)
        if limit.unit is Unit.CALENDAR_DAYS and limit.count <= self.short:
            return BusinessDays(limit.count, "end_of_day", rest=self.rest)
        roll = self.roll if limit.roll is None else limit.roll
        kind, factor = _WHOLE_DATES[limit.unit]
        count = limit.count * factor
        return kind(count, roll, self.rest, limit.include_start, limit.strict)


_WHOLE_DATES: dict[Unit, tuple[type[CalendarDays] | type[Months], int]] = {
    Unit.CALENDAR_DAYS: (CalendarDays, 1),
    Unit.WEEKS: (CalendarDays, 7),
    Unit.MONTHS: (Months, 1),
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
