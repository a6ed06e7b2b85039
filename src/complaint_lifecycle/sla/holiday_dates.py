"""Holidays: dates given, dates of a country, dates of an iCalendar file."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from attrs import field, frozen

from complaint_lifecycle.errors import (
    InvalidEventError,
    MissingExtraError,
    UnreadableError,
)


@frozen
class CountryHolidays:
    """The public holidays of a country, from the ``holidays`` package.

    Attributes:
        country: ISO 3166 code such as ``"UA"``.

        subdivision: ISO 3166-2 part after the dash, such as ``"SCT"``.
    """

    country: str
    subdivision: str | None = None

    def __contains__(self, day: object) -> bool:
        return day in _published(self.country, self.subdivision)


@lru_cache(maxsize=64)
def _published(country: str, subdivision: str | None) -> Any:
    try:
        import holidays
    except ImportError:
        extra = "holidays"
        raise MissingExtraError(extra) from None
    try:
        return holidays.country_holidays(country, subdiv=subdivision)
    except NotImplementedError as error:
        where = f"{country}-{subdivision}" if subdivision else country
        rule = f"is unknown to the holidays package: {error}"
        raise InvalidEventError("holidays", where, rule) from error


def country_holidays(country: str, subdivision: str | None = None) -> CountryHolidays:
    """Name the public holidays of a country or a part of it.

    Args:
        country: ISO 3166 code such as ``"UA"``.

        subdivision: ISO 3166-2 part after the dash, such as ``"SCT"``.

    Raises:
        MissingExtraError: Without the extra ``holidays``.
        InvalidEventError: If there is no such country or part.
    """
    _published(country, subdivision)
    return CountryHolidays(country, subdivision)


@frozen
class Holidays:
    """Whole local dates that are closed, from one source or several.

    Attributes:
        dates: Dates given one by one.

        countries: Countries whose public holidays count.
    """

    dates: frozenset[date] = frozenset()
    countries: tuple[CountryHolidays, ...] = field(default=())

    def __contains__(self, day: object) -> bool:
        if day in self.dates:
            return True
        return bool(self.countries) and any(day in each for each in self.countries)


HolidaySource = Holidays | CountryHolidays | Iterable[date | CountryHolidays]
"""Whatever holidays can be taken from."""


def holidays_of(source: HolidaySource) -> Holidays:
    """Take holidays from dates, from countries, or from a mixture.

    Raises:
        InvalidEventError: If something is neither a date nor a country.
    """
    if isinstance(source, Holidays):
        return source
    if isinstance(source, CountryHolidays):
        return Holidays(countries=(source,))
    if type(source).__module__.partition(".")[0] == "holidays":
        # Such a mapping holds only the years that it was asked for so far.
        rule = "take complaint_lifecycle.sla.country_holidays, which knows every year"
        raise InvalidEventError("holidays", type(source).__name__, rule)
    items = list(source)
    countries = tuple(item for item in items if isinstance(item, CountryHolidays))
    days = (item for item in items if not isinstance(item, CountryHolidays))
    return Holidays(frozenset(map(_day, days)), countries)


def _day(item: object) -> date:
    if isinstance(item, date) and not isinstance(item, datetime):
        return item
    rule = "must be a date, or country_holidays('UA')"
    raise InvalidEventError("holidays", repr(item), rule)


_BOUNDS = (
    datetime.combine(date(1970, 1, 1), time()),
    datetime.combine(date(2100, 12, 31), time()),
)


def holidays_from_ical(text: str | bytes) -> Holidays:
    """Read the whole-day events of an iCalendar file as holidays.

    Events that last several days close all of them; yearly and other recurring ones
    are followed up to the year 2100. Events at a time of day are left out.

    Args:
        text: What such a file holds.

    Raises:
        MissingExtraError: Without the extra ``holidays``.
        UnreadableError: If it is no iCalendar file.
    """
    try:
        import icalendar
    except ImportError:
        extra = "holidays"
        raise MissingExtraError(extra) from None
    try:
        text = text.decode() if isinstance(text, bytes) else text
        events = icalendar.Calendar.from_ical(text).walk("VEVENT")
        moved = {
            (str(event.get("UID")), event.decoded("RECURRENCE-ID"))
            for event in events
            if "RECURRENCE-ID" in event
        }
        days = (day for event in events for day in _days_of(event, moved))
        return Holidays(frozenset(days))
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        problem = f"this is no iCalendar file with holidays: {error}"
        raise UnreadableError(problem) from error


def _days_of(event: Any, moved: set[tuple[str, Any]]) -> Iterator[date]:
    """Give every date that a whole-day event closes, less those that were moved."""
    first = event.decoded("DTSTART")
    if event.get("STATUS") == "CANCELLED" or isinstance(first, datetime):
        return
    length = event.decoded("DURATION", event.decoded("DTEND", first) - first)
    for start in _starts_of(event, first):
        if "RRULE" in event and (str(event.get("UID")), start) in moved:
            continue
        for number in range(max(length.days, 1)):
            yield start + timedelta(number)


def _starts_of(event: Any, first: date) -> list[date]:
    """Return the date of an event, or the dates of one that comes again."""
    from dateutil.rrule import rruleset, rrulestr

    start = datetime.combine(first, time())
    dates = rruleset()
    dates.rdate(start)
    for each in _listed(event, "RDATE"):
        dates.rdate(each)
    for each in _listed(event, "EXDATE"):
        dates.exdate(each)
    if "RRULE" not in event:
        return [each.date() for each in dates]
    rule: Any = rrulestr(_ruled(event), dtstart=start, ignoretz=True)
    dates.rrule(rule)
    return [each.date() for each in dates.between(*_BOUNDS, inc=True)]


def _ruled(event: Any) -> str:
    rule: str = event["RRULE"].to_ical().decode()
    if any(name in rule for name in ("HOURLY", "MINUTELY", "SECONDLY")):
        raise ValueError(rule)
    return rule


def _listed(event: Any, name: str) -> Iterator[datetime]:
    given = event.get(name, [])
    for group in given if isinstance(given, list) else [given]:
        for each in group.dts:
            yield datetime.combine(each.dt, time())
