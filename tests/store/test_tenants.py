"""Two tenants in one database: neither sees or changes what is the other's."""

import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from guarding import euros
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stores import Place
from walks import HOUR, MONDAY, new_desk

from complaint_lifecycle import (
    Calendar,
    ComplaintError,
    Desk,
    Received,
    Sla,
    SqlJournal,
    Target,
    money,
)
from complaint_lifecycle.access import Denied
from complaint_lifecycle.events import Offered, Updated
from complaint_lifecycle.journal import Batch, BudgetChange, Journal, Receipt, Snapshot
from complaint_lifecycle.offers import Draw
from complaint_lifecycle.sla.durations import elapsed_hours
from complaint_lifecycle.sql import Refusals

IDS = st.sampled_from(["n-1", "n-2", "s-1", "both"])
MARK = "only-in-the-south"
EXAMPLES = int(os.environ.get("COMPLAINT_LIFECYCLE_TRIALS") or 10)
KEYS = st.sampled_from(["north key", "south key", "same key"])
BUDGETS = st.sampled_from(["north budget", "south budget", "same budget"])
CUSTOMERS = st.sampled_from(["north customer", "south customer", "same customer"])
READERS = st.sampled_from(["north reader", "south reader"])
POSITIONS = st.integers(0, 40) | st.integers(2**20, 2**62)
SLA = Sla(
    calendar=Calendar.always(),
    targets=[Target("thanks", until="thank", within=elapsed_hours(1), warn=[0.5])],
)


def desk_on(journal: Journal) -> Desk:
    """Make a desk with an SLA, whose clock stands two hours later."""
    desk = new_desk(journal, sla=SLA)
    desk.clock.advance(2 * HOUR)
    return desk


def fill(journal: Journal, names: list[str], word: str) -> None:
    """Write something of a tenant into whatever there is to write to."""
    desk = new_desk(journal, sla=SLA)
    by = MARK if word == "south" else word
    for name in names:
        first = Received(customer=f"{word} customer", channel="email", text=word)
        desk.receive(first, by=by, id=name, key=f"{word} {name}")
        offer = euros(9, draws=[Draw(f"{word} budget", money(900, "EUR"))])
        desk.record(name, Offered(offer=offer), by=by, key=f"{word} key {name}")
    Refusals(journal)(Denied(MONDAY, by, "read", names[0], word))
    journal.set_aside(names[0], until=MONDAY + 99 * HOUR, error=by)
    journal.keep_snapshot(Snapshot(names[-1], 1, by, by))
    desk.forget(complaints=[names[-1]], by=by)
    desk.subscribe(lambda told: None, name=f"{word} reader").run()
    journal.ticked(MONDAY if word == "north" else MONDAY + 7 * HOUR)
    journal.checkpoint(MONDAY)


READS = st.one_of(
    st.tuples(st.just("entries"), IDS),
    st.tuples(st.just("receipt"), KEYS | IDS.map("south {}".format)),
    st.tuples(st.just("budget"), BUDGETS),
    st.tuples(st.just("since"), POSITIONS),
    st.tuples(st.just("complaints"), CUSTOMERS | st.none()),
    st.tuples(st.just("due"), IDS | st.none()),
    st.tuples(st.just("budgets")),
    st.tuples(st.just("tail_lag")),
    st.tuples(st.just("histories"), st.dictionaries(IDS, st.just(0))),
    st.tuples(st.just("refusals")),
    st.tuples(st.just("aside"), IDS | st.none()),
    st.tuples(st.just("snapshot"), IDS),
    st.tuples(st.just("ticked")),
    st.tuples(st.just("forgotten")),
    st.tuples(st.just("checkpoints")),
    st.tuples(st.just("verify")),
    st.tuples(st.just("cursor"), READERS),
    st.tuples(st.just("parked"), READERS),
    st.tuples(st.just("end")),
)
WRITES = st.one_of(
    st.tuples(st.just("record"), IDS, KEYS | st.none()),
    st.tuples(st.just("receive"), IDS, CUSTOMERS, KEYS | st.none()),
    st.tuples(st.just("merge"), IDS, IDS),
    st.tuples(st.just("append"), IDS, st.integers(0, 3), KEYS | st.none()),
    st.tuples(st.just("spend"), BUDGETS, st.integers(0, 2)),
    st.tuples(st.just("offer"), IDS, BUDGETS),
    st.tuples(st.just("tick")),
    st.tuples(st.just("reschedule")),
    st.tuples(st.just("recount")),
    st.tuples(st.just("refuse"), IDS),
    st.tuples(st.just("set_aside"), IDS),
    st.tuples(st.just("keep_snapshot"), IDS),
    st.tuples(st.just("forget"), IDS),
    st.tuples(st.just("forget_customer"), CUSTOMERS),
    st.tuples(st.just("checkpoint")),
    st.tuples(st.just("deliver"), READERS),
    st.tuples(st.just("mark"), READERS, st.booleans()),
    st.tuples(st.just("note")),
)


