"""Connections to PostgreSQL that wait in the event loop.

What differs from those that wait in a thread: how a connection waits, who waits for a
place among them, and that a transaction belongs to a greenlet.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from inspect import isawaitable
from typing import Any, Self, TypeVar, cast
from weakref import WeakKeyDictionary

from greenlet import getcurrent, greenlet

from complaint_lifecycle.asynchronous.greenlets import Greenlets, awaited
from complaint_lifecycle.errors import JournalError
from complaint_lifecycle.sql import SqlJournal
from complaint_lifecycle.sql.pool import Pool
from complaint_lifecycle.sql.postgres import Postgres, _is_fit, _Mine
from complaint_lifecycle.sql.rows import Row

import psycopg  # isort: skip - whose absence the module above tells

T = TypeVar("T")


class _Places:
    """As many places as there may be connections; who wants one waits in the loop."""

    def __init__(self, value: int) -> None:
        self._free = asyncio.BoundedSemaphore(value)

    def acquire(self, *, timeout: float) -> bool:
        """Take a place; answer whether there was one in time."""
        return awaited(self._acquired(timeout))

    async def _acquired(self, seconds: float) -> bool:
        limit = seconds if self._free.locked() else None
        try:
            async with asyncio.timeout(limit):
                return await self._free.acquire()
        except TimeoutError:
            return False

    def release(self) -> None:
        """Give a place back."""
        self._free.release()


class _Own:
    """The connection on which this greenlet is within a transaction."""

    def __init__(self) -> None:
        vars(self)["of"] = WeakKeyDictionary[greenlet, _Mine]()

    def _mine(self) -> _Mine:
        of: WeakKeyDictionary[greenlet, _Mine] = vars(self)["of"]
        here = getcurrent()
        mine = of.get(here)
        if mine is None:
            mine = of[here] = _Mine()
        return mine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mine(), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._mine(), name, value)


class _Cursor:
    """A cursor of psycopg that is called, and waits in the event loop."""

    def __init__(self, raw: psycopg.AsyncCursor[Any], connection: "_Raw") -> None:
        self._raw, self._wait_for = raw, connection.wait_for

    @property
    def rowcount(self) -> int:
        return self._raw.rowcount

    @property
    def statusmessage(self) -> str | None:
        return self._raw.statusmessage

    def fetchall(self) -> list[Any]:
        return self._wait_for(self._raw.fetchall())

    def executemany(self, statement: Any, rows: Sequence[Row]) -> None:
        self._wait_for(self._raw.executemany(statement, rows))

    @contextmanager
    def copy(self, statement: Any) -> Iterator["_Copy"]:
        manager = self._raw.copy(statement)
        copy = _Copy(self._wait_for(manager.__aenter__()), self._wait_for)
        with ExitStack() as ends:
            ends.push(lambda *how: self._wait_for(manager.__aexit__(*how)))
            yield copy


class _Copy:
    """What takes the rows of a COPY, and waits in the event loop."""

    def __init__(self, raw: psycopg.AsyncCopy, wait_for: Callable[..., Any]) -> None:
        self._raw, self._wait_for = raw, wait_for

    def write_row(self, row: Row) -> None:
        self._wait_for(self._raw.write_row(row))


class _Raw:
    """A connection of psycopg that is called, and waits in the event loop."""

    def __init__(self, raw: psycopg.AsyncConnection[Any]) -> None:
        self._raw = raw

    @property
    def closed(self) -> bool:
        return self._raw.closed

    @property
    def info(self) -> psycopg.ConnectionInfo:
        return self._raw.info

    def _set_autocommit(self, value: bool) -> None:
        self.wait_for(self._raw.set_autocommit(value))

    def _set_row_factory(self, value: Any) -> None:
        self._raw.row_factory = value

    autocommit = property(fset=_set_autocommit)
    row_factory = property(fset=_set_row_factory)

    def cursor(self) -> _Cursor:
        return _Cursor(self._raw.cursor(), self)

    def execute(
        self, statement: Any, values: Any = None, *, prepare: bool | None = None
    ) -> _Cursor:
        doing = self._raw.execute(statement, values, prepare=prepare)
        return _Cursor(self.wait_for(doing), self)

    def rollback(self) -> None:
        self.wait_for(self._raw.rollback())

    def wait_for(self, doing: Awaitable[T]) -> T:
        """Wait for what the server is doing; if that is broken off, let it go.

        The server then rolls back, and gives up whatever the connection held. Whoever
        took it next could otherwise be hit by what was meant for this statement.
        """
        try:
            return awaited(doing)
        except Exception:
            raise
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close it, also where nothing can be awaited any more."""
        self._raw.pgconn.finish()


class EventLoopJournal(SqlJournal):
    """A journal in PostgreSQL that waits in the event loop in which it was opened.

    Attributes:
        runner: Runs its calls.
    """

    runner: Greenlets

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def _open(self, connection: Any, *rest: Any, **options: Any) -> None:
        # No connection is made yet.
        super()._open(_waiting_in_loop(connection), *rest, **options)


def _waiting_in_loop(found: Postgres) -> Postgres:
    """Let what takes connections wait in the event loop."""
    size = found._pool._size
    found._pool = Pool(found._connected, fit=_is_fit, size=size, places=_Places)
    found._mine = cast("_Mine", _Own())
    return found


def connecting(conninfo: str | Callable[[], Any]) -> Callable[[], _Raw]:
    """Return what makes a connection that waits in the event loop.

    Args:
        conninfo: How to connect, as libpq reads it, or what makes a connection.
    """

    def connect() -> _Raw:
        made = make()
        if not isawaitable(made):
            problem = "conninfo must be text, or a coroutine function that connects"
            raise JournalError(problem)
        return _Raw(awaited(made))

    make = conninfo if callable(conninfo) else partial(_connected, conninfo)
    return connect


async def _connected(conninfo: str) -> psycopg.AsyncConnection[Any]:
    return await psycopg.AsyncConnection.connect(
        conninfo,
        autocommit=True,
        client_encoding="UTF8",
        fallback_application_name="complaint_lifecycle",
    )
