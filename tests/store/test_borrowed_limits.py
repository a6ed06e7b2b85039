"""What a borrowed connection refuses, and how its errors are told."""

import sqlite3
import sys
import traceback
from contextlib import closing
from threading import Thread

import psycopg
import pytest
from lenders import bare, connected
from stores import Place
from walks import MONDAY, new_desk

from complaint_lifecycle import Desk, Lifecycle, Received, Thanked
from complaint_lifecycle.errors import ConflictError, ContentionError, JournalError
from complaint_lifecycle.journal import Batch
from complaint_lifecycle.sql import hosted_journal

RECEIVED = Received(customer="C-1009", channel="email", text="It arrived soaked.")
LIFECYCLE = Lifecycle()


def received(desk: Desk, name: str = "c-1", **options):
    """Record a complaint."""
    return desk.receive(RECEIVED, by="form", id=name, **options)


def begun(name: str) -> Batch:
    """Make a batch that begins a complaint."""
    entries, _ = LIFECYCLE.decide(LIFECYCLE.new(name), [RECEIVED], at=MONDAY, by="ana")
    return Batch(name, 0, entries)


@pytest.fixture
def sqlite(tmp_path):
    """Give a file of SQLite."""
    return Place(str(tmp_path / "host.sqlite"))


@pytest.fixture
def own(sqlite):
    """Give a desk with a connection of its own to that file."""
    with sqlite.open() as journal:
        yield new_desk(journal)


class TestSqlite:
    @pytest.mark.parametrize("isolation", ["", "DEFERRED", "IMMEDIATE", "EXCLUSIVE"])
    def test_what_begins_by_itself_is_begun_for(self, own, sqlite, isolation):
        """The commit of the host commits it, and until then nobody else writes."""
        with bare(sqlite, isolation_level=isolation) as raw:
            received(own.on(raw))
            with bare(sqlite, timeout=0) as other, pytest.raises(ContentionError):
                received(own.on(other), "c-2")
            raw.commit()
        assert own.journal.complaints() == ("c-1",)

    def test_nothing_is_left_begun_after_a_failure(self, own, sqlite):
        """The host did not begin, and need not end."""
        received(own)
        with bare(sqlite) as raw:
            with pytest.raises(ConflictError):
                received(own.on(raw))
            assert not raw.in_transaction

    def test_without_a_transaction_it_is_refused(self, own, sqlite):
        """Every statement would be committed by itself."""
        with bare(sqlite, isolation_level=None) as raw:
            with pytest.raises(JournalError, match="BEGIN IMMEDIATE"):
                received(own.on(raw))
            raw.execute("BEGIN IMMEDIATE")
            received(own.on(raw))
            raw.execute("COMMIT")
        assert own.journal.complaints() == ("c-1",)

    def test_who_has_read_only_is_refused_though_alone(self, own, sqlite):
        """It would work in every trial, and fail under load."""
        received(own)
        with bare(sqlite, isolation_level=None) as raw:
            raw.execute("BEGIN")
            raw.execute("SELECT * FROM complaint_entry").fetchall()
            desk = own.on(raw)
            assert desk.complaint("c-1").version == 1
            with pytest.raises(JournalError, match="Begin it with BEGIN IMMEDIATE"):
                desk.record("c-1", Thanked(), by="ana")
            raw.execute("CREATE TABLE host (n INTEGER)")
            desk.record("c-1", Thanked(), by="ana")
            raw.execute("COMMIT")
        assert own.complaint("c-1").version == 2

    @pytest.mark.parametrize("mode", ["WAL", "DELETE"])
    def test_a_deferred_transaction_takes_the_lock_before_it_reads(self, sqlite, mode):
        """Or what is read before the decision would keep it from being written."""
        with bare(sqlite, isolation_level=None, timeout=0) as raw:
            raw.execute(f"PRAGMA journal_mode={mode}")
            journal = hosted_journal()
            raw.execute("BEGIN")
            journal.on(raw).create_schema()
            received(new_desk(journal).on(raw))
            raw.execute("COMMIT")
            raw.execute("BEGIN")
            desk = new_desk(journal).on(raw)
            assert desk.complaint("c-1").version == 1
            with (
                bare(sqlite, isolation_level=None, timeout=0) as other,
                pytest.raises(sqlite3.OperationalError, match="locked"),
            ):
                other.execute("BEGIN IMMEDIATE")
            desk.record("c-1", Thanked(), by="ana")
            raw.execute("COMMIT")

    def test_a_host_waits_for_others_as_long_as_it_says(self, own, sqlite):
        """Then it is contention, and the transaction is as it was."""
        with (
            bare(sqlite, isolation_level=None) as other,
            bare(sqlite, isolation_level=None, timeout=0) as raw,
        ):
            other.execute("BEGIN IMMEDIATE")
            raw.execute("BEGIN")
            with pytest.raises(ContentionError, match="locked"):
                received(own.on(raw))
            other.execute("ROLLBACK")
            received(own.on(raw))
            raw.execute("COMMIT")

    def test_in_memory_there_is_nobody_else(self):
        """There a transaction that has read may write."""
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as raw:
            raw.execute("BEGIN")
            journal = hosted_journal()
            journal.on(raw).create_schema()
            desk = new_desk(journal).on(raw)
            received(desk)
            raw.execute("COMMIT")
            raw.execute("BEGIN")
            assert desk.journal.complaints() == ("c-1",)
            desk.record("c-1", Thanked(), by="ana")
            assert desk.complaint("c-1").state == "thanked"

    @pytest.mark.skipif(sys.version_info < (3, 12), reason="came with Python 3.12")
    @pytest.mark.parametrize("autocommit", [False, True])
    def test_autocommit_is_what_it_says(self, own, sqlite, autocommit):
        """Without it there is always a transaction; with it, none before BEGIN."""
        with bare(sqlite, autocommit=autocommit) as raw:
            if autocommit:
                with pytest.raises(JournalError, match="no transaction has begun"):
                    received(own.on(raw))
                raw.execute("BEGIN IMMEDIATE")
            received(own.on(raw))
            raw.execute("COMMIT") if autocommit else raw.commit()
        assert own.journal.complaints() == ("c-1",)

    def test_who_loses_the_whole_transaction_is_told(self, own, sqlite):
        """Some failures of SQLite end more than a savepoint."""
        with bare(sqlite) as raw:
            raw.execute(
                "CREATE TRIGGER never BEFORE INSERT ON complaint_entry "
                "BEGIN SELECT RAISE(ROLLBACK, 'never'); END"
            )
            raw.execute("CREATE TABLE host (n INTEGER)")
            raw.execute("INSERT INTO host VALUES (1)")
            with pytest.raises(JournalError, match="never") as failed:
                received(own.on(raw))
            assert "rolled back the whole transaction" in failed.value.__notes__[0]
            assert not raw.in_transaction
            assert raw.execute("SELECT * FROM host").fetchall() == []

    def test_rows_come_as_ours_whatever_the_host_makes_of_its_own(self, own, sqlite):
        """Dictionaries, or objects of a library."""
        with bare(sqlite) as raw:
            raw.row_factory = sqlite3.Row
            received(own.on(raw))
            raw.row_factory = lambda cursor, row: {"n": row[0]}
            assert own.on(raw).complaint("c-1").version == 1
            raw.commit()
            raw.execute("BEGIN")
            own.on(raw).record("c-1", Thanked(), by="ana")

    def test_tables_that_are_missing_can_be_made_by_the_host(self, sqlite):
        """The message says how; rolled back, they are gone again."""
        journal = hosted_journal(tenant="north")
        with bare(sqlite) as raw:
            with pytest.raises(JournalError, match=r"create_schema\(\)"):
                journal.on(raw).complaints()
            with journal.on(raw) as borrowed:
                borrowed.create_schema()
            assert journal.on(raw).complaints() == ()
            raw.rollback()
            with pytest.raises(JournalError, match="no such table"):
                journal.on(raw).complaints()
        with pytest.raises(JournalError, match=r"use journal\.on\(connection\)"):
            journal.complaints()

    def test_a_lock_on_tables_of_others_is_told(self, own, sqlite, monkeypatch):
        """What SQLite says of its own state is told as an error of ours."""
        with bare(sqlite, isolation_level=None) as raw:
            raw.execute("BEGIN")

            def authorise(action: int, first: str | None, *_: object) -> int:
                asked = action == sqlite3.SQLITE_PRAGMA and first == "wal_checkpoint"
                return sqlite3.SQLITE_DENY if asked else sqlite3.SQLITE_OK

            raw.set_authorizer(authorise)
            with pytest.raises(JournalError, match="not authorized"):
                received(own.on(raw))


