"""Recording: decide, append with a version check, decide anew if others were first."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice

from attrs import frozen

from complaint_lifecycle.clock import Clock, in_utc
from complaint_lifecycle.codec import Codec
from complaint_lifecycle.complaint import EXPIRED, Complaint
from complaint_lifecycle.desk.asking import Gate, fences_of
from complaint_lifecycle.desk.calls import Said
from complaint_lifecycle.desk.deciding import Decision
from complaint_lifecycle.desk.pausing import Pause
from complaint_lifecycle.desk.requests import Request, codec_of
from complaint_lifecycle.desk.retaining import RETENTION
from complaint_lifecycle.desk.shelf import Shelf
from complaint_lifecycle.desk.spending import Recount, budget_changes
from complaint_lifecycle.desk.telling import Listener, Recorded, tell
from complaint_lifecycle.desk.timing import Timing
from complaint_lifecycle.errors import (
    ConflictError,
    ContentionError,
    CurrencyError,
    KeyReusedError,
    RefusedError,
)
from complaint_lifecycle.events import Due
from complaint_lifecycle.journal import Batch, BudgetChange, DueRows, Journal
from complaint_lifecycle.lifecycle import Lifecycle

_PAGE = 500
_END = datetime.max.replace(tzinfo=UTC)

Deciding = Callable[[bool], Sequence[Decision]]
"""Makes the decisions of a call; given whether the newest version is needed."""


@frozen(eq=False, kw_only=True)
class Recorder:
    """What stands between the calls of a desk and its journal.

    Attributes:
        shelf: Brings complaints.

        timing: Their timers.

        gate: Asks who may record what.

        clock: Answers with the current instant.

        listeners: Are told after each commit.

        attempts: How often a decision is made anew when somebody else appended first.

        pause: Waits before that.
    """

    shelf: Shelf
    timing: Timing
    gate: Gate
    clock: Clock
    listeners: Sequence[Listener]
    attempts: int
    pause: Pause

    @property
    def journal(self) -> Journal:
        """Where entries live."""
        return self.shelf.journal

    @property
    def lifecycle(self) -> Lifecycle:
        """What may follow what."""
        return self.shelf.lifecycle

    @property
    def codec(self) -> Codec:
        """Writes what callers pass, to know a call that comes again."""
        return codec_of(self.lifecycle.events)

    def now(self) -> datetime:
        """Return the current instant in UTC."""
        return in_utc(self.clock(), "clock")

    def judge(self, complaint_id: str, said: Said) -> Decision:
        """Decide on a complaint, on its newest version before anything is refused."""
        complaint = self.gate.load(complaint_id, said)
        try:
            return self.decide(complaint, said)
        except RefusedError:
            newest = self.shelf.load(complaint_id, fresh=True)
            if newest.version == complaint.version:
                raise
            return self.decide(newest, said)

    def decide(self, complaint: Complaint, said: Said) -> Decision:
        """Decide what follows from what is said, timers and offers included."""
        now = said.now
        if said.at is None:
            at = now = max(now, complaint.updated_at or now)
        else:
            at = in_utc(said.at, "at")
        # What is said of an expired offer is judged alike, whether anybody ticked.
        start = self.timing.expired(
            Decision(complaint, (), complaint), min(at, now), now
        )
        decision = self._followed(start, said, at, now)
        missed = self.timing.settled_before(start, decision, now)
        if missed is not None:
            # Nothing ticks any more on a complaint that has ended.
            decision = self._followed(missed, said, at, now)
        return self.timing.cleared(decision, now)

    def _followed(
        self, start: Decision, said: Said, at: datetime, now: datetime
    ) -> Decision:
        return start.then(*self.gate.decide(start.complaint, said, at=at, now=now))

    def reschedule(self, names: Iterable[str]) -> int:
        """Make the due index anew, a page of complaints at a time; return how many."""
        left, count = iter(names), 0
        while page := list(islice(left, _PAGE)):
            try:
                self._renew(page)
            except ConflictError:
                for name in page:
                    self._renew_alone(name)
            count += len(page)
        return count

    def _renew_alone(self, complaint_id: str) -> None:
        for attempt in range(1, self.attempts + 1):
            try:
                self._renew([complaint_id])
            except ConflictError:
                if attempt == self.attempts:
                    raise
                self.pause(attempt)
            else:
                return

    def _renew(self, names: Collection[str]) -> None:
        """Index complaints anew, and clear the misses that are none any more."""
        now = self.now()
        known = self.shelf.load_all(names)
        decisions = [self.timing.cleared(Decision(c, (), c), now) for c in known]
        self.index([d.complaint for d in decisions if not d.entries], now)
        for decision in decisions:
            if decision.entries:
                self.append([decision])
                self.tell([decision])

    def index(
        self,
        complaints: Sequence[Complaint],
        now: datetime,
        *,
        forgotten: Collection[str] = (),
    ) -> None:
        """Write the due index of complaints, unless somebody appended meanwhile.

        Args:
            complaints: These complaints.

            now: The current instant.

            forgotten: Ids of those that have just been forgotten.

        Raises:
            ConflictError: If so; then it stays as it was.
        """
        due = {c.id: self.timing.rows(c, now) for c in complaints}
        for name in forgotten:
            if name in due:
                due[name] = tuple(r for r in due[name] if r.cause != RETENTION)
        if not due:
            return
        self.journal.append([Batch(c.id, c.version, ()) for c in complaints], due=due)

    def carry_out(self, decide: Deciding, request: Request | None) -> Complaint:
        """Decide and append, anew when somebody else was first; then tell."""
        for attempt in range(1, self.attempts + 1):
            before = self._answered_before(request)
            if before is not None:
                return before
            try:
                decisions = decide(attempt > 1)
                self.append(decisions, request)
            except (RefusedError, ConflictError, KeyReusedError) as error:
                if self._may_retry(error, request, attempt):
                    self.pause(attempt)
                    continue
                # Perhaps the same call was answered while this one was deciding.
                before = self._answered_before(request)
                if before is None:
                    raise
                return before
            self.tell(decisions)
            return decisions[0].complaint
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    def _may_retry(
        self, error: Exception, request: Request | None, attempt: int
    ) -> bool:
        """Tell whether another attempt may end otherwise."""
        # An id that is taken stays taken; only the same call may have won.
        taken = type(error) is ConflictError and error.expected == 0
        hopeless = taken and (request is None or attempt > 1)
        refused = isinstance(error, RefusedError)
        return attempt < self.attempts and not (refused or hopeless)

    def append(
        self, decisions: Sequence[Decision], request: Request | None = None
    ) -> None:
        """Append what was decided, with the due index and the budgets after it.

        Args:
            decisions: What was decided; nothing happens if that is nothing.

            request: The call that asked for it, answered by the first decision.
        """
        if not decisions:
            return
        answer = decisions[0].complaint
        self.journal.append(
            [decision.batch for decision in decisions],
            receipt=None if request is None else request.receipt_for(answer),
            due=self._due(decisions),
            budgets=(
                *self._budgets(decisions),
                *fences_of(decision.fences for decision in decisions),
            ),
        )

    def _due(self, decisions: Sequence[Decision]) -> DueRows | None:
        """Return the rows to write; most appends of a desk without an SLA write none."""
        changed = [d.complaint for d in decisions if self.timing.indexes(d)]
        if not changed:
            return None
        now = self.now()
        return {c.id: (*self.timing.rows(c, now), *self._kept(c)) for c in changed}

    def _kept(self, complaint: Complaint) -> tuple[Due, ...]:
        """Leave the timers alone that another desk runs, if this one has no SLA."""
        if self.timing.sla is not None:
            return ()
        rows = self.journal.due(_END, limit=_PAGE, complaint_id=complaint.id)
        ours = () if self.timing.retention is None else (RETENTION,)
        return tuple(r for r in rows if r.threshold != EXPIRED and r.cause not in ours)

    def forget(
        self, complaints: Collection[str], *, customer: str | None = None, by: str
    ) -> int:
        """Forget what is personal; anew, while another transaction stands in the way.

        Args:
            complaints: Ids of complaints.

            customer: In all complaints of this customer as well.

            by: Who forgets.

        Raises:
            ContentionError: If one did, attempt after attempt.
        """
        for attempt in range(1, self.attempts + 1):
            try:
                return self.journal.forget(
                    complaints, customer=customer, at=self.now(), by=by
                )
            except ContentionError:
                if attempt == self.attempts:
                    raise
                self.pause(attempt)
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    def _budgets(self, decisions: Sequence[Decision]) -> tuple[BudgetChange, ...]:
        """Return what becomes of budgets, refused on the newest versions only."""
        changed = [d for d in decisions if d.before.offers is not d.complaint.offers]
        if not changed:
            return ()
        try:
            return budget_changes(changed, self.journal.budget, self.lifecycle)
        except (RefusedError, CurrencyError):
            for complaint in (decision.before for decision in decisions):
                self._check_newest(complaint)
            raise

    def _check_newest(self, complaint: Complaint) -> None:
        if complaint.version:
            newest = self.shelf.load(complaint.id, fresh=True).version
            if newest != complaint.version:
                raise ConflictError(complaint.id, complaint.version, newest)

    def recount(self, names: Callable[[], Iterable[str]]) -> int:
        """Make the budgets anew; return how many changed.

        Args:
            names: Returns the ids of all complaints.

        Raises:
            ConflictError: If others kept drawing meanwhile, attempt after attempt.
            CurrencyError: If offers that stand draw on one budget in two currencies.
        """
        for attempt in range(1, self.attempts + 1):
            rows = {row.name: row for row in self.journal.budgets()}
            count = Recount()
            for name in names():
                count.add(self.shelf.load(name, fresh=True))
            changes = count.changes(rows)
            try:
                self.journal.append((), budgets=changes)
            except ConflictError:
                if attempt == self.attempts:
                    raise
                self.pause(attempt)
            else:
                return len(changes)
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    def tell(self, decisions: Sequence[Decision]) -> None:
        """Tell listeners what was committed."""
        for decision in decisions:
            self.shelf.settle(decision.before, decision.complaint)
        tell(self.listeners, [Recorded(d.entries, d.complaint) for d in decisions])

    def _answered_before(self, request: Request | None) -> Complaint | None:
        receipt = None if request is None else self.journal.receipt(request.key)
        if receipt is None or request is None:
            return None
        if not request.is_answered_by(receipt):
            raise KeyReusedError(receipt.key)
        entries = self.journal.entries(receipt.complaint_id, up_to=receipt.version)
        complaint = self.lifecycle.replay(entries, strict=False)
        return self.gate.repeat(complaint, request.by)
