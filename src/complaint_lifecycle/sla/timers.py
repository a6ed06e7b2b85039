"""Timers: targets running on a complaint, a pure function of its marks."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

from attrs import evolve, field, frozen

from complaint_lifecycle.clock import in_utc
from complaint_lifecycle.complaint import Complaint, Mark
from complaint_lifecycle.sla.calendar import Calendar
from complaint_lifecycle.sla.choosing import Era, Resolver, eras_of
from complaint_lifecycle.sla.durations import (
    BusinessDays,
    ByPromise,
    CalendarDays,
    ElapsedHours,
    Months,
    OpenHours,
)
from complaint_lifecycle.sla.runs import Run, Wait, pauses_of, runs_of, waits_in
from complaint_lifecycle.sla.targets import Recurrence, Retargeting, Sla, Target

_REMEMBERED = 1 << 14
_OURS = (OpenHours, ElapsedHours, BusinessDays, CalendarDays, Months)
_Spans = tuple[tuple[datetime, datetime], ...]


class State(StrEnum):
    """Where a timer stands at an instant."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    ENDED = "ended"


@frozen(kw_only=True)
class Timer:
    """One target running on one complaint.

    Attributes:
        target: What is promised.

        calendar: The working time by which it counts.

        instance: Which run of the target this is, from 1.

        since: The instant from which it runs.

        met_at: When the fact happened that meets it.

        ended_at: When it ended without that, since the complaint left the way.

        pauses: Spans in which it stands still; the last may be open.

        promised: When it is due, if that was promised.
    """

    target: Target
    calendar: Calendar = field(repr=False)
    instance: int
    since: datetime
    met_at: datetime | None = None
    ended_at: datetime | None = None
    pauses: tuple[Wait, ...] = ()
    promised: datetime | None = None

    @property
    def cause(self) -> str:
        """The name of this run, unique in its complaint."""
        return f"{self.target.name}#{self.instance}"

    @property
    def counted_by(self) -> Calendar:
        """The calendar by which its time passes, of working time or of the clock."""
        if isinstance(self.target.within, OpenHours | BusinessDays):
            return self.calendar
        return Calendar.always(self.calendar.zone)

    @property
    def paused_since(self) -> datetime | None:
        """Since when it stands still, or ``None``."""
        running = self.met_at is None and self.ended_at is None
        if running and self.pauses and self.pauses[-1][1] is None:
            return self.pauses[-1][0]
        return None

    @cached_property
    def due(self) -> datetime | None:
        """The last instant in time; ``None`` while it stands still with time left."""
        due = self._due(self._closed(None))
        since = self.paused_since
        return due if since is None or due < since else None

    def due_if_resumed_at(self, instant: datetime) -> datetime:
        """Return when it would be due if the pause ended at an instant."""
        return self._due(self._closed(in_utc(instant, "instant")))

    @property
    def remaining(self) -> timedelta | None:
        """Time of :attr:`counted_by` that is left while it stands still."""
        if self.paused_since is None or self.due is not None:
            return None
        due = self.due_if_resumed_at(self.paused_since)
        return self.counted_by.elapsed(self.paused_since, due)

    @cached_property
    def warnings(self) -> tuple[tuple[float, datetime], ...]:
        """Each share of the time with its instant; none while it stands still."""
        due = self.due
        if due is None:
            return ()
        return _warnings_of(
            self.target.warn, self.counted_by, self.since, due, self._closed(None)
        )

    def state(self, now: datetime) -> State:
        """Tell where it stands: missed means strictly after the due instant."""
        due = self.due
        reached = self.met_at or self.ended_at or in_utc(now, "now")
        if due is not None and reached > due:
            return State.MISSED
        if self.met_at is not None:
            return State.MET
        if self.ended_at is not None:
            return State.ENDED
        return State.PAUSED if due is None else State.RUNNING

    def _due(self, pauses: Sequence[tuple[datetime, datetime]]) -> datetime:
        within = self.target.within
        if isinstance(within, ByPromise):
            return self.promised or self.since
        due = _due_of if isinstance(within, _OURS) else _due_anew
        return due(within, self.calendar, self.since, tuple(pauses))

    def _closed(
        self, resumed: datetime | None
    ) -> tuple[tuple[datetime, datetime], ...]:
        """Close a pause that goes on: where it resumes, else where the timer ends."""
        end = self.met_at or self.ended_at or resumed
        return tuple(
            (start, stop or end or start)
            for start, stop in self.pauses
            if (stop or end or start) > start
        )


def _due_anew(
    within: Any, calendar: Calendar, since: datetime, pauses: _Spans
) -> datetime:
    due: datetime = within.due(since, calendar, pauses=pauses)
    return due


