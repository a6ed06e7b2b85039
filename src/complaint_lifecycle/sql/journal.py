"""A journal in an SQL database, over DB-API 2.0."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import Any, Self

from attrs import define, field

from complaint_lifecycle.codec import Codec, Encoded
from complaint_lifecycle.errors import (
    ConflictError,
    JournalError,
    KeyReusedError,
    UnreadableError,
)
from complaint_lifecycle.events import Due, Entry
from complaint_lifecycle.events.base import entry_of_checked
from complaint_lifecycle.journal import (
    Batch,
    BudgetChange,
    BudgetRow,
    DueRows,
    Positioned,
    Receipt,
    customer_of,
)
from complaint_lifecycle.sql import budgets as stored
from complaint_lifecycle.sql import statements as sql
from complaint_lifecycle.sql.sqlite import make_durable, open_sqlite

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_LIMIT = 2**62
_PAGE = 1000


@define(init=False, eq=False)
class SqlJournal:
    """A journal in an SQLite file.

    One object may be used from several threads, and one file from several processes.
    Use it as a context manager, or call :meth:`close`.

    Args:
        path: The file, or ``":memory:"``.

        codec: Writes and reads the events.

        create: Whether to make the file and the tables where they are missing; if not,
            only a journal that is there is opened. Either way a journal of an older
            schema is upgraded.

    Raises:
        JournalError: If the file is no database, holds no journal that it should hold,
            or one of a newer schema.

    >>> with SqlJournal(":memory:") as journal:
    ...     journal.complaints()
    ()
    """

    _connection: sqlite3.Connection = field(repr=False)
    _codec: Codec = field(repr=False)
    _lock: RLock = field(repr=False)

    def __init__(
        self, path: str | Path, *, codec: Codec | None = None, create: bool = True
    ) -> None:
        self._lock = RLock()
        self._codec = Codec() if codec is None else codec
        self._connection = open_sqlite(path, create=create)
        try:
            self._prepare(create=create)
        except (sqlite3.Error, JournalError) as error:
            self._connection.close()
            problem = f"cannot use {path} as a journal: {error}"
            raise JournalError(problem) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the journal cannot be used afterwards."""
        self._connection.close()

    def create_schema(self) -> None:
        """Make the tables, or those that are missing in a journal of an older schema.

        All steps of an upgrade are one transaction: what breaks midway changes
        nothing, and may be begun again. Schema 2 brought the budgets, all empty:
        ``desk.recount()`` fills them, if offers drew on some before.

        Raises:
            JournalError: If the tables are of a newer version of the library.
        """
        if (self._schema() or 0) < sql.SCHEMA_VERSION:
            with self._transaction():
                self._upgrade()
        found = self._schema()
        if found != sql.SCHEMA_VERSION:
            problem = (
                f"the journal has schema {found}, this version of the library "
                f"knows {sql.SCHEMA_VERSION}: upgrade complaint-lifecycle"
            )
            raise JournalError(problem)

    def append(
        self,
        batches: Iterable[Batch],
        *,
        receipt: Receipt | None = None,
        due: DueRows | None = None,
        budgets: Iterable[BudgetChange] = (),
    ) -> None:
        """Append entries, receipt, due index and budgets in one transaction.

        Batches are read one after the other, so that a generator of millions needs
        little memory.

        Raises:
            ConflictError: If a complaint is not at the expected version.
            BudgetConflictError: If a budget is not.
            KeyReusedError: If the key of the receipt is taken.
            JournalError: If the database fails; then nothing was appended.
        """
        with self._transaction():
            if receipt is not None:
                self._write_receipt(receipt)
            for page in _pages(self._rows(batches)):
                self._connection.executemany(sql.APPEND, page)
            for name, rows in (due or {}).items():
                self._connection.execute(sql.CLEAR_DUE, (name,))
                self._connection.executemany(sql.WRITE_DUE, map(_due_row, rows))
            for change in budgets:
                row = stored.after(change, self.budget(change.name).version)
                self._connection.execute(sql.WRITE_BUDGET, row)

    def budget(self, name: str) -> BudgetRow:
        """Return what is drawn on a budget; version 0 if nothing ever was."""
        rows = self._all(sql.READ_BUDGET, name)
        return stored.budget_row(rows[0]) if rows else BudgetRow(name)

    def budgets(self) -> tuple[BudgetRow, ...]:
        """Return every budget that was ever drawn on, by name."""
        return tuple(map(stored.budget_row, self._all(sql.READ_BUDGETS)))

    def due(
        self, until: datetime, *, limit: int, complaint_id: str | None = None
    ) -> tuple[Due, ...]:
        """Return the rows of the due index up to an instant, the earliest first."""
        at = _microseconds(until)
        if complaint_id is None:
            rows = self._all(sql.READ_DUE, at, limit)
        else:
            rows = self._all(sql.READ_DUE_OF, complaint_id, at, limit)
        return tuple(
            Due(
                complaint_id=name,
                cause=cause,
                threshold=threshold,
                at=_EPOCH + timedelta(0, 0, at),
            )
            for name, cause, threshold, at in rows
        )

    def entries(
        self, complaint_id: str, *, after: int = 0, up_to: int | None = None
    ) -> tuple[Entry, ...]:
        """Return the entries of a complaint, in order; none if there is no such."""
        last = _NO_LIMIT if up_to is None else up_to
        rows = self._all(sql.ENTRIES, complaint_id, after, last)
        return tuple(map(self._entry, rows))

    def receipt(self, key: str) -> Receipt | None:
        """Return what an idempotency key stands for, if it was used."""
        rows = self._all(sql.READ_RECEIPT, key)
        return Receipt(*rows[0]) if rows else None

    def since(self, position: int) -> Iterator[Positioned]:
        """Read the entries of all complaints after a position, in order."""
        while rows := self._all(sql.SINCE, position, _PAGE):
            for row in rows:
                position = row[-1]
                yield Positioned(position, self._entry(row[:-1]))

    def complaints(self, *, customer: str | None = None) -> tuple[str, ...]:
        """Return the ids of all complaints, or of one customer's, oldest first."""
        if customer is None:
            rows = self._all(sql.COMPLAINTS)
        else:
            rows = self._all(sql.COMPLAINTS_OF, customer)
        return tuple(name for (name,) in rows)

    def _prepare(self, *, create: bool) -> None:
        if not create and self._schema() is None:
            problem = "it holds no journal"
            raise JournalError(problem)
        make_durable(self._connection)
        self.create_schema()

    def _schema(self) -> int | None:
        """Read which schema the tables have; ``None`` if there are none."""
        if not self._all(sql.FIND_SCHEMA):
            return None
        ((version,),) = self._all(sql.READ_SCHEMA)
        return None if version is None else int(version)

    def _upgrade(self) -> None:
        # Read again: somebody may have been first, and then no step is left.
        found = self._schema() or 0
        for version, step in enumerate(sql.STEPS[found:], start=found + 1):
            for statement in step:
                self._connection.execute(statement)
            self._connection.execute(sql.CLEAR_SCHEMA)
            self._connection.execute(sql.WRITE_SCHEMA, (version,))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Hold the write lock from the start, so that no reader turns writer midway."""
        with self._lock:
            # Outside the try: who asks for a second one must not end the first.
            self._all("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise _failure(error) from error
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _all(self, statement: str, *values: object) -> list[Any]:
        with self._lock:
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                raise _failure(error) from error

    def _write_receipt(self, receipt: Receipt) -> None:
        if self._all(sql.READ_RECEIPT, receipt.key):
            raise KeyReusedError(receipt.key)
        row = (receipt.key, receipt.digest, receipt.complaint_id, receipt.version)
        self._connection.execute(sql.WRITE_RECEIPT, row)

    def _rows(self, batches: Iterable[Batch]) -> Iterator[tuple[object, ...]]:
        versions: dict[str, int] = {}
        for batch in batches:
            name = batch.complaint_id
            actual = versions.get(name)
            if actual is None:
                (found,) = self._connection.execute(sql.VERSION, (name,)).fetchone()
                actual = found or 0
            if actual != batch.expected:
                raise ConflictError(name, batch.expected, actual)
            yield from map(self._row, batch.entries)
            versions[name] = actual + len(batch.entries)

    def _row(self, entry: Entry) -> tuple[object, ...]:
        encoded = self._codec.encode(entry.event)
        return (
            entry.complaint_id,
            entry.version,
            _microseconds(entry.at),
            entry.by,
            _microseconds(entry.recorded_at),
            encoded.kind,
            encoded.schema,
            encoded.public,
            encoded.personal,
            encoded.personal_digest,
            customer_of(entry),
        )

    def _entry(self, row: tuple[Any, ...]) -> Entry:
        name, version, at, by, recorded, kind, schema, public, personal = row
        try:
            happened = _EPOCH + timedelta(0, 0, at)
            learnt = happened if at == recorded else _EPOCH + timedelta(0, 0, recorded)
            event = self._codec.decode(Encoded(kind, schema, public, personal))
        except (UnreadableError, TypeError, OverflowError) as error:
            problem = f"complaint {name!r} version {version}: {error}"
            raise UnreadableError(problem) from error
        return entry_of_checked(
            complaint_id=name,
            version=version,
            at=happened,
            by=by,
            event=event,
            recorded_at=learnt,
        )


def _due_row(row: Due) -> tuple[object, ...]:
    return row.complaint_id, row.cause, row.threshold, _microseconds(row.at)


def _microseconds(instant: datetime) -> int:
    """Count exactly; a float of seconds would lose the last digits."""
    span = instant - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def _pages(rows: Iterator[tuple[object, ...]]) -> Iterator[list[tuple[object, ...]]]:
    page = []
    for row in rows:
        page.append(row)
        if len(page) == _PAGE:
            yield page
            page = []
    if page:
        yield page


def _failure(error: sqlite3.Error) -> JournalError:
    """Turn what the database says into an error of ours."""
    problem = f"the journal failed: {error}"
    return JournalError(problem)
