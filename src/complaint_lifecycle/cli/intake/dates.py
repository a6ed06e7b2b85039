"""Reads dates as people and programs write them, strictly: nothing is filled in.

A date such as ``04/08/2015`` has two readings. Which one is meant is decided once for
a whole file, by the dates in it that have only one, or by whoever asks.
"""

import re
import warnings
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from attrs import frozen

from complaint_lifecycle.cli.intake.words import shown
from complaint_lifecycle.clock import in_utc
from complaint_lifecycle.errors import UnreadableError

EPOCH = "epoch"
"""The ``--date-format`` for seconds since 1970."""

DateReader = Callable[[str], datetime]
"""Turns what a cell says into an aware instant, or raises ``UnreadableError``."""

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july",
    "august", "september", "october", "november", "december",
)  # fmt: skip
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CENTURY_TURN = 69  # POSIX: 69 to 99 are 1969 to 1999
_NOON = 12


@frozen
class Written:
    """A date and time as written, before anybody decides which number is the day.

    Attributes:
        day_first: The date, read day first; ``None`` if there is no such date.

        month_first: The date, read month first; ``None`` if there is no such date.

        clock: The time of the day, with an offset if one is written; else midnight.

        trailed: Whether other text follows the date.
    """

    day_first: date | None
    month_first: date | None
    clock: time
    trailed: bool = False

    @property
    def either(self) -> tuple[date, date] | None:
        """Both dates that this can mean, day first and month first, if they differ."""
        day_first, month_first = self.day_first, self.month_first
        if day_first is None or month_first is None or day_first == month_first:
            return None
        return day_first, month_first

    def date(self, *, dayfirst: bool) -> date:
        """Return the date; the order matters only where both readings exist."""
        wanted, other = self.day_first, self.month_first
        if not dayfirst:
            wanted, other = other, wanted
        found = wanted or other
        assert found is not None  # noqa: S101 - `written` refuses what has no reading
        return found


_Readings = tuple[date | None, date | None]
_NAME = r"(?P<name>[A-Za-z]{3,9})\.?"
_DAY = r"(?P<day>\d{1,2})"
_YEAR = r"(?P<year>\d{4}|\d{2})"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text + r"(?!\d)(?P<rest>.*)", re.ASCII | re.DOTALL)


_YEAR_FIRST = _pattern(
    r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})"
)
_COMPACT = _pattern(r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)")
_NUMERIC = _pattern(
    rf"(?P<one>\d{{1,2}})(?P<mark>[-/.])(?P<two>\d{{1,2}})(?P=mark){_YEAR}"
)
_NAMED = (
    _pattern(rf"{_DAY}(?:st|nd|rd|th)?[-/. ]?\s*{_NAME}[-/, ]?\s*{_YEAR}"),
    _pattern(rf"{_NAME}[- ]\s*{_DAY}(?:st|nd|rd|th)?[-, ]\s*{_YEAR}"),
    _pattern(rf"(?P<year>\d{{4}})[-/ ]{_NAME}[-/ ]{_DAY}"),
)
_WEEKDAY = re.compile(
    r"(?P<name>mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.IGNORECASE
)
_OFFSET = r"(?P<offset>[Zz]|UTC|GMT|(?:UTC|GMT)?[-+]\d\d(?::?[0-5]\d)?)?"
_TIMES = (
    re.compile(
        r"(?:[Tt]|,?\s+)(?P<hour>\d{1,2})"
        r"(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?"
        r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?\s*" + _OFFSET,
        re.ASCII,
    ),
    re.compile(
        r"[Tt](?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?P<fraction>(?!))?"
        r"(?P<half>(?!))?" + _OFFSET,
        re.ASCII,
    ),
)
_SECONDS = re.compile(r"-?\d{1,15}(?:\.\d{1,9})?", re.ASCII)
# Digits after the date may be a time in some form of its own, so they are not skipped.
_TRAILING = re.compile(r"(?:\s*[,;(]|\s+[-–—])\D*")  # noqa: RUF001


def written(text: str) -> Written:
    """Read a date, with or without a time, an offset, or other text after it.

    Args:
        text: Such as ``"22-Apr-15"``, ``"04/08/2015 3:53 PM"`` or ISO 8601.

    Returns:
        All that it can mean.

    Raises:
        UnreadableError: If it is no such date.

    >>> written("22/08/2015 3 PM").clock
    datetime.time(15, 0)
    >>> written("04/08/2015").either
    (datetime.date(2015, 8, 4), datetime.date(2015, 4, 8))
    """
    plain = text.strip()
    weekday = _WEEKDAY.match(plain)
    (day_first, month_first), rest = _date(plain[weekday.end() :] if weekday else plain)
    if weekday:
        day_first = _falling_on(weekday["name"], day_first)
        month_first = _falling_on(weekday["name"], month_first)
    if day_first is None and month_first is None:
        raise _unreadable(text, "there is no such day in the calendar")
    if not rest:
        return Written(day_first, month_first, time())
    clock = _clock(rest, text)
    if clock is not None:
        return Written(day_first, month_first, clock)
    if _TRAILING.fullmatch(rest):
        return Written(day_first, month_first, time(), trailed=True)
    raise _unreadable(text, f"what is {shown(rest.strip())!r} after the date?")


