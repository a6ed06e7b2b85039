"""In the host's transaction: its rows and ours are committed, or vanish, together."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from attrs import evolve, frozen
from lenders import KINDS, Host, bare, connected
from stores import Place, at_once, schema_in
from walks import HOUR, MONDAY, STEPS, new_desk

from complaint_lifecycle import (
    Calendar,
    Desk,
    Explained,
    Fixed,
    JumpClock,
    Received,
    RefusedError,
    Sla,
    Target,
    Thanked,
    money,
)
from complaint_lifecycle.errors import (
    BudgetConflictError,
    ConflictError,
    JournalError,
    KeyReusedError,
    UnknownComplaintError,
)
from complaint_lifecycle.events import Offered, Updated
from complaint_lifecycle.journal import Batch, BudgetChange, Receipt
from complaint_lifecycle.offers import Draw, Offer, Remedy
from complaint_lifecycle.sla.durations import elapsed_hours
from complaint_lifecycle.sql import MasterKeys

RECEIVED = Received(customer="C-1009", channel="email")
NUMBERS = count(1)
ROW = "INSERT INTO host VALUES (1)"


@frozen
class Shop:
    """A host, a desk of its own beside it, and the desk on its connection.

    Attributes:
        place: Where both keep what they know.

        host: The host.

        own: The desk with connections of its own.

        desk: The desk on what the host lends.
    """

    place: Place
    host: Host
    own: Desk
    desk: Desk

    @property
    def rows(self) -> int:
        """How many rows the host has committed."""
        with open_bare(self.place) as raw:
            return raw.execute("SELECT count(*) FROM host").fetchone()[0]

    @property
    def names(self) -> tuple[str, ...]:
        """Which complaints are committed."""
        return self.own.journal.complaints()

    def receive(self, name: str = "c-1", **options):
        """Record a complaint in the transaction of the host."""
        return self.desk.receive(RECEIVED, by="form", id=name, **options)


@pytest.fixture(scope="module")
def places(server: str, tmp_path_factory) -> Iterator[dict[str, Place]]:
    """Give one place in each database, with the tables of both."""
    with schema_in(server) as postgres:
        file = tmp_path_factory.mktemp("host") / "host.sqlite"
        found = {"sqlite": Place(str(file)), "postgres": postgres}
        for place in found.values():
            place.open().close()
            with open_bare(place) as raw:
                raw.execute("CREATE TABLE host (n INTEGER)")
                raw.commit()
        yield found


def open_bare(place: Place):
    """Connect past the journal and the host."""
    return bare(place) if place.schema is None else connected(place)


@contextmanager
def shop_in(place: Place, kind: tuple[str, str]) -> Iterator[Shop]:
    """Open a shop for a tenant of its own."""
    with open_bare(place) as raw:
        raw.execute("DELETE FROM host")
        raw.commit()
    with (
        place.open(tenant=f"t-{next(NUMBERS)}", create=False) as journal,
        KINDS[kind](place) as host,
    ):
        own = new_desk(journal)
        yield Shop(place, host, own, own.on(host.lent))


@pytest.fixture(params=sorted(KINDS), ids=" ".join)
def any_shop(request: pytest.FixtureRequest, places):
    """Give a host of each kind."""
    with shop_in(places[request.param[0]], request.param) as found:
        yield found


FEW = [
    ("sqlite", "sqlite3"),
    ("sqlite", "Session"),
    ("postgres", "psycopg"),
    ("postgres", "Core"),
]


@pytest.fixture(params=FEW, ids=" ".join)
def shop(request: pytest.FixtureRequest, places):
    """Give one host that begins by itself and one that is begun for, of each."""
    with shop_in(places[request.param[0]], request.param) as found:
        yield found


class TestTogether:
    def test_rows_and_complaints_are_committed_together(self, any_shop):
        """Nobody sees either before the host commits, and everybody both after it."""
        any_shop.host.run(ROW)
        any_shop.receive()
        any_shop.desk.record("c-1", Thanked(), by="ana")
        assert (any_shop.rows, any_shop.names) == (0, ())
        assert list(any_shop.own.journal.since(0)) == []
        any_shop.host.commit()
        assert (any_shop.rows, any_shop.names) == (1, ("c-1",))
        kinds = [entry.kind for _, entry in any_shop.own.journal.since(0)]
        assert kinds == ["Received", "Thanked"]
        assert any_shop.own.complaint("c-1").state == "thanked"

    def test_rows_and_complaints_vanish_together(self, any_shop):
        """The next transaction finds neither, and the same desk goes on in it."""
        any_shop.host.run(ROW)
        any_shop.receive()
        any_shop.host.rollback()
        assert (any_shop.rows, any_shop.names) == (0, ())
        any_shop.host.run(ROW)
        with pytest.raises(UnknownComplaintError):
            any_shop.desk.record("c-1", Thanked(), by="ana")
        any_shop.receive()
        any_shop.host.commit()
        assert (any_shop.rows, any_shop.names) == (1, ("c-1",))

    def test_a_savepoint_of_the_host_takes_ours_with_it(self, any_shop):
        """What was recorded before it stays, and the host goes on."""
        any_shop.host.run(ROW)
        any_shop.receive("c-1")
        any_shop.host.run("SAVEPOINT basket")
        any_shop.host.run(ROW)
        any_shop.desk.record("c-1", Thanked(), by="ana")
        any_shop.receive("c-2")
        any_shop.host.run("ROLLBACK TO SAVEPOINT basket")
        assert any_shop.desk.complaint("c-1").version == 1
        any_shop.desk.record("c-1", Thanked(), by="bob")
        any_shop.host.commit()
        assert (any_shop.rows, any_shop.names) == (1, ("c-1",))
        assert [entry.by for entry in any_shop.own.history("c-1")] == ["form", "bob"]

    def test_several_appends_keep_their_order(self, shop):
        """Positions are unique and grow, also where others committed in between."""
        shop.host.run(ROW)
        for name in ("c-1", "c-2"):
            shop.receive(name)
            shop.desk.record(name, Thanked(), Explained(helps="packing"), by="ana")
        shop.host.commit()
        read = [
            (position, entry.complaint_id, entry.version)
            for position, entry in shop.own.journal.since(0)
        ]
        assert len({position for position, *_ in read}) == 6
        assert sorted(read) == read
        assert [rest for _, *rest in read] == [
            [name, version] for name in ("c-1", "c-2") for version in (1, 2, 3)
        ]
        assert shop.own.journal.verify().findings == ()

    def test_a_refusal_leaves_the_transaction_usable(self, shop):
        """The host hears why, and goes on as if it had not asked."""
        shop.host.run(ROW)
        shop.receive()
        with pytest.raises(RefusedError, match="thank comes next"):
            shop.desk.record("c-1", Fixed(), by="ana")
        shop.host.run(ROW)
        shop.host.commit()
        assert (shop.rows, shop.own.complaint("c-1").version) == (2, 1)

    def test_a_conflict_leaves_the_transaction_usable(self, any_shop):
        """Nothing of the losing append is left, its receipt included."""
        any_shop.own.receive(RECEIVED, by="form", id="c-1")
        stale = Batch("c-1", 0, any_shop.own.history("c-1"))
        any_shop.host.run(ROW)
        with pytest.raises(ConflictError) as lost:
            any_shop.receive("c-1")
        assert (lost.value.expected, lost.value.actual) == (0, 1)
        receipt = Receipt("k", "digest", "c-1", 1)
        with pytest.raises(ConflictError):
            any_shop.desk.journal.append([stale], receipt=receipt)
        assert any_shop.desk.journal.receipt("k") is None
        any_shop.receive("c-2")
        any_shop.host.commit()
        assert (any_shop.rows, any_shop.names) == (1, ("c-1", "c-2"))

    def test_a_key_is_used_when_the_host_commits(self, shop):
        """Within the transaction it is known at once; rolled back, it is free."""
        shop.host.run(ROW)
        first = shop.receive(key="form-1")
        assert shop.receive(key="form-1") == first
        shop.host.rollback()
        assert shop.own.journal.receipt("form-1") is None
        shop.host.run(ROW)
        again = shop.receive(key="form-1")
        shop.host.commit()
        assert shop.own.receive(RECEIVED, by="form", id="c-1", key="form-1") == again
        shop.host.run(ROW)
        with pytest.raises(KeyReusedError):
            shop.receive("c-2", key="form-1")

    def test_budgets_are_drawn_on_when_the_host_commits(self, shop):
        """What an offer draws is given back when the host rolls back."""
        shop.own.receive(RECEIVED, by="form", id="c-1")
        shop.own.record("c-1", *list(STEPS.values())[:5], by="ana")
        value, limit = money(60, "EUR"), money(100, "EUR")
        remedy = Remedy(kind="refund", value=value)
        offer = Offer(remedies=[remedy], draws=[Draw("goodwill", limit)])
        shop.host.run(ROW)
        shop.desk.record("c-1", Offered(offer=offer), by="ana")
        assert shop.desk.journal.budget("goodwill").spent == value
        stale = BudgetChange("goodwill", 0, value)
        with pytest.raises(BudgetConflictError):
            shop.desk.journal.append((), budgets=[stale])
        shop.host.rollback()
        assert shop.own.journal.budget("goodwill").version == 0
        shop.host.run(ROW)
        shop.desk.record("c-1", Offered(offer=offer), by="ana")
        shop.host.commit()
        assert [row.spent for row in shop.own.journal.budgets()] == [value]

    def test_a_merge_is_of_the_transaction_too(self, shop):
        """Both complaints change, or neither."""
        for name in ("c-1", "c-2"):
            shop.own.receive(RECEIVED, by="form", id=name)
        for end, state in (("rollback", "received"), ("commit", "merged")):
            shop.host.run(ROW)
            shop.desk.merge("c-2", into="c-1", by="ana")
            getattr(shop.host, end)()
            assert shop.own.complaint("c-2").state == state


class TestAtOnce:
    @pytest.mark.parametrize("kind", [("sqlite", "sqlite3"), ("postgres", "psycopg")])
    def test_hosts_at_once_keep_rows_and_entries_equal(self, places, kind):
        """Each begins anew after a conflict, and rolls back now and then."""
        place, tenant = places[kind[0]], f"t-{next(NUMBERS)}"
        with place.open(tenant=tenant) as journal, open_bare(place) as raw:
            raw.execute("DELETE FROM host")
            raw.commit()
            own = Desk(journal=journal)
            own.receive(RECEIVED, by="form", id="c-1")

            def once(host: Host, turn: int) -> bool:
                host.run(ROW)
                try:
                    own.on(host.lent).record("c-1", Updated(), by="ana")
                except ConflictError:
                    host.rollback()
                    return False
                host.rollback() if turn % 4 == 3 else host.commit()
                return True

            def work() -> None:
                with KINDS[kind](place) as host:
                    for turn in range(8):
                        while not once(host, turn):
                            pass

            at_once([work] * 4)
            ((rows,),) = raw.execute("SELECT count(*) FROM host").fetchall()
            assert rows == 4 * 6
            assert own.complaint("c-1").version == 1 + rows
            assert len(list(journal.since(0))) == 1 + rows
            assert journal.verify().findings == ()


class TestDesk:
    def test_nobody_is_told_but_whoever_reads_on(self, shop):
        """Only the host knows when it commits."""
        told, delivered = [], []
        own = new_desk(shop.own.journal, listeners=[told.append])
        reading = own.subscribe(delivered.append, name="statistics")
        shop.host.run(ROW)
        own.on(shop.host.lent).receive(RECEIVED, by="form", id="c-1")
        assert reading.run() == 0
        shop.host.commit()
        assert reading.run() == 1
        assert told == []
        assert [given.entry.kind for given in delivered] == ["Received"]

    def test_a_tick_is_of_the_transaction_too(self, shop):
        """What came due is recorded when the host commits."""
        sla = Sla(
            calendar=Calendar.always(),
            targets=[Target("thanks", until="thank", within=elapsed_hours(4))],
        )
        clock = JumpClock(MONDAY)
        own = new_desk(shop.own.journal, sla=sla, clock=clock)
        own.receive(RECEIVED, by="form", id="c-1")
        clock.advance(5 * HOUR)
        desk = own.on(shop.host.lent)
        shop.host.run(ROW)
        assert desk.tick() == 1
        shop.host.rollback()
        assert own.complaint("c-1").version == 1
        assert own.tick() == 1

    def test_keys_of_customers_are_of_the_transaction_too(self, places):
        """A key that vanished encrypts nothing afterwards."""
        options = {"tenant": f"t-{next(NUMBERS)}", "keys": MasterKeys(bytes(32))}
        place = places["sqlite"]
        wrote = Received(customer="C-1", channel="email", text="It arrived soaked.")
        with place.open(**options) as journal, bare(place) as raw:
            desk = new_desk(journal).on(raw)
            for end in (raw.rollback, raw.commit):
                desk.receive(wrote, by="form", id="c-1")
                end()
            raw.execute("SAVEPOINT basket")
            desk.receive(evolve(wrote, customer="C-2"), by="form", id="c-2")
            raw.execute("ROLLBACK TO SAVEPOINT basket")
            desk.receive(evolve(wrote, customer="C-2"), by="form", id="c-2")
            raw.commit()
        with place.open(**options) as journal:
            texts = [entry.event.text for _, entry in journal.since(0)]
        assert texts == [wrote.text, wrote.text]

    def test_a_desk_in_memory_has_nothing_to_share(self):
        """It says what is needed."""
        with pytest.raises(JournalError, match="MemoryJournal is in no database"):
            new_desk().on(object())
