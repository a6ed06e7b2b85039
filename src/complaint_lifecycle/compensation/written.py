"""How policies are written as plain JSON data."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from attrs import fields, has
from moneyed import Money

from complaint_lifecycle.codec.values import converter
from complaint_lifecycle.compensation.situation import Budget
from complaint_lifecycle.errors import UnreadableError
from complaint_lifecycle.sla import durations
from complaint_lifecycle.sla.calendar import Calendar

SCHEMA = 1
IS = "is"
"""The key that tells what a piece is."""

Data = dict[str, Any]

VALUES: dict[str, type] = {
    "budget": Budget,
    "open hours": durations.OpenHours,
    "elapsed hours": durations.ElapsedHours,
    "business days": durations.BusinessDays,
    "calendar days": durations.CalendarDays,
    "months": durations.Months,
    "rest": durations.Rest,
}
"""What pieces are made of that is no piece itself."""

_NAMES = {cls: name for name, cls in VALUES.items()}
_MICROSECOND = timedelta(microseconds=1)


def to_data(value: Any) -> Any:
    """Write a piece of a policy, or what it is made of, as plain JSON data.

    Raises:
        UnreadableError: If it is a function of the host.
    """
    cls = type(value)
    own = getattr(value, "as_data", None)
    if own is not None:
        return own()
    name = _NAMES.get(cls) or vars(cls).get("rule")
    if name is not None and has(cls):
        parts = {each.name: getattr(value, each.name) for each in fields(cls)}
        return {IS: name} | {each: to_data(part) for each, part in parts.items()}
    return _leaf(value)


_LEAVES: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (Enum, lambda value: value.value),
    ((str, int, type(None)), lambda value: value),
    (Decimal, lambda value: {IS: "decimal", "value": str(value)}),
    (Money, lambda value: {IS: "money"} | converter().unstructure(value)),
    (timedelta, lambda v: {IS: "microseconds", "value": v // _MICROSECOND}),
    (Calendar, lambda value: {IS: "calendar", "value": value.to_data()}),
    (tuple, lambda value: [to_data(each) for each in value]),
)


def _leaf(value: Any) -> Any:
    for kinds, write in _LEAVES:
        if isinstance(value, kinds):
            return write(value)
    name = getattr(value, "__qualname__", type(value).__qualname__)
    problem = f"{name} is a function of the host: keep it in code, not data"
    raise UnreadableError(problem)
