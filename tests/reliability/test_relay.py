"""A relay that is killed between sending and writing that down."""

from collections import Counter
from pathlib import Path

from reliability.processes import start
from reliability.relaying import (
    delivered,
    effects,
    record_more,
    recorded,
    relay_and_die,
    relay_the_rest,
)
from reliability.trials import show, trials

KILLS = trials(500, few=10)
TWIN_KILLS = 40


def killed(folder: Path, kills: int, *, early: bool = False) -> tuple[Path, Path, int]:
    """Record and relay in turns, each time until the relay dies or has sent all.

    Returns:
        The journal, what came, and how many were killed.
    """
    path, came = folder / "complaints.sqlite", folder / "came"
    deaths = 0
    trial = 0
    while deaths < kills:
        record_more(path, trial)
        worker = start(relay_and_die, path, came, trial, early)
        worker.join()
        assert worker.exitcode in {0, -9}
        deaths += worker.exitcode == -9
        trial += 1
    relay_the_rest(path, came)
    return path, came, deaths


def test_what_a_killed_relay_sends_has_its_effect_once(folder):
    """Each message comes at least once, and those of a complaint in order."""
    path, came, deaths = killed(folder, KILLS)
    entries, times = recorded(path), Counter(delivered(came))
    again = times.total() - len(times)
    show("relay", killed=deaths, entries=len(entries), sent_again=again)
    assert set(times) == set(entries)
    assert len(entries) == len(set(entries))
    for versions in effects(came).values():
        assert versions == list(range(1, len(versions) + 1))
    assert again, "nothing was ever sent twice: the kills hit nothing"


def test_a_relay_that_writes_down_before_it_sends_is_caught(folder):
    """Some messages never come."""
    path, came, deaths = killed(folder, TWIN_KILLS, early=True)
    lost = set(recorded(path)) - set(delivered(came))
    show("relay that marks too early", killed=deaths, lost=len(lost))
    assert lost
