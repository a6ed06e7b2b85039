"""Many timers that come due, workers that fire them, and facts that race with them."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from random import Random
from time import sleep

from reliability.workload import LIFECYCLE, START

from complaint_lifecycle import Desk, JumpClock, Received, SqlJournal, Thanked
from complaint_lifecycle.events import TimerMissed, TimerWarned
from complaint_lifecycle.journal import Batch
from complaint_lifecycle.sla import Calendar, Sla, Target
from complaint_lifecycle.sla.due import due_rows
from complaint_lifecycle.sla.durations import elapsed_hours
from complaint_lifecycle.sla.timers import timers_of

HOUR = timedelta(hours=1)
MANY = Sla(
    calendar=Calendar.always("UTC"),
    targets=[
        Target("thanks", until="thank", within=elapsed_hours(1), warn=[0.5]),
        Target("fix", within=elapsed_hours(2)),
    ],
)
PER_COMPLAINT = 3
LATER = START + 100 * HOUR
ONE = Sla(
    calendar=Calendar.always("UTC"),
    targets=[Target("thanks", until="thank", within=elapsed_hours(1))],
)
Threshold = tuple[str, str, str]


def fill(path: Path, complaints: int) -> set[Threshold]:
    """Make a journal of complaints whose timers are all due by :data:`LATER`."""
    first = Received(customer="C-1", channel="email")
    expected: set[Threshold] = set()
    with SqlJournal(path) as journal:
        for page in range(0, complaints, 500):
            batches, due = [], {}
            for number in range(page, min(page + 500, complaints)):
                at = START + timedelta(seconds=number % 600)
                blank = LIFECYCLE.new(f"c-{number}")
                entries, complaint = LIFECYCLE.decide(blank, [first], at=at, by="form")
                batches.append(Batch(complaint.id, 0, entries))
                due[complaint.id] = due_rows(complaint, timers_of(complaint, MANY), at)
                expected |= {
                    (r.complaint_id, r.cause, r.threshold) for r in due[complaint.id]
                }
            journal.append(batches, due=due)
    return expected


def is_done(path: Path) -> bool:
    """Tell whether nothing is due any more."""
    with SqlJournal(path) as journal:
        return not journal.due(LATER, limit=1)


def fire(path: Path, make: type[SqlJournal] = SqlJournal, limit: int = 8) -> None:
    """Fire what is due until nothing is, or killed."""
    with make(path) as journal:
        desk = Desk(
            journal=journal, lifecycle=LIFECYCLE, clock=JumpClock(LATER), sla=MANY
        )
        while journal.due(LATER, limit=1):
            desk.tick(limit=limit)


def fired(path: Path) -> Counter[Threshold]:
    """Count how often each threshold was recorded."""
    count: Counter[Threshold] = Counter()
    with SqlJournal(path) as journal:
        for _, entry in journal.since(0):
            event = entry.event
            if isinstance(event, TimerWarned):
                count[entry.complaint_id, event.cause, event.threshold] += 1
            elif isinstance(event, TimerMissed):
                count[entry.complaint_id, event.cause, "due"] += 1
    return count


def instant(number: int) -> datetime:
    """Return when a racing complaint is due to be thanked for."""
    return START + (number + 1) * HOUR


def line_up(path: Path, races: int) -> None:
    """Make complaints that come due one after the other."""
    with SqlJournal(path) as journal:
        desk = Desk(
            journal=journal, lifecycle=LIFECYCLE, clock=JumpClock(START), sla=ONE
        )
        for number in range(races):
            desk.clock.jump_to(instant(number) - HOUR)
            desk.receive(
                Received(customer="C-1", channel="email"), by="form", id=f"c-{number}"
            )


def is_late(number: int) -> bool:
    """Tell whether the fact of a race comes too late."""
    return number % 4 == 3


def race(
    path: Path, races: int, barrier: Barrier, make: type[SqlJournal], thanks: bool
) -> None:
    """Run one side of every race: the timer, or the fact that meets it.

    Both begin at the same moment, by a clock a second past the limit. The fact says that
    it happened at the limit, which is in time, or a moment later.
    """
    chance = Random(thanks)  # noqa: S311 - to be foreseen
    with make(path) as journal:
        clock = JumpClock(START)
        desk = Desk(journal=journal, lifecycle=LIFECYCLE, clock=clock, sla=ONE)
        for number in range(races):
            clock.jump_to(instant(number) + timedelta(seconds=1))
            barrier.wait()
            sleep(chance.choice([0, 0, 0.0002, 0.0005]))
            if not thanks:
                desk.tick(limit=10)
                continue
            at = instant(number) + timedelta(microseconds=is_late(number))
            desk.record(f"c-{number}", Thanked(), by="ana", at=at)


def outcomes(path: Path, races: int) -> Iterator[str]:
    """Say how each race ended; after ``wrong`` what should not be."""
    with SqlJournal(path) as journal:
        for number in range(races):
            kinds = [entry.kind for entry in journal.entries(f"c-{number}")]
            yield _outcome(kinds, late=is_late(number))


def _outcome(kinds: list[str], *, late: bool) -> str:
    news = kinds[1:]
    known = LATE if late else IN_TIME
    return known.get(tuple(news), f"wrong: {'late' if late else 'in time'}, {news}")


IN_TIME = {
    ("Thanked",): "met",
    ("TimerMissed", "Thanked", "TimerCleared"): "missed, then cleared",
}
LATE = {
    ("TimerMissed", "Thanked"): "missed before the late fact",
    ("Thanked", "TimerMissed"): "missed after the late fact",
}
