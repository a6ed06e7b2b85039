"""A desk that asks who may do what, and the list of what it refused."""

from walks import new_desk

from complaint_lifecycle import Desk, Lifecycle, MemoryJournal, money
from complaint_lifecycle.access import Access, Denied
from complaint_lifecycle.journal import Journal
from complaint_lifecycle.offers import Offer, Remedy

LIFECYCLE = Lifecycle()


def euros(amount: int, **fields) -> Offer:
    """Offer an amount of euros."""
    remedy = Remedy(kind="refund", value=money(amount, fields.pop("currency", "EUR")))
    return Offer(remedies=[remedy], **fields)


SORRY = Offer(remedies=[Remedy(kind="apology", what="a card by hand")])


def guarded(
    access: Access, journal: Journal | None = None, **settings
) -> tuple[Desk, list[Denied]]:
    """Make a desk that asks, and the list of what it refused."""
    refused: list[Denied] = []
    settings = {"access": access, "audit": refused.append} | settings
    return new_desk(
        journal or MemoryJournal(), lifecycle=LIFECYCLE, **settings
    ), refused
