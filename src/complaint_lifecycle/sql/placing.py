"""Where the tables of a journal are put in PostgreSQL, and where positions go on."""

from collections.abc import Callable, Sequence
from typing import Any

from complaint_lifecycle.errors import JournalError
from complaint_lifecycle.sql.connections import Connection
from complaint_lifecycle.sql.dialects import ORDINAL_BITS, Tables

Ask = Callable[[str, Sequence[object]], list[Any]]
"""Executes a statement with its values and returns the rows."""

# Positions hold ids of transactions, which begin anew in another cluster. A journal
# that was restored there goes on above what it holds.
_NEWEST = f"""
    SELECT max(position) >> {ORDINAL_BITS} FROM {{entry}} WHERE tenant = ?
"""  # noqa: S608
_RESTORED = """
    SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint + shift <= ?
    FROM {schema}
"""
_SHIFT = """
    UPDATE {schema}
    SET shift = ? + 1 - pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    WHERE pg_snapshot_xmax(pg_current_snapshot())::text::bigint + shift <= ?
"""


def check_encoding(ask: Ask) -> None:
    """Refuse a database that cannot keep every text.

    Raises:
        JournalError: If its encoding is not UTF8.
    """
    ((encoding,),) = ask("SHOW server_encoding", ())
    if encoding != "UTF8":
        problem = f"the encoding of the database is {encoding}: it must be UTF8"
        raise JournalError(problem)


def make_schema(connection: Connection, tables: Tables) -> None:
    """Make the schema that is to hold the tables, if there is none."""
    schema = tables.schema
    find = tables.rendered("SELECT 1 FROM pg_namespace WHERE nspname = ?")
    if schema is not None and not connection.all(find, (schema,)):
        with connection.transaction(["schema"]):
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')


def go_on(
    ask: Ask,
    execute: Callable[[str, Sequence[object]], object],
    tables: Tables,
    tenant: str,
) -> None:
    """Let positions go on above those that are there, after a restore.

    Args:
        ask: Executes a statement and returns its rows.

        execute: Executes a statement.

        tables: The tables of the journal.

        tenant: Whose entries are looked at.
    """
    rendered = tables.rendered
    ((newest,),) = ask(rendered(_NEWEST), (tenant,))
    if newest is not None and ask(rendered(_RESTORED), (newest,)) == [(True,)]:
        execute(rendered(_SHIFT), (newest, newest))
