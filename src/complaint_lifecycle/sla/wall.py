"""Local wall time: spans within a day, how they are written, and when they happen."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from complaint_lifecycle.clock import in_utc
from complaint_lifecycle.errors import InvalidEventError

DAY = 24 * 3600
SECOND = 1_000_000
FIRST_YEAR = 2
LAST_YEAR = 9998
REACH = f"lies too far away: calendars reach from {FIRST_YEAR} to {LAST_YEAR}"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Span = tuple[int, int]
"""Seconds of local wall time since midnight: open at the first, closed at the second."""

Spans = tuple[Span, ...]

Hours = str | Iterable[tuple[str, str]]
"""Hours of a day: ``"09:00-13:00, 14:00-18:00"``, or pairs of wall times."""

_TIME = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?", re.ASCII)


def seconds_of(text: str) -> int:
    """Read a wall time such as ``"9:00"`` or ``"24:00"`` as seconds since midnight.

    Raises:
        InvalidEventError: If it is no such time.
    """
    found = _TIME.fullmatch(text.strip())
    if found is not None:
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        total = hours * 3600 + minutes * 60 + seconds
        if total <= DAY:
            return total
    rule = "is no wall time: write it like 09:00, 17:30:15 or 24:00"
    raise InvalidEventError("hours", repr(text), rule)


def time_text(seconds: int) -> str:
    """Write seconds since midnight as a wall time; seconds only where there are any."""
    minutes, rest = divmod(seconds, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{rest:02}" if rest else text


def hours_text(spans: Spans) -> str:
    """Write spans as :func:`read_hours` reads them."""
    return ", ".join(f"{time_text(a)}-{time_text(b)}" for a, b in spans)


def read_hours(hours: Hours) -> tuple[Spans, Spans]:
    """Read the hours of a day, several intervals and overnight ones included.

    Args:
        hours: Text such as ``"09:00-13:00, 14:00-18:00"``, or pairs of wall times.

    Returns:
        The spans of the day itself, and those that reach into the next day.

    Raises:
        InvalidEventError: If an interval is empty or unreadable, or two overlap.

    >>> read_hours("09:00-13:00, 22:00-06:00")
    (((32400, 46800), (79200, 86400)), ((0, 21600),))
    """
    if not isinstance(hours, Iterable):
        rule = "must be text such as 09:00-17:00; empty text closes the day"
        raise InvalidEventError("hours", repr(hours)[:40], rule)
    today: list[Span] = []
    tomorrow: list[Span] = []
    for opens, closes in _pairs(hours) if isinstance(hours, str) else hours:
        start, end = seconds_of(opens), seconds_of(closes)
        if start in (end, DAY):
            rule = "is empty: close after opening, or write 00:00-24:00 for all day"
            raise InvalidEventError("hours", f"{opens}-{closes}", rule)
        if start < end:
            today.append((start, end))
            continue
        today.append((start, DAY))
        if end:
            tomorrow.append((0, end))
    return _disjoint(today), _disjoint(tomorrow)


def _pairs(text: str) -> list[tuple[str, str]]:
    pairs = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        opens, dash, closes = part.partition("-")
        if not dash:
            rule = "is no interval: write it like 09:00-17:00"
            raise InvalidEventError("hours", repr(part), rule)
        pairs.append((opens, closes))
    return pairs


def _disjoint(spans: Iterable[Span]) -> Spans:
    ordered = tuple(sorted(spans))
    for (_, end), (start, _) in pairwise(ordered):
        if start < end:
            rule = "overlap: write every hour once"
            raise InvalidEventError("hours", hours_text(ordered), rule)
    return ordered


def united(spans: Iterable[Span]) -> Spans:
    """Unite spans, or instants of any unit, that touch or overlap."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def without(spans: Iterable[Span], gaps: Iterable[Span]) -> Spans:
    """Cut gaps out of spans; both ordered and disjoint."""
    left: list[Span] = []
    gaps = tuple(gaps)
    for start, end in spans:
        cursor = start
        for gap_start, gap_end in gaps:
            if gap_end <= cursor or gap_start >= end:
                continue
            if gap_start > cursor:
                left.append((cursor, gap_start))
            cursor = max(cursor, gap_end)
        if cursor < end:
            left.append((cursor, end))
    return tuple(left)


def within(spans: Iterable[Span], start: int, end: int) -> list[Span]:
    """Clip spans to those between two instants."""
    clipped = [(max(first, start), min(last, end)) for first, last in spans]
    return [(first, last) for first, last in clipped if first < last]


def zone_of(name: str) -> ZoneInfo:
    """Look up an IANA time zone.

    Raises:
        InvalidEventError: If there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        rule = "is no IANA time zone: use a name such as Europe/Kyiv"
        raise InvalidEventError("zone", repr(name), rule) from None


def micros(instant: datetime, field: str = "instant") -> int:
    """Count the microseconds since 1970 of an aware instant, exactly.

    Args:
        instant: A timezone-aware datetime.

        field: Name to use in the error message.

    Raises:
        InvalidEventError: If it is no datetime, or naive.
    """
    try:
        span = instant - _EPOCH
        return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
    except (TypeError, AttributeError):
        return micros(in_utc(instant, field))


def instant_of(count: int) -> datetime:
    """Return the instant, in UTC, that lies so many microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=count)


def plain_date(day: object, field: str) -> date:
    """Let a date through that a calendar reaches.

    Raises:
        InvalidEventError: If it is no date, an instant, or too far away.
    """
    if not isinstance(day, date) or isinstance(day, datetime):
        raise InvalidEventError(field, repr(day), "must be a date such as 2026-03-02")
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidEventError(field, day.isoformat(), REACH)
    return day


@lru_cache(maxsize=4096)
def local_micros(day: date, second: int, zone: ZoneInfo) -> int:
    """Resolve a wall time to microseconds since 1970.

    A time that does not exist, because clocks go forward, is resolved with the offset
    before the gap and so falls as much later; one that exists twice is the first of
    the two. ``86400`` is midnight at the end of the day.

    Source: ``zoneinfo`` with ``fold=0``; the rule of zendesk/biz.
    """
    day += timedelta(days=second // DAY)
    wall = datetime(day.year, day.month, day.day, tzinfo=zone)
    return micros((wall + timedelta(seconds=second % DAY)).astimezone(UTC))
