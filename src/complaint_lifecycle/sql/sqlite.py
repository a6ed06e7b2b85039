"""Opens SQLite the way an append-only journal needs it."""

import sqlite3
from pathlib import Path

from complaint_lifecycle.errors import JournalError

BUSY_SECONDS = 30.0


def open_sqlite(path: str | Path, *, create: bool = True) -> sqlite3.Connection:
    """Open an SQLite file, changing nothing in it.

    Args:
        path: The file, or ``":memory:"``.

        create: Whether to create the file if there is none.

    Raises:
        JournalError: If the file cannot be opened.
    """
    if not str(path):
        problem = "a journal needs a file: an empty name would keep nothing"
        raise JournalError(problem)
    try:
        file = path if create else f"{Path(path).absolute().as_uri()}?mode=rw"
        return sqlite3.connect(
            file,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            uri=not create,
        )
    except (sqlite3.Error, ValueError) as error:
        problem = f"cannot open {path}: {error}"
        raise JournalError(problem) from error


def make_durable(connection: sqlite3.Connection) -> None:
    """Let acknowledged commits survive a power cut, and readers go on beside a writer.

    Write-ahead logging does the one; ``synchronous=FULL`` the other, which ``NORMAL``
    does not.
    """
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
