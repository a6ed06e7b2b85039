"""Subscriptions: every entry is delivered, in order, whoever recorded it and where."""

import os
import threading
from contextlib import suppress
from functools import partial
from itertools import count
from time import sleep

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store.test_tail import begun, early
from stores import Place, at_once
from walks import new_desk, received

from complaint_lifecycle import MemoryJournal, SqlJournal, Thanked
from complaint_lifecycle.access import READ, Intent
from complaint_lifecycle.desk import Delivered
from complaint_lifecycle.errors import (
    AccessDeniedError,
    CursorConflictError,
    InvalidEventError,
    JournalError,
    ListenerError,
)
from complaint_lifecycle.events import Explained, Updated
from complaint_lifecycle.journal import Journal
from complaint_lifecycle.journal import readers as readers_of
from complaint_lifecycle.sql.holding import held_file


def names(told: list[Delivered]) -> list[tuple[str, int]]:
    """Say which entries were delivered."""
    return [(each.entry.complaint_id, each.entry.version) for each in told]


class TestSubscription:
    def test_every_entry_is_delivered_once_and_in_order(self, journal: Journal):
        """With its position, and the complaint that it led to."""
        desk, told = new_desk(journal), []
        first, second = received(desk), received(desk)
        subscription = desk.subscribe(told.append, name="crm")
        desk.record(first.id, Thanked(), Explained(), by="ana")
        assert subscription.run() == 4
        assert names(told) == [("c-1", 1), ("c-2", 1), ("c-1", 2), ("c-1", 3)]
        states = [each.complaint.state for each in told]
        assert states == ["received", "received", "thanked", "explained"]
        assert told[1].complaint == second
        positions = [each.position for each in told]
        assert positions == [position for position, _ in journal.since(0)]
        assert subscription.position == positions[-1]
        assert subscription.run() == 0

    def test_it_goes_on_where_it_stopped(self, journal: Journal):
        """At a limit, and under the same name also as another object."""
        desk, told = new_desk(journal), []
        complaint = received(desk)
        desk.record(complaint.id, *[Updated()] * 6, by="ana")
        assert desk.subscribe(told.append, name="crm").run(limit=3) == 3
        later = new_desk(journal).subscribe(told.append, name="crm", from_="now")
        assert (later.run(limit=0), later.run(), later.run()) == (0, 4, 0)
        assert names(told) == [("c-1", version) for version in range(1, 8)]
        assert told[3].complaint.version == 4

    def test_it_begins_where_it_is_told(self, journal: Journal):
        """At the beginning, after what is there, or after a position; stored at once."""
        desk = new_desk(journal)
        received(desk), received(desk)
        (first, _), _ = journal.since(0)
        told = {"beginning": [], "now": [], first: []}
        begun = [
            desk.subscribe(told[start].append, name=f"from {start}", from_=start)
            for start in told
        ]
        received(desk)
        assert [each.run() for each in begun] == [3, 1, 2]
        assert names(told["now"]) == [("c-3", 1)]
        assert names(told[first]) == [("c-2", 1), ("c-3", 1)]

    def test_now_is_the_beginning_of_an_empty_journal(self, journal: Journal):
        """Whatever comes is delivered."""
        desk, told = new_desk(journal), []
        subscription = desk.subscribe(told.append, name="crm", from_="now")
        received(desk)
        assert subscription.run() == 1

    @pytest.mark.parametrize("start", ["yesterday", -1, True, 2**63, 1.0, None])
    def test_it_begins_at_a_place_that_there_is(self, start):
        """Anything else is refused, and nothing is stored."""
        desk = new_desk()
        with pytest.raises(InvalidEventError, match="from_ = "):
            desk.subscribe(print, name="crm", from_=start)
        assert desk.journal.readers.cursor("crm") is None

    def test_a_name_is_a_reference(self):
        """It is short and printable."""
        with pytest.raises(InvalidEventError, match="name"):
            new_desk().subscribe(print, name="")

    def test_two_that_begin_under_one_name_begin_at_one_place(self, journal: Journal):
        """The cursor that was stored first wins."""
        desk = new_desk(journal)
        received(desk)
        readers = journal.readers
        known = readers.cursor

        def late(name: str) -> int | None:
            # Another one stores its cursor between our look and our word.
            found = known(name)
            if found is None:
                readers.mark(name, 0, expected=None)
            return found

        class Late:
            tenant, end, mark, cursor = (
                "",
                readers.end,
                readers.mark,
                staticmethod(late),
            )

        assert readers_of.begun(Late(), "crm", "now") == 0
        assert readers.cursor("crm") == 0


