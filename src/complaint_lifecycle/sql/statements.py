"""The schema of the SQL journal and its statements, over DB-API 2.0 with ``?``."""

CREATE = (
    "CREATE TABLE IF NOT EXISTS complaint_schema (version INTEGER NOT NULL)",
    """
    CREATE TABLE IF NOT EXISTS complaint_entry (
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
    CREATE INDEX IF NOT EXISTS complaint_entry_customer
    ON complaint_entry (customer) WHERE customer IS NOT NULL
    """,
    """
    CREATE TABLE IF NOT EXISTS complaint_due (
        complaint_id TEXT NOT NULL,
        cause TEXT NOT NULL,
        threshold TEXT NOT NULL,
        at_us INTEGER NOT NULL,
        PRIMARY KEY (complaint_id, cause, threshold)
    )
    """,
    "CREATE INDEX IF NOT EXISTS complaint_due_at ON complaint_due (at_us)",
    """
    CREATE TABLE IF NOT EXISTS complaint_receipt (
        idempotency_key TEXT PRIMARY KEY,
        digest TEXT NOT NULL,
        complaint_id TEXT NOT NULL,
        version INTEGER NOT NULL
    )
    """,
)

_BUDGETS = (
    """
    CREATE TABLE IF NOT EXISTS complaint_budget (
        name TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        minor_units INTEGER NOT NULL,
        currency TEXT NOT NULL
    )
    """,
)

STEPS = (CREATE, _BUDGETS)
"""For each schema version, from 1, what leads to it from the one before."""

SCHEMA_VERSION = len(STEPS)

FIND_SCHEMA = "SELECT 1 FROM sqlite_master WHERE name = 'complaint_schema'"
READ_SCHEMA = "SELECT max(version) FROM complaint_schema"
CLEAR_SCHEMA = "DELETE FROM complaint_schema"
WRITE_SCHEMA = "INSERT INTO complaint_schema (version) VALUES (?)"

APPEND = """
    INSERT INTO complaint_entry (
        complaint_id, version, at_us, by_whom, recorded_us,
        kind, schema, public, personal, personal_digest, customer
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
VERSION = "SELECT max(version) FROM complaint_entry WHERE complaint_id = ?"

_COLUMNS = (
    "complaint_id, version, at_us, by_whom, recorded_us, kind, schema, public, personal"
)
ENTRIES = f"""
    SELECT {_COLUMNS} FROM complaint_entry
    WHERE complaint_id = ? AND version > ? AND version <= ? ORDER BY version
"""  # noqa: S608
SINCE = f"""
    SELECT {_COLUMNS}, position FROM complaint_entry
    WHERE position > ? ORDER BY position LIMIT ?
"""  # noqa: S608

COMPLAINTS = """
    SELECT complaint_id FROM complaint_entry WHERE customer IS NOT NULL ORDER BY position
"""
COMPLAINTS_OF = """
    SELECT complaint_id FROM complaint_entry WHERE customer = ? ORDER BY position
"""

CLEAR_DUE = "DELETE FROM complaint_due WHERE complaint_id = ?"
WRITE_DUE = "INSERT INTO complaint_due VALUES (?, ?, ?, ?)"
READ_DUE = """
    SELECT complaint_id, cause, threshold, at_us FROM complaint_due
    WHERE at_us <= ? ORDER BY at_us, complaint_id, cause, threshold LIMIT ?
"""

READ_DUE_OF = """
    SELECT complaint_id, cause, threshold, at_us FROM complaint_due
    WHERE complaint_id = ? AND at_us <= ? ORDER BY at_us, cause, threshold LIMIT ?
"""

READ_BUDGETS = """
    SELECT name, version, minor_units, currency FROM complaint_budget ORDER BY name
"""
READ_BUDGET = """
    SELECT name, version, minor_units, currency FROM complaint_budget WHERE name = ?
"""
WRITE_BUDGET = "INSERT OR REPLACE INTO complaint_budget VALUES (?, ?, ?, ?)"

READ_RECEIPT = """
    SELECT idempotency_key, digest, complaint_id, version
    FROM complaint_receipt WHERE idempotency_key = ?
"""
WRITE_RECEIPT = "INSERT INTO complaint_receipt VALUES (?, ?, ?, ?)"
