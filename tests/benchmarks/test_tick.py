"""What a tick costs, by what is due and by what is pending."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from attrs import evolve
from benchmarks.rounds import Board, Side, at_most
from walks import HOUR, MONDAY, new_desk, received

from complaint_lifecycle import Desk, SqlJournal
from complaint_lifecycle.events import Due
from complaint_lifecycle.sla import Calendar, Sla, Target
from complaint_lifecycle.sla.durations import open_hours

FEW = 10_000
FIRED = 100
SLA = Sla(
    calendar=Calendar.always(),
    targets=[Target("thanks", until="thank", within=open_hours(1))],
)


def pending(journal: SqlJournal, rows: int) -> None:
    """Fill the due index with timers that are due in the distant future."""
    far = MONDAY + timedelta(days=3650)
    for start in range(0, rows, FEW):
        journal.append(
            (),
            due={
                f"pending-{number}": (
                    Due(
                        complaint_id=f"pending-{number}",
                        cause="thanks#1",
                        threshold="due",
                        at=far,
                    ),
                )
                for number in range(start, min(start + FEW, rows))
            },
        )


@pytest.fixture
def desks(storage: Path) -> Iterator[dict[int, Desk]]:
    """Give a desk on a journal of each size."""
    made: dict[int, Desk] = {}
    for rows in (10_000, 100_000, 1_000_000):
        journal = SqlJournal(storage / f"{rows}.sqlite")
        pending(journal, rows)
        numbers = count(1)
        made[rows] = evolve(
            new_desk(journal, sla=SLA),
            new_id=lambda numbers=numbers: f"c-{next(numbers)}",
        )
    yield made
    for desk in made.values():
        desk.journal.close()


@pytest.mark.parametrize("due", [0, FIRED])
def test_race_of_ticks(board: Board, desks: dict[int, Desk], due: int) -> None:
    """A tick costs by what is due, whether ten thousand timers are pending or a million."""

    def side(rows: int) -> Side:
        desk = desks[rows]

        def before() -> None:
            for _ in range(due):
                received(desk)
            desk.clock.advance(2 * HOUR)

        return Side(f"{rows:,} pending", desk.tick, 1 if due else 200, before)

    fewest = side(10_000)
    fewest.before()
    assert fewest.run() == due
    for rows in (100_000, 1_000_000):
        more = side(rows)
        measure = f"tick in SQLite, {due} due: {more} / {fewest}"
        board.race(measure, more, fewest, at_most(), rounds=9)
