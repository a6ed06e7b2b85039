"""Brings the lines of each complaint together, in a bounded amount of memory."""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import groupby
from mmap import ACCESS_READ, mmap
from operator import itemgetter
from tempfile import TemporaryFile
from typing import BinaryIO, Self

from attrs import define, field

from complaint_lifecycle.errors import JournalError

HOLD = 64 * 1024 * 1024
"""How many bytes of lines are held in memory, before they go to a file."""

Group = tuple[str, list[int], list[str | bytes]]
"""A complaint, the numbers of its lines in the file, from 1, and these lines."""

# What canonical lines begin with: keys are sorted, and names seldom have escapes.
_BEGINNING = r'\{"at":"[^"\\]*","by":"[^"\\]*","complaint_id":"([^"\\]*)"'
_TEXT = re.compile(_BEGINNING).match
_BYTES = re.compile(_BEGINNING.encode()).match


def complaint_of(line: str | bytes) -> str | None:
    """Find out of which complaint a line is, at a glance.

    Args:
        line: The line, of which only the beginning is looked at.

    Returns:
        Its id, or ``None`` if that takes more than a glance.

    >>> complaint_of('{"at":"...","by":"ana","complaint_id":"c-1","kind":...')
    'c-1'
    """
    if isinstance(line, str):
        found = _TEXT(line)
        name = found[1] if found else ""
    else:
        seen = _BYTES(line)
        name = seen[1].decode(errors="replace") if seen else ""
    # What is not printable is no id, and may not even be storable.
    return name if name and name.isprintable() else None


@define
class Sorter:
    """Collects lines, and gives them back complaint by complaint.

    What is more than can be held goes to temporary files, which are gone afterwards.
    Use it as a context manager.

    Args:
        hold: How many bytes of lines to hold in memory.
    """

    _hold: int = HOLD
    _groups: dict[str, Group] = field(factory=dict, init=False)
    _held: int = field(default=0, init=False)
    _spill: "_Spill | None" = field(default=None, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._spill is not None:
            self._spill.close()

    def add(self, name: str, number: int, line: str | bytes) -> None:
        """Collect a line of a complaint."""
        group = self._groups.get(name)
        if group is None:
            self._groups[name] = (name, [number], [line])
        else:
            group[1].append(number)
            group[2].append(line)
        self._held += len(line)
        if self._held > self._hold:
            self._put_down()

    def groups(self) -> Iterator[Group]:
        """Return every complaint with its lines, in the order of their first lines."""
        if self._spill is not None:
            self._put_down()
            yield from self._spill.groups()
        # Taken out, so that they are not held longer than whoever asks for them needs.
        for name in list(self._groups):
            yield self._groups.pop(name)

    def _put_down(self) -> None:
        if self._spill is None:
            self._spill = _Spill()
        self._spill.put(self._groups.values())
        self._groups.clear()
        self._held = 0


_KEYS = (
    "CREATE TABLE line (complaint TEXT, number INTEGER, start INTEGER, size INTEGER)"
)
_PUT = "INSERT INTO line VALUES (?, ?, ?, ?)"
_PLACES = """
    CREATE TABLE place AS
    SELECT complaint, number, start, size,
        min(number) OVER (PARTITION BY complaint) AS first
    FROM line ORDER BY first, number
"""
_SORTED = "SELECT complaint, number, start, size FROM place ORDER BY rowid"


class _Spill:
    """Lines in a temporary file, and a table of where each of them is."""

    def __init__(self) -> None:
        with ExitStack() as opened:
            self._file: BinaryIO = opened.enter_context(TemporaryFile())
            # An empty name makes a database that is a temporary file, too.
            self._keys = sqlite3.connect("", isolation_level=None)
            opened.enter_context(closing(self._keys))
            self._keys.execute("PRAGMA journal_mode = OFF")
            self._keys.execute("PRAGMA cache_size = -16384")
            self._keys.execute(_KEYS)
            self._opened = opened.pop_all()
        self._end = 0

    def close(self) -> None:
        """Remove what was put down."""
        self._opened.close()

    def put(self, groups: Iterable[Group]) -> None:
        """Put lines down."""
        with _told():
            self._keys.execute("BEGIN")
            self._keys.executemany(_PUT, self._placed(groups))
            self._keys.execute("COMMIT")

    def _placed(self, groups: Iterable[Group]) -> Iterator[tuple[str, int, int, int]]:
        lines = [
            (number, name, line)
            for name, numbers, texts in groups
            for number, line in zip(numbers, texts, strict=True)
        ]
        lines.sort(key=itemgetter(0))
        for number, name, line in lines:
            # Half a character becomes bytes that no reader takes for text.
            text = (
                line.encode(errors="surrogatepass") if isinstance(line, str) else line
            )
            self._file.write(text)
            yield name, number, self._end, len(text)
            self._end += len(text)

    def groups(self) -> Iterator[Group]:
        """Read them again, complaint by complaint."""
        with _told():
            self._file.flush()
            self._keys.execute(_PLACES)
        with mmap(self._file.fileno(), 0, access=ACCESS_READ) as text:
            found = self._keys.execute(_SORTED)
            for name, rows in groupby(found, key=itemgetter(0)):
                group: Group = (name, [], [])
                for _, number, start, size in rows:
                    group[1].append(number)
                    group[2].append(text[start : start + size])
                yield group


@contextmanager
def _told() -> Iterator[None]:
    """Turn what befalls temporary files into an error of ours."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        problem = f"the temporary files of the import failed: {error}"
        raise JournalError(problem) from error
