"""Targets: what is promised, within which time, and how the time is counted."""

from collections.abc import Iterable
from enum import StrEnum

from attrs import field, frozen

from complaint_lifecycle.checks import one_of, reference
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.events import EVENTS, Assigned, Escalated, Event
from complaint_lifecycle.sla.calendar import Calendar
from complaint_lifecycle.sla.durations import ByPromise, Duration


class Kind(StrEnum):
    """How a timer runs.

    ``MILESTONE`` from one fact until another; ``NEXT_REPLY`` from the oldest message of
    the customer that is unanswered until we answer; ``PERIODIC`` from each fact to the
    next of its kind; ``REQUESTER_WAIT`` while the customer owes us an answer;
    ``PROMISE`` from each promise until the fix, due when it was promised.
    """

    MILESTONE = "milestone"
    NEXT_REPLY = "next_reply"
    PERIODIC = "periodic"
    REQUESTER_WAIT = "requester_wait"
    PROMISE = "promise"


class Reopening(StrEnum):
    """What a new round means for a timer.

    ``IGNORE``: the first time counts. ``CONTINUE``: the budget runs on, and the time
    between is left out. ``RESTART``: another timer starts with the round.
    """

    IGNORE = "ignore"
    CONTINUE = "continue"
    RESTART = "restart"


class Recurrence(StrEnum):
    """Where the next run of a periodic target starts.

    ``INDEPENDENT``: when the last was met. ``SEQUENTIAL``: when the last was due, if it
    was met before.
    """

    INDEPENDENT = "independent"
    SEQUENTIAL = "sequential"


_WORDS = {
    "acknowledge": "Acknowledged",
    "answer": "Answered",
    "ask": "Asked",
    "final response": "FinalResponseSent",
    "register": "Registered",
    "update": "Updated",
} | {event.trigger: event.kind for event in EVENTS if event.trigger is not None}


def kind_of(fact: str | type[Event]) -> str:
    """Return the kind of fact that a word names.

    Args:
        fact: A trigger such as ``"thank"``, a word such as ``"final response"``, a kind
            such as ``"Escalated"``, or a class of facts.

    Raises:
        InvalidEventError: If it names none.

    >>> kind_of("final response"), kind_of("fix"), kind_of("Escalated")
    ('FinalResponseSent', 'Fixed', 'Escalated')
    """
    if not isinstance(fact, str):
        return fact.kind
    known = {event.kind for event in EVENTS}
    if fact in known:
        return fact
    word = fact.replace("_", " ")
    if word not in _WORDS:
        rule = f"names no fact: use one of {', '.join(sorted(_WORDS))}, or a class"
        raise InvalidEventError("fact", repr(fact), rule)
    return _WORDS[word]


def _kind(value: Kind | str) -> Kind:
    return one_of(Kind, value, "Target.kind")


def _reopening(value: Reopening | str) -> Reopening:
    return one_of(Reopening, value, "Target.reopen")


def _recurrence(value: Recurrence | str) -> Recurrence:
    return one_of(Recurrence, value, "Target.recurrence")


def _reaction(value: Assigned | Escalated | None) -> Assigned | Escalated | None:
    if value is not None and not isinstance(value, Assigned | Escalated):
        rule = "must be Assigned or Escalated: tell others with a listener"
        raise InvalidEventError("Target.on_miss", repr(value)[:80], rule)
    return value


def _name(value: str) -> str:
    return reference(value, "Target.name")


def _warnings(shares: Iterable[float]) -> tuple[float, ...]:
    found = tuple(sorted(shares))
    if any(not 0 < share < 1 for share in found):
        rule = "must be shares of the time between 0 and 1, such as 0.8"
        raise InvalidEventError("Target.warn", repr(found), rule)
    return found


@frozen
class Target:
    """One thing that is promised to happen in time.

    Attributes:
        name: What it is called in reports and timers.

        within: The time limit.

        until: The fact that meets it.

        since: The fact from which it runs.

        kind: How it runs.

        warn: Shares of the time after which to warn, such as ``(0.5, 0.8)``.

        pauses: Whether it stands still while the customer owes us an answer.

        reopen: What a new round means for it.

        recurrence: Where the next run starts, if it is periodic.

        only_when_open: Whether warnings and misses are recorded in open hours only, the
            due instant staying what it is.

        on_warning: What the desk records with each warning: somebody else works on it,
            or it goes up a line.

        on_miss: What the desk records with the miss.

    >>> from complaint_lifecycle.sla.durations import open_hours
    >>> Target("first thanks", until="thank", within=open_hours(4), warn=[0.5]).until
    'Thanked'
    """

    name: str = field(converter=_name)
    within: Duration | ByPromise = field(kw_only=True)
    until: str = field(default="Fixed", converter=kind_of, kw_only=True)
    since: str = field(default="Received", converter=kind_of, kw_only=True)
    kind: Kind = field(default=Kind.MILESTONE, converter=_kind, kw_only=True)
    warn: tuple[float, ...] = field(default=(), converter=_warnings, kw_only=True)
    pauses: bool = field(default=True, kw_only=True)
    reopen: Reopening = field(
        default=Reopening.IGNORE, converter=_reopening, kw_only=True
    )
    recurrence: Recurrence = field(
        default=Recurrence.INDEPENDENT, converter=_recurrence, kw_only=True
    )
    only_when_open: bool = field(default=False, kw_only=True)
    on_warning: Assigned | Escalated | None = field(
        default=None, converter=_reaction, kw_only=True
    )
    on_miss: Assigned | Escalated | None = field(
        default=None, converter=_reaction, kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        by_promise = isinstance(self.within, ByPromise)
        if by_promise != (self.kind is Kind.PROMISE):
            rule = "kind='promise' and within=promised() belong together"
            raise InvalidEventError("Target.within", self.name, rule)


def _targets(given: Iterable[Target]) -> tuple[Target, ...]:
    targets = tuple(given)
    names = [target.name for target in targets]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        rule = "must have names of their own"
        raise InvalidEventError("Sla.targets", ", ".join(twice), rule)
    return targets


@frozen(kw_only=True)
class Sla:
    """Targets and the calendar by which they count.

    Attributes:
        calendar: Working time.

        targets: What is promised; each with a name of its own.
    """

    calendar: Calendar
    targets: tuple[Target, ...] = field(converter=_targets)
