"""What every journal must do, run on each that we ship."""

import sqlite3
import threading
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from itertools import count

import pytest
from attrs import evolve
from histories import histories
from hypothesis import given
from stores import Place
from walks import MONDAY, STEPS

from complaint_lifecycle import Lifecycle, Received, SqlJournal, Thanked
from complaint_lifecycle.codec import Codec
from complaint_lifecycle.errors import (
    ConflictError,
    InvalidEventError,
    JournalError,
    KeyReusedError,
    UnreadableError,
)
from complaint_lifecycle.events import Asked, Explained, Updated
from complaint_lifecycle.journal import Batch, Receipt
from complaint_lifecycle.sql import sqlite

LIFECYCLE = Lifecycle()
CODEC = Codec()


def batch(name: str, *events, expected: int = 0, customer: str = "C-1") -> Batch:
    """Make a batch of a complaint: receipt and more, or what follows."""
    complaint = LIFECYCLE.new(name)
    first = Received(customer=customer, channel="email")
    past = [first, *[Updated()] * (expected - 1)] if expected else []
    if past:
        _, complaint = LIFECYCLE.decide(complaint, past, at=MONDAY, by="ana")
    else:
        events = (first, *events)
    entries, _ = LIFECYCLE.decide(complaint, events, at=MONDAY, by="ana")
    return Batch(name, expected, entries)


