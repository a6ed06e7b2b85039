"""The rules of single facts that no transition of the chart expresses."""

from collections.abc import Callable, Collection
from typing import Any

from complaint_lifecycle import events as facts
from complaint_lifecycle.complaint.changes import (
    OFFER_MOVES,
    offer_meant,
    question_ref,
)
from complaint_lifecycle.complaint.parts import OfferStanding, OfferStatus
from complaint_lifecycle.complaint.state import Complaint
from complaint_lifecycle.events import Entry, Event

_ACCUSED = "nobody judges themselves: not the person complained of"

Rule = Callable[[Complaint, Any, Entry, Collection[str]], str | None]


def _asked(
    c: Complaint, event: facts.Asked, _: Entry, __: Collection[str]
) -> str | None:
    ref = question_ref(c, event)
    if any(question.ref == ref for question in c.questions):
        return f"question {ref!r} is open already: name the new one otherwise"
    return None


def _answered(
    c: Complaint, event: facts.Answered, _: Entry, __: Collection[str]
) -> str | None:
    open_refs = [question.ref for question in c.questions]
    if question_ref(c, event) in open_refs:
        return None
    if not open_refs:
        return "no question is open: record CustomerWrote instead"
    return f"say with ref= which question is answered: {', '.join(open_refs)}"


def _attempted(
    c: Complaint,
    _: facts.VerificationAttempted,
    entry: Entry,
    allowed: Collection[str],
) -> str | None:
    if "verify" not in allowed:
        return "there is nothing to verify in this state"
    return _ACCUSED if entry.by in c.about else None


def _absorbed(
    c: Complaint, event: facts.Absorbed, entry: Entry, _: Collection[str]
) -> str | None:
    if event.duplicate == c.id:
        return "a complaint cannot absorb itself"
    if event.duplicate in c.duplicates:
        return f"{event.duplicate!r} was absorbed before"
    return _ACCUSED if entry.by in c.about else None


def _offered(
    c: Complaint, event: facts.Offered, _: Entry, __: Collection[str]
) -> str | None:
    if any(standing.ref == event.ref for standing in c.offers):
        return f"there is an offer {event.ref!r} already: name the new one otherwise"
    return None


def _offer_moved(
    c: Complaint, event: Event, entry: Entry, _: Collection[str]
) -> str | None:
    meant = offer_meant(c, event)
    if meant is None:
        return _why_none(c, event)
    expires = meant.offer.expires
    over = meant.status is OfferStatus.EXPIRED or isinstance(event, facts.Accepted)
    if over and expires is not None and entry.at > expires:
        return f"the offer expired at {expires}: make another one"
    if isinstance(event, facts.OfferApproved | facts.OfferRejected):
        return _judged(c, event, entry, meant)
    return _accepted(meant) if isinstance(event, facts.Accepted) else None


def _why_none(c: Complaint, event: Any) -> str:
    """Say why there is no offer that a fact could be about, and the way out."""
    if not c.offers:
        return "no offer was made: record Offered first"
    named = [each for each in c.offers if event.ref in (None, each.ref)]
    if not named:
        refs = ", ".join(each.ref for each in c.offers)
        return f"there is no offer {event.ref!r}: there are {refs}"
    meant, newest = named[-1], c.offers[-1]
    before = " or ".join(sorted(OFFER_MOVES[type(event)][0]))
    instead = "" if meant is newest else f"; {newest.ref} is {newest.status}"
    return f"{meant.ref} is {meant.status}, and this needs one {before}{instead}"


def _judged(
    c: Complaint, event: Event, entry: Entry, meant: OfferStanding
) -> str | None:
    if entry.by in c.about:
        return _ACCUSED
    if isinstance(event, facts.OfferApproved) and entry.by == meant.offered_by:
        return "who offered it may not approve it: ask somebody else"
    return None


def _accepted(meant: OfferStanding) -> str | None:
    role = meant.offer.approval
    if role is not None and meant.approved_by is None:
        return f"it needs the approval of {role!r}: record OfferApproved first"
    return None


def _handed(
    c: Complaint,
    event: facts.Assigned | facts.Escalated,
    _: Entry,
    __: Collection[str],
) -> str | None:
    return _ACCUSED if event.owner in c.about else None


_RULES: dict[type[Event], Rule] = {
    facts.Asked: _asked,
    facts.Answered: _answered,
    facts.VerificationAttempted: _attempted,
    facts.Absorbed: _absorbed,
    facts.Offered: _offered,
    facts.Assigned: _handed,
    facts.Escalated: _handed,
    **dict.fromkeys(OFFER_MOVES, _offer_moved),
}


def broken_rule(c: Complaint, entry: Entry, allowed: Collection[str]) -> str | None:
    """Say which rule of its own a fact breaks.

    Args:
        c: The complaint as it stands.

        entry: The fact with its envelope.

        allowed: Triggers that the chart accepts in this state.

    Returns:
        The rule in words, or ``None`` if the fact is admissible.
    """
    rule = _RULES.get(type(entry.event))
    return None if rule is None else rule(c, entry.event, entry, allowed)
