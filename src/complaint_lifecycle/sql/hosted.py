"""A journal of a host that wants no connections but its own."""

from typing import NoReturn

from complaint_lifecycle.checks import reference
from complaint_lifecycle.codec import Codec
from complaint_lifecycle.errors import JournalError
from complaint_lifecycle.sql.borrowed import Borrowed
from complaint_lifecycle.sql.dialects import POSTGRESQL, PREFIX, SQLITE, Tables
from complaint_lifecycle.sql.journal import SqlJournal
from complaint_lifecycle.sql.keys import Keys
from complaint_lifecycle.sql.lending import Lent
from complaint_lifecycle.sql.sealing import Seal


def hosted_journal(
    *,
    codec: Codec | None = None,
    schema: str | None = None,
    prefix: str = PREFIX,
    tenant: str = "",
    secret: bytes | str | None = None,
    keys: Keys | None = None,
) -> SqlJournal:
    """Return a journal without a connection: it is used on those of a host.

    The tables are made by ``journal.on(connection).create_schema()``, in a transaction
    of the host, or by what keeps the changes of its database, from :func:`migrations`.

    Args:
        codec: Writes and reads the events.

        schema: The schema of the tables in PostgreSQL; by default that of the
            connection.

        prefix: What the names of the tables begin with.

        tenant: Whose complaints are read and written.

        secret: Keys the digests of entries.

        keys: Encrypt what is personal.

    Raises:
        InvalidEventError: If the schema, prefix, tenant or secret cannot be one.

    >>> import sqlite3
    >>> journal = hosted_journal(tenant="north")
    >>> with sqlite3.connect(":memory:") as connection:
    ...     journal.on(connection).create_schema()
    ...     journal.on(connection).complaints()
    ()
    >>> connection.close()
    """
    dialect = SQLITE if schema is None else POSTGRESQL
    tables = Tables(dialect, prefix, schema)
    journal = SqlJournal.__new__(SqlJournal)
    journal._tenant = tenant and reference(tenant, "tenant")
    journal._codec = Codec() if codec is None else codec
    journal._seal = Seal(secret)
    journal._keys = keys
    nobody = Lent(dialect, _not_lent)
    journal._attach(Borrowed(nobody, tables, journal._tenant), tables)
    return journal


def _not_lent() -> NoReturn:
    problem = "this journal has no connection of its own: use journal.on(connection)"
    raise JournalError(problem)
