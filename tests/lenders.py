"""Hosts of every kind that lend a connection: what they lend, and how they end."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

import psycopg
import psycopg2
import psycopg2.extras
import sqlalchemy
from attrs import frozen
from psycopg.rows import dict_row
from sqlalchemy import orm
from stores import Place


@frozen
class Host:
    """An application with a row here and there.

    Attributes:
        lent: What it gives to ``desk.on``.

        run: Executes a statement in its transaction.

        commit: Commits it.

        rollback: Rolls it back.
    """

    lent: Any
    run: Callable[[str], Any]
    commit: Callable[[], object]
    rollback: Callable[[], object]


@contextmanager
def bare(place: Place, **options: Any) -> Iterator[sqlite3.Connection]:
    """Open a file of SQLite as a host does."""
    with closing(sqlite3.connect(place.where, **options)) as raw:
        yield raw


@contextmanager
def over_sqlite3(place: Place, *, begin: str = "", **options: Any) -> Iterator[Host]:
    """Give a connection of sqlite3 in one of its modes."""
    with bare(place, **options) as raw:

        def run(statement: str) -> Any:
            if begin and not raw.in_transaction:
                raw.execute(begin)
            return raw.execute(statement)

        yield Host(raw, run, raw.commit, raw.rollback)


@contextmanager
def over_sqlite3_cursor(place: Place) -> Iterator[Host]:
    """Give a cursor of sqlite3."""
    with bare(place) as raw:
        yield Host(raw.cursor(), raw.execute, raw.commit, raw.rollback)


class Marked:
    """A cursor of another driver, which marks parameters in its own way."""

    def __init__(self, connection: Any, mark: str, style: str) -> None:
        self.connection, self.paramstyle = connection, style
        self._mark, self._raw = mark, connection.cursor()

    def execute(self, statement: str, values: Any = None) -> None:
        """Execute a statement of the own style."""
        said = statement.replace(*self._mark)
        self._raw.execute(said, *(() if values is None else (values,)))

    def executemany(self, statement: str, rows: Any) -> None:
        """Execute a statement of the own style for each row."""
        self._raw.executemany(statement.replace(*self._mark), rows)

    def fetchall(self) -> list[Any]:
        """Return the rows."""
        return self._raw.fetchall()

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        return self._raw.rowcount


@contextmanager
def over_marked_sqlite(place: Place) -> Iterator[Host]:
    """Give a cursor that takes ``%s``."""
    with bare(place) as raw:
        cursor = Marked(raw, ("%s", "?"), "format")
        yield Host(cursor, raw.execute, raw.commit, raw.rollback)


@contextmanager
def over_marked_postgres(place: Place) -> Iterator[Host]:
    """Give a cursor that takes ``?``."""
    with connected(place) as raw:
        cursor = Marked(raw, ("?", "%s"), "qmark")
        yield Host(cursor, raw.execute, raw.commit, raw.rollback)


def connected(place: Place, **options: Any) -> closing[psycopg.Connection[Any]]:
    """Connect to PostgreSQL as a host does."""
    raw = place.connect(**options)
    raw.autocommit = False
    return closing(raw)


@contextmanager
def over_psycopg(place: Place, *, cursor: bool = False, **options) -> Iterator[Host]:
    """Give a connection of psycopg, or a cursor of it."""
    with connected(place, **options) as raw:
        lent = raw.cursor() if cursor else raw
        yield Host(lent, raw.execute, raw.commit, raw.rollback)


@contextmanager
def over_psycopg2(place: Place, *, cursor: bool = False, **options) -> Iterator[Host]:
    """Give a connection of psycopg2, or a cursor of it."""
    search = f"-c search_path={place.schema}"
    with closing(psycopg2.connect(place.where, options=search, **options)) as raw:

        def run(statement: str) -> Any:
            found = raw.cursor()
            found.execute(statement)
            return found

        yield Host(raw.cursor() if cursor else raw, run, raw.commit, raw.rollback)


@contextmanager
def engine(place: Place) -> Iterator[sqlalchemy.Engine]:
    """Make an engine of SQLAlchemy."""
    if place.schema is None:
        made = sqlalchemy.create_engine(f"sqlite:///{place.where}")
    else:
        search = {"options": f"-c search_path={place.schema}"}
        where = place.where.replace("postgresql://", "postgresql+psycopg://")
        made = sqlalchemy.create_engine(where, connect_args=search)
    try:
        yield made
    finally:
        made.dispose()


@contextmanager
def over_core(place: Place) -> Iterator[Host]:
    """Give a connection of SQLAlchemy."""
    with engine(place) as made, made.connect() as core:
        run = partial(_run_text, core)
        yield Host(core, run, core.commit, core.rollback)


@contextmanager
def over_session(place: Place, *, scoped: bool = False) -> Iterator[Host]:
    """Give a session of SQLAlchemy, or one of its registries."""
    with engine(place) as made:
        factory = orm.sessionmaker(made)
        session: Any = orm.scoped_session(factory) if scoped else factory()
        with closing(session):
            run = partial(_run_text, session)
            yield Host(session, run, session.commit, session.rollback)


def _run_text(session: Any, statement: str) -> Any:
    return session.execute(sqlalchemy.text(statement))


@contextmanager
def over_django(place: Place, *, cursor: bool = False) -> Iterator[Host]:
    """Give what Django has for a connection, outside of its ``atomic``."""
    import django
    from django.conf import settings
    from django.db import ConnectionHandler

    if not settings.configured:
        settings.configure()
        django.setup()
    if place.schema is None:
        said: dict[str, Any] = {"ENGINE": "sqlite3", "NAME": place.where}
    else:
        where = psycopg.conninfo.conninfo_to_dict(place.where)
        search = {"options": f"-c search_path={place.schema}"}
        said = {
            "ENGINE": "postgresql",
            "HOST": where["host"],
            "PORT": where.get("port", ""),
            "USER": where.get("user", ""),
            "PASSWORD": where.get("password", ""),
            "NAME": where["dbname"],
            "OPTIONS": search,
        }
    said["ENGINE"] = f"django.db.backends.{said['ENGINE']}"
    wrapper = ConnectionHandler({"default": said})["default"]
    with closing(wrapper):

        def run(statement: str) -> Any:
            if wrapper.get_autocommit():
                begin = {"force_begin_transaction_with_broken_autocommit": True}
                wrapper.set_autocommit(False, **begin)
            found = wrapper.cursor()
            found.execute(statement)
            return found

        def end(how: Callable[[], object]) -> None:
            how()
            wrapper.set_autocommit(True)

        lent = wrapper.cursor() if cursor else wrapper
        commit, rollback = partial(end, wrapper.commit), partial(end, wrapper.rollback)
        yield Host(lent, run, commit, rollback)


SQLITE = {
    "sqlite3": over_sqlite3,
    "sqlite3 immediate": partial(over_sqlite3, isolation_level="IMMEDIATE"),
    "sqlite3 exclusive": partial(over_sqlite3, isolation_level="EXCLUSIVE"),
    "sqlite3 by hand": partial(
        over_sqlite3, isolation_level=None, begin="BEGIN IMMEDIATE"
    ),
    "sqlite3 deferred": partial(over_sqlite3, isolation_level=None, begin="BEGIN"),
    "sqlite3 cursor": over_sqlite3_cursor,
    "cursor with format": over_marked_sqlite,
}
POSTGRES = {
    "psycopg": over_psycopg,
    "psycopg dicts": partial(over_psycopg, row_factory=dict_row),
    "psycopg cursor": partial(over_psycopg, cursor=True),
    "psycopg2": over_psycopg2,
    "psycopg2 dicts": partial(
        over_psycopg2, cursor_factory=psycopg2.extras.RealDictCursor
    ),
    "psycopg2 cursor": partial(over_psycopg2, cursor=True),
    "cursor with qmark": over_marked_postgres,
}
EITHER = {
    "Core": over_core,
    "Session": over_session,
    "scoped session": partial(over_session, scoped=True),
    "Django": over_django,
    "Django cursor": partial(over_django, cursor=True),
}
KINDS: dict[tuple[str, str], Callable[[Place], Any]] = {
    **{("sqlite", name): make for name, make in (SQLITE | EITHER).items()},
    **{("postgres", name): make for name, make in (POSTGRES | EITHER).items()},
}
"""Every host by its database and its name."""
