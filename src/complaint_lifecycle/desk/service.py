"""The desk: load, check, append, tell; what a host calls."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from uuid import uuid4

from attrs import Factory, define, evolve, field, setters, validators

from complaint_lifecycle.checks import reference
from complaint_lifecycle.clock import Clock, utc_now
from complaint_lifecycle.compensation.situation import Situation, Spent
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.customers import CustomerView
from complaint_lifecycle.desk.calls import Said, check_call
from complaint_lifecycle.desk.deciding import Decision
from complaint_lifecycle.desk.pausing import Backoff, Pause
from complaint_lifecycle.desk.recording import Recorder
from complaint_lifecycle.desk.requests import request_of
from complaint_lifecycle.desk.shelf import Shelf
from complaint_lifecycle.desk.spending import drawn_by_others
from complaint_lifecycle.desk.telling import Listener
from complaint_lifecycle.desk.timing import Timing
from complaint_lifecycle.errors import (
    InvalidEventError,
    UnknownComplaintError,
)
from complaint_lifecycle.events import (
    Absorbed,
    Entry,
    Event,
    Merged,
    Promised,
)
from complaint_lifecycle.journal import Journal, MemoryJournal
from complaint_lifecycle.lifecycle import Lifecycle
from complaint_lifecycle.offers import Offer
from complaint_lifecycle.sla.choosing import Resolver, sla_or_resolver
from complaint_lifecycle.sla.targets import Sla
from complaint_lifecycle.sla.timers import Timer

Compensation = Callable[[Situation], Offer | None]
"""A policy: whatever says what to offer in a situation, or ``None``.

