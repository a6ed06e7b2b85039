"""The power fails at a random moment: what was acknowledged is there afterwards."""

from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from reliability.trials import show, trials
from reliability.workload import calls, desk_on, done, problems

from complaint_lifecycle import SqlJournal

pytest.importorskip("apsw", reason="APSW is not installed, which simulates the disk")
from reliability.power import Disk, powered

SEEDS = trials(300, few=8)
CALLS = 20
OPERATIONS = 450
"""About as many as a whole run has, of which making the journal takes 140."""


def survived(folder: Path, seed: int, synchronous: str = "") -> list[str]:
    """Cut the power while a desk is at work; say what is wrong afterwards."""
    chance = Random(seed)  # noqa: S311 - to be foreseen
    disk = Disk(chance.randrange(1, OPERATIONS), chance)
    keys: list[str] = []
    path = folder / f"{seed}{synchronous}.sqlite"
    with powered(disk, synchronous):
        desk = desk_on(SqlJournal(path))
        for key, call in islice(calls(desk, seed), CALLS):
            if done(call) and disk.left is None:
                keys.append(key)
    after = folder / f"{seed}{synchronous} after"
    after.mkdir()
    for name, content in (disk.left or disk.now()).items():
        (after / name).write_bytes(content)
    return problems(after / path.name, keys)


def after_cuts(folder: Path, synchronous: str = "") -> Counter[str]:
    """Cut the power as often as there are seeds; count what became of the journals."""
    count: Counter[str] = Counter(cuts=SEEDS, lost=0, broken=0)
    for seed in range(SEEDS):
        wrong = survived(folder, seed, synchronous)
        lost = bool(wrong) and all(each.startswith("lost") for each in wrong)
        count["lost"] += lost
        count["broken"] += bool(wrong) and not lost
    show(f"power cuts, {synchronous or 'as it is'}", **count)
    return count


def test_a_journal_waits_for_the_disk(folder):
    """The settings that are tried are those of every journal."""
    with powered(Disk(0, Random(0))):  # noqa: S311
        journal = SqlJournal(folder / "settings.sqlite")
        ask = journal._connection.all
        assert ask("PRAGMA journal_mode") == [("wal",)]
        assert ask("PRAGMA synchronous") == [(2,)]


def test_a_power_cut_loses_nothing_that_was_acknowledged(folder):
    """Nor does it leave halves, or a file that is no database any more."""
    found = after_cuts(folder)
    assert (found["lost"], found["broken"]) == (0, 0)


def test_waiting_for_the_disk_less_often_would_lose_some(folder):
    """What was acknowledged is gone now and then, but a journal is never broken."""
    found = after_cuts(folder, "NORMAL")
    assert found["broken"] == 0


def test_a_journal_that_does_not_wait_is_caught(folder):
    """It is broken, or has lost what was acknowledged."""
    found = after_cuts(folder, "OFF")
    assert found["broken"] + found["lost"] > SEEDS // 4
