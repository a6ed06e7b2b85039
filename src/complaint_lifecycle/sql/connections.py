"""What a journal asks of a database, whichever it is."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from complaint_lifecycle.errors import JournalError
from complaint_lifecycle.sql.rows import Row


class TakenError(JournalError):
    """A key that has to be unique is there already."""


WITHIN = "an append within an append: end the one before the other"
SAVEPOINT = "SAVEPOINT complaint_append"
RELEASE = "RELEASE SAVEPOINT complaint_append"
UNDO = "ROLLBACK TO SAVEPOINT complaint_append"


class OvertakenError(Exception):
    """Somebody else wrote one of these entries first."""

    def __init__(self, page: Sequence[Row], taken: TakenError) -> None:
        super().__init__()
        self.page, self.taken = page, taken


class Connection(Protocol):
    """A database that several threads may use, a transaction each.

    All that it raises is a ``JournalError``, a ``ContentionError`` where another
    transaction stood in the way, or what the caller raised.
    """

    def transaction(self, locks: Iterable[str] = ()) -> AbstractContextManager[None]:
        """Commit what this thread executes meanwhile, or nothing of it.

        Args:
            locks: Names of what nobody else may change meanwhile.
        """
        ...

    def unit(self) -> AbstractContextManager[None]:
        """Commit the transactions of this thread meanwhile together, or none of them.

        Each is a savepoint then: if it fails, the others stay.
        """
        ...

    def hold(self, name: str) -> AbstractContextManager[bool]:
        """Be the only one to hold a name, keeping nobody from writing.

        Args:
            name: What is to be held, until then or the end of the process.

        Returns:
            A context manager that gives whether it is so; if not, another holds it.
        """
        ...

    @property
    def in_unit(self) -> bool:
        """Whether this thread's transactions are parts of a larger one."""
        ...

    def all(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        """Execute a statement and return its rows."""
        ...

    def execute(self, statement: str, values: Sequence[object] = ()) -> int:
        """Execute a statement and return how many rows it changed."""
        ...

    def executemany(self, statement: str, rows: Sequence[Row]) -> None:
        """Execute a statement for each of some rows.

        Raises:
            TakenError: If one is there already.
        """
        ...

    def prepare(self, *, create: bool) -> None:
        """Make the place where tables are to be made."""
        ...

    def settle(self) -> None:
        """Begin to serve, now that the tables are there."""
        ...

    def close(self) -> None:
        """Close it; it cannot be used afterwards."""
        ...
