"""Files that are read several times: whether they can be, as text, line by line."""

import codecs
import csv
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from tempfile import TemporaryFile
from typing import BinaryIO, TextIO

from attrs import define, field

from complaint_lifecycle.cli.intake.words import shown
from complaint_lifecycle.cli.streams import LINE_LIMIT, STANDARD, opened
from complaint_lifecycle.errors import UnreadableError

_CHUNK = 1 << 20
_BYTE_ORDER_MARK = "\ufeff"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@contextmanager
def rewindable(source: str) -> Iterator[BinaryIO]:
    """Open a file, or keep standard input or a pipe in a temporary one.

    Args:
        source: The file, or ``-``.
    """
    with opened(source) as stream:
        if source != STANDARD and stream.seekable():
            yield stream
            return
        with TemporaryFile() as kept:
            shutil.copyfileobj(stream, kept)
            yield kept


@contextmanager
def long_cells() -> Iterator[None]:
    """Let the CSV reader take cells as long as the longest line, for a while."""
    before = csv.field_size_limit(LINE_LIMIT)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def check_encoding(stream: BinaryIO, encoding: str) -> None:
    """Read a file once to see that it can be read to its end.

    Raises:
        UnreadableError: If a byte does not fit the encoding, or there is no such.
    """
    decoder = _decoder(encoding)
    stream.seek(0)
    start = stream.read(len(_UTF_16[0]))
    stream.seek(0)
    end = 0
    try:
        while chunk := stream.read(_CHUNK):
            end += len(chunk)
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        position = end - len(error.object) + error.start
        other = "utf-16" if start in _UTF_16 else "latin-1"
        problem = (
            f"this is not {encoding}: byte {position} cannot be read; "
            f"say which encoding it is, such as --encoding {other}"
        )
        raise UnreadableError(problem) from None


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    try:
        "".encode(encoding)
        return codecs.getincrementaldecoder(encoding)()
    except (LookupError, ValueError):
        problem = f"--encoding {shown(encoding)}: there is no such text encoding"
        raise UnreadableError(problem) from None


@contextmanager
def text_of(stream: BinaryIO, encoding: str) -> Iterator[TextIO]:
    """Read a file as text from the beginning, line ends as they are."""
    stream.seek(0)
    text = TextIOWrapper(stream, encoding=encoding, newline="")
    try:
        yield text
    finally:
        text.detach()


@define(eq=False)
class Lines:
    """Physical lines, and those of the record that is being read.

    Attributes:
        read: How many lines were read.
    """

    _stream: TextIO
    read: int = 0
    _record: list[str] = field(factory=list, init=False)
    _size: int = field(default=0, init=False)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(LINE_LIMIT)
        if self.read == 0:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if not line:
            raise StopIteration
        self.read += 1
        self._size += len(line)
        if self._size >= LINE_LIMIT:
            first = self.read - len(self._record)
            problem = (
                f"line {first}: a row of more than {LINE_LIMIT:,} characters begins "
                "here: is a quote opened and never closed?"
            )
            raise UnreadableError(problem)
        self._record.append(line)
        return line

    def take(self) -> str:
        """Return what was read since this was called last."""
        text = "".join(self._record).rstrip("\r\n")
        self._record.clear()
        self._size = 0
        return text
