"""The tables of a journal: how they are made, upgraded, named and shared."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from stores import Place, at_once
from walks import DUE, HOUR, new_desk, received

from complaint_lifecycle import InvalidEventError, SqlJournal, Thanked, money
from complaint_lifecycle.errors import ConflictError, JournalError, KeyReusedError
from complaint_lifecycle.events import Accepted, Due, Offered
from complaint_lifecycle.journal import BudgetChange, Receipt
from complaint_lifecycle.offers import Draw, Offer, Remedy
from complaint_lifecycle.sql import Migration, migrations, steps, upgrading

GOLDEN = Path(__file__).parents[1] / "golden"
TABLES = ("entry", "due", "receipt", "budget", "schema")


def stored(path: Path, schema: int) -> None:
    """Make a file of an older schema, as its release wrote it."""
    text = (GOLDEN / f"journal-schema-{schema}.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(text)


def asked(path: Path, question: str) -> list:
    """Ask a file past the journal."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchall()


def schema_of(journal: SqlJournal) -> int | None:
    """Return which schema the tables of a journal have."""
    return upgrading.schema_of(journal._connection, journal._sql)


def spent(journal: SqlJournal):
    """Return what is drawn on the budget of the golden files."""
    row = journal.budget("goodwill")
    return None if row.spent is None else row.spent.amount


