"""Offers on the terminal and as data: what each gives, and what became of it."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from rich.text import Text

from complaint_lifecycle.cli.words import instant, plain, visible
from complaint_lifecycle.codec import Json
from complaint_lifecycle.codec.values import converter
from complaint_lifecycle.complaint import Complaint, OfferStanding, OfferStatus
from complaint_lifecycle.events import Entry
from complaint_lifecycle.offers import Offer

_MOVES = {
    "Offered": "offered",
    "OfferApproved": "approved",
    "OfferRejected": "rejected",
    "Accepted": "accepted",
    "Declined": "declined",
    "Delivered": "delivered",
    "OfferExpired": "expired",
}
_STYLES = {
    OfferStatus.OFFERED: "cyan",
    OfferStatus.APPROVED: "cyan",
    OfferStatus.ACCEPTED: "yellow",
    OfferStatus.DELIVERED: "green",
}


def title(standing: OfferStanding) -> Text:
    """Write the name of an offer and where it stands."""
    status = str(standing.status)
    style = _STYLES.get(standing.status, "dim")
    return Text.assemble((plain(standing.ref), "bold"), "  ", (status, style))


def rows(
    complaint: Complaint,
    standing: OfferStanding,
    entries: Iterable[Entry],
    *,
    now: datetime,
) -> Iterator[tuple[str, object]]:
    """Give the rows of a sheet about one offer.

    Args:
        complaint: The complaint.

        standing: Its offer.

        entries: The history of the complaint.

        now: The current instant.
    """
    offer = standing.offer
    yield "total", "nothing in money" if offer.total is None else offer.total
    yield from (("remedy", remedy) for remedy in offer.remedies)
    yield from (("reason", reason) for reason in offer.reasons)
    yield from (("draws on", draw.budget) for draw in offer.draws)
    if offer.approval is not None:
        given = "missing" if standing.approved_by is None else "given"
        yield "approval", f"of {plain(offer.approval)}: {given}"
    if offer.expires is not None:
        over = standing.is_open and now > offer.expires
        doubt = ", which is over: the next tick tells so" if over else ""
        yield "open until", f"{instant(offer.expires)}{doubt}"
    yield from trail(complaint, standing, entries)
    yield "supersedes", standing.supersedes
    if standing.status is OfferStatus.ACCEPTED:
        yield "undelivered", "what was accepted is owed: record Delivered"


def trail(
    complaint: Complaint, standing: OfferStanding, entries: Iterable[Entry]
) -> Iterator[tuple[str, str]]:
    """Tell what became of an offer, when, and by whom it was recorded.

    Args:
        complaint: The complaint.

        standing: Its offer.

        entries: The history of the complaint.
    """
    # An entry leaves one mark; only the mark knows which offer is meant.
    for mark, entry in zip(complaint.marks, entries, strict=False):
        if mark.kind in _MOVES and mark.detail == standing.ref:
            said = getattr(entry.event, "reference", None)
            said = said or getattr(entry.event, "reason", None)
            more = f": {plain(said)}" if said else ""
            words = f"{instant(mark.at)} by {plain(mark.by)}{more}"
            yield _MOVES[mark.kind], words


def explained(offer: Offer) -> str:
    """Explain an offer line by line, with nothing in it that moves the cursor."""
    return visible(offer.explain())


def offer_fields(offer: Offer) -> Json:
    """Return an offer as plain data: as exports write it, with its total."""
    plain_data = converter()
    fields: Json = plain_data.unstructure(offer)
    total = None if offer.total is None else plain_data.unstructure(offer.total)
    return _IF_ANY | fields | {"total": total}


_IF_ANY: Json = {"expires": None, "approval": None, "draws": [], "reasons": []}


def standing_fields(standing: OfferStanding) -> Json:
    """Return an offer and where it stands as plain data."""
    return offer_fields(standing.offer) | {
        "ref": standing.ref,
        "status": str(standing.status),
        "offered_by": standing.offered_by,
        "offered_at": standing.offered_at.isoformat(),
        "approved_by": standing.approved_by,
        "supersedes": standing.supersedes,
        "undelivered": standing.status is OfferStatus.ACCEPTED,
    }
