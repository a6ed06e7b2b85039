"""What a host may lend, and how the errors of its driver are told."""

from contextlib import closing

import psycopg
import pytest
from lenders import engine
from sqlalchemy import orm
from sqlalchemy.ext.asyncio import AsyncSession
from stores import Place
from walks import new_desk

from complaint_lifecycle import Desk, Received
from complaint_lifecycle.errors import ContentionError, JournalError
from complaint_lifecycle.sql import hosted_journal

RECEIVED = Received(customer="C-1009", channel="email")


def received(desk: Desk, name: str = "c-1"):
    """Record a complaint."""
    return desk.receive(RECEIVED, by="form", id=name)


@pytest.fixture
def sqlite(tmp_path):
    """Give a file of SQLite."""
    return Place(str(tmp_path / "host.sqlite"))


@pytest.fixture
def own(sqlite):
    """Give a desk with a connection of its own to that file."""
    with sqlite.open() as journal:
        yield new_desk(journal)


class Error(Exception):
    """The base of the errors of a driver."""


class Failing:
    """A cursor of another driver, whose database refuses everything."""

    paramstyle = "format"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def execute(self, statement: str, values: object = ()) -> None:
        """Fail."""
        raise self.error


class TestLending:
    @pytest.mark.parametrize(
        ("lent", "said"),
        [
            (object(), "object is no connection, session or cursor"),
            (Failing(Error()), 'say dialect="postgresql"'),
            (psycopg.AsyncConnection.__new__(psycopg.AsyncConnection), "awaited"),
            (AsyncSession(), "run_sync"),
        ],
    )
    def test_what_cannot_be_borrowed_is_refused(self, own, lent, said):
        """The message says what can be given instead."""
        with pytest.raises(JournalError, match=said):
            own.on(lent)

    def test_an_engine_is_not_a_transaction(self, own, sqlite):
        """A connection or a session of it is."""
        with engine(sqlite) as made:
            with pytest.raises(JournalError, match="in which a transaction has begun"):
                own.on(made)
            with pytest.raises(JournalError, match="no connection, session"):
                own.on(orm.sessionmaker(made))

    def test_databases_without_a_journal_are_refused(self, own):
        """The message says where the journal can be kept instead."""
        with pytest.raises(JournalError, match="not in mysql: give it a database"):
            own.on(Failing(Error()), "mysql")
        driver = type("Cursor", (Failing,), {"__module__": "pymysql.cursors"})
        with pytest.raises(JournalError, match="not in mysql"):
            own.on(driver(Error()))

    def test_another_database_than_that_of_the_journal_is_refused(self, own):
        """Unless the journal has none of its own."""
        cursor = Failing(Error("syntax"))
        with pytest.raises(JournalError, match="kept in sqlite, and this connection"):
            own.on(cursor, "postgresql")
        with pytest.raises(JournalError, match="the journal failed: syntax"):
            hosted_journal().on(cursor, "postgresql").complaints()

    def test_other_styles_of_parameters_are_refused(self, own):
        """Only two are written."""
        cursor = Failing(Error())
        cursor.paramstyle = "named"
        with pytest.raises(JournalError, match="'named'"):
            own.on(cursor, "sqlite")

    def test_a_driver_need_not_say_its_style(self):
        """Then it is that of its database."""
        cursor = Failing(Error())
        cursor.paramstyle = None
        for dialect, mark in (("sqlite", "?"), ("postgresql", "%s")):
            borrowed = hosted_journal().on(cursor, dialect)
            assert borrowed._sql.tables.dialect.mark == mark

    def test_sqlite_behind_a_wrapper_must_tell_whether_it_has_begun(self, own):
        """Or a savepoint might be the whole transaction, and its end a commit."""
        with pytest.raises(JournalError, match="the connection of sqlite3 under it"):
            received(own.on(Failing(Error()), "sqlite"))

    def test_what_fails_beside_the_database_is_not_ours(self, own):
        """A mistake in a wrapper is shown as it is."""
        with pytest.raises(ZeroDivisionError):
            hosted_journal().on(Failing(ZeroDivisionError()), "postgresql").complaints()

    @pytest.mark.parametrize(
        ("error", "kind"),
        [
            ({"C": "40001", "M": "could not serialize"}, ContentionError),
            ({"C": "22000", "M": "bad data", "D": "soaked"}, JournalError),
        ],
    )
    def test_errors_of_drivers_are_read_in_their_own_way(self, error, kind):
        """pg8000 gives the fields of the message of PostgreSQL."""
        journal = hosted_journal().on(Failing(Error(error)), "postgresql")
        with pytest.raises(kind, match=error["M"]) as failed:
            journal.complaints()
        assert "soaked" not in str(failed.value)

    def test_a_pooled_connection_is_that_under_it(self, own, sqlite):
        """What ``raw_connection()`` of SQLAlchemy returns is one."""
        with engine(sqlite) as made, closing(made.raw_connection()) as pooled:
            received(own.on(pooled))
            pooled.commit()
        assert own.journal.complaints() == ("c-1",)

    def test_savepoints_of_the_host_are_those_of_its_library(self, own, sqlite):
        """Here ``begin_nested`` of SQLAlchemy."""
        with engine(sqlite) as made, orm.Session(made) as session, session.begin():
            received(own.on(session), "c-1")
            nested = session.begin_nested()
            received(own.on(session), "c-2")
            nested.rollback()
            received(own.on(session), "c-3")
        assert own.journal.complaints() == ("c-1", "c-3")
