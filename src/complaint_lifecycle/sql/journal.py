"""A journal in an SQL database, over DB-API 2.0."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from attrs import define, field

from complaint_lifecycle.checks import reference
from complaint_lifecycle.codec import Codec
from complaint_lifecycle.errors import (
    ContentionError,
    JournalError,
)
from complaint_lifecycle.events import Due, Entry
from complaint_lifecycle.journal import (
    Batch,
    BudgetChange,
    BudgetRow,
    DueRows,
    Positioned,
    Receipt,
)
from complaint_lifecycle.sql import budgets as stored
from complaint_lifecycle.sql.connections import (
    Connection,
)
from complaint_lifecycle.sql.dialects import POSTGRESQL, PREFIX, SQLITE, Tables
from complaint_lifecycle.sql.rows import (
    PAGE,
    due_of,
    entry_of,
    microseconds,
)
from complaint_lifecycle.sql.sealing import Seal
from complaint_lifecycle.sql.sqlite import open_sqlite
from complaint_lifecycle.sql.statements import Statements
from complaint_lifecycle.sql.steps import SCHEMA_VERSION, Migration, migrations
from complaint_lifecycle.sql.vaults import PlainVault, Vault
from complaint_lifecycle.sql.writing import Writer

_NO_LIMIT = 2**62
_CONNECTIONS = 8


@define(init=False, eq=False)
class SqlJournal:
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

    Raises:
        JournalError: If the file is no database, holds no journal that it should hold,
            or one of a newer schema.
        InvalidEventError: If the prefix, tenant or secret cannot be one.

    >>> with SqlJournal(":memory:") as journal:
    ...     journal.complaints()
    ()
    """

    _connection: Connection = field(repr=False)
    _codec: Codec = field(repr=False)
    _tenant: str = field(repr=False)
    _sql: Statements = field(repr=False)
    _seal: Seal = field(repr=False)
    _vault: Vault = field(repr=False)
    _writer: Writer = field(repr=False)

    def __init__(
        self,
        path: str | Path,
        *,
        codec: Codec | None = None,
        create: bool = True,
        prefix: str = PREFIX,
        tenant: str = "",
        secret: bytes | str | None = None,
    ) -> None:
        tables = Tables(SQLITE, prefix)
        self._tenant = tenant and reference(tenant, "tenant")
        connection = open_sqlite(path, create=create)
        self._open(connection, tables, codec, secret, create=create, name=str(path))

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

            connections: How many connections there may be at a time; a thread holds
                one only while it reads or appends.

        Raises:
            MissingExtraError: If the extra ``postgres`` is not installed.
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
            connection, tables, codec, secret, create=create, name="PostgreSQL"
        )
        return journal

    def _open(
        self,
        connection: Connection,
        tables: Tables,
        codec: Codec | None,
        secret: bytes | str | None,
        *,
        create: bool,
        name: str,
    ) -> None:
        self._connection = connection
        self._codec = Codec() if codec is None else codec
        self._sql = Statements(tables)
        self._seal = Seal(secret)
        self._vault = PlainVault(self._seal)
        self._writer = Writer(
            connection, self._codec, self._tenant, self._sql, self._seal, self._vault
        )
        try:
            self._prepare(create=create)
        except (JournalError, ContentionError) as error:
            connection.close()
            problem = f"cannot use {name} as a journal: {error}"
            raise JournalError(problem) from error

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
        tables = self._sql.tables
        found = self._schema() or 0
        for step in migrations(
            tables.dialect.name, prefix=tables.prefix, schema=tables.schema
        ):
            if step.version > found:
                self._take(step)
        found = self._schema() or 0
        if found != SCHEMA_VERSION:
            problem = (
                f"the journal has schema {found}, this version of the library "
                f"knows {SCHEMA_VERSION}: upgrade complaint-lifecycle"
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
            ContentionError: If the database broke off the transaction for another one.
            KeyReusedError: If the key of the receipt is taken.
            JournalError: If the database fails; then nothing was appended.
            OutcomeUnknownError: If the connection breaks during the commit.
        """
        self._writer.append(batches, receipt=receipt, due=due, budgets=budgets)

    def budget(self, name: str) -> BudgetRow:
        """Return what is drawn on a budget; version 0 if nothing ever was."""
        rows = self._connection.all(self._sql.read_budget, (self._tenant, name))
        return stored.budget_row(rows[0]) if rows else BudgetRow(name)

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
        if not create and self._schema() is None:
            problem = "it holds no journal"
            raise JournalError(problem)
        self._connection.prepare(create=create)
        self.create_schema()
        self._connection.settle()

    def _schema(self) -> int | None:
        """Read which schema the tables have; ``None`` if there are none."""
        if not self._connection.all(self._sql.find):
            return None
        ((version,),) = self._connection.all(self._sql.version_of_schema)
        return None if version is None else int(version)

    def _take(self, step: Migration) -> None:
        with self._connection.transaction(["schema"]):
            # Read again: somebody may have been first, and then it is taken.
            if (self._schema() or 0) < step.version:
                for statement in step.statements:
                    self._connection.execute(statement)
