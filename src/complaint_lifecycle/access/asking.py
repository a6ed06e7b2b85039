"""What a desk asks before it shows or records anything, and what it tells an audit."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from attrs import field, frozen

from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.events import Event

READ = "read"
"""The action of whoever wants to see a complaint, its history or its timers."""

REPEAT = "repeat"
"""The action of whoever makes the same call again under its key.

The answer tells what the first call told, and nothing newer.
"""

FORGET = "forget"
"""The action of whoever lets a customer be forgotten."""

NOTHING_SEEN = "there is no such complaint, or nothing of it may be seen"
"""The reason that is told to whoever may not know whether there is a complaint."""


@frozen(kw_only=True)
class Intent:
    """What somebody wants to do. A new field breaks no ``Access`` there is.

    Attributes:
        by: Who: the ``by`` of a call that records, the reader of one that reads.

        action: The kind of the fact to be recorded, such as ``"Offered"``; or
            ``"read"``, ``"repeat"`` or ``"forget"``.

        complaint: The complaint as it stands, in its newest version and with the facts
            of the same call that come before. At version 0 if it is new, if there is
            none of this id, or if none in particular is meant.

        event: The fact to be recorded, if one is.

        at: When that happened, or is said to have.

        now: The current instant.

        related: Returns every complaint of the same customer, and those that were
            merged into this one; this one as it stands. Whoever asks for them before
            something is recorded is protected from others who do so for the same
            customer: one of them decides anew.
    """

    by: str
    action: str
    complaint: Complaint
    event: Event | None = None
    at: datetime
    now: datetime
    related: Callable[[], tuple[Complaint, ...]] = field(repr=False)


class Access(Protocol):
    """Says who may do what. It is asked on every read and every write.

    Any callable is one. What it raises goes to the caller, and nothing is shown or
    recorded then.
    """

    def __call__(self, intent: Intent, /) -> str | None:
        """Say whether somebody may do what they want.

        Returns:
            ``None`` if they may, else the reason why not: one line for the one who
            asks and for the audit, without anything personal.
        """
        ...


@frozen
class Denied:
    """What the audit is told of a refusal.

    Attributes:
        at: When it was refused.

        by: Who wanted to do it; empty if nobody said so.

        action: What they wanted to do.

        complaint_id: The complaint that they named, whether there is one or not;
            ``None`` if none in particular was meant.

        reason: Why not, also where the one who asked was not told.
    """

    at: datetime
    by: str
    action: str
    complaint_id: str | None
    reason: str


class Audit(Protocol):
    """Keeps what was refused. If it fails, the call is refused all the same."""

    def __call__(self, denied: Denied, /) -> object:
        """Keep a refusal, where no transaction of the host can undo it."""
        ...
