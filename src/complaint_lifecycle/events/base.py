"""What all facts share, and the envelope they travel in."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, TypeVar, dataclass_transform, get_args

import attrs

from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.events.fields import (
    FORGOTTEN,
    PERSONAL,
    Count,
    Instant,
    Ref,
    Rule,
    with_rules,
)


class Event:
    """A fact that happened to a complaint, in the past tense.

    Hosts may add their own: a class below this one, decorated with :func:`fact`, whose
    fields are annotated with the types of :mod:`complaint_lifecycle.events.fields`.

    Attributes:
        kind: Name of the fact, the name of its class.

        trigger: Name of the transition on the chart that it takes, or ``None`` for a
            fact that moves nothing.

        schema: Version of the stored form. Raise it when fields change, and give the
            codec an upcaster from the version before.

        by_desk: Whether the desk itself records it, when a timer fires.

        personal: Names of the fields kept apart because they may be about a person,
            with their defaults.

        texts: Names of the fields that hold text.

        forgotten: What the personal fields read as once they were forgotten: text says
            so, anything else is its default again.

    >>> @fact
    ... class LegalReviewed(Event):
    ...     trigger = "legal_review"
    ...     opinion: Ref
    >>> LegalReviewed(opinion="settle").kind
    'LegalReviewed'
    """

    __slots__ = ()
    kind: ClassVar[str] = "Event"
    trigger: ClassVar[str | None] = None
    schema: ClassVar[int] = 1
    by_desk: ClassVar[bool] = False
    personal: ClassVar[Mapping[str, object]] = MappingProxyType({})
    texts: ClassVar[tuple[str, ...]] = ()
    forgotten: ClassVar[Mapping[str, object]] = MappingProxyType({})

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        complete = [c.__name__ for c in cls.__mro__[1:] if "__attrs_attrs__" in vars(c)]
        if complete:
            problem = f"{complete[0]} is complete: derive {cls.__name__} from Event"
            raise TypeError(problem)
        cls.kind = cls.__name__


E = TypeVar("E", bound=Event)

DESK = "desk"
"""Who records what the desk itself does; no host may record under this name."""


def _fact(value: object, field: str) -> Event:
    if not isinstance(value, Event):
        rule = "must be a fact, such as Thanked()"
        raise InvalidEventError(field, repr(value)[:80], rule)
    return value


Fact = Annotated[Event, Rule(_fact)]
"""A fact."""


def _holds_text(annotation: Any) -> bool:
    """Tell whether an annotation is ``str``, optional or not, with a rule or not."""
    return annotation is str or any(_holds_text(a) for a in get_args(annotation))


@dataclass_transform(frozen_default=True, kw_only_default=True)
def fact(cls: type[E]) -> type[E]:
    """Make a frozen fact whose fields keep the rules of their annotations."""
    made: Any = attrs.frozen(cls, kw_only=True, field_transformer=with_rules)
    fields = attrs.fields(made)
    made.personal = MappingProxyType(
        {a.name: a.default for a in fields if PERSONAL in a.metadata}
    )
    made.texts = tuple(a.name for a in fields if _holds_text(a.type))
    made.forgotten = MappingProxyType(
        {
            name: FORGOTTEN if name in made.texts else default
            for name, default in made.personal.items()
        }
    )
    if attrs.NOTHING in made.forgotten.values():
        problem = f"{cls.__name__}: a personal field that is no text needs a default"
        raise TypeError(problem)
    decorated: type[E] = made
    return decorated


def as_forgotten(event: Event) -> Event:
    """Return a fact as it reads when what is personal was forgotten."""
    made: Any = event
    changed: Event = attrs.evolve(made, **event.forgotten)
    return changed


@attrs.frozen(kw_only=True, slots=False, field_transformer=with_rules)
class Entry:
    """An event with its envelope, as it stands in a journal.

    Attributes:
        complaint_id: The complaint that it belongs to.

        version: Its place in that complaint: 1, 2, 3 and so on. The version is the
            order.

        at: When it happened.

        by: Who recorded it: a member of staff, or the name of a system.

        event: What happened.

        recorded_at: When we learnt of it.
    """

    complaint_id: Ref
    version: Count
    at: Instant
    by: Ref
    event: Fact
    recorded_at: Instant

    @property
    def kind(self) -> str:
        """Kind of the event, such as ``"Thanked"``."""
        return self.event.kind

    @property
    def by_desk(self) -> bool:
        """Whether the desk recorded it, and no host."""
        return self.by == DESK


_make = object.__new__
_set = object.__setattr__


def entry_of_checked(**parts: Any) -> Entry:
    """Make an entry from parts that were checked before, a third of the usual cost."""
    entry = _make(Entry)
    # The parts are a dictionary of this call, which nobody else holds.
    _set(entry, "__dict__", parts)
    return entry


@attrs.frozen(kw_only=True)
class Due:
    """A row of the due index: a threshold that is still to fire.

    Attributes:
        complaint_id: The complaint that it belongs to.

        cause: The run of a timer, unique in its complaint, or an open offer.

        threshold: ``"due"``, or the share of the time after which to warn;
            ``"expired"`` of an offer.

        at: When it fires.
    """

    complaint_id: str
    cause: str
    threshold: str
    at: datetime


def kinds_of(events: Iterable[type[Event]]) -> dict[str, type[Event]]:
    """Return classes of facts by their kind.

    Raises:
        InvalidEventError: If one is no fact, or two share a kind.
    """
    kinds: dict[str, type[Event]] = {}
    for event in events:
        if "__attrs_attrs__" not in vars(event):
            rule = "is no fact: derive it from Event and decorate it with @fact"
            raise InvalidEventError("events", event.__name__, rule)
        if kinds.setdefault(event.kind, event) is not event:
            rule = "is the name of two facts: give one another name"
            raise InvalidEventError("events", event.kind, rule)
    return kinds
