"""The desk: load, check, append, tell; what a host calls."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from uuid import uuid4

from attrs import define, evolve, field, validators

from complaint_lifecycle.checks import reference
from complaint_lifecycle.clock import Clock, in_utc, utc_now
from complaint_lifecycle.codec import Codec
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.customers import CustomerView
from complaint_lifecycle.desk.calls import Said, check_call
from complaint_lifecycle.desk.requests import Request, codec_of, request_of
from complaint_lifecycle.desk.shelf import Shelf
from complaint_lifecycle.desk.telling import Listener, Recorded, tell
from complaint_lifecycle.desk.timing import Decision, Timing
from complaint_lifecycle.errors import (
    ConflictError,
    KeyReusedError,
    RefusedError,
    UnknownComplaintError,
)
from complaint_lifecycle.events import (
    Absorbed,
    Entry,
    Event,
    Merged,
    Promised,
)
from complaint_lifecycle.journal import Batch, Journal, MemoryJournal
from complaint_lifecycle.lifecycle import Lifecycle
from complaint_lifecycle.sla.due import Resolver
from complaint_lifecycle.sla.targets import Sla
from complaint_lifecycle.sla.timers import Timer

ATTEMPTS = 8
CACHE_SIZE = 4096


Deciding = Callable[[bool], Sequence[Decision]]


def _new_id() -> str:
    return uuid4().hex


def _listeners(given: Iterable[Listener]) -> tuple[Listener, ...]:
    return tuple(given)


@define(eq=False)
class Desk:
    """Records what was done about complaints, if the lifecycle allows it.

    Attributes:
        journal: Where entries live.

        lifecycle: What may follow what.

        clock: Answers with the current instant.

        new_id: Makes ids for new complaints.

        sla: Targets and calendar, or a function that chooses them for a complaint.

        listeners: Are told, one after the other, after each commit. Several threads
            may tell at the same time; whoever needs one order for all reads
            ``journal.since(position)``.

        attempts: How often a decision is made anew when somebody else appended first.

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
    sla: Sla | Resolver | None = field(default=None, kw_only=True)
    attempts: int = field(default=ATTEMPTS, kw_only=True, validator=validators.ge(1))
    _codec: Codec = field(init=False, repr=False)
    _timing: Timing = field(init=False, repr=False)
    _shelf: Shelf = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._codec = codec_of(self.lifecycle.events)
        self._shelf = Shelf(self.journal, self.lifecycle, CACHE_SIZE)
        self._timing = Timing(self.lifecycle, self.sla)

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
            return [self._decide(blank, events, at=at, by=by, now=self._now())]

        request = request_of(self._codec, key, "receive", id, events, at=at, by=by)
        return self._carry_out(decide, request)

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
            RefusedError: If a fact may not follow; then none is recorded.
            ConflictError: If others kept appending first, attempt after attempt.
            KeyReusedError: If the key was used for another call.
        """
        check_call(self.lifecycle, events, by)
        reference(complaint_id, "complaint_id")

        def decide(fresh: bool) -> Sequence[Decision]:
            said = Said(events, at, by, self._now(), fresh)
            return [self._judge(complaint_id, said)]

        request = request_of(
            self._codec, key, "record", complaint_id, events, at=at, by=by
        )
        return self._carry_out(decide, request)

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
            duplicate: The complaint that ends.

            into: The complaint that survives.

            by: Who merges them.

            promise: Renews on the survivor a promise that the duplicate left open, and
                the survivor's own with it: say what was promised in both.

            at: When they were merged; by default now.

            key: Idempotency key: the same call again returns the first result.

        Returns:
            The complaint that survives.

        Raises:
            RefusedError: If the duplicate has an open promise and none is given, or
                the survivor cannot take it.
            UnknownComplaintError: If there is no such complaint.
        """
        renewed = () if promise is None else (promise,)
        if promise is not None:
            check_call(self.lifecycle, renewed, by)
        for name in (duplicate, into):
            reference(name, "complaint_id")

        def decide(fresh: bool) -> Sequence[Decision]:
            merged = Merged(into=into, promise_renewed=promise is not None)
            said = Said((merged,), at, by, self._now(), fresh)
            ending = self._judge(duplicate, said)
            absorbed = Absorbed(
                duplicate=duplicate,
                contacts=ending[1].contacts,
                about=ending[1].about,
                confidential=ending[1].confidential,
            )
            said = evolve(said, events=(absorbed, *renewed))
            return [self._judge(into, said), ending]

        passed = (Merged(into=into), *renewed)
        request = request_of(self._codec, key, "merge", duplicate, passed, at=at, by=by)
        return self._carry_out(decide, request)

    def complaint(self, complaint_id: str) -> Complaint:
        """Return a complaint as it is now.

        Raises:
            UnknownComplaintError: If there is no such complaint.
        """
        return self._shelf.load(reference(complaint_id, "complaint_id"), fresh=True)

    def complaints(self) -> Iterator[Complaint]:
        """Read every complaint as it is now, oldest first."""
        return map(self.complaint, self.journal.complaints())

    def timers(self, complaint_id: str) -> tuple[Timer, ...]:
        """Return every timer that has started on a complaint; none without an SLA.

        Raises:
            UnknownComplaintError: If there is no such complaint.
        """
        return self._timing.timers(self.complaint(complaint_id))

    def tick(self, *, limit: int = 1000) -> int:
        """Record the warnings and misses that are due, each exactly once.

        Call it as often as you like, from any number of workers: from cron, a thread or
        a task queue. What came due while nobody ticked is recorded late, with the
        instant at which it was due.

        Args:
            limit: How many thresholds to look at, the earliest first.

        Returns:
            How many facts were recorded.
        """
        now = self._now()
        rows = self.journal.due(now, limit=limit)
        names = dict.fromkeys(row.complaint_id for row in rows)
        return sum(self._fire(name, now) for name in names)

    def reschedule(self) -> int:
        """Make the due index anew after the SLA or a calendar changed.

        Returns:
            For how many complaints.
        """
        now = self._now()
        due = {c.id: self._timing.rows(c, now) for c in self.complaints()}
        self.journal.append((), due=due)
        return len(due)

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

    def _judge(self, complaint_id: str, said: Said) -> Decision:
        complaint = self._shelf.load(complaint_id, fresh=said.fresh)
        try:
            return self._decide(complaint, said.events, **said.envelope)
        except RefusedError:
            newest = self._shelf.load(complaint_id, fresh=True)
            if newest.version == complaint.version:
                raise
            return self._decide(newest, said.events, **said.envelope)

    def _decide(
        self,
        complaint: Complaint,
        events: Sequence[Event],
        *,
        at: datetime | None,
        by: str,
        now: datetime,
    ) -> Decision:
        if at is None:
            at = now = max(now, complaint.updated_at or now)
        decision = self.lifecycle.decide(
            complaint, events, at=at, by=by, recorded_at=now
        )
        return self._timing.cleared(decision, now)

    def _now(self) -> datetime:
        return in_utc(self.clock(), "clock")

    def _fire(self, complaint_id: str, now: datetime) -> int:
        """Record what a complaint's timers say now; whoever is late finds nothing."""
        for _ in range(self.attempts):
            complaint = self._shelf.load(complaint_id, fresh=True)
            decision = self._timing.fired(complaint, now)
            if decision is None:
                rows = self._timing.rows(complaint, now)
                self.journal.append((), due={complaint_id: rows})
                return 0
            try:
                self._append([decision], None)
            except ConflictError:
                continue
            self._told([decision])
            return len(decision[0])
        return 0

    def _carry_out(self, decide: Deciding, request: Request | None) -> Complaint:
        """Decide and append, anew when somebody else was first; then tell."""
        for attempt in range(1, self.attempts + 1):
            before = self._answered_before(request)
            if before is not None:
                return before
            try:
                decisions = decide(attempt > 1)
            except RefusedError:
                # Perhaps the same call was answered while this one was deciding.
                before = self._answered_before(request)
                if before is None:
                    raise
                return before
            try:
                self._append(decisions, request)
            except (ConflictError, KeyReusedError):
                # An id that is taken stays taken; only the same call may have won.
                new = decisions[0][0][0].version == 1
                hopeless = new and (request is None or attempt > 1)
                if hopeless or attempt == self.attempts:
                    raise
            else:
                return self._told(decisions)
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    def _append(self, decisions: Sequence[Decision], request: Request | None) -> None:
        batches = [
            Batch(complaint.id, entries[0].version - 1, entries)
            for entries, complaint in decisions
        ]
        answer = decisions[0][1]
        receipt = None if request is None else request.receipt_for(answer)
        now = self._now()
        due = {c.id: self._timing.rows(c, now) for _, c in decisions}
        self.journal.append(batches, receipt=receipt, due=due if self.sla else None)

    def _told(self, decisions: Sequence[Decision]) -> Complaint:
        for _, complaint in decisions:
            self._shelf.put(complaint)
        tell(self.listeners, [Recorded(*decision) for decision in decisions])
        return decisions[0][1]

    def _answered_before(self, request: Request | None) -> Complaint | None:
        receipt = None if request is None else self.journal.receipt(request.key)
        if receipt is None or request is None:
            return None
        if receipt.digest != request.digest:
            raise KeyReusedError(receipt.key)
        entries = self.journal.entries(receipt.complaint_id, up_to=receipt.version)
        return self.lifecycle.replay(entries, strict=False)