class TestFailing:
    def test_whoever_raises_hears_of_the_same_entry_again(self, journal: Journal):
        """What came before it is not delivered again, and nothing is skipped."""
        desk, told = new_desk(journal), []
        for _ in range(4):
            received(desk)
        broken = [True]

        def listen(delivered: Delivered) -> None:
            if delivered.entry.complaint_id == "c-3" and broken:
                raise LookupError("gone")
            told.append(delivered)

        subscription = desk.subscribe(listen, name="crm")
        for _ in range(2):
            with pytest.raises(ListenerError, match="'c-3' is recorded") as caught:
                subscription.run()
            assert isinstance(caught.value.__cause__, LookupError)
            (note,) = caught.value.__notes__
            assert note.startswith("subscription 'crm' stays before position ")
        broken.clear()
        assert subscription.run() == 2
        assert names(told) == [(f"c-{number}", 1) for number in range(1, 5)]

    def test_who_dies_before_the_mark_is_told_again(
        self, journal: Journal, monkeypatch
    ):
        """What was delivered and not written down comes again, by the same positions."""
        desk, told = new_desk(journal), []
        for _ in range(5):
            received(desk)
        subscription = desk.subscribe(told.append, name="crm")
        subscription.page = 2
        marks = count()

        def dying(readers: object, *args: object, **kwargs: object) -> None:
            if next(marks) > 0:
                raise JournalError("killed")
            mark(readers, *args, **kwargs)

        kind = type(journal.readers)
        mark = kind.mark
        with monkeypatch.context() as patch:
            patch.setattr(kind, "mark", dying)
            with pytest.raises(JournalError, match="killed"):
                subscription.run()
        assert names(told) == [(f"c-{n}", 1) for n in (1, 2, 3, 4)]
        assert subscription.run() == 3
        assert names(told[4:]) == [(f"c-{n}", 1) for n in (3, 4, 5)]
        assert [e.position for e in told[2:4]] == [e.position for e in told[4:6]]

    def test_a_listener_may_record(self, journal: Journal):
        """What it records is delivered as well."""
        desk = new_desk(journal)
        received(desk)

        def thank(delivered: Delivered) -> None:
            if delivered.complaint.state == "received":
                desk.record(delivered.entry.complaint_id, Thanked(), by="robot")

        subscription = desk.subscribe(thank, name="robot")
        assert subscription.run() + subscription.run() == 2
        assert desk.complaint("c-1").state == "thanked"


