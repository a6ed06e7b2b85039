"""When an open offer runs out: its row of the due index, and the fact that follows."""

from datetime import datetime

from complaint_lifecycle.complaint.state import Complaint
from complaint_lifecycle.events import Due, OfferExpired

EXPIRED = "expired"
"""The threshold of an offer in the due index."""


def expires_at(complaint: Complaint) -> datetime | None:
    """Return the last instant of the open offer, or ``None`` if nothing runs out."""
    standing = complaint.open_offer
    return None if standing is None else standing.offer.expires


def offer_rows(complaint: Complaint) -> tuple[Due, ...]:
    """Return what the due index holds of the offers of a complaint.

    Args:
        complaint: The complaint.
    """
    standing, at = complaint.open_offer, expires_at(complaint)
    if standing is None or at is None:
        return ()
    cause = f"offer {standing.ref}"
    return (Due(complaint_id=complaint.id, cause=cause, threshold=EXPIRED, at=at),)


def expiries(complaint: Complaint, at: datetime) -> tuple[OfferExpired, ...]:
    """Return what is to be recorded of an offer that nobody accepted in time.

    Args:
        complaint: The complaint.

        at: The instant; the offer has expired strictly after its last one.
    """
    standing, last = complaint.open_offer, expires_at(complaint)
    if standing is None or last is None or at <= last:
        return ()
    return (OfferExpired(ref=standing.ref),)
