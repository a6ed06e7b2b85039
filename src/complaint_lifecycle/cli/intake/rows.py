"""Reads the rows of a CSV or JSON Lines file, each with the line where it begins."""

import csv
import json
from collections.abc import Generator, Iterable, Iterator, Mapping
from itertools import islice
from typing import BinaryIO, NamedTuple, Protocol

from attrs import frozen

from complaint_lifecycle.cli.intake.files import Lines, text_of
from complaint_lifecycle.cli.intake.words import names_shown, shown
from complaint_lifecycle.errors import UnreadableError

JSON_LINES = (".jsonl", ".ndjson")
DELIMITERS = ",;\t|"
_COLUMN_LIMIT = 10_000


@frozen
class Row:
    """One row of a file.

    Attributes:
        line: Number of the physical line where it begins, from 1.

        raw: The cells as they are written, or the line of JSON.

        values: What it says, by column.

        problem: Why it cannot be read, if it cannot.
    """

    line: int
    raw: tuple[str, ...]
    values: Mapping[str, object]
    problem: str | None = None

    def cell(self, column: str | None) -> str:
        """Return what a column says as text, empty if it says nothing.

        Raises:
            UnreadableError: If it holds a list or an object.
        """
        value = None if column is None else self.values.get(column)
        if value is None:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        if not isinstance(value, str):
            problem = f"{shown(column or '')}: a list or an object is no plain value"
            raise UnreadableError(problem)
        return value


class Table(Protocol):
    """A file of rows that can be read several times."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        ...

    @property
    def heading(self) -> tuple[str, ...]:
        """What stands over the original cells in a file of rejects."""
        ...

    def rows(self) -> Generator[Row, None, None]:
        """Read every row from the beginning."""
        ...


@frozen
class CsvTable:
    """Rows of cells between delimiters, under one row of names."""

    _stream: BinaryIO
    _encoding: str
    _delimiter: str
    columns: tuple[str, ...]

    @property
    def heading(self) -> tuple[str, ...]:
        """The names as they stand in the file."""
        return self.columns

    def rows(self) -> Generator[Row, None, None]:
        """Read every row from the beginning; empty lines are none."""
        with text_of(self._stream, self._encoding) as text:
            records = _records(Lines(text), self._delimiter)
            yield from map(self._row, islice(records, 1, None))

    def _row(self, record: "_Record") -> Row:
        line, cells, raw = record
        if isinstance(cells, csv.Error):
            return Row(line, (raw,), {}, f"this is no CSV: {cells}")
        if len(cells) != len(self.columns):
            problem = f"{len(cells)} cells, and {len(self.columns)} columns"
            return Row(line, tuple(cells), {}, problem)
        return Row(line, tuple(cells), dict(zip(self.columns, cells, strict=True)))


class _Record(NamedTuple):
    line: int
    cells: list[str] | csv.Error
    raw: str


def _records(lines: Lines, delimiter: str) -> Iterator[_Record]:
    """Read records that are not empty, and go on after one that cannot be read."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        first = lines.read + 1
        cells: list[str] | csv.Error
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            cells = error
        raw = lines.take()
        if cells:
            yield _Record(first, cells, raw)


@frozen
class JsonTable:
    """One JSON object a line."""

    _stream: BinaryIO
    _encoding: str
    columns: tuple[str, ...]
    heading: tuple[str, ...] = ("json",)

    def rows(self) -> Generator[Row, None, None]:
        """Read every object from the beginning; empty lines are none."""
        with text_of(self._stream, self._encoding) as text:
            lines = Lines(text)
            for line in lines:
                raw = lines.take()
                if not line.isspace():
                    yield _json_row(lines.read, raw)


def _json_row(line: int, raw: str) -> Row:
    try:
        return Row(line, (raw,), _object(raw))
    except (ValueError, RecursionError) as error:
        problem = f"this is no JSON object: {shown(str(error).splitlines()[0])}"
        return Row(line, (raw,), {}, problem)


