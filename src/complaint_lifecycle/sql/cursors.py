"""Readers of a journal as they are stored: cursors, and what was parked."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime

from attrs import frozen

from complaint_lifecycle.codec import Codec
from complaint_lifecycle.errors import CursorConflictError
from complaint_lifecycle.journal.readers import Parked
from complaint_lifecycle.sql.connections import Connection
from complaint_lifecycle.sql.dialects import Tables
from complaint_lifecycle.sql.rows import Row, entry_of, instant_of, microseconds
from complaint_lifecycle.sql.statements import _COLUMNS
from complaint_lifecycle.sql.vaults import Vault

_STATE = ("position", "attempts", "ready_us", "error", "dead")


class CursorStatements:
    """The statements for readers, over the names of the tables of a journal.

    Args:
        tables: These names, and the dialect.
    """

    def __init__(self, tables: Tables) -> None:
        self.end = tables.rendered(_END)
        self.read_cursor = tables.rendered(_READ_CURSOR)
        self.make_cursor = tables.rendered(_MAKE_CURSOR)
        self.move_cursor = tables.rendered(_MOVE_CURSOR)
        self.park = tables.rendered(_PARK)
        self.unpark = tables.rendered(_UNPARK)
        self.read_parked = tables.rendered(_READ_PARKED)
        self.read_ready = tables.rendered(_READ_READY)
        self.read_blocked = tables.rendered(_READ_BLOCKED)


@frozen(eq=False)
class SqlReaders:
    """Those who read a journal in a database on.

    Attributes:
        connection: The database.

        codec: Reads the events.

        tenant: Whose entries they read.

        sql: The statements.

        vault: Keeps personal parts.
    """

    connection: Connection
    codec: Codec
    tenant: str
    sql: CursorStatements
    vault: Vault

    def end(self) -> int:
        """Return the last position that can be read now; 0 if there is none."""
        rows = self.connection.all(self.sql.end, (self.tenant,))
        return int(rows[0][0]) if rows else 0

    def hold(self, name: str) -> AbstractContextManager[bool]:
        """Be the only one who reads under a name."""
        return self.connection.hold(f"reader\n{self.tenant}\n{name}")

    def cursor(self, name: str) -> int | None:
        """Return how far a reader has come, or ``None`` if it never began."""
        rows = self.connection.all(self.sql.read_cursor, (self.tenant, name))
        return int(rows[0][0]) if rows else None

    def mark(
        self,
        name: str,
        position: int,
        *,
        expected: int | None,
        parked: Iterable[Parked] = (),
        done: Iterable[int] = (),
    ) -> None:
        """Write down how far a reader has come, and what it parked, in one transaction.

        Raises:
            CursorConflictError: If its cursor is elsewhere; then nothing changes.
        """
        with self.connection.transaction():
            self._move(name, position, expected)
            self._park(name, parked, done)

    def park(
        self, name: str, parked: Iterable[Parked] = (), *, done: Iterable[int] = ()
    ) -> None:
        """Change what a reader has parked, wherever its cursor is."""
        with self.connection.transaction():
            self._park(name, parked, done)

    def _move(self, name: str, position: int, expected: int | None) -> None:
        write = self.connection.execute
        if expected is None:
            moved = write(self.sql.make_cursor, (self.tenant, name, position))
        else:
            moved = write(self.sql.move_cursor, (position, self.tenant, name, expected))
        if not moved:
            raise CursorConflictError(name, expected, self.cursor(name))

    def _park(self, name: str, parked: Iterable[Parked], done: Iterable[int]) -> None:
        gone = [(self.tenant, name, position) for position in sorted(done)]
        if gone:
            self.connection.executemany(self.sql.unpark, gone)
        rows = sorted(self._row(name, each) for each in parked)
        if rows:
            self.connection.executemany(self.sql.park, rows)

    def _row(self, name: str, each: Parked) -> Row:
        return (
            self.tenant,
            name,
            each.position,
            each.entry.complaint_id,
            each.attempts,
            microseconds(each.ready),
            each.error,
            int(each.dead),
        )

    def parked(self, name: str, *, dead: bool, limit: int) -> tuple[Parked, ...]:
        """Return what a reader has parked, in order of position."""
        return self._read(self.sql.read_parked, (self.tenant, name, int(dead), limit))

    def ready(
        self, name: str, until: datetime, *, limit: int, past_dead: bool
    ) -> tuple[Parked, ...]:
        """Return the parked entries that may be tried, the first of each complaint."""
        worst = _worst(past_dead=past_dead)
        asked = (self.tenant, name, microseconds(until), worst, limit)
        return self._read(self.sql.read_ready, asked)

    def blocked(self, name: str, complaint_id: str, *, past_dead: bool) -> bool:
        """Tell whether a parked entry of a complaint stands in the way of the next."""
        asked = (self.tenant, name, complaint_id, _worst(past_dead=past_dead))
        return bool(self.connection.all(self.sql.read_blocked, asked))

    def _read(self, statement: str, values: Row) -> tuple[Parked, ...]:
        return tuple(map(self._of, self.connection.all(statement, values)))

    def _of(self, row: Row) -> Parked:
        *entry, position, attempts, ready, error, dead = row
        return Parked(
            position=position,
            entry=entry_of(self.codec, self.tenant, tuple(entry), self.vault),
            attempts=attempts,
            ready=instant_of(ready),
            error=error,
            dead=bool(dead),
        )


def readers_in(
    connection: Connection, codec: Codec, tenant: str, tables: Tables, vault: Vault
) -> SqlReaders:
    """Return those who read a journal on, over the names of its tables."""
    return SqlReaders(connection, codec, tenant, CursorStatements(tables), vault)


def _worst(*, past_dead: bool) -> int:
    """Return how dead an entry may be to stand in the way of the next."""
    return 0 if past_dead else 1


_END = """
    SELECT position FROM {entry}{scan}
    WHERE tenant = ? AND position < {horizon} ORDER BY position DESC LIMIT 1
