"""What the desk does about timers: the due index, firing, and clearing a miss."""

from collections.abc import Set as AbstractSet
from datetime import datetime

from attrs import frozen

from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.events import Due, Entry, Event, TimerMissed
from complaint_lifecycle.events.base import DESK
from complaint_lifecycle.lifecycle import Lifecycle
from complaint_lifecycle.sla.choosing import Resolver
from complaint_lifecycle.sla.due import (
    Threshold,
    clearing,
    due_rows,
    firing,
    reactions,
)
from complaint_lifecycle.sla.targets import Sla
from complaint_lifecycle.sla.timers import Timer, timers_of

Decision = tuple[tuple[Entry, ...], Complaint]
"""The entries to append to a complaint, and the complaint that they lead to."""


@frozen
class Timing:
    """The timers of complaints, as one desk runs them.

    Attributes:
        lifecycle: Judges what the desk records.

        sla: Targets and calendar, or a function that chooses them, or ``None``.
    """

    lifecycle: Lifecycle
    sla: Sla | Resolver | None

    def timers(self, complaint: Complaint) -> tuple[Timer, ...]:
        """Return every timer that has started on a complaint; none without an SLA."""
        return timers_of(complaint, self.sla)

    def rows(self, complaint: Complaint, now: datetime) -> tuple[Due, ...]:
        """Return what the due index holds of a complaint."""
        return due_rows(complaint, self.sla, now) if self._runs(complaint) else ()

    def fired(
        self, complaint: Complaint, now: datetime, known: AbstractSet[Threshold]
    ) -> Decision | None:
        """Decide the warnings and misses that are due; ``None`` if there is none."""
        entries, complaint = self.cleared(((), complaint), now)
        news = firing(complaint, self.sla, now, known) if self._runs(complaint) else ()
        timers = self.timers(complaint)
        if news:
            more, complaint = self._recorded(complaint, news, now)
            entries += more
        for reaction in reactions(news, timers):
            # What may not be, such as work for the person complained of, is left out;
            # the miss stands, and listeners see that nothing followed it.
            if self.lifecycle.refusal(complaint, reaction, by=DESK) is None:
                more, complaint = self._recorded(complaint, (reaction,), now)
                entries += more
        return (entries, complaint) if entries else None

    def missed_before(
        self, complaint: Complaint, decision: Decision, now: datetime
    ) -> Decision | None:
        """Decide the misses that nobody has ticked on a complaint about to end.

        Args:
            complaint: The complaint as it was.

            decision: What ends it.

            now: The current instant.

        Returns:
            What is to be recorded before that; ``None`` if it goes on, or is in time.
        """
        ended = decision[1]
        if not self._runs(complaint) or self.lifecycle.is_open(ended):
            return None
        news = firing(ended, self.sla, now)
        missed = tuple(fact for fact in news if isinstance(fact, TimerMissed))
        return self._recorded(complaint, missed, now) if missed else None

    def cleared(self, decision: Decision, now: datetime) -> Decision:
        """Add which recorded misses were none, or are none any more."""
        entries, complaint = decision
        news = clearing(complaint, self.sla, now) if self._runs(complaint) else ()
        if not news:
            return decision
        more, complaint = self._recorded(complaint, news, now)
        return (*entries, *more), complaint

    def _runs(self, complaint: Complaint) -> bool:
        """Tell whether anything can still fire: only on a complaint that is open."""
        return self.sla is not None and self.lifecycle.is_open(complaint)

    def _recorded(
        self, complaint: Complaint, events: tuple[Event, ...], now: datetime
    ) -> Decision:
        at = max(now, complaint.updated_at or now)
        return self.lifecycle.decide(complaint, events, at=at, by=DESK, recorded_at=at)
