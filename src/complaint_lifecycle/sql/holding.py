"""Being the only one, without keeping anybody from writing."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

from complaint_lifecycle.errors import JournalError


def file_beside(path: Path, name: str) -> Path:
    """Return the file whose lock stands for a name.

    Args:
        path: The file of the journal.

        name: What is to be held.
    """
    return path.with_name(f"{path.name}-hold-{sha256(name.encode()).hexdigest()[:16]}")


@contextmanager
def held_file(path: Path) -> Iterator[bool]:
    """Hold a file that exists for nothing else, unless another holds it.

    It is SQLite that locks it, since SQLite knows how on every system. The system ends
    the lock with the process. The file stays, empty: whoever removed it might remove one
    that another has just begun to hold.

    Args:
        path: The file.

    Returns:
        A context manager that gives whether it is held.

    Raises:
        JournalError: If the file cannot be made or locked.
    """
    try:
        raw = sqlite3.connect(
            path, timeout=0, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise _failure(path, error) from error
    with closing(raw):
        yield _locked(raw, path)


def _locked(raw: sqlite3.Connection, path: Path) -> bool:
    try:
        raw.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return False
        raise _failure(path, error) from error
    return True


def _failure(path: Path, error: sqlite3.Error) -> JournalError:
    return JournalError(f"cannot lock {path}, beside the journal: {error}")
