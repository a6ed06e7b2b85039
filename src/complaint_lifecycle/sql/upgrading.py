"""Taking the steps that lead to the tables of today."""

from complaint_lifecycle.errors import JournalError
from complaint_lifecycle.sql.connections import Connection
from complaint_lifecycle.sql.statements import Statements
from complaint_lifecycle.sql.steps import SCHEMA_VERSION, Migration, migrations


def upgrade(connection: Connection, sql: Statements) -> None:
    """Make the tables, or those that are missing in a journal of an older schema.

    Each step is one transaction: what breaks midway changes nothing.

    Args:
        connection: The database.

        sql: The statements.

    Raises:
        JournalError: If the tables are of a newer version of the library.
    """
    tables = sql.tables
    found = schema_of(connection, sql) or 0
    for step in migrations(
        tables.dialect.name, prefix=tables.prefix, schema=tables.schema
    ):
        if step.version > found:
            _take(step, connection, sql)
    found = schema_of(connection, sql) or 0
    if found != SCHEMA_VERSION:
        problem = (
            f"the journal has schema {found}, this version of the library "
            f"knows {SCHEMA_VERSION}: upgrade complaint-lifecycle"
        )
        raise JournalError(problem)


def schema_of(connection: Connection, sql: Statements) -> int | None:
    """Read which schema the tables have; ``None`` if there are none."""
    if not connection.all(sql.find):
        return None
    ((version,),) = connection.all(sql.version_of_schema)
    return None if version is None else int(version)


def _take(step: Migration, connection: Connection, sql: Statements) -> None:
    with connection.transaction(["schema"]):
        # Read again: somebody may have been first, and then it is taken.
        if (schema_of(connection, sql) or 0) < step.version:
            for statement in step.statements:
                connection.execute(statement)