def _unreadable(text: str, problem: str) -> UnreadableError:
    return UnreadableError(f"date {shown(text)!r}: {problem}")


def _date(text: str) -> tuple[_Readings, str]:
    for pattern in (_YEAR_FIRST, _COMPACT):
        if found := pattern.match(text):
            return _certain(found, int(found["month"])), found["rest"]
    if found := _NUMERIC.match(text):
        one, two, year = int(found["one"]), int(found["two"]), _year(found["year"])
        return (_day(year, two, one), _day(year, one, two)), found["rest"]
    for pattern in _NAMED:
        if found := pattern.match(text):
            return _certain(found, _month(found["name"])), found["rest"]
    raise _unreadable(text, "write it like 2015-04-22, or give --date-format")


def _certain(found: re.Match[str], month: int) -> _Readings:
    day = _day(_year(found["year"]), month, int(found["day"]))
    return day, day


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) > len("99"):
        return year
    return year + (1900 if year >= _CENTURY_TURN else 2000)


def _month(name: str) -> int:
    """Return the number of a month by its English name or the start of it, else 0."""
    for number, month in enumerate(_MONTHS, start=1):
        if month.startswith(name.lower()):
            return number
    return 0


def _falling_on(weekday: str, day: date | None) -> date | None:
    falls = day is not None and _WEEKDAYS[day.weekday()] == weekday.lower()
    return day if falls else None


def _clock(rest: str, text: str) -> time | None:
    """Read the time after a date; ``None`` if it is none."""
    for pattern in _TIMES:
        found = pattern.fullmatch(rest)
        if found and (found["minute"] or found["half"]):
            try:
                return _time(found)
            except ValueError as error:
                raise _unreadable(text, str(error)) from None
    return None


def _time(found: re.Match[str]) -> time:
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= _NOON:
            problem = "hour must be in 1..12 with AM or PM"
            raise ValueError(problem)
        hour = hour % _NOON + (_NOON if found["half"] in "Pp" else 0)
    return time(
        hour,
        int(found["minute"] or 0),
        int(found["second"] or 0),
        int((found["fraction"] or "0")[:6].ljust(6, "0")),
        tzinfo=_offset(found["offset"]),
    )


def _offset(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    digits = re.sub(r"\D", "", text)
    if not digits:
        return UTC
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return timezone(timedelta(minutes=-minutes if "-" in text else minutes))


def zone_named(name: str | None) -> tzinfo:
    """Return the time zone of an IANA name; UTC for none.

    Raises:
        UnreadableError: If there is no such zone.
    """
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = get_close_matches(name, sorted(available_timezones()), n=3)
        hint = f"do you mean {' or '.join(near)}?" if near else "try Europe/Kyiv"
        problem = f"--tz {shown(name)}: there is no such time zone; {hint}"
        raise UnreadableError(problem) from None


def inferring_reader(zone: tzinfo, *, dayfirst: bool) -> DateReader:
    """Return a reader of every form that :func:`written` knows.

    Args:
        zone: Where the clock hung, for dates without an offset.

        dayfirst: How to read the dates that have two readings.
    """

    def read(text: str) -> datetime:
        found = written(text)
        day = found.date(dayfirst=dayfirst)
        return _instant(datetime.combine(day, found.clock), zone)

    return read


def format_reader(zone: tzinfo, date_format: str) -> DateReader:
    """Return a reader of one form only.

    Args:
        zone: Where the clock hung, for dates without an offset.

        date_format: A format of ``strptime``, or ``"epoch"``.

    Raises:
        UnreadableError: If the format is none, or holds no whole date.
    """
    if date_format == EPOCH:
        return _from_epoch
    _check_format(date_format)

    def read(text: str) -> datetime:
        try:
            return _instant(datetime.strptime(text.strip(), date_format), zone)  # noqa: DTZ007 - the zone comes next
        except ValueError:
            problem = f"does not look like {shown(date_format)}"
            raise _unreadable(text, problem) from None

    return read


def _check_format(date_format: str) -> None:
    """See whether a date survives being written and read in this format."""
    if "%Z" in date_format:
        problem = "--date-format: names of zones are not unique: use %z, or --tz"
        raise UnreadableError(problem)
    sample = datetime(2013, 10, 25, 17, 24, 36, tzinfo=UTC)
    try:
        with warnings.catch_warnings(action="ignore"):
            text = sample.strftime(date_format)
            found = datetime.strptime(text, date_format)  # noqa: DTZ007 - only its date
    except (ValueError, re.error) as error:
        problem = f"--date-format {shown(date_format)}: {shown(str(error))}"
        raise UnreadableError(problem) from None
    if found.date() != sample.date():
        problem = f"--date-format {shown(date_format)}: name the year, month and day"
        raise UnreadableError(problem)


def _from_epoch(text: str) -> datetime:
    if not _SECONDS.fullmatch(text.strip()):
        raise _unreadable(text, "is no number of seconds since 1970")
    microseconds = int(Decimal(text.strip()).scaleb(6))
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    except OverflowError:
        raise _unreadable(text, "lies outside the years 1 to 9999") from None


def _instant(found: datetime, zone: tzinfo) -> datetime:
    """Place a date on the time line; a clock put back is read the first time round."""
    return in_utc(found if found.tzinfo else found.replace(tzinfo=zone), "date")
