"""The file of rows that did not go in, with the reason for each."""

import csv
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from attrs import define, field

from complaint_lifecycle.cli.intake.rows import Row
from complaint_lifecycle.cli.streams import STANDARD, written
from complaint_lifecycle.errors import UnreadableError

_HEADING = ("line", "reason")
_MARK = ",".join(_HEADING).encode()


def rejects_path(source: str, given: str | None) -> Path:
    """Return where rejects go, and see that this is possible.

    Args:
        source: The file that is read, or ``-``.

        given: What the caller said; by default it lies next to the file, or, where
            nothing may be written, in the current folder.

    Raises:
        UnreadableError: If nothing can be written there, or another file would be lost.
    """
    path = _default(source) if given is None else Path(given)
    _keep_others(path)
    if source != STANDARD and path.exists() and path.samefile(source):
        problem = f"{path} is the file to read: say --rejects FILE"
        raise UnreadableError(problem)
    if not os.access(path.parent, os.W_OK):
        problem = f"no rejects can be written to {path.parent}: say --rejects FILE"
        raise UnreadableError(problem)
    return path


def _default(source: str) -> Path:
    if source == STANDARD or not Path(source).is_file():
        return Path("stdin.rejects.csv")
    beside = Path(f"{source}.rejects.csv")
    return beside if os.access(beside.parent, os.W_OK) else Path(beside.name)


def _keep_others(path: Path) -> None:
    if path.exists() and not _is_ours(path):
        problem = f"{path} is no file of rejects, so it is kept: say --rejects FILE"
        raise UnreadableError(problem)


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(len(_MARK)) == _MARK


@define(eq=False)
class Rejects:
    """Collects rows that did not go in.

    Attributes:
        count: How many there are.
    """

    _kept: BinaryIO
    _heading: tuple[str, ...]
    count: int = field(default=0, init=False)

    def add(self, row: Row, reason: str) -> None:
        """Keep a row as it is written, and why it did not go in."""
        if self.count == 0:
            self._write((*_HEADING, *self._heading))
        self.count += 1
        self._write((str(row.line), reason, *row.raw))

    def _write(self, cells: tuple[str, ...]) -> None:
        text = TextIOWrapper(self._kept, "utf-8", errors="backslashreplace", newline="")
        csv.writer(text).writerow(cells)
        text.detach()

    def settle(self, path: Path) -> None:
        """Put the rejects into place, or take away those of an earlier run.

        Raises:
            UnreadableError: If another file, such as the database, stands there by now.
        """
        _keep_others(path)
        if self.count == 0:
            path.unlink(missing_ok=True)
            return
        self._kept.seek(0)
        with written(str(path)) as target:
            shutil.copyfileobj(self._kept, target)


@contextmanager
def rejects_in(path: Path, heading: tuple[str, ...]) -> Iterator[Rejects]:
    """Collect rejects and put them into place at the end.

    If something fails midway, those so far are kept; if there are none, nothing is
    known about the rest, and an older file stays.

    Args:
        path: Where they go.

        heading: What stands over the original cells.
    """
    with TemporaryFile() as kept:
        rejects = Rejects(kept, heading)
        try:
            yield rejects
        except BaseException:
            if rejects.count:
                rejects.settle(path)
            raise
        rejects.settle(path)
