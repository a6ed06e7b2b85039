"""Snapshots of long histories, as they are stored."""

from attrs import frozen

from complaint_lifecycle.journal import Snapshot
from complaint_lifecycle.sql.connections import Connection
from complaint_lifecycle.sql.dialects import Tables


@frozen(eq=False)
class Snapshots:
    """The newest snapshot of each complaint that has one.

    Attributes:
        connection: The database.

        tenant: Whose complaints they are.

        tables: The names of the tables, and the dialect.
    """

    connection: Connection
    tenant: str
    tables: Tables

    def read(self, complaint_id: str) -> Snapshot | None:
        """Return the snapshot of a complaint, if there is one."""
        question = self.tables.rendered(_READ)
        rows = self.connection.all(question, (self.tenant, complaint_id))
        return Snapshot(complaint_id, *rows[0]) if rows else None

    def keep(self, snapshot: Snapshot) -> None:
        """Keep a snapshot instead of the one before it."""
        s = snapshot
        row = (self.tenant, s.complaint_id, s.version, s.fingerprint, s.body)
        with self.connection.transaction():
            self.connection.execute(self.tables.rendered(_KEEP), row)


_READ = """
    SELECT version, fingerprint, body FROM {snapshot}
    WHERE tenant = ? AND complaint_id = ?
"""
_KEEP = """
    INSERT INTO {snapshot} AS old (tenant, complaint_id, version, fingerprint, body)
    VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (tenant, complaint_id) DO UPDATE SET
        version = excluded.version,
        fingerprint = excluded.fingerprint,
        body = excluded.body
    WHERE old.version < excluded.version OR old.fingerprint <> excluded.fingerprint
"""
