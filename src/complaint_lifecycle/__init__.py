"""Handle complaints well: the eight steps of "a complaint is a gift" as a library.

The names below are the whole everyday surface. They are loaded when they are first
touched, so that importing the package costs next to nothing.
"""

# Importing `typing` for this name would cost more than all the rest.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from complaint_lifecycle.amounts import money
    from complaint_lifecycle.clock import JumpClock, utc_now
    from complaint_lifecycle.codec import Codec
    from complaint_lifecycle.complaint import Complaint
    from complaint_lifecycle.customers import CustomerView
    from complaint_lifecycle.desk import Desk
    from complaint_lifecycle.errors import (
        ComplaintError,
        ConflictError,
        InvalidEventError,
        RefusedError,
    )
    from complaint_lifecycle.events import (
        Answered,
        Apologised,
        Asked,
        CustomerWrote,
        Entry,
        Event,
        Explained,
        Fault,
        Fixed,
        Gathered,
        Outcome,
        Prevented,
        Promised,
        Received,
        Severity,
        Step,
        Thanked,
        Verified,
        fact,
    )
    from complaint_lifecycle.journal import Journal, MemoryJournal
    from complaint_lifecycle.lifecycle import Lifecycle, gift_chart
    from complaint_lifecycle.offers import Offer, Remedy
    from complaint_lifecycle.sla import Calendar, Sla, Target
    from complaint_lifecycle.sql import SqlJournal

_HOMES = {
    "clock": ("JumpClock", "utc_now"),
    "codec": ("Codec",),
    "complaint": ("Complaint",),
    "customers": ("CustomerView",),
    "desk": ("Desk",),
    "errors": (
        "ComplaintError",
        "ConflictError",
        "InvalidEventError",
        "RefusedError",
    ),
    "events": (
        "Answered",
        "Apologised",
        "Asked",
        "CustomerWrote",
        "Entry",
        "Event",
        "Explained",
        "Fault",
        "Fixed",
        "Gathered",
        "Outcome",
        "Prevented",
        "Promised",
        "Received",
        "Severity",
        "Step",
        "Thanked",
        "Verified",
        "fact",
    ),
    "journal": ("Journal", "MemoryJournal"),
    "lifecycle": ("Lifecycle", "gift_chart"),
    "amounts": ("money",),
    "offers": ("Offer", "Remedy"),
    "sla": ("Calendar", "Sla", "Target"),
    "sql": ("SqlJournal",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Answered",
    "Apologised",
    "Asked",
    "Calendar",
    "Codec",
    "Complaint",
    "ComplaintError",
    "ConflictError",
    "CustomerView",
    "CustomerWrote",
    "Desk",
    "Entry",
    "Event",
    "Explained",
    "Fault",
    "Fixed",
    "Gathered",
    "InvalidEventError",
    "Journal",
    "JumpClock",
    "Lifecycle",
    "MemoryJournal",
    "Offer",
    "Outcome",
    "Prevented",
    "Promised",
    "Received",
    "RefusedError",
    "Remedy",
    "Severity",
    "Sla",
    "SqlJournal",
    "Step",
    "Target",
    "Thanked",
    "Verified",
    "fact",
    "gift_chart",
    "money",
    "utc_now",
]


def __getattr__(name: str) -> object:
    """Load a name of the package when it is first touched."""
    from importlib import import_module

    home = _HOME_OF.get(name)
    if home is None:
        problem = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(problem)
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the names of the package, loaded or not."""
    return sorted(__all__)
