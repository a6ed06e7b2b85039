"""Recording: decide, append with a version check, decide anew if others were first."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import islice

from attrs import frozen

from complaint_lifecycle.clock import Clock, in_utc
from complaint_lifecycle.codec import Codec
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.desk.calls import Said
from complaint_lifecycle.desk.requests import Request, codec_of
from complaint_lifecycle.desk.shelf import Shelf
from complaint_lifecycle.desk.telling import Listener, Recorded, tell
from complaint_lifecycle.desk.timing import Decision, Timing
from complaint_lifecycle.errors import (
    ConflictError,
    KeyReusedError,
    RefusedError,
)
from complaint_lifecycle.events import Due
from complaint_lifecycle.journal import Batch, Journal
from complaint_lifecycle.lifecycle import Lifecycle

_PAGE = 500

Deciding = Callable[[bool], Sequence[Decision]]
"""Makes the decisions of a call; given whether the newest version is needed."""


@frozen(eq=False, kw_only=True)
class Recorder:
    """What stands between the calls of a desk and its journal.

    Attributes:
        shelf: Brings complaints.

        timing: Their timers.

        clock: Answers with the current instant.

        listeners: Are told after each commit.

        attempts: How often a decision is made anew when somebody else appended first.
    """

    shelf: Shelf
    timing: Timing
    clock: Clock
    listeners: Sequence[Listener]
    attempts: int

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
        complaint = self.shelf.load(complaint_id, fresh=said.fresh)
        try:
            return self.decide(complaint, said)
        except RefusedError:
            newest = self.shelf.load(complaint_id, fresh=True)
            if newest.version == complaint.version:
                raise
            return self.decide(newest, said)

    def decide(self, complaint: Complaint, said: Said) -> Decision:
        """Decide what follows from what is said, timers included."""
        at, now = said.at, said.now
        if at is None:
            at = now = max(now, complaint.updated_at or now)
        decision = self.lifecycle.decide(
            complaint, said.events, at=at, by=said.by, recorded_at=now
        )
        missed = self.timing.missed_before(complaint, decision, now)
        if missed is not None:
            # Nothing ticks any more on a complaint that has ended.
            entries, complaint = missed
            more, complaint = self.lifecycle.decide(
                complaint, said.events, at=at, by=said.by, recorded_at=now
            )
            decision = (*entries, *more), complaint
        return self.timing.cleared(decision, now)

    def fire(self, rows: Iterable[Due], now: datetime) -> int:
        """Record what the timers of complaints say now, one complaint after the other.

        A complaint that fails keeps nobody else waiting.

        Args:
            rows: What the due index holds for now.

            now: The current instant.

        Returns:
            How many facts were recorded.

        Raises:
            Exception: The first failure, after all others have had their turn.
        """
        count = 0
        failure: Exception | None = None
        for name in dict.fromkeys(row.complaint_id for row in rows):
            try:
                decision = self._fired(name, now)
                count += len(decision[0]) if decision else 0
                self._tell([decision] if decision else [])
            except Exception as error:  # noqa: BLE001 - raised below, after the others
                error.add_note(f"when the timers of complaint {name!r} were due")
                failure = failure or error
        if failure is not None:
            raise failure
        return count

    def _fired(self, complaint_id: str, now: datetime) -> Decision | None:
        """Record what is due on one complaint; whoever is late finds nothing."""
        for _ in range(self.attempts):
            complaint = self.shelf.load(complaint_id, fresh=True)
            rows = self.journal.due(now, limit=_PAGE, complaint_id=complaint_id)
            known = {(row.cause, row.threshold) for row in rows}
            decision = self.timing.fired(complaint, now, known)
            try:
                if decision is None:
                    self.index([complaint], now)
                else:
                    self._append([decision], None)
            except ConflictError:
                continue
            return decision
        return None

    def reschedule(self, names: Iterable[str]) -> int:
        """Make the due index anew, a page of complaints at a time; return how many."""
        left, count = iter(names), 0
        while page := list(islice(left, _PAGE)):
            now = self.now()
            try:
                self.index([self.shelf.load(name, fresh=True) for name in page], now)
            except ConflictError:
                for name in page:
                    self._reschedule(name)
            count += len(page)
        return count

    def _reschedule(self, complaint_id: str) -> None:
        for attempt in range(1, self.attempts + 1):
            try:
                complaint = self.shelf.load(complaint_id, fresh=True)
                self.index([complaint], self.now())
            except ConflictError:
                if attempt == self.attempts:
                    raise
            else:
                return

    def index(self, complaints: Sequence[Complaint], now: datetime) -> None:
        """Write the due index of complaints, unless somebody appended meanwhile.

        Raises:
            ConflictError: If so; then it stays as it was.
        """
        due = {c.id: self.timing.rows(c, now) for c in complaints}
        self.journal.append([Batch(c.id, c.version, ()) for c in complaints], due=due)

    def carry_out(self, decide: Deciding, request: Request | None) -> Complaint:
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
                self._tell(decisions)
                return decisions[0][1]
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    def _append(self, decisions: Sequence[Decision], request: Request | None) -> None:
        batches = [
            Batch(complaint.id, entries[0].version - 1, entries)
            for entries, complaint in decisions
        ]
        answer = decisions[0][1]
        receipt = None if request is None else request.receipt_for(answer)
        now = self.now()
        due = {c.id: self.timing.rows(c, now) for _, c in decisions}
        self.journal.append(
            batches, receipt=receipt, due=due if self.timing.sla else None
        )

    def _tell(self, decisions: Sequence[Decision]) -> None:
        for _, complaint in decisions:
            self.shelf.put(complaint)
        tell(self.listeners, [Recorded(*decision) for decision in decisions])

    def _answered_before(self, request: Request | None) -> Complaint | None:
        receipt = None if request is None else self.journal.receipt(request.key)
        if receipt is None or request is None:
            return None
        if receipt.digest != request.digest:
            raise KeyReusedError(receipt.key)
        entries = self.journal.entries(receipt.complaint_id, up_to=receipt.version)
        return self.lifecycle.replay(entries, strict=False)
