"""The grid of a table: every combination that its rows can tell apart.

Each input falls into elementary parts, within which every row answers the same: the
named words and any other, or the numbers that the cells name and the stretches between
them. A set of rows is a whole number with one bit for each row, so that the rows for a
situation are one lookup for each input and an ``&``.
"""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import reduce
from itertools import product
from math import prod
from operator import and_, or_
from typing import Any

from attrs import frozen

from complaint_lifecycle.compensation.conditions import ATTRIBUTES, word_of
from complaint_lifecycle.compensation.drafts import plain
from complaint_lifecycle.compensation.measures import Fact
from complaint_lifecycle.compensation.situation import Situation
from complaint_lifecycle.compensation.table_cells import (
    Among,
    Between,
    Cell,
    Column,
    Reads,
    Row,
)
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.events import Fault, Severity

UNKNOWN = "unknown"

_ZERO = Decimal(0)
_DIGITS = 60
_LONG = 80


@frozen(eq=False)
class Axis(ABC):
    """An input with its elementary parts.

    Attributes:
        name: What is read.

        parts: The rows that each elementary part satisfies.

        free: The rows that do not ask.
    """

    name: str
    parts: tuple[int, ...]
    free: int

    is_number = False

    @abstractmethod
    def read(self, situation: Situation) -> Any:
        """Read the value; ``None`` is unknown."""

    @abstractmethod
    def rows_for(self, value: Any) -> int:
        """Return the rows that a value satisfies."""

    @abstractmethod
    def said(self, value: Any) -> str:
        """Write a value for a reason."""

    @abstractmethod
    def part_said(self, first: int, last: int) -> str:
        """Write a run of elementary parts."""

    def last_without(self, part: int, rows: int) -> int:
        """Return where the run of parts ends in which none of some rows answers."""
        return part


@frozen(eq=False)
class WordAxis(Axis):
    """An input of words, one elementary part for each and one for any other.

    Attributes:
        words: The parts by their word; ``None`` is unknown, or any other word.
    """

    words: dict[str | None, int]

    def read(self, situation: Situation) -> str | None:
        """Read the word; ``None`` is unknown."""
        if self.name not in ATTRIBUTES:
            return word_of(situation, self.name)
        found: str | None = getattr(situation.complaint, self.name)
        return found

    def rows_for(self, value: str | None) -> int:
        """Return the rows that a word satisfies."""
        found = self.words.get(value)
        return self.parts[-1 if found is None else found]

    def said(self, value: str | None) -> str:
        """Write a word for a reason."""
        return f"{self.name} is {UNKNOWN if value is None else value[:_LONG]}"

    def part_said(self, first: int, last: int) -> str:
        """Write a word."""
        word = list(self.words)[first]
        other = UNKNOWN if self.name == "fault" else "anything else"
        return f"{self.name} is {other if word is None else word}"