class TestPostgres:
    @pytest.fixture
    def own(self, postgres):
        """Give a desk with connections of its own."""
        with postgres.open() as journal:
            yield new_desk(journal)

    def test_the_host_can_make_the_tables(self, postgres):
        """The schema and the tables are of its transaction."""
        journal = hosted_journal(schema=postgres.schema)
        with connected(postgres) as raw:
            with pytest.raises(JournalError, match=r"create_schema\(\)"):
                journal.on(raw).complaints()
            journal.on(raw).create_schema()
            received(new_desk(journal).on(raw))
            raw.rollback()
            with pytest.raises(JournalError, match="does not exist"):
                journal.on(raw).complaints()
            journal.on(raw).create_schema()
            raw.commit()
        with postgres.open(create=False) as journal:
            assert journal.complaints() == ()

    def test_without_a_transaction_it_is_refused(self, own, postgres):
        """Within one of psycopg it is not."""
        with closing(postgres.connect()) as raw:
            with pytest.raises(JournalError, match="no transaction has begun"):
                received(own.on(raw))
            with raw.transaction():
                received(own.on(raw))
        assert own.journal.complaints() == ("c-1",)

    @pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ"])
    def test_who_comes_too_late_can_go_on(self, own, postgres, level):
        """Another transaction committed the very entry that this one writes."""

        def racing():
            yield begun("c-1")
            # By now it is known that there is no such complaint yet.
            received(own)
            yield begun("c-2")

        with connected(postgres) as raw:
            raw.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
            raw.execute("CREATE TABLE host (n INTEGER)")
            with pytest.raises(ContentionError):
                own.on(raw).journal.append(racing())
            received(own.on(raw), "c-3")
            raw.commit()
        assert own.journal.complaints() == ("c-3", "c-1")

    @pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
    def test_an_old_snapshot_is_a_conflict(self, own, postgres, level):
        """The host rolls back and begins again; until then it may go on."""
        received(own)
        with connected(postgres) as raw:
            raw.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
            raw.execute("SELECT 1")
            own.record("c-1", Thanked(), by="bob")
            with pytest.raises(ConflictError):
                own.on(raw).record("c-1", Thanked(), by="ana")
            assert raw.execute("SELECT 1").fetchall() == [(1,)]
            raw.rollback()
            assert own.on(raw).complaint("c-1").version == 2

    def test_places_are_counted_apart_from_later_transactions(self, own, postgres):
        """Even where these have committed before this one appends again."""
        with connected(postgres) as raw:
            desk = own.on(raw)
            received(desk, "c-1")
            received(own, "c-2")
            received(desk, "c-3")
            raw.commit()
        read = [entry.complaint_id for _, entry in own.journal.since(0)]
        assert read == ["c-1", "c-3", "c-2"]

    def test_the_same_call_elsewhere_answers_this_one(self, own, postgres):
        """It waits for the other to commit, and returns what that returned."""
        with connected(postgres) as first, connected(postgres) as second:
            answer = received(own.on(first), key="form-1")
            answers: list[object] = []

            def again() -> None:
                answers.append(received(own.on(second), key="form-1"))
                second.commit()

            waiting = Thread(target=again)
            waiting.start()
            with closing(postgres.connect()) as raw:
                blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = %s"
                waits = [second.info.backend_pid]
                while raw.execute(blocked, waits).fetchone() == (0,):
                    assert waiting.is_alive()
            first.commit()
            waiting.join()
        assert answers == [answer]

    def test_a_lock_that_is_not_given_is_contention(self, own, postgres):
        """The host goes on, and tries again if it likes."""
        with connected(postgres) as first, connected(postgres) as second:
            with own.on(first).journal._connection.transaction(["c-1"]):
                pass
            second.execute("SET LOCAL lock_timeout = '20ms'")
            connection = own.on(second).journal._connection
            with (
                pytest.raises(ContentionError, match="lock timeout"),
                connection.transaction(["c-1"]),
            ):
                pytest.fail("nobody gives the lock")
            received(own.on(second), "c-2")

    def test_a_failed_transaction_of_the_host_is_told_as_such(self, own, postgres):
        """It can record nothing until it is rolled back."""
        with connected(postgres) as raw:
            with pytest.raises(psycopg.errors.DivisionByZero):
                raw.execute("SELECT 1 / 0")
            with pytest.raises(JournalError, match="has failed before: roll it back"):
                received(own.on(raw))

    def test_a_lost_connection_is_told(self, own, postgres):
        """Also where it is lost in the middle of an append."""
        with connected(postgres) as raw:

            def losing():
                raw.close()
                yield begun("c-1")

            with pytest.raises(JournalError, match="closed"):
                own.on(raw).journal.append(losing())

    def test_errors_never_show_rows(self, own, postgres):
        """PostgreSQL names them; neither the message nor the traceback does."""
        with closing(postgres.connect()) as raw:
            raw.execute("ALTER TABLE complaint_entry ADD CHECK (kind <> 'Received')")
        with connected(postgres) as raw:
            with pytest.raises(JournalError, match="violates check") as failed:
                received(own.on(raw))
            raw.execute("SELECT 1")
        shown = "".join(traceback.format_exception(failed.value))
        assert "Failing row" not in shown
        assert "soaked" not in shown


