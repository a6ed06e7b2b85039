"""Reading on over all complaints: nothing is skipped, whoever commits when."""

import threading
from functools import partial
from itertools import count
from time import sleep

import pytest
from stores import Place, at_once
from walks import MONDAY

from complaint_lifecycle import Lifecycle, Received, SqlJournal
from complaint_lifecycle.errors import ContentionError, JournalError
from complaint_lifecycle.events import Updated
from complaint_lifecycle.journal import Batch, Journal, Receipt
from complaint_lifecycle.sql import dialects

LIFECYCLE = Lifecycle()


def begun(name: str, *events) -> Batch:
    """Make a batch that begins a complaint."""
    first = Received(customer="C-1", channel="email")
    entries, _ = LIFECYCLE.decide(
        LIFECYCLE.new(name), [first, *events], at=MONDAY, by="ana"
    )
    return Batch(name, 0, entries)


def followed(name: str, version: int) -> Batch:
    """Make a batch of one more fact."""
    complaint = LIFECYCLE.replay(begun(name, *[Updated()] * (version - 1)).entries)
    entries, _ = LIFECYCLE.decide(complaint, [Updated()], at=MONDAY, by="ana")
    return Batch(name, version, entries)


def early(journal: Journal, key: str, batch: Batch, wait) -> None:
    """Append in a transaction that begins to write now and commits after a wait."""

    def waiting():
        wait()
        yield batch

    journal.append(waiting(), receipt=Receipt(key, "digest", batch.complaint_id, 1))


class Careful:
    """Reads on as a host does."""

    def __init__(self, journal: SqlJournal) -> None:
        self.journal, self.position, self.seen = journal, 0, []

    def read(self) -> None:
        """Read what is new."""
        for position, entry in self.journal.since(self.position):
            self.position = position
            self.seen.append((entry.complaint_id, entry.version))


class Naive(Careful):
    """The broken twin: reads all that is committed."""

    def read(self) -> None:
        """Read what is new, and forget that something may come in before it."""
        statement = (
            "SELECT complaint_id, version, position FROM {entry} "
            "WHERE tenant = '' AND position > ? ORDER BY position"
        )
        ask = self.journal._sql.tables.rendered(statement)
        for row in self.journal._connection.all(ask, (self.position,)):
            self.position = row[2]
            self.seen.append(row[:2])


def _write(journal: SqlJournal, number: int) -> None:
    """Begin fifty complaints, each fifth slowly, and go on with each."""
    for turn in range(50):
        name = f"c-{number}-{turn}"
        early(journal, name, begun(name), partial(sleep, 0 if turn % 5 else 0.004))
        journal.append([followed(name, 1)])


def _read_on(reader: Careful, done: threading.Event) -> None:
    """Read until all is written, and then what is left."""
    while not done.is_set():
        reader.read()
    reader.read()


class TestPostgres:
    def test_what_began_earlier_and_commits_later_is_not_skipped(self, postgres: Place):
        """It holds back what others have committed; the naive reader never sees it."""
        with postgres.open() as journal:
            careful, naive = Careful(journal), Naive(journal)
            begin, end = threading.Event(), threading.Event()

            def wait() -> None:
                begin.set()
                assert end.wait(30)

            slow = threading.Thread(
                target=early, args=(journal, "k", begun("slow"), wait)
            )
            slow.start()
            assert begin.wait(30)
            journal.append([begun("fast", Updated())])
            for reader in (careful, naive):
                reader.read()
            assert journal.complaints() == ("fast",)
            assert (careful.seen, journal.tail_lag()) == ([], 2)
            end.set()
            slow.join()
            for reader in (careful, naive):
                reader.read()
            assert journal.tail_lag() == 0
        assert careful.seen == [("slow", 1), ("fast", 1), ("fast", 2)]
        assert naive.seen == [("fast", 1), ("fast", 2)]

    def test_a_reader_beside_many_writers_misses_nothing(self, postgres: Place):
        """Four write, some slowly; each entry is read once, versions in order."""
        with postgres.open() as journal:
            readers = [Careful(journal), Naive(journal)]
            done = threading.Event()
            reading = [
                threading.Thread(target=_read_on, args=(reader, done))
                for reader in readers
            ]
            for thread in reading:
                thread.start()
            at_once(partial(_write, journal, number) for number in range(4))
            done.set()
            for thread in reading:
                thread.join()
        careful, naive = (reader.seen for reader in readers)
        assert len(careful) == len(set(careful)) == 400
        places = {what: place for place, what in enumerate(careful)}
        assert all(places[name, 1] < places[name, 2] for name, _ in careful)
        assert len(set(naive)) < 400

    def test_an_entry_never_comes_to_stand_before_what_it_follows(
        self, postgres: Place
    ):
        """A transaction that is too old for that is broken off, to begin anew."""
        with postgres.open() as journal, postgres.open() as other:

            def meanwhile() -> None:
                other.append([begun("c-1")])

            with pytest.raises(ContentionError, match="later transaction"):
                early(journal, "k", followed("c-1", 1), meanwhile)
            assert journal.receipt("k") is None
            early(journal, "k", followed("c-1", 1), lambda: None)
            versions = [entry.version for _, entry in journal.since(0)]
        assert versions == [1, 2]

    @pytest.mark.parametrize("reopened", [True, False])
    def test_positions_go_on_in_another_cluster(self, postgres: Place, reopened: bool):
        """There, transactions are counted from anew; a stored position stays good."""
        with postgres.open() as journal, postgres.connect() as raw:
            journal.append([begun("before")])
            raw.execute(
                "UPDATE complaint_entry SET position = position + (1::bigint << 52)"
            )
            if not reopened:
                raw.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE pid <> pg_backend_pid() AND usename = current_user "
                    "AND application_name = 'complaint_lifecycle'"
                )
            with postgres.open() if reopened else journal as later:
                ((position, _),) = later.since(0)
                for name in ("after", "again"):
                    later.append([begun(name)])
                found = [entry.complaint_id for _, entry in later.since(position)]
                assert found == ["after", "again"]
                assert later.complaints() == ("before", "after", "again")
            shifts = raw.execute("SELECT shift > 0 FROM complaint_schema").fetchall()
        assert shifts == [(True,)]

    def test_a_transaction_has_room_for_so_many_entries(
        self, postgres: Place, monkeypatch
    ):
        """More would take the positions of the next one."""
        monkeypatch.setattr(dialects, "ORDINALS", 1500)
        with postgres.open() as journal:
            journal.append([begun("c-1", *[Updated()] * 1499)])
            with pytest.raises(JournalError, match="at most 1500 entries"):
                journal.append([begun("c-2", *[Updated()] * 1500)])
            assert journal.complaints() == ("c-1",)
            positions = [position for position, _ in journal.since(0)]
            assert len(set(positions)) == 1500


def test_positions_are_numbers_that_a_database_keeps(journal: Journal):
    """Of 64 bits, growing, and nothing is held back."""
    numbers = count(1)
    for _ in range(3):
        journal.append([begun(f"c-{next(numbers)}")])
    positions = [position for position, _ in journal.since(0)]
    assert positions == sorted(set(positions))
    assert all(type(p) is int and 0 < p < 2**63 for p in positions)
    assert list(journal.since(2**62)) == []
    assert journal.tail_lag() == 0
