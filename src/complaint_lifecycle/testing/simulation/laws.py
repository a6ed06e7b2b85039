"""The laws that hold after every step, whatever goes wrong."""

from collections import Counter
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

from attrs import define, field, frozen

from complaint_lifecycle.complaint import Complaint, OfferStanding, OfferStatus
from complaint_lifecycle.events import (
    Entry,
    Fixed,
    Merged,
    Promised,
    Referred,
    TimerCleared,
    TimerMissed,
    TimerWarned,
    Withdrawn,
)
from complaint_lifecycle.lifecycle.chart import Chart


class Law(StrEnum):
    """What must hold after every step of a simulation."""

    STEPS = "the steps follow the chart"
    VERSIONS = "versions have no gap"
    HISTORY = "the journal keeps every entry as it was appended"
    ANSWERS = "what was acknowledged is in the journal exactly once"
    REFUSALS = "what is refused changes nothing, and is refused for a reason"
    PROMISES = "a promise is kept or broken exactly once"
    OFFERS = "an offer is approved, accepted and delivered in this order"
    BUDGETS = "a budget holds what the offers draw, and no more than its limit"
    TIMERS = "a threshold fires once, and no timer is both met and missed"
    DUE = "the due index is the one computed anew"
    READERS = "every reader sees every entry once and in order"
    ERRORS = "only errors of the library come out"
    END = "whatever is open reaches an end, or a stated wait"
    OVERDUE = "nothing overdue is left"


@frozen
class Broken:
    """A law that was found broken.

    Attributes:
        law: Which.

        found: What was found instead.

        complaint_id: The complaint on which it was found, if it was on one.
    """

    law: Law
    found: str
    complaint_id: str | None = None

    def __str__(self) -> str:
        where = "" if self.complaint_id is None else f" on {self.complaint_id}"
        return f"{self.law}: {self.found}{where}"


Arrow = tuple[str, str, str]
"""A state, a trigger, and the state that it leads to."""


def arrows_of(chart: Chart) -> frozenset[Arrow]:
    """Read the arrows from the chart itself, not from the table it is compiled into.

    Args:
        chart: A chart class.
    """
    states: Any = chart.states
    return frozenset(
        (str(state.id), str(event.id), str(transition.target.id))
        for state in states
        for transition in state.transitions
        for event in transition.events
    )


def final_states_of(chart: Chart) -> frozenset[str]:
    """Read from the chart itself which states nothing leaves.

    Args:
        chart: A chart class.
    """
    states: Any = chart.states
    return frozenset(str(state.id) for state in states if state.final)


_MOVES = {
    OfferStatus.OFFERED: {
        OfferStatus.APPROVED, OfferStatus.REJECTED, OfferStatus.ACCEPTED,
        OfferStatus.DECLINED, OfferStatus.EXPIRED, OfferStatus.SUPERSEDED,
        OfferStatus.LAPSED,
    },
    OfferStatus.APPROVED: {
        OfferStatus.ACCEPTED, OfferStatus.DECLINED, OfferStatus.EXPIRED,
        OfferStatus.SUPERSEDED, OfferStatus.LAPSED,
    },
    # What happened before the offer expired may be told afterwards.
    OfferStatus.EXPIRED: {
        OfferStatus.APPROVED, OfferStatus.REJECTED, OfferStatus.ACCEPTED,
        OfferStatus.DECLINED,
    },
    OfferStatus.ACCEPTED: {OfferStatus.DELIVERED},
}  # fmt: skip
_LEAVING = (Withdrawn, Referred, Merged)

Found = Iterator[tuple[Law, str]]


