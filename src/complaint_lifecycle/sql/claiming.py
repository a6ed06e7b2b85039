"""What is due: claimed by one worker at a time, or set aside for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from attrs import frozen

from complaint_lifecycle.codec import canonical_list
from complaint_lifecycle.events import Due
from complaint_lifecycle.journal import Aside
from complaint_lifecycle.sql.connections import Connection
from complaint_lifecycle.sql.rows import due_of, instant_of, microseconds
from complaint_lifecycle.sql.statements import Statements


@frozen(eq=False)
class Claims:
    """The due index, as workers share it.

    Attributes:
        connection: The database.

        tenant: Whose complaints they are.

        sql: The statements.
    """

    connection: Connection
    tenant: str
    sql: Statements

    @contextmanager
    def claim(self, now: datetime, *, limit: int) -> Iterator[tuple[Due, ...]]:
        """Hold some complaints whose timers are ready, so that nobody else fires them."""
        at, tenant = microseconds(now), self.tenant
        # Mostly there is nothing, and then no transaction is begun.
        if not self.connection.all(self.sql.read_due, (tenant, at, 1)):
            yield ()
            return
        with self.connection.unit():
            ask = self.connection.all
            ready = ask(self.sql.claim_due, (tenant, at, limit))
            names = dict.fromkeys(name for name, held in ready if held)
            rows = ask(self.sql.read_due_among, (tenant, canonical_list(names), at))
            yield tuple(map(due_of, rows))

    def set_aside(self, complaint_id: str, *, until: datetime, error: str) -> None:
        """Let what is due on a complaint not be ready before an instant."""
        row = (microseconds(until), error, self.tenant, complaint_id)
        with self.connection.transaction():
            self.connection.execute(self.sql.set_aside, row)

    def aside(self, complaint_id: str | None) -> tuple[Aside, ...]:
        """Return the complaints that were set aside, or that one if it is."""
        if complaint_id is None:
            rows = self.connection.all(self.sql.read_aside, (self.tenant,))
        else:
            of = (self.tenant, complaint_id)
            rows = self.connection.all(self.sql.read_aside_of, of)
        return tuple(
            Aside(name, attempts, instant_of(until), error)
            for name, attempts, until, error in rows
        )

    def ticked(self, at: datetime | None) -> datetime | None:
        """Return when somebody last looked for what is due, after noting it if given."""
        if at is not None:
            with self.connection.transaction():
                row = (self.tenant, microseconds(at))
                self.connection.execute(self.sql.write_tick, row)
        rows = self.connection.all(self.sql.read_tick, (self.tenant,))
        return instant_of(rows[0][0]) if rows else None
