"""How long personal text is kept when a complaint has come to rest."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from attrs import field, frozen

from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.events import Due
from complaint_lifecycle.sla.calendar import Calendar
from complaint_lifecycle.sla.durations import Duration

RETENTION = "retention"
"""The cause of a row of the due index at which a complaint is forgotten."""

FORGET = "forget"

AT_REST = ("verified", "prevented", "archived", "referred", "withdrawn", "merged")
"""The states from which a complaint goes on only if something new happens."""


def _duration(value: Any) -> Duration:
    if not callable(getattr(value, "due", None)):
        rule = "must be a duration, such as months(36)"
        raise InvalidEventError("Retention.after", repr(value)[:80], rule)
    duration: Duration = value
    return duration


def _states(values: Iterable[str]) -> frozenset[str]:
    states = frozenset() if isinstance(values, str) else frozenset(values)
    if not states:
        rule = "must be names of states, such as ('verified', 'archived')"
        raise InvalidEventError("Retention.states", repr(values)[:80], rule)
    return states


@frozen
class Retention:
    """When what is personal in a complaint is forgotten by itself.

    Counted is from the last fact that a host recorded, if the complaint rests in one of
    some states. Whatever is recorded later counts anew; while the complaint is in
    another state, nothing is forgotten.

    Attributes:
        after: How long it is kept, such as ``months(36)``.

        calendar: The time zone that dates are of, and working time if that counts.

        states: The states in which a complaint rests.

    Raises:
        InvalidEventError: If ``after`` is no duration, or there are no states.

    >>> from complaint_lifecycle.sla.durations import months
    >>> Retention(after=months(36)).after
    Months(count=36, ...)
    """

    after: Duration = field(converter=_duration)
    calendar: Calendar = field(factory=Calendar.always, repr=False)
    states: frozenset[str] = field(default=frozenset(AT_REST), converter=_states)

    def check(self, known: Iterable[str]) -> None:
        """Refuse states in which no complaint ever is.

        Args:
            known: The states of the lifecycle.

        Raises:
            InvalidEventError: If one of ours is not among them.
        """
        known = tuple(known)
        for state in sorted(self.states.difference(AT_REST, known)):
            rule = f"is no state of this lifecycle, which has {', '.join(known)}"
            raise InvalidEventError("Retention.states", repr(state), rule)

    def covers(self, complaint: Complaint) -> bool:
        """Tell whether a complaint rests."""
        return complaint.state in self.states

    def until(self, complaint: Complaint) -> datetime | None:
        """Return how long what is personal is kept; ``None`` for without an end yet."""
        if not self.covers(complaint) or complaint.updated_at is None:
            return None
        return self.after.due(complaint.updated_at, self.calendar)

    def row(self, complaint: Complaint) -> tuple[Due, ...]:
        """Return the row of the due index, if there is one."""
        at = self.until(complaint)
        if at is None:
            return ()
        name = complaint.id
        return (Due(complaint_id=name, cause=RETENTION, threshold=FORGET, at=at),)
