"""The due index: which thresholds of a complaint are still to fire, and when."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime

from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.events import (
    Assigned,
    Due,
    Escalated,
    TimerCleared,
    TimerMissed,
    TimerWarned,
)
from complaint_lifecycle.sla.timers import State, Timer

MISS = "due"


def due_rows(
    complaint: Complaint, timers: Iterable[Timer], now: datetime
) -> tuple[Due, ...]:
    """Return the thresholds that are still to fire, in the order of their instants.

    A timer that is missed already gets no ladder of warnings any more.

    Args:
        complaint: The complaint.

        timers: Its timers.

        now: The current instant.
    """
    return tuple(row for _, row in _pending(complaint, timers, now, frozenset()))


Threshold = tuple[str, str]
"""A cause and one of its thresholds."""


def _pending(
    complaint: Complaint,
    timers: Iterable[Timer],
    now: datetime,
    known: AbstractSet[Threshold],
) -> list[tuple[Timer, Due]]:
    fired = _fired(complaint)
    rows = [
        (
            timer,
            Due(complaint_id=complaint.id, cause=timer.cause, threshold=name, at=at),
        )
        for timer in timers
        for name, at in _thresholds(timer, now, known)
        if not _has_fired(fired, timer.cause, name, at)
    ]
    return sorted(rows, key=lambda each: (each[1].at, each[1].cause, each[1].threshold))


def firing(
    complaint: Complaint,
    timers: Iterable[Timer],
    now: datetime,
    known: AbstractSet[Threshold] = frozenset(),
) -> tuple[TimerWarned | TimerMissed, ...]:
    """Return what is to be recorded now, with the instants at which it was due.

    Args:
        complaint: The complaint.

        timers: Its timers.

        now: The current instant.

        known: What the due index holds: warnings that fire late, though the timer is
            missed by now.
    """
    return tuple(
        _fact(timer, row, now)
        for timer, row in _pending(complaint, timers, now, known)
        if _is_past(row, timer.due, now)
    )


def reactions(
    news: Iterable[TimerWarned | TimerMissed], timers: Iterable[Timer]
) -> tuple[Assigned | Escalated, ...]:
    """Return what the targets of timers ask for when these fire.

    If several levels of escalation are overdue at once, only the highest is reached;
    that the others were passed, the warnings and misses tell.
    """
    targets = {timer.cause: timer.target for timer in timers}
    asked = (
        targets[fact.cause].on_miss
        if isinstance(fact, TimerMissed)
        else targets[fact.cause].on_warning
        for fact in news
    )
    wanted = [reaction for reaction in asked if reaction is not None]
    lines = [each for each in wanted if isinstance(each, Escalated)]
    highest = max(lines, key=lambda each: each.line, default=None)
    return tuple(
        each for each in wanted if isinstance(each, Assigned) or each is highest
    )


def clearing(
    complaint: Complaint, timers: Iterable[Timer], now: datetime
) -> tuple[TimerCleared, ...]:
    """Return the recorded misses that were none, or are none any more.

    The fact had happened in time; or the limit has changed, and is ahead again.

    Args:
        complaint: The complaint.

        timers: Its timers.

        now: The current instant.
    """
    fired = _fired(complaint)
    return tuple(
        TimerCleared(
            timer=timer.target.name,
            cause=timer.cause,
            met=timer.met_at or timer.ended_at,
        )
        for timer in timers
        if (timer.cause, MISS) in fired and timer.state(now) is not State.MISSED
    )


_Fired = dict[object, datetime]


def _fired(complaint: Complaint) -> _Fired:
    """Collect the thresholds that left their mark, and when; not those cleared."""
    fired: _Fired = {}
    for mark in complaint.marks:
        if mark.kind == "TimerWarned":
            fired[mark.detail] = mark.at
        elif mark.kind == "TimerMissed":
            fired[mark.detail, MISS] = mark.at
        elif mark.kind == "TimerCleared":
            fired.pop((mark.detail, MISS), None)
    return fired


def _has_fired(fired: _Fired, cause: str, threshold: str, at: datetime) -> bool:
    """A miss whose limit has moved behind it is void: it may come once more."""
    when = fired.get((cause, threshold))
    return when is not None and not (threshold == MISS and at > when)


def _thresholds(
    timer: Timer, now: datetime, known: AbstractSet[Threshold]
) -> Iterator[tuple[str, datetime]]:
    due = timer.due
    state = timer.state(now)
    if due is None or state not in (State.RUNNING, State.MISSED):
        return
    for share, instant in timer.warnings:
        if state is State.RUNNING or (timer.cause, str(share)) in known:
            yield str(share), _delivered(timer, instant, now)
    yield MISS, _delivered(timer, due, now)


def _delivered(timer: Timer, instant: datetime, now: datetime) -> datetime:
    """Wait until the next opening, also if it was past when somebody looked."""
    if not timer.target.only_when_open:
        return instant
    return max(instant, timer.calendar.next_open(max(instant, now)))


def _is_past(row: Due, due: datetime | None, now: datetime) -> bool:
    """A miss is strictly after the due instant; all else comes at its own."""
    if row.threshold == MISS and due is not None and now <= due:
        return False
    return now >= row.at


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
