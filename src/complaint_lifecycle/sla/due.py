"""The due index: which thresholds of a complaint are still to fire, and when."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from attrs import fields

from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.events import (
    Assigned,
    Due,
    Escalated,
    TimerCleared,
    TimerMissed,
    TimerWarned,
)
from complaint_lifecycle.sla.targets import Sla
from complaint_lifecycle.sla.timers import State, Timer, timers_of

Resolver = Callable[[Complaint], Sla | None]
"""Chooses the SLA of a complaint by its customer, product, severity, owner, channel."""

MISS = "due"


def due_rows(complaint: Complaint, sla: Sla, now: datetime) -> tuple[Due, ...]:
    """Return the thresholds that are still to fire, in the order of their instants.

    A timer that is missed already has no ladder of warnings any more.

    Args:
        complaint: The complaint, of which only the marks are read.

        sla: Targets and calendar.

        now: The current instant.
    """
    fired = _fired(complaint)
    rows = [
        Due(complaint_id=complaint.id, cause=timer.cause, threshold=name, at=instant)
        for timer in timers_of(complaint, sla)
        for name, instant in _thresholds(timer, now)
        if (timer.cause, name) not in fired
    ]
    return tuple(sorted(rows, key=lambda row: (row.at, row.cause, row.threshold)))


def firing(
    complaint: Complaint, sla: Sla, now: datetime
) -> tuple[TimerWarned | TimerMissed, ...]:
    """Return what is to be recorded now, with the instants at which it was due."""
    timers = {timer.cause: timer for timer in timers_of(complaint, sla)}
    return tuple(
        _fact(timers[row.cause], row, now)
        for row in due_rows(complaint, sla, now)
        if _is_past(row, now)
    )


def reactions(
    news: Iterable[TimerWarned | TimerMissed], sla: Sla
) -> tuple[Assigned | Escalated, ...]:
    """Return what the targets of an SLA ask for when their timers fire."""
    targets = {target.name: target for target in sla.targets}
    asked = (
        targets[fact.timer].on_miss
        if isinstance(fact, TimerMissed)
        else targets[fact.timer].on_warning
        for fact in news
    )
    return tuple(reaction for reaction in asked if reaction is not None)


def first_match(
    *choices: tuple[Mapping[str, object], Sla | None], otherwise: Sla | None = None
) -> Resolver:
    """Make a resolver: the first choice that fits a complaint wins.

    When what a complaint is about changes, its timers are computed anew from the start
    by the SLA that fits then; pauses are kept.

    Args:
        *choices: What attributes of the complaint must be, and the SLA then: customer,
            product, channel, category, severity, owner, public and so on. The order is
            the precedence.

        otherwise: The SLA if none fits.

    Raises:
        InvalidEventError: If a complaint has no such attribute.

    >>> from complaint_lifecycle.sla import Calendar, Sla
    >>> urgent = Sla(calendar=Calendar.always(), targets=[])
    >>> resolver = first_match(({"severity": "critical"}, urgent))
    """
    known = {attribute.name for attribute in fields(Complaint)}
    for wanted, _ in choices:
        unknown = sorted(wanted.keys() - known)
        if unknown:
            rule = "is no attribute of a complaint"
            raise InvalidEventError("first_match", ", ".join(unknown), rule)

    def choose(complaint: Complaint) -> Sla | None:
        for wanted, sla in choices:
            if all(getattr(complaint, name) == value for name, value in wanted.items()):
                return sla
        return otherwise

    return choose


def clearing(complaint: Complaint, sla: Sla) -> tuple[TimerCleared, ...]:
    """Return the recorded misses that were none: the fact had happened in time."""
    fired = _fired(complaint)
    cleared = {m.detail for m in complaint.marks if m.kind == "TimerCleared"}
    return tuple(
        TimerCleared(timer=timer.target.name, cause=timer.cause, met=timer.met_at)
        for timer in timers_of(complaint, sla)
        if timer.met_at is not None
        and (timer.cause, MISS) in fired
        and timer.cause not in cleared
        and timer.state(timer.met_at) is State.MET
    )


def _fired(complaint: Complaint) -> set[object]:
    """Collect the thresholds that left their mark; a miss ends the warnings too."""
    fired: set[object] = set()
    for mark in complaint.marks:
        if mark.kind == "TimerWarned":
            fired.add(mark.detail)
        elif mark.kind == "TimerMissed":
            fired.add((mark.detail, MISS))
    return fired


def _thresholds(timer: Timer, now: datetime) -> Iterator[tuple[str, datetime]]:
    due = timer.due
    state = timer.state(now)
    if due is None or state not in (State.RUNNING, State.MISSED):
        return
    if state is State.RUNNING:
        for share, instant in timer.warnings:
            yield str(share), _delivered(timer, instant)
    yield MISS, _delivered(timer, due)


def _delivered(timer: Timer, instant: datetime) -> datetime:
    return timer.calendar.next_open(instant) if timer.target.only_when_open else instant


def _is_past(row: Due, now: datetime) -> bool:
    """A miss is strictly after the due instant, a warning at its own."""
    return now > row.at if row.threshold == MISS else now >= row.at


def _fact(timer: Timer, row: Due, now: datetime) -> TimerWarned | TimerMissed:
    name = timer.target.name
    if row.threshold == MISS:
        due = timer.due or row.at
        return TimerMissed(timer=name, cause=row.cause, due=due, fired=now)
    return TimerWarned(
        timer=name,
        cause=row.cause,
        threshold=row.threshold,
        due=timer.due or row.at,
        fired=now,
    )


def resolver_of(sla: Sla | Resolver | None) -> Resolver:
    """Return a resolver: the one given, or one that always answers with this SLA."""
    if sla is None or isinstance(sla, Sla):
        return lambda _: sla
    return sla