class TestEveryJournal:
    def test_what_was_appended_is_read_back(self, journal):
        """Entries come back equal and in order, whole or in part."""
        new = batch("c-1", Thanked(text="thanks"), Explained())
        journal.append([new])
        assert journal.entries("c-1") == new.entries
        assert journal.entries("c-1", after=1) == new.entries[1:]
        assert journal.entries("c-1", up_to=2) == new.entries[:2]
        assert journal.entries("c-1", after=1, up_to=2) == new.entries[1:2]
        assert journal.entries("nobody") == ()

    def test_a_stale_append_is_a_conflict_and_leaves_nothing(self, journal):
        """The second writer of a version loses, with all that it brought."""
        journal.append([batch("c-1")])
        stale = batch("c-1", Thanked())
        with pytest.raises(ConflictError) as caught:
            journal.append([batch("c-2"), stale])
        assert (caught.value.expected, caught.value.actual) == (0, 1)
        assert journal.entries("c-2") == ()
        assert len(journal.entries("c-1")) == 1

    def test_an_append_ahead_of_the_journal_is_a_conflict(self, journal):
        """Versions have no gap."""
        journal.append([batch("c-1")])
        with pytest.raises(ConflictError, match="decide again"):
            journal.append([batch("c-1", Updated(), expected=3)])
        with pytest.raises(ConflictError):
            journal.append([batch("c-2", Updated(), expected=1)])

    def test_batches_of_one_complaint_may_follow_one_another(self, journal):
        """Each expects the version that the one before leads to."""
        journal.append([batch("c-1"), batch("c-1", Thanked(), expected=1)])
        assert [e.version for e in journal.entries("c-1")] == [1, 2]

    def test_a_failing_source_of_batches_leaves_nothing(self, journal):
        """An append that breaks midway is taken back."""

        def breaking():
            yield batch("c-1")
            raise RuntimeError("gone")

        with pytest.raises(RuntimeError, match="gone"):
            journal.append(breaking())
        assert journal.complaints() == ()

    def test_an_append_within_an_append_harms_neither(self, journal):
        """Whoever appends from the source of another append is seen or refused."""

        def meddling():
            yield batch("c-1")
            with suppress(JournalError):
                journal.append([batch("c-1")])
            yield from (batch(f"d-{n}") for n in range(1500))

        with suppress(ConflictError):
            journal.append(meddling())
        found = [entry.version for entry in journal.entries("c-1")]
        assert found == [1]
        assert len(journal.complaints()) in {1, 1501}

    def test_a_batch_holds_what_it_says(self):
        """Entries of another complaint or version make no batch."""
        good = batch("c-1", Thanked())
        for name, expected in (("c-2", 0), ("c-1", 1)):
            with pytest.raises(InvalidEventError, match="expected c-"):
                Batch(name, expected, good.entries)

    def test_a_receipt_is_kept_with_its_entries(self, journal):
        """A key is found again, and taken for ever."""
        receipt = Receipt("mail-1", "digest", "c-1", 1)
        assert journal.receipt("mail-1") is None
        journal.append([batch("c-1")], receipt=receipt)
        assert journal.receipt("mail-1") == receipt
        with pytest.raises(KeyReusedError, match="'mail-1' was used"):
            journal.append([batch("c-2")], receipt=receipt)
        assert journal.entries("c-2") == ()

    def test_a_conflict_leaves_no_receipt(self, journal):
        """A key is not used up by an append that failed."""
        journal.append([batch("c-1")])
        with pytest.raises(ConflictError):
            journal.append([batch("c-1")], receipt=Receipt("k", "d", "c-1", 1))
        assert journal.receipt("k") is None

    def test_the_order_over_all_complaints_can_be_resumed(self, journal):
        """Reading on from a stored position skips nothing and repeats nothing."""
        for number in range(5):
            journal.append([batch(f"c-{number}", Asked())])
        everything = list(journal.since(0))
        assert len(everything) == 10
        positions = [position for position, _ in everything]
        assert positions == sorted(set(positions))
        for place, (position, _) in enumerate(everything):
            assert list(journal.since(position)) == everything[place + 1 :]

    def test_complaints_are_listed_oldest_first_and_by_customer(self, journal):
        """Also those that were received with more facts at once."""
        journal.append([batch("b", customer="C-2"), batch("a", Thanked())])
        assert journal.complaints() == ("b", "a")
        assert journal.complaints(customer="C-1") == ("a",)
        assert journal.complaints(customer="C-9") == ()

    def test_threads_lose_and_duplicate_nothing(self, journal):
        """Eight threads append to complaints of their own at the same time."""

        def work(name: str) -> None:
            for version in range(1, 20):
                journal.append([batch(name, Updated(), expected=version)])

        names = [f"c-{number}" for number in range(8)]
        journal.append([batch(name) for name in names])
        threads = [threading.Thread(target=work, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for name in names:
            versions = [entry.version for entry in journal.entries(name)]
            assert versions == list(range(1, 21))
        assert len(list(journal.since(0))) == 160


class TestSqlJournal:
    def test_a_database_keeps_what_was_appended(self, place: Place):
        """Another connection, now and later, reads the same."""
        new = batch("c-1", *list(STEPS.values()))
        with place.open() as journal, place.open() as other:
            journal.append([new], receipt=Receipt("k", "d", "c-1", 9))
            assert other.entries("c-1") == new.entries
        with place.open() as later:
            assert later.entries("c-1") == new.entries
            assert later.receipt("k") == Receipt("k", "d", "c-1", 9)

    def test_any_history_comes_back_equal(self, place: Place):
        """Whatever was admitted is stored and read without loss, byte for byte."""
        names = (f"c-{number}" for number in count(1))

        @given(histories(LIFECYCLE))
        def comes_back(history) -> None:
            entries, complaint = history
            name = next(names)
            renamed = tuple(evolve(entry, complaint_id=name) for entry in entries)
            journal.append([Batch(name, 0, renamed)])
            found = journal.entries(name)
            assert found == renamed
            assert list(map(CODEC.dump, found)) == list(map(CODEC.dump, renamed))
            assert LIFECYCLE.replay(found) == evolve(complaint, id=name)

        with place.open() as journal:
            comes_back()

    def test_instants_keep_their_microseconds(self, place: Place):
        """No instant is rounded on its way, however far back or ahead."""
        tokyo = timezone(timedelta(hours=9))
        with place.open() as journal:
            for name, at in (
                ("a", datetime(1, 1, 2, 0, 0, 0, 1, tzinfo=tokyo)),
                ("b", datetime(2026, 3, 29, 1, 59, 59, 999_999, tzinfo=tokyo)),
                ("c", datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=tokyo)),
            ):
                first = Received(customer="C-1", channel="email")
                entries, _ = LIFECYCLE.decide(
                    LIFECYCLE.new(name), [first], at=at, by="ana"
                )
                journal.append([Batch(name, 0, entries)])
                assert journal.entries(name)[0].at == at

    def test_personal_text_stands_apart_with_a_digest_of_its_own(self, tmp_path):
        """The public column has none of it; the salt before it goes when it does."""
        path = tmp_path / "complaints.sqlite"
        with SqlJournal(path) as journal:
            journal.append([batch("c-1", Thanked(text="Dear Olha"))])
        rows = sqlite3.connect(path).execute(
            "SELECT public, substr(personal, 33), length(personal_digest) "
            "FROM complaint_entry WHERE kind = 'Thanked'"
        )
        assert rows.fetchall() == [("{}", '{"text":"Dear Olha"}', 64)]

    def test_the_file_is_durable_and_readable_while_written(self, tmp_path):
        """Write-ahead log and full synchronisation, which a power cut needs."""
        with SqlJournal(tmp_path / "complaints.sqlite") as journal:
            ask = journal._connection.raw.execute
            assert ask("PRAGMA journal_mode").fetchone() == ("wal",)
            assert ask("PRAGMA synchronous").fetchone() == (2,)

    @pytest.mark.parametrize("size", [999, 1000, 2501])
    def test_a_large_journal_is_read_in_pages(self, place: Place, size: int):
        """As many entries as a page holds, or more, come in order all the same."""
        with place.open() as journal:
            journal.append([batch("c-1", *[Updated()] * (size - 1))])
            versions = [entry.version for _, entry in journal.since(0)]
            assert versions == list(range(1, size + 1))

    def test_opening_a_journal_that_is_there_writes_nothing(self, tmp_path):
        """A reader does not wait for whoever is writing."""
        path = tmp_path / "complaints.sqlite"
        with SqlJournal(path) as journal, journal._connection.transaction():
            SqlJournal(path).close()

    def test_opening_twice_makes_the_tables_once(self, tmp_path):
        """The schema is written once, and it is that of today."""
        path = tmp_path / "complaints.sqlite"
        SqlJournal(path).close()
        SqlJournal(path).close()
        rows = sqlite3.connect(path).execute("SELECT version FROM complaint_schema")
        assert rows.fetchall() == [(4,)]

    def test_what_is_no_database_is_refused(self, tmp_path):
        """A text file and a missing folder are each told in one line."""
        letter = tmp_path / "letter.txt"
        letter.write_text("Dear madam, " * 100)
        with pytest.raises(JournalError, match="not a database"):
            SqlJournal(letter)
        with pytest.raises(JournalError, match="cannot open"):
            SqlJournal(tmp_path / "nowhere" / "complaints.sqlite")

    def test_a_closed_journal_says_so(self):
        """Using it is an error of ours, not of the driver."""
        journal = SqlJournal(":memory:")
        journal.close()
        with pytest.raises(JournalError, match="closed"):
            journal.complaints()

    def test_an_unreadable_row_names_complaint_and_version(self):
        """Whoever looks for the trouble knows where."""
        with SqlJournal(":memory:") as journal:
            journal.append([batch("c-1", Thanked())])
            journal._connection.execute("UPDATE complaint_entry SET kind = 'Zapped'")
            with pytest.raises(UnreadableError, match="'c-1' version 1: unknown kind"):
                journal.entries("c-1")
            journal._connection.execute("UPDATE complaint_entry SET at_us = 'noon'")
            with pytest.raises(UnreadableError, match="'c-1' version 1: "):
                journal.entries("c-1")

    def test_a_full_disk_leaves_the_state_before(self, tmp_path):
        """Nothing is half done, and appending works again when there is room."""
        with SqlJournal(tmp_path / "complaints.sqlite") as journal:
            journal.append([batch("c-1")])
            ((pages,),) = journal._connection.all("PRAGMA page_count")
            journal._connection.execute(f"PRAGMA max_page_count = {pages}")
            long = [Updated(text="x" * 60_000)] * 20
            with pytest.raises(JournalError, match="full"):
                journal.append([batch("c-2", *long)])
            assert journal.complaints() == ("c-1",)
            journal._connection.execute("PRAGMA max_page_count = 1000000")
            journal.append([batch("c-2", *long)])
            assert journal.complaints() == ("c-1", "c-2")

    def test_a_commit_that_is_refused_leaves_the_state_before(self, tmp_path):
        """As by a constraint of the host that is looked at last."""
        with SqlJournal(tmp_path / "complaints.sqlite") as journal:
            journal._connection.raw.executescript(
                "PRAGMA foreign_keys = ON; CREATE TABLE host (id PRIMARY KEY);"
                "CREATE TABLE note (id REFERENCES host DEFERRABLE INITIALLY DEFERRED);"
                "CREATE TRIGGER noted AFTER INSERT ON complaint_receipt "
                "BEGIN INSERT INTO note VALUES (new.complaint_id); END"
            )
            with pytest.raises(JournalError, match="FOREIGN KEY constraint failed"):
                journal.append([batch("c-1")], receipt=Receipt("k", "d", "c-1", 1))
            assert journal.complaints() == ()
            journal.append([batch("c-1")])

    def test_opening_waits_for_others_that_are_opening(self, monkeypatch):
        """SQLite itself does not, but for so long only."""

        class Busy:
            left = 3

            def execute(self, statement: str, values=()):
                if self.left:
                    self.left -= 1
                    error = sqlite3.OperationalError("database is locked")
                    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
                    raise error
                return self

            rowcount = -1

        waits: list[float] = []
        monkeypatch.setattr(sqlite, "sleep", waits.append)
        sqlite.Sqlite(Busy()).prepare(create=True)
        assert len(waits) == 3
        monkeypatch.setattr(sqlite, "BUSY_SECONDS", -1.0)
        with pytest.raises(JournalError, match="locked"):
            sqlite.Sqlite(Busy()).prepare(create=True)

    def test_a_host_codec_writes_host_facts(self, place: Place):
        """The journal knows the kinds that its codec knows."""
        with place.open(codec=Codec([Received])) as journal:
            with pytest.raises(UnreadableError, match="unknown kind"):
                journal.append([batch("c-1", Thanked())])
            journal.append([batch("c-1")])
            assert journal.complaints() == ("c-1",)


class TestOpening:
    def test_a_journal_needs_a_name(self):
        """An empty one would be a database that keeps nothing."""
        with pytest.raises(JournalError, match="needs a file"):
            SqlJournal("")

    def test_a_journal_that_must_be_there_is_not_made(self, tmp_path):
        """A mistyped name is told, and no file appears."""
        path = tmp_path / "complants.sqlite"
        with pytest.raises(JournalError, match="cannot open"):
            SqlJournal(path, create=False).complaints()
        assert not path.exists()

    def test_a_foreign_database_is_not_touched(self, tmp_path):
        """Not a byte changes in a file that holds no journal."""
        path = tmp_path / "other.sqlite"
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE invoices (id)")
        connection.commit()
        connection.close()
        before = path.read_bytes()
        with pytest.raises(JournalError, match="holds no journal"):
            SqlJournal(path, create=False)
        assert path.read_bytes() == before

    def test_a_journal_can_live_beside_the_tables_of_a_host(self, tmp_path):
        """It brings its tables and leaves the others alone."""
        path = tmp_path / "host.sqlite"
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE invoices (id)")
        connection.close()
        with SqlJournal(path) as journal:
            journal.append([batch("c-1")])
        with SqlJournal(path, create=False) as journal:
            assert journal.complaints() == ("c-1",)


def test_an_id_with_a_lone_surrogate_is_refused_by_the_desk():
    """Before any database sees it."""
    from complaint_lifecycle import Desk, InvalidEventError

    with SqlJournal(":memory:") as journal:
        desk = Desk(journal=journal)
        for call in (desk.complaint, desk.history, desk.customer):
            with pytest.raises(InvalidEventError, match="must be printable"):
                call("\udcff")
