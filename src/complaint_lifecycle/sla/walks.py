"""Walks along a calendar: from span to span, and from business day to business day."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from complaint_lifecycle.errors import InvalidEventError, NoOpenTimeError
from complaint_lifecycle.sla.open_time import HORIZON_YEARS, Compiled
from complaint_lifecycle.sla.wall import FIRST_YEAR, LAST_YEAR, Span

_ONE_DAY = timedelta(days=1)
_HORIZON_DAYS = HORIZON_YEARS * 366


def ahead(compiled: Compiled, instant: int) -> Iterator[Span]:
    """Give the open spans after an instant, clipped to it, while there are any."""
    while True:
        try:
            opens = compiled.next_open(instant)
            instant = compiled.next_close(opens)
        except NoOpenTimeError:
            return
        yield opens, instant


def behind(compiled: Compiled, instant: int) -> Iterator[Span]:
    """Give the open spans before an instant, going back, while there are any."""
    while True:
        try:
            closes = compiled.back_open(instant)
            instant = compiled.previous_open(closes)
        except NoOpenTimeError:
            return
        yield instant, closes


def business_day_after(
    is_business_day: Callable[[date], bool], start: date, count: int
) -> date:
    """Return the date so many business days after another, or before if negative.

    Raises:
        InvalidEventError: If the count is no whole number.
        NoOpenTimeError: If there are not so many within the horizon.
    """
    if not isinstance(count, int):
        raise InvalidEventError("count", repr(count), "must be a whole number")
    step = _ONE_DAY if count > 0 else -_ONE_DAY
    day, left, idle = start, abs(count), 0
    while left:
        day += step
        idle += 1
        if idle > _HORIZON_DAYS or not FIRST_YEAR < day.year < LAST_YEAR:
            raise NoOpenTimeError(start.isoformat(), HORIZON_YEARS)
        if is_business_day(day):
            left, idle = left - 1, 0
    return day
