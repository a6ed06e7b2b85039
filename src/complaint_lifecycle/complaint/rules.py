"""The rules of single facts that no transition of the chart expresses."""

from collections.abc import Callable, Collection
from typing import Any

from complaint_lifecycle import events as facts
from complaint_lifecycle.amounts import Offer
from complaint_lifecycle.complaint.changes import (
    OFFER_MOVES,
    offer_meant,
    question_ref,
)
from complaint_lifecycle.complaint.state import Complaint
from complaint_lifecycle.events import Entry, Event

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
    _: Complaint, __: facts.VerificationAttempted, ___: Entry, allowed: Collection[str]
) -> str | None:
    if "verify" in allowed:
        return None
    return "there is nothing to verify in this state"


def _absorbed(
    c: Complaint, event: facts.Absorbed, _: Entry, __: Collection[str]
) -> str | None:
    if event.duplicate == c.id:
        return "a complaint cannot absorb itself"
    if event.duplicate in c.duplicates:
        return f"{event.duplicate!r} was absorbed before"
    return None


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
        before = OFFER_MOVES[type(event)][0]
        return f"needs an offer that is {' or '.join(sorted(before))}"
    return _offer_rule_broken(meant.offer, event, entry, about=c.about)


def _offer_rule_broken(
    offer: Offer, event: Event, entry: Entry, *, about: str | None
) -> str | None:
    judged = isinstance(event, facts.OfferApproved | facts.OfferRejected)
    if judged and about is not None and entry.by == about:
        return "the person complained of may not approve or reject"
    late = offer.expires is not None and entry.at > offer.expires
    if late and isinstance(event, facts.Accepted):
        return f"the offer expired at {offer.expires}: make another one"
    return None


_RULES: dict[type[Event], Rule] = {
    facts.Asked: _asked,
    facts.Answered: _answered,
    facts.VerificationAttempted: _attempted,
    facts.Absorbed: _absorbed,
    facts.Offered: _offered,
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
