"""A writer is killed at a random moment, as often as there are trials."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any

import pytest
from attrs import frozen
from reliability.processes import CONTEXT, drained, start
from reliability.servers import Server
from reliability.trials import show, trials
from reliability.twins import EntryByEntry, Hesitant
from reliability.workers import write, write_too_early
from reliability.workload import opened, problems
from stores import Place

from complaint_lifecycle import SqlJournal

KILLS = trials(1000, few=20)
TWIN_KILLS = 60
PER_JOURNAL = 10

_numbers = count(1)


@frozen
class Ground:
    """A database with room for many journals.

    Attributes:
        name: What it is.

        place: Gives the place of another journal.

        settle: Waits until it has done all that dead writers had asked for.
    """

    name: str
    place: Callable[[], Path | Place]
    settle: Callable[[], None]


@pytest.fixture(params=["sqlite", "postgres"])
def ground(request: pytest.FixtureRequest, folder: Path) -> Ground:
    """Give each database."""
    if request.param == "sqlite":
        # Whoever is killed has let go of the file.
        return Ground(
            "sqlite", lambda: folder / f"{next(_numbers)}.sqlite", lambda: None
        )
    server: Server = request.getfixturevalue("server")
    return Ground(
        "postgres",
        lambda: Place(server.where, f"kills_{next(_numbers)}"),
        server.wait_until_alone,
    )


def killed(
    path: Path | Place,
    trial: int,
    work: Callable[..., object] = write,
    make: type[SqlJournal] = SqlJournal,
) -> list[str]:
    """Let a writer work, kill it at a random moment, and return what it said."""
    chance = Random(trial)  # noqa: S311 - to be foreseen
    ours, theirs = CONTEXT.Pipe(duplex=False)
    writer = start(work, path, trial, theirs, make)
    theirs.close()
    if chance.random() < 0.9:
        # The others die while they open the journal, or make its tables.
        ours.poll(60)
    sleep(chance.uniform(0, 0.05))
    writer.kill()
    writer.join()
    said = drained(ours)
    refused = {key[1:] for key in said if key.startswith("-")}
    return [key for key in said if key not in refused and not key.startswith("-")]


def rounds(
    ground: Ground, kills: int, **how: Any
) -> Iterator[tuple[int, list[str], float]]:
    """Kill writers; give how much was said, what is wrong, and how long opening took."""
    said: list[str] = []
    place = ground.place()
    for trial in range(kills):
        if trial and trial % PER_JOURNAL == 0:
            said, place = [], ground.place()
        new = killed(place, trial, **how)
        said += new
        ground.settle()
        begun = monotonic()
        with opened(place):
            taken = monotonic() - begun
        yield len(new), problems(place, said), taken


def caught(ground: Ground, what: str, **how: Any) -> int:
    """Kill writers until something is wrong; return after how many kills."""
    for kills, (_, wrong, _) in enumerate(rounds(ground, TWIN_KILLS, **how), 1):
        if any(problem.startswith(what) for problem in wrong):
            return kills
    raise AssertionError(what)


def test_a_killed_writer_loses_nothing_and_leaves_no_half(ground):
    """Every call that was acknowledged is there, and each is there wholly or not."""
    acknowledged, slowest = 0, 0.0
    for number, wrong, taken in rounds(ground, KILLS):
        assert wrong == []
        acknowledged += number
        slowest = max(slowest, taken)
    show(
        f"kill -9 on {ground.name}",
        kills=KILLS,
        acknowledged=acknowledged,
        reopened_within=f"{slowest * 1000:.1f} ms",
    )
    assert acknowledged > KILLS


def test_a_journal_that_commits_entry_by_entry_is_caught(ground):
    """Halves of batches stay behind when it is killed."""
    kills = caught(ground, "half", make=EntryByEntry)
    show(f"entry by entry on {ground.name}", caught_after=kills)


def test_an_acknowledgement_before_the_commit_is_caught(ground):
    """Calls that were acknowledged are not there."""
    kills = caught(ground, "lost", work=write_too_early, make=Hesitant)
    show(f"acknowledged too early on {ground.name}", caught_after=kills)
