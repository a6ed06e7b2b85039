"""A journey through a journal on SQLite, beside a library of events and plain rows."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from time import process_time

import pytest
from benchmarks.journey import LIFECYCLE, NOON, received, steps
from benchmarks.rounds import Bar, Board, Side, at_least, at_most
from benchmarks.sourced import application, sourced_journey
from benchmarks.storage import ByHand, counted, facts_of, rows_of
from pytest_benchmark.fixture import BenchmarkFixture

from complaint_lifecycle import Complaint, Desk, JumpClock, SqlJournal

TIMES = 15
NAMES = (
    "ours, cached",
    "ours, a new desk for each call",
    "ours, nine desks in turn",
    "eventsourcing",
    "eventsourcing, cached",
    "rows by hand",
    "rows by hand, read before each",
)
CACHED, COLD, IN_TURN, SOURCED, SOURCED_CACHED, BY_HAND, READING = NAMES

FACTS = facts_of((received(), *steps()))
CLOCK = JumpClock(NOON)
AT = (NOON - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def desk_over(journal: SqlJournal, new_id: Callable[[], str]) -> Desk:
    """Open a desk that has nothing in its cache."""
    return Desk(journal=journal, lifecycle=LIFECYCLE, clock=CLOCK, new_id=new_id)


def journey(desk: Callable[[], Desk]) -> Complaint:
    """Take one complaint from its receipt to step 8, a call for each fact."""
    complaint = desk().receive(received(), by="form")
    for step in steps():
        complaint = desk().record(complaint.id, step, by="ana")
    return complaint


def our_side(name: str, path: Path, stack: ExitStack) -> Side:
    """Open a journal, and one desk, several, or one for each call."""
    journal = stack.enter_context(SqlJournal(path))
    new_id = counted("c")
    if name == COLD:
        return Side(name, lambda: journey(lambda: desk_over(journal, new_id)), TIMES)
    many = len(FACTS) if name == IN_TURN else 1
    desks = cycle([desk_over(journal, new_id) for _ in range(many)])
    return Side(name, lambda: journey(lambda: next(desks)), TIMES)


def sourced_side(name: str, path: Path, stack: ExitStack) -> Side:
    """Open an application of ``eventsourcing``."""
    opened = stack.enter_context(application(path, cached=name == SOURCED_CACHED))
    return Side(name, lambda: sourced_journey(opened), TIMES)


def side_by_hand(name: str, path: Path, stack: ExitStack) -> Side:
    """Open a file to be written by hand."""
    hand = stack.enter_context(closing(ByHand(path)))
    new_id = counted("c")
    reading = name == READING
    return Side(name, lambda: hand.journey(new_id(), FACTS, AT, reading=reading), TIMES)


@pytest.fixture(scope="module")
def files(storage: Path) -> Mapping[str, Path]:
    """Give every side a file of its own."""
    return {name: storage / f"journey-{place}.db" for place, name in enumerate(NAMES)}


@pytest.fixture(scope="module")
def sides(files: Mapping[str, Path]) -> Iterator[Mapping[str, Side]]:
    """Open every side."""
    opened = {}
    with ExitStack() as stack:
        for name, path in files.items():
            make = our_side if name.startswith("ours") else side_by_hand
            make = sourced_side if name.startswith("eventsourcing") else make
            opened[name] = make(name, path, stack)
        yield opened


@pytest.mark.parametrize("name", [CACHED, COLD, IN_TURN, READING])
def test_same_rows(storage: Path, name: str) -> None:
    """All of our ways leave the very rows that are written by hand."""
    make = side_by_hand if name == READING else our_side
    left, right = storage / f"{name}.db", storage / f"{name}-by-hand.db"
    with ExitStack() as stack:
        for side in (make(name, left, stack), side_by_hand(BY_HAND, right, stack)):
            side.run()
            side.run()

    assert len(rows_of(left)) == 2 * len(FACTS)
    assert rows_of(left) == rows_of(right)


@pytest.mark.parametrize("name", [CACHED, COLD, IN_TURN])
@pytest.mark.parametrize("peer", [SOURCED, SOURCED_CACHED])
def test_same_state(sides: Mapping[str, Side], name: str, peer: str) -> None:
    """We and the library of events bring a complaint to the same state."""
    ours, theirs = sides[name].run(), sides[peer].run()

    assert ours.state == theirs.state == "prevented"
    assert ours.version == theirs.version == len(FACTS)


RACES = (
    (CACHED, SOURCED, at_least(3)),
    (COLD, SOURCED, at_least()),
    (CACHED, SOURCED_CACHED, at_least()),
    (CACHED, BY_HAND, at_most(3)),
    (COLD, BY_HAND, at_most(5)),
    (COLD, READING, at_most()),
    (IN_TURN, BY_HAND, at_most()),
    (IN_TURN, READING, at_most()),
)


@pytest.mark.parametrize(("ours", "peer", "bar"), RACES, ids=str)
def test_race(
    board: Board, sides: Mapping[str, Side], ours: str, peer: str, bar: Bar
) -> None:
    """A whole journey is loaded and appended by both sides."""
    measure = f"journey in SQLite: {ours} / {peer}"
    board.race(measure, sides[ours], sides[peer], bar)


@pytest.mark.benchmark(group="journey in SQLite", max_time=0.5, timer=process_time)
@pytest.mark.parametrize("name", NAMES)
def test_journey(
    benchmark: BenchmarkFixture, sides: Mapping[str, Side], name: str
) -> None:
    """Each side takes a complaint through a whole journey."""
    assert benchmark(sides[name].run)