LATER = MONDAY + timedelta(days=9)
ASKED: dict[str, Callable[..., object]] = {
    "since": lambda journal, position: list(journal.since(position)),
    "complaints": lambda journal, customer: journal.complaints(customer=customer),
    "due": lambda journal, name: journal.due(LATER, limit=99, complaint_id=name),
    "refusals": lambda journal: list(Refusals(journal)),
    "cursor": lambda journal, name: journal.readers.cursor(name) is None,
    "end": lambda journal: journal.readers.end() > 0,
    "parked": lambda journal, name: journal.readers.parked(name, dead=False, limit=9),
    "checkpoints": lambda journal: [(c.number, c.heads) for c in journal.checkpoints()],
    "verify": lambda journal: (journal.verify().ok, journal.verify().entries),
}
"""How to ask for what has no method of that name, or says where it is stored."""


def read(journal: SqlJournal, what: str, *given: object) -> object:
    """Ask a journal for something; return all that it says."""
    asked = ASKED.get(what)
    return getattr(journal, what)(*given) if asked is None else asked(journal, *given)


def _receive(desk: Desk, name: str, customer: str, key: str | None) -> None:
    first = Received(customer=customer, channel="north")
    desk.receive(first, id=name, key=key, by="north")


def _append(desk: Desk, name: str, version: int, key: str | None) -> None:
    receipt = None if key is None else Receipt(key, "d", name, 1)
    desk.journal.append([Batch(name, version, ())], receipt=receipt, due={name: []})


def _offer(desk: Desk, name: str, budget: str) -> None:
    offer = euros(7, draws=[Draw(budget, money(900, "EUR"))])
    desk.record(name, Offered(offer=offer), by="north")


def _spend(desk: Desk, budget: str, version: int) -> None:
    desk.journal.append([], budgets=[BudgetChange(budget, version, money(5, "EUR"))])


def _deliver(desk: Desk, name: str) -> None:
    desk.subscribe(lambda told: None, name=name).run()


def _mark(desk: Desk, name: str, knowing: bool) -> None:
    readers = desk.journal.readers
    # Positions are counted over all tenants, so none is named here.
    readers.mark(name, 2**62, expected=readers.cursor(name) if knowing else None)


DONE: dict[str, Callable[..., object]] = {
    "record": lambda d, name, key: d.record(name, Updated(), key=key, by="north"),
    "receive": _receive,
    "merge": lambda d, name, into: d.merge(name, into=into, by="north"),
    "append": _append,
    "spend": _spend,
    "offer": _offer,
    "tick": Desk.tick,
    "reschedule": Desk.reschedule,
    "recount": Desk.recount,
    "refuse": lambda d, name: Refusals(d.journal)(
        Denied(MONDAY, "north", "read", name, "north")
    ),
    "set_aside": lambda d, name: d.journal.set_aside(name, until=LATER, error="north"),
    "keep_snapshot": lambda d, name: d.journal.keep_snapshot(
        Snapshot(name, 9, "north", "north")
    ),
    "forget": lambda d, name: d.forget(complaints=[name], by="north"),
    "forget_customer": lambda d, customer: d.forget(customer, by="north"),
    "checkpoint": lambda d: d.journal.checkpoint(MONDAY + HOUR),
    "deliver": _deliver,
    "mark": _mark,
    "note": lambda d: d.journal.ticked(MONDAY + 2 * HOUR),
}


