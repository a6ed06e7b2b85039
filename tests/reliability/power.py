"""A disk that loses power: what was not synchronised is kept, lost or torn by chance.

The journal runs as it is, with its own statements and settings; only the connection that
it opens is one of APSW, whose files tell this disk of every write, truncation and
synchronisation. At a random one of them the power is cut. What was written to a file
since it was last synchronised is then kept, lost or torn, write by write in sectors of
512 bytes, so that later writes may be there and earlier ones not. Two things are taken
for granted: that a file which was made or removed stays so, and that a disk which says
that it has synchronised has done so.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import apsw
from attrs import define, field, frozen

SECTOR = 512
SETTING = "PRAGMA synchronous="
VFS_NAME = "trials"
Write = tuple[int, bytes | None]
"""Where something was written, and what; nothing if the file was cut off there."""


def _applied(content: bytearray, write: Write) -> None:
    place, data = write
    if data is None:
        del content[place:]
        return
    content.extend(bytes(max(0, place - len(content))))
    content[place : place + len(data)] = data


@define
class Disk:
    """What of every file is on the platter, and what is on its way.

    Attributes:
        cut_at: The number of the operation at which the power is cut.

        chance: Decides what becomes of each write.

        operations: How many there were.

        left: After the cut, what every file holds.
    """

    cut_at: int
    chance: Random
    operations: int = 0
    left: dict[str, bytes] | None = None
    _safe: dict[str, bytearray] = field(factory=dict)
    _late: dict[str, list[Write]] = field(factory=dict)

    def write(self, name: str, write: Write) -> None:
        """Take a write, which is not safe yet."""
        self._late.setdefault(name, []).append(write)
        self._count()

    def synchronise(self, name: str) -> None:
        """Make safe what was written to a file, unless the power fails just before."""
        self._count()
        content = self._safe.setdefault(name, bytearray())
        for write in self._late.pop(name, []):
            _applied(content, write)

    def remove(self, name: str) -> None:
        """Forget a file."""
        self._count()
        self._safe.pop(name, None)
        self._late.pop(name, None)

    def _count(self) -> None:
        self.operations += 1
        if self.operations == self.cut_at:
            self.left = self.now()

    def now(self) -> dict[str, bytes]:
        """Return what every file would hold if the power failed now."""
        return dict(self._cut())

    def _cut(self) -> Iterator[tuple[str, bytes]]:
        for name in sorted(self._safe.keys() | self._late.keys()):
            content = bytearray(self._safe.get(name, b""))
            for write in self._late.get(name, []):
                for part in self._parts(write):
                    _applied(content, part)
            yield name, bytes(content)

    def _parts(self, write: Write) -> Iterator[Write]:
        """Give what is left of a write: all of it, nothing, or some sectors."""
        place, data = write
        fate = self.chance.choice(["kept", "lost", "torn"])
        if fate == "kept" or (fate == "torn" and data is None):
            yield write
        elif fate == "torn":
            end = place + len(data)
            while place < end:
                stop = min(end, (place // SECTOR + 1) * SECTOR)
                if self.chance.random() < 0.5:
                    yield place, data[place - end : stop - end or None]
                place = stop


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: Sequence[int]) -> None:
        super().__init__("", name, flags)
        text = name if isinstance(name, str) else name.filename()
        self._disk, self._name = disk, Path(text).name

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - named by APSW
        super().xWrite(data, offset)
        self._disk.write(self._name, (offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        self._disk.write(self._name, (newsize, None))

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        self._disk.synchronise(self._name)


class _Files(apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        super().__init__(VFS_NAME, "")
        self._disk = disk

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return _File(self._disk, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        super().xDelete(filename, syncdir)
        self._disk.remove(Path(filename).name)


@frozen
class Rows:
    """The rows that a statement gave."""

    rows: list[Any]
    rowcount: int

    def fetchall(self) -> list[Any]:
        """Return all of them."""
        return self.rows


class Raw:
    """A connection of APSW that answers like one of the standard library."""

    def __init__(self, path: Path, synchronous: str) -> None:
        self._raw = apsw.Connection(str(path), vfs=VFS_NAME)
        self._synchronous = synchronous
        # Far more often than by itself, so that a cut meets it now and then.
        self._raw.execute("PRAGMA wal_autocheckpoint=12").fetchall()

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Execute a statement."""
        if statement.startswith(SETTING):
            statement = f"{SETTING}{self._synchronous or statement[len(SETTING) :]}"
        try:
            rows = self._raw.execute(statement, values).fetchall()
        except apsw.Error as error:
            raise sqlite3.OperationalError(str(error)) from error
        changes = self._raw.changes()
        return Rows(rows, changes)

    def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Execute a statement for each of some rows."""
        for row in rows:
            self.execute(statement, row)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is under way."""
        return self._raw.in_transaction

    def close(self) -> None:
        """Close the connection."""
        self._raw.close()


@contextmanager
def powered(disk: Disk, synchronous: str = "") -> Iterator[None]:
    """Let journals write to a disk.

    Args:
        disk: The disk.

        synchronous: A setting to use instead of that of the journal.
    """
    files = _Files(disk)
    opened: list[Raw] = []

    def connect(path: Path, **_: Any) -> Raw:
        opened.append(Raw(path, synchronous))
        return opened[-1]

    with mock.patch("sqlite3.connect", connect):
        try:
            yield
        finally:
            for raw in opened:
                raw.close()
            files.unregister()
