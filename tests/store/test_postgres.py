"""Connections to PostgreSQL: made, lost, shared, and told when they fail."""

import os
import subprocess
import sys
import threading
from functools import partial

import psycopg
import pytest
from psycopg.rows import dict_row
from stores import Place, at_once
from walks import HOUR, MONDAY, new_desk, received

from complaint_lifecycle import Desk, JumpClock, SqlJournal, Thanked, money
from complaint_lifecycle.errors import (
    ContentionError,
    JournalError,
    KeyReusedError,
    MissingExtraError,
    OutcomeUnknownError,
)
from complaint_lifecycle.events import CustomerWrote, Declined, Due, Offered, Updated
from complaint_lifecycle.journal import Receipt
from complaint_lifecycle.offers import Draw, Offer, Remedy
from complaint_lifecycle.sql import pool

ROW = Receipt("k", "digest", "c-1", 1)


def named(place: Place, **options) -> tuple[SqlJournal, str]:
    """Open a journal whose connections can be told from all others."""
    name = f"only {place.schema}"
    connect = partial(psycopg.connect, place.where, application_name=name)
    return SqlJournal.postgres(connect, schema=place.schema, **options), name


ENDING = "FROM pg_stat_activity WHERE application_name = %s"


def end_connections(place: Place, name: str) -> int:
    """Let the server end the connections of a name; return how many have ended."""
    with place.connect() as raw:
        ended = raw.execute(f"SELECT pg_terminate_backend(pid, 5000) {ENDING}", [name])
        return len(ended.fetchall())


def _use_all_tables(journal: SqlJournal) -> None:
    """Receive, offer, decline and tick, with keys."""
    desk = new_desk(journal)
    offer = Offer(
        remedies=[Remedy(kind="refund", value=money(9, "EUR"))],
        draws=[Draw("goodwill", money(10, "EUR"))],
        expires=MONDAY + HOUR,
    )
    for number in range(2):
        complaint = received(desk)
        desk.record(complaint.id, Offered(offer=offer), by="ana", key=f"k{number}")
        desk.record(complaint.id, Declined(), by="ana")
    desk.record(complaint.id, Offered(offer=offer), by="ana")
    desk.clock.advance(2 * HOUR)
    assert desk.tick() == 1
    assert journal.budget("goodwill").spent == money(0, "EUR")


