"""A journal in an SQL database, over DB-API 2.0."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from attrs import define, field

from complaint_lifecycle.checks import reference
from complaint_lifecycle.codec import Codec, canonical
from complaint_lifecycle.errors import ContentionError, JournalError
from complaint_lifecycle.events import Due, Entry
from complaint_lifecycle.journal import (
    Aside,
    Batch,
    BudgetChange,
    BudgetRow,
    DueRows,
    Positioned,
    Readers,
    Receipt,
    Snapshot,
)
from complaint_lifecycle.sql import budgets as stored
from complaint_lifecycle.sql.audited import Audited
from complaint_lifecycle.sql.borrowed import borrowing
from complaint_lifecycle.sql.checkpoints import Checkpoints
from complaint_lifecycle.sql.claiming import Claims
from complaint_lifecycle.sql.connections import Connection
from complaint_lifecycle.sql.cursors import SqlReaders, readers_in
from complaint_lifecycle.sql.dialects import POSTGRESQL, PREFIX, SQLITE, Tables
from complaint_lifecycle.sql.forgetful import Forgetful, vault_of
from complaint_lifecycle.sql.forgetting import Forgetter
from complaint_lifecycle.sql.keys import Keys
from complaint_lifecycle.sql.rows import (
    PAGE,
    due_of,
    entry_of,
    microseconds,
)
from complaint_lifecycle.sql.sealing import Seal
from complaint_lifecycle.sql.snapshots import Snapshots
from complaint_lifecycle.sql.sqlite import open_sqlite
from complaint_lifecycle.sql.statements import Statements
from complaint_lifecycle.sql.upgrading import schema_of, upgrade
from complaint_lifecycle.sql.vaults import Vault
from complaint_lifecycle.sql.writing import Writer

_NO_LIMIT = 2**62
_CONNECTIONS = 8


@define(init=False, eq=False)
class SqlJournal(Audited, Forgetful):
    """A journal in an SQLite file, or with :meth:`postgres` in PostgreSQL.

    One object may be used from several threads, and one database from several
    processes. Use it as a context manager, or call :meth:`close`.

    Args:
        path: The file, or ``":memory:"``.

        codec: Writes and reads the events.

        create: Whether to make the file and the tables where they are missing; if not,
            only a journal that is there is opened. Either way a journal of an older
            schema is upgraded.

        prefix: What the names of the tables begin with.

        tenant: Whose complaints are read and written: those of all others are out of
            reach, and ids, keys and budgets are counted apart.

        secret: Keys the digests of entries; kept outside of the database, at least 16
            bytes. Give it from the first entry on.

        keys: Encrypt what is personal, under a key for each customer (extra
            ``crypto``); by default it is stored readable.

    Raises:
        JournalError: If the file is no database, holds no journal that it should hold,
            or one of a newer schema.
        InvalidEventError: If the prefix, tenant or secret cannot be one.
        MissingExtraError: If there are keys, and the extra ``crypto`` is not installed.

    >>> with SqlJournal(":memory:") as journal:
    ...     journal.complaints()
    ()
    """

    _connection: Connection = field(repr=False)
    _codec: Codec = field(repr=False)
    _tenant: str = field(repr=False)
    _sql: Statements = field(repr=False)
    _seal: Seal = field(repr=False)
    _keys: Keys | None = field(repr=False)
    _vault: Vault = field(repr=False)
    _writer: Writer = field(repr=False)
    _claims: Claims = field(repr=False)
    _readers: SqlReaders = field(repr=False)
    _checkpoints: Checkpoints = field(repr=False)
    _snapshots: Snapshots = field(repr=False)
    _forgetter: Forgetter = field(repr=False)

    def __init__(
        self,
        path: str | Path,
        *,
        codec: Codec | None = None,
        create: bool = True,
        prefix: str = PREFIX,
        tenant: str = "",
        secret: bytes | str | None = None,
        keys: Keys | None = None,
    ) -> None:
        tables = Tables(SQLITE, prefix)
        self._tenant = tenant and reference(tenant, "tenant")
        connection = open_sqlite(path, create=create)
        self._open(
            connection, tables, codec, secret, keys, create=create, name=str(path)
        )

    @classmethod
    def postgres(
        cls,
        conninfo: str | Callable[[], Any],
        *,
        codec: Codec | None = None,
        create: bool = True,
        schema: str | None = None,
        prefix: str = PREFIX,
        tenant: str = "",
        secret: bytes | str | None = None,
        keys: Keys | None = None,
        connections: int = _CONNECTIONS,
    ) -> Self:
        """Open a journal in PostgreSQL 13 or newer.

        Args:
            conninfo: How to connect, such as ``"postgresql://crm@db/crm"``, or a
                function that makes a connection of psycopg 3.

            codec: Writes and reads the events.

            create: Whether to make the schema and the tables where they are missing.

            schema: The schema of the tables; by default that of the connection.

            prefix: What the names of the tables begin with.

            tenant: Whose complaints are read and written.

            secret: Keys the digests of entries.

            keys: Encrypt what is personal.

            connections: How many connections there may be at a time; a thread holds
                one only while it reads or appends.

        Raises:
            MissingExtraError: If the extra ``postgres`` is not installed, or
                ``crypto`` if there are keys.
            JournalError: If the database cannot be reached or is not of the encoding
                UTF8, or the journal is missing or of a newer schema.
            InvalidEventError: If the schema, prefix, tenant or secret cannot be one.
        """
        from complaint_lifecycle.sql.postgres import open_postgres

        tables = Tables(POSTGRESQL, prefix, schema)
        journal = cls.__new__(cls)
        journal._tenant = tenant and reference(tenant, "tenant")
        connection = open_postgres(conninfo, tables, tenant=tenant, size=connections)
        journal._open(
            connection, tables, codec, secret, keys, create=create, name="PostgreSQL"
        )
        return journal

    def _open(
        self,
        connection: Connection,
        tables: Tables,
        codec: Codec | None,
        secret: bytes | str | None,
        keys: Keys | None,
        *,
        create: bool,
        name: str,
    ) -> None:
        self._codec = Codec() if codec is None else codec
        self._seal = Seal(secret)
        self._keys = keys
        self._attach(connection, tables)
        try:
            self._prepare(create=create)
        except (JournalError, ContentionError) as error:
            connection.close()
            problem = f"cannot use {name} as a journal: {error}"
            raise JournalError(problem) from error

    def _attach(self, connection: Connection, tables: Tables) -> None:
        """Ask this database from now on."""
        self._connection = connection
        self._sql = Statements(tables)
        self._vault = vault_of(self._keys, self._seal, connection, tables)
        self._forgetter = Forgetter(connection, self._tenant, tables, self._vault)
        self._writer = Writer(
            connection, self._codec, self._tenant, self._sql, self._seal, self._vault
        )
        self._claims = Claims(connection, self._tenant, self._sql)
        self._checkpoints = Checkpoints(connection, self._tenant, self._sql, self._seal)
        self._snapshots = Snapshots(connection, self._tenant, tables)
        self._readers = readers_in(
            connection, self._codec, self._tenant, tables, self._vault
        )

    def on(self, connection: Any, dialect: str | None = None) -> Self:
        """Return this journal in the transaction of somebody else.

        Nothing is committed or closed by it: see :doc:`/how-to/share-a-transaction`.

        Args:
            connection: A connection of ``sqlite3``, psycopg, SQLAlchemy or Django, a
                session of SQLAlchemy, or a connection or cursor of DB-API 2.0 that
                takes parameters as ``qmark`` or ``format``.

            dialect: ``"sqlite"`` or ``"postgresql"``, where that cannot be seen.

        Raises:
            JournalError: If it is none of these, or of another kind of database.
        """
        return borrowing(self, connection, dialect)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection; the journal cannot be used afterwards."""
        self._connection.close()

    def create_schema(self) -> None:
        """Make the tables, or those that are missing in a journal of an older schema.

        Each step of an upgrade is one transaction: what breaks midway changes nothing,
        and may be begun again. Schema 2 brought the budgets, all empty:
        ``desk.recount()`` fills them, if offers drew on some before. Schema 3 brought
        the tenant; what was there is of the tenant ``""``.

        Raises:
            JournalError: If the tables are of a newer version of the library.
        """
        self._connection.prepare(create=True)
        upgrade(self._connection, self._sql)
        self._connection.settle()

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
            ContentionError: If the database broke off the transaction for another one.
            KeyReusedError: If the key of the receipt is taken.
            JournalError: If the database fails; then nothing was appended.
            OutcomeUnknownError: If the connection breaks during the commit.
        """
        self._writer.append(batches, receipt=receipt, due=due, budgets=budgets)

    def budget(self, name: str) -> BudgetRow:
        """Return what is drawn on a budget; version 0 if nothing ever was."""
        return self._writer.budget(name)

    def budgets(self) -> tuple[BudgetRow, ...]:
        """Return every budget that was ever drawn on, by name."""
        rows = self._connection.all(self._sql.read_budgets, (self._tenant,))
        return tuple(map(stored.budget_row, rows))

    def due(
        self, until: datetime, *, limit: int, complaint_id: str | None = None
    ) -> tuple[Due, ...]:
        """Return the rows of the due index up to an instant, the earliest first."""
        at, ask = microseconds(until), self._connection.all
        if complaint_id is None:
            rows = ask(self._sql.read_due, (self._tenant, at, limit))
        else:
            of = (self._tenant, complaint_id, at, limit)
            rows = ask(self._sql.read_due_of, of)
        return tuple(map(due_of, rows))

    def claim(
        self, now: datetime, *, limit: int
    ) -> AbstractContextManager[tuple[Due, ...]]:
        """Hold some complaints whose timers are ready, so that nobody else fires them.

        All is one transaction; on PostgreSQL other workers pass over what this one
        holds.
        """
        return self._claims.claim(now, limit=limit)

    def set_aside(self, complaint_id: str, *, until: datetime, error: str) -> None:
        """Let what is due on a complaint not be ready before an instant."""
        self._claims.set_aside(complaint_id, until=until, error=error)

    def aside(self, complaint_id: str | None = None) -> tuple[Aside, ...]:
        """Return the complaints that were set aside, or that one if it is."""
        return self._claims.aside(complaint_id)

    def ticked(self, at: datetime | None = None) -> datetime | None:
        """Return when somebody last looked for what is due, after noting it if given."""
        return self._claims.ticked(at)

    def histories(self, known: Mapping[str, int]) -> dict[str, tuple[Entry, ...]]:
        """Return the entries of several complaints after the version known of each."""
        asked = (canonical(dict(known)), self._tenant)
        found: dict[str, list[Entry]] = {}
        for row in self._connection.all(self._sql.histories, asked):
            entry = entry_of(self._codec, self._tenant, row, self._vault)
            found.setdefault(entry.complaint_id, []).append(entry)
        return {name: tuple(entries) for name, entries in found.items()}

    def entries(
        self, complaint_id: str, *, after: int = 0, up_to: int | None = None
    ) -> tuple[Entry, ...]:
        """Return the entries of a complaint, in order; none if there is no such."""
        last = _NO_LIMIT if up_to is None else up_to
        wanted = (self._tenant, complaint_id, after, last)
        rows = self._connection.all(self._sql.entries, wanted)
        codec, tenant, vault = self._codec, self._tenant, self._vault
        return tuple([entry_of(codec, tenant, row, vault) for row in rows])

    def receipt(self, key: str) -> Receipt | None:
        """Return what an idempotency key stands for, if it was used."""
        rows = self._connection.all(self._sql.read_receipt, (self._tenant, key))
        return Receipt(*rows[0]) if rows else None

    def since(self, position: int) -> Iterator[Positioned]:
        """Read the entries of all complaints after a position, in order.

        On PostgreSQL an entry is read once every transaction has ended that began to
        write before its own did, so that nothing can appear before it any more;
        :meth:`tail_lag` counts those that wait for that.
        """
        codec, vault = self._codec, self._vault
        statement, tenant = self._sql.since, self._tenant
        while rows := self._connection.all(statement, (tenant, position, PAGE)):
            for row in rows:
                position = row[-1]
                yield Positioned(position, entry_of(codec, tenant, row[:-1], vault))

    def snapshot(self, complaint_id: str) -> Snapshot | None:
        """Return the snapshot of a complaint, if there is one."""
        return self._snapshots.read(complaint_id)

    def keep_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot instead of the one before it."""
        self._snapshots.keep(snapshot)

    @property
    def readers(self) -> Readers:
        """Those who read on, and how far each has come."""
        return self._readers

    def tail_lag(self) -> int:
        """Count the entries that are committed and that ``since`` holds back yet."""
        ((lag,),) = self._connection.all(self._sql.tail_lag, (self._tenant,))
        return int(lag)

    def complaints(self, *, customer: str | None = None) -> tuple[str, ...]:
        """Return the ids of all complaints, or of one customer's, oldest first."""
        if customer is None:
            rows = self._connection.all(self._sql.complaints, (self._tenant,))
        else:
            of = (self._tenant, customer)
            rows = self._connection.all(self._sql.complaints_of, of)
        return tuple(name for (name,) in rows)

    def _prepare(self, *, create: bool) -> None:
        if not create and schema_of(self._connection, self._sql) is None:
            problem = "it holds no journal"
            raise JournalError(problem)
        self._connection.prepare(create=create)
        upgrade(self._connection, self._sql)
        self._connection.settle()
