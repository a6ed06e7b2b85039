"""The pieces of decision tables: columns, cells and rows."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Any

from attrs import field, frozen

from complaint_lifecycle.checks import exact_decimal, one_of, reference
from complaint_lifecycle.compensation.blocks import Piece, piece
from complaint_lifecycle.compensation.conditions import ATTRIBUTES
from complaint_lifecycle.compensation.drafts import plain
from complaint_lifecycle.compensation.giving import Giving
from complaint_lifecycle.errors import InvalidEventError


class Hit(StrEnum):
    """Which of the rows that answer a situation are taken."""

    FIRST = "first"
    """The first of them."""

    UNIQUE = "unique"
    """The only one: two that answer the same are an error."""

    COLLECT = "collect"
    """All of them together."""


class Reads(StrEnum):
    """What a column reads."""

    TEXT = "text"
    NUMBER = "number"


@piece("anything")
@frozen
class Anything(Piece):
    """A cell that does not ask."""

    def __str__(self) -> str:
        return "-"


def _words(values: Any) -> tuple[str, ...]:
    if isinstance(values, str):
        values = (values,)
    found = tuple(str(value) for value in values)
    if not found:
        raise InvalidEventError("cell", "no words", "give at least one word")
    return tuple(dict.fromkeys(found))


@piece("among")
@frozen
class Among(Piece):
    """A cell that asks for one of several words.

    Attributes:
        words: What it may be.
    """

    words: tuple[str, ...] = field(converter=_words)

    def __str__(self) -> str:
        return "|".join(self.words)


def _limit(value: Any) -> Decimal | None:
    if value is None:
        return None
    limit = exact_decimal(value, "cell")
    if limit < 0:
        rule = "lies below zero: tables know numbers from 0 only"
        raise InvalidEventError("cell", str(limit), rule)
    return limit


@piece("between")
@frozen
class Between(Piece):
    """A cell that asks for a number between two limits; at least one is given.

    Attributes:
        low: The lower limit; ``None`` is zero.

        high: The upper limit; ``None`` is none.

        with_low: Whether the lower limit belongs to it.

        with_high: Whether the upper limit does.
    """

    low: Decimal | None = field(default=None, converter=_limit)
    high: Decimal | None = field(default=None, converter=_limit)
    with_low: bool = field(default=True, converter=bool)
    with_high: bool = field(default=True, converter=bool)

    def __attrs_post_init__(self) -> None:
        low = Decimal(0) if self.low is None else self.low
        if self.low is self.high is None:
            rule = "give a limit, or write - for any number"
            raise InvalidEventError("cell", "no limit", rule)
        if self.high is None:
            return
        both = self.with_high and (self.with_low or self.low is None)
        if self.high < low or (self.high == low and not both):
            rule = "holds no number from 0: write the lower limit first, as in [0..60)"
            raise InvalidEventError("cell", str(self), rule)

    def __str__(self) -> str:
        """Write it as tables do: ``>=60``, ``<60``, ``60..119`` or ``[60..120)``."""
        if self.high is None:
            return f"{'>=' if self.with_low else '>'}{plain(self.low or Decimal(0))}"
        if self.low is None:
            return f"{'<=' if self.with_high else '<'}{plain(self.high)}"
        span = f"{plain(self.low)}..{plain(self.high)}"
        if self.with_low and self.with_high:
            return plain(self.low) if self.low == self.high else span
        return f"{'[' if self.with_low else '('}{span}{']' if self.with_high else ')'}"


Cell = Anything | Among | Between

ANYTHING = Anything()


def _reads(value: Any) -> Reads:
    return one_of(Reads, value, "column")


@piece("column")
@frozen
class Column(Piece):
    """An input of a table.

    Attributes:
        name: An attribute of the complaint such as ``"severity"``, or else the name of
            a fact.

        reads: Whether its cells are words or numbers.
    """

    name: str
    reads: Reads = field(converter=_reads)

    def __attrs_post_init__(self) -> None:
        reference(self.name, "column")
        if self.name in ATTRIBUTES and self.reads is Reads.NUMBER:
            rule = "is words: an attribute of the complaint is never a number"
            raise InvalidEventError("column", self.name, rule)


def _cells(values: Iterable[Any]) -> tuple[Any, ...]:
    cells = tuple(values)
    for cell in cells:
        if not isinstance(cell, Cell):
            rule = "must be Anything(), Among(words) or Between(low, high)"
            raise InvalidEventError("cell", repr(cell)[:80], rule)
    return cells


def _gives(value: Any) -> Giving | None:
    if value is not None and not isinstance(value, Giving):
        rule = "must be a remedy, such as refund('50%'), or None"
        raise InvalidEventError("gives", repr(value)[:80], rule)
    return value


@piece("row")
@frozen
class Row(Piece):
    """A row of a table: it answers when each of its cells holds.

    Attributes:
        cells: One for each input of the table.

        gives: The remedy; nothing, if ``None``.
    """

    cells: tuple[Cell, ...] = field(converter=_cells)
    gives: Giving | None = field(default=None, converter=_gives)


@piece("otherwise")
@frozen
class Otherwise(Piece):
    """What a table answers where no row does.

    Attributes:
        gives: The remedy; nothing, if ``None``.
    """

    gives: Giving | None = field(default=None, converter=_gives)
