"""What the desk does about time: the due index, firing, and clearing a miss."""

from collections.abc import Set as AbstractSet
from datetime import datetime

from attrs import Factory, field, frozen

from complaint_lifecycle.complaint import (
    Complaint,
    expires_at,
    expiries,
    offer_rows,
)
from complaint_lifecycle.desk.deciding import Decision
from complaint_lifecycle.desk.retaining import Retention
from complaint_lifecycle.events import Due, Escalated, Event, TimerWarned
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
from complaint_lifecycle.sla.runs import kinds_that_matter
from complaint_lifecycle.sla.targets import Sla
from complaint_lifecycle.sla.timers import Timer, timers_of

_AT_A_TIME = 256


def _kinds_of_sla(timing: "Timing") -> frozenset[str] | None:
    """A function may choose by anything, so that with one every fact matters."""
    sla = timing.sla
    return kinds_that_matter(sla.targets) if isinstance(sla, Sla) else None


@frozen
class Timing:
    """The timers and offers of complaints, as one desk runs them.

    Attributes:
        lifecycle: Judges what the desk records.

        sla: Targets and calendar, or a function that chooses them, or ``None``.

        retention: How long personal text is kept, or ``None``.
    """

    lifecycle: Lifecycle
    sla: Sla | Resolver | None
    retention: Retention | None = None
    _matters: frozenset[str] | None = field(
        default=Factory(_kinds_of_sla, takes_self=True), init=False, eq=False
    )
    # One decision asks for the timers of the same complaint several times.
    _seen: dict[str, tuple[Complaint, tuple[Timer, ...]]] = field(
        factory=dict, init=False, eq=False, repr=False
    )

    def timers(self, complaint: Complaint) -> tuple[Timer, ...]:
        """Return every timer that has started on a complaint; none without an SLA."""
        timers = timers_of(complaint, self.sla)
        self._remember(complaint, timers)
        return timers

    def _remember(self, complaint: Complaint, timers: tuple[Timer, ...]) -> None:
        if len(self._seen) >= _AT_A_TIME:
            self._seen.clear()
        self._seen[complaint.id] = complaint, timers

    def _as_just_seen(self, complaint: Complaint) -> tuple[Timer, ...]:
        known, timers = self._seen.get(complaint.id, (None, ()))
        return timers if known is complaint else self.timers(complaint)

    def rows(self, complaint: Complaint, now: datetime) -> tuple[Due, ...]:
        """Return what the due index holds of a complaint."""
        timers = (
            due_rows(complaint, self._as_just_seen(complaint), now)
            if self._runs(complaint)
            else ()
        )
        kept = () if self.retention is None else self.retention.row(complaint)
        return (*timers, *offer_rows(complaint), *kept)

    def outlived(self, complaint: Complaint, now: datetime) -> bool:
        """Tell whether what is personal in a complaint was kept long enough."""
        until = None if self.retention is None else self.retention.until(complaint)
        return until is not None and until <= now

    def indexes(self, decision: Decision) -> bool:
        """Tell whether a decision may change what the due index holds."""
        if self.sla is not None and not self._leaves_timers(decision):
            return True
        before, after = decision.before, decision.complaint
        if self.retention is not None and (
            self.retention.covers(before) or self.retention.covers(after)
        ):
            return True
        # Most complaints have no offer, and then nothing more is asked.
        return bool(after.offers) and bool(expires_at(before) or expires_at(after))

    def fired(
        self, complaint: Complaint, now: datetime, known: AbstractSet[Threshold]
    ) -> Decision | None:
        """Decide what is due, expired offers included; ``None`` if there is nothing."""
        decision = self.expired(
            self.cleared(Decision(complaint, (), complaint), now), now, now
        )
        complaint = decision.complaint
        timers = self._as_just_seen(complaint) if self._runs(complaint) else ()
        news = firing(complaint, timers, now, known)
        decision = self._recorded(decision, news, now)
        # A timer does not change because it fired.
        self._remember(decision.complaint, timers)
        for reaction in reactions(news, timers):
            if isinstance(reaction, Escalated) and reaction.line < complaint.line:
                continue
            # What may not be, such as work for the person complained of, is left out;
            # the miss stands, and listeners see that nothing followed it.
            if self.lifecycle.refusal(decision.complaint, reaction, by=DESK) is None:
                decision = self._recorded(decision, (reaction,), now)
        return decision if decision.entries else None

    def expired(self, decision: Decision, at: datetime, now: datetime) -> Decision:
        """Add that the open offer has expired, if it had by an instant.

        Args:
            decision: What is decided so far.

            at: The instant.

            now: The current instant.
        """
        if not decision.complaint.offers:
            return decision
        return self._recorded(decision, expiries(decision.complaint, at), now)

    def settled_before(
        self, start: Decision, decision: Decision, now: datetime
    ) -> Decision | None:
        """Decide what becomes of timers on a complaint that is about to end.

        Nothing is recorded on it afterwards: misses that nobody has ticked come before,
        and so does the clearing of those that turn out to be none.

        Args:
            start: What was decided before that.

            decision: What ends it.

            now: The current instant.

        Returns:
            What is to be recorded before that; ``None`` if it goes on, or is nothing.
        """
        ended = decision.complaint
        if not self._runs(start.complaint) or self.lifecycle.is_open(ended):
            return None
        timers = self.timers(ended)
        found = (*clearing(ended, timers, now), *firing(ended, timers, now))
        news = tuple(each for each in found if not isinstance(each, TimerWarned))
        return self._recorded(start, news, now) if news else None

    def cleared(self, decision: Decision, now: datetime) -> Decision:
        """Add which recorded misses were none, or are none any more."""
        complaint = decision.complaint
        if not self._runs(complaint) or self._leaves_timers(decision):
            return decision
        return self._recorded(
            decision, clearing(complaint, self.timers(complaint), now), now
        )

    def _leaves_timers(self, decision: Decision) -> bool:
        """Tell whether the timers are as before, as they are after most facts."""
        matters = self._matters
        if matters is None or not decision.entries:
            return False
        if any(entry.event.kind in matters for entry in decision.entries):
            return False
        return self._runs(decision.before) and self._runs(decision.complaint)

    def _runs(self, complaint: Complaint) -> bool:
        """Tell whether anything can still fire: only on a complaint that is open."""
        return self.sla is not None and self.lifecycle.is_open(complaint)

    def _recorded(
        self, decision: Decision, events: tuple[Event, ...], now: datetime
    ) -> Decision:
        if not events:
            return decision
        at = max(now, decision.complaint.updated_at or now)
        return decision.then(
            *self.lifecycle.decide(
                decision.complaint, events, at=at, by=DESK, recorded_at=at
            )
        )
