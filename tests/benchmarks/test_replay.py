"""Replay of a million entries, beside calling the constructor as often."""

from collections.abc import Callable
from itertools import repeat
from statistics import median
from time import process_time
from typing import Any

import pytest
from attrs import define, evolve, field, fields
from benchmarks.journey import (
    LIFECYCLE,
    dissatisfied,
    received,
    recorded,
    whole,
    with_questions,
)
from benchmarks.rounds import Board, Side, at_most
from pytest_benchmark.fixture import BenchmarkFixture

from complaint_lifecycle import Complaint, Entry
from complaint_lifecycle.events import Updated

MILLION = 1_000_000
ROUNDS = 20
SHARE = MILLION // ROUNDS
"""Entries of one round."""

STORIES = [
    recorded(events)[0]
    for events in (
        whole(),
        (received(), *with_questions()),
        (received(), *dissatisfied()),
    )
]
LENGTH = sum(map(len, STORIES))
RUNS = -(-SHARE // LENGTH)

Given = dict[str, Any]


def given(complaint: Complaint) -> Given:
    """Return every argument of the constructor."""
    return {f.name: getattr(complaint, f.name) for f in fields(Complaint)}


GIVEN = [
    [given(LIFECYCLE.replay(story[:version])) for version in range(1, len(story) + 1)]
    for story in STORIES
]


def replayed() -> list[Complaint]:
    """Replay every story."""
    return [LIFECYCLE.replay(story) for story in STORIES]


def constructed() -> list[Complaint]:
    """Construct a complaint for each entry, and keep the last of each story."""
    ends = []
    for story in GIVEN:
        for arguments in story:
            last = Complaint(**arguments)
        ends.append(last)
    return ends


OURS = Side("replay", replayed, RUNS)
PEER = Side("constructor", constructed, RUNS)


@define
class Long:
    """One complaint that grows by side facts only, a share in each round.

    Attributes:
        complaint: The complaint so far.

        entries: What comes next.
    """

    complaint: Complaint
    entries: list[Entry] = field(factory=list)

    def before(self) -> None:
        """Make the entries of the next round."""
        known = self.complaint.version
        news = evolve(STORIES[0][0], event=Updated(text="It is on its way."))
        self.entries = [
            evolve(news, version=known + number) for number in range(1, SHARE + 1)
        ]

    def run(self) -> Complaint:
        """Replay them onto the complaint."""
        self.complaint = LIFECYCLE.replay(self.entries, onto=self.complaint)
        return self.complaint


def constructs(arguments: Given) -> Callable[[], Complaint]:
    """Return a loop that constructs one complaint a share of times."""

    def run() -> Complaint:
        for again in repeat(arguments, SHARE):
            last = Complaint(**again)
        return last

    return run


def test_race_of_many_complaints(board: Board) -> None:
    """Both sides reach the same complaints, entry by entry."""
    assert replayed() == constructed()

    run = board.race(
        f"replay of a million entries (one run: {LENGTH})",
        OURS,
        PEER,
        at_most(4),
        rounds=ROUNDS,
    )

    speed = 1e9 * LENGTH / median(run.ours)
    board.notes.append(f"replay of many complaints: {speed:,.0f} entries a second")


def test_race_of_one_long_complaint(board: Board) -> None:
    """The last of a million side facts costs no more than the first."""
    long = Long(LIFECYCLE.replay(STORIES[0][:1]))
    ours = Side("replay", long.run, before=long.before)
    peer = Side("constructor", constructs(given(long.complaint)))
    assert peer.run() == long.complaint

    measure = f"replay of one complaint of a million side facts (one run: {SHARE})"
    run = board.race(measure, ours, peer, at_most(4), rounds=ROUNDS)

    assert long.complaint.version == len(long.complaint.marks) == MILLION + 1
    first, last = median(run.ours[:5]), median(run.ours[-5:])
    measure = "the last of these side facts / the first"
    board.enter(measure, last, first, last / first, at_most())
    speed = 1e9 * SHARE / median(run.ours)
    board.notes.append(f"replay of one long complaint: {speed:,.0f} entries a second")


@pytest.mark.benchmark(group="replay", max_time=0.5, timer=process_time)
@pytest.mark.parametrize("side", [OURS, PEER], ids=str)
def test_replay(benchmark: BenchmarkFixture, side: Side) -> None:
    """Each side reaches the same complaints."""
    assert benchmark(side.run) == constructed()
