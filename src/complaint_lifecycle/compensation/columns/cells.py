"""Columns as they are handed in: what their cells may be, and what they mean."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from math import isnan
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import ArrayLike, NDArray

from complaint_lifecycle.checks import exact_decimal
from complaint_lifecycle.compensation.columns.numbers import (
    Bools,
    Ints,
    narrowed,
    places,
    widened,
)
from complaint_lifecycle.compensation.conditions import ATTRIBUTES
from complaint_lifecycle.errors import InvalidEventError

OWN = frozenset(
    {
        *ATTRIBUTES,
        "amount",
        "public",
        "missed",
        "days_late",
        "earlier_complaints",
        "given_times",
        "given_total",
    }
)
"""Names of columns that are no facts."""

_KINDS = "biuUTO"
_FINEST = 60
_NONE = type(None)
_RULE = (
    "must be whole numbers, text, truth values, or objects of these, of Decimal and "
    "of None: floats are not exact"
)


@frozen(eq=False)
class Cells:
    """A column, or a part of one.

    Attributes:
        name: Its name.

        values: What it holds.

        missing: Where nothing is known; ``None`` if all is.

        scale: How many decimal places its whole numbers have.

        first: The number of its first row.

        types: Of what types its known objects are.
    """

    name: str
    values: NDArray[Any]
    missing: Bools | None = None
    scale: int = 0
    first: int = 0
    types: frozenset[type] = frozenset()

    @property
    def kind(self) -> str:
        """What it holds, as numpy calls it."""
        return self.values.dtype.kind

    def part(self, start: int, stop: int) -> "Cells":
        """Return a part of it."""
        some = slice(start, stop)
        missing = None if self.missing is None else self.missing[some]
        return evolve(self, values=self.values[some], missing=missing, first=start)

    def refused(self, value: object, rule: str) -> InvalidEventError:
        """Return what to raise about it."""
        return InvalidEventError(f"columns[{self.name!r}]", str(value)[:80], rule)

    def checked(self) -> "Cells":
        """Return it with plain cells only.

        Raises:
            InvalidEventError: If it holds floats, or anything else that no fact is.
        """
        if self.kind not in _KINDS:
            raise self.refused(self.values.dtype, _RULE)
        if self.kind not in "OT":
            return self
        values = self.values.astype(object)
        if self.missing is not None:
            values[self.missing] = None
        types = set(map(type, values.tolist()))
        if not types <= {str, _NONE, int, bool, Decimal}:
            values[:] = [self._plain(cell) for cell in values.tolist()]
            types = set(map(type, values.tolist()))
        missing = values == None if _NONE in types else None  # noqa: E711 - each cell
        types.discard(_NONE)
        return evolve(self, values=values, missing=missing, types=frozenset(types))

    def _plain(self, cell: Any) -> Any:
        value = cell.item() if isinstance(cell, np.generic) else cell
        if value is None or (isinstance(value, float) and isnan(value)):
            return None
        if not isinstance(value, str | int | Decimal):
            raise self.refused(repr(value), _RULE)
        return value

    @property
    def is_text(self) -> bool:
        """Whether all that is known is text."""
        objects = self.kind == "O" and all(issubclass(t, str) for t in self.types)
        return objects or self.kind == "U"

    def known(self) -> Bools:
        """Tell where something is known."""
        if self.missing is None:
            return np.ones(len(self.values), np.bool_)
        return ~self.missing

    def same(self, word: str) -> Bools:
        """Tell which cells are a word: truth values and numbers as they are written."""
        found: Bools
        if self.kind == "b":
            found = self.values == (word == "true")
            found &= word in ("true", "false")
        elif self.kind in "iu":
            found = self._same_number(word)
        else:
            found = np.asarray(self.values == word, np.bool_)
        return found if self.missing is None else found & ~self.missing

    def _same_number(self, word: str) -> Bools:
        try:
            number = exact_decimal(word, "word").scaleb(self.scale)
        except InvalidEventError:
            return np.zeros(len(self.values), np.bool_)
        written = f"{Decimal(int(number)).scaleb(-self.scale)}"
        limits = np.iinfo(self.values.dtype)
        if written != word or not limits.min <= number <= limits.max:
            return np.zeros(len(self.values), np.bool_)
        return np.asarray(self.values == int(number))

    def in_words(self) -> "Cells":
        """Return it with every object as the word that a condition compares."""
        if self.is_text:
            return self
        words = np.array([_word(cell) for cell in self.values.tolist()], object)
        return evolve(self, values=words)


def _word(cell: Any) -> str | None:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return None if cell is None else str(cell)


@frozen(eq=False)
class Numbers:
    """The numbers of a column.

    Attributes:
        cells: The column.

        values: Its numbers, in units of so many decimal places.

        scale: How many.

        missing: Where nothing is known.

        wrong: Where something else than a number is.
    """

    cells: Cells
    values: Ints
    scale: int
    missing: Bools | None
    wrong: Bools | None = None

    @classmethod
    def of(cls, cells: Cells) -> "Numbers":
        """Read the numbers of a column; text and truth values are none."""
        if cells.kind == "O":
            return cls._of_objects(cells)
        if cells.kind in "iu":
            wide = cells.values.dtype == np.uint64
            values = narrowed(widened(cells.values)) if wide else cells.values
            values = values if wide else values.astype(np.int64, copy=False)
            return cls(cells, values, cells.scale, cells.missing)
        wrong = cells.known()
        return cls(cells, np.zeros(len(wrong), np.int64), 0, cells.missing, wrong)

    @classmethod
    def _of_objects(cls, cells: Cells) -> "Numbers":
        given = cells.values.tolist()
        wrong = np.array([_is_wrong(cell) for cell in given], np.bool_)
        clear = cells.known() & ~wrong
        numbers = [cell if ok else 0 for cell, ok in zip(given, clear, strict=True)]
        scale = max(map(_places, numbers), default=0)
        whole = np.empty(len(numbers), object)
        whole[:] = [_at(cell, 10**scale) for cell in numbers]
        return cls(cells, narrowed(whole), scale, cells.missing, wrong)


def _is_wrong(cell: Any) -> bool:
    if isinstance(cell, bool | str):
        return True
    if not isinstance(cell, Decimal):
        return False
    # Beyond that no policy of ours calculates exactly either.
    return (
        not cell.is_finite()
        or abs(cell.adjusted()) > _FINEST
        or _places(cell) > _FINEST
    )


def _places(number: int | Decimal) -> int:
    return 0 if isinstance(number, int) else places(number)


def _at(number: int | Decimal, unit: int) -> int:
    over, under = number.as_integer_ratio()
    return over * unit // under


def taken(
    columns: Mapping[str, ArrayLike], scales: Mapping[str, int]
) -> tuple[dict[str, Cells], int]:
    """Take the columns that are handed in.

    Args:
        columns: The columns by name.

        scales: Decimal places of whole numbers, by name of the column.

    Returns:
        The columns, and how many rows they have.

    Raises:
        InvalidEventError: If they are of several lengths, or if there is none.
    """
    for name, scale in scales.items():
        _check_scale(name, scale, columns)
    found = {name: _taken(name, given) for name, given in columns.items()}
    found |= {name: _scaled(found[name], scale) for name, scale in scales.items()}
    sizes = {name: len(each.values) for name, each in found.items()}
    if not sizes:
        rule = "give at least one: its length says how many rows there are"
        raise InvalidEventError("columns", "none", rule)
    first, size = next(iter(sizes.items()))
    for name, other in sizes.items():
        if other != size:
            said = f"{first!r} has {size} rows, {name!r} has {other}"
            raise InvalidEventError("columns", said, "must be of the same length")
    return found, size


def _check_scale(name: str, scale: Any, columns: Iterable[str]) -> None:
    whole = isinstance(scale, int) and not isinstance(scale, bool)
    if not whole or not 0 <= scale <= 18:  # noqa: PLR2004 - digits of 64 bits
        rule = "must be a number of decimal places from 0 to 18"
        raise InvalidEventError(f"scales[{name!r}]", repr(scale)[:40], rule)
    if name not in columns or name in OWN or name.startswith("spent:"):
        rule = "must be the column of a fact: all else has its unit already"
        raise InvalidEventError("scales", repr(name)[:80], rule)


def _scaled(cells: Cells, scale: int) -> Cells:
    if cells.kind not in "iu":
        raise cells.refused(cells.values.dtype, "must be whole numbers to have a scale")
    return evolve(cells, scale=scale)


def _taken(name: str, given: Any) -> Cells:
    missing = _missing(given)
    if isinstance(given, Sequence) and not isinstance(given, str):
        # A list of several types would become a column of text, so that 1 is "1".
        values = np.fromiter(given, object, len(given))
    elif missing is None or isinstance(given, np.ma.MaskedArray):
        values = np.asarray(given)
    else:
        # Where something is missing, pandas would make floats of whole numbers.
        values = np.asarray(given, object)
    if values.ndim != 1:
        rule = "must be one column: a value for each row"
        raise InvalidEventError(f"columns[{name!r}]", f"{values.ndim} dimensions", rule)
    return Cells(name, values, missing)


def _missing(given: Any) -> Bools | None:
    """Tell where pandas, or a masked array, says that nothing is known."""
    if isinstance(given, np.ma.MaskedArray):
        missing = np.ma.getmaskarray(given)
    elif hasattr(given, "isna"):
        missing = np.asarray(given.isna(), np.bool_)
    else:
        return None
    return missing if missing.any() else None
