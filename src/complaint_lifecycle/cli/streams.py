"""Files and standard streams as bytes: what is read and written is UTF-8 anywhere."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from complaint_lifecycle.errors import UnreadableError

STANDARD = "-"
LINE_LIMIT = 16 * 1024 * 1024


@contextmanager
def written(target: str) -> Iterator[BinaryIO]:
    """Open a file that appears whole or not at all.

    Args:
        target: The file, or ``-`` for standard output.
    """
    path = Path(target).resolve()
    if target == STANDARD:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    elif path.exists() and not path.is_file():
        # A device or a pipe is written to; a rename would put a file in its place.
        with path.open("wb") as stream:
            yield stream
    else:
        with _renamed_at_the_end(path) as stream:
            yield stream


@contextmanager
def _renamed_at_the_end(path: Path) -> Iterator[BinaryIO]:
    unfinished = path.with_name(f".{path.name[:200]}.{os.getpid()}.part")
    try:
        with _made(unfinished, path) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _made(unfinished: Path, path: Path) -> BinaryIO:
    try:
        return unfinished.open("xb")
    except OSError as error:
        error.filename = str(path)
        raise


@contextmanager
def opened(source: str) -> Iterator[BinaryIO]:
    """Open a file for reading, or standard input for ``-``."""
    if source == STANDARD:
        yield sys.stdin.buffer
    else:
        with Path(source).open("rb") as stream:
            yield stream


def lines_of(stream: BinaryIO, *, limit: int = LINE_LIMIT) -> Iterator[bytes]:
    """Read line by line, never holding more than one.

    Args:
        stream: What to read.

        limit: Longest line, in bytes.

    Raises:
        UnreadableError: If a line is longer.
    """
    number = 0
    while line := stream.readline(limit + 1):
        number += 1
        if len(line) > limit:
            problem = f"line {number}: longer than {limit:,} bytes"
            raise UnreadableError(problem)
        yield line
