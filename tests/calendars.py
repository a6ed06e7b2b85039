"""Random calendars, and an oracle that counts their open time one instant at a time."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from attrs import frozen
from hypothesis import strategies as st

from complaint_lifecycle.sla import Calendar
from complaint_lifecycle.sla.hours import WEEKDAYS
from complaint_lifecycle.sla.wall import united

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)

PLACES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Europe/Kyiv", date(2026, 5, 13)),
    ("America/New_York", date(2026, 12, 31)),
    ("America/Sao_Paulo", date(2018, 11, 4)),  # midnight does not exist
    ("America/Sao_Paulo", date(2018, 2, 18)),  # the hour before it exists twice
    ("Asia/Tehran", date(2021, 3, 22)),
    ("Asia/Tehran", date(2021, 9, 22)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),  # does not exist
    ("Asia/Kathmandu", date(1986, 1, 1)),  # a quarter of an hour
    ("Asia/Kathmandu", date(2026, 1, 1)),
    ("America/St_Johns", date(2010, 11, 7)),  # at 00:01
    ("America/Toronto", date(1919, 3, 31)),  # from 23:30 on, over midnight
    ("Pacific/Auckland", date(2024, 12, 31)),
    ("UTC", date(2027, 1, 1)),
]
"""Zones, and a date on which something happens there."""

Hours = list[tuple[int, int]]


@frozen
class Given:
    """What a random calendar is made of; wall times in minutes since midnight.

    Attributes:
        zone: Its time zone.

        day: The date around which things happen.

        week: Hours of Monday to Sunday; an interval that closes before it opens goes
            overnight.

        holidays: Dates that are closed.

        special: Hours of single dates.

        breaks: Closed hours of single dates.
    """

    zone: str
    day: date
    week: list[Hours]
    holidays: list[date]
    special: dict[date, Hours]
    breaks: dict[date, Hours]

    def calendar(self) -> Calendar:
        """Make the calendar."""
        return Calendar.weekly(
            self.zone,
            days={
                name: written(hours)
                for name, hours in zip(WEEKDAYS, self.week, strict=True)
            },
            holidays=self.holidays,
            special={day: written(hours) for day, hours in self.special.items()},
            breaks={day: written(hours) for day, hours in self.breaks.items()},
        )


def wall(minutes: int) -> str:
    """Write a wall time."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def written(hours: Hours) -> list[tuple[str, str]]:
    """Write hours as pairs of wall times."""
    return [(wall(opens), wall(closes)) for opens, closes in hours]


@st.composite
def hours(draw: st.DrawFn, *, most: int = 3) -> Hours:
    """Draw the hours of a day: several intervals, the last one perhaps overnight."""
    times = st.one_of(st.integers(0, 96).map(lambda n: n * 15), st.integers(0, 1440))
    edges = sorted(draw(st.sets(times, max_size=2 * most)))
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    if len(edges) % 2 and 0 < edges[-1] < 1440:
        pairs.append((edges[-1], draw(st.integers(0, edges[-1] - 1))))
    return pairs


@st.composite
def givens(draw: st.DrawFn, around: date | None = None) -> Given:
    """Draw what a calendar is made of, things happening around some date."""
    zone, day = draw(st.sampled_from(PLACES))
    day = around or day
    near = st.integers(-2, 4).map(lambda n: day + n * DAY)
    return Given(
        zone=zone,
        day=day,
        week=draw(st.lists(hours(), min_size=7, max_size=7)),
        holidays=draw(st.lists(near, max_size=2)),
        special=draw(st.dictionaries(near, hours(), max_size=2)),
        breaks=draw(st.dictionaries(near, hours(most=2), max_size=2)),
    )


def calendars() -> st.SearchStrategy[Calendar]:
    """Draw calendars that open at least once a week."""
    return givens().filter(lambda given: any(given.week)).map(Given.calendar)


def instants(given: Given | None = None) -> st.SearchStrategy[datetime]:
    """Draw instants near those days, or near any of those of the places."""
    days = sorted({day for _, day in PLACES}) if given is None else [given.day]
    starts = [datetime(day.year, day.month, day.day, tzinfo=UTC) - DAY for day in days]
    return st.builds(datetime.__add__, st.sampled_from(starts), offsets())


