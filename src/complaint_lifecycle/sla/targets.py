"""Targets: what is promised, within which time, and how the time is counted."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from attrs import field, frozen

from complaint_lifecycle.checks import REFERENCE_LIMIT, one_of, reference
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.events import EVENTS, Assigned, Escalated, Event
from complaint_lifecycle.sla.calendar import Calendar
from complaint_lifecycle.sla.durations import ByPromise, Duration


class Kind(StrEnum):
    """How a timer runs.

    ``MILESTONE`` from one fact until another. ``TOTAL``, ``AGENT_WORK`` and
    ``REQUESTER_WAIT`` are milestones whose pauses are fixed: all time, the time that we
    can work on it, and the time that the customer waits for us; without a state "on
    hold" the latter two are the same. ``AGENT_WAIT`` while the customer owes us an
    answer. ``NEXT_REPLY`` from the oldest message of the customer that is unanswered
    until we answer. ``PERIODIC`` from each fact to the next of its kind, whatever the
    customer does; ``PAUSABLE`` the same, but standing still while the customer owes us
    an answer. ``PROMISE`` from each promise until the fix, due when it was promised.
    """

    MILESTONE = "milestone"
    TOTAL = "total"
    AGENT_WORK = "agent_work"
    REQUESTER_WAIT = "requester_wait"
    AGENT_WAIT = "agent_wait"
    NEXT_REPLY = "next_reply"
    PERIODIC = "periodic"
    PAUSABLE = "pausable"
    PROMISE = "promise"


_PERIODIC = (Kind.PERIODIC, Kind.PAUSABLE)
_SPANNING = (Kind.MILESTONE, Kind.TOTAL, Kind.AGENT_WORK, Kind.REQUESTER_WAIT)
_PAUSING = {
    Kind.MILESTONE: True,
    Kind.TOTAL: False,
    Kind.AGENT_WORK: True,
    Kind.REQUESTER_WAIT: True,
    Kind.AGENT_WAIT: False,
    Kind.NEXT_REPLY: False,
    Kind.PERIODIC: False,
    Kind.PAUSABLE: True,
    Kind.PROMISE: False,
}
"""Whether a kind stands still while the customer owes us an answer."""


class Reopening(StrEnum):
    """What a new round means for a timer.

    ``IGNORE``: the first time counts. ``CONTINUE``: the budget runs on, and the time
    between is left out. ``RESTART``: another timer starts with the round; so do the
    periodic ones unless they ignore it.
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


class Retargeting(StrEnum):
    """What becomes of a running timer when its target changes with the complaint.

    The target that takes over decides, unless the one so far is frozen; a timer that
    has ended is judged by what held when it did. ``REEVALUATE``: the new limit from the
    same start, all time counted by the new calendar. ``SPLIT``: the new limit from the
    same start, the time before the change counted by the calendar of then.
    ``RESTART``: the timer ends there, and another starts. ``FREEZE``: what was promised
    first stays promised.
    """

    REEVALUATE = "reevaluate"
    SPLIT = "split"
    RESTART = "restart"
    FREEZE = "freeze"


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


# What is not given follows from the rest, so these let None through to there.
def _kind(value: Kind | str | None) -> Any:
    return None if value is None else one_of(Kind, value, "Target.kind")


def _fact(value: str | type[Event] | None) -> Any:
    return None if value is None else kind_of(value)


def _reopening(value: Reopening | str | None) -> Any:
    return None if value is None else one_of(Reopening, value, "Target.reopen")


def _recurrence(value: Recurrence | str) -> Recurrence:
    return one_of(Recurrence, value, "Target.recurrence")


def _retargeting(value: Retargeting | str) -> Retargeting:
    return one_of(Retargeting, value, "Target.retarget")


def _reaction(value: Assigned | Escalated | None) -> Assigned | Escalated | None:
    if value is not None and not isinstance(value, Assigned | Escalated):
        rule = "must be Assigned or Escalated: tell others with a listener"
        raise InvalidEventError("Target.on_miss", repr(value)[:80], rule)
    return value


def _name(value: str) -> str:
    # Short enough for the number of a run to be added.
    return reference(value, "Target.name", limit=REFERENCE_LIMIT - 20)