@frozen(eq=False)
class NumberAxis(Axis):
    """An input of numbers from 0: limits, and the stretches after each of them.

    Attributes:
        limits: The numbers that cells name, from 0 up.

        fact: What reads the number.
    """

    limits: list[Decimal]
    fact: Fact

    is_number = True

    def read(self, situation: Situation) -> Decimal | None:
        """Read the number; ``None`` is unknown.

        Raises:
            InvalidEventError: If it is no number, or negative.
        """
        if situation.complaint.facts.get(self.name) is None:
            return None
        number = self.fact.of(situation)
        if number < _ZERO:
            rule = "must not be negative: the table answers for numbers from 0"
            raise InvalidEventError(f"facts[{self.name!r}]", str(number)[:40], rule)
        return number

    def rows_for(self, value: Decimal) -> int:
        """Return the rows that a number satisfies."""
        at = bisect_right(self.limits, value) - 1
        return self.parts[2 * at + (self.limits[at] != value)]

    def said(self, value: Decimal | None) -> str:
        """Write a number for a reason."""
        if value is None:
            return f"{self.name} {UNKNOWN}"
        return f"{self.name} {plain(value) if has_digits(value) else value}"

    def part_said(self, first: int, last: int) -> str:
        """Write a stretch of numbers."""
        low = f"{'above' if first % 2 else 'from'} {plain(self.limits[first // 2])}"
        if last == len(self.parts) - 1:
            return f"{self.name} {low}" if first else f"{self.name} any number"
        high = plain(self.limits[(last + 1) // 2])
        if first == last and not first % 2:
            return f"{self.name} {high}"
        return f"{self.name} {low} to {'below ' if last % 2 else ''}{high}"

    def last_without(self, part: int, rows: int) -> int:
        """Return where the run of parts ends in which none of some rows answers."""
        while part + 1 < len(self.parts) and not self.parts[part + 1] & rows:
            part += 1
        return part


def has_digits(number: Decimal) -> bool:
    """Tell whether a number can be written out: ``1E+999999`` is a million digits."""
    return number.is_finite() and abs(number.adjusted()) < _DIGITS


def rows_of(rows: int) -> list[int]:
    """Return the indices of a set of rows."""
    found: list[int] = []
    while rows:
        found.append((rows & -rows).bit_length() - 1)
        rows &= rows - 1
    return found


def _word_axis(name: str, cells: Sequence[Cell]) -> WordAxis:
    asked = [cell.words if isinstance(cell, Among) else () for cell in cells]
    named: Iterable[str | None] = (word for words in asked for word in words)
    fixed: dict[str, list[str | None]] = {
        "severity": [*Severity],
        "fault": [*Fault, None],
    }
    words = {
        w: i for i, w in enumerate(fixed.get(name) or [*dict.fromkeys(named), None])
    }
    free = sum(1 << index for index, each in enumerate(asked) if not each)
    parts = [free] * len(words)
    for index, each in enumerate(asked):
        for word in each:
            # The one word that is none of the parts is the fault that is unknown.
            parts[words.get(word, -1)] |= 1 << index
    return WordAxis(name, tuple(parts), free, words)


def _number_axis(name: str, cells: Sequence[Cell]) -> NumberAxis:
    spans = [cell for cell in cells if isinstance(cell, Between)]
    named = {limit for span in spans for limit in (span.low, span.high)}
    limits = sorted({_ZERO, *(limit for limit in named if limit is not None)})
    places = {limit: 2 * index for index, limit in enumerate(limits)}
    parts = [0] * (2 * len(limits))
    free = 0
    for index, cell in enumerate(cells):
        first, last = 0, len(parts) - 1
        if not isinstance(cell, Between):
            free |= 1 << index
        else:
            if cell.low is not None:
                first = places[cell.low] + (not cell.with_low)
            if cell.high is not None:
                last = places[cell.high] - (not cell.with_high)
        for part in range(first, last + 1):
            parts[part] |= 1 << index
    return NumberAxis(name, tuple(parts), free, limits, Fact(name))


@frozen(eq=False)
class Grid:
    """All inputs of a table.

    Attributes:
        axes: One for each input.

        everything: All rows.
    """

    axes: tuple[Axis, ...]
    everything: int

    @classmethod
    def of(cls, inputs: Sequence[Column], rows: Sequence[Row]) -> "Grid":
        """Divide the inputs of a table into their elementary parts."""
        axes: list[Axis] = []
        for index, column in enumerate(inputs):
            cells = [row.cells[index] for row in rows]
            number = column.reads is Reads.NUMBER
            axes.append((_number_axis if number else _word_axis)(column.name, cells))
        return cls(tuple(axes), (1 << len(rows)) - 1)

    @property
    def size(self) -> int:
        """How many combinations the rows can tell apart."""
        return prod(len(set(axis.parts)) for axis in self.axes)

    def combinations(self) -> Iterator[tuple[tuple[int, ...], int]]:
        """Go through all combinations: the rows for each input, and for all of them."""
        for combination in product(*(dict.fromkeys(axis.parts) for axis in self.axes)):
            yield combination, reduce(and_, combination, self.everything)

    def said(self, combination: Sequence[int]) -> str:
        """Write a combination."""
        return ", ".join(
            axis.part_said(axis.parts.index(rows), axis.parts.index(rows))
            for axis, rows in zip(self.axes, combination, strict=True)
        )

    def gap_said(self, combination: Sequence[int]) -> str:
        """Write the first combination without an answer, with the numbers after it."""
        around = list(combination)
        runs: list[str] = []
        for index, axis in enumerate(self.axes):
            others = (rows for place, rows in enumerate(around) if place != index)
            within = reduce(and_, others, self.everything)
            first = axis.parts.index(around[index])
            last = axis.last_without(first, within)
            around[index] = reduce(or_, axis.parts[first : last + 1])
            runs.append(axis.part_said(first, last))
        return ", ".join(runs)
