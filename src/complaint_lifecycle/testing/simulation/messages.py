"""Messages: what customers and staff send to the hosts, until somebody answers."""

from datetime import datetime

from attrs import define

from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.desk import Desk
from complaint_lifecycle.events import Event, Promised


@define(eq=False)
class Message:
    """A call that the sender repeats until there is an answer.

    Attributes:
        key: Its idempotency key.

        by: Who records it.

        events: What is to be recorded.

        complaint_id: The complaint; ``None`` for a new one.

        into: The complaint that it is to be merged into, or ``None``.

        at: When it happened, if the sender says so.

        wrong: Why it has to be refused whatever it says, if it has.

        settled: Whether it was carried out or refused.
    """

    key: str
    by: str
    events: tuple[Event, ...]
    complaint_id: str | None = None
    into: str | None = None
    at: datetime | None = None
    wrong: str | None = None
    settled: bool = False

    def hand_to(self, desk: Desk) -> Complaint:
        """Make the call on a desk; return its answer."""
        if self.complaint_id is None:
            return desk.receive(*self.events, by=self.by, at=self.at, key=self.key)
        if self.into is not None:
            promises = [each for each in self.events if isinstance(each, Promised)]
            return desk.merge(
                self.complaint_id,
                into=self.into,
                by=self.by,
                promise=promises[0] if promises else None,
                key=self.key,
            )
        return desk.record(
            self.complaint_id, *self.events, by=self.by, at=self.at, key=self.key
        )

    def __str__(self) -> str:
        said = "+".join(event.kind for event in self.events)
        if self.complaint_id is None:
            return f"receive {said} by {self.by} [{self.key}]"
        if self.into is not None:
            renewed = f" with {said}" if said else ""
            return f"merge {self.complaint_id} into {self.into}{renewed} [{self.key}]"
        earlier = "" if self.at is None else f" at {self.at:%H:%M:%S}"
        what = f"record {self.complaint_id} {said} by {self.by}{earlier}"
        return f"{what} [{self.key}]"