def offsets() -> st.SearchStrategy[timedelta]:
    """Draw spans of up to three days, round ones and others."""
    return st.one_of(
        st.integers(0, 3 * 1440).map(lambda n: n * MINUTE),
        st.timedeltas(timedelta(0), 3 * DAY),
    )


Resolve = Callable[[date, int], int]


@frozen
class Lattice:
    """Evenly spaced instants with what clocks on the wall show at them.

    Attributes:
        start: The first instant.

        step: How far they are apart.

        walls: What the clock shows at each.

        first: The first index of each wall time.

        jumps: Where the clock goes forward: what it showed last, and then shows.
    """

    start: datetime
    step: timedelta
    walls: list[datetime]
    first: dict[datetime, int]
    jumps: list[tuple[datetime, datetime]]

    def index(self, day: date, seconds: int) -> int:
        """Find a wall time; one that does not exist is as much later."""
        shown = datetime(day.year, day.month, day.day) + timedelta(seconds=seconds)  # noqa: DTZ001 - a wall time
        if shown in self.first:
            return self.first[shown]
        for before, after in self.jumps:
            if before < shown < after:
                return self.first[shown + (after - before - self.step)]
        raise AssertionError(shown)


@lru_cache(maxsize=32)
def lattice(zone: str, day: date, step: timedelta, days: int = 10) -> Lattice:
    """Look at the clock of a zone again and again, from four days before a date on."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - 4 * DAY
    tz = ZoneInfo(zone)
    walls = [
        (start + n * step).astimezone(tz).replace(tzinfo=None, fold=0)
        for n in range(days * DAY // step)
    ]
    first: dict[datetime, int] = {}
    for number, shown in enumerate(walls):
        first.setdefault(shown, number)
    return Lattice(
        start, step, walls, first, [(a, b) for a, b in pairwise(walls) if b - a > step]
    )


def is_open_at_each(given: Given, step: timedelta = MINUTE) -> dict[datetime, bool]:
    """Decide for each instant of five days around the date whether it is open."""
    grid = lattice(given.zone, given.day, step)
    opened: set[int] = set()
    for number in range(-2, 5):
        opened |= _open_on(given, given.day + number * DAY, grid)
    from_day, to_day = 3 * DAY // step, 6 * DAY // step
    return {grid.start + n * step: n in opened for n in range(from_day, to_day)}


def _open_on(given: Given, day: date, grid: Lattice) -> set[int]:
    if day in given.holidays:
        return set()
    own = given.special.get(day)
    weekly = [*_parts(given.week, day.weekday())]
    today = weekly if own is None else _cut(own)[0]
    if (night := given.special.get(day - DAY)) is not None:
        today = [*today, *_cut(night)[1]]
    gaps = [
        *_cut(given.breaks.get(day, []))[0],
        *_cut(given.breaks.get(day - DAY, []))[1],
    ]
    whole = _marked(grid, day, [(0, 1440)])
    # What is open all night by the clock on the wall leaves no gap where it jumps.
    today = united(today)
    return _marked(grid, day, today) & whole - _marked(grid, day, gaps)


def _parts(week: list[Hours], number: int) -> Hours:
    return [*_cut(week[number])[0], *_cut(week[number - 1])[1]]


def _cut(hours: Hours) -> tuple[Hours, Hours]:
    today = [(a, b if a < b else 1440) for a, b in hours]
    return today, [(0, b) for a, b in hours if b < a]


def _marked(grid: Lattice, day: date, spans: Hours) -> set[int]:
    marked: set[int] = set()
    for opens, closes in spans:
        marked |= set(range(grid.index(day, opens * 60), grid.index(day, closes * 60)))
    return marked


def weekly(zone: str = "UTC", **arguments: Any) -> Calendar:
    """Make a calendar of Monday to Friday, 9 to 17, if not said otherwise."""
    return Calendar.weekly(zone, **({"mon_fri": "09:00-17:00"} | arguments))
