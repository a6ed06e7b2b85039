"""Fairness: who gets another offer only for being somebody else."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import evolve, frozen

from complaint_lifecycle.amounts import amount_text
from complaint_lifecycle.compensation.blocks import Policy
from complaint_lifecycle.compensation.measures import lateness
from complaint_lifecycle.compensation.situation import Situation
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.complaint.parts import Marks, Promise
from complaint_lifecycle.offers import Offer

WHO = ("customer", "locale", "channel", "public", "audience")
"""What says who somebody is, and not what happened to them."""


@frozen(kw_only=True)
class Inconsistency:
    """Two situations that differ only in who the customer is, and their offers.

    Attributes:
        one: A situation.

        other: Another one.

        differ: In which of :data:`~complaint_lifecycle.compensation.fairness.WHO` they differ.

        offers: What each of them is offered.

        rules: The rules that say something else to one than to the other.
    """

    one: Situation
    other: Situation
    differ: tuple[str, ...]
    offers: tuple[Offer | None, Offer | None]
    rules: tuple[str, ...]

    def __str__(self) -> str:
        first, second = (
            "nothing" if offer is None else amount_text(offer.total) or "no money"
            for offer in self.offers
        )
        who = ", ".join(
            f"{name} {getattr(self.one.complaint, name)!r} and "
            f"{getattr(self.other.complaint, name)!r}"
            for name in self.differ
        )
        rules = ", ".join(self.rules) or "the policy"
        return f"{who}: {first} and {second}, by {rules}"


def consistency(
    policy: Policy, situations: Iterable[Situation]
) -> tuple[Inconsistency, ...]:
    """Find pairs that differ only in who the customer is and get different offers.

    Who somebody is: the id of the customer, locale, channel, and whether and how many
    others can read the complaint. What happened, and what was given before, may change
    an offer. Use :func:`twins` to ask about people who are not in the list.

    Args:
        policy: Any policy.

        situations: What to ask it about.

    Returns:
        The pairs, each with the rules that did it: whoever is answered otherwise than
        most in the same case, beside one of those.

    >>> from datetime import UTC, datetime, timedelta
    >>> from complaint_lifecycle import Desk, Received, money
    >>> from complaint_lifecycle.compensation import channel, flat, when
    >>> desk, now = Desk(), datetime(2026, 3, 2, tzinfo=UTC)
    >>> asked = [
    ...     Situation(
    ...         complaint=desk.receive(Received(customer="C-1", channel=by), by="form"),
    ...         now=now,
    ...     )
    ...     for by in ("email", "social")
    ... ]
    >>> loud = when(channel("social"), flat(money(20, "EUR")))
    >>> print(*consistency(loud, asked))
    channel 'email' and 'social': nothing and 20.00 EUR, by flat, when
    """
    groups: dict[object, dict[object, list[_Answer]]] = {}
    for situation in situations:
        answer = situation, policy(situation)
        alike = groups.setdefault(_what_happened(situation), {})
        alike.setdefault(_given(answer[1]), []).append(answer)
    return tuple(
        _found(usual, odd)
        for alike in groups.values()
        for usual, odd in _pairs(sorted(alike.values(), key=len, reverse=True))
    )


_Answer = tuple[Situation, Offer | None]


def _pairs(answers: list[list[_Answer]]) -> Iterator[tuple[_Answer, _Answer]]:
    """Pair whoever is answered otherwise with one who is answered as most are."""
    for others in answers[1:]:
        for odd in others:
            yield answers[0][0], odd


def twins(situations: Iterable[Situation]) -> tuple[Situation, ...]:
    """Return every situation with everybody else's who in its place as well.

    Args:
        situations: What to ask a policy about.

    Returns:
        Each situation, followed by its twins: the same complaint as if another one of
        the customers had made it, in their language, through their channel.
    """
    known = tuple(situations)
    people = list(dict.fromkeys(_who(each) for each in known))
    return tuple(twin for each in known for twin in _twins(each, people))


def _twins(situation: Situation, people: list[tuple[Any, ...]]) -> Iterator[Situation]:
    yield situation
    own = _who(situation)
    for person in people:
        if person != own:
            who = dict(zip(WHO, person, strict=True))
            customer = evolve(situation.customer, customer=who["customer"])
            twin = situation.about(evolve(situation.complaint, **who))
            yield evolve(twin, customer=customer)


def _who(situation: Situation) -> tuple[Any, ...]:
    return tuple(getattr(situation.complaint, name) for name in WHO)


_NOT_READ: dict[str, Any] = {
    "id": "",
    "customer": "",
    "locale": None,
    "channel": "",
    "public": False,
    "audience": None,
    "source": None,
    "contact": None,
    "owner": None,
    "version": 0,
    "received_at": None,
    "updated_at": None,
    "waiting_since": None,
    "merged_into": None,
    "duplicates": (),
    "marks": Marks(),
}
"""Who the customer is, who works on it, and the books of the journal."""

_ANY = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


def _what_happened(situation: Situation) -> object:
    """Return all of a situation that may change an offer, whenever that was."""
    own, now = situation.complaint, situation.now
    others = sum(each.id != own.id for each in situation.customer.complaints)
    given = tuple(
        ((now - each.at) // _DAY, each.offer) for each in situation.spent.given
    )
    budgets = tuple(sorted(situation.spent.budgets.items()))
    timers = tuple(
        (each.target.name, lateness(each, now), each.met_at is None)
        for each in situation.timers
    )
    happened = evolve(own, **_NOT_READ, **_blank(own))
    return happened, others, given, budgets, timers


def _blank(complaint: Complaint) -> dict[str, Any]:
    """Return promise, offers and questions without who and when."""
    promise = complaint.promise
    offers = (
        evolve(each, offered_by="", offered_at=_ANY, approved_by=None)
        for each in complaint.offers
    )
    questions = (evolve(each, asked_at=_ANY) for each in complaint.questions)
    kept = None if promise is None else _kept(promise)
    return {"promise": kept, "offers": tuple(offers), "questions": tuple(questions)}


def _kept(promise: Promise) -> Promise:
    """Return what was promised and by when, counted from when it was."""
    due = _ANY + (promise.due - promise.made_at)
    return evolve(promise, how="", owner="", due=due, made_at=_ANY)


def _given(offer: Offer | None) -> object:
    """Return what is given; two ways to explain the same are the same."""
    if offer is None:
        return None
    return offer.remedies, offer.expires, offer.approval


def _found(one: _Answer, other: _Answer) -> Inconsistency:
    differ = tuple(
        name
        for name in WHO
        if getattr(one[0].complaint, name) != getattr(other[0].complaint, name)
    )
    said = [() if offer is None else offer.reasons for offer in (one[1], other[1])]
    apart = {reason for lines in said for reason in lines} - (
        set(said[0]) & set(said[1])
    )
    rules = sorted({reason.rule for reason in apart if reason.rule})
    return Inconsistency(
        one=one[0],
        other=other[0],
        differ=differ,
        offers=(one[1], other[1]),
        rules=tuple(rules),
    )
