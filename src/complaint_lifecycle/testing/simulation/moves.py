"""What customers and staff may do next, and facts made up for it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from attrs import define, evolve, field, frozen

from complaint_lifecycle import events as facts
from complaint_lifecycle.amounts import money
from complaint_lifecycle.complaint import Complaint, OfferStatus
from complaint_lifecycle.errors import ComplaintError, InvalidEventError
from complaint_lifecycle.events import Event
from complaint_lifecycle.lifecycle import Lifecycle
from complaint_lifecycle.testing.simulation.office import CUSTOMERS, SETTLER, STAFF


@frozen
class Moment:
    """What is known when a fact is made up.

    Attributes:
        complaint: The complaint that it is for, as far as it is known.

        now: The true time.

        random: Where chance comes from.

        settling: Whether the complaint is to come to an end now.
    """

    complaint: Complaint
    now: datetime
    random: Random
    settling: bool = False


Maker = Callable[[Moment], Event]
"""Makes up a fact."""


def _received(moment: Moment) -> Event:
    random = moment.random
    return facts.Received(
        customer=random.choice(CUSTOMERS),
        channel=random.choice(["email", "phone"]),
        severity=random.choice(list(facts.Severity)),
        amount=money(random.randrange(10, 100), "EUR"),
        about="bob" if random.random() < 0.1 else None,  # noqa: PLR2004
    )


def _promised(moment: Moment) -> Event:
    hours = moment.random.randrange(1, 12)
    return facts.Promised(
        what="put it right",
        due=moment.now + timedelta(hours=hours),
        owner=SETTLER if moment.settling else moment.random.choice(STAFF),
    )


def _verified(moment: Moment) -> Event:
    answers = [True, True, True, False, None]
    return facts.Verified(
        satisfied=True if moment.settling else moment.random.choice(answers)
    )


def _prevented(moment: Moment) -> Event:
    due = (moment.now + timedelta(days=30)).date()
    return facts.Prevented(process="packing", action="check", owner="quality", due=due)


def _answered(moment: Moment) -> Event:
    open_refs = [question.ref for question in moment.complaint.questions]
    return facts.Answered(ref=moment.random.choice(open_refs) if open_refs else None)


MAKERS: dict[type[Event], Maker] = {
    facts.Received: _received,
    facts.Thanked: lambda _: facts.Thanked(),
    facts.Explained: lambda _: facts.Explained(helps="packing"),
    facts.Apologised: lambda _: facts.Apologised(),
    facts.Promised: _promised,
    facts.Gathered: lambda moment: facts.Gathered(
        fault=moment.random.choice(list(facts.Fault))
    ),
    facts.Fixed: lambda moment: facts.Fixed(
        outcome=moment.random.choice(list(facts.Outcome))
    ),
    facts.Verified: _verified,
    facts.Prevented: _prevented,
    facts.Referred: lambda _: facts.Referred(
        instance="the carrier", how="by letter", fault=facts.Fault.THIRD_PARTY
    ),
    facts.Withdrawn: lambda _: facts.Withdrawn(),
    facts.Reopened: lambda _: facts.Reopened(),
    facts.Archived: lambda _: facts.Archived(),
    facts.Asked: lambda _: facts.Asked(text="Which one?"),
    facts.Answered: _answered,
    facts.Updated: lambda _: facts.Updated(),
    facts.CustomerWrote: lambda _: facts.CustomerWrote(text="Any news?"),
    facts.Acknowledged: lambda _: facts.Acknowledged(),
    facts.Registered: lambda _: facts.Registered(),
    facts.FinalResponseSent: lambda _: facts.FinalResponseSent(),
    facts.VerificationAttempted: lambda _: facts.VerificationAttempted(),
    facts.Assigned: lambda moment: facts.Assigned(owner=moment.random.choice(STAFF)),
    facts.Escalated: lambda _: facts.Escalated(owner="lead"),
    facts.Reclassified: lambda moment: facts.Reclassified(
        severity=moment.random.choice(list(facts.Severity))
    ),
    facts.OfferApproved: lambda _: facts.OfferApproved(),
    facts.OfferRejected: lambda _: facts.OfferRejected(),
    facts.Accepted: lambda _: facts.Accepted(),
    facts.Declined: lambda _: facts.Declined(),
    facts.Delivered: lambda _: facts.Delivered(),
    # The desk alone may record it: whoever tries is refused.
    facts.OfferExpired: lambda _: facts.OfferExpired(),
}
"""How the facts of the library are made up."""

_WRITTEN_BY_THE_DESK = (facts.Offered, facts.Merged, facts.Absorbed)
_OFFER_OPEN = (
    facts.Accepted, facts.Accepted, facts.Declined, facts.OfferApproved,
    facts.OfferApproved, facts.OfferRejected,
)  # fmt: skip
_SELDOM = frozenset({"withdraw", "refer"})
_FORWARD = 0.6
_ELSEWHERE = 0.68
_GO_ON = 0.4
_TRY_SELDOM = 0.2


def _plain(kind: type[Event]) -> Maker:
    """Make up a fact that needs nothing, or ask for what it takes."""
    made: Any = kind
    try:
        fact: Event = made()
    except (TypeError, ComplaintError):
        rule = f"needs fields: say how it is made up with events={{{kind.kind}: ...}}"
        raise InvalidEventError("events", kind.kind, rule) from None
    return lambda _: fact


@define(eq=False, init=False)
class Moves:
    """Chooses what is done next, along the chart and beside it.

    Attributes:
        lifecycle: What may follow what.

        makers: How facts are made up, of each kind.
    """

    lifecycle: Lifecycle
    makers: dict[type[Event], Maker] = field(init=False)
    _carriers: dict[str, type[Event]] = field(init=False)
    _own: tuple[type[Event], ...] = field(init=False)

    def __init__(
        self, lifecycle: Lifecycle, makers: Mapping[type[Event], Maker]
    ) -> None:
        own = [
            kind
            for kind in lifecycle.events
            if kind not in MAKERS
            and kind not in _WRITTEN_BY_THE_DESK
            and not kind.by_desk
        ]
        known = [kind for kind in MAKERS if kind in lifecycle.events]
        self.lifecycle = lifecycle
        self.makers = {kind: MAKERS[kind] for kind in known}
        self.makers |= {kind: makers.get(kind) or _plain(kind) for kind in own}
        self.makers |= {kind: maker for kind, maker in makers.items() if kind in known}
        self._carriers = {
            kind.trigger: kind for kind in self.makers if kind.trigger is not None
        }
        self._own = tuple(kind for kind in own if kind.trigger is None)

    def arrival(self, moment: Moment) -> Event:
        """Make up the first fact of a complaint."""
        return self.makers[facts.Received](moment)

    def next(self, moment: Moment) -> tuple[Event, ...]:
        """Make up what is done next: a step, several at once, or a fact beside them."""
        roll = moment.random.random()
        if roll < _FORWARD:
            return tuple(self._forward(moment))
        if roll < _ELSEWHERE:
            return (self._elsewhere(moment),)
        return (self._made(moment.random.choice(self._sides(moment)), moment),)

    def wrong(self, moment: Moment) -> Event:
        """Make up any fact, half of the time a step, whatever the chart says."""
        kinds = moment.random.choice((self._carriers.values(), self.makers))
        return self._made(moment.random.choice(list(kinds)), moment)

    def settling(self, moment: Moment) -> tuple[Event, ...]:
        """Make up what brings a complaint to an end, as far as it goes in one breath."""
        settled: list[Event] = []
        complaint, going = moment.complaint, True
        while going:
            event = self._next_to_settle(evolve(moment, complaint=complaint))
            if event is None:
                break
            settled.append(event)
            followed = self._after(complaint, event, moment)
            going = followed is not None
            complaint = followed or complaint
        return tuple(settled[:-1] if settled[1:] and not going else settled)

    def _next_to_settle(self, moment: Moment) -> Event | None:
        complaint = moment.complaint
        statuses = {standing.status for standing in complaint.offers}
        if complaint.questions:
            return facts.Answered(ref=complaint.questions[0].ref)
        if OfferStatus.ACCEPTED in statuses:
            return facts.Delivered()
        if complaint.open_offer is not None:
            return facts.Declined()
        step = self.lifecycle.next_step(complaint)
        return None if step is None else self._made(self._carriers[step], moment)

    def _after(
        self, complaint: Complaint, event: Event, moment: Moment
    ) -> Complaint | None:
        """Return the complaint after a fact; ``None`` if it may not follow."""
        at = max(moment.now, complaint.updated_at or moment.now)
        try:
            return self.lifecycle.decide(complaint, [event], at=at, by=SETTLER)[1]
        except ComplaintError:
            return None

    def _made(self, kind: type[Event], moment: Moment) -> Event:
        return self.makers[kind](moment)

    def _forward(self, moment: Moment) -> Iterator[Event]:
        """Go on along the main way, now and then by several steps in one breath."""
        complaint: Complaint | None = moment.complaint
        while complaint is not None:
            step = self.lifecycle.next_step(complaint)
            if step is None:
                break
            event = self._made(self._carriers[step], moment)
            yield event
            more = moment.random.random() < _GO_ON
            complaint = self._after(complaint, event, moment) if more else None

    def _elsewhere(self, moment: Moment) -> Event:
        """Take another way that the chart allows; those that lead away seldom."""
        ways = [
            trigger
            for trigger in self.lifecycle.allowed(moment.complaint)
            if trigger in self._carriers
            and (trigger not in _SELDOM or moment.random.random() < _TRY_SELDOM)
        ]
        kinds = [self._carriers[way] for way in ways] or self._sides(moment)
        return self._made(moment.random.choice(kinds), moment)

    def _sides(self, moment: Moment) -> Sequence[type[Event]]:
        complaint = moment.complaint
        if complaint.open_offer is not None:
            return _OFFER_OPEN
        statuses = {standing.status for standing in complaint.offers}
        if OfferStatus.ACCEPTED in statuses:
            return (facts.Delivered,)
        usual: tuple[type[Event], ...] = (
            facts.Answered if complaint.questions else facts.Asked,
            facts.Updated, facts.CustomerWrote, facts.Assigned, facts.Escalated,
            facts.Reclassified, facts.Acknowledged, facts.FinalResponseSent,
        )  # fmt: skip
        if "verify" in self.lifecycle.allowed(complaint):
            usual = (*usual, facts.VerificationAttempted, facts.VerificationAttempted)
        return [kind for kind in (*usual, *self._own) if kind in self.makers]
