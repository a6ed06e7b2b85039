"""Refusals kept in the database of a journal, whatever becomes of a transaction."""

from collections.abc import Iterator

from attrs import field, frozen

from complaint_lifecycle.access import Denied
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.sql.borrowed import Borrowed
from complaint_lifecycle.sql.journal import SqlJournal
from complaint_lifecycle.sql.rows import PAGE, instant_of, microseconds

_WRITE = """
    INSERT INTO {refusal} (tenant, at_us, by_whom, action, complaint_id, reason)
    VALUES (?, ?, ?, ?, ?, ?)
"""
_READ = """
    SELECT number, at_us, by_whom, action, complaint_id, reason FROM {refusal}
    WHERE tenant = ? AND number > ? ORDER BY number LIMIT ?
"""


def _own(journal: SqlJournal) -> SqlJournal:
    if isinstance(journal._connection, Borrowed):
        rule = (
            "uses connections of the host, where a refusal would vanish with its "
            "transaction: give a journal that has connections of its own"
        )
        raise InvalidEventError("Refusals.journal", "a borrowed journal", rule)
    return journal


@frozen(eq=False)
class Refusals:
    """Keeps refusals in the tables of a journal, and reads them, the oldest first.

    Each is committed at once on a connection of the journal's own. While the host holds
    the write lock of an SQLite file, nothing can be committed there: a desk that
    records in the host's transaction keeps its refusals in another file.

    Attributes:
        journal: The journal, of whose tenant they are.

    Raises:
        InvalidEventError: If the journal uses connections of the host.

    >>> from datetime import UTC, datetime
    >>> refusals = Refusals(SqlJournal(":memory:"))
    >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> refusals(Denied(noon, "bob", "Offered", "c-1", "role 'intern' is not enough"))
    >>> [denied.reason for denied in refusals]
    ["role 'intern' is not enough"]
    """

    journal: SqlJournal = field(converter=_own)

    def __call__(self, denied: Denied) -> None:
        """Keep a refusal.

        Raises:
            JournalError: If the database fails.
        """
        journal = self.journal
        row = (
            journal._tenant,
            microseconds(denied.at),
            denied.by,
            denied.action,
            denied.complaint_id,
            denied.reason,
        )
        with journal._connection.transaction():
            journal._connection.execute(journal._sql.tables.rendered(_WRITE), row)

    def __iter__(self) -> Iterator[Denied]:
        """Read all refusals, the oldest first, a page at a time."""
        journal, number = self.journal, 0
        statement = journal._sql.tables.rendered(_READ)
        while rows := journal._connection.all(
            statement, (journal._tenant, number, PAGE)
        ):
            for number, at, *rest in rows:  # noqa: B007 - goes on from the last
                yield Denied(instant_of(at), *rest)
