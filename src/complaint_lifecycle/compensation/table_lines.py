"""Decision tables line by line: how cells, columns and remedies are written."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from attrs import frozen

from complaint_lifecycle.amounts import money
from complaint_lifecycle.checks import reference
from complaint_lifecycle.compensation.conditions import ATTRIBUTES
from complaint_lifecycle.compensation.giving import (
    Flat,
    Gesture,
    Giving,
    Percent,
    a_kind,
)
from complaint_lifecycle.compensation.table_cells import (
    Among,
    Anything,
    Between,
    Cell,
    Column,
    Otherwise,
    Reads,
    Row,
)
from complaint_lifecycle.compensation.table_checks import at
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.offers import RemedyKind

OUTPUTS = ("kind", "value", "what", "conditions")
NOTHING = "nothing"
OTHERWISE = "otherwise"

_GESTURES = (RemedyKind.APOLOGY, RemedyKind.GUARANTEE)
_WRITTEN = frozenset({*ATTRIBUTES, *OUTPUTS, NOTHING, OTHERWISE})

_N = r"([0-9]{1,60}(?:\.[0-9]{1,60})?)"
_COMPARED = re.compile(rf"(<=|>=|<|>)\s*{_N}")
_SPAN = re.compile(rf"([\[(]?)\s*{_N}\s*\.\.\s*{_N}\s*([\])]?)")
_PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_SIGNS = re.compile(r"[<>\[(]|.*\.\.")
_WORTH = re.compile(rf"{_N}\s+(\S+)")


@frozen
class Read:
    """What was read from a text.

    Attributes:
        inputs: The inputs.

        rows: The rows.

        otherwise: What is given where no row answers.

        places: Where each row stands.
    """

    inputs: tuple[Column, ...]
    rows: tuple[Row, ...]
    otherwise: Otherwise | None
    places: Sequence[str]

    def where(self, index: int) -> str:
        """Say where a row stands."""
        return self.places[index]


@frozen
class Line:
    """A row as it is written.

    Attributes:
        place: Where it stands.

        cells: One for each input.

        outputs: What is given, by the name of the output.
    """

    place: str
    cells: Sequence[str]
    outputs: Mapping[str, str]


def built(names: Sequence[str], rows: Sequence[Line], last: Sequence[Line]) -> Read:
    """Make columns and rows of lines.

    Args:
        names: The inputs as they are written, marks included.

        rows: The rows.

        last: What is given otherwise, at most once.

    Raises:
        InvalidEventError: If a name, a cell or a remedy is wrong.
        CurrencyError: If a currency does not exist.
    """
    inputs: list[Column] = []
    for index, text in enumerate(names):
        name, mark = marked(text)
        with at("columns"):
            reads = mark or _reads(name, [row.cells[index] for row in rows])
            inputs.append(Column(name, reads))
    made: list[Row] = []
    for row in rows:
        with at(row.place):
            pairs = zip(row.cells, inputs, strict=True)
            made.append(Row([_cell(c, i) for c, i in pairs], _remedy(row.outputs)))
    if len(last) > 1:
        rule = f"is there already: one row may be {OTHERWISE}"
        raise InvalidEventError(last[1].place, OTHERWISE, rule)
    otherwise = None
    for row in last:
        with at(row.place):
            otherwise = Otherwise(_remedy(row.outputs))
    return Read(tuple(inputs), tuple(made), otherwise, [row.place for row in rows])


_LIKE_A_SPAN = re.compile(r"[0-9.]+\s*[-\u2013]\s*[0-9.]+")
_NOT_ASKED = ("amount", "public")


def _refuse_what_is_meant_otherwise(name: str) -> None:
    """Refuse a column that reads as a fact what somebody meant as something else."""
    near = get_close_matches(name.lower(), ATTRIBUTES, n=1, cutoff=0.8)
    if name in _NOT_ASKED:
        rule = f"is no input of a table: put the table into when(...); {_A_FACT}"
        raise InvalidEventError("column", repr(name), rule)
    if near and name not in ATTRIBUTES:
        rule = f"is no attribute: did you mean {near[0]}? {_A_FACT}"
        raise InvalidEventError("column", repr(name), rule)


_A_FACT = "A fact of that name is marked with :text or :number"


def marked(text: str) -> tuple[str, str]:
    """Part the name of an input from the mark of what it reads, if it has one."""
    name, colon, mark = text.rpartition(":")
    return (name, mark) if colon and mark in ("text", "number") else (text, "")


def _reads(name: str, texts: Iterable[str]) -> Reads:
    """Tell what a column reads that is not marked: facts show it by their cells."""
    if name in ATTRIBUTES:
        return Reads.TEXT
    if re.sub(r"[\s-]", "_", name.lower()) in _WRITTEN:
        rule = "is no fact by its name: write it in lower case, or mark it as :text"
        raise InvalidEventError("column", repr(name), rule)
    _refuse_what_is_meant_otherwise(name)
    found = [text for text in texts if not asks_nothing(text)]
    for text in filter(_LIKE_A_SPAN.fullmatch, found):
        rule = "looks like numbers from one to another: write 60..119 or [60..120)"
        raise InvalidEventError(name, repr(text), rule)
    signs = any(map(_SIGNS.match, found))
    plainly = bool(found) and all(map(_PLAIN.fullmatch, found))
    return Reads.NUMBER if signs or plainly else Reads.TEXT


def asks_nothing(text: str) -> bool:
    """Tell whether a cell, as it is written, does not ask."""
    return text in ("", "-")


def _cell(text: str, column: Column) -> Cell:
    if asks_nothing(text):
        return Anything()
    if column.reads is Reads.NUMBER:
        return _numbers(text)
    return Among([reference(word.strip(), column.name) for word in text.split("|")])


def _numbers(text: str) -> Between:
    compared = _COMPARED.fullmatch(text)
    if compared:
        sign, number = compared.groups()
        if "<" in sign:
            return Between(high=number, with_high="=" in sign)
        return Between(low=number, with_low="=" in sign)
    span = _SPAN.fullmatch(text)
    if span and bool(span[1]) == bool(span[4]):
        return Between(span[2], span[3], span[1] != "(", span[4] != ")")
    if not _PLAIN.fullmatch(text):
        rule = (
            "is no cell of numbers: write it like <60, >=120, 60..119, [60..120), 75 "
            "or -, or mark the column as :text"
        )
        raise InvalidEventError("cell", repr(text)[:80], rule)
    return Between(text, text)


def _remedy(outputs: Mapping[str, str]) -> Giving | None:
    said = {name: text for name, text in outputs.items() if text}
    kind, value = said.pop("kind", NOTHING), said.pop("value", "")
    if kind == NOTHING:
        if value or said:
            rule = f"says what is given: name the kind, or leave it out with {NOTHING}"
            raise InvalidEventError("kind", kind, rule)
        return None
    return _giving(a_kind(kind), value, said)


def _giving(kind: RemedyKind, value: str, said: Mapping[str, Any]) -> Giving:
    if not value:
        if kind not in _GESTURES:
            rule = "say what it is worth or costs, such as 20 EUR or 15%"
            raise InvalidEventError("value", f"nothing for {kind.value}", rule)
        return Gesture(kind, **said)
    if value.endswith("%"):
        # A coupon is a share of the next purchase, not of the amount at stake.
        cls = Gesture if kind is RemedyKind.COUPON else Percent
        return cls(kind, percent=value, **said)
    worth = _WORTH.fullmatch(value)
    if not worth:
        rule = "must be an amount such as 20 EUR, or a share such as 15%"
        raise InvalidEventError("value", repr(value)[:80], rule)
    return Flat(kind, value=money(worth[1], worth[2]), **said)
