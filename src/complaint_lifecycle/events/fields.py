"""What a field of a fact may hold, said once in its annotation.

``due: Instant`` makes a field that accepts aware datetimes only and keeps them in UTC;
``text: Personal`` one whose value never shows in ``repr``, messages or logs.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, ClassVar, get_args, get_origin, get_type_hints

from attrs import Attribute, frozen
from moneyed import Money

from complaint_lifecycle.amounts import amount_or_none
from complaint_lifecycle.checks import (
    DIGITS,
    is_writable,
    one_of,
    reference,
    short_text,
    storable_text,
)
from complaint_lifecycle.clock import in_utc
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.offers import Offer, checked_again

INTEGER_LIMIT = 2**63
FACTS_LIMIT = 256
PERSONAL = "personal"

Plain = str | int | bool | Decimal | None


@frozen
class Rule:
    """How a field checks a value, and whether the value is about a person."""

    check: Callable[[Any, str], object]
    personal: bool = False


def _maybe_reference(value: str | None, field: str) -> str | None:
    return None if value is None else reference(value, field)


def _references(values: Any, field: str) -> tuple[str, ...]:
    if isinstance(values, str):
        rule = "must be several references, such as ('staff-17',)"
        raise InvalidEventError(field, repr(values)[:80], rule)
    return tuple(reference(value, field) for value in values)


def _words(value: str, field: str) -> str:
    if not storable_text(value, field).strip():
        raise InvalidEventError(field, repr(value), "must say something")
    return value


def _flag(value: object, field: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidEventError(field, repr(value), "must be True or False")
    return value


def _maybe_flag(value: object, field: str) -> bool | None:
    return None if value is None else _flag(value, field)


def _count(value: object, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidEventError(field, repr(value)[:40], "must be a whole number")
    if not 1 <= value < INTEGER_LIMIT:
        raise InvalidEventError(field, repr(value)[:40], "must be 1 or more")
    return value


def _day(value: object, field: str) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise InvalidEventError(field, repr(value), "must be a date without a time")
    return value


def _offer(value: object, field: str) -> Offer:
    if not isinstance(value, Offer):
        raise InvalidEventError(field, repr(value)[:80], "must be an Offer")
    return checked_again(value)


def _plain(value: object, field: str) -> Plain:
    if isinstance(value, str):
        return short_text(value, field)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int) and abs(value) < INTEGER_LIMIT:
        return value
    if isinstance(value, Decimal) and is_writable(value):
        return value
    rule = (
        "must be text, bool, None, an int below 2^63, or a finite Decimal of at most "
        f"{DIGITS} digits on either side"
    )
    raise InvalidEventError(field, repr(value)[:40], rule)


class Facts(Mapping[str, Plain]):
    """An immutable, hashable mapping of plain values.

    >>> facts = Facts({"distance_km": 3600, "price": Decimal("249.90")})
    >>> facts["distance_km"], len(facts)
    (3600, 2)
    """

    __slots__ = ("_items",)
    _items: dict[str, Plain]

    def __init__(self, items: Mapping[str, Plain] | None = None) -> None:
        items = items or {}
        if len(items) > FACTS_LIMIT:
            rule = f"must be at most {FACTS_LIMIT} facts"
            raise InvalidEventError("facts", f"{len(items)} facts", rule)
        names = sorted(reference(name, "facts (name)") for name in items)
        checked = {name: _plain(items[name], f"facts[{name!r}]") for name in names}
        object.__setattr__(self, "_items", checked)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(name)

    def __getitem__(self, name: str) -> Plain:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(tuple(self._items.items()))

    def __repr__(self) -> str:
        return f"Facts({self._items!r})"

    def __reduce__(self) -> tuple[type["Facts"], tuple[dict[str, Plain]]]:
        return Facts, (self._items,)


def _facts(value: object, field: str) -> Facts:
    if isinstance(value, Facts):
        return value
    if not isinstance(value, Mapping):
        raise InvalidEventError(field, repr(value)[:40], "must be a mapping")
    return Facts(value)


Ref = Annotated[str, Rule(reference)]
"""An opaque reference: a customer, a member of staff, a channel, a category."""

MaybeRef = Annotated[str | None, Rule(_maybe_reference)]
"""A reference, or ``None``."""

Words = Annotated[str, Rule(_words)]
"""Public words that must say something; nothing about a person belongs here."""

Note = Annotated[str, Rule(storable_text)]
"""Public words, or none; nothing about a person belongs here."""

Personal = Annotated[str, Rule(storable_text, personal=True)]
"""Free text that may be about a person: kept apart, hidden, forgettable."""

FORGOTTEN = "[forgotten]"
"""What personal text reads as, once it was forgotten."""

Instant = Annotated[datetime, Rule(in_utc)]
"""A timezone-aware instant, kept in UTC."""

Day = Annotated[date, Rule(_day)]
"""A date of the calendar."""

Flag = Annotated[bool, Rule(_flag)]
"""True or False."""

MaybeFlag = Annotated[bool | None, Rule(_maybe_flag)]
"""True, False, or ``None`` for unknown."""

Refs = Annotated[tuple[str, ...], Rule(_references)]
"""Several references."""

Count = Annotated[int, Rule(_count)]
"""A whole number, 1 or more."""

Amount = Annotated[Money | None, Rule(amount_or_none)]
"""An exact amount of money, or ``None``."""

Given = Annotated[Offer, Rule(_offer)]
"""An offer."""

FactsField = Annotated[Facts, Rule(_facts)]
"""Plain values that policies read."""


def _choice(choices: type[Enum]) -> Rule:
    return Rule(lambda value, field: one_of(choices, value, field))


def _maybe(rule: Rule) -> Rule:
    def check(value: object, field: str) -> object:
        return None if value is None else rule.check(value, field)

    return Rule(check, personal=rule.personal)


def _rule_of(annotation: Any) -> Rule:
    if get_origin(annotation) is Annotated:
        rule = get_args(annotation)[1]
        if isinstance(rule, Rule):
            return rule
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _choice(annotation)
    choices = [a for a in get_args(annotation) if a is not type(None)]
    if len(choices) == 1:
        return _maybe(_rule_of(choices[0]))
    problem = (
        f"a field of a fact needs a type of events.fields or an Enum: {annotation}"
    )
    raise TypeError(problem)


def _checked(name: str, rule: Rule) -> Callable[[Any], Any]:
    check = rule.check
    return lambda value: check(value, name)


class _Hidden:
    """Shows that there is a personal value without showing it."""

    __slots__: ClassVar[tuple[str, ...]] = ()

    def __call__(self, value: object) -> str:
        return "<personal>" if value else repr(value)


def with_rules(cls: type, attributes: "list[Attribute[Any]]") -> "list[Attribute[Any]]":
    """Give every attribute the converter that its annotation promises."""
    ruled = []
    written = any(isinstance(attribute.type, str) for attribute in attributes)
    hints = get_type_hints(cls, include_extras=True) if written else {}
    for attribute in attributes:
        kind = hints.get(attribute.name, attribute.type)
        rule = _rule_of(kind)
        changes: dict[str, Any] = {
            "type": kind,
            "converter": _checked(f"{cls.__name__}.{attribute.name}", rule),
        }
        if rule.personal:
            changes |= {"repr": _Hidden(), "metadata": {PERSONAL: True}}
        ruled.append(attribute.evolve(**changes))
    return ruled
