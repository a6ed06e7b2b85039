"""What a busy desk does, call after call, and what has to hold of it afterwards."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random

from stores import Place

from complaint_lifecycle import Desk, JumpClock, Lifecycle, Received, SqlJournal, money
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.errors import RefusedError
from complaint_lifecycle.events import (
    Absorbed,
    CustomerWrote,
    Declined,
    Entry,
    Merged,
    Offered,
    Thanked,
    Updated,
)
from complaint_lifecycle.offers import Draw, Offer, Remedy
from complaint_lifecycle.sla import Calendar, Sla, Target
from complaint_lifecycle.sla.durations import elapsed_hours

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
END = datetime(9000, 1, 1, tzinfo=UTC)
# Without warnings, so that what the due index holds does not go by the current instant.
SLA = Sla(
    calendar=Calendar.always("UTC"),
    targets=[
        Target("thanks", until="thank", within=elapsed_hours(2)),
        Target("fix", within=elapsed_hours(5), pauses=False),
    ],
)
LIFECYCLE = Lifecycle()
LIMIT = money(10**9, "EUR")
Call = Callable[[], object]


def desk_on(journal: SqlJournal) -> Desk:
    """Make a desk whose clock is a little on with every complaint that is there."""
    late = len(journal.complaints())
    clock = JumpClock(START + late * timedelta(minutes=10))
    return Desk(journal=journal, lifecycle=LIFECYCLE, clock=clock, sla=SLA)


def calls(desk: Desk, trial: int) -> Iterator[tuple[str, Call]]:
    """Give calls without end, each with a key.

    The texts of its facts name the key, and how many of them there are.
    """
    chance = Random(trial)  # noqa: S311 - to be foreseen
    open_ones = list(desk.journal.complaints())[-5:]
    for number in count():
        key = f"{trial}-{number}"
        desk.clock.advance(timedelta(minutes=chance.randrange(1, 30)))
        kind = chance.random()
        if kind < 0.25 or len(open_ones) < 3:
            open_ones.append(key)
            yield key, _receiving(desk, key)
        elif kind < 0.35:
            gone = open_ones.pop(chance.randrange(len(open_ones)))
            yield key, _merging(desk, key, gone, chance.choice(open_ones))
        elif kind < 0.6:
            amount = chance.randrange(1, 100)
            yield key, _offering(desk, key, chance.choice(open_ones), amount)
        elif kind < 0.7:
            yield "", desk.tick
        else:
            yield key, _telling(desk, key, chance.choice(open_ones))


def _receiving(desk: Desk, key: str) -> Call:
    thanked = len(key) % 2
    text = f"{key} {3 + thanked}"
    first = Received(customer=f"C-{key[-1]}", channel="email", text=text)
    facts = [first, Updated(text=text), CustomerWrote(text=text)]
    if thanked:
        facts.append(Thanked(text=text))
    return lambda: desk.receive(*facts, by="form", id=key, key=key)


def _telling(desk: Desk, key: str, name: str) -> Call:
    text = f"{key} 3"
    facts = [Updated(text=text), CustomerWrote(text=text), Updated(text=text)]
    return lambda: desk.record(name, *facts, by="ana", key=key)


def _offering(desk: Desk, key: str, name: str, amount: int) -> Call:
    declined = amount % 2
    text = f"{key} {2 + declined}"
    offer = Offer(
        remedies=[Remedy(kind="refund", value=money(amount, "EUR"))],
        draws=[Draw("goodwill", LIMIT), Draw(f"of {amount % 3}", LIMIT)],
        expires=desk.clock.now + timedelta(hours=amount % 7),
    )
    facts = [Updated(text=text), Offered(offer=offer, ref=key), Updated(text=text)]
    if declined:
        facts.append(Declined(ref=key, text=text))
    return lambda: desk.record(name, *facts, by="ana", key=key)


def _merging(desk: Desk, key: str, duplicate: str, survivor: str) -> Call:
    return lambda: desk.merge(duplicate, into=survivor, by="ana", key=key)


def done(call: Call) -> bool:
    """Make a call; tell whether it was admitted."""
    try:
        call()
    except RefusedError:
        # Chance asked for what the lifecycle does not allow.
        return False
    return True


def play(desk: Desk, trial: int, acknowledge: Callable[[str], None]) -> None:
    """Make calls without end, and acknowledge each when it is recorded."""
    for key, call in calls(desk, trial):
        if done(call):
            acknowledge(key)


def opened(place: Path | Place, make: type[SqlJournal] = SqlJournal) -> SqlJournal:
    """Open a journal in a file or in PostgreSQL, or make it."""
    if isinstance(place, Place):
        return make.postgres(place.where, schema=place.schema, connections=1)
    return make(place)


def problems(path: Path | Place, acknowledged: Iterable[str]) -> list[str]:
    """Say what is wrong with a journal: an empty list if all is as it has to be.

    Args:
        path: The file, or the place in PostgreSQL.

        acknowledged: The keys of all calls that were said to be recorded.
    """
    try:
        with opened(path) as journal:
            found = [*_problems(journal, acknowledged)]
        if isinstance(path, Place):
            return found
        with closing(sqlite3.connect(path)) as raw:
            (said,) = raw.execute("PRAGMA integrity_check").fetchone()
    except Exception as error:  # noqa: BLE001 - of a broken file there may be any
        return [f"unreadable: {type(error).__name__} {error}"]
    return found if said == "ok" else [*found, f"corrupt: {said}"]


def _problems(journal: SqlJournal, acknowledged: Iterable[str]) -> Iterator[str]:
    entries = [entry for _, entry in journal.since(0)]
    receipts = {key: journal.receipt(key) for key in acknowledged if key}
    yield from (f"lost: {key}" for key, receipt in receipts.items() if not receipt)
    yield from _halves(journal, entries)
    timing = Desk(lifecycle=LIFECYCLE, sla=SLA)._recorder.timing
    folded = [LIFECYCLE.replay(journal.entries(c)) for c in journal.complaints()]
    anew = {row for complaint in folded for row in timing.rows(complaint, START)}
    stored = set(journal.due(END, limit=10**6))
    yield from (f"due: {row}" for row in stored ^ anew)
    budgets = {row.name: row.spent.amount for row in journal.budgets()}
    recounted = _recounted(folded)
    for name in budgets.keys() | recounted.keys():
        if budgets.get(name, 0) != recounted.get(name, 0):
            yield f"budget {name}: {budgets.get(name)} is {recounted.get(name)}"


def _recounted(complaints: Iterable[Complaint]) -> dict[str, Decimal]:
    """Add up what offers that stand draw on each budget."""
    spent: dict[str, Decimal] = defaultdict(Decimal)
    for complaint in complaints:
        for standing in complaint.offers:
            if standing.stands:
                for draw in standing.offer.draws:
                    spent[draw.budget] += standing.offer.total.amount
    return spent


def _halves(journal: SqlJournal, entries: Iterable[Entry]) -> Iterator[str]:
    """Find calls of which some entries are there and others are not."""
    by_text: dict[str, list[Entry]] = defaultdict(list)
    ends: set[tuple[str, str]] = set()
    for entry in entries:
        event = entry.event
        if isinstance(event, Merged):
            ends ^= {(entry.complaint_id, event.into)}
        elif isinstance(event, Absorbed):
            ends ^= {(event.duplicate, entry.complaint_id)}
        elif getattr(event, "text", ""):
            by_text[event.text].append(entry)
    yield from (f"half: merge of {gone} into {into}" for gone, into in ends)
    for text, part in by_text.items():
        key, number = text.split()
        receipt = journal.receipt(key)
        if len(part) != int(number) or receipt is None:
            yield f"half: {key}"
        elif receipt.version < part[-1].version:
            yield f"half: the receipt of {key}"
