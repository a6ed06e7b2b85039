"""What keeps others from writing meanwhile, in transactions that somebody else began."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from hashlib import sha256
from typing import Any

from complaint_lifecycle.errors import JournalError
from complaint_lifecycle.sql.dialects import SQLITE, Tables

NOT_BEGUN = (
    "no transaction has begun on this connection, so that everything would be "
    "committed by itself: begin one before, such as by BEGIN IMMEDIATE on SQLite, "
    "connection.transaction() of psycopg or transaction.atomic() of Django"
)
HAS_READ = (
    "this transaction of SQLite has read and cannot be sure to write: it would fail as "
    "soon as somebody else has written. Begin it with BEGIN IMMEDIATE, or write your "
    "own rows before you read"
)
_LEGACY = -1


def advisory(tables: Tables, names: Iterable[str]) -> str:
    """Return what locks names on PostgreSQL until the end of the transaction.

    Always in one order, so that nobody waits in turn.

    Args:
        tables: The tables of the journal, whose names are apart from those of others.

        names: What to lock; if that is nothing, nothing is returned.
    """
    keys = sorted({lock_key(tables, name) for name in names})
    if not keys:
        return ""
    listed = f"unnest(ARRAY[{', '.join(map(str, keys))}])"
    return f"SELECT pg_advisory_xact_lock(key) FROM {listed} AS key"  # noqa: S608


def lock_key(tables: Tables, name: str) -> int:
    """Return the number by which PostgreSQL knows a name that can be locked."""
    named = f"{tables.rendered('{entry}')}\n{name}"
    return int.from_bytes(sha256(named.encode()).digest()[:8], signed=True)


def make_writable(raw: Any, tables: Tables) -> bool:
    """See to it that a transaction of SQLite holds the write lock.

    A driver that begins by itself, before the first statement that writes, is begun
    for; its ``commit()`` commits what is written then. A transaction that began
    deferred and has touched nothing takes the lock now, waiting for others.

    Args:
        raw: The connection of ``sqlite3``.

        tables: The tables of the journal.

    Returns:
        Whether the transaction was begun here.

    Raises:
        JournalError: If there is no transaction, or it has only read so far. That is
            refused also while nobody else writes: it would work in every trial, and
            fail under load.
        sqlite3.Error: If somebody else keeps the lock for too long.
    """
    if raw.in_transaction:
        if not _is_safe(raw):
            if _has_read(raw):
                raise JournalError(HAS_READ)
            _lock(raw, tables)
        return False
    if raw.isolation_level is None or getattr(raw, "autocommit", _LEGACY) != _LEGACY:
        raise JournalError(NOT_BEGUN)
    raw.execute(SQLITE.begin)
    return True


def lock_before_reading(raw: Any, tables: Tables) -> None:
    """Take the write lock of a transaction of SQLite that has touched nothing yet.

    Whoever reads first and writes later may come too late. Without a transaction, and
    in one that has read already, nothing happens.

    Args:
        raw: The connection of ``sqlite3``.

        tables: The tables of the journal.

    Raises:
        sqlite3.Error: If somebody else keeps the lock for too long.
    """
    if raw.in_transaction and not _is_safe(raw) and not _has_read(raw):
        _lock(raw, tables)


def _is_safe(raw: Any) -> bool:
    return _is_writing(raw) or _is_alone(raw)


def _lock(raw: Any, tables: Tables) -> None:
    try:
        # It deletes nothing, but takes the lock.
        raw.execute(tables.rendered("DELETE FROM {schema} WHERE 0"))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        # The tables are still to be made; one of them takes the lock, and goes.
        for statement in _LOCK_WITHOUT_TABLES:
            raw.execute(tables.rendered(statement))


_LOCK_WITHOUT_TABLES = (
    "SAVEPOINT complaint_lock",
    "CREATE TABLE {schema} (version INTEGER)",
    "ROLLBACK TO SAVEPOINT complaint_lock",
    "RELEASE SAVEPOINT complaint_lock",
)


def _is_alone(raw: Any) -> bool:
    """Tell whether the database is in memory, where nobody else writes."""
    cursor = raw.cursor()
    # The host may have given the connection rows of another kind.
    cursor.row_factory = None
    ((_, _, file), *_) = cursor.execute("PRAGMA database_list").fetchall()
    return not file


def _has_read(raw: Any) -> bool:
    """Tell whether a transaction has touched the file, be it only to read.

    SQLite has no statement that answers this. But it refuses to look after its log
    while the own transaction holds a lock; while it does not, this looks after the log
    as SQLite does now and then by itself, and from version 3.51 on does nothing.
    """
    try:
        raw.execute("PRAGMA main.wal_checkpoint(NOOP)").fetchall()
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode == sqlite3.SQLITE_LOCKED
    return False


def _is_writing(raw: Any) -> bool:
    """Tell whether a transaction that has touched the file holds the write lock.

    A backup of the file says so, which has to wait for its own writer to end; it ends
    here at its first page.
    """
    first: list[int] = []

    def stop(status: int, remaining: int, total: int) -> None:
        first.append(status)
        raise _StoppedError

    with closing(sqlite3.connect(":memory:")) as nowhere, suppress(_StoppedError):
        raw.backup(nowhere, pages=1, progress=stop)
    return first == [sqlite3.SQLITE_BUSY]


class _StoppedError(Exception):
    """The backup has said what it was asked for."""
