"""What the desk does about timers: the due index, firing, and clearing a miss."""

from datetime import datetime

from attrs import frozen

from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.events import Due, Entry, Event
from complaint_lifecycle.lifecycle import Lifecycle
from complaint_lifecycle.sla.due import (
    Resolver,
    clearing,
    due_rows,
    firing,
    reactions,
    resolver_of,
)
from complaint_lifecycle.sla.targets import Sla
from complaint_lifecycle.sla.timers import Timer, timers_of

DESK = "desk"

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
        sla = resolver_of(self.sla)(complaint)
        return () if sla is None else timers_of(complaint, sla)

    def rows(self, complaint: Complaint, now: datetime) -> tuple[Due, ...]:
        """Return what the due index holds of a complaint."""
        sla = self._running(complaint)
        return () if sla is None else due_rows(complaint, sla, now)

    def fired(self, complaint: Complaint, now: datetime) -> Decision | None:
        """Decide the warnings and misses that are due; ``None`` if there is none."""
        sla = self._running(complaint)
        news = () if sla is None else firing(complaint, sla, now)
        if sla is None or not news:
            return None
        entries, complaint = self._recorded(complaint, news, now)
        for reaction in reactions(news, sla):
            # What may not be, such as work for the person complained of, is left out;
            # the miss stands, and listeners see that nothing followed it.
            if self.lifecycle.refusal(complaint, reaction, by=DESK) is None:
                more, complaint = self._recorded(complaint, (reaction,), now)
                entries += more
        return entries, complaint

    def cleared(self, decision: Decision, now: datetime) -> Decision:
        """Add that a recorded miss was none, if the facts happened in time after all."""
        entries, complaint = decision
        sla = self._running(complaint)
        news = () if sla is None else clearing(complaint, sla)
        if not news:
            return decision
        more, complaint = self._recorded(complaint, news, now)
        return (*entries, *more), complaint

    def _running(self, complaint: Complaint) -> Sla | None:
        """Return the SLA of a complaint that is open."""
        if self.sla is None or not self.lifecycle.is_open(complaint):
            return None
        return resolver_of(self.sla)(complaint)

    def _recorded(
        self, complaint: Complaint, events: tuple[Event, ...], now: datetime
    ) -> Decision:
        at = max(now, complaint.updated_at or now)
        return self.lifecycle.decide(complaint, events, at=at, by=DESK, recorded_at=at)