class TestWorkers:
    def test_one_worker_of_a_name_delivers_at_a_time(self, journal: Journal):
        """The other returns at once, also from within; names do not disturb others."""
        desk, told = new_desk(journal), []
        received(desk)

        def listen(delivered: Delivered) -> None:
            told.append(delivered)
            assert again.run() == 0
            assert desk.subscribe(other.append, name="mailer").run() == 1

        other: list[Delivered] = []
        again = desk.subscribe(print, name="crm")
        assert desk.subscribe(listen, name="crm").run() == 1
        assert (len(told), len(other)) == (1, 1)

    def test_a_database_in_memory_has_its_locks_in_memory(self):
        """No file is made for it."""
        with SqlJournal(":memory:") as journal:
            readers = journal.readers
            for _ in range(2):
                with readers.hold("crm") as ours, readers.hold("crm") as again:
                    assert (ours, again) == (True, False)

    def test_workers_deliver_each_entry_once_and_in_order(self, place: Place):
        """Four, each with a journal of its own, while others record."""
        told: list[tuple[str, int]] = []
        done = threading.Event()

        def listen(delivered: Delivered) -> None:
            told.append((delivered.entry.complaint_id, delivered.entry.version))
            sleep(0.0005)

        def work(journal: SqlJournal) -> None:
            subscription = new_desk(journal).subscribe(listen, name="crm")
            while not done.is_set():
                subscription.run(limit=20)

        def record(journal: SqlJournal) -> None:
            desk = new_desk(journal)
            try:
                for _ in range(10):
                    complaint = received(desk)
                    desk.record(complaint.id, *[Updated()] * 3, by="ana")
            finally:
                done.set()

        journals = [place.open() for _ in range(4)]
        try:
            at_once(
                [partial(record, journals[0])] + [partial(work, j) for j in journals]
            )
            new_desk(journals[0]).subscribe(listen, name="crm").run()
            expected = [(e.complaint_id, e.version) for _, e in journals[0].since(0)]
        finally:
            for journal in journals:
                journal.close()
        assert told == expected
        assert len(told) == 40

    def test_a_worker_taken_for_dead_writes_nothing_down(self, journal: Journal):
        """Whoever went on in its place is where the cursor is."""
        desk = new_desk(journal)
        for _ in range(3):
            received(desk)
        last = journal.readers.end()
        meddle = [lambda: journal.readers.mark("crm", last, expected=0)]

        def listen(_: Delivered) -> None:
            if meddle:
                meddle.pop()()

        subscription = desk.subscribe(listen, name="crm")
        subscription.page = 2
        with pytest.raises(CursorConflictError, match="somebody else reads"):
            subscription.run()
        assert subscription.position == last
        assert subscription.run() == 0

    def test_tenants_and_prefixes_have_readers_of_their_own(self, place: Place):
        """One name in two of them is two readers."""
        options = ({"tenant": "a"}, {"tenant": "b"}, {"prefix": "other_"})
        journals = [place.open(**option) for option in options]
        for journal in journals:
            received(new_desk(journal))
        told: list[Delivered] = []

        def run(left: list[SqlJournal], delivered: Delivered | None = None) -> None:
            if delivered is not None:
                told.append(delivered)
            if left:
                listen = partial(run, left[1:])
                assert new_desk(left[0]).subscribe(listen, name="crm").run() == 1

        run(journals)
        assert len(told) == 3
        for journal in journals:
            journal.close()

    def test_a_lock_ends_with_its_process(self, tmp_path):
        """Whoever dies while it delivers keeps nobody waiting."""
        file = tmp_path / "lock"
        ready, dying = os.pipe(), os.pipe()
        child = os.fork()
        if not child:
            with held_file(file) as ours:
                os.write(ready[1], b"1" if ours else b"0")
                os.read(dying[0], 1)
                os._exit(9)
        assert os.read(ready[0], 1) == b"1"
        with held_file(file) as ours:
            assert not ours
        os.write(dying[1], b".")
        os.waitpid(child, 0)
        with held_file(file) as ours:
            assert ours
        for end in (*ready, *dying):
            os.close(end)

    def test_a_lock_that_cannot_be_made_is_an_error(self, tmp_path):
        """It says which file, and that it is for the lock."""
        with pytest.raises(JournalError, match="cannot lock"), held_file(tmp_path):
            pytest.fail("a folder was locked")
        file = tmp_path / "lock"
        file.write_bytes(b"no database" * 100)
        with pytest.raises(JournalError, match="cannot lock"), held_file(file):
            pytest.fail("a file of another kind was locked")


