"""One complaint from its receipt to its end, as all benchmarks tell it."""

from datetime import UTC, date, datetime, timedelta

from complaint_lifecycle import (
    Answered,
    Apologised,
    Asked,
    Complaint,
    CustomerWrote,
    Entry,
    Event,
    Explained,
    Fault,
    Fixed,
    Gathered,
    Lifecycle,
    Prevented,
    Promised,
    Received,
    Thanked,
    Verified,
)
from complaint_lifecycle.events import Archived, Assigned, Updated

LIFECYCLE = Lifecycle()
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DUE = NOON + timedelta(days=2)
APRIL = date(2026, 4, 1)


def received() -> Received:
    """Let a complaint come in."""
    return Received(
        customer="C-1009",
        channel="email",
        text="The parcel arrived soaked, and nobody picked up the phone.",
        category="delivery",
        product="parcel",
        source="ticket:4711",
    )


def promised() -> Promised:
    """Promise to act."""
    return Promised(what="a new parcel", due=DUE, owner="ben", text="By Wednesday.")


def steps() -> tuple[Event, ...]:
    """Take the eight steps."""
    return (
        Thanked(text="Thank you for telling us."),
        Explained(helps="packing", text="It shows us where our boxes fail."),
        Apologised(text="We are sorry for the trouble."),
        promised(),
        Gathered(fault=Fault.COMPANY, finding="The box was not sealed."),
        Fixed(text="The new parcel was handed over."),
        Verified(satisfied=True, text="All is well."),
        Prevented(process="packing", action="seal boxes", owner="eva", due=APRIL),
    )


def with_questions() -> tuple[Event, ...]:
    """Take the first steps with questions and news in between."""
    thanked, explained, apologised, promise, gathered, *_ = steps()
    asked = (Asked(text="Which parcel?"), Answered(text="The blue one."))
    news = (Updated(text="It is on its way."), CustomerWrote(text="And now?"))
    return (thanked, explained, *asked, apologised, promise, *news, gathered)


def dissatisfied() -> tuple[Event, ...]:
    """Take the steps until the customer says that it is not well."""
    again = (Verified(satisfied=False), Assigned(owner="eva"), Apologised())
    return (*steps()[:6], *again)


def taken_in() -> Complaint:
    """Return a complaint that was received."""
    return recorded((received(),))[1]


def recorded(events: tuple[Event, ...]) -> tuple[tuple[Entry, ...], Complaint]:
    """Return the entries of a whole complaint, and the complaint."""
    return LIFECYCLE.decide(LIFECYCLE.new("c-1"), events, at=NOON, by="ana")


def whole() -> tuple[Event, ...]:
    """Take every step from the receipt to the archive: ten facts."""
    return (received(), *steps(), Archived())
