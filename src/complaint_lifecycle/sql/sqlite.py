"""Opens SQLite the way an append-only journal needs it."""

import sqlite3
from pathlib import Path

from complaint_lifecycle.errors import JournalError

BUSY_SECONDS = 30.0


def open_sqlite(path: str | Path, *, create: bool = True) -> sqlite3.Connection:
    """Open an SQLite file for a journal.

    Write-ahead logging lets readers and the writer go on side by side;
    ``synchronous=FULL`` makes an acknowledged commit survive a power cut, which
    ``NORMAL`` does not.

    Args:
        path: The file, or ``":memory:"``.

        create: Whether to create the file if there is none.

    Raises:
        JournalError: If the file cannot be opened or is no SQLite database.
    """
    try:
        file = path if create else f"{Path(path).absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(
            file,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            uri=not create,
        )
    except (sqlite3.Error, ValueError) as error:
        problem = f"cannot open {path}: {error}"
        raise JournalError(problem) from error
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except sqlite3.Error as error:
        connection.close()
        problem = f"cannot use {path} as a journal: {error}"
        raise JournalError(problem) from error
    return connection
