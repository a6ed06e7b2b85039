"""Explained lines: what a rule says, each with what it adds or takes."""

from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_DOWN, Decimal

from complaint_lifecycle.compensation.formulas.needs import Given
from complaint_lifecycle.compensation.formulas.numbers import Numbers

_SHORT = Decimal("0.000001")

Line = tuple[str, Decimal | None]
"""A text, and what it adds to the total or takes from it."""

Lines = Iterator[Line]

Rule = Callable[[Given, Numbers], Lines]
"""Reads facts and numbers, and answers line by line."""


def total(lines: Iterable[Line]) -> Decimal:
    """Add up what lines add and take."""
    return sum((amount for _, amount in lines if amount is not None), Decimal(0))


def product(given: Given, text: str, exact: Decimal) -> Line:
    """Write a line with an amount that was calculated, and say if it was rounded."""
    amount = given.rounded(exact)
    if amount == exact:
        return text, amount
    return f"{text} = {_shortened(exact)}, rounded half up", amount


def _shortened(exact: Decimal) -> str:
    # Cut, not rounded: which way the half went must show.
    short = exact.quantize(_SHORT, ROUND_DOWN)
    return plain(short) + ("" if short == exact else "...")


def capped(given: Given, lines: Iterable[Line], cap: Decimal, why: str) -> Lines:
    """Repeat lines, and take what is above a cap."""
    known = list(lines)
    yield from known
    above = total(known) - given.rounded(cap)
    if above > 0:
        yield f"at most {why}", -above


def plain(number: Decimal | int) -> str:
    """Write a number without an exponent or needless zeros.

    >>> plain(Decimal("12.50")), plain(Decimal("1E+3")), plain(60)
    ('12.5', '1000', '60')
    """
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
