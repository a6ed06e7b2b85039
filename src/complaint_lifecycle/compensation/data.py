"""Policies from plain JSON data."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from attrs import fields
from moneyed import Money

from complaint_lifecycle.codec.values import converter
from complaint_lifecycle.compensation import (
    bounds,
    choosing,
    conditions,
    giving,
    limits,
    losses,
    measures,
    schemes,
    tables,
)
from complaint_lifecycle.compensation.blocks import PIECES, Block
from complaint_lifecycle.compensation.written import IS, SCHEMA, VALUES, Data
from complaint_lifecycle.errors import ComplaintError, UnreadableError
from complaint_lifecycle.sla.calendar import Calendar

# Pieces are known once their rooms are loaded.
ROOMS = (bounds, choosing, conditions, giving, limits, losses, measures, tables)


_NO_POLICY = (
    ComplaintError,
    ArithmeticError,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
)


def policy_from_data(data: object) -> Block:
    """Read what :meth:`~complaint_lifecycle.compensation.Block.to_data` wrote.

    Args:
        data: The data.

    Returns:
        A policy that is equal to the one that was written.

    Raises:
        UnreadableError: If the data is of another schema, or is none.

    >>> from complaint_lifecycle.compensation import coupon
    >>> policy_from_data(coupon("10%").to_data()) == coupon("10%")
    True
    """
    schema = data.get("schema") if isinstance(data, Mapping) else None
    if schema != SCHEMA or type(schema) is not int:
        problem = f"policy data of schema {schema!r}: this version reads {SCHEMA}"
        raise UnreadableError(problem)
    found: Any = data
    try:
        policy = _from_data(found["policy"])
    except RecursionError:
        problem = "policy data is nested too deeply"
        raise UnreadableError(problem) from None
    except UnreadableError:
        raise
    except _NO_POLICY as error:
        problem = f"policy data holds what is none: {error}"
        raise UnreadableError(problem) from error
    if not isinstance(policy, Block):
        problem = "policy data holds no policy"
        raise UnreadableError(problem)
    return policy


_READERS: dict[str, Callable[[Data], Any]] = {
    "decimal": lambda data: converter().structure(data["value"], Decimal),
    "money": lambda data: converter().structure(data, Money),
    "microseconds": lambda data: timedelta(microseconds=data["value"]),
    "calendar": lambda data: Calendar.from_data(data["value"]),
    "scheme": lambda data: _scheme(**data),
}


def _from_data(data: Any) -> Any:
    if isinstance(data, list):
        return tuple(_from_data(each) for each in data)
    if not isinstance(data, Mapping):
        return data
    name = str(data.get(IS))
    rest = {key: each for key, each in data.items() if key != IS}
    return _READERS[name](rest) if name in _READERS else _made(name, rest)


def _made(name: str, data: Data) -> Any:
    cls: Any = PIECES.get(name) or VALUES.get(name)
    if cls is None:
        problem = f"{name!r} is no piece of a policy that this version knows"
        raise UnreadableError(problem)
    named = {each.name for each in fields(cls)}
    if named != data.keys():
        wrong = ", ".join(sorted(named ^ data.keys()))
        problem = f"{name!r} has other parts than this version knows: {wrong}"
        raise UnreadableError(problem)
    return cls(**{each: _from_data(part) for each, part in data.items()})


def _scheme(id: str, on: str | None, settings: Mapping[str, Any]) -> schemes.Scheme:  # noqa: A002 - as everywhere here
    day = None if on is None else date.fromisoformat(on)
    fixed = {name: _from_data(value) for name, value in settings.items()}
    return schemes.get(id, on=day, **fixed)