class TestUpgrading:
    @pytest.mark.parametrize("create", [True, False])
    @pytest.mark.parametrize("schema", [1, 2, 3])
    def test_an_older_journal_is_upgraded_when_it_is_opened(
        self, tmp_path, schema: int, create: bool
    ):
        """Its complaints, receipts, due index and budgets stay."""
        path = tmp_path / "complaints.sqlite"
        stored(path, schema)
        with SqlJournal(path, create=create) as journal:
            assert schema_of(journal) == 4
            assert journal.complaints() == ("c-1", "c-2")
            assert journal.receipt("mail-1").complaint_id == "c-1"
            assert len(journal.due(DUE, limit=9)) == 2
            assert [p for p, _ in journal.since(0)] == list(range(1, 12))
            assert len(journal.budgets()) == (schema > 1)
            desk = new_desk(journal)
            assert [c.version for c in desk.complaints()] == [6, 5]
            assert desk.recount() == (schema == 1)
            assert spent(journal) == 45
            assert desk.reschedule() == 2
            desk.clock.jump_to(DUE + HOUR)
            assert desk.tick() == 1
            assert spent(journal) == 25
            positions = [position for position, _ in journal.since(11)]
            assert positions == [12]

    def test_upgraded_tables_are_those_of_a_new_journal(self, tmp_path):
        """There is one way to them."""
        question = "SELECT name, sql FROM sqlite_master ORDER BY name"
        found = []
        for schema in (0, 1, 2, 3):
            path = tmp_path / f"{schema}.sqlite"
            if schema:
                stored(path, schema)
            SqlJournal(path).close()
            found.append(asked(path, question))
        assert found[0] == found[1] == found[2] == found[3]

    @pytest.mark.parametrize("broken", [1, 2, 3, 4])
    def test_an_upgrade_that_breaks_midway_is_resumed(
        self, tmp_path, monkeypatch, broken: int
    ):
        """Steps that were taken stay, the broken one leaves nothing."""
        path = tmp_path / "complaints.sqlite"
        taken = migrations("sqlite")

        def breaking(dialect: str, **names: str | None) -> tuple[Migration, ...]:
            return tuple(
                Migration(step.version, (*step.statements, "DROP TABLE nowhere"))
                if step.version == broken
                else step
                for step in taken
            )

        with monkeypatch.context() as patch:
            patch.setattr(upgrading, "migrations", breaking)
            with pytest.raises(JournalError, match="nowhere"):
                SqlJournal(path)
        tables = asked(path, "SELECT name FROM sqlite_master WHERE type = 'table'")
        assert bool(tables) is (broken > 1)
        if tables:
            versions = asked(path, "SELECT version FROM complaint_schema")
            assert versions == [(broken - 1,)]
        with SqlJournal(path) as journal:
            assert schema_of(journal) == 4

    @pytest.mark.parametrize("statements", [0, 1, 5, 9, 13, 17])
    def test_an_upgrade_that_is_killed_is_resumed(self, tmp_path, statements: int):
        """The file is as it was before the step, and the next opening takes it."""
        path = tmp_path / "complaints.sqlite"
        stored(path, 2)
        before = asked(path, "SELECT * FROM complaint_entry")
        code = f"""
import os
from complaint_lifecycle import SqlJournal
from complaint_lifecycle.sql.sqlite import Sqlite

execute, left = Sqlite.execute, [{statements}]

def killed(self, statement, values=()):
    if statement.lstrip().startswith(("ALTER", "CREATE", "INSERT", "DROP", "UPDATE")):
        if left[0] == 0:
            os._exit(9)
        left[0] -= 1
    return execute(self, statement, values)

Sqlite.execute = killed
SqlJournal({str(path)!r})
"""
        done = subprocess.run([sys.executable, "-c", code], check=False)
        assert done.returncode == 9
        assert asked(path, "SELECT version FROM complaint_schema") == [(2,)]
        assert asked(path, "SELECT * FROM complaint_entry") == before
        with SqlJournal(path) as journal:
            assert journal.complaints() == ("c-1", "c-2")

    def test_whoever_waited_for_an_upgrade_finds_it_done(self, place, monkeypatch):
        """The steps are taken once."""
        seen = iter([1])
        real = upgrading.schema_of
        with place.open() as first:
            first.append((), budgets=[BudgetChange("x", 0, money(1, "EUR"))])
            monkeypatch.setattr(
                upgrading, "schema_of", lambda *of: next(seen, None) or real(*of)
            )
            with place.open() as second:
                assert second.budget("x").version == 1

    def test_many_may_open_a_place_where_nothing_is_yet(self, place: Place):
        """One of them makes the tables, the others wait."""
        opened = []
        at_once([lambda: opened.append(place.open())] * 8)
        assert [journal.complaints() for journal in opened] == [()] * 8
        for journal in opened:
            journal.close()

    def test_a_journal_of_a_newer_schema_is_refused(self, place):
        """The message says what to do, and the tables are left alone."""
        with place.open() as journal, journal._connection.transaction():
            newer = journal._sql.tables.rendered("UPDATE {schema} SET version = 99")
            journal._connection.execute(newer)
        with pytest.raises(JournalError, match=r"schema 99.*upgrade"):
            place.open()


