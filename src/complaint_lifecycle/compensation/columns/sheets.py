"""Sheets: what policies read from columns, some rows at a time."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np
from attrs import define, field
from moneyed import Money

from complaint_lifecycle.amounts import LIMIT, currency_of
from complaint_lifecycle.compensation.columns.cells import OWN, Cells, Numbers
from complaint_lifecycle.compensation.columns.numbers import (
    MOST,
    Bools,
    Ints,
    Rows,
    is_wide,
)
from complaint_lifecycle.compensation.conditions import ATTRIBUTES
from complaint_lifecycle.compensation.drafts import mixed
from complaint_lifecycle.errors import InvalidEventError, MissingFactError
from complaint_lifecycle.events import Fault, Severity

T = TypeVar("T")

_WHOLE = "must be whole numbers of the smallest unit of the currency"
_CHOICES = {"severity": Severity, "fault": Fault}


def column_of(fact: str) -> str:
    """Return under which name the column of a fact is given."""
    return f"fact:{fact}" if fact in OWN or ":" in fact else fact


@define(eq=False)
class Sheet:
    """Some rows of all columns. What is read is checked, and kept.

    Attributes:
        columns: The columns by name.

        currency: ISO 4217 code of all amounts.

        first: The number of the first row.

        roles: Who may have to approve; drafts name them by their place, from 1.
    """

    columns: Mapping[str, Cells]
    currency: str
    first: int
    roles: list[str] = field(factory=list)
    _kept: dict[tuple[str, ...], Any] = field(factory=dict)

    @property
    def digits(self) -> int:
        """How many decimal places the currency has."""
        return len(str(currency_of(self.currency)[0].sub_unit)) - 1

    @property
    def limit(self) -> int:
        """What no single amount reaches, in the smallest unit."""
        limit: int = int(LIMIT) * 10**self.digits
        return min(limit, MOST)

    def minor(self, amount: Money, rule: str) -> int:
        """Return an amount of a policy in the smallest unit.

        Raises:
            CurrencyError: If it is in another currency.
            InvalidEventError: If it is too large for columns.
        """
        if amount.currency.code != self.currency:
            raise mixed(rule, self.currency, amount.currency.code)
        found = int(amount.amount.scaleb(self.digits))
        if found >= self.limit:
            raise self._too_large(found)
        return found

    def settled(self, whole: Ints, amounts: Ints) -> Ints:
        """Let amounts through that were calculated.

        Args:
            whole: Their whole parts, before they were rounded.

            amounts: The amounts.

        Raises:
            InvalidEventError: If one is too large.
        """
        if whole.size and whole.max() >= self.limit:
            raise self._too_large(whole.max())
        return amounts.astype(np.int64, copy=False)

    def _too_large(self, amount: Any) -> InvalidEventError:
        rule = "must be below 10^15, and fit in 64 bits in its smallest unit"
        said = f"{amount} of the smallest unit of {self.currency}"
        return InvalidEventError("amount", said, rule)

    def role(self, name: str) -> int:
        """Return the number of whoever approves."""
        if name not in self.roles:
            self.roles.append(name)
        return self.roles.index(name) + 1

    def _once(self, *key: str, make: Callable[[], T]) -> T:
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    def cells(self, name: str) -> Cells:
        """Return a column.

        Raises:
            MissingFactError: If there is none of this name.
            InvalidEventError: If it holds what it may not.
        """
        return self._once("cells", name, make=lambda: self._cells(name))

    def _cells(self, name: str) -> Cells:
        given = self.columns.get(name)
        if given is None:
            rule = "there is no such column: give one, with None where it is not known"
            raise MissingFactError(name, "no column", rule, "policy")
        cells = given.checked()
        if name in ATTRIBUTES:
            _check_text(cells)
        if name in _CHOICES:
            _check_choices(cells, [str(each) for each in _CHOICES[name]])
        return cells

    def same(self, name: str, word: str) -> Bools:
        """Tell where a column is a word."""
        return self._once("same", name, word, make=lambda: self._words(name).same(word))

    def _words(self, name: str) -> Cells:
        def made() -> Cells:
            cells = self.cells(name)
            return cells.in_words() if cells.kind == "O" else cells

        return self._once("words", name, make=made)

    def known(self, name: str) -> Bools:
        """Tell where something is known."""
        return self._once("known", name, make=self.cells(name).known)

    def flags(self, name: str, rows: Rows) -> Bools:
        """Read truth values.

        Raises:
            InvalidEventError: If the column is none of them.
        """
        cells = self.cells(name)
        objects = cells.kind == "O" and cells.types <= {bool}
        if not (objects or cells.kind == "b") or cells.missing is not None:
            raise cells.refused(cells.values.dtype, "must be truth values, all known")
        return cells.values[rows].astype(np.bool_)

    def numbers(self, name: str, rows: Rows) -> tuple[Ints, int]:
        """Read numbers.

        Returns:
            Whole numbers, and how many decimal places they have.

        Raises:
            MissingFactError: If one is not known.
            InvalidEventError: If one is none.
        """
        found = self._numbers(name)
        if found.missing is not None and found.missing[rows].any():
            raise self._unknown(name, rows[found.missing[rows]][0])
        if found.wrong is not None and found.wrong[rows].any():
            row = rows[found.wrong[rows]][0]
            said = repr(found.cells.values[[row]].tolist()[0])[:60]
            value = f"{said} in row {self.first + row}"
            raise found.cells.refused(value, "must be a number, exact to 60 places")
        return found.values[rows], found.scale

    def _numbers(self, name: str) -> Numbers:
        return self._once("numbers", name, make=lambda: Numbers.of(self.cells(name)))

    def _unknown(self, name: str, row: int) -> MissingFactError:
        place = f"row {self.first + row}"
        way_out = "give it, or guard the policy with when(known(...))"
        return MissingFactError(
            name, "nothing", f"is missing in {place}: {way_out}", "policy"
        )

    def amounts(self, name: str, rows: Rows) -> Ints:
        """Read money, in the smallest unit.

        Raises:
            MissingFactError: If an amount is not known.
            InvalidEventError: If one is no whole number, negative, or too large.
        """
        self._once("amounts", name, make=lambda: self._check_amounts(name))
        return self.numbers(name, rows)[0]

    def _check_amounts(self, name: str) -> None:
        cells = self.cells(name)
        whole = cells.kind in "iu" or (cells.kind == "O" and cells.types <= {int})
        if not whole:
            raise cells.refused(cells.values.dtype, _WHOLE)
        values = self._numbers(name).values[cells.known()]
        if values.size and values.min() < 0:
            rule = "must not be negative: leave such rows out"
            raise cells.refused(values.min(), rule)
        limit = self.limit if name == "amount" else MOST
        if values.size and values.max() >= limit:
            raise self._too_large(values.max())
        assert not is_wide(values)  # noqa: S101 - whatever is below the limit fits


def _check_text(cells: Cells) -> None:
    if not cells.is_text:
        raise cells.refused(cells.values.dtype, "must be text")


def _check_choices(cells: Cells, choices: list[str]) -> None:
    """Refuse what a complaint can never be; only a fault may be unknown."""
    known = cells.known() if cells.name == "fault" else np.ones(len(cells.values), bool)
    for choice in choices:
        known &= cells.values != choice
    if known.any():
        wrong = cells.values[known][0]
        raise cells.refused(repr(wrong), f"must be one of {', '.join(choices)}")
