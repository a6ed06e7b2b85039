"""A million pending timers, on both databases, and beside APScheduler 3."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter_ns, sleep

import pytest
from attrs import evolve, frozen
from benchmarks.rounds import Board, Side, at_least, at_most
from benchmarks.test_tick import SLA, pending
from stores import Place, postgres_server, schema_in
from walks import HOUR, MONDAY, new_desk, received

from complaint_lifecycle import Desk, SqlJournal, utc_now
from complaint_lifecycle.events import Due, Updated

MILLION = 1_000_000
DUE = 1000
PEER_PENDING = 20_000


@frozen
class Bars:
    """What is asked on one database, in nanoseconds.

    Attributes:
        name: The database.

        idle: An idle poll.

        fire: A thousand due.
    """

    name: str
    idle: float
    fire: float
    reschedule: float = 300e3


SQLITE, POSTGRES = Bars("SQLite", 50e3, 100e6), Bars("PostgreSQL", 1e6, 200e6)


def copied(place: Place, rows: int) -> None:
    """Fill the due index of PostgreSQL with timers of the distant future."""
    far = int((MONDAY + timedelta(days=3650)).timestamp() * 1e6)
    with place.connect() as raw, raw.cursor() as cursor:
        into = "COPY complaint_due (tenant, complaint_id, cause, threshold, at_us, ready_us)"
        with cursor.copy(f"{into} FROM STDIN") as copy:
            for number in range(rows):
                copy.write_row(("", f"p-{number}", "thanks#1", "due", far, far))
        cursor.execute("ANALYZE complaint_due")


@pytest.fixture(scope="module", params=[SQLITE, POSTGRES], ids=lambda bars: bars.name)
def desk(request: pytest.FixtureRequest, storage: Path) -> Iterator[tuple[Desk, Bars]]:
    """Give a desk on a journal with a million pending timers."""
    numbers = count(1)
    if request.param is SQLITE:
        with SqlJournal(storage / "million.sqlite") as journal:
            pending(journal, MILLION)
            made = new_desk(journal, sla=SLA)
            yield evolve(made, new_id=lambda: f"c-{next(numbers)}"), SQLITE
        return
    with (
        postgres_server() as server,
        schema_in(server) as place,
        place.open() as journal,
    ):
        copied(place, MILLION)
        made = new_desk(journal, sla=SLA)
        yield evolve(made, new_id=lambda: f"c-{next(numbers)}"), POSTGRES


def timed(run: Callable[[], object], times: int) -> float:
    """Return the median time of a run in nanoseconds."""
    spans = []
    for _ in range(times):
        start = perf_counter_ns()
        run()
        spans.append(perf_counter_ns() - start)
    return median(spans)


def test_a_million_pending(board: Board, desk: tuple[Desk, Bars]) -> None:
    """An idle poll, a thousand due with the real decision, and a new deadline."""
    ours, bars = desk
    ours.tick()

    def enter(what: str, found: float, bar: float) -> None:
        measure = f"{what} in {bars.name}, a million pending: ours / the bar"
        board.enter(measure, found, bar, found / bar, at_most(1))

    enter("idle poll", timed(ours.tick, 200), bars.idle)
    fired = []
    for _ in range(3):
        for _ in range(DUE):
            received(ours)
        ours.clock.advance(2 * HOUR)
        start = perf_counter_ns()
        assert ours.tick(limit=DUE) == DUE
        fired.append(perf_counter_ns() - start)
    enter("1,000 due", median(fired), bars.fire)

    name = received(ours).id
    at = ours.clock.now + timedelta(days=9)
    number = count()

    def reschedule() -> None:
        later = at + timedelta(seconds=next(number))
        row = Due(complaint_id=name, cause="thanks#1", threshold="due", at=later)
        ours.journal.append((), due={name: (row,)})

    enter("a new deadline", timed(reschedule, 200), bars.reschedule)
    assert ours.record(name, Updated(), by="ana").version > 1


def nothing_done() -> None:
    """Stand for what a timer of APScheduler calls."""
    _RAN.append(None)


_RAN: list[None] = []


def test_race_with_apscheduler(board: Board, storage: Path) -> None:
    """A thousand due among twenty thousand that are pending, both in SQLite."""
    pytest.importorskip("apscheduler")
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    scheduler = BackgroundScheduler()
    scheduler.add_jobstore(SQLAlchemyJobStore(url=f"sqlite:///{storage}/aps.sqlite"))
    scheduler.start(paused=True)
    far = utc_now() + timedelta(days=3650)
    add = scheduler.add_job
    for _ in range(PEER_PENDING):
        add(nothing_done, "date", run_date=far)

    def theirs_due() -> None:
        _RAN.clear()
        for _ in range(DUE):
            add(nothing_done, "date", run_date=utc_now(), misfire_grace_time=None)

    def theirs() -> int:
        scheduler.resume()
        while len(_RAN) < DUE:
            sleep(0.001)
        scheduler.pause()
        return len(_RAN)

    with SqlJournal(storage / "beside.sqlite") as journal:
        pending(journal, PEER_PENDING)
        numbers = count(1)
        made = new_desk(journal, sla=SLA)
        ours = evolve(made, new_id=lambda: f"c-{next(numbers)}")

        def ours_due() -> None:
            for _ in range(DUE):
                received(ours)
            ours.clock.advance(2 * HOUR)

        ours_due()
        assert ours.tick(limit=DUE) == DUE
        theirs_due()
        assert theirs() == DUE
        tick = Side(
            "ours", lambda: ours.tick(limit=DUE), before=ours_due, clock=perf_counter_ns
        )
        peer = Side("APScheduler", theirs, before=theirs_due, clock=perf_counter_ns)
        board.race(
            "1,000 due among 20,000 in SQLite: ours / APScheduler 3",
            tick, peer, at_least(10), rounds=5,
        )  # fmt: skip
    scheduler.shutdown(wait=False)