class TestOpening:
    def test_a_server_that_cannot_be_reached_is_told(self, tmp_path):
        """In one line."""
        with pytest.raises(JournalError, match="cannot connect to PostgreSQL") as told:
            SqlJournal.postgres(f"host={tmp_path} dbname=crm password=s3cret")
        assert "s3cret" not in str(told.value)
        assert len(str(told.value).splitlines()) == 1

    def test_a_mistyped_connection_string_does_not_show_its_password(self):
        """Not even a part of it, nor in what it was caused by."""
        with pytest.raises(JournalError, match="string cannot be read") as told:
            SqlJournal.postgres("host=db password=pass s3cret")
        assert told.value.__cause__.__cause__ is None
        assert told.value.__cause__.__suppress_context__

    def test_a_database_of_another_encoding_is_refused(self, server: str):
        """It could not keep every text."""
        name = f"latin{os.getpid()}"
        with psycopg.connect(server, autocommit=True) as raw:
            raw.execute(
                f"CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0 "
                "LC_COLLATE 'C' LC_CTYPE 'C'"
            )
            try:
                connect = partial(psycopg.connect, server, dbname=name)
                with pytest.raises(JournalError, match="is LATIN1: it must be UTF8"):
                    SqlJournal.postgres(connect)
            finally:
                raw.execute(f"DROP DATABASE {name}")

    def test_a_journal_that_must_be_there_is_not_made(self, postgres: Place):
        """Neither its tables nor its schema."""
        with pytest.raises(JournalError, match="holds no journal"):
            postgres.open(create=False)
        with postgres.connect() as raw:
            found = raw.execute("SELECT to_regnamespace(%s)", [postgres.schema])
            assert found.fetchone() == (None,)

    def test_a_journal_may_live_in_the_schema_of_the_connection(self, postgres: Place):
        """If none is named."""
        postgres.open().close()
        search = f"-c search_path={postgres.schema}"
        connect = partial(psycopg.connect, postgres.where, options=search)
        with SqlJournal.postgres(connect, create=False) as journal:
            assert journal.complaints() == ()

    def test_the_connections_of_a_host_may_have_their_own_ways(self, postgres: Place):
        """Rows as mappings, transactions that begin by themselves."""
        connect = partial(psycopg.connect, postgres.where, row_factory=dict_row)
        with SqlJournal.postgres(connect, schema=postgres.schema) as journal:
            complaint = received(new_desk(journal))
            assert journal.complaints() == (complaint.id,)

    def test_a_role_that_can_only_append_is_enough(self, postgres: Place):
        """With the rights that the documentation names, and no more."""
        postgres.open().close()
        role = f"role_{postgres.schema}"
        connect = partial(psycopg.connect, postgres.where, user=role)
        with postgres.connect() as raw:
            raw.execute(f"CREATE ROLE {role} LOGIN")
            try:
                raw.execute(
                    f"GRANT USAGE ON SCHEMA {postgres.schema} TO {role};"
                    f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA {postgres.schema} "
                    f"TO {role}; GRANT DELETE ON complaint_due TO {role};"
                    "GRANT UPDATE ON complaint_budget, complaint_due, complaint_tick "
                    f"TO {role}"
                )
                with SqlJournal.postgres(
                    connect, schema=postgres.schema, create=False
                ) as journal:
                    _use_all_tables(journal)
                    for statement in (
                        "UPDATE {entry} SET by_whom = 'eve'",
                        "DELETE FROM {entry}",
                        "DELETE FROM {receipt}",
                        "CREATE TABLE {entry}_2 (id int)",
                    ):
                        forged = journal._sql.tables.rendered(statement)
                        with (
                            pytest.raises(JournalError, match="permission denied"),
                            journal._connection.transaction(),
                        ):
                            journal._connection.execute(forged)
            finally:
                raw.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")

    def test_a_database_that_is_read_only_by_default_is_written(self, postgres: Place):
        """A transaction says that it writes."""
        postgres.open().close()
        read_only = "-c default_transaction_read_only=on"
        connect = partial(psycopg.connect, postgres.where, options=read_only)
        with SqlJournal.postgres(connect, schema=postgres.schema) as journal:
            complaint = received(new_desk(journal))
            assert journal.complaints() == (complaint.id,)

    def test_without_its_extra_the_error_names_it(self):
        """And everything else works."""
        code = """
import sys
from complaint_lifecycle import SqlJournal

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "psycopg":
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Absent())
try:
    SqlJournal.postgres("dbname=crm")
except Exception as error:
    print(type(error).__name__, error.extra)
"""
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        )
        assert done.stdout == f"{MissingExtraError.__name__} postgres\n"


