"""What plain text and choices must be, wherever they come in."""

import re
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

from complaint_lifecycle.errors import InvalidEventError

REFERENCE_LIMIT = 200
KEY_LIMIT = 400
SHORT_LIMIT = 4096
DIGITS = 60
_DECIMAL = re.compile(r"[+-]?[0-9]{1,60}(\.[0-9]{1,60})?")

C = TypeVar("C", bound=Enum)


def reference(value: Any, field: str, *, limit: int = REFERENCE_LIMIT) -> str:
    """Let an opaque reference through: short, printable, never empty.

    Raises:
        InvalidEventError: If it is anything else.
    """
    if (
        value.__class__ is str
        and 0 < len(value) <= limit
        and value.isprintable()
        # The one space that is printable.
        and value[0] != " " != value[-1]
    ):
        return value
    if not isinstance(value, str) or not value or len(value) > limit:
        rule = f"must be text of 1 to {limit} characters"
        raise InvalidEventError(field, repr(value)[:80], rule)
    if value != value.strip():
        rule = "must not begin or end with a space"
        raise InvalidEventError(field, repr(value)[:80], rule)
    if not value.isprintable():
        rule = "must be printable: no control, invisible or surrogate characters"
        raise InvalidEventError(field, ascii(value)[:80], rule)
    return value


def storable_text(value: Any, field: str) -> str:
    """Let text through that every store keeps exactly.

    Raises:
        InvalidEventError: If it is no text, or holds NUL or a lone surrogate, which
            databases and encodings treat differently.
    """
    if not isinstance(value, str):
        raise InvalidEventError(field, type(value).__name__, "must be text")
    if "\0" in value:
        rule = "holds the NUL character, which no database keeps safely: remove it"
        raise InvalidEventError(field, "(text)", rule)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            rule = "holds a lone surrogate, which is no character: decode it properly"
            raise InvalidEventError(field, "(text)", rule) from None
    return value


def short_text(value: Any, field: str) -> str:
    """Let text through that is storable and no longer than a page or two.

    Raises:
        InvalidEventError: If it is anything else.
    """
    if len(storable_text(value, field)) > SHORT_LIMIT:
        rule = f"must be at most {SHORT_LIMIT} characters"
        raise InvalidEventError(field, f"{len(value)} characters", rule)
    return str(value)


def exact_decimal(value: Any, field: str) -> Decimal:
    """Read an exact decimal: a Decimal, a whole number, or plain ASCII digits.

    Raises:
        InvalidEventError: If it is a float, which is not exact, or no finite number.
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        rule = "must be a Decimal, an int or text: floats are not exact"
        raise InvalidEventError(field, repr(value)[:40], rule)
    if isinstance(value, str) and not _DECIMAL.fullmatch(value):
        rule = "is no decimal number: write it like 49.90"
        raise InvalidEventError(field, repr(value)[:40], rule)
    number = Decimal(value)
    if not is_writable(number):
        rule = f"must be a finite number of at most {DIGITS} digits on either side"
        raise InvalidEventError(field, str(value)[:40], rule)
    return number


def is_writable(number: Decimal) -> bool:
    """Tell whether a decimal is finite and can be written out in a line.

    ``1E+999999`` is a short text and a million digits.
    """
    if not number.is_finite():
        return False
    exponent = number.as_tuple().exponent
    small = isinstance(exponent, int) and exponent >= -DIGITS
    return small and number.adjusted() < DIGITS


def one_of(choices: type[C], value: object, field: str) -> C:
    """Turn a value into the member of an enumeration that it names.

    Raises:
        InvalidEventError: If it names none; the message lists them.
    """
    try:
        return choices(value)
    except ValueError:
        rule = f"must be one of {', '.join(str(c.value) for c in choices)}"
        raise InvalidEventError(field, repr(value)[:80], rule) from None
