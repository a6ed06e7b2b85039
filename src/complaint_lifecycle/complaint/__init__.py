"""The complaint as a frozen value, and how one entry changes it."""

from complaint_lifecycle.complaint.changes import fold
from complaint_lifecycle.complaint.offering import (
    EXPIRED,
    expires_at,
    expiries,
    offer_rows,
)
from complaint_lifecycle.complaint.parts import (
    Classification,
    Mark,
    Marks,
    OfferStanding,
    OfferStatus,
    Prevention,
    Promise,
    Question,
    Verification,
)
from complaint_lifecycle.complaint.rules import broken_rule
from complaint_lifecycle.complaint.state import Complaint, copy_of

__all__ = [
    "EXPIRED",
    "Classification",
    "Complaint",
    "Mark",
    "Marks",
    "OfferStanding",
    "OfferStatus",
    "Prevention",
    "Promise",
    "Question",
    "Verification",
    "broken_rule",
    "copy_of",
    "expires_at",
    "expiries",
    "fold",
    "offer_rows",
]
