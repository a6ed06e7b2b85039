"""How one entry changes a complaint: for each kind of fact, the fields it sets.

Each function is pure. It reads the complaint as it was and the entry, and returns the
fields that differ afterwards. A fact without a function only leaves its mark.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from attrs import evolve

from complaint_lifecycle import events as facts
from complaint_lifecycle.complaint.parts import (
    OPEN,
    Classification,
    Mark,
    OfferStanding,
    OfferStatus,
    Prevention,
    Promise,
    Question,
    Verification,
)
from complaint_lifecycle.complaint.state import Complaint, fields_of
from complaint_lifecycle.events import Entry, Event

Changes = dict[str, Any]
Change = Callable[[Complaint, Any, Entry], Changes]

_NEW_ROUND: Changes = {
    "promise": None,
    "fault": None,
    "outcome": None,
    "attempts": 0,
    "referred_to": None,
}


def _received(_: Complaint, event: facts.Received, entry: Entry) -> Changes:
    taken = {name: getattr(event, name) for name in _TAKEN_OVER}
    about = () if event.about is None else (event.about,)
    return taken | {"about": about, "received_at": entry.at, "contacts": 1}


_TAKEN_OVER = (
    "customer", "channel", "origin", "category", "product", "severity", "amount",
    "locale", "public", "audience", "confidential", "source", "facts",
)  # fmt: skip


def _thanked(c: Complaint, _: facts.Thanked, entry: Entry) -> Changes:
    return {} if c.contact else {"contact": entry.by}


def _broken(c: Complaint, at: datetime) -> Changes:
    """Count the open promise as broken, if its due instant lies strictly before."""
    if c.promise is None or at <= c.promise.due:
        return {}
    return {"promises_broken": c.promises_broken + 1}


def _handed_to(c: Complaint, owner: str | None, contact: str | None = None) -> Changes:
    """Change owner and contact where given, and count the hand-offs."""
    changes: Changes = {}
    handoffs = c.handoffs
    if owner is not None and owner != c.owner:
        # Until somebody else owns it, whoever speaks with the customer works on it.
        before = c.owner or c.contact
        changes["owner"] = owner
        handoffs += before not in (None, owner)
    if contact is not None and contact != c.contact:
        changes["contact"] = contact
        handoffs += c.contact is not None
    return changes | {"handoffs": handoffs} if changes else changes


def _promised(c: Complaint, event: facts.Promised, entry: Entry) -> Changes:
    how = event.how or c.channel
    promise = Promise(event.what, event.due, event.owner, how, entry.at)
    changes = _broken(c, entry.at) | _handed_to(c, event.owner)
    changes["promise"] = promise
    changes["promises_made"] = c.promises_made + 1
    return changes


def _gathered(_: Complaint, event: facts.Gathered, __: Entry) -> Changes:
    return {"fault": event.fault}


def _fixed(c: Complaint, event: facts.Fixed, entry: Entry) -> Changes:
    changes = _broken(c, entry.at)
    if c.promise is not None and not changes:
        changes["promises_kept"] = c.promises_kept + 1
    changes["promise"] = None
    changes["outcome"] = event.outcome
    changes["verification"] = None
    changes["attempts"] = 0
    return changes


def _verified(c: Complaint, event: facts.Verified, _: Entry) -> Changes:
    if event.satisfied is None:
        return {"verification": Verification.UNREACHABLE}
    if event.satisfied:
        return {"verification": Verification.SATISFIED}
    dissatisfied = {"verification": Verification.DISSATISFIED, "round": c.round + 1}
    return _NEW_ROUND | dissatisfied


def _prevented(_: Complaint, event: facts.Prevented, __: Entry) -> Changes:
    action = Prevention(event.process, event.action, event.owner, event.due)
    return {"prevention": action}


def _no_longer_waiting(c: Complaint, at: datetime) -> Changes:
    if not c.questions:
        return {}
    return {"questions": (), "waiting_since": None, "waited": c.waited_until(at)}


def _left(c: Complaint, _: Event, entry: Entry) -> Changes:
    """Leave the main way: the promise ends, broken if it was due, and so do questions."""
    ended = _broken(c, entry.at) | _no_longer_waiting(c, entry.at)
    return ended | {"promise": None}


def _offers_as(c: Complaint, before: OfferStanding | None, **changes: Any) -> Changes:
    """Change one of the offers; the others stay the very same."""
    if before is None:
        return {}
    return {
        "offers": tuple(
            evolve(standing, **changes) if standing is before else standing
            for standing in c.offers
        )
    }


def _ended(c: Complaint, event: Event, entry: Entry) -> Changes:
    """Leave for good: an offer that is still open lapses, too."""
    lapsed = _offers_as(c, c.open_offer, status=OfferStatus.LAPSED)
    return _left(c, event, entry) | lapsed


def _referred(c: Complaint, event: facts.Referred, entry: Entry) -> Changes:
    fault = c.fault if event.fault is None else event.fault
    there = {"referred_to": event.instance, "fault": fault}
    return _left(c, event, entry) | there


def _merged(c: Complaint, event: facts.Merged, entry: Entry) -> Changes:
    return _ended(c, event, entry) | {"merged_into": event.into}


def _absorbed(c: Complaint, event: facts.Absorbed, _: Entry) -> Changes:
    return {
        "duplicates": (*c.duplicates, event.duplicate),
        "contacts": c.contacts + event.contacts,
        "about": tuple(dict.fromkeys((*c.about, *event.about))),
        "confidential": c.confidential or event.confidential,
    }


def _reopened(c: Complaint, _: facts.Reopened, __: Entry) -> Changes:
    return _NEW_ROUND | {"verification": None, "round": c.round + 1}


def question_ref(c: Complaint, event: facts.Asked | facts.Answered) -> str | None:
    """Return the name of the question that a fact asks or answers.

    ``None`` means that the fact names none and it is not clear which is meant.
    """
    if event.ref is not None:
        return event.ref
    if isinstance(event, facts.Asked):
        open_refs = {question.ref for question in c.questions}
        return _free_name("question", c.questions_asked + 1, open_refs)
    return c.questions[0].ref if len(c.questions) == 1 else None


def _free_name(word: str, number: int, taken: Collection[str]) -> str:
    while f"{word}-{number}" in taken:
        number += 1
    return f"{word}-{number}"


def _asked(c: Complaint, event: facts.Asked, entry: Entry) -> Changes:
    question = Question(str(question_ref(c, event)), entry.at)
    return {
        "questions": (*c.questions, question),
        "questions_asked": c.questions_asked + 1,
        "waiting_since": min(c.waiting_since or entry.at, entry.at),
    }


def _answered(c: Complaint, event: facts.Answered, entry: Entry) -> Changes:
    ref = question_ref(c, event)
    still_open = tuple(q for q in c.questions if q.ref != ref)
    if not still_open:
        return _no_longer_waiting(c, entry.at)
    return {"questions": still_open}


def _customer_wrote(c: Complaint, _: facts.CustomerWrote, __: Entry) -> Changes:
    return {"contacts": c.contacts + 1}


def _attempted(c: Complaint, _: facts.VerificationAttempted, __: Entry) -> Changes:
    return {"attempts": c.attempts + 1}


def _assigned(c: Complaint, event: facts.Assigned, _: Entry) -> Changes:
    return _handed_to(c, event.owner, event.contact)


def _escalated(c: Complaint, event: facts.Escalated, _: Entry) -> Changes:
    return _handed_to(c, event.owner) | {"line": event.line}


def _classified(c: Complaint, event: facts.Reclassified) -> Classification:
    return Classification(
        event.category or c.category,
        event.product or c.product,
        event.severity or c.severity,
        c.amount if event.amount is None else event.amount,
    )


def _reclassified(c: Complaint, event: facts.Reclassified, _: Entry) -> Changes:
    known = _classified(c, event)
    return {
        "category": known.category,
        "product": known.product,
        "severity": known.severity,
        "amount": known.amount,
        "about": (*c.about, event.about)
        if event.about is not None and event.about not in c.about
        else c.about,
    }


def _offer_ref(c: Complaint, event: facts.Offered) -> str:
    taken = {standing.ref for standing in c.offers}
    return event.ref or _free_name("offer", len(c.offers) + 1, taken)


def _offered(c: Complaint, event: facts.Offered, entry: Entry) -> Changes:
    replaced = c.open_offer
    before = _offers_as(c, replaced, status=OfferStatus.SUPERSEDED)
    new = OfferStanding(
        ref=_offer_ref(c, event),
        offer=event.offer,
        status=OfferStatus.OFFERED,
        offered_by=entry.by,
        offered_at=entry.at,
        supersedes=None if replaced is None else replaced.ref,
    )
    return {"offers": (*before.get("offers", c.offers), new)}


OFFER_MOVES: dict[type[Event], tuple[frozenset[OfferStatus], OfferStatus]] = {
    facts.OfferApproved: (frozenset({OfferStatus.OFFERED}), OfferStatus.APPROVED),
    facts.OfferRejected: (frozenset({OfferStatus.OFFERED}), OfferStatus.REJECTED),
    facts.Accepted: (OPEN, OfferStatus.ACCEPTED),
    facts.Declined: (OPEN, OfferStatus.DECLINED),
    facts.OfferExpired: (OPEN, OfferStatus.EXPIRED),
    facts.Delivered: (frozenset({OfferStatus.ACCEPTED}), OfferStatus.DELIVERED),
}
"""For each fact about an offer: in which standing it may come, and what follows."""


def offer_meant(c: Complaint, event: Any) -> OfferStanding | None:
    """Return the offer that a fact is about, if there is one it may apply to."""
    before = OFFER_MOVES[type(event)][0]
    for standing in reversed(c.offers):
        if standing.status in before and event.ref in (None, standing.ref):
            return standing
    return _expired_meant(c, event) if isinstance(event, LATE_NEWS) else None


LATE_NEWS = (
    facts.OfferApproved,
    facts.OfferRejected,
    facts.Accepted,
    facts.Declined,
)
"""What may have happened before an offer expired, and be told afterwards."""


def _expired_meant(c: Complaint, event: Any) -> OfferStanding | None:
    """Return the offer that a fact was about before it expired."""
    for standing in c.offers[-1:] if event.ref is None else c.offers:
        named = event.ref in (None, standing.ref)
        if named and standing.status is OfferStatus.EXPIRED:
            return standing
    return None


def _offer_moved(c: Complaint, event: Event, entry: Entry) -> Changes:
    changes: Changes = {"status": OFFER_MOVES[type(event)][1]}
    if isinstance(event, facts.OfferApproved):
        changes["approved_by"] = entry.by
    return _offers_as(c, offer_meant(c, event), **changes)


_CHANGES: dict[type[Event], Change] = {
    facts.Received: _received,
    facts.Thanked: _thanked,
    facts.Promised: _promised,
    facts.Gathered: _gathered,
    facts.Fixed: _fixed,
    facts.Verified: _verified,
    facts.Prevented: _prevented,
    facts.Referred: _referred,
    facts.Withdrawn: _ended,
    facts.Archived: _ended,
    facts.Merged: _merged,
    facts.Absorbed: _absorbed,
    facts.Reopened: _reopened,
    facts.Asked: _asked,
    facts.Answered: _answered,
    facts.CustomerWrote: _customer_wrote,
    facts.VerificationAttempted: _attempted,
    facts.Assigned: _assigned,
    facts.Escalated: _escalated,
    facts.Reclassified: _reclassified,
    facts.Offered: _offered,
    **dict.fromkeys(OFFER_MOVES, _offer_moved),
}

Detail = Callable[[Complaint, Any], object]

_DETAILS: dict[type[Event], Detail] = {
    facts.Received: lambda _, event: Classification(
        event.category, event.product, event.severity, event.amount
    ),
    facts.Reclassified: _classified,
    facts.Promised: lambda _, event: (event.due, event.owner),
    facts.Verified: lambda _, event: event.satisfied,
    facts.Fixed: lambda _, event: event.outcome,
    facts.Asked: question_ref,
    facts.Answered: question_ref,
    facts.Assigned: lambda _, event: event.owner,
    facts.Escalated: lambda _, event: event.owner,
    facts.TimerWarned: lambda _, event: (event.cause, event.threshold),
    facts.TimerMissed: lambda _, event: event.cause,
    facts.TimerCleared: lambda _, event: event.cause,
    facts.Offered: _offer_ref,
    **dict.fromkeys(
        OFFER_MOVES, lambda c, event: getattr(offer_meant(c, event), "ref", None)
    ),
}


def fold(draft: Complaint, entry: Entry, state: str, *, final: bool) -> None:
    """Fold one entry into a draft, which stands in ``state`` afterwards.

    A final state, of ours or of a host, ends what is still open.
    """
    event, at = entry.event, entry.at
    kind = type(event)
    detail, change = _DETAILS.get(kind), _CHANGES.get(kind)
    said = None if detail is None else detail(draft, event)
    mark = Mark(event.kind, at, draft.round, entry.by, said)
    fields = fields_of(draft)
    if change is not None:
        fields.update(change(draft, event, entry))
    if final:
        fields.update(_ended(draft, event, entry))
    fields["state"] = state
    fields["version"] = entry.version
    fields["marks"] = draft.marks.then(mark)
    last = draft.updated_at
    if not (entry.by_desk or event.by_desk) and (last is None or at > last):
        fields["updated_at"] = at
