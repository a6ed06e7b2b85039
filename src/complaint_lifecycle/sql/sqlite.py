"""Opens SQLite the way an append-only journal needs it."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from time import monotonic, sleep
from typing import Any

from attrs import define, field, frozen

from complaint_lifecycle.errors import JournalError
from complaint_lifecycle.sql.connections import (
    RELEASE,
    SAVEPOINT,
    UNDO,
    WITHIN,
    TakenError,
)
from complaint_lifecycle.sql.dialects import SQLITE
from complaint_lifecycle.sql.holding import file_beside, held_file
from complaint_lifecycle.sql.rows import Row

BUSY_SECONDS = 30.0
_TRY_AGAIN = 0.02
# Of a damaged file SQLite quotes what is no text any more; and not every text or
# number that is asked for is one to it.
_FAILURES = (sqlite3.Error, UnicodeError, OverflowError)


@frozen
class Place:
    """A file by its name and by what the system knows it by.

    Attributes:
        path: The name, from the root.

        identity: The number of the file, and of the device that it is on.
    """

    path: Path
    identity: tuple[int, int]

    @classmethod
    def of(cls, path: str | Path) -> "Place":
        """Note which file is at a place now."""
        absolute = Path(path).absolute()
        return cls(absolute, _identity(absolute))

    def check(self) -> None:
        """Refuse to go on if the file is there no more.

        SQLite would write on to a file without a name, or with another, and nobody
        would find there what was recorded.
        """
        try:
            if _identity(self.path) == self.identity:
                return
            became = "replaced by another"
        except OSError as error:
            became = f"removed or renamed ({error.strerror})"
        problem = (
            f"the file {self.path} was {became} while it was open, so nothing was "
            "recorded: put it back, or open the journal again"
        )
        raise JournalError(problem)


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_ino, found.st_dev


@define(eq=False)
class Sqlite:
    """One connection to an SQLite file, of which threads take turns.

    Attributes:
        raw: The connection.

        place: Where its file was when it was opened, if it has one.
    """

    raw: sqlite3.Connection
    place: Place | None = None
    _lock: RLock = field(factory=RLock, init=False, repr=False)
    _held: set[str] = field(factory=set, init=False, repr=False)
    _in_unit: bool = field(default=False, init=False)
    _in_savepoint: bool = field(default=False, init=False)

    @property
    def in_unit(self) -> bool:
        """Whether transactions are parts of a larger one."""
        return self._in_unit

    @contextmanager
    def unit(self) -> Iterator[None]:
        """Commit the transactions of this thread meanwhile together."""
        with self:
            self._in_unit = True
            try:
                yield
            finally:
                self._in_unit = False

    @contextmanager
    def hold(self, name: str) -> Iterator[bool]:
        """Be the only one to hold a name: a file beside that of the journal."""
        if self.place is None:
            with self._lock:
                ours = name not in self._held
                self._held.add(name)
            try:
                yield ours
            finally:
                if ours:
                    self._held.discard(name)
        else:
            with held_file(file_beside(self.place.path, name)) as ours:
                yield ours

    def transaction(self, locks: Iterable[str] = ()) -> "Sqlite":
        """Hold the write lock of the file; no other lock is needed then."""
        return self

    def __enter__(self) -> None:
        self._lock.acquire()
        try:
            self._begin()
        except BaseException:
            # Whoever asks for a second transaction does not end the first.
            self._lock.release()
            raise

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        try:
            self._end(error is None)
        finally:
            self._lock.release()

    def all(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """Execute a statement and return its rows."""
        with self._lock:
            try:
                return self.raw.execute(statement, values).fetchall()
            except _FAILURES as error:
                raise _failure(error) from error

    def execute(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Execute a statement and return how many rows it changed."""
        with self._lock:
            try:
                return self.raw.execute(statement, values).rowcount
            except _FAILURES as error:
                raise _failure(error) from error

    def executemany(self, statement: str, rows: Sequence[Row]) -> None:
        """Execute a statement for each of some rows, in the transaction."""
        try:
            self.raw.executemany(statement, rows)
        except _FAILURES as error:
            raise _failure(error) from error

    def prepare(self, *, create: bool) -> None:
        """Let acknowledged commits survive a power cut, and readers read meanwhile.

        Write-ahead logging does the one; ``synchronous=FULL`` the other, which
        ``NORMAL`` does not.
        """
        give_up = monotonic() + BUSY_SECONDS
        while True:
            try:
                self.raw.execute("PRAGMA journal_mode=WAL")
                break
            except _FAILURES as error:
                # SQLite does not wait for others that are opening the same new file.
                code = getattr(error, "sqlite_errorcode", None)
                if code != sqlite3.SQLITE_BUSY or monotonic() > give_up:
                    raise _failure(error) from error
                sleep(_TRY_AGAIN)
        self.execute("PRAGMA synchronous=FULL")
        # What is overwritten leaves nothing behind, here and in pages that move.
        self.execute("PRAGMA secure_delete=ON")

    def settle(self) -> None:
        """Do nothing more."""

    def close(self) -> None:
        """Close the connection."""
        self.raw.close()

    def _begin(self) -> None:
        if self._in_savepoint:
            raise JournalError(WITHIN)
        self.execute(SAVEPOINT if self._in_unit else SQLITE.begin)
        self._in_savepoint = self._in_unit

    def _end(self, well: bool) -> None:
        """Commit, or leave nothing of it."""
        commit = RELEASE if self._in_savepoint else "COMMIT"
        try:
            if well:
                if self.place and not self._in_savepoint:
                    self.place.check()
                self.execute(commit)
        except JournalError:
            self._roll_back()
            raise
        finally:
            if not well:
                self._roll_back()
            self._in_savepoint = False

    def _roll_back(self) -> None:
        # Some errors, such as a full disk, have rolled all back already.
        if self.raw.in_transaction:
            undo = (UNDO, RELEASE) if self._in_savepoint else ("ROLLBACK",)
            for statement in undo:
                self.execute(statement)


def open_sqlite(path: str | Path, *, create: bool = True) -> Sqlite:
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
        raw = sqlite3.connect(
            file,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            uri=not create,
        )
    except (sqlite3.Error, ValueError) as error:
        problem = f"cannot open {path}: {error}"
        raise JournalError(problem) from error
    in_memory = create and str(path) == ":memory:"
    return Sqlite(raw, None if in_memory else Place.of(path))


def _failure(error: Exception) -> JournalError:
    """Turn what the database says into an error of ours."""
    taken = isinstance(error, sqlite3.IntegrityError)
    return (TakenError if taken else JournalError)(f"the journal failed: {error}")