class TestConnections:
    def test_one_that_was_lost_is_replaced(self, postgres: Place):
        """Reading and appending go on as if nothing had been."""
        journal, name = named(postgres)
        with journal:
            desk = new_desk(journal)
            complaint = received(desk)
            assert end_connections(postgres, name) == 1
            assert journal.complaints() == (complaint.id,)
            assert end_connections(postgres, name) == 1
            assert desk.record(complaint.id, Thanked(), by="ana").state == "thanked"

    def test_a_server_that_is_gone_is_told(self, postgres: Place):
        """There is one attempt at a new connection, and then an error of ours."""
        away: list[bool] = []

        def connect() -> psycopg.Connection:
            if away:
                raise psycopg.OperationalError("the server\nis away")
            return psycopg.connect(postgres.where, application_name=name)

        name = f"away {postgres.schema}"
        with SqlJournal.postgres(connect, schema=postgres.schema) as journal:
            away.append(True)
            end_connections(postgres, name)
            with pytest.raises(JournalError, match="PostgreSQL: the server is away"):
                journal.complaints()
            with pytest.raises(JournalError, match="PostgreSQL: the server is away"):
                journal.append(())
            away.clear()
            assert journal.complaints() == ()

    def test_one_that_is_lost_midway_leaves_nothing(self, postgres: Place):
        """The error says so, and the next append finds a new connection."""
        journal, name = named(postgres)
        with journal:

            def breaking():
                end_connections(postgres, name)
                yield from ()

            for _ in range(2):
                with pytest.raises(JournalError, match="and nothing was recorded"):
                    journal.append(
                        breaking(), receipt=ROW, due={"c-1": [_due()], "c-2": []}
                    )
            assert journal.receipt("k") is None
            journal.append((), receipt=ROW)

    @pytest.mark.parametrize("recorded", [True, False])
    def test_one_that_is_lost_in_the_commit_leaves_the_outcome_open(
        self, postgres: Place, recorded: bool
    ):
        """The same call with its key finds out, and is recorded once."""
        losing: list[bool] = []

        class Losing(psycopg.Connection):
            def execute(self, query, *arguments, **options):
                if query == "COMMIT" and losing:
                    losing.clear()
                    if recorded:
                        super().execute(query)
                    end_connections(postgres, name)
                return super().execute(query, *arguments, **options)

        name = f"losing {postgres.schema}"
        connect = partial(Losing.connect, postgres.where, application_name=name)
        with SqlJournal.postgres(connect, schema=postgres.schema) as journal:
            desk = new_desk(journal)
            complaint = received(desk)
            losing.append(True)
            with pytest.raises(OutcomeUnknownError, match="same call again with its"):
                desk.record(complaint.id, CustomerWrote(), by="ana", key="k")
            assert len(journal.entries(complaint.id)) == 1 + recorded
            done = desk.record(complaint.id, CustomerWrote(), by="ana", key="k")
            assert (done.contacts, done.version) == (2, 2)
            assert len(journal.entries(complaint.id)) == 2

    def test_calls_with_keys_outlive_connections_that_end_at_any_moment(
        self, postgres: Place
    ):
        """Repeated until it is answered, each call is recorded once."""
        journal, name = named(postgres)
        done = threading.Event()
        with journal:
            complaint = received(new_desk(journal))
            ended: list[int] = []

            def end() -> None:
                with postgres.connect() as raw:
                    while not done.wait(0.01):
                        found = raw.execute(
                            f"SELECT pg_terminate_backend(pid) {ENDING} LIMIT 2",
                            [name],
                        )
                        ended.append(len(found.fetchall()))

            def call(number: int) -> None:
                desk = Desk(journal=journal, clock=JumpClock(MONDAY), attempts=1000)
                for turn in range(40):
                    _until_answered(desk, complaint.id, f"{number} {turn}")

            ending = threading.Thread(target=end)
            ending.start()
            try:
                at_once(partial(call, number) for number in range(4))
            finally:
                done.set()
                ending.join()
            history = journal.entries(complaint.id)
        texts = [entry.event.text for entry in history[1:]]
        assert len(texts) == len(set(texts)) == 160
        assert sum(ended) > 5

    def test_there_are_never_more_than_allowed(self, postgres: Place, monkeypatch):
        """Whoever waits too long for one is told what to do."""
        monkeypatch.setattr(pool, "WAIT_SECONDS", 0.05)
        journal, name = named(postgres, connections=1)
        with journal:
            failures: list[Exception] = []

            def ask() -> None:
                try:
                    journal.complaints()
                except JournalError as error:
                    failures.append(error)

            def waiting():
                asking = threading.Thread(target=ask)
                asking.start()
                asking.join()
                assert journal.complaints() == ()
                yield from ()

            journal.append(waiting())
            assert "all 1 connections of the journal were busy" in str(failures[0])
            at_once([journal.complaints] * 8)
            assert end_connections(postgres, name) == 1

    def test_a_closed_journal_says_so_and_leaves_no_connection(self, postgres: Place):
        """One that is in use is closed when it comes back."""
        journal, _ = named(postgres)

        def closing():
            journal.close()
            yield from ()

        (idle,) = journal._connection._pool._idle
        journal.append(closing())
        assert idle.closed
        for call in (journal.complaints, lambda: journal.append(())):
            with pytest.raises(JournalError, match="closed"):
                call()

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
    def test_a_forked_process_has_connections_of_its_own(self, postgres: Place):
        """Those of its parent stay usable."""
        code = f"""
import os
from complaint_lifecycle import Desk, Received, SqlJournal
journal = SqlJournal.postgres({postgres.where!r}, schema={postgres.schema!r})
desk = Desk(journal=journal)
first = Received(customer="C-1", channel="email")
desk.receive(first, by="form", id="before")
child = os.fork()
desk.receive(first, by="form", id="parent" if child else "child")
if not child:
    journal.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
print(sorted(journal.complaints()))
journal.close()
"""
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        )
        assert done.stdout == "['before', 'child', 'parent']\n"

    def test_what_a_process_inherits_it_leaves_alone(self, postgres: Place):
        """After a fork it makes its own connections, and closes none of the others."""
        with postgres.open() as journal:
            (inherited,) = journal._connection._pool._idle
            pool._inherit_all()
            assert journal.complaints() == ()
        assert not inherited.closed
        inherited.close()


