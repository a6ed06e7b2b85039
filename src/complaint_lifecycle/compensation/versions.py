"""Versions of published schemes: dated numbers, and the bands of guides."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from complaint_lifecycle.compensation.formulas.numbers import Numbers


@frozen(kw_only=True)
class Version:
    """The numbers of a scheme, and the events that they hold for.

    Attributes:
        valid_from: First date of the event that it covers; ``None`` if unknown.

        valid_to: Last date of the event; ``None`` if no end is known.

        expected_from: Where it is not in force yet: from when it may be.

        verified: ``"yes"``; ``"partly"`` if something in it was not read in a source;
            or ``"no"``.

        doubt: What was not.

        numbers: Amounts, rates and limits.
    """

    valid_from: date | None = None
    valid_to: date | None = None
    expected_from: date | None = None
    verified: str
    doubt: str = ""
    numbers: Numbers = field(repr=False)

    def covers(self, day: date) -> bool:
        """Tell whether it covers a date of the event, as far as that is known."""
        first = self.valid_from or self.expected_from
        begun = first is None or first <= day
        return begun and (self.valid_to is None or day <= self.valid_to)

    @property
    def validity(self) -> str:
        """The dates that it covers, in words."""
        if self.expected_from is not None:
            return f"not in force before {self.expected_from} at the earliest"
        first = f"from {self.valid_from or 'an unknown day'}"
        return f"{first} to {self.valid_to}" if self.valid_to else first

    @property
    def doubts(self) -> tuple[str, ...]:
        """What speaks against relying on it."""
        why = f" ({self.doubt})" if self.doubt else ""
        unsure = "" if self.verified == "yes" else f"verified: {self.verified}{why}"
        unknown = "the first day of its validity is unknown"
        undated = "" if self.valid_from else unknown
        return tuple(filter(None, (unsure, undated)))


@frozen(kw_only=True)
class Band:
    """One band of a guide that people decide by.

    Attributes:
        label: What it is for.

        at_least: Where it begins, in the currency of the scheme; ``None`` at the bottom.

        at_most: Where it ends; ``None`` at the top.

        verified: Whether it was read in a source.
    """

    label: str
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    verified: bool


def version_of(data: Mapping[str, Any]) -> Version:
    """Read a version from the data file."""
    made: dict[str, Any] = {**data, "numbers": Numbers(data["numbers"])}
    for name in ("valid_from", "valid_to", "expected_from"):
        made[name] = date.fromisoformat(made[name]) if made.get(name) else None
    return Version(**made)


def band_of(data: Mapping[str, Any]) -> Band:
    """Read a band from the data file."""
    made: dict[str, Any] = dict(data)
    for name in ("at_least", "at_most"):
        made[name] = Decimal(made[name]) if name in made else None
    return Band(**made)
