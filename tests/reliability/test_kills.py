"""A writer is killed at a random moment, as often as there are trials."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any

from reliability.processes import CONTEXT, drained, start
from reliability.trials import show, trials
from reliability.twins import EntryByEntry, Hesitant
from reliability.workers import write, write_too_early
from reliability.workload import problems

from complaint_lifecycle import SqlJournal

KILLS = trials(1000, few=20)
TWIN_KILLS = 60
PER_FILE = 10


def killed(
    path: Path,
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
    folder: Path, kills: int, **how: Any
) -> Iterator[tuple[int, list[str], float]]:
    """Kill writers; give how much was said, what is wrong, and how long opening took."""
    said: list[str] = []
    for trial in range(kills):
        if trial % PER_FILE == 0:
            said = []
        path = folder / f"{trial // PER_FILE}.sqlite"
        new = killed(path, trial, **how)
        said += new
        begun = monotonic()
        with SqlJournal(path):
            taken = monotonic() - begun
        yield len(new), problems(path, said), taken


def caught(folder: Path, what: str, **how: Any) -> int:
    """Kill writers until something is wrong; return after how many kills."""
    for kills, (_, wrong, _) in enumerate(rounds(folder, TWIN_KILLS, **how), 1):
        if any(problem.startswith(what) for problem in wrong):
            return kills
    raise AssertionError(what)


def test_a_killed_writer_loses_nothing_and_leaves_no_half(folder):
    """Every call that was acknowledged is there, and each is there wholly or not."""
    acknowledged, slowest = 0, 0.0
    for number, wrong, taken in rounds(folder, KILLS):
        assert wrong == []
        acknowledged += number
        slowest = max(slowest, taken)
    took = f"{slowest * 1000:.1f} ms"
    show("kill -9", kills=KILLS, acknowledged=acknowledged, reopened_within=took)
    assert acknowledged > KILLS


def test_a_journal_that_commits_entry_by_entry_is_caught(folder):
    """Halves of batches stay behind when it is killed."""
    show("entry by entry", caught_after=caught(folder, "half", make=EntryByEntry))


def test_an_acknowledgement_before_the_commit_is_caught(folder):
    """Calls that were acknowledged are not there."""
    kills = caught(folder, "lost", work=write_too_early, make=Hesitant)
    show("acknowledged too early", caught_after=kills)