def _until_answered(desk: Desk, complaint_id: str, text: str) -> None:
    while True:
        try:
            desk.record(complaint_id, Updated(text=text), by="ana", key=text)
        except JournalError:
            continue
        return


def _due() -> Due:
    return Due(complaint_id="c-1", cause="x", threshold="due", at=MONDAY)


class TestFailures:
    def test_a_lock_that_is_not_given_in_time_is_contention(self, postgres: Place):
        """The decision is made anew, as after any conflict."""
        postgres.open().close()
        impatient = "-c lock_timeout=50ms"
        connect = partial(psycopg.connect, postgres.where, options=impatient)
        with (
            postgres.connect() as raw,
            SqlJournal.postgres(connect, schema=postgres.schema) as journal,
        ):
            with raw.transaction():
                raw.execute("LOCK TABLE complaint_receipt")
                with pytest.raises(ContentionError, match="decide again: cancel"):
                    journal.append((), receipt=ROW)
            journal.append((), receipt=ROW)
            with pytest.raises(KeyReusedError):
                journal.append((), receipt=ROW)

    def test_a_row_that_is_there_twice_is_told(self, postgres: Place):
        """It is no conflict with anybody."""
        with postgres.open() as journal:
            with pytest.raises(JournalError, match="duplicate key"):
                journal.append((), due={"c-1": [_due(), _due()]})
            assert journal.due(MONDAY, limit=9) == ()

    def test_a_position_that_is_taken_is_told(self, postgres: Place):
        """It is no conflict of versions, so it is told as it is."""
        with postgres.open() as journal, postgres.connect() as raw:
            received(new_desk(journal))
            raw.execute("UPDATE complaint_entry SET tenant = 'x'")
            raw.execute("CREATE UNIQUE INDEX odd ON complaint_entry (by_whom)")
            with pytest.raises(JournalError, match="duplicate key"):
                received(new_desk(journal))

    def test_a_failure_that_somebody_hides_is_told_at_the_commit(self, postgres: Place):
        """Nothing is acknowledged that the database rolled back."""
        with postgres.open() as journal:

            def hiding():
                with pytest.raises(JournalError, match="relation"):
                    journal._connection.all("SELECT * FROM nowhere")
                yield from ()

            with pytest.raises(JournalError, match="rolled all back"):
                journal.append(hiding(), receipt=ROW)
            assert journal.receipt("k") is None

    def test_tables_that_went_away_are_told(self, postgres: Place):
        """On an old connection and on a new one."""
        journal, name = named(postgres)
        with journal, postgres.connect() as raw:
            raw.execute("DROP TABLE complaint_entry")
            with pytest.raises(JournalError, match=r"failed: relation .* not exist"):
                journal.complaints()
            end_connections(postgres, name)
            with pytest.raises(JournalError, match=r"failed: relation .* not exist"):
                journal.complaints()

    def test_a_commit_that_is_refused_is_told(self, postgres: Place):
        """As by a constraint of the host that is looked at last."""
        with postgres.open() as journal, postgres.connect() as raw:
            raw.execute("CREATE TABLE host (id text PRIMARY KEY)")
            raw.execute(
                "ALTER TABLE complaint_receipt ADD FOREIGN KEY (complaint_id) "
                "REFERENCES host DEFERRABLE INITIALLY DEFERRED"
            )
            with pytest.raises(JournalError, match="foreign key") as told:
                journal.append((), receipt=ROW)
            assert not isinstance(told.value, OutcomeUnknownError)
            assert journal.receipt("k") is None
