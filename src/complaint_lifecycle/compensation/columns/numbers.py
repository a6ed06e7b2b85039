"""Whole numbers in columns: exact, whatever their size.

A column is of 64-bit integers as long as every result surely fits. Where one might not,
it becomes a column of Python's own whole numbers, which are slower and have no limit:
nothing ever wraps, and what is too large in the end is refused by name.
"""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[Any]
"""Whole numbers: 64-bit integers, or objects."""

Bools = NDArray[np.bool_]
Rows = NDArray[np.intp]
"""Which rows, by their position."""

MOST = 2**62
"""No 64-bit integer of ours is larger, so that its double still fits."""


def bound(values: Ints | int) -> int:
    """Return what no value exceeds, whatever its sign."""
    if isinstance(values, int):
        return abs(values)
    return max(-int(values.min()), int(values.max())) if values.size else 0


def is_wide(values: Ints) -> bool:
    """Tell whether a column holds objects."""
    return values.dtype == object


def widened(values: Ints | int) -> Any:
    """Return a column without a limit; a number has none."""
    return values if isinstance(values, int) else values.astype(object, copy=False)


def narrowed(values: Ints) -> Ints:
    """Return a column of 64-bit integers, if all of it fits."""
    fits = not is_wide(values) or bound(values) <= MOST
    return values.astype(np.int64, copy=False) if fits else values


def beside(values: Ints, *numbers: int) -> Ints:
    """Return a column that can be compared and divided by some numbers."""
    return widened(values) if any(abs(n) > MOST for n in numbers) else values


def times(one: Ints, other: Ints | int) -> Ints:
    """Multiply, exactly."""
    if bound(one) * bound(other) <= MOST:
        return np.asarray(one * other)
    return np.asarray(widened(one) * widened(other))


def plus(one: Ints, other: Ints | int) -> Ints:
    """Add, exactly."""
    if bound(one) + bound(other) <= MOST:
        return np.asarray(one + other)
    return np.asarray(widened(one) + widened(other))


def divided(values: Ints, by: int) -> tuple[Ints, Ints]:
    """Divide by a number above zero: the whole part, and what remains."""
    given = beside(values, by)
    whole = given // by
    return whole, given - whole * by


def shared(values: Ints, share: Fraction) -> tuple[Ints, Ints]:
    """Take a share of values that are not negative.

    Args:
        values: The values.

        share: Which share, not negative.

    Returns:
        The whole part of each share, and the share rounded half up.
    """
    by = share.denominator
    whole, rest = divided(times(values, share.numerator), by)
    return whole, whole + (2 * rest >= by)


def at_scale(number: Any, scale: int) -> Fraction:
    """Return a number in units of so many decimal places, exactly."""
    return Fraction(number) * Fraction(10**scale)


def places(number: Decimal) -> int:
    """Count the decimal places of a number, as it is written."""
    exponent: Any = number.as_tuple().exponent
    return -min(int(exponent), 0)


def compared(values: Ints, operator: str, number: Fraction) -> Bools:
    """Compare whole numbers with any number."""
    # To be at least 1.5 is to be at least 2; to be above 1.5 is to be above 1.
    whole = ceil(number) if operator in (">=", "<") else floor(number)
    given = beside(values, whole)
    found: Bools = {
        ">=": np.greater_equal,
        ">": np.greater,
        "<=": np.less_equal,
        "<": np.less,
    }[operator](given, whole)
    return found.astype(bool, copy=False)
