"""How the tables of a journal came to be what they are, step by step."""

from attrs import frozen

from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.sql.dialects import DIALECTS, PREFIX, SQLITE, Tables


@frozen
class Migration:
    """What leads to one version of the tables from the one before.

    Attributes:
        version: The version that it leads to.

        statements: What to execute, in one transaction. The last one writes down the
            version, so that a journal knows it.
    """

    version: int
    statements: tuple[str, ...]

    @property
    def sql(self) -> str:
        """All statements as one text."""
        return "".join(f"{statement.strip()};\n" for statement in self.statements)


def migrations(
    dialect: str, *, prefix: str = PREFIX, schema: str | None = None
) -> tuple[Migration, ...]:
    """Return every step from nothing to the tables of today, the oldest first.

    A journal takes these steps by itself when it is opened. They are given here for
    hosts that keep the changes of their database in one place, such as Alembic.

    Args:
        dialect: ``"sqlite"`` or ``"postgresql"``, as SQLAlchemy calls them.

        prefix: What the names of the tables begin with.

        schema: The schema of PostgreSQL that the tables are in; it has to exist. By
            default that of the connection.

    Raises:
        InvalidEventError: If a name cannot be one.

    >>> [step.version for step in migrations("sqlite")]
    [1, 2, 3, 4]
    >>> first, *_ = migrations("postgresql", schema="crm")
    >>> first.sql.splitlines()[0]
    'CREATE TABLE "crm".complaint_entry ('
    """
    if dialect not in DIALECTS or (schema is not None and dialect == SQLITE.name):
        rule = "must be sqlite, without a schema, or postgresql"
        raise InvalidEventError("dialect", repr(dialect)[:80], rule)
    tables = Tables(DIALECTS[dialect], prefix, schema)
    steps = _STEPS[dialect]
    first = min(steps)
    return tuple(
        Migration(
            version,
            tuple(
                tables.rendered(statement)
                for statement in (*step, *_written(version, first))
            ),
        )
        for version, step in steps.items()
    )


def _written(version: int, first: int) -> tuple[str, ...]:
    if version > first:
        return (f"UPDATE {{schema}} SET version = {version}",)  # noqa: S608
    return (
        "DELETE FROM {schema}",
        f"INSERT INTO {{schema}} (version) VALUES ({version})",  # noqa: S608
    )


_FIRST = (
    "CREATE TABLE IF NOT EXISTS {schema} (version INTEGER NOT NULL)",
    """
    CREATE TABLE IF NOT EXISTS {entry} (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        complaint_id TEXT NOT NULL,
        version INTEGER NOT NULL,
        at_us INTEGER NOT NULL,
        by_whom TEXT NOT NULL,
        recorded_us INTEGER NOT NULL,
        kind TEXT NOT NULL,
        schema INTEGER NOT NULL,
        public TEXT NOT NULL,
        personal TEXT,
        personal_digest TEXT,
        customer TEXT,
        UNIQUE (complaint_id, version)
    )
    """,
    """
    CREATE INDEX IF NOT EXISTS {prefix}entry_customer
    ON {entry} (customer) WHERE customer IS NOT NULL
    """,
    """
    CREATE TABLE IF NOT EXISTS {due} (
        complaint_id TEXT NOT NULL,
        cause TEXT NOT NULL,
        threshold TEXT NOT NULL,
        at_us INTEGER NOT NULL,
        PRIMARY KEY (complaint_id, cause, threshold)
    )
    """,
    "CREATE INDEX IF NOT EXISTS {prefix}due_at ON {due} (at_us)",
    """
    CREATE TABLE IF NOT EXISTS {receipt} (
        idempotency_key TEXT PRIMARY KEY,
        digest TEXT NOT NULL,
        complaint_id TEXT NOT NULL,
        version INTEGER NOT NULL
    )
    """,
)

_BUDGETS = (
    """
    CREATE TABLE IF NOT EXISTS {budget} (
        name TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        minor_units INTEGER NOT NULL,
        currency TEXT NOT NULL
    )
    """,
)

_TODAY = (
    """
    CREATE TABLE {entry} (
        position {position},
        tenant {text} NOT NULL,
        complaint_id {text} NOT NULL,
        version {whole} NOT NULL,
        at_us {whole} NOT NULL,
        by_whom TEXT NOT NULL,
        recorded_us {whole} NOT NULL,
        kind TEXT NOT NULL,
        schema {whole} NOT NULL,
        public TEXT NOT NULL,
        personal TEXT,
        personal_digest TEXT,
        customer {text},
        UNIQUE (tenant, complaint_id, version){position_key}
    )
    """,
    """
    CREATE TABLE {due} (
        tenant {text} NOT NULL,
        complaint_id {text} NOT NULL,
        cause {text} NOT NULL,
        threshold {text} NOT NULL,
        at_us {whole} NOT NULL,
        PRIMARY KEY (tenant, complaint_id, cause, threshold)
    ){churning}
    """,
    """
    CREATE TABLE {receipt} (
        tenant {text} NOT NULL,
        idempotency_key {text} NOT NULL,
        digest TEXT NOT NULL,
        complaint_id {text} NOT NULL,
        version {whole} NOT NULL,
        PRIMARY KEY (tenant, idempotency_key)
    )
    """,
    """
    CREATE TABLE {budget} (
        tenant {text} NOT NULL,
        name {text} NOT NULL,
        version {whole} NOT NULL,
        minor_units {whole} NOT NULL,
        currency TEXT NOT NULL,
        PRIMARY KEY (tenant, name)
    )
    """,
)

