"""A complaint that walks through its steps, for tests that need one on its way."""

from datetime import UTC, date, datetime, timedelta
from itertools import count, zip_longest

from complaint_lifecycle import Codec, Desk, JumpClock
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.events import (
    Apologised,
    Event,
    Explained,
    Fault,
    Fixed,
    Gathered,
    Prevented,
    Promised,
    Received,
    Step,
    Thanked,
    Verified,
)
from complaint_lifecycle.journal import Journal, MemoryJournal

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DUE = MONDAY + 48 * HOUR

PROMISE = Promised(what="resend it", due=DUE, owner="ana")
PREVENTION = Prevented(
    process="packing of glass",
    action="double boxes",
    owner="quality",
    due=date(2026, 4, 1),
)
STEPS: dict[Step, Event] = {
    Step.THANK: Thanked(),
    Step.EXPLAIN: Explained(helps="packing"),
    Step.APOLOGISE: Apologised(),
    Step.PROMISE: PROMISE,
    Step.GATHER: Gathered(fault=Fault.COMPANY),
    Step.FIX: Fixed(),
    Step.VERIFY: Verified(satisfied=True),
    Step.PREVENT: PREVENTION,
}


def new_desk(journal: Journal | None = None, **arguments: object) -> Desk:
    """Make a desk whose clock stands at Monday nine and whose ids are counted.

    It never sleeps.
    """
    numbers = count(1)
    settings = {
        "journal": MemoryJournal() if journal is None else journal,
        "clock": JumpClock(MONDAY),
        "new_id": lambda: f"c-{next(numbers)}",
        "pause": lambda failed: None,
    }
    return Desk(**settings | arguments)


def received(desk: Desk, **fields: object) -> Complaint:
    """Receive a complaint by e-mail."""
    event = Received(**{"customer": "C-1009", "channel": "email"} | fields)
    return desk.receive(event, by="web form")


def walked(desk: Desk, up_to: Step, **fields: object) -> Complaint:
    """Receive a complaint and take it through its steps, up to one of them."""
    complaint = received(desk, **fields)
    steps = list(Step)
    done = [STEPS[step] for step in steps[: steps.index(up_to) + 1]]
    return desk.record(complaint.id, *done, by="ana")


def mixed_lines(number: int) -> list[str]:
    """Export complaints of which each has its entries between those of others."""
    desk, codec = new_desk(), Codec()
    stories = []
    for each in range(number):
        event = Received(customer="C-1", channel="email", text="Мокра.")
        desk.receive(event, *STEPS.values(), by="ana", id=f"c-{each}")
        stories.append([*map(codec.dump, desk.history(f"c-{each}"))])
    shifted = [[None] * (place % 7) + story for place, story in enumerate(stories)]
    return [line for row in zip_longest(*shifted) for line in row if line]