If it draws on budgets, its method ``budget_keys(now)`` names them.
"""

ATTEMPTS = 8
CACHE_SIZE = 4096


def _new_id() -> str:
    return uuid4().hex


def _listeners(given: Iterable[Listener]) -> tuple[Listener, ...]:
    return tuple(given)


@define(eq=False, on_setattr=setters.frozen)
class Desk:
    """Records what was done about complaints, if the lifecycle allows it.

    Its settings never change; make another desk on the same journal instead.

    Attributes:
        journal: Where entries live.

        lifecycle: What may follow what.

        clock: Answers with the current instant.

        new_id: Makes ids for new complaints.

        sla: Targets and calendar, or a function that chooses them for a complaint.

        compensation: The policy that says what to offer.

        listeners: Are told, one after the other, after each commit. Several threads
            may tell at the same time; whoever needs one order for all reads
            ``journal.since(position)``.

        attempts: How often a decision is made anew when somebody else appended first.

        pause: Waits before that; given how many attempts have failed.

    >>> from complaint_lifecycle.events import Received, Thanked
    >>> desk = Desk()
    >>> complaint = desk.receive(Received(customer="C-1", channel="email"), by="form")
    >>> desk.record(complaint.id, Thanked(), by="ana").state
    'thanked'
    """

    journal: Journal = field(factory=MemoryJournal, kw_only=True)
    lifecycle: Lifecycle = field(factory=Lifecycle, kw_only=True)
    clock: Clock = field(default=utc_now, kw_only=True)
    new_id: Callable[[], str] = field(default=_new_id, kw_only=True)
    listeners: Sequence[Listener] = field(
        default=(), kw_only=True, converter=_listeners
    )
    sla: Sla | Resolver | None = field(
        default=None, kw_only=True, converter=sla_or_resolver
    )
    compensation: Compensation | None = field(default=None, kw_only=True)
    attempts: int = field(default=ATTEMPTS, kw_only=True, validator=validators.ge(1))
    pause: Pause = field(factory=Backoff, kw_only=True)
    _recorder: Recorder = field(
        init=False,
        repr=False,
        default=Factory(lambda desk: desk._made(), takes_self=True),
    )

    def _made(self) -> Recorder:
        return Recorder(
            shelf=Shelf(self.journal, self.lifecycle, CACHE_SIZE),
            timing=Timing(self.lifecycle, self.sla),
            clock=self.clock,
            listeners=self.listeners,
            attempts=self.attempts,
            pause=self.pause,
        )

    def receive(
        self,
        *events: Event,
        by: str,
        id: str | None = None,  # noqa: A002 - the word of the vocabulary
        at: datetime | None = None,
        key: str | None = None,
    ) -> Complaint:
        """Record a new complaint.

        Args:
            *events: ``Received``, and what was done in the same breath.

            by: Who records it.

            id: Id of the complaint; by default the desk makes one.

            at: When it came in; by default now.

            key: Idempotency key: the same call again returns the first result.

        Returns:
            The complaint.

        Raises:
            RefusedError: If the facts may not follow one another.
            ConflictError: If there is a complaint of this id.
            KeyReusedError: If the key was used for another call.
        """
        check_call(self.lifecycle, events, by)
        complaint_id = self.new_id() if id is None else reference(id, "id")

        def decide(_: bool) -> Sequence[Decision]:
            blank = self.lifecycle.new(complaint_id)
            return [
                self._recorder.decide(
                    blank, Said(events, at, by, self._recorder.now(), fresh=True)
                )
            ]

        request = request_of(
            self._recorder.codec, key, "receive", id, events, at=at, by=by
        )
        return self._recorder.carry_out(decide, request)

    def record(
        self,
        complaint_id: str,
        *events: Event,
        by: str,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Complaint:
        """Record what was done about a complaint, in one transaction.

        Args:
            complaint_id: The complaint.

            *events: What was done, in order, all at one instant.

            by: Who records it.

            at: When it was done; by default now, but never before the last fact.

            key: Idempotency key: the same call again returns the first result.

        Returns:
            The complaint as it is now.

        Raises:
            UnknownComplaintError: If there is no such complaint.
            RefusedError: If a fact may not follow, or an offer draws more than is left
                of its budget; then none is recorded.
            ConflictError: If others kept appending, or drawing on the same budget,
                first, attempt after attempt.
            CurrencyError: If an offer draws on a budget in another currency.
            KeyReusedError: If the key was used for another call.
        """
        check_call(self.lifecycle, events, by)
        reference(complaint_id, "complaint_id")

        def decide(fresh: bool) -> Sequence[Decision]:
            said = Said(events, at, by, self._recorder.now(), fresh)
            return [self._recorder.judge(complaint_id, said)]

        request = request_of(
            self._recorder.codec, key, "record", complaint_id, events, at=at, by=by
        )
        return self._recorder.carry_out(decide, request)

    def merge(
        self,
        duplicate: str,
        *,
        into: str,
        by: str,
        promise: Promised | None = None,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Complaint:
        """Let a complaint go on in another one; both sides in one transaction.

        Args:
            duplicate: The complaint that ends. An offer that is open on it lapses: make
                it on the survivor. What was accepted on it is delivered first.

            into: The complaint that survives.

            by: Who merges them.

            promise: Renews on the survivor a promise that the duplicate left open, and
                the survivor's own with it: say what was promised in both.

            at: When they were merged; by default now.

            key: Idempotency key: the same call again returns the first result.

        Returns:
            The complaint that survives.

        Raises:
            RefusedError: If the duplicate has an open promise and none is given, or an
                offer that was accepted and not delivered, or the survivor cannot take
                it.
            UnknownComplaintError: If there is no such complaint.
        """
        renewed = () if promise is None else (promise,)
        if promise is not None:
            check_call(self.lifecycle, renewed, by)
        for name in (duplicate, into):
            reference(name, "complaint_id")

        def decide(fresh: bool) -> Sequence[Decision]:
            merged = Merged(into=into, promise_renewed=promise is not None)
            said = Said((merged,), at, by, self._recorder.now(), fresh)
            ending = self._recorder.judge(duplicate, said)
            absorbed = Absorbed(
                duplicate=duplicate,
                contacts=ending.complaint.contacts,
                about=ending.complaint.about,
                confidential=ending.complaint.confidential,
            )
            said = evolve(said, events=(absorbed, *renewed))
            return [self._recorder.judge(into, said), ending]

        passed = (Merged(into=into), *renewed)
        request = request_of(
            self._recorder.codec, key, "merge", duplicate, passed, at=at, by=by
        )
        return self._recorder.carry_out(decide, request)

    def complaint(self, complaint_id: str) -> Complaint:
        """Return a complaint as it is now.

        Raises:
            UnknownComplaintError: If there is no such complaint.
        """
        return self._recorder.shelf.load(
            reference(complaint_id, "complaint_id"), fresh=True
        )

    def complaints(self) -> Iterator[Complaint]:
        """Read every complaint as it is now, oldest first."""
        return map(self.complaint, self.journal.complaints())

    def timers(self, complaint_id: str) -> tuple[Timer, ...]:
        """Return every timer that has started on a complaint; none without an SLA.

        Raises:
            UnknownComplaintError: If there is no such complaint.
        """
        return self._recorder.timing.timers(self.complaint(complaint_id))

    def situation(self, complaint_id: str) -> Situation:
        """Return all that a policy knows of a complaint: customer, timers and budgets.

        What the open offer of this complaint draws is left out of the budgets, since
        the next offer replaces it.

        Raises:
            UnknownComplaintError: If there is no such complaint.
        """
        complaint = self.complaint(complaint_id)
        customer = self.customer(complaint.customer)
        now = self._recorder.now()
        named = getattr(self.compensation, "budget_keys", None)
        rows = map(self.journal.budget, () if named is None else named(now))
        drawn = {row.name: drawn_by_others(complaint, row) for row in rows}
        budgets = {name: spent for name, spent in drawn.items() if spent is not None}
        return Situation(
            complaint=complaint,
            now=now,
            customer=customer,
            timers=self._recorder.timing.timers(complaint),
            spent=Spent.of(customer, complaint=complaint, budgets=budgets),
        )

    def propose(self, complaint_id: str) -> Offer | None:
        """Return what the policy would offer; making the offer is the host's decision.

        Returns:
            The offer, to be recorded with ``Offered(offer=...)``; ``None`` if there is
            nothing to offer, or no policy.

        Raises:
            UnknownComplaintError: If there is no such complaint.
            InvalidEventError: If the policy answers with something else.

        >>> from complaint_lifecycle import Received, Remedy
        >>> card = Offer(remedies=[Remedy(kind="apology", what="a card by hand")])
        >>> desk = Desk(compensation=lambda situation: card)
        >>> complaint = desk.receive(Received(customer="C-1", channel="shop"), by="ana")
        >>> desk.propose(complaint.id) == card
        True
        """
        policy = self.compensation
        answer = None if policy is None else policy(self.situation(complaint_id))
        if answer is not None and not isinstance(answer, Offer):
            rule = "must be an Offer or None: that is what a policy has to answer"
            raise InvalidEventError("compensation", repr(answer)[:80], rule)
        return answer

    def tick(self, *, limit: int = 1000) -> int:
        """Record the warnings, misses and expired offers that are due, exactly once.

        Call it as often as you like, from any number of workers: from cron, a thread or
        a task queue. What came due while nobody ticked is recorded late, with the
        instant at which it was due.

        Args:
            limit: How many thresholds to look at, the earliest first.

        Returns:
            How many facts were recorded.

        Raises:
            ListenerError: If a listener failed; all that is due is recorded first.
        """
        now = self._recorder.now()
        return self._recorder.fire(self.journal.due(now, limit=limit), now)

    def reschedule(self) -> int:
        """Make the due index anew after an import, or a change of SLA or calendar.

        A recorded miss that is none by the limit of now is cleared.

        Returns:
            For how many complaints.
        """
        return self._recorder.reschedule(self.journal.complaints())

    def recount(self) -> int:
        """Make the budgets anew from all complaints, as after an import.

        Returns:
            How many budgets changed.

        Raises:
            ConflictError: If others kept drawing meanwhile, attempt after attempt.
            CurrencyError: If offers that stand draw on one budget in two currencies.
        """
        return self._recorder.recount(self.journal.complaints)

    def history(self, complaint_id: str) -> tuple[Entry, ...]:
        """Return every entry of a complaint, in order.

        Raises:
            UnknownComplaintError: If there is no such complaint.
        """
        entries = self.journal.entries(reference(complaint_id, "complaint_id"))
        if not entries:
            raise UnknownComplaintError(complaint_id)
        return entries

    def customer(self, customer: str) -> CustomerView:
        """Return one customer over all channels; empty for a customer unknown here."""
        reference(customer, "customer")
        found = self.journal.complaints(customer=customer)
        return CustomerView(customer, tuple(map(self.complaint, found)))
