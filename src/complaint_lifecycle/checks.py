"""What plain text and choices must be, wherever they come in."""

from enum import Enum
from typing import Any, TypeVar

from complaint_lifecycle.errors import InvalidEventError

REFERENCE_LIMIT = 200

C = TypeVar("C", bound=Enum)


def reference(value: Any, field: str) -> str:
    """Let an opaque reference through: short, printable, never empty.

    Raises:
        InvalidEventError: If it is anything else.
    """
    if not isinstance(value, str) or not value or len(value) > REFERENCE_LIMIT:
        rule = f"must be text of 1 to {REFERENCE_LIMIT} characters"
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