class TestUnits:
    def test_a_unit_is_a_savepoint_too(self, own, sqlite):
        """If it fails, the transaction of the host stays."""
        with bare(sqlite) as raw:
            desk = own.on(raw)
            received(desk, "c-1")
            connection = desk.journal._connection

            def twice():
                with connection.unit():
                    received(desk, "c-2")
                    received(desk, "c-2")

            with pytest.raises(ConflictError):
                twice()
            with connection.unit():
                received(desk, "c-3")
            raw.commit()
        assert own.journal.complaints() == ("c-1", "c-3")

    def test_one_within_another_is_refused(self, own, sqlite):
        """An append ends before the next begins."""
        with bare(sqlite) as raw:
            connection = own.on(raw).journal._connection
            with connection.transaction():
                for inner in (connection.transaction, connection.unit):
                    with pytest.raises(JournalError, match="within an append"), inner():
                        pytest.fail("it has begun")
            with (
                connection.unit(),
                pytest.raises(JournalError, match="within an append"),
                connection.unit(),
            ):
                pytest.fail("it has begun")

    def test_who_reads_on_needs_a_journal_of_its_own(self, own, sqlite):
        """A cursor is held longer than a transaction."""
        with bare(sqlite) as raw:
            desk = own.on(raw)
            subscription = desk.subscribe(print, name="statistics")
            with pytest.raises(JournalError, match="connections of its own"):
                subscription.run()
