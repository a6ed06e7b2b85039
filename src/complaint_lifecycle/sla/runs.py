"""Runs: from when until when a target runs on a complaint, read from its marks."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from attrs import frozen

from complaint_lifecycle.complaint import Mark
from complaint_lifecycle.sla.targets import Kind, Reopening, Target

_LEAVING = frozenset({"Withdrawn", "Referred", "Merged", "Archived"})
_MESSAGES = frozenset({"Received", "CustomerWrote", "Answered"})
_REPLIES = frozenset(
    {
        "Acknowledged", "Thanked", "Explained", "Apologised", "Promised", "Asked",
        "Updated", "Fixed", "FinalResponseSent", "Referred",
    }
)  # fmt: skip

_LAST_NEWS = frozenset({"Fixed", "FinalResponseSent"})

Wait = tuple[datetime, datetime | None]
"""A span in which the customer owed us an answer; ``None`` if it goes on."""


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


@frozen(kw_only=True)
class Run:
    """One run of a target on a complaint, before anybody asks when it is due.

    Attributes:
        since: The instant from which it runs.

        met_at: When the fact happened that meets it.

        ended_at: When it ended without that.

        between: Spans that are left out, whatever the target says of pauses.

        promised: When it is due, if that was promised.
    """

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


def _milestone(target: Target, marks: Sequence[Mark]) -> list[Run]:
    """Run from the first fact until the other, as the target takes new rounds."""
    begun = next((n for n, m in enumerate(marks) if m.kind == target.since), None)
    if begun is None:
        return []
    since = marks[begun].at
    before = marks[:begun] if target.since != target.until else ()
    met = since if any(_meets(mark, target.until) for mark in before) else None
    ended: datetime | None = None
    runs: list[Run] = []
    between: list[Wait] = []
    for mark in marks[begun + 1 :]:
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
    return [*runs, _run(since, met, ended, between)]


def _run(
    since: datetime,
    met: datetime | None,
    ended: datetime | None,
    between: Sequence[Wait],
) -> Run:
    return Run(since=since, met_at=met, ended_at=ended, between=tuple(between))


def _next_reply(_: Target, marks: Sequence[Mark]) -> list[Run]:
    """Run from the oldest unanswered message; more messages do not move it."""
    runs: list[Run] = []
    waiting: datetime | None = None
    for mark in marks:
        if waiting is None and mark.kind in _MESSAGES:
            waiting = mark.at
        elif waiting is not None and mark.kind in _REPLIES:
            runs.append(Run(since=waiting, met_at=mark.at))
            waiting = None
        elif waiting is not None and mark.kind in _LEAVING:
            runs.append(Run(since=waiting, ended_at=mark.at))
            waiting = None
    return runs if waiting is None else [*runs, Run(since=waiting)]


def _periodic(target: Target, marks: Sequence[Mark]) -> list[Run]:
    """Run from each fact to the next of its kind, until the end of a round."""
    runs: list[Run] = []
    since: datetime | None = None
    again = target.reopen is Reopening.RESTART
    for mark in marks:
        if since is None:
            starts = mark.kind == target.since or (again and _starts_a_round(mark))
            since = mark.at if starts else None
        elif _meets(mark, target.until):
            runs.append(Run(since=since, met_at=mark.at))
            since = mark.at
        elif mark.kind in _LEAVING or mark.kind in _LAST_NEWS:
            runs.append(Run(since=since, ended_at=mark.at))
            since = None
    return runs if since is None else [*runs, Run(since=since)]


def _agent_wait(_: Target, marks: Sequence[Mark]) -> list[Run]:
    """Run while the customer owes us an answer; every wait is a run."""
    return [Run(since=start, met_at=end) for start, end in waits_in(marks)]


def _promise(_: Target, marks: Sequence[Mark]) -> list[Run]:
    """Run from each promise until the fix or the renewal."""
    runs: list[Run] = []
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
) -> Run:
    due, _ = mark.detail if isinstance(mark.detail, tuple) else (mark.at, None)
    return Run(since=mark.at, met_at=met, ended_at=ended, promised=due)


def runs_of(target: Target, marks: Sequence[Mark]) -> list[Run]:
    """Return every run of a target on a complaint, in order."""
    return _RUNS[target.kind](target, marks)


def kinds_that_matter(targets: Iterable[Target]) -> frozenset[str]:
    """Return the kinds of facts that can change a timer of some targets.

    Any other fact leaves the timers of a complaint that stays open as they are.
    """
    kinds = set(_ALWAYS)
    for target in targets:
        kinds |= {target.since, target.until} | _OF_KIND.get(target.kind, frozenset())
    return frozenset(kinds)


_ALWAYS = _LEAVING | {
    "Received", "Asked", "Answered", "Verified", "Reopened",
    "TimerWarned", "TimerMissed", "TimerCleared",
}  # fmt: skip
_OF_KIND = {
    Kind.NEXT_REPLY: _MESSAGES | _REPLIES,
    Kind.PERIODIC: _LAST_NEWS,
    Kind.PAUSABLE: _LAST_NEWS,
    Kind.PROMISE: frozenset({"Promised", "Fixed"}),
}

_RUNS = {
    Kind.MILESTONE: _milestone,
    Kind.NEXT_REPLY: _next_reply,
    Kind.TOTAL: _milestone,
    Kind.AGENT_WORK: _milestone,
    Kind.REQUESTER_WAIT: _milestone,
    Kind.PERIODIC: _periodic,
    Kind.PAUSABLE: _periodic,
    Kind.AGENT_WAIT: _agent_wait,
    Kind.PROMISE: _promise,
}


def pauses_of(target: Target, run: Run, waits: tuple[Wait, ...]) -> tuple[Wait, ...]:
    """Collect the spans in which a run stands still, clipped to it."""
    spans = [*run.between, *(waits if target.pauses else ())]
    end = run.met_at or run.ended_at
    clipped: list[Wait] = []
    for start, stop in sorted(spans, key=lambda wait: wait[0]):
        if (stop is not None and stop <= run.since) or (end and start >= end):
            continue
        last = stop if end is None else min(stop or end, end)
        clipped.append((max(start, run.since), last))
    return tuple(clipped)