def _within(value: Any) -> Any:
    if not callable(getattr(value, "due", None)) and not isinstance(value, ByPromise):
        rule = "must be a duration with a name, such as open_hours(4) or weeks(8)"
        raise InvalidEventError("Target.within", repr(value)[:80], rule)
    return value


def _pauses(value: bool | None) -> Any:
    if value is not None and not isinstance(value, bool):
        raise InvalidEventError("Target.pauses", repr(value)[:80], "True or False")
    return value


def _warnings(shares: Iterable[float]) -> tuple[float, ...]:
    found = tuple(sorted(set(shares)))
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

        until: The fact that meets it: by default the fix, or an update if it is
            periodic.

        since: The fact from which it runs. A fact that meets it before is in time.

        kind: How it runs: by default a milestone, or a promise if its limit is one.

        warn: Shares of the time after which to warn, such as ``(0.5, 0.8)``.

        pauses: Whether it stands still while the customer owes us an answer; a choice
            for milestones and periodic targets only, which by default do and do not.

        reopen: What a new round means for it: by default a milestone ignores it, and
            what is periodic starts anew.

        recurrence: Where the next run starts, if it is periodic.

        retarget: What becomes of a running timer when another SLA is chosen.

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
    within: Duration | ByPromise = field(converter=_within, kw_only=True)
    until: str = field(default=None, converter=_fact, kw_only=True)
    since: str = field(default=None, converter=_fact, kw_only=True)
    kind: Kind = field(default=None, converter=_kind, kw_only=True)
    warn: tuple[float, ...] = field(default=(), converter=_warnings, kw_only=True)
    pauses: bool = field(default=None, converter=_pauses, kw_only=True)
    reopen: Reopening = field(default=None, converter=_reopening, kw_only=True)
    recurrence: Recurrence = field(
        default=Recurrence.INDEPENDENT, converter=_recurrence, kw_only=True
    )
    retarget: Retargeting = field(
        default=Retargeting.REEVALUATE, converter=_retargeting, kw_only=True
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
        kind = self.kind or (Kind.PROMISE if by_promise else Kind.MILESTONE)
        if by_promise != (kind is Kind.PROMISE):
            rule = "kind='promise' and within=promised() belong together"
            raise InvalidEventError("Target.within", self.name, rule)
        periodic = kind in _PERIODIC
        again = Reopening.RESTART if periodic else Reopening.IGNORE
        defaults = {
            "kind": kind,
            "until": "Updated" if periodic else "Fixed",
            "since": "Promised" if kind is Kind.PROMISE else "Received",
            "pauses": _PAUSING[kind],
            "reopen": again,
        }
        self._refuse_options_without_effect(kind, defaults)
        for name, default in defaults.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, default)

    def _refuse_options_without_effect(
        self, kind: Kind, defaults: dict[str, Any]
    ) -> None:
        chosen = {"pauses"} if kind in (Kind.MILESTONE, Kind.PERIODIC) else set()
        if kind in (*_SPANNING, *_PERIODIC):
            chosen |= {"since", "until", "reopen"}
        for name in ("pauses", "since", "until", "reopen"):
            said = getattr(self, name)
            if name not in chosen and said not in (None, defaults[name]):
                rule = f"is fixed for kind={kind.value!r}: leave it out"
                raise InvalidEventError(f"Target.{name}", str(said), rule)
        if self.reopen is Reopening.CONTINUE and kind in _PERIODIC:
            rule = "a periodic target cannot continue: use restart or ignore"
            raise InvalidEventError("Target.reopen", "continue", rule)
        if self.recurrence is Recurrence.SEQUENTIAL and kind not in _PERIODIC:
            rule = "is for periodic targets: nothing else comes again"
            raise InvalidEventError("Target.recurrence", "sequential", rule)


def _calendar(value: Calendar) -> Calendar:
    if not isinstance(value, Calendar):
        rule = "must be a Calendar, such as Calendar.weekly('Europe/Kyiv', ...)"
        raise InvalidEventError("Sla.calendar", repr(value)[:80], rule)
    return value


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

    calendar: Calendar = field(converter=_calendar)
    targets: tuple[Target, ...] = field(converter=_targets)
