"""Timers under fire: workers that die, and facts that come at the same instant."""

from collections import Counter
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from time import sleep

from reliability.processes import CONTEXT, start
from reliability.timing import (
    PER_COMPLAINT,
    Threshold,
    fill,
    fire,
    fired,
    is_done,
    line_up,
    outcomes,
    race,
)
from reliability.trials import show, trials
from reliability.twins import Unclaimed, Unversioned

from complaint_lifecycle import SqlJournal

TIMERS = trials(60_000, few=900)
RACES = trials(20_000, few=200)
WORKERS = 4


def fired_by_victims(path: Path) -> int:
    """Let workers fire all that is due, killing one every 30 to 60 ms; count them."""
    chance = Random(1)  # noqa: S311 - to be foreseen
    workers: list[BaseProcess] = [start(fire, path) for _ in range(WORKERS)]
    kills = 0
    while not is_done(path):
        sleep(chance.uniform(0.03, 0.06))
        victim = workers.pop(chance.randrange(WORKERS))
        kills += victim.is_alive()
        victim.kill()
        victim.join()
        workers.append(start(fire, path))
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    return kills


def test_each_threshold_fires_once_whatever_dies(folder):
    """None is lost, and none is recorded twice, though no worker lives long."""
    path = folder / "timers.sqlite"
    expected = fill(path, TIMERS // PER_COMPLAINT)
    kills = fired_by_victims(path)
    found = fired(path)
    show("timers", due=len(expected), fired=found.total(), kills=kills)
    assert found.keys() == expected
    assert set(found.values()) == {1}


def twice(found: Counter[Threshold]) -> int:
    """Count the thresholds that fired more than once."""
    return sum(number > 1 for number in found.values())


def test_workers_that_claim_nothing_and_check_no_version_are_caught(folder):
    """Some thresholds fire twice."""
    number, rounds = 0, 0
    while not number and rounds < 10:
        rounds += 1
        path = folder / f"{rounds}.sqlite"
        fill(path, 60)
        workers = [start(fire, path, Unclaimed) for _ in range(WORKERS)]
        for worker in workers:
            worker.join()
        number = twice(fired(path))
    show("timers without claims and versions", fired_twice=number, rounds=rounds)
    assert number


def raced(path: Path, races: int, make: type[SqlJournal] = SqlJournal) -> Counter[str]:
    """Let a fact and a timer race, again and again; count how that ended."""
    line_up(path, races)
    barrier = CONTEXT.Barrier(2, timeout=60)
    sides = [
        start(race, path, races, barrier, make, thanks) for thanks in (True, False)
    ]
    for side in sides:
        side.join()
    assert [side.exitcode for side in sides] == [0, 0]
    return Counter(outcomes(path, races))


def wrong(found: Counter[str]) -> dict[str, int]:
    """Pick the outcomes that should not be."""
    return {how: n for how, n in found.items() if how.startswith("wrong")}


def test_a_fact_and_a_timer_at_the_same_instant_agree(folder):
    """In time is never missed for good, and late is missed exactly once."""
    found = raced(folder / "races.sqlite", RACES)
    show("races", **{how.replace(" ", "_"): n for how, n in found.items()})
    assert wrong(found) == {}
    assert len(found) > 1, "the two never met"


def test_a_race_without_versions_is_caught(folder):
    """The timer is missed after the fact that met it, and nothing clears that."""
    found = wrong(raced(folder / "races.sqlite", 60, Unversioned))
    show("races without versions", wrong=sum(found.values()))
    assert found
