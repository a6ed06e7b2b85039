"""Connections that hosts lend, in whatever they are wrapped."""

import sys
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from attrs import evolve, frozen

from complaint_lifecycle.errors import JournalError
from complaint_lifecycle.sql.dialects import DIALECTS, Dialect

_DRIVERS = {
    "sqlite3": "sqlite",
    "psycopg": "postgresql",
    "psycopg2": "postgresql",
    "pg8000": "postgresql",
    "MySQLdb": "mysql",
    "mysql": "mysql",
    "pymysql": "mysql",
    "mariadb": "mariadb",
    "oracledb": "oracle",
    "pymssql": "mssql",
}
"""What the first part of the module of a driver says about the database."""

_MARKS = {"qmark": "?", "format": "%s", "pyformat": "%s"}

_DRIVER_CURSORS = {"sqlite3.Cursor", "psycopg.Cursor", "psycopg2.extensions.cursor"}
_SESSIONS = {"sqlalchemy.orm.session.Session", "sqlalchemy.orm.scoping.scoped_session"}
_CORE = "sqlalchemy.engine.base.Connection"
_DJANGO = {
    "django.db.backends.base.base.BaseDatabaseWrapper",
    "django.utils.connection.ConnectionProxy",
}
_DJANGO_CURSOR = "django.db.backends.utils.CursorWrapper"


@frozen(eq=False)
class Lent:
    """What a host lends: a connection of a driver, or a cursor.

    Attributes:
        dialect: The database, and how its driver marks parameters.

        raw: Returns it as it is at the moment: what wraps it may come to another one
            with the next transaction.
    """

    dialect: Dialect
    raw: Callable[[], Any]

    def cursor(self) -> Any:
        """Return a cursor whose rows are tuples or mappings, in order of columns."""
        raw = self.raw()
        families = _families(raw)
        if "psycopg" in families:
            from psycopg import Cursor
            from psycopg.rows import tuple_row

            return Cursor(raw, row_factory=tuple_row)
        make = getattr(raw, "cursor", None)
        if not callable(make):
            return raw
        cursor: Any = make()
        if "sqlite3" in families:
            cursor.row_factory = None
        return cursor

    def transaction(self) -> Any:
        """Return what knows whether a transaction of SQLite has begun.

        Raises:
            JournalError: If nothing does.
        """
        raw = self.raw()
        for found in (raw, getattr(raw, "connection", None)):
            if hasattr(found, "in_transaction"):
                return found
        problem = (
            f"{_name(raw)} does not tell whether a transaction has begun: "
            "give the connection of sqlite3 under it"
        )
        raise JournalError(problem)


def lent_by(host: Any, dialect: str | None = None) -> Lent:
    """Find the connection of the driver in what a host lends.

    Args:
        host: A connection of ``sqlite3``, psycopg, SQLAlchemy or Django, a session, or
            any connection or cursor of DB-API 2.0.

        dialect: The database, where that cannot be seen.

    Raises:
        JournalError: If it is none of these, or of a database without a journal.
    """
    if iscoroutinefunction(getattr(host, "execute", None)):
        problem = (
            f"{_name(host)} has to be awaited: give what is under it, as the function "
            "has it that you pass to run_sync of SQLAlchemy"
        )
        raise JournalError(problem)
    raw, said, style = _unwrapped(host)
    found = raw()
    if not hasattr(found, "cursor") and not hasattr(found, "execute"):
        problem = (
            f"{_name(host)} is no connection, session or cursor: give one in which a "
            "transaction has begun"
        )
        raise JournalError(problem)
    known = _dialect(found, dialect or said)
    mark = _mark(found, style) or known.mark
    return Lent(known if mark == known.mark else evolve(known, mark=mark), raw)


_Way = tuple[Callable[[], Any], str | None, str | None]
"""How to come to a connection of a driver; its database and its parameters, if said."""


def _unwrapped(host: Any) -> _Way:
    names = set(_names(host))
    if names & _SESSIONS:
        return _sqlalchemy(host.connection)
    if _CORE in names:
        return _sqlalchemy(lambda: host)
    if _DJANGO_CURSOR in names:
        return _django(host.db)
    if names & _DJANGO:
        return _django(host)
    if names & _DRIVER_CURSORS:
        # Its rows belong to the host, who may not have fetched them all.
        return lambda: host.connection, None, None
    return lambda: getattr(host, "dbapi_connection", host), None, None


def _sqlalchemy(core: Callable[[], Any]) -> _Way:
    def driver() -> Any:
        found = core()
        if not found.in_transaction():
            # Or its commit() would do nothing.
            found.begin()
        return found.connection.dbapi_connection

    dialect = core().dialect
    return driver, dialect.name, dialect.dbapi.paramstyle


def _django(wrapper: Any) -> _Way:
    def driver() -> Any:
        wrapper.ensure_connection()
        return wrapper.connection

    return driver, wrapper.vendor, None


def _dialect(raw: Any, said: str | None) -> Dialect:
    of_driver = (_DRIVERS.get(name) for name in _all_families(raw))
    name = said or next(filter(None, of_driver), None)
    if name is None:
        problem = (
            f"cannot tell which database is behind {_name(raw)}: "
            'say dialect="postgresql" or dialect="sqlite"'
        )
        raise JournalError(problem)
    if name not in DIALECTS:
        problem = (
            f"a journal is kept in SQLite or PostgreSQL, not in {name}: give it a "
            "database of its own, and record after your commit, under a key"
        )
        raise JournalError(problem)
    return DIALECTS[name]


def _mark(raw: Any, said: str | None) -> str | None:
    """Return what stands for a parameter, if that can be seen."""
    modules = (sys.modules.get(name) for name in _modules(raw))
    styles = (getattr(place, "paramstyle", None) for place in (raw, *modules))
    style = next(filter(None, styles), said)
    if style is not None and style not in _MARKS:
        problem = (
            f"{_name(raw)} takes parameters in the style {style!r}: "
            "give a connection or cursor that takes qmark or format"
        )
        raise JournalError(problem)
    return None if style is None else _MARKS[style]


def _modules(raw: Any) -> list[str]:
    """Return the modules that a class comes from, and what they are in."""
    named = [cls.__module__ for cls in type(raw).__mro__]
    return [*named, *(name.partition(".")[0] for name in named)]


def _families(raw: Any) -> set[str]:
    return set(_modules(raw))


def _all_families(raw: Any) -> list[str]:
    """Return where a cursor comes from, and the connection that it belongs to."""
    return [*_modules(raw), *_modules(getattr(raw, "connection", None))]


def _names(thing: Any) -> list[str]:
    return [f"{cls.__module__}.{cls.__qualname__}" for cls in type(thing).__mro__]


def _name(thing: Any) -> str:
    return f"{type(thing).__module__}.{type(thing).__qualname__}"
