"""Timers: targets running on a complaint, a pure function of its marks."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from attrs import field, frozen

from complaint_lifecycle.clock import in_utc
from complaint_lifecycle.complaint import Complaint, Mark
from complaint_lifecycle.sla.calendar import Calendar
from complaint_lifecycle.sla.durations import BusinessDays, ByPromise, OpenHours
from complaint_lifecycle.sla.targets import Kind, Recurrence, Reopening, Sla, Target

_LEAVING = frozenset({"Withdrawn", "Referred", "Merged", "Archived"})
_MESSAGES = frozenset({"Received", "CustomerWrote", "Answered"})
_REPLIES = frozenset(
    {
        "Acknowledged", "Thanked", "Explained", "Apologised", "Promised", "Asked",
        "Updated", "Fixed", "FinalResponseSent", "Referred",
    }
)  # fmt: skip

Wait = tuple[datetime, datetime | None]
"""A span in which the customer owed us an answer; ``None`` if it goes on."""


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

    @property
    def due(self) -> datetime | None:
        """The last instant in time; ``None`` while it stands still."""
        return None if self.paused_since else self._due(self._closed(None))

    def due_if_resumed_at(self, instant: datetime) -> datetime:
        """Return when it would be due if the pause ended at an instant."""
        return self._due(self._closed(in_utc(instant, "instant")))

    @property
    def remaining(self) -> timedelta | None:
        """Time that is left while it stands still, negative if overdrawn."""
        if self.paused_since is None:
            return None
        due = self.due_if_resumed_at(self.paused_since)
        return self.counted_by.elapsed(self.paused_since, due)

    @property
    def warnings(self) -> tuple[tuple[float, datetime], ...]:
        """Each share of the time with its instant; none while it stands still."""
        due = self.due
        if due is None:
            return ()
        pauses = self._closed(None)
        calendar = self.counted_by
        budget = calendar.elapsed(self.since, due, pauses=pauses)
        return tuple(
            (share, calendar.add(self.since, budget * share, pauses=pauses))
            for share in self.target.warn
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
        return within.due(self.since, self.calendar, pauses=pauses)

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


def timers_of(complaint: Complaint, sla: Sla) -> tuple[Timer, ...]:
    """Return every timer that has started on a complaint, target by target.

    A pure function: the same marks and the same SLA give the same timers, live,
    replayed, imported or simulated.

    Args:
        complaint: The complaint, of which only the marks are read.

        sla: Targets and calendar.
    """
    marks = tuple(complaint.marks)
    waits = waits_in(marks)
    return tuple(
        timer for target in sla.targets for timer in _timers(target, sla, marks, waits)
    )


def waits_in(marks: Iterable[Mark]) -> tuple[Wait, ...]:
    """Return the spans in which the customer owed us an answer, in order."""
    waits: list[Wait] = []
    open_questions: set[object] = set()
    for mark in marks:
        before = bool(open_questions)
        if mark.kind == "Asked":
            open_questions.add(mark.detail)
        elif mark.kind == "Answered":
            open_questions.discard(mark.detail)
        elif mark.kind in _LEAVING:
            open_questions.clear()
        if open_questions and not before:
            waits.append((mark.at, None))
        elif before and not open_questions:
            waits[-1] = (waits[-1][0], mark.at)
    return tuple(waits)


def _timers(
    target: Target, sla: Sla, marks: Sequence[Mark], waits: tuple[Wait, ...]
) -> Iterator[Timer]:
    runs = _RUNS[target.kind](target, marks)
    before: Timer | None = None
    for instance, run in enumerate(runs, start=1):
        since = run.since
        if target.recurrence is Recurrence.SEQUENTIAL and before and before.due:
            since = max(since, before.due)
        before = Timer(
            target=target,
            calendar=sla.calendar,
            instance=instance,
            since=since,
            met_at=run.met_at,
            ended_at=run.ended_at,
            pauses=_pauses(target, run, waits),
            promised=run.promised,
        )
        yield before


@frozen(kw_only=True)
class _Run:
    since: datetime
    met_at: datetime | None = None
    ended_at: datetime | None = None
    between: tuple[Wait, ...] = ()
    promised: datetime | None = None


def _meets(mark: Mark, kind: str) -> bool:
    """A failed verification does not meet a target that ends with one."""
    return mark.kind == kind and not (kind == "Verified" and mark.detail is False)


def _starts_a_round(mark: Mark) -> bool:
    return mark.kind == "Reopened" or (mark.kind == "Verified" and mark.detail is False)


def _milestone(target: Target, marks: Sequence[Mark]) -> list[_Run]:
    """Run from the first fact until the other, as the target takes new rounds."""
    runs: list[_Run] = []
    since: datetime | None = None
    met = ended = None
    between: list[Wait] = []
    for mark in marks:
        if since is None:
            since = mark.at if mark.kind == target.since else None
            continue
        done = met is not None or ended is not None
        if not done and _meets(mark, target.until):
            met = mark.at
        elif not done and mark.kind in _LEAVING:
            ended = mark.at
        elif done and _starts_a_round(mark):
            if target.reopen is Reopening.RESTART:
                runs.append(_run(since, met, ended, between))
                since, met, ended, between = mark.at, None, None, []
            elif target.reopen is Reopening.CONTINUE:
                between.append((met or ended or mark.at, mark.at))
                met = ended = None
    return runs if since is None else [*runs, _run(since, met, ended, between)]


def _run(
    since: datetime,
    met: datetime | None,
    ended: datetime | None,
    between: Sequence[Wait],
) -> _Run:
    return _Run(since=since, met_at=met, ended_at=ended, between=tuple(between))


def _next_reply(_: Target, marks: Sequence[Mark]) -> list[_Run]:
    """Run from the oldest unanswered message; more messages do not move it."""
    runs: list[_Run] = []
    waiting: datetime | None = None
    for mark in marks:
        if waiting is None and mark.kind in _MESSAGES:
            waiting = mark.at
        elif waiting is not None and mark.kind in _REPLIES:
            runs.append(_Run(since=waiting, met_at=mark.at))
            waiting = None
        elif waiting is not None and mark.kind in _LEAVING:
            runs.append(_Run(since=waiting, ended_at=mark.at))
            waiting = None
    return runs if waiting is None else [*runs, _Run(since=waiting)]


def _periodic(target: Target, marks: Sequence[Mark]) -> list[_Run]:
    """Run from each fact to the next of its kind, until the fix or the end."""
    runs: list[_Run] = []
    since: datetime | None = None
    for mark in marks:
        if since is None:
            since = mark.at if mark.kind == target.since else None
        elif _meets(mark, target.until):
            runs.append(_Run(since=since, met_at=mark.at))
            since = mark.at
        elif mark.kind in _LEAVING or mark.kind == "Fixed":
            runs.append(_Run(since=since, ended_at=mark.at))
            since = None
    return runs if since is None else [*runs, _Run(since=since)]


def _requester_wait(_: Target, marks: Sequence[Mark]) -> list[_Run]:
    """Run while the customer owes us an answer; every wait is a run."""
    return [_Run(since=start, met_at=end) for start, end in waits_in(marks)]


def _promise(_: Target, marks: Sequence[Mark]) -> list[_Run]:
    """Run from each promise until the fix or the renewal."""
    runs: list[_Run] = []
    open_promise: Mark | None = None
    for mark in marks:
        if open_promise is not None and mark.kind in {"Fixed", "Promised"}:
            runs.append(_promised_run(open_promise, met=mark.at))
            open_promise = None
        elif open_promise is not None and mark.kind in _LEAVING:
            runs.append(_promised_run(open_promise, ended=mark.at))
            open_promise = None
        if mark.kind == "Promised":
            open_promise = mark
    return runs if open_promise is None else [*runs, _promised_run(open_promise)]


def _promised_run(
    mark: Mark, *, met: datetime | None = None, ended: datetime | None = None
) -> _Run:
    due = mark.detail if isinstance(mark.detail, datetime) else mark.at
    return _Run(since=mark.at, met_at=met, ended_at=ended, promised=due)


_RUNS = {
    Kind.MILESTONE: _milestone,
    Kind.NEXT_REPLY: _next_reply,
    Kind.PERIODIC: _periodic,
    Kind.REQUESTER_WAIT: _requester_wait,
    Kind.PROMISE: _promise,
}

_NEVER_PAUSED = frozenset({Kind.PROMISE, Kind.REQUESTER_WAIT, Kind.NEXT_REPLY})


def _pauses(target: Target, run: _Run, waits: tuple[Wait, ...]) -> tuple[Wait, ...]:
    """Collect the spans in which a run stands still, clipped to it."""
    if target.kind in _NEVER_PAUSED:
        return ()
    spans = [*run.between, *(waits if target.pauses else ())]
    end = run.met_at or run.ended_at
    clipped: list[Wait] = []
    for start, stop in sorted(spans, key=lambda wait: wait[0]):
        if (stop is not None and stop <= run.since) or (end and start >= end):
            continue
        last = stop if end is None else min(stop or end, end)
        clipped.append((max(start, run.since), last))
    return tuple(clipped)
