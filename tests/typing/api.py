"""The public surface as a user's type checker sees it; checked, never run."""

from datetime import date, datetime
from typing import assert_type

from moneyed import Money

from complaint_lifecycle import (
    Complaint,
    ComplaintError,
    CustomerView,
    Desk,
    Entry,
    Event,
    Fault,
    Gathered,
    Journal,
    JumpClock,
    Lifecycle,
    MemoryJournal,
    Offer,
    Prevented,
    Promised,
    Received,
    RefusedError,
    Remedy,
    Severity,
    SqlJournal,
    Thanked,
    Verified,
    fact,
    gift_chart,
    money,
    utc_now,
)
from complaint_lifecycle.asynchronous import AsyncDesk, async_postgres
from complaint_lifecycle.events.fields import Note, Ref
from complaint_lifecycle.journal import Positioned
from complaint_lifecycle.offers import RemedyKind


def a_host(now: datetime) -> None:
    """Use the desk as a host does."""
    desk = Desk(journal=SqlJournal(":memory:"), clock=JumpClock(now))
    first = Received(
        customer="C-1",
        channel="email",
        severity=Severity.SERIOUS,
        amount=money(5, "EUR"),
    )
    complaint = assert_type(desk.receive(first, by="form", key="k"), Complaint)
    promise = Promised(what="resend", due=now, owner="ana")
    assert_type(desk.record(complaint.id, Thanked(), promise, by="ana"), Complaint)
    assert_type(desk.history(complaint.id), tuple[Entry, ...])
    assert_type(desk.customer("C-1"), CustomerView)
    assert_type(complaint.amount, Money | None)
    assert_type(complaint.severity, Severity)
    Gathered(fault=Fault.COMPANY)
    Verified(satisfied=None)
    Prevented(process="p", action="a", owner="o", due=date(2026, 1, 1))


def a_journal() -> Journal:
    """Both journals keep the protocol."""
    journals: list[Journal] = [MemoryJournal(), SqlJournal(":memory:")]
    return journals[0]


@fact
class Reviewed(Event):
    """A host's own fact."""

    trigger = "review"

    opinion: Ref
    note: Note = ""


def a_derived_lifecycle() -> Lifecycle:
    """Edits end in a lifecycle."""
    edit = Lifecycle(gift_chart(attempts=2)).edit().add_state("legal_review")
    edit = edit.connect("review", "gathered", "legal_review", event=Reviewed)
    lifecycle = assert_type(edit.compile(), Lifecycle)
    assert_type(lifecycle.svg(), str)
    return lifecycle


def an_error(error: RefusedError) -> tuple[str, ...]:
    """Errors carry typed data."""
    base: ComplaintError = error
    assert str(base)
    return assert_type(error.allowed, tuple[str, ...])


def an_offer() -> Money | None:
    """Offers are plain values."""
    remedy = Remedy(kind=RemedyKind.REFUND, value=money("9.90", "EUR"))
    return Offer(remedies=[remedy], expires=utc_now()).total


def wrong_calls(now: datetime, desk: Desk) -> None:
    """Mistakes that a checker must see; an ignore that is not needed is an error."""
    Promised(what="resend", due="tomorrow", owner="ana")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Received(channel="email")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Thanked("thanks")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Reviewed()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    desk.record("c-1", "thank", by="ana")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    desk.record("c-1", Thanked())  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    money(1.5, "EUR")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Thanked().text = "other"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


async def an_asynchronous_host(server: str) -> None:
    """Use the desk as a host in asyncio does."""
    async with await async_postgres(server, schema="crm", connections=3) as journal:
        desk = AsyncDesk(Desk(journal=journal))
        first = Received(customer="C-1", channel="email")
        complaint = assert_type(await desk.receive(first, by="form"), Complaint)
        assert_type(await desk.history(complaint.id), tuple[Entry, ...])
        assert_type(await desk.tick(limit=9), int)
        assert_type(await desk.run_sync(lambda sync: sync.tick()), int)
        async for each in desk.complaints():
            assert_type(each, Complaint)
        async for positioned in desk.journal.since(0):
            assert_type(positioned, Positioned)
        await desk.record(complaint.id)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
