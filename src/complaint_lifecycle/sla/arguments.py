"""What callers of a calendar hand in and get back, as integers and again as values."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from importlib import import_module
from types import ModuleType
from typing import Literal

from complaint_lifecycle.errors import InvalidEventError, MissingExtraError
from complaint_lifecycle.sla.wall import (
    DAY,
    SECOND,
    Span,
    instant_of,
    micros,
    united,
)

# Until the year 3000 timestamps work on every platform, and twice as fast.
_from_timestamp = datetime.fromtimestamp
_PORTABLE = 32_503_680_000 * SECOND

Pauses = Iterable[tuple[datetime, datetime]]
"""Spans during which no time is counted: from an instant up to another."""

Boundary = Literal["close", "next_open"]
"""Where a budget ends that is used up exactly at closing."""

Segment = tuple[datetime, datetime]
"""A span of open time: open at the first instant, closed at the second."""


def budget_of(span: timedelta) -> int:
    """Count the microseconds of a span.

    Raises:
        InvalidEventError: If it is no timedelta.
    """
    if not isinstance(span, timedelta):
        rule = "must be a timedelta of open time, such as timedelta(hours=4)"
        raise InvalidEventError("span", repr(span), rule)
    return (span.days * DAY + span.seconds) * SECOND + span.microseconds


def ends_at_close(boundary: str) -> bool:
    """Tell which boundary is named.

    Raises:
        InvalidEventError: If it is none.
    """
    if boundary not in ("close", "next_open"):
        raise InvalidEventError("boundary", repr(boundary), "use close or next_open")
    return boundary == "close"


def merged(pauses: Pauses) -> tuple[Span, ...]:
    """Unite pauses; those that are empty or reversed pause nothing."""
    spans = [(micros(a, "pauses"), micros(b, "pauses")) for a, b in pauses]
    return united((start, end) for start, end in spans if start < end)


def like(given: datetime, found: int) -> datetime:
    """Give an instant in the time zone of another."""
    zone = given.tzinfo
    if 0 <= found < _PORTABLE:
        seconds, rest = divmod(found, SECOND)
        instant = _from_timestamp(seconds, zone)
        return instant.replace(microsecond=rest) if rest else instant
    return instant_of(found).astimezone(zone)


def columns() -> ModuleType:
    """Import what works on numpy columns.

    Raises:
        MissingExtraError: Without the extra ``columns``.
    """
    try:
        return import_module("complaint_lifecycle.sla.columns")
    except ImportError as error:
        extra = "columns"
        raise MissingExtraError(extra) from error