@define(eq=False)
class Story:
    """One complaint as told by its entries alone: promises, timers and offers.

    It counts by rules of its own, not by those of the library that it is to judge.

    Attributes:
        arrows: What the chart admits.

        final: The states of the chart that nothing leaves.

        promise: The promise that is open.

        kept: Promises whose fix came in time.

        broken: Promises whose fix, renewal or end came too late.

        warned: How often each warning fired.

        missed: For each timer, the miss that stands.

        revived: Offers that came back after they had expired.
    """

    arrows: frozenset[Arrow]
    final: frozenset[str]
    promise: Promised | None = None
    kept: int = 0
    broken: int = 0
    warned: Counter[tuple[str, str]] = field(factory=Counter)
    missed: dict[str, Entry] = field(factory=dict)
    revived: set[str] = field(factory=set)

    def take(self, before: Complaint, entry: Entry, after: Complaint) -> Found:
        """Judge one entry, and remember it.

        Args:
            before: The complaint before it.

            entry: The entry.

            after: The complaint that it led to.
        """
        yield from self._step(before, entry, after)
        yield from self._promises(entry, after)
        judge = _TIMED.get(type(entry.event))
        if judge is not None:
            yield from judge(self, entry)
        if before.offers is not after.offers:
            yield from self._offers(before, after)

    def _step(self, before: Complaint, entry: Entry, after: Complaint) -> Found:
        trigger = entry.event.trigger
        stays = trigger is None and before.state == after.state
        if not stays and (before.state, trigger, after.state) not in self.arrows:
            way = f"{entry.kind} led from {before.state!r} to {after.state!r}"
            yield Law.STEPS, way

    def _promises(self, entry: Entry, after: Complaint) -> Found:
        event = entry.event
        renewed = isinstance(event, Promised)
        left = isinstance(event, _LEAVING) or after.state in self.final
        if self.promise is not None and (renewed or left or isinstance(event, Fixed)):
            self.broken += entry.at > self.promise.due
            self.kept += isinstance(event, Fixed) and entry.at <= self.promise.due
            self.promise = None
        if isinstance(event, Promised):
            self.promise = event
        due = None if after.promise is None else after.promise.due
        counted = (after.promises_kept, after.promises_broken, due)
        expected = (
            self.kept,
            self.broken,
            None if self.promise is None else self.promise.due,
        )
        if counted != expected:
            told = "{} kept, {} broken, open until {}"
            found = f"{told.format(*counted)}, not {told.format(*expected)}"
            yield Law.PROMISES, found

    def _warning(self, entry: Entry) -> Found:
        event: Any = entry.event
        name = (event.cause, event.threshold)
        self.warned[name] += 1
        if self.warned[name] > 1:
            yield Law.TIMERS, f"the warning {name} fired twice"

    def _miss(self, entry: Entry) -> Found:
        event: Any = entry.event
        before = self.missed.get(event.cause)
        # A miss whose limit has moved behind it is void: it may come once more.
        if before is not None and event.due <= before.at:
            yield Law.TIMERS, f"the miss of {event.cause} fired twice"
        if entry.at <= event.due:
            yield Law.TIMERS, f"{event.cause} was missed before it was due"
        self.missed[event.cause] = entry

    def _clearing(self, entry: Entry) -> Found:
        event: Any = entry.event
        if self.missed.pop(event.cause, None) is None:
            yield Law.TIMERS, f"{event.cause} was cleared, and no miss stands"

    def _offers(self, before: Complaint, after: Complaint) -> Found:
        known = {standing.ref: standing for standing in before.offers}
        for standing in after.offers:
            was = known.pop(standing.ref, None)
            if standing is not was:
                yield from self._offer(standing, was)
        if known:
            yield Law.OFFERS, f"{', '.join(known)} vanished"

    def _offer(self, standing: OfferStanding, was: OfferStanding | None) -> Found:
        status = standing.status
        before = None if was is None else was.status
        if before is OfferStatus.EXPIRED and standing.stands:
            self.revived.add(standing.ref)
        admitted = {OfferStatus.OFFERED} if before is None else _MOVES.get(before, ())
        if status not in admitted:
            yield Law.OFFERS, f"{standing.ref} went from {before} to {status}"
        paid = status in (OfferStatus.ACCEPTED, OfferStatus.DELIVERED)
        if paid and standing.offer.approval and standing.approved_by is None:
            yield Law.OFFERS, f"{standing.ref} is {status} without approval"
        if standing.approved_by == standing.offered_by:
            yield Law.OFFERS, f"{standing.ref} was approved by who offered it"


_TIMED: dict[type, Callable[[Story, Entry], Found]] = {
    TimerWarned: Story._warning,
    TimerMissed: Story._miss,
    TimerCleared: Story._clearing,
}
