"""What a call on the desk says, checked before anything else is done."""

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from complaint_lifecycle.checks import reference
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.events import Absorbed, Event, Merged
from complaint_lifecycle.events.base import DESK
from complaint_lifecycle.lifecycle import Lifecycle


@frozen
class Said:
    """What a call says, and how fresh the complaint must be to judge it.

    Attributes:
        events: The facts.

        at: When they happened, if the caller said so.

        by: Who records them.

        now: The current instant, read once a call.

        fresh: Whether the newest version of the complaint is needed.
    """

    events: Sequence[Event]
    at: datetime | None
    by: str
    now: datetime
    fresh: bool


def check_call(lifecycle: Lifecycle, events: Sequence[Event], by: str) -> None:
    """Refuse what no complaint could change.

    Raises:
        InvalidEventError: If there is no fact, one is unknown or too long, or is not
            for hosts to record.
    """
    if reference(by, "by") == DESK:
        rule = "is how the desk signs what it records itself: use another name"
        raise InvalidEventError("by", repr(by), rule)
    if not events:
        raise InvalidEventError("events", "none", "give at least one fact")
    for event in events:
        lifecycle.check_event(event)
        _refuse_what_others_record(event)


def _refuse_what_others_record(event: Event) -> None:
    if isinstance(event, Merged | Absorbed):
        rule = "two complaints change at once: call desk.merge(duplicate, into=...)"
        raise InvalidEventError("event", event.kind, rule)
    if event.by_desk:
        rule = "the desk records it itself, when it is due: call desk.tick()"
        raise InvalidEventError("event", event.kind, rule)
