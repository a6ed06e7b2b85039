"""A journey with all that makes a journal worth trusting, each shown on and off."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter_ns

import pytest
from benchmarks.journey import LIFECYCLE, NOON
from benchmarks.rounds import Bar, Board, Side, at_least, at_most
from benchmarks.sourced import application, application_on_postgres, sourced_journey
from benchmarks.storage import counted
from benchmarks.test_journal import journey
from stores import Place, postgres_server, schema_in

from complaint_lifecycle import Desk, JumpClock
from complaint_lifecycle.sla import Calendar, Sla, Target
from complaint_lifecycle.sla.durations import business_days, open_hours, promised
from complaint_lifecycle.sql import MasterKeys

SECRET = b"kept outside of the database"
MASTER = bytes(range(32))
SLA = Sla(
    calendar=Calendar.weekly("Europe/Kyiv", mon_fri="09:00-13:00, 14:00-18:00"),
    targets=[
        Target("thanks", until="thank", within=open_hours(4), warn=[0.5]),
        Target("fix", until="fix", within=business_days(5)),
        Target("promise", since="promise", until="fix", within=promised()),
    ],
)
PLAIN, SEALED, TIMED, ENCRYPTED, ALL, NEW_DESK, PEER = (
    "plain digests",
    "with a secret",
    "with timers",
    "with encryption",
    "everything on",
    "everything on, a new desk for each call",
    "eventsourcing",
)
OURS = (PLAIN, SEALED, TIMED, ENCRYPTED, ALL, NEW_DESK)


@pytest.fixture(scope="module", params=["SQLite", "PostgreSQL"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Name a database; start a server where it needs one."""
    if request.param == "SQLite":
        yield ""
        return
    with postgres_server() as server:
        yield server


def our_side(name: str, place: Place, stack: ExitStack) -> Side:
    """Open a journal with some of it on."""
    everything = name in (ALL, NEW_DESK)
    options = {"secret": SECRET} if everything or name == SEALED else {}
    if everything or name == ENCRYPTED:
        options["keys"] = MasterKeys(MASTER)
    journal = stack.enter_context(place.open(**options))
    new_id = counted("c")

    def desk() -> Desk:
        sla = SLA if everything or name == TIMED else None
        clock = JumpClock(NOON)
        return Desk(
            journal=journal, lifecycle=LIFECYCLE, clock=clock, new_id=new_id, sla=sla
        )

    kept = desk()
    made = desk if name == NEW_DESK else lambda: kept
    return Side(name, lambda: journey(made), 10, clock=perf_counter_ns)


@pytest.fixture(scope="module")
def sides(database: str, storage: Path) -> Iterator[Mapping[str, Side]]:
    """Open every side, each with tables of its own."""
    opened = {}
    with ExitStack() as stack:
        for number, name in enumerate(OURS):
            place = Place(str(storage / f"trust-{number}.db"))
            if database:
                place = stack.enter_context(schema_in(database))
            opened[name] = our_side(name, place, stack)
        if database:
            place = stack.enter_context(schema_in(database))
            with place.connect() as raw:
                raw.execute(f'CREATE SCHEMA "{place.schema}"')
            peer = application_on_postgres(database, str(place.schema))
        else:
            peer = application(storage / "trust-peer.db")
        library = stack.enter_context(peer)
        opened[PEER] = Side(
            PEER, lambda: sourced_journey(library), 10, clock=perf_counter_ns
        )
        yield opened


def test_same_state(sides: Mapping[str, Side]) -> None:
    """Whatever is on, a complaint comes to the same state."""
    found = {name: side.run() for name, side in sides.items()}
    assert {each.state for each in found.values()} == {"prevented"}
    assert {each.version for each in found.values()} == {9}


@pytest.mark.parametrize("name", OURS)
def test_race_with_a_library(
    board: Board, sides: Mapping[str, Side], database: str, name: str
) -> None:
    """Everything on is at least 2.7 and 2.3 times as fast."""
    bars: dict[str, Bar] = {ALL: at_least(2.3 if database else 2.7)}
    where = "PostgreSQL" if database else "SQLite"
    bar = bars.get(name, at_least())
    board.race(f"journey in {where}: {name} / {PEER}", sides[name], sides[PEER], bar)


@pytest.mark.parametrize("name", OURS[1:])
def test_what_each_costs(
    board: Board, sides: Mapping[str, Side], database: str, name: str
) -> None:
    """Each beside the plain journey."""
    where = "PostgreSQL" if database else "SQLite"
    measure = f"journey in {where}: {name} / {PLAIN}"
    board.race(measure, sides[name], sides[PLAIN], at_most())
