"""Time that jumps: from one due instant to the next, until nothing is due any more."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from complaint_lifecycle.clock import JumpClock, in_utc
from complaint_lifecycle.desk import Desk
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.events import Due, Entry
from complaint_lifecycle.journal import Journal

_LAST = datetime.max.replace(tzinfo=UTC)
_ALL = 1_000_000
# A miss is strictly after the due instant.
_MOMENT = timedelta(microseconds=1)


def run_until_idle(
    desk: Desk, *, until: datetime | None = None, limit: int = 1000
) -> tuple[Entry, ...]:
    """Let time pass as if nobody did anything more, and tick whenever something is due.

    The clock of the desk jumps to each due instant, past it for what is missed, and
    stays at the last one.

    Args:
        desk: The desk; its clock is a ``JumpClock``.

        until: Go no further than this instant, and end there; by default until nothing
            is due any more.

        limit: At most so many ticks.

    Returns:
        What was recorded, in order.

    Raises:
        InvalidEventError: If the clock of the desk cannot jump, or something is still
            due after so many ticks.

    >>> from datetime import UTC, datetime
    >>> from complaint_lifecycle import Desk, JumpClock, Received
    >>> from complaint_lifecycle.sla import Calendar, Sla, Target
    >>> from complaint_lifecycle.sla.durations import open_hours
    >>> target = Target("thanks", until="thank", within=open_hours(4), warn=[0.5])
    >>> clock = JumpClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    >>> desk = Desk(clock=clock, sla=Sla(calendar=Calendar.always(), targets=[target]))
    >>> _ = desk.receive(Received(customer="C-1", channel="email"), by="form")
    >>> for entry in run_until_idle(desk):
    ...     print(entry.kind, f"{entry.at:%H:%M}")
    TimerWarned 11:00
    TimerMissed 13:00
    """
    clock = _clock_of(desk)
    end = _LAST if until is None else in_utc(until, "until")
    start = _position(desk.journal)
    for _ in range(limit):
        desk.tick()
        coming = _next_instant(desk.journal, clock.now)
        if coming is None or coming > end:
            if until is not None:
                clock.jump_to(max(end, clock.now))
            return tuple(each.entry for each in desk.journal.since(start))
        clock.jump_to(coming)
    rule = f"something is still due after {limit} ticks: give until=, or a larger limit"
    raise InvalidEventError("run_until_idle", clock.now.isoformat(), rule)


def _clock_of(desk: Desk) -> JumpClock:
    clock: Any = desk.clock
    if not isinstance(clock, JumpClock):
        rule = "cannot jump: give the desk clock=JumpClock(...)"
        raise InvalidEventError("Desk.clock", repr(clock)[:80], rule)
    return clock


def _position(journal: Journal) -> int:
    return max((each.position for each in journal.since(0)), default=0)


def _next_instant(journal: Journal, now: datetime) -> datetime | None:
    """Return when the next threshold fires; at once is a moment from now."""
    waiting = {each.complaint_id: each.until for each in journal.aside()}
    found = min(_instants(journal.due(_LAST, limit=_ALL), waiting), default=None)
    return None if found is None else max(found, now + _MOMENT)


def _instants(rows: Iterable[Due], waiting: dict[str, datetime]) -> Iterable[datetime]:
    return (max(row.at, waiting.get(row.complaint_id, row.at)) for row in rows)