class TestText:
    def test_a_host_makes_the_tables_itself(self, postgres: Place):
        """With the text of the steps, as Alembic would; the journal only opens them."""
        with pytest.raises(JournalError, match="holds no journal"):
            postgres.open(create=False, prefix="crm_")
        with postgres.connect() as raw:
            raw.execute(f'CREATE SCHEMA "{postgres.schema}"')
            for step in migrations("postgresql", prefix="crm_", schema=postgres.schema):
                raw.execute(step.sql)
            with postgres.open(create=False, prefix="crm_") as journal:
                received(new_desk(journal))
            found = raw.execute("SELECT count(*) FROM crm_entry").fetchall()
        assert found == [(1,)]

    def test_a_host_makes_the_tables_of_sqlite_itself(self, tmp_path):
        """The same text that the journal executes."""
        path = tmp_path / "host.sqlite"
        with closing(sqlite3.connect(path)) as connection:
            for step in migrations("sqlite", prefix="crm_"):
                connection.executescript(step.sql)
        with SqlJournal(path, create=False, prefix="crm_") as journal:
            received(new_desk(journal))
        assert asked(path, "SELECT count(*) FROM crm_entry") == [(1,)]

    def test_both_databases_have_the_same_columns(self, postgres: Place, tmp_path):
        """But for what positions need on PostgreSQL."""
        path = tmp_path / "complaints.sqlite"
        SqlJournal(path).close()
        postgres.open().close()
        with postgres.connect() as raw:
            for table in TABLES:
                name = f"complaint_{table}"
                ours = [row[1] for row in asked(path, f"PRAGMA table_info({name})")]
                theirs = raw.execute(f"TABLE {name} LIMIT 0").description
                extra = ["shift"] if table == "schema" else []
                assert [column.name for column in theirs] == ours + extra

    @pytest.mark.parametrize(
        ("dialect", "names"),
        [
            ("mysql", {}),
            ("sqlite", {"schema": "crm"}),
            ("postgresql", {"schema": 'crm"; DROP TABLE x; --'}),
            ("postgresql", {"prefix": "x" * 31}),
            ("sqlite", {"prefix": "Complaint"}),
        ],
    )
    def test_what_can_be_no_name_is_refused(self, dialect: str, names):
        """Names of tables cannot be parameters of a statement."""
        with pytest.raises(InvalidEventError, match="must be"):
            migrations(dialect, **names)

    def test_the_newest_step_is_the_schema_of_today(self):
        """On every database."""
        for dialect in ("sqlite", "postgresql"):
            assert migrations(dialect)[-1].version == steps.SCHEMA_VERSION


class TestSharing:
    def test_tenants_do_not_see_one_another(self, place: Place):
        """Not their complaints, receipts, timers, budgets, or order of entries."""
        offer = Offer(
            remedies=[Remedy(kind="refund", value=money(9, "EUR"))],
            draws=[Draw("goodwill", money(10, "EUR"))],
            expires=DUE,
        )
        with place.open(tenant="a") as a, place.open(tenant="b") as b:
            for journal in (a, b):
                desk = new_desk(journal)
                complaint = received(desk)
                desk.record(
                    complaint.id, Thanked(text=journal._tenant), by="ana", key="k"
                )
                desk.record(complaint.id, Offered(offer=offer), Accepted(), by="ana")
            for journal in (a, b):
                assert journal.complaints() == journal.complaints(customer="C-1009")
                texts = [e.event.text for e in journal.entries("c-1")[1:2]]
                assert texts == [journal._tenant]
                assert len(list(journal.since(0))) == 4
                assert journal.budgets()[0].spent == money(9, "EUR")
                assert journal.receipt("k") is not None
            row = Due(complaint_id="c-1", cause="x", threshold="due", at=DUE)
            a.append((), due={"c-1": [row]})
            assert (a.due(DUE, limit=9), b.due(DUE, limit=9)) == ((row,), ())
            assert b.due(DUE, limit=9, complaint_id="c-1") == ()
        with place.open() as nobody:
            assert nobody.complaints() == nobody.budgets() == ()
            assert list(nobody.since(0)) == []
            assert nobody.receipt("k") is None

    def test_within_one_tenant_all_is_shared(self, place: Place):
        """Another journal of the same tenant meets the same keys and versions."""
        with place.open(tenant="a") as one, place.open(tenant="a") as two:
            received(new_desk(one))
            one.append((), receipt=Receipt("k", "d", "c-1", 1))
            with pytest.raises(KeyReusedError):
                two.append((), receipt=Receipt("k", "d", "c-1", 1))
            with pytest.raises(ConflictError):
                received(new_desk(two))

    def test_prefixes_part_journals(self, place: Place):
        """Two live side by side in one database."""
        with place.open() as one, place.open(prefix="old_") as two:
            received(new_desk(one))
            assert two.complaints() == ()

    @pytest.mark.parametrize("tenant", [" a", "\n", "x" * 201, 7])
    def test_a_tenant_is_a_reference(self, place: Place, tenant):
        """Short, printable, and told before anything is opened."""
        with pytest.raises(InvalidEventError, match="tenant = "):
            place.open(tenant=tenant)
        assert place.schema is not None or not Path(place.where).exists()
