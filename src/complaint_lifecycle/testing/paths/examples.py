"""Facts to try on a complaint, made up from what their fields may hold."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from types import NoneType
from typing import Any, get_args, get_type_hints

import attrs
from moneyed import Money

from complaint_lifecycle.amounts import money
from complaint_lifecycle.errors import ComplaintError, InvalidEventError
from complaint_lifecycle.events import Absorbed, Event
from complaint_lifecycle.offers import Offer, Remedy, RemedyKind

Examples = Mapping[type[Event], Iterable[Event]]
"""For a class of facts, some of them to try."""

BY = "ana"
_WEEK = timedelta(days=7)
_PLAIN: dict[type, Callable[[datetime], Any]] = {
    str: lambda at: "something",
    int: lambda at: 1,
    bool: lambda at: True,
    datetime: lambda at: at + _WEEK,
    date: lambda at: (at + _WEEK).date(),
    Money: lambda at: money(10, "EUR"),
    Offer: lambda at: Offer(
        remedies=[Remedy(kind=RemedyKind.COUPON, value=money(10, "EUR"))]
    ),
}


class Palette:
    """What may be tried on a complaint, fact by fact.

    Facts that hosts cannot record alone are left out: those of the desk, and
    ``Absorbed``, which a merge records.

    Args:
        events: Every kind of fact of the lifecycle.

        examples: Facts of some kinds, given by the host.

    Raises:
        InvalidEventError: If a fact cannot be made up; say what it looks like.
    """

    def __init__(self, events: Iterable[type[Event]], examples: Examples) -> None:
        self._given = {kind: tuple(found) for kind, found in examples.items()}
        self._made: dict[tuple[type[Event], datetime], tuple[Event, ...]] = {}
        self._kinds = tuple(
            kind for kind in events if not kind.by_desk and kind is not Absorbed
        )

    def moving(self, triggers: Iterable[str], at: datetime) -> Iterator[Event]:
        """Make facts that carry one of these triggers."""
        wanted = set(triggers)
        for kind in self._kinds:
            if kind.trigger in wanted:
                yield from self._examples(kind, at)

    def beside(self, at: datetime) -> Iterator[Event]:
        """Make one fact of each kind that moves nothing."""
        for kind in self._kinds:
            if kind.trigger is None:
                yield from self._examples(kind, at)[:1]

    def _examples(self, kind: type[Event], at: datetime) -> tuple[Event, ...]:
        given = self._given.get(kind)
        if given is not None:
            return given
        # The same fact is tried in many places at the same instant.
        made = self._made.get((kind, at))
        if made is None:
            made = self._made[kind, at] = _made_up(kind, at)
        return made


def _made_up(kind: type[Event], at: datetime) -> tuple[Event, ...]:
    """Make facts of a kind: the plainest, and others that differ in one choice."""
    make: Any = kind
    hints = get_type_hints(kind)
    fields = [f for f in attrs.fields(make) if f.init]
    needed = {
        f.name: _value(kind, f.name, hints[f.name], at)
        for f in fields
        if f.default is attrs.NOTHING
    }
    # Some facts refuse to say nothing at all: then all that may be said is.
    optional = {
        f.name: _value(kind, f.name, hints[f.name], at)
        for f in fields
        if f.default is None
    }
    plainest = needed if _can_be_made(make, needed) else needed | optional
    changes = [
        {field.name: choice}
        for field in fields
        for choice in _choices(hints[field.name])
    ]
    try:
        found = [make(**plainest | change) for change in ({}, *changes)]
    except ComplaintError as error:
        raise _unmakeable(kind, str(error)) from error
    # Facts are compared, since those with a mapping inside have no hash everywhere.
    return tuple(e for place, e in enumerate(found) if e not in found[:place])


def _can_be_made(make: Any, fields: Mapping[str, Any]) -> bool:
    try:
        make(**fields)
    except ComplaintError:
        return False
    return True


def _value(kind: type[Event], name: str, hint: Any, at: datetime) -> Any:
    choices = tuple(_choices(hint))
    for each in _plain_types(hint):
        if each in _PLAIN:
            return _PLAIN[each](at)
    if not choices:
        raise _unmakeable(kind, f"{name} may be {hint}")
    return choices[0]


def _choices(hint: Any) -> Iterator[Any]:
    """Give every value of a type that has few: truth values and enumerations."""
    for each in _plain_types(hint):
        if each is bool:
            yield from (True, False)
        elif isinstance(each, type) and issubclass(each, Enum):
            yield from each


def _plain_types(hint: Any) -> tuple[Any, ...]:
    """Return what a type unites, without ``None``."""
    return tuple(each for each in get_args(hint) or (hint,) if each is not NoneType)


def _unmakeable(kind: type[Event], why: str) -> InvalidEventError:
    rule = f"cannot be made up ({why}): give examples={{{kind.__name__}: [...]}}"
    return InvalidEventError("event", kind.kind, rule)