_INDEXES = (
    """
    CREATE INDEX {prefix}entry_customer
    ON {entry} (tenant, customer) WHERE customer IS NOT NULL
    """,
    "CREATE INDEX {prefix}due_at ON {due} (tenant, at_us)",
)

_COLUMNS = {
    "entry": "position, complaint_id, version, at_us, by_whom, recorded_us, kind, "
    "schema, public, personal, personal_digest, customer",
    "due": "complaint_id, cause, threshold, at_us",
    "receipt": "idempotency_key, digest, complaint_id, version",
    "budget": "name, version, minor_units, currency",
}

# SQLite cannot change a key, so the tables are made anew. What is there is of nobody's
# tenant in particular: the empty one.
_TENANTS = (
    *(f"ALTER TABLE {{{name}}} RENAME TO {{prefix}}old_{name}" for name in _COLUMNS),
    *_TODAY,
    *(
        f"INSERT INTO {{{name}}} (tenant, {columns}) "  # noqa: S608
        f"SELECT '', {columns} FROM {{prefix}}old_{name}"
        for name, columns in _COLUMNS.items()
    ),
    *(f"DROP TABLE {{prefix}}old_{name}" for name in _COLUMNS),
    *_INDEXES,
)

_AT_ONCE = (
    *_TODAY,
    *_INDEXES,
    """
    CREATE TABLE {schema} (
        version {whole} NOT NULL,
        shift {whole} NOT NULL DEFAULT 0
    )
    """,
)

# What came due is set aside for a while by a later instant to be ready; a digest makes
# a chain of the entries of a complaint; a key encrypts their personal parts.
_TRUST = (
    "ALTER TABLE {entry} ADD COLUMN digest TEXT",
    "ALTER TABLE {entry} ADD COLUMN key_id TEXT",
    "ALTER TABLE {due} ADD COLUMN ready_us {whole} NOT NULL DEFAULT 0",
    "ALTER TABLE {due} ADD COLUMN attempts {whole} NOT NULL DEFAULT 0",
    "ALTER TABLE {due} ADD COLUMN error TEXT",
    "UPDATE {due} SET ready_us = at_us",
    "DROP INDEX {there}{prefix}due_at",
    "CREATE INDEX {prefix}due_ready ON {due} (tenant, ready_us)",
    """
    CREATE INDEX {prefix}due_aside
    ON {due} (tenant, complaint_id) WHERE attempts > 0
    """,
    """
    CREATE TABLE {tick} (
        tenant {text} NOT NULL PRIMARY KEY,
        at_us {whole} NOT NULL
    )
    """,
    """
    CREATE TABLE {cursor} (
        tenant {text} NOT NULL,
        name {text} NOT NULL,
        position {whole} NOT NULL,
        PRIMARY KEY (tenant, name)
    )
    """,
    """
    CREATE TABLE {parked} (
        tenant {text} NOT NULL,
        name {text} NOT NULL,
        position {whole} NOT NULL,
        complaint_id {text} NOT NULL,
        attempts {whole} NOT NULL,
        ready_us {whole} NOT NULL,
        error TEXT NOT NULL,
        dead {whole} NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant, name, position)
    )
    """,
    """
    CREATE INDEX {prefix}parked_of
    ON {parked} (tenant, name, complaint_id, position)
    """,
    """
    CREATE TABLE {checkpoint} (
        tenant {text} NOT NULL,
        number {whole} NOT NULL,
        at_us {whole} NOT NULL,
        position {whole} NOT NULL,
        heads {whole} NOT NULL,
        root TEXT NOT NULL,
        digest TEXT NOT NULL,
        signature TEXT,
        PRIMARY KEY (tenant, number)
    )
    """,
    """
    CREATE TABLE {head} (
        tenant {text} NOT NULL,
        number {whole} NOT NULL,
        complaint_id {text} NOT NULL,
        version {whole} NOT NULL,
        digest TEXT NOT NULL,
        PRIMARY KEY (tenant, number, complaint_id)
    )
    """,
    """
    CREATE TABLE {key} (
        tenant {text} NOT NULL,
        key_id {text} NOT NULL,
        customer {text} NOT NULL,
        wrapped TEXT,
        PRIMARY KEY (tenant, key_id)
    )
    """,
    """
    CREATE UNIQUE INDEX {prefix}key_customer
    ON {key} (tenant, customer) WHERE wrapped IS NOT NULL
    """,
    """
    CREATE TABLE {forgetting} (
        tenant {text} NOT NULL,
        complaint_id {text} NOT NULL,
        version {whole} NOT NULL,
        entries {whole} NOT NULL,
        at_us {whole} NOT NULL,
        by_whom TEXT NOT NULL,
        PRIMARY KEY (tenant, complaint_id, version)
    )
    """,
    "CREATE INDEX {prefix}receipt_complaint ON {receipt} (tenant, complaint_id)",
    """
    CREATE TABLE {snapshot} (
        tenant {text} NOT NULL,
        complaint_id {text} NOT NULL,
        version {whole} NOT NULL,
        fingerprint TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (tenant, complaint_id)
    )
    """,
    """
    CREATE TABLE {refusal} (
        number {number},
        tenant {text} NOT NULL,
        at_us {whole} NOT NULL,
        by_whom TEXT NOT NULL,
        action TEXT NOT NULL,
        complaint_id {text},
        reason TEXT NOT NULL
    )
    """,
)

_STEPS: dict[str, dict[int, tuple[str, ...]]] = {
    "sqlite": {1: _FIRST, 2: _BUDGETS, 3: _TENANTS, 4: _TRUST},
    # PostgreSQL came with version 3.
    "postgresql": {3: _AT_ONCE, 4: _TRUST},
}

SCHEMA_VERSION = 4
"""The version of the tables of today, on every database."""
