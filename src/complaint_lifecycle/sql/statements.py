"""The statements of the SQL journal, written once for every dialect."""

from complaint_lifecycle.sql.dialects import Tables

_COLUMNS = (
    "complaint_id, version, at_us, by_whom, recorded_us, kind, schema, public, "
    "personal, personal_digest, key_id"
)


class Statements:
    """Every statement of a journal, over the names of its tables.

    Args:
        tables: These names, and the dialect.

    Attributes:
        tables: These names, and the dialect.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.find = tables.rendered("{find}")
        self.version_of_schema = tables.rendered("SELECT max(version) FROM {schema}")
        self.append = tables.rendered(_APPEND)
        self.head = tables.rendered(_HEAD)
        self.heads = tables.rendered(_HEADS)
        self.next_place = tables.rendered(_NEXT_PLACE)
        self.entries = tables.rendered(_ENTRIES)
        self.histories = tables.rendered(_HISTORIES)
        self.since = tables.rendered(_SINCE)
        self.tail_lag = tables.rendered(_TAIL_LAG)
        self.complaints = tables.rendered(_COMPLAINTS)
        self.complaints_of = tables.rendered(_COMPLAINTS_OF)
        self.clear_due = tables.rendered(_CLEAR_DUE)
        self.write_due = tables.rendered(_WRITE_DUE)
        self.read_due = tables.rendered(_READ_DUE)
        self.read_due_of = tables.rendered(_READ_DUE_OF)
        self.read_due_stored = tables.rendered(_READ_DUE_STORED)
        self.claim_due = tables.rendered(_CLAIM_DUE)
        self.read_due_among = tables.rendered(_READ_DUE_AMONG)
        self.set_aside = tables.rendered(_SET_ASIDE)
        self.read_aside = tables.rendered(_READ_ASIDE.format(which=""))
        one = "AND complaint_id = ?"
        self.read_aside_of = tables.rendered(_READ_ASIDE.format(which=one))
        self.write_tick = tables.rendered(_WRITE_TICK)
        self.read_tick = tables.rendered(_READ_TICK)
        self.read_checkpoints = tables.rendered(_READ_CHECKPOINTS)
        self.read_last_checkpoint = tables.rendered(_READ_LAST_CHECKPOINT)
        self.read_heads = tables.rendered(_READ_HEADS)
        self.read_ends = tables.rendered(_READ_ENDS)
        self.read_sealed = tables.rendered(_READ_SEALED)
        self.read_sealed_of = tables.rendered(_READ_SEALED_OF)
        self.write_checkpoint = tables.rendered(_WRITE_CHECKPOINT)
        self.write_head = tables.rendered(_WRITE_HEAD)
        self.read_budgets = tables.rendered(_READ_BUDGETS)
        self.read_budget = tables.rendered(_READ_BUDGET)
        self.write_budget = tables.rendered(_WRITE_BUDGET)
        self.read_receipt = tables.rendered(_READ_RECEIPT)
        self.write_receipt = tables.rendered(_WRITE_RECEIPT)


_APPEND = """
    INSERT INTO {entry} (
        position, tenant, complaint_id, version, at_us, by_whom, recorded_us,
        kind, schema, public, personal, personal_digest, customer, key_id, digest
    ) VALUES ({place}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_HEAD = """
    SELECT version, digest, {overtaken} FROM {entry}
    WHERE tenant = ? AND complaint_id = ? ORDER BY version DESC LIMIT 1
"""
_HEADS = """
    SELECT complaint_id, version, digest, {overtaken} FROM {entry} AS each
    WHERE tenant = ? AND complaint_id {among} AND version = (
        SELECT max(version) FROM {entry} AS newest
        WHERE newest.tenant = each.tenant AND newest.complaint_id = each.complaint_id
    )
"""
# A transaction that appends more than once goes on with its own places.
_NEXT_PLACE = """
    SELECT coalesce(max(position) - {place}, -1) + 1 FROM {entry}
    WHERE tenant = ? AND position >= {place} AND position < {place}
"""
_ENTRIES = f"""
    SELECT {_COLUMNS} FROM {{entry}}
    WHERE tenant = ? AND complaint_id = ? AND version > ? AND version <= ?
    ORDER BY version
"""  # noqa: S608
# A cross join, since SQLite would read all entries for each that is known otherwise.
_HISTORIES = f"""
    SELECT {_COLUMNS} FROM {{known}} AS known CROSS JOIN {{entry}}
    WHERE tenant = ? AND complaint_id = known.key
    AND version > CAST(known.value AS {{whole}})
    ORDER BY complaint_id, version
"""  # noqa: S608
_SINCE = f"""
    SELECT {_COLUMNS}, position FROM {{entry}}{{scan}}
    WHERE tenant = ? AND position > ? AND position < {{horizon}}
    ORDER BY position LIMIT ?
"""  # noqa: S608
_TAIL_LAG = """
    SELECT count(*) FROM {entry}{scan} WHERE tenant = ? AND position >= {horizon}
"""

# Not IS NOT NULL: a comparison leads to the index of customers on either database.
_COMPLAINTS = """
    SELECT complaint_id FROM {entry}
    WHERE tenant = ? AND customer >= '' ORDER BY position
"""
_COMPLAINTS_OF = """
    SELECT complaint_id FROM {entry}
    WHERE tenant = ? AND customer = ? ORDER BY position
"""

_CLEAR_DUE = "DELETE FROM {due} WHERE tenant = ? AND complaint_id {among}"
_WRITE_DUE = """
    INSERT INTO {due} (tenant, complaint_id, cause, threshold, at_us, ready_us)
    VALUES (?, ?, ?, ?, ?, ?)
"""
_READ_DUE = """
    SELECT complaint_id, cause, threshold, at_us FROM {due}
    WHERE tenant = ? AND ready_us <= ?
    ORDER BY ready_us, complaint_id, cause, threshold LIMIT ?
"""
_READ_DUE_OF = """
    SELECT complaint_id, cause, threshold, at_us FROM {due}
    WHERE tenant = ? AND complaint_id = ? AND at_us <= ?
    ORDER BY at_us, cause, threshold LIMIT ?
"""
_CLAIM_DUE = """
    WITH ready AS (
        SELECT tenant, complaint_id FROM {due}
        WHERE tenant = ? AND ready_us <= ?
        ORDER BY ready_us, complaint_id, cause, threshold LIMIT ?{skip}
    )
    SELECT complaint_id, {held} FROM ready
"""
_READ_DUE_AMONG = """
    SELECT complaint_id, cause, threshold, at_us FROM {due}
    WHERE tenant = ? AND complaint_id {among} AND at_us <= ?
    ORDER BY at_us, complaint_id, cause, threshold
"""
_READ_DUE_STORED = """
    SELECT complaint_id, cause, threshold, at_us, ready_us, attempts FROM {due}
    WHERE tenant = ? AND complaint_id {among}
"""
_SET_ASIDE = """
    UPDATE {due} SET ready_us = ?, attempts = attempts + 1, error = ?
    WHERE tenant = ? AND complaint_id = ?
"""
_READ_ASIDE = """
    SELECT complaint_id, max(attempts), max(ready_us), max(error) FROM {{due}}
    WHERE tenant = ? AND attempts > 0 {which}
    GROUP BY complaint_id ORDER BY complaint_id
"""
_WRITE_TICK = """
    INSERT INTO {tick} AS old (tenant, at_us) VALUES (?, ?)
    ON CONFLICT (tenant) DO UPDATE SET at_us = excluded.at_us
    WHERE old.at_us < excluded.at_us
"""
_READ_TICK = "SELECT at_us FROM {tick} WHERE tenant = ?"

_CHECKPOINT = "number, at_us, position, heads, root, digest, signature"
_READ_CHECKPOINTS = f"""
    SELECT {_CHECKPOINT} FROM {{checkpoint}}
    WHERE tenant = ? ORDER BY number
"""  # noqa: S608
_READ_LAST_CHECKPOINT = f"""
    SELECT {_CHECKPOINT} FROM {{checkpoint}}
    WHERE tenant = ? ORDER BY number DESC LIMIT 1
"""  # noqa: S608
_WRITE_CHECKPOINT = f"""
    INSERT INTO {{checkpoint}} (tenant, {_CHECKPOINT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608
_READ_HEADS = """
    SELECT complaint_id, version, digest FROM {head}
    WHERE tenant = ? AND number = ? ORDER BY complaint_id
"""
_WRITE_HEAD = """
    INSERT INTO {head} (tenant, number, complaint_id, version, digest)
    VALUES (?, ?, ?, ?, ?)
"""
_READ_ENDS = """
    SELECT complaint_id, version, coalesce(digest, ''), position FROM {entry}{scan}
    WHERE tenant = ? AND position > ? AND position < {horizon}
    ORDER BY position LIMIT ?
"""
_SEALED = (
    "position, complaint_id, version, at_us, by_whom, recorded_us, kind, schema, "
    "public, personal, personal_digest, customer, key_id, digest"
)
_READ_SEALED = f"""
    SELECT {_SEALED} FROM {{entry}}{{scan}}
    WHERE tenant = ? AND position > ? AND position < {{horizon}}
    ORDER BY position LIMIT ?
"""  # noqa: S608
_READ_SEALED_OF = f"""
    SELECT {_SEALED} FROM {{entry}}
    WHERE tenant = ? AND complaint_id = ? ORDER BY version
"""  # noqa: S608

_READ_BUDGETS = """
    SELECT name, version, minor_units, currency FROM {budget}
    WHERE tenant = ? ORDER BY name
"""
_READ_BUDGET = """
    SELECT name, version, minor_units, currency FROM {budget}
    WHERE tenant = ? AND name = ?
"""
# Writes no row if somebody else changed it since it was read.
_WRITE_BUDGET = """
    INSERT INTO {budget} AS old (tenant, name, version, minor_units, currency)
    VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (tenant, name) DO UPDATE SET
        version = excluded.version,
        minor_units = excluded.minor_units,
        currency = excluded.currency
    WHERE old.version = excluded.version - 1
"""

_READ_RECEIPT = """
    SELECT idempotency_key, digest, complaint_id, version FROM {receipt}
    WHERE tenant = ? AND idempotency_key = ?
"""
# Writes no row if the key is taken.
_WRITE_RECEIPT = """
    INSERT INTO {receipt} (tenant, idempotency_key, digest, complaint_id, version)
    VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, idempotency_key) DO NOTHING
"""