def _object(raw: str) -> dict[str, object]:
    found = _json.decode(raw.strip())
    if not isinstance(found, dict):
        problem = "it begins with something else than {"
        raise ValueError(problem)  # noqa: TRY004 - one kind of error for bad JSON
    return found


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        problem = "a key comes twice"
        raise ValueError(problem)
    return found


def _no_number(name: str) -> object:
    problem = f"{name} is no number"
    raise ValueError(problem)


# Numbers stay as they are written: 49.90 must not pass through a binary float.
_json = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_float=str,
    parse_int=str,
    parse_constant=_no_number,
)


def table_in(
    stream: BinaryIO,
    encoding: str,
    *,
    delimiter: str | None = None,
    named: str = "",
) -> Table:
    """See whether a file is CSV or JSON Lines, and which columns it has.

    Args:
        stream: The file, which can be read to its end.

        encoding: Its encoding.

        delimiter: What stands between cells; by default what divides the first row
            into most.

        named: Name of the file, which can say that it is JSON Lines.

    Raises:
        UnreadableError: If the file is empty, or is neither.
    """
    start = _start(stream, encoding)
    says_json = named.lower().endswith(JSON_LINES)
    if delimiter is None and (says_json or start.startswith("{")):
        return JsonTable(stream, encoding, _keys(stream, encoding))
    if delimiter is None and start.startswith("["):
        problem = "a JSON array is not read: write one object a line (JSON Lines)"
        raise UnreadableError(problem)
    chosen = _delimiter(delimiter)
    headers = {each: _header(stream, encoding, each) for each in chosen}
    best = max(headers, key=lambda each: len(headers[each]))
    if not headers[best]:
        problem = "line 1: the names of the columns cannot be read as CSV"
        raise UnreadableError(problem)
    return CsvTable(stream, encoding, best, headers[best])


def _start(stream: BinaryIO, encoding: str) -> str:
    with text_of(stream, encoding) as text:
        for line in Lines(text):
            if not line.isspace():
                return line.lstrip()
    problem = "the file is empty"
    raise UnreadableError(problem)


def _delimiter(given: str | None) -> str:
    if given is None:
        return DELIMITERS
    delimiter = {"\\t": "\t", "tab": "\t"}.get(given, given)
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        problem = f"--delimiter {shown(given)}: must be one character, or tab"
        raise UnreadableError(problem)
    return delimiter


def _header(stream: BinaryIO, encoding: str, delimiter: str) -> tuple[str, ...]:
    """Read the first record; nothing if it cannot be read with this delimiter."""
    with text_of(stream, encoding) as text:
        cells = next(_records(Lines(text), delimiter)).cells
        if isinstance(cells, csv.Error):
            return ()
        return tuple(cell.strip() for cell in cells)


def _keys(stream: BinaryIO, encoding: str) -> tuple[str, ...]:
    """Collect the keys of all objects, as far as there are not absurdly many."""
    found: dict[str, None] = {}
    first: Row | None = None
    for row in JsonTable(stream, encoding, ()).rows():
        first = first or row
        if len(found) < _COLUMN_LIMIT:
            found.update(dict.fromkeys(row.values))
    if not found and first is not None:
        problem = f"line {first.line}: {first.problem or 'the object is empty'}"
        raise UnreadableError(problem)
    if found.keys() >= _EXPORTED:
        problem = "this is an export of a journal: take it in with `import`"
        raise UnreadableError(problem)
    return tuple(found)


_EXPORTED = {"complaint_id", "version", "kind", "schema", "recorded_at"}


def column_named(wanted: str, columns: Iterable[str]) -> str:
    """Return the column that is meant, whether or not capitals are right.

    Raises:
        UnreadableError: If there is none, or more than one.
    """
    names = list(columns)
    alike = [name for name in names if name.casefold() == wanted.strip().casefold()]
    found = [name for name in alike if name == wanted] or alike
    if len(found) == 1:
        return found[0]
    problem = "stands there more than once" if found else "is not there"
    rest = f"column {shown(wanted)!r} {problem}; there are {names_shown(names)}"
    raise UnreadableError(rest)
