"""The calendar: working time as an immutable value."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from complaint_lifecycle.sla.arguments import (
    Boundary,
    Pauses,
    Segment,
    budget_of,
    columns,
    ends_at_close,
    like,
    merged,
)
from complaint_lifecycle.sla.calendar_data import data_of, parts_of
from complaint_lifecycle.sla.holiday_dates import HolidaySource, holidays_of
from complaint_lifecycle.sla.hours import (
    GROUPS,
    Combined,
    Operator,
    Source,
    Switched,
    WeeklyHours,
    dated,
    week_of,
)
from complaint_lifecycle.sla.local_dates import LocalDates
from complaint_lifecycle.sla.open_time import Compiled
from complaint_lifecycle.sla.walks import ahead, behind
from complaint_lifecycle.sla.wall import (
    Hours,
    micros,
    within,
    zone_of,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from complaint_lifecycle.sla.columns import Column, Spans

__all__ = ["Boundary", "Calendar", "Pauses", "Segment"]


@frozen(slots=False, cache_hash=True)
class Calendar(LocalDates):
    """Working time: when time counts, to the microsecond.

    A value: equal if made of the same parts, hashable, and never changed. Open time is
    half-open, so that the opening instant is open and the closing one is not; elapsed
    time is real time, so that a Sunday of 25 hours has 25 hours. Years are compiled
    when they are first asked for.

    Attributes:
        zone: IANA time zone in which its dates are counted.

        source: Where the open time comes from.

        version: A name for this version of the calendar, as the host likes.

    >>> from datetime import UTC
    >>> office = Calendar.weekly("Europe/Kyiv", mon_fri="09:00-13:00, 14:00-18:00")
    >>> friday = datetime(2026, 3, 6, 15, tzinfo=UTC)  # 17:00 in Kyiv
    >>> office.add(friday, timedelta(hours=2))
    datetime.datetime(2026, 3, 9, 8, 0, tzinfo=datetime.timezone.utc)
    """

    zone: str
    source: Source
    version: str = ""
    _compiled: Compiled = field(init=False, eq=False, hash=False, repr=False)

    def __attrs_post_init__(self) -> None:
        zone_of(self.zone)
        object.__setattr__(self, "_compiled", Compiled(self.source.segments))

    @classmethod
    def weekly(
        cls,
        zone: str,
        *,
        mon_fri: Hours | None = None,
        sat_sun: Hours | None = None,
        every_day: Hours | None = None,
        days: Mapping[str, Hours] | None = None,
        holidays: HolidaySource = (),
        special: Mapping[date, Hours] | None = None,
        breaks: Mapping[date, Hours] | None = None,
        version: str = "",
    ) -> "Calendar":
        """Make a calendar of hours that repeat every week.

        Args:
            zone: IANA time zone of all wall times and dates.

            mon_fri: Hours of Monday to Friday, several intervals apart by commas;
                ``24:00`` is the end of the day, and ``22:00-06:00`` goes overnight.

            sat_sun: Hours of Saturday and Sunday.

            every_day: Hours of all days.

            days: Hours of single weekdays, such as ``{"fri": "09:00-13:00"}``; they
                replace those given above.

            holidays: Dates that are closed, or whose: ``country_holidays("UA")``.

            special: Hours of single dates, in place of the weekly ones.

            breaks: Closed hours of single dates.

            version: A name for this version of the calendar.

        Raises:
            InvalidEventError: If a zone, weekday, wall time or date is none.
        """
        groups = zip((every_day, mon_fri, sat_sun), GROUPS, strict=True)
        week = week_of(groups, days or {})
        replaced = dated(special or {}, "special", week)
        closed = dated(breaks or {}, "breaks")
        source = WeeklyHours(zone, week, holidays_of(holidays), replaced, closed)
        return cls(zone, source, version)

    @classmethod
    def always(cls, zone: str = "UTC") -> "Calendar":
        """Make a calendar that never closes; there is one for each zone."""
        return _never_closing(zone)

    def to_data(self) -> dict[str, Any]:
        """Write it as plain JSON data, country holidays by their names.

        Raises:
            UnreadableError: If its source is one of the host's own.
        """
        return data_of(self.zone, self.source, self.version)

    @classmethod
    def from_data(cls, data: object) -> "Calendar":
        """Read what :meth:`to_data` wrote.

        Raises:
            UnreadableError: If the data is of another schema, or is none.
        """
        return cls(*parts_of(data))

    def __and__(self, other: "Calendar") -> "Calendar":
        """Open when both are; dates are counted in the zone of the left one."""
        return self._combined(Operator.BOTH, other)

    def __or__(self, other: "Calendar") -> "Calendar":
        """Open when either is; dates are counted in the zone of the left one."""
        return self._combined(Operator.EITHER, other)

    def __sub__(self, other: "Calendar") -> "Calendar":
        """Open when the left one is and the right one is not."""
        return self._combined(Operator.WITHOUT, other)

    def switched(self, at: datetime, *, to: "Calendar") -> "Calendar":
        """Return a calendar that is this one up to an instant, another from it on.

        Dates are counted in the zone of the other one.
        """
        source = Switched(self.source, to.source, micros(at, "at"))
        return Calendar(to.zone, source, f"{self.version}>{to.version}")

    def __reduce__(self) -> tuple[type["Calendar"], tuple[str, Source, str]]:
        # What was compiled stays behind: it is made again where it is needed.
        return Calendar, (self.zone, self.source, self.version)

    def _combined(self, operator: Operator, other: "Calendar") -> "Calendar":
        if not isinstance(other, Calendar):
            return NotImplemented
        source = Combined(operator, self.source, other.source)
        return Calendar(self.zone, source, f"{self.version}{operator}{other.version}")

    def is_open(self, at: datetime) -> bool:
        """Tell whether an instant is open; opening is, closing is not."""
        return self._compiled.is_open(micros(at, "at"))

    def is_holiday(self, day: date) -> bool:
        """Tell whether a date, or the date of an instant, is closed as a holiday."""
        return self.source.is_holiday(self.date_of(day))

    def is_break(self, at: datetime) -> bool:
        """Tell whether an instant lies in a break; half-open like open time."""
        return self.source.is_break(micros(at, "at"))

    def add(
        self,
        start: datetime,
        span: timedelta,
        *,
        pauses: Pauses = (),
        boundary: Boundary = "close",
    ) -> datetime:
        """Return the instant that so much open time leads to.

        Args:
            start: Where it begins; outside hours it begins at the next opening.

            span: How much open time; none leads to the next open instant, less than
                none leads back.

            pauses: Spans in which no time is counted.

            boundary: Whether a span that is used up exactly at closing ends there, or
                at the next opening.

        Returns:
            The instant, in the time zone of ``start``.

        Raises:
            NoOpenTimeError: If the calendar has not so much open time any more.
        """
        budget = budget_of(span)
        if budget < 0:
            return self.subtract(start, -span, pauses=pauses)
        found = self._compiled.after(
            micros(start, "start"),
            budget,
            merged(pauses) if pauses else (),
            at_close=boundary == "close" or ends_at_close(boundary),
        )
        return like(start, found)

    def subtract(
        self, start: datetime, span: timedelta, *, pauses: Pauses = ()
    ) -> datetime:
        """Return the instant from which so much open time leads to ``start``.

        Landing exactly on an opening stays there; no span leads to the previous
        closing, unless ``start`` is open.

        Args:
            start: Where it ends.

            span: How much open time; less than none leads forward.

            pauses: Spans in which no time is counted.

        Raises:
            NoOpenTimeError: If the calendar had not so much open time before.
        """
        budget = budget_of(span)
        if budget < 0:
            return self.add(start, -span, pauses=pauses)
        found = self._compiled.back(micros(start, "start"), budget, merged(pauses))
        return like(start, found)

    def elapsed(
        self, start: datetime, end: datetime, *, pauses: Pauses = ()
    ) -> timedelta:
        """Return the open time between two instants, negative if they are reversed.

        Args:
            start: From here.

            end: Up to here.

            pauses: Spans whose open time is left out.
        """
        first, last = micros(start, "start"), micros(end, "end")
        if last < first:
            return -self.elapsed(end, start, pauses=pauses)
        total = self._compiled.elapsed(first, last)
        for opens, closes in within(merged(pauses), first, last) if pauses else ():
            total -= self._compiled.elapsed(opens, closes)
        return timedelta(microseconds=total)

    def add_many(
        self, starts: "ArrayLike", span: "Spans", *, boundary: Boundary = "close"
    ) -> "Column":
        """Add open time to a numpy column; each row as :meth:`add` answers.

        Args:
            starts: Instants in UTC: ``datetime64``, or microseconds since 1970.

            span: A timedelta, a number of seconds, or a column of either.

            boundary: As for :meth:`add`.

        Raises:
            MissingExtraError: Without the extra ``columns``.
            InvalidEventError: If a row is no instant, such as NaT.
            NoOpenTimeError: If a row has no answer.
        """
        at_close = ends_at_close(boundary)
        found: Column = columns().add_many(
            self._compiled, starts, span, at_close=at_close
        )
        return found

    def elapsed_many(self, starts: "ArrayLike", ends: "ArrayLike") -> "Column":
        """Return open time between numpy columns; each row as :meth:`elapsed`.

        Rows and errors are those of :meth:`add_many`.
        """
        found: Column = columns().elapsed_many(self._compiled, starts, ends)
        return found

    def next_open(self, at: datetime) -> datetime:
        """Return the instant itself if it is open, else the next opening.

        Raises:
            NoOpenTimeError: If the calendar does not open again.
        """
        return like(at, self._compiled.next_open(micros(at, "at")))

    def next_close(self, at: datetime) -> datetime:
        """Return the end of the current open span, or else of the next one.

        Raises:
            NoOpenTimeError: If the calendar does not close again.
        """
        return like(at, self._compiled.next_close(micros(at, "at")))

    def previous_close(self, at: datetime) -> datetime:
        """Return the instant itself if it ends open time, else the closing before it.

        Raises:
            NoOpenTimeError: If the calendar was not open before.
        """
        return like(at, self._compiled.back_open(micros(at, "at")))

    def segments(self, start: datetime, end: datetime) -> list[Segment]:
        """Return the open spans between two instants, clipped to them."""
        first, last = micros(start, "start"), micros(end, "end")
        if last <= first:
            return []
        return [
            (like(start, opens), like(start, closes))
            for opens, closes in self._compiled.between(first, last)
        ]

    def segments_after(self, start: datetime) -> Iterator[Segment]:
        """Give the open spans after an instant, clipped to it, one after the other.

        It ends where the calendar does not open or close any more.
        """
        for opens, closes in ahead(self._compiled, micros(start, "start")):
            yield like(start, opens), like(start, closes)

    def segments_before(self, start: datetime) -> Iterator[Segment]:
        """Give the open spans before an instant, clipped to it, going back.

        It ends where the calendar was not open any more.
        """
        for opens, closes in behind(self._compiled, micros(start, "start")):
            yield like(start, opens), like(start, closes)


@cache
def _never_closing(zone: str) -> Calendar:
    return Calendar.weekly(zone, every_day="00:00-24:00")
