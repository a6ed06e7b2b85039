"""Working time beside three other engines, and a million rows at once."""

import warnings
from collections.abc import Callable, Iterator
from datetime import UTC
from itertools import cycle
from statistics import median
from time import process_time

import pytest
from benchmarks.office import (
    BUDGET,
    MONTH,
    ZONE,
    Peer,
    bizcal,
    office,
    pandas_hours,
    pandas_peer,
    starts,
    timedelta_peer,
)
from benchmarks.rounds import Board, Side, at_least, at_most, race
from pytest_benchmark.fixture import BenchmarkFixture

OFFICE = office()
SOME = starts(50)
MILLION = 1_000_000
FEW = 2_000
"""Rows of a peer that goes through them one by one."""
NANOSECONDS = 200
"""What a row may cost."""


def added() -> None:
    """Add forty business hours, for each of some starts."""
    for start in SOME:
        OFFICE.add(start, BUDGET)


def counted() -> None:
    """Count the business time of thirty days, likewise."""
    for start, end in SPANS:
        OFFICE.elapsed(start, end)


SPANS = [
    (start, (start.astimezone(UTC) + MONTH).astimezone(start.tzinfo)) for start in SOME
]


@pytest.mark.parametrize(
    ("make", "factor"),
    [(bizcal, 10), (pandas_peer, 30), (timedelta_peer, 150)],
    ids=["bizcal", "pandas", "businesstimedelta"],
)
def test_race_of_single_answers(
    board: Board, make: Callable[[], Peer], factor: int
) -> None:
    """Both sides give the same instants and spans; then they race."""
    peer = make()
    assert [OFFICE.add(at, BUDGET) for at in SOME] == [peer.add(at) for at in SOME]

    ours = Side("ours", added, 40)
    theirs = Side(peer.name, lambda: [peer.add(at) for at in SOME])
    measure = f"add 40 business hours, 50 times: {peer.name}"
    board.race(measure, ours, theirs, at_least(factor))

    if (elapsed := peer.elapsed) is None:
        return
    assert [OFFICE.elapsed(*span) for span in SPANS] == [elapsed(*s) for s in SPANS]

    ours = Side("ours", counted, 40)
    theirs = Side(peer.name, lambda: [elapsed(*span) for span in SPANS])
    measure = f"elapsed over 30 days, 50 times: {peer.name}"
    board.race(measure, ours, theirs, at_least(factor), rounds=11)


def test_race_of_a_million_rows(board: Board) -> None:
    """Rows of the columns are the scalar answers; pandas goes through them."""
    np = pytest.importorskip("numpy")
    pandas = pytest.importorskip("pandas")
    first = np.datetime64("2026-01-05T00:00:01", "us")
    minutes = np.random.default_rng(2026).integers(0, 430_000, MILLION)
    rows = first + minutes * np.timedelta64(60_000_000, "us")
    ends = rows + np.timedelta64(30, "D")
    offset = pandas_hours()
    local = pandas.DatetimeIndex(rows[:FEW]).tz_localize("UTC").tz_convert(ZONE)

    def looped() -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pandas.errors.PerformanceWarning)
            return local + offset

    due = OFFICE.add_many(rows, BUDGET)
    assert due[:FEW].tolist() == [
        at.astimezone(UTC).replace(tzinfo=None) for at in looped()
    ]
    elapsed = OFFICE.elapsed_many(rows, ends)
    some = local[:50].to_pydatetime().tolist()
    assert elapsed[:50].tolist() == [
        OFFICE.elapsed(at, at.astimezone(UTC) + MONTH) for at in some
    ]

    peer = Side("pandas", looped)
    for name, work in (
        ("add_many", lambda: OFFICE.add_many(rows, BUDGET)),
        ("elapsed_many", lambda: OFFICE.elapsed_many(rows, ends)),
    ):
        run = race(Side(name, work), peer, rounds=5)
        ours, theirs = median(run.ours) / MILLION, median(run.peer) / FEW
        measure = f"{name}, a million rows, one row: the bar"
        bar = at_most(1)
        board.enter(measure, ours, NANOSECONDS, ours / NANOSECONDS, bar)
        if name == "add_many":
            measure = f"{name}, a million rows, one row: pandas"
            board.enter(measure, ours, theirs, theirs / ours, at_least(100))


def test_a_calendar_costs_nothing_until_it_is_used(board: Board) -> None:
    """Nothing is compiled when it is made; a year is, when it is asked for."""
    assert office()._compiled._years == {}

    made = race(Side("make", office, 500), Side("nothing", lambda: None), rounds=11)
    board.notes.append(f"making a calendar: {median(made.ours) / 1e3:.1f} us")

    run = race(Side("compile", year_compiler()), Side("nothing", lambda: None))
    ours, allowed = median(run.ours), 2e6
    board.enter("one compiled year: the bar", ours, allowed, ours / allowed, at_most(1))


def year_compiler() -> Callable[[], object]:
    """Return what makes a new calendar and compiles the next year of a few."""
    years: Iterator[int] = cycle(range(2024, 2034))

    def run() -> bool:
        start = SOME[0].replace(year=next(years), day=5)
        return office().is_open(start)

    return run


@pytest.mark.benchmark(group="calendar", max_time=0.5, timer=process_time)
@pytest.mark.parametrize("work", [added, counted], ids=["add", "elapsed"])
def test_single_answers(benchmark: BenchmarkFixture, work: Callable[[], None]) -> None:
    """Some answers, one after the other."""
    benchmark(work)