def everything(journal: SqlJournal) -> list[object]:
    """Read all that a journal holds of its tenant."""
    return [
        list(journal.since(0)),
        journal.due(LATER, limit=99),
        journal.budgets(),
        journal.complaints(),
        list(Refusals(journal)),
        [journal.receipt(f"south key {name}") for name in ("s-1", "both")],
        [journal.snapshot(name) for name in ("n-1", "n-2", "s-1", "both")],
        [read(journal, "cursor", f"{word} reader") for word in ("north", "south")],
        (journal.aside(), journal.ticked(), journal.forgotten()),
        (read(journal, "checkpoints"), read(journal, "verify")),
    ]


class TestEveryCall:
    """With the other tenant's ids, keys, budgets, customers and positions."""

    @given(st.lists(READS | WRITES, max_size=10))
    @settings(
        max_examples=EXAMPLES,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_nothing_of_the_other_tenant_is_seen_or_changed(self, two, calls):
        """Each call says what it would say if the other tenant were not there."""
        north, alone, south = two()
        before = everything(south)
        for what, *given_ in calls:
            if what not in DONE:
                seen = read(north, what, *given_)
                assert MARK not in repr(seen)
                if what != "since":
                    assert seen == read(alone, what, *given_)
                continue
            came = [_came(journal, what, given_) for journal in (north, alone)]
            assert came[0] == came[1]
        assert everything(south) == before
        assert [e for _, e in north.since(0)] == [e for _, e in alone.since(0)]
        assert everything(north)[1:] == everything(alone)[1:]

    def test_every_read_is_of_one_tenant_whatever_it_names(self, two):
        """Each id, key, budget, customer and reader of both, one after the other."""
        north, alone, _ = two()
        names, words = ["n-1", "n-2", "s-1", "both"], ["north", "south"]
        keys = [f"{w} {k}{n}" for w in words for k in ("", "key ") for n in names]
        given_ = {
            **dict.fromkeys(("entries", "due", "aside", "snapshot"), names),
            "receipt": keys,
            "budget": [f"{word} budget" for word in words],
            "complaints": [None, *(f"{word} customer" for word in words)],
            "cursor": [f"{word} reader" for word in words],
            "histories": [dict.fromkeys(names, 0)],
        }
        for what, values in given_.items():
            for value in values:
                seen = read(north, what, value)
                assert MARK not in repr(seen)
                assert seen == read(alone, what, value), (what, value)
        for what in ("budgets", "refusals", "ticked", "forgotten", "checkpoints"):
            assert read(north, what) == read(alone, what), what

    @pytest.fixture
    def two(self, place: Place, tmp_path) -> Iterator:
        """Give two tenants of one database, and the first of them alone in another."""
        made: list[SqlJournal] = []

        def make() -> tuple[SqlJournal, SqlJournal, SqlJournal]:
            while made:
                made.pop().close()
            number = next(_numbers)
            north, south = (
                place.open(tenant=f"{word} {number}") for word in ("north", "south")
            )
            alone = SqlJournal(":memory:", tenant="north")
            made.extend((north, alone, south))
            fill(south, ["s-1", "both"], "south")
            for journal in (north, alone):
                fill(journal, ["n-1", "n-2", "both"], "north")
            return north, alone, south

        yield make
        for journal in made:
            journal.close()


_numbers = iter(range(1, 10**6))


def _came(journal: SqlJournal, what: str, given_: list) -> str:
    try:
        DONE[what](desk_on(journal), *given_)
    except ComplaintError as error:
        # Positions are counted over all tenants.
        return re.sub(r"is at \d+", "is there", f"{type(error).__name__}: {error}")
    return "done"
