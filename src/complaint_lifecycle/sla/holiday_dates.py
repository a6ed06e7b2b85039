"""Holidays: dates given, dates of a country, dates of an iCalendar file."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from attrs import define, field, frozen

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
_ONCE = ("DTSTART", "DTEND", "DURATION", "RRULE", "UID", "RECURRENCE-ID", "STATUS")
_WHEN = frozenset({*_ONCE, "RDATE", "EXDATE"})
_HOURS = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
# What a step of a rule, or a day that is closed, takes: in thirds of a microsecond.
_EFFORT = {"YEARLY": 150, "MONTHLY": 20, "WEEKLY": 12, "DAILY": 10}
_EFFORT_OF_DAY = 5
_MOST_EFFORT = 5_000_000
_MOST_INTERVAL = 1000
_FOREIGN = (ValueError, ArithmeticError, LookupError, AttributeError, TypeError)


def holidays_from_ical(text: str | bytes) -> Holidays:
    """Read the whole-day events of an iCalendar file as holidays.

    Events that last several days close all of them; yearly and other recurring ones
    are followed up to the year 2100. Events at a time of day are left out.

    Args:
        text: What such a file holds.

    Raises:
        MissingExtraError: Without the extra ``holidays``.
        UnreadableError: If it is no iCalendar file, or one whose events come so often
            or last so long that it would keep us busy for more than a few seconds.
    """
    try:
        import icalendar
    except ImportError:
        extra = "holidays"
        raise MissingExtraError(extra) from None
    with _readable():
        text = text.decode() if isinstance(text, bytes) else text
        texts = list(_events_in(text))
    events: list[Any] = []
    for number, lines in enumerate(texts, 1):
        with _readable(f"event {number}: "):
            events.append(_sound(icalendar.Event.from_ical(lines)))
    days: set[date] = set()
    moved, effort = {_moves(event) for event in events}, _Effort()
    for number, event in enumerate(events, 1):
        with _readable(f"event {number}: "):
            days.update(_days_of(event, moved, effort))
    return Holidays(frozenset(days))


@contextmanager
def _readable(where: str = "") -> Iterator[None]:
    """Turn whatever is wrong with a text into an error of ours that says where."""
    try:
        yield
    except _FOREIGN as error:
        said = f"{error.args[0]} is missing" if type(error) is KeyError else str(error)
        problem = f"this is no iCalendar file with holidays: {where}{said[:300]}"
        raise UnreadableError(problem) from error


def _events_in(text: str) -> Iterator[str]:
    """Give the lines of each event that say when it is, and nothing else.

    Above all no time zones: icalendar would follow their rules, and keep them for
    everybody. Nor a single line, which it would take for the name of a file.
    """
    within: list[tuple[str, list[str]]] = []
    is_calendar = False
    for line in re.split(r"\r?\n", re.sub(r"\r?\n[ \t]", "", text)):
        name = re.split("[;:]", line, maxsplit=1)[0].upper()
        part = line.rpartition(":")[2].strip().upper()
        if name == "BEGIN":
            is_calendar = is_calendar or part == "VCALENDAR"
            within.append((part, []))
        elif name == "END":
            begun, lines = within.pop() if within else ("", [])
            if begun != part:
                problem = f"END:{part} comes without its BEGIN"
                raise ValueError(problem)
            if part == "VEVENT":
                yield "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT", ""))
        elif name in _WHEN and within:
            within[-1][1].append(line)
    if within or not is_calendar:
        problem = "it holds no VCALENDAR from BEGIN to END"
        raise ValueError(problem)


def _sound(event: Any) -> Any:
    """Refuse an event with a line that cannot be read, or comes twice."""
    for name, problem in event.errors:
        said = f"{name}: {problem}"
        raise ValueError(said)
    repeated = [name for name in _ONCE if isinstance(event.get(name), list)]
    if repeated:
        problem = f"{repeated[0]} comes more than once"
        raise ValueError(problem)
    return event


_Moved = tuple[str, Any] | None


def _moves(event: Any) -> _Moved:
    """Tell which date of a series an event stands for, if it does."""
    if "RECURRENCE-ID" not in event:
        return None
    return str(event.get("UID")), event.decoded("RECURRENCE-ID")


@define
class _Effort:
    """What a file may still take."""

    left: int = _MOST_EFFORT

    def spend(self, effort: int, what: str) -> None:
        """Refuse what would keep us busy for too long."""
        self.left -= effort
        if self.left < 0:
            problem = (
                f"{what} are too many, or too hard to find: "
                "end it with UNTIL or COUNT, or list its dates in RDATE"
            )
            raise ValueError(problem)


class _Interval(int):
    """The interval of a rule, which tells each time that the rule takes a step.

    A rule goes on until a date fits, be it to the year 9999, and says nothing on the
    way; but whatever unit of time it counts, it adds or multiplies its interval.
    """

    step: Callable[[], None]

    def __radd__(self, other: int) -> int:
        self.step()
        return other + int(self)

    def __mul__(self, other: int) -> int:
        self.step()
        return int(self) * other


def _days_of(event: Any, moved: set[_Moved], effort: _Effort) -> Iterator[date]:
    """Give every date that a whole-day event closes, less those that were moved."""
    first = event.decoded("DTSTART")
    if event.get("STATUS") == "CANCELLED" or isinstance(first, datetime):
        return
    length = event.decoded("DURATION", event.decoded("DTEND", first) - first)
    days = max(length.days, 1)
    for start in _starts_of(event, first, effort):
        if "RRULE" in event and (str(event.get("UID")), start) in moved:
            continue
        if days > (date.max - start).days + 1:
            problem = f"{days} days from {start} on do not end before the year 10000"
            raise ValueError(problem)
        effort.spend(days * _EFFORT_OF_DAY, f"{days} days each time")
        for number in range(days):
            yield start + timedelta(number)


def _starts_of(event: Any, first: date, effort: _Effort) -> Iterator[date]:
    """Give the date of an event, or the dates of one that comes again."""
    from dateutil.rrule import rruleset

    dates = rruleset()
    dates.rdate(datetime.combine(first, time()))
    for each in _listed(event, "RDATE"):
        dates.rdate(each)
    for each in _listed(event, "EXDATE"):
        dates.exdate(each)
    if "RRULE" not in event:
        yield from (each.date() for each in dates)
        return
    dates.rrule(_followed(event["RRULE"], first, effort))
    for each in dates:
        if each > _BOUNDS[1]:
            return
        if each >= _BOUNDS[0]:
            yield each.date()


def _followed(given: Any, first: date, effort: _Effort) -> Any:
    """Return a rule that costs effort with every step that it takes."""
    from dateutil.rrule import rrulestr

    # Days have no hours, says the standard, whatever a rule asks about them.
    parts = {name: given[name] for name in given if name not in _HOURS}
    written = type(given)(parts).to_ical().decode()
    said = f"RRULE:{written[:80]}"
    frequency, *_ = parts["FREQ"]
    interval, *_ = parts.get("INTERVAL", [1])
    if frequency not in _EFFORT or not 1 <= interval <= _MOST_INTERVAL:
        problem = f"{said}: days come again daily or less, every 1 to {_MOST_INTERVAL}"
        raise ValueError(problem)
    if {"COUNT", "UNTIL"} <= parts.keys():
        problem = f"{said}: it ends with COUNT or with UNTIL, not with both"
        raise ValueError(problem)
    conditions = sum(map(len, parts.values()))
    each = _EFFORT[frequency] * max(1, conditions // 4 - 1)
    told = _Interval(interval)
    told.step = lambda: effort.spend(each, f"the days of {said}")
    start = datetime.combine(first, time())
    rule: Any = rrulestr(written, dtstart=start, ignoretz=True)
    return rule.replace(interval=told)


def _listed(event: Any, name: str) -> Iterator[datetime]:
    given = event.get(name, [])
    for group in given if isinstance(given, list) else [given]:
        for each in group.dts:
            yield datetime.combine(each.dt, time())
