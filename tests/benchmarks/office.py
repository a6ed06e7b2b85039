"""One office for all contenders: Monday to Friday, 9 to 18, ten holidays, Berlin."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import frozen

from complaint_lifecycle.sla import Calendar

ZONE = "Europe/Berlin"
BERLIN = ZoneInfo(ZONE)
BUDGET = timedelta(hours=40)
MONTH = timedelta(days=30)
HOLIDAYS = [
    date(2026, 1, 1),
    date(2026, 4, 3),
    date(2026, 4, 6),
    date(2026, 5, 1),
    date(2026, 5, 14),
    date(2026, 5, 25),
    date(2026, 10, 2),
    date(2026, 12, 24),
    date(2026, 12, 25),
    date(2026, 12, 31),
]

Adding = Callable[[datetime], datetime]
Elapsing = Callable[[datetime, datetime], timedelta]


def office() -> Calendar:
    """Make our calendar."""
    return Calendar.weekly(ZONE, mon_fri="09:00-18:00", holidays=HOLIDAYS)


def starts(count: int) -> list[datetime]:
    """Draw instants of ten months, with seconds, so that none hits a closing."""
    random = Random(2026)  # noqa: S311 - chance for a test
    first = datetime(2026, 1, 5, 0, 0, 1, tzinfo=BERLIN)
    return [first + timedelta(minutes=random.randrange(430_000)) for _ in range(count)]


@frozen
class Peer:
    """Another engine.

    Attributes:
        name: Who it is.

        add: Adds forty business hours to an instant.

        elapsed: Counts business time between two, if it can.
    """

    name: str
    add: Adding
    elapsed: Elapsing | None


def bizcal() -> Peer:
    """Make the peer of django-bizcal, which needs no settings of Django for this."""
    package = pytest.importorskip("django_bizcal")
    providers = pytest.importorskip("django_bizcal.providers")
    calendar = package.WorkingCalendar(
        tz=ZONE,
        weekly_schedule={day: [("09:00", "18:00")] for day in range(5)},
        holiday_provider=providers.SetHolidayProvider(HOLIDAYS),
    )
    return Peer(
        "django-bizcal",
        lambda start: calendar.add_business_hours(start, 40),
        calendar.business_time_between,
    )


def pandas_hours() -> Any:
    """Make the offset of pandas."""
    pandas = pytest.importorskip("pandas")
    return pandas.offsets.CustomBusinessHour(
        40, start="09:00", end="18:00", holidays=HOLIDAYS
    )


def pandas_peer() -> Peer:
    """Make the peer of pandas, which adds but has nothing that counts."""
    offset = pandas_hours()
    return Peer("pandas CustomBusinessHour", lambda start: start + offset, None)


def timedelta_peer() -> Peer:
    """Make the peer of businesstimedelta."""
    package = pytest.importorskip("businesstimedelta")
    zone = pytest.importorskip("pytz").timezone(ZONE)
    days = package.WorkDayRule(time(9), time(18), [0, 1, 2, 3, 4], tz=zone)
    off = package.HolidayRule(dict.fromkeys(HOLIDAYS, "holiday"), tz=zone)
    rules = package.Rules([days, off])
    budget = package.BusinessTimeDelta(rules, hours=40)
    return Peer(
        "businesstimedelta",
        lambda start: start + budget,
        lambda start, end: rules.difference(start, end).timedelta,
    )