# With each fact the timers of a complaint are derived anew, and most are as before.
_due_of: Callable[..., datetime] = lru_cache(maxsize=_REMEMBERED)(_due_anew)


@lru_cache(maxsize=_REMEMBERED)
def _warnings_of(
    shares: tuple[float, ...],
    calendar: Calendar,
    since: datetime,
    due: datetime,
    pauses: _Spans,
) -> tuple[tuple[float, datetime], ...]:
    if not shares:
        return ()
    budget = calendar.elapsed(since, due, pauses=pauses)
    return tuple(
        (share, calendar.add(since, budget * share, pauses=pauses)) for share in shares
    )


def timers_of(complaint: Complaint, sla: Sla | Resolver | None) -> tuple[Timer, ...]:
    """Return every timer that has started on a complaint, target by target.

    A pure function: the same marks and the same SLA give the same timers, live,
    replayed, imported or simulated. Where a resolver chooses otherwise after a change of
    the complaint, each target says what becomes of it: see :class:`Retargeting`.

    Args:
        complaint: The complaint.

        sla: Targets and calendar, a function that chooses them, or ``None``.
    """
    marks = tuple(complaint.marks)
    waits = waits_in(marks)
    held: list[tuple[_Tenure, ...]]
    if isinstance(sla, Sla):
        held = [(_Tenure(None, target, sla.calendar),) for target in sla.targets]
    else:
        held = _held_under_each_name(eras_of(complaint, sla))
    return tuple(timer for each in held for timer in _timers(each, marks, waits))


@frozen
class _Tenure:
    """A target under one name, from the instant at which it was chosen."""

    since: datetime | None
    target: Target | None
    calendar: Calendar


def _held_under_each_name(eras: Sequence[Era]) -> list[tuple[_Tenure, ...]]:
    names = dict.fromkeys(t.name for era in reversed(eras) for t in era.targets)
    return [_tenures(name, eras) for name in names]


def _tenures(name: str, eras: Sequence[Era]) -> tuple[_Tenure, ...]:
    """Return what was chosen under a name, change by change; ``None`` where nothing."""
    found: list[_Tenure] = []
    for era in eras:
        target = era.target(name)
        if target is None and not found:
            continue
        calendar = found[-1].calendar if era.sla is None else era.sla.calendar
        found.append(_Tenure(era.since, target, calendar))
    return tuple(found)


def _timers(
    tenures: Sequence[_Tenure], marks: Sequence[Mark], waits: tuple[Wait, ...]
) -> Iterator[Timer]:
    shape = next(t.target for t in reversed(tenures) if t.target is not None)
    before: Timer | None = None
    instance = 0
    for run in runs_of(shape, marks):
        for held, part in _held(tenures, run):
            since = part.since
            if shape.recurrence is Recurrence.SEQUENTIAL and before and before.due:
                since = max(since, before.due)
            if part.met_at is not None and part.met_at < since:
                continue  # News before the next is due to begin meets nothing.
            instance += 1
            before = _timer(held, part, since, instance, waits)
            yield before


def _timer(
    held: _Tenure, run: Run, since: datetime, instance: int, waits: tuple[Wait, ...]
) -> Timer:
    target: Any = held.target
    return Timer(
        target=target,
        calendar=held.calendar,
        instance=instance,
        since=since,
        met_at=run.met_at,
        ended_at=run.ended_at,
        pauses=pauses_of(target, run, waits),
        promised=run.promised,
    )


def _held(tenures: Sequence[_Tenure], run: Run) -> Iterator[tuple[_Tenure, Run]]:
    """Give what a run is judged by; two where the limit starts anew at a change.

    What changed after a run had ended changes nothing about it.
    """
    if len(tenures) == 1 and tenures[0].since is None:
        yield tenures[0], run
        return
    end = run.met_at or run.ended_at
    held, *changes = [
        t for t in tenures if not (t.since and end and t.since > end)
    ] or [_Tenure(None, None, tenures[0].calendar)]
    for new in changes:
        changed = new.since
        if changed is None or changed <= run.since or held.target is None:
            held = new
        elif held.target.retarget is not Retargeting.FREEZE:
            if new.target is None or new.target.retarget is Retargeting.RESTART:
                yield held, evolve(run, met_at=None, ended_at=changed)
                run = evolve(run, since=changed, between=())
            held = _taken_over(held, new)
    if held.target is not None:
        yield held, run


def _taken_over(held: _Tenure, new: _Tenure) -> _Tenure:
    target, at = new.target, new.since
    if target is None or at is None or target.retarget is not Retargeting.SPLIT:
        return new
    return evolve(new, calendar=held.calendar.switched(at, to=new.calendar))
