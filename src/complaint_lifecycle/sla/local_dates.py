"""Local dates of a calendar: wall times, business days, and the hours of one date."""

from datetime import date, datetime, timedelta

from complaint_lifecycle.clock import in_utc
from complaint_lifecycle.sla.arguments import Segment, like
from complaint_lifecycle.sla.open_time import Compiled
from complaint_lifecycle.sla.walks import business_day_after
from complaint_lifecycle.sla.wall import (
    DAY,
    instant_of,
    local_micros,
    micros,
    plain_date,
    seconds_of,
    zone_of,
)


class LocalDates:
    """What a calendar knows of the dates of its time zone."""

    zone: str
    _compiled: Compiled

    def segments_on(self, day: date) -> list[Segment]:
        """Return the open spans of a local date, in its time zone."""
        start, end = self.at(day, "00:00"), self.at(day, "24:00")
        spans = self._compiled.between(micros(start, "day"), micros(end, "day"))
        return [(like(start, opens), like(start, closes)) for opens, closes in spans]

    def at(self, day: date, time: str) -> datetime:
        """Return the instant of a wall time on a local date.

        A time that does not exist falls as much later as clocks go forward; of one
        that exists twice it is the first.

        Args:
            day: The date.

            time: The wall time, such as ``"17:00"``; ``"24:00"`` ends the day.
        """
        zone = zone_of(self.zone)
        found = local_micros(plain_date(day, "day"), seconds_of(time), zone)
        return instant_of(found).astimezone(zone)

    def date_of(self, at: date) -> date:
        """Return the local date of an instant, or a date as it is."""
        if isinstance(at, datetime):
            return in_utc(at, "at").astimezone(zone_of(self.zone)).date()
        return plain_date(at, "day")

    def is_business_day(self, day: date) -> bool:
        """Tell whether a local date, or that of an instant, has any open time."""
        day, zone = self.date_of(day), zone_of(self.zone)
        start, end = local_micros(day, 0, zone), local_micros(day, DAY, zone)
        return self._compiled.elapsed(start, end) > 0

    def add_business_days(self, day: date, count: int) -> date:
        """Return the date so many business days later, or earlier if negative.

        The date itself is not counted; none leads to the date itself.

        Raises:
            NoOpenTimeError: If there are not so many within the horizon.
        """
        return business_day_after(self.is_business_day, self.date_of(day), count)

    def business_days_between(self, start: date, end: date) -> int:
        """Count the business days after ``start`` up to ``end``, negative if reversed."""
        start, end = self.date_of(start), self.date_of(end)
        if end < start:
            return -self.business_days_between(end, start)
        days = range(1, (end - start).days + 1)
        return sum(self.is_business_day(start + timedelta(n)) for n in days)
