"""Fairness: who gets another offer only for being somebody else."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

from attrs import evolve, frozen

from complaint_lifecycle.amounts import amount_text
from complaint_lifecycle.compensation.blocks import Policy
from complaint_lifecycle.compensation.situation import Situation
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.complaint.parts import Marks
from complaint_lifecycle.offers import Offer

_ANY = datetime(1970, 1, 1, tzinfo=UTC)

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
        The pairs, each with the rules that did it.

    >>> from datetime import UTC, datetime
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
    groups: dict[object, list[tuple[Situation, Offer | None]]] = {}
    for situation in situations:
        key = _what_happened(situation)
        groups.setdefault(key, []).append((situation, policy(situation)))
    return tuple(
        _found(one, other)
        for group in groups.values()
        for one, other in combinations(group, 2)
        if _given(one[1]) != _given(other[1])
    )


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
    "marks": Marks(),
}
"""Who the customer is, who works on it, and the books of the journal."""


def _what_happened(situation: Situation) -> object:
    """Return all of a situation that may change an offer."""
    own = situation.complaint
    others = [c for c in situation.customer.complaints if c.id != own.id]
    given = tuple((each.at, each.offer) for each in situation.spent.given)
    budgets = tuple(sorted(situation.spent.budgets.items()))
    happened = evolve(own, **_NOT_READ, **_blank(own))
    return happened, len(others), given, budgets, situation.timers, situation.now


def _blank(complaint: Complaint) -> dict[str, Any]:
    """Return promise and offers without who made them and how the customer hears."""
    promise = complaint.promise
    offers = (
        evolve(standing, offered_by="", offered_at=_ANY)
        for standing in complaint.offers
    )
    return {
        "promise": None if promise is None else evolve(promise, how="", owner=""),
        "offers": tuple(offers),
    }


def _given(offer: Offer | None) -> object:
    """Return what is given; two ways to explain the same are the same."""
    if offer is None:
        return None
    return offer.remedies, offer.expires, offer.approval


def _found(
    one: tuple[Situation, Offer | None], other: tuple[Situation, Offer | None]
) -> Inconsistency:
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