"""
_READ_CURSOR = "SELECT position FROM {cursor} WHERE tenant = ? AND name = ?"
# Writes no row if there is one.
_MAKE_CURSOR = """
    INSERT INTO {cursor} (tenant, name, position)
    VALUES (?, ?, ?) ON CONFLICT (tenant, name) DO NOTHING
"""
_MOVE_CURSOR = """
    UPDATE {cursor} SET position = ? WHERE tenant = ? AND name = ? AND position = ?
"""
_PARK = """
    INSERT INTO {parked} (
        tenant, name, position, complaint_id, attempts, ready_us, error, dead
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (tenant, name, position) DO UPDATE SET
        attempts = excluded.attempts,
        ready_us = excluded.ready_us,
        error = excluded.error,
        dead = excluded.dead
"""
_UNPARK = "DELETE FROM {parked} WHERE tenant = ? AND name = ? AND position = ?"
_WITH_ENTRY = f"""
    SELECT {", ".join(f"entry.{column}" for column in _COLUMNS.split(", "))},
        {", ".join(f"parked.{column}" for column in _STATE)}
    FROM (%s) AS parked JOIN {{entry}} AS entry
    ON entry.tenant = parked.tenant AND entry.position = parked.position
    ORDER BY %s
"""  # noqa: S608
_PARKED = "SELECT * FROM {parked} AS each WHERE tenant = ? AND name = ?"
_READ_PARKED = _WITH_ENTRY % (
    f"{_PARKED} AND dead = ? ORDER BY position LIMIT ?",
    "parked.position",
)
# Asked of each row by itself, which costs the same whatever the database guesses.
_FIRST = """(
    SELECT position FROM {parked} AS first
    WHERE first.tenant = each.tenant AND first.name = each.name
    AND first.complaint_id = each.complaint_id AND first.dead <= ?
    ORDER BY position LIMIT 1
)"""
_READY = f"{_PARKED} AND dead = 0 AND ready_us <= ? AND position = {_FIRST}"
_READ_READY = _WITH_ENTRY % (
    f"{_READY} ORDER BY ready_us, position LIMIT ?",
    "parked.ready_us, parked.position",
)
_READ_BLOCKED = """
    SELECT 1 FROM {parked}
    WHERE tenant = ? AND name = ? AND complaint_id = ? AND dead <= ? LIMIT 1
"""
