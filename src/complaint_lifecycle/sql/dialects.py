"""What SQLite and PostgreSQL write differently; all else is one set of statements."""

import re
from functools import lru_cache

from attrs import frozen

from complaint_lifecycle.errors import InvalidEventError

PREFIX = "complaint_"
ORDINAL_BITS = 20
ORDINALS = 1 << ORDINAL_BITS
"""How many entries one transaction may hold on PostgreSQL, about a million."""

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,29}")


@frozen
class Dialect:
    """How one database writes what differs.

    Attributes:
        name: The database, as SQLAlchemy and Alembic call it.

        mark: Stands for a parameter.

        begin: Begins a transaction that writes.

        find: Finds a row if the journal has its tables.

        text: Type of text, compared byte by byte.

        whole: Type of a whole number of 64 bits.

        position: Type of the position of an entry.

        position_key: Makes the position a key, where its type does not.

        churning: Suits a table whose rows come and go.

        number: Type of a key that counts by itself.

        place: The position of a new entry, from one parameter.

        numbered: Whether that parameter is the place within the transaction.

        horizon: The position up to which no transaction is still under way.

        overtaken: Whether the last entry of a complaint has a later place than this
            transaction could give.

        scan: Makes the reading of all entries go by position.

        skip: Passes over rows that another transaction holds.

        shared: Keeps the rows of ``held`` that are read as they are, until the end of
            the transaction.

        exclusive: Keeps the rows that are read for this transaction alone.

        held: Whether this transaction may write the due index of a complaint; nobody
            else may then, until it ends.

        known: Gives keys and values of a mapping, which is one parameter, in JSON.

        among: Compares with a list, which is one parameter, written as JSON.
    """

    name: str
    mark: str
    begin: str
    find: str
    text: str
    whole: str
    position: str
    position_key: str
    churning: str
    number: str
    place: str
    numbered: bool
    horizon: str
    overtaken: str
    scan: str
    known: str
    among: str
    skip: str
    shared: str
    exclusive: str
    held: str


SQLITE = Dialect(
    name="sqlite",
    mark="?",
    # Holds the write lock from the start, so that no reader turns writer midway.
    begin="BEGIN IMMEDIATE",
    find="SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{schema}'",
    text="TEXT",
    whole="INTEGER",
    position="INTEGER PRIMARY KEY AUTOINCREMENT",
    position_key="",
    churning="",
    number="INTEGER PRIMARY KEY AUTOINCREMENT",
    place="?",
    numbered=False,
    horizon="9223372036854775807",
    overtaken="0",
    scan=" NOT INDEXED",
    known="json_each(?)",
    among="IN (SELECT value FROM json_each(?))",
    skip="",
    # Whoever writes holds the whole file.
    shared="",
    exclusive="",
    held="1",
)

# A position is the id of the transaction, shifted to make room for a million entries.
# Ids are given when a transaction first writes, and it becomes visible when it commits,
# so positions are read up to the oldest transaction that is under way. The shift is
# nothing but for a journal that was restored into another cluster, whose ids are lower.
_SHIFT = "(SELECT shift FROM {schema})"
_XID = "(pg_current_xact_id()::text::bigint + " + _SHIFT + ")"
_OLDEST = "(pg_snapshot_xmin(pg_current_snapshot())::text::bigint + " + _SHIFT + ")"
_OURS = "(pg_current_xact_id_if_assigned()::text::bigint + " + _SHIFT + ")"

POSTGRESQL = Dialect(
    name="postgresql",
    mark="%s",
    begin="BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    # From a table, so that what others have committed meanwhile is looked up afresh.
    find="SELECT 1 FROM pg_class WHERE oid = to_regclass('{schema}')",
    text='TEXT COLLATE "C"',
    whole="BIGINT",
    position="BIGINT NOT NULL",
    position_key=",\n        PRIMARY KEY (tenant, position)",
    churning=" WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01)",
    number="BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    place=f"({_XID} << {ORDINAL_BITS}) + ?",
    numbered=True,
    horizon=f"({_OLDEST} << {ORDINAL_BITS})",
    overtaken=f"coalesce((position >> {ORDINAL_BITS}) > {_OURS}, false)",
    scan="",
    known="jsonb_each_text(?::jsonb)",
    among="= ANY (ARRAY(SELECT jsonb_array_elements_text(?::jsonb)))",
    skip=" FOR UPDATE SKIP LOCKED",
    shared=" FOR SHARE OF held",
    exclusive=" FOR UPDATE",
    # The key of the lock that whoever appends takes, computed there.
    held=(
        "pg_try_advisory_xact_lock(('x' || left(encode(sha256(convert_to("
        "concat_ws(E'\\n', '{entry}', tenant, complaint_id), 'UTF8'"
        ")), 'hex'), 16))::bit(64)::bigint)"
    ),
)

DIALECTS = {dialect.name: dialect for dialect in (SQLITE, POSTGRESQL)}


@frozen(cache_hash=True)
class Tables:
    """The tables of a journal by their names, in the words of a dialect.

    Attributes:
        dialect: The database.

        prefix: What the names of the tables begin with.

        schema: The schema that they are in, or ``None`` for that of the connection.

    Raises:
        InvalidEventError: If a name is not lower case, or is too long.

    >>> Tables(POSTGRESQL, schema="crm").rendered("SELECT * FROM {due} WHERE at_us < ?")
    'SELECT * FROM "crm".complaint_due WHERE at_us < %s'
    """

    dialect: Dialect
    prefix: str = PREFIX
    schema: str | None = None

    def __attrs_post_init__(self) -> None:
        names = {"prefix": self.prefix or "_", "schema": self.schema or "_"}
        for field, name in names.items():
            if _NAME.fullmatch(name) is None:
                rule = "must be lower-case letters, digits and _, at most 30"
                raise InvalidEventError(field, repr(name)[:80], rule)

    def rendered(self, template: str) -> str:
        """Return a statement for this journal."""
        return _rendered(self, template)


@lru_cache(maxsize=1024)
def _rendered(tables: Tables, template: str) -> str:
    place = "" if tables.schema is None else f'"{tables.schema}".'
    names = {n: f"{place}{tables.prefix}{n}" for n in _TABLES}
    said = {
        field: getattr(tables.dialect, field).format(**names) for field in _FRAGMENTS
    }
    statement = template.format(prefix=tables.prefix, there=place, **names, **said)
    return statement.replace("?", tables.dialect.mark)


_TABLES = (
    "entry", "due", "receipt", "budget", "schema", "tick", "cursor", "parked",
    "checkpoint", "head", "key", "snapshot", "refusal",
    "forgetting",
)  # fmt: skip
# The one table that is of no tenant holds the version of all others.
TENANT_TABLES = tuple(name for name in _TABLES if name != "schema")
"""The tables whose rows belong to tenants."""

_FRAGMENTS = (
    "find", "text", "whole", "position", "position_key", "churning", "number", "place",
    "horizon", "overtaken", "scan", "known", "among", "skip", "shared",
    "exclusive", "held",
)  # fmt: skip
