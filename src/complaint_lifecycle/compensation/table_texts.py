"""Decision tables as text: CSV and TOML."""

import csv
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from complaint_lifecycle.compensation.drafts import plain
from complaint_lifecycle.compensation.table_checks import at, by_number
from complaint_lifecycle.compensation.table_grid import has_digits
from complaint_lifecycle.compensation.table_lines import (
    OTHERWISE,
    OUTPUTS,
    Line,
    Read,
    asks_nothing,
    built,
    marked,
)
from complaint_lifecycle.errors import InvalidEventError, UnreadableError

Source = str | Path | IO[str] | IO[bytes]
"""The text itself, the path of a file, or an open file."""

_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_TOML_ROW = re.compile(r"\s*\[\[\s*row\s*\]\]")
_NAMED: dict[type, str] = {
    dict: "a table, as in {kind = 'nothing'}",
    list: "a list",
    str: "text",
}


def _text_of(source: Source) -> str:
    if isinstance(source, Path):
        said: str | bytes = source.read_bytes()
    elif isinstance(source, str):
        said = source
    else:
        said = source.read()
    try:
        text = said.decode() if isinstance(said, bytes) else said
    except UnicodeDecodeError as error:
        problem = f"the table is no UTF-8 text: {error}"
        raise UnreadableError(problem) from error
    return text.removeprefix("\ufeff")


def read_csv(source: Source, delimiter: str) -> Read:
    """Read a table from CSV; see :meth:`Table.from_csv`.

    Raises:
        UnreadableError: If it is no CSV.
        InvalidEventError: If a column or a cell is wrong.
    """
    lines = _csv_lines(_text_of(source), delimiter)
    if not lines:
        problem = "the table is empty: its first line names the columns"
        raise UnreadableError(problem)
    (number, header), *rest = lines
    with at(f"line {number}"):
        inputs, outputs = _header(header)
    rows: list[Line] = []
    last: list[Line] = []
    for number, cells in rest:
        place = f"{by_number(len(rows))} (line {number})"
        most, least = len(header), len(inputs) + 1
        if not least <= len(cells) <= most:
            rule = f"must be {least} to {most}, as many as the header names"
            where = f"{place}: cells"
            raise InvalidEventError(where, str(len(cells)), rule)
        asked, given = cells[: len(inputs)], cells[len(inputs) :]
        is_last = asked[0] == OTHERWISE and all(map(asks_nothing, asked[1:]))
        line = Line(place, asked, dict(zip(outputs, given, strict=False)))
        (last if is_last else rows).append(line)
    return built(inputs, rows, last)


def _csv_lines(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    # Line by line: a stray quote then spoils its own line, and swallows no other.
    found: list[tuple[int, list[str]]] = []
    for number, line in enumerate(_LINE_ENDS.split(text), 1):
        if line.lstrip().startswith("#"):
            continue
        try:
            reader = csv.reader(
                [line], delimiter=delimiter, strict=True, skipinitialspace=True
            )
            cells = next(reader, [])
        except csv.Error as error:
            problem = f"line {number} of the table is no CSV: {error}"
            raise UnreadableError(problem) from error
        stripped = [cell.strip() for cell in cells]
        if any(stripped):
            found.append((number, stripped))
    return found


def _header(names: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    found = [name for name in names if name in OUTPUTS]
    inputs, outputs = names[: len(names) - len(found)], names[-len(found) :]
    if "kind" not in found:
        rule = f"need inputs, then kind and, as far as needed, {', '.join(OUTPUTS[1:])}"
        raise InvalidEventError("columns", ", ".join(names)[:200], rule)
    for name in outputs:
        if name not in OUTPUTS:
            rule = f"is no output, which are {', '.join(OUTPUTS)}: inputs come first"
            raise InvalidEventError("column", repr(name)[:80], rule)
    if not inputs or len(set(outputs)) < len(outputs):
        raise InvalidEventError(
            "columns", ", ".join(outputs), "name an input, and each output once"
        )
    return inputs, outputs


def read_toml(source: Source) -> tuple[Read, Any, Any]:
    """Read a table from TOML, with its hit policy and its name.

    Raises:
        UnreadableError: If it is no TOML.
        InvalidEventError: If a part of it is wrong.
    """
    text = _text_of(source)
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        problem = f"the table is no TOML: {error}"
        raise UnreadableError(problem) from error
    with at("the table"):
        _only(data, ("name", "hit", "inputs", OTHERWISE, "row"))
        rows = _of(list, data.get("row", []), "row")
        given = data.get("inputs")
    places = _places(text, len(rows))
    asked = [_asked(row, place) for row, place in zip(rows, places, strict=True)]
    with at("inputs"):
        inputs = _toml_inputs(given, asked)
    names = [marked(name)[0] for name in inputs]
    made: list[Line] = []
    for row, place, when in zip(rows, places, asked, strict=True):
        with at(place):
            _only(when, names)
            cells = [when.get(name, "") for name in names]
            made.append(Line(place, cells, _outputs(row.get("give"))))
    last: list[Line] = []
    if OTHERWISE in data:
        with at(OTHERWISE):
            last.append(Line(OTHERWISE, [], _outputs(data[OTHERWISE])))
    return built(inputs, made, last), data.get("hit", "unique"), data.get("name", "")


def _places(text: str, rows: int) -> list[str]:
    """Say where each row stands; without lines, if they are written another way."""
    lines = [n for n, s in enumerate(text.split("\n"), 1) if _TOML_ROW.match(s)]
    if len(lines) != rows:
        return [by_number(index) for index in range(rows)]
    return [f"{by_number(index)} (line {line})" for index, line in enumerate(lines)]


def _toml_inputs(given: Any, asked: Iterable[Mapping[str, str]]) -> Sequence[str]:
    if given is None:
        return [*dict.fromkeys(name for when in asked for name in when)]
    return [_of(str, name, "input") for name in _of(list, given, "inputs")]


def _asked(row: Any, place: str) -> dict[str, str]:
    with at(place):
        _only(_of(dict, row, "row"), ("when", "give"))
        when = _of(dict, row.get("when", {}), "when")
        return {name: _toml_cell(value, name) for name, value in when.items()}


def _toml_cell(value: Any, name: str) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value.strip()
        case int() | Decimal() if has_digits(Decimal(value)):
            return plain(Decimal(value))
        case [_, *_] if all(isinstance(each, str) and each for each in value):
            return "|".join(value)
    rule = "must be text, a number, true or false, or a list of words"
    raise InvalidEventError(name, repr(value)[:80], rule)


def _outputs(given: Any) -> dict[str, str]:
    found = _of(dict, given, "give")
    _only(found, OUTPUTS)
    return {name: _of(str, value, name).strip() for name, value in found.items()}


def _of(cls: type, value: Any, name: str) -> Any:
    if not isinstance(value, cls):
        raise InvalidEventError(name, repr(value)[:80], f"must be {_NAMED[cls]}")
    return value


def _only(found: Mapping[str, Any], names: Iterable[str]) -> None:
    allowed = tuple(names)
    for name in found:
        if name not in allowed:
            rule = f"is none of {', '.join(allowed)}"
            raise InvalidEventError("name", repr(name)[:80], rule)