class TestPostgres:
    def test_a_lost_connection_gives_the_name_free(self, postgres: Place):
        """Another worker goes on, and the first one finds that out at its mark."""
        with postgres.open() as journal, postgres.open() as other:
            received(new_desk(journal))
            told: list[Delivered] = []

            def listen(_: Delivered) -> None:
                with postgres.connect() as raw:
                    raw.execute(
                        "SELECT pg_terminate_backend(l.pid, 10000) FROM pg_locks l "
                        "JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' "
                        "AND query LIKE '%advisory_lock%'"
                    )
                assert new_desk(other).subscribe(told.append, name="crm").run() == 1

            with pytest.raises(CursorConflictError):
                new_desk(journal).subscribe(listen, name="crm").run()
            assert len(told) == 1
            assert new_desk(journal).subscribe(listen, name="crm").run() == 0

    def test_four_slow_writers_and_a_subscription_that_misses_nothing(
        self, postgres: Place
    ):
        """Each entry is delivered once, though commits come out of order."""
        with postgres.open() as journal:
            told: list[Delivered] = []
            done = threading.Event()
            subscription = new_desk(journal).subscribe(told.append, name="crm")

            def write(number: int) -> None:
                for turn in range(40):
                    name = f"c-{number}-{turn}"
                    wait = partial(sleep, 0 if turn % 5 else 0.004)
                    early(journal, name, begun(name, Updated()), wait)

            def read() -> None:
                while not done.is_set():
                    subscription.run()

            reader = threading.Thread(target=read)
            reader.start()
            try:
                at_once(partial(write, number) for number in range(4))
            finally:
                done.set()
                reader.join()
            subscription.run()
            assert journal.tail_lag() == 0
        assert len(told) == len(set(names(told))) == 320
        positions = [each.position for each in told]
        assert positions == sorted(positions)


class TestAccess:
    def test_the_reader_is_asked_about_each_complaint(self):
        """Whoever may not see one hears of it neither, and it is not skipped."""
        hidden, audit = {"c-2"}, []

        def access(intent: Intent) -> str | None:
            ours = intent.by == "statistics" and intent.complaint.id not in hidden
            return None if ours or intent.action != READ else "not yours"

        desk, told = new_desk(access=access, audit=audit.append), []
        for _ in range(3):
            received(desk)
        for other in (desk, desk.seen_by("ana")):
            with pytest.raises(AccessDeniedError):
                other.subscribe(told.append, name="statistics")
        assert desk.journal.readers.cursor("statistics") is None
        subscription = desk.seen_by("statistics").subscribe(told.append, name="crm")
        for _ in range(2):
            with pytest.raises(AccessDeniedError):
                subscription.run()
            assert names(told) == [("c-1", 1)]
        assert len(audit) == 4
        hidden.clear()
        assert subscription.run() == 2


@settings(max_examples=40)
@given(data=st.data())
def test_every_listener_hears_of_all_in_order_whatever_fails(data: st.DataObject):
    """After any failures, limits and marks lost: each at least once, none out of turn."""
    journal = MemoryJournal()
    desk, told = new_desk(journal), []
    fails = st.sampled_from([False, False, False, True])

    def listen(delivered: Delivered) -> None:
        if data.draw(fails):
            raise LookupError
        told.append(delivered.position)

    subscription = desk.subscribe(listen, name="crm")
    subscription.page = data.draw(st.integers(1, 4))
    for _ in range(data.draw(st.integers(1, 6))):
        received(desk)
        with suppress(ListenerError):
            subscription.run(limit=data.draw(st.integers(0, 5)))
    subscription.listener = lambda delivered: told.append(delivered.position)
    subscription.run()
    assert told == list(range(1, journal.readers.end() + 1))


def test_long_histories_are_folded_anew_when_they_are_too_many(monkeypatch):
    """Only so many complaints are remembered while it delivers."""
    monkeypatch.setattr("complaint_lifecycle.desk.subscribing._FOLDED", 2)
    desk, told = new_desk(), []
    for _ in range(4):
        received(desk)
    for name in ("c-1", "c-4", "c-2"):
        desk.record(name, Thanked(), by="ana")
    desk.subscribe(told.append, name="crm").run()
    assert [each.complaint.state for each in told] == ["received"] * 4 + ["thanked"] * 3
