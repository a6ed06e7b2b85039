"""Checking: the laws held against the journal after every step."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from attrs import define, field

from complaint_lifecycle.complaint import Complaint, offer_rows
from complaint_lifecycle.errors import (
    ComplaintError,
    RefusedError,
    UnknownComplaintError,
)
from complaint_lifecycle.events import Due, Entry
from complaint_lifecycle.journal import Journal, Positioned
from complaint_lifecycle.sla.due import MISS, due_rows
from complaint_lifecycle.sla.timers import State, timers_of
from complaint_lifecycle.testing.simulation.budgets import Money
from complaint_lifecycle.testing.simulation.laws import (
    Arrow,
    Broken,
    Law,
    Story,
    arrows_of,
    final_states_of,
)
from complaint_lifecycle.testing.simulation.ledger import Call, Ledger
from complaint_lifecycle.testing.simulation.messages import Message
from complaint_lifecycle.testing.simulation.plans import Plan

_END = datetime.max.replace(tzinfo=UTC)
_ALL = 100_000


def _kinds(entries: Iterable[Entry]) -> str:
    return ", ".join(f"{each.version} {each.kind}" for each in entries) or "nothing"


@define(eq=False)
class Checker:
    """Holds what hosts, readers and journal do against the laws.

    Attributes:
        plan: What is simulated.

        journal: The journal itself, which never fails.

        ledger: What was committed.

        broken: The laws that were found broken.

        stages: Each complaint after each of its entries.
    """

    plan: Plan
    journal: Journal
    ledger: Ledger
    broken: list[Broken] = field(factory=list)
    stages: dict[str, list[Complaint]] = field(factory=dict)
    _stories: dict[str, Story] = field(factory=dict)
    _acknowledged: list[tuple[Message, Complaint]] = field(factory=list)
    _answers: dict[str, tuple[str, int]] = field(factory=dict)
    _seen: dict[int, list[Positioned]] = field(factory=dict)
    _versions: dict[tuple[int, str], int] = field(factory=dict)
    _money: Money = field(init=False)
    _arrows: frozenset[Arrow] = field(init=False)
    _final: frozenset[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._money = Money(self.journal)
        self._arrows = arrows_of(self.plan.lifecycle.chart)
        self._final = final_states_of(self.plan.lifecycle.chart)

    def report(self, law: Law, found: str, complaint_id: str | None = None) -> None:
        """Note that a law is broken."""
        self.broken.append(Broken(law, found, complaint_id))

    def newest(self, complaint_id: str) -> Complaint | None:
        """Return a complaint as it was after the last step that was checked."""
        stages = self.stages.get(complaint_id)
        return stages[-1] if stages else None

    def check(self) -> None:
        """Check all that the last step has changed."""
        touched, self.ledger.touched = self.ledger.touched, {}
        for complaint_id, now in touched.items():
            for law, found in self._complaint(complaint_id, now):
                self.report(law, found, complaint_id)
        # Once all complaints are known that the step has changed.
        for law, found in self._money.check():
            self.report(law, found)
        if not self.broken:
            for message, answer in self._acknowledged:
                self._answered(message, answer)
        self._acknowledged.clear()

    def _complaint(self, name: str, now: datetime) -> Iterator[tuple[Law, str]]:
        stages = self.stages.setdefault(name, [])
        story = self._story(name)
        before = stages[-1] if stages else self.plan.lifecycle.new(name)
        first = before
        found = self.journal.entries(name, after=len(stages))
        expected = tuple(self.ledger.streams[name][len(stages) :])
        if tuple(found) != expected:
            yield Law.HISTORY, f"{_kinds(found)}, not {_kinds(expected)}"
        for entry in found:
            if entry.version != len(stages) + 1:
                yield Law.VERSIONS, f"{entry.version} came after {len(stages)}"
                return
            try:
                after = self.plan.lifecycle.replay([entry], onto=before)
            except ComplaintError as error:
                yield Law.STEPS, str(error)
                return
            yield from story.take(before, entry, after)
            stages.append(after)
            before = after
        yield from self._timers(before, story)
        yield from self._due(before, now)
        if before.offers is not first.offers:
            self._money.take(before, story)

    def _story(self, name: str) -> Story:
        if name not in self._stories:
            self._stories[name] = Story(self._arrows, self._final)
        return self._stories[name]

    def _timers(self, complaint: Complaint, story: Story) -> Iterator[tuple[Law, str]]:
        if story.missed:
            for timer in timers_of(complaint, self.plan.sla):
                met = timer.met_at is not None and timer.state(timer.met_at)
                if met is State.MET and timer.cause in story.missed:
                    yield Law.TIMERS, f"{timer.cause} was met, and its miss stands"

    def _due(self, complaint: Complaint, now: datetime) -> Iterator[tuple[Law, str]]:
        sla, rows = self.plan.sla, set(offer_rows(complaint))
        missed: set[str] = set()
        if sla is not None and self.plan.lifecycle.is_open(complaint):
            timers = timers_of(complaint, sla)
            rows |= set(due_rows(complaint, timers, now))
            missed = {t.cause for t in timers if t.state(now) is State.MISSED}
        found = self.journal.due(_END, limit=_ALL, complaint_id=complaint.id)
        # Warnings that nobody ticked in time stay, and fire late.
        late = {
            row
            for row in set(found) - rows
            if row.cause in missed and row.threshold != MISS and row.at <= now
        }
        if len(found) != len(rows | late) or set(found) != rows | late:
            yield Law.DUE, f"{_rows(found)}, not {_rows(rows)}"

    def acknowledged(self, message: Message, answer: Complaint) -> None:
        """Check what a host answered, as soon as the step is done."""
        self._acknowledged.append((message, answer))

    def _answered(self, message: Message, answer: Complaint) -> None:
        where, key = (answer.id, answer.version), message.key
        applied = self.ledger.applied.get(key, [])
        if message.wrong is not None:
            self.report(Law.REFUSALS, f"{message} was carried out: {message.wrong}")
        if len(applied) != 1:
            self.report(Law.ANSWERS, f"{message} was carried out {len(applied)} times")
        elif message.into is None and message.events != _by_host(applied[0]):
            self.report(Law.ANSWERS, f"{message} recorded {_kinds(applied[0])}")
        if self._answers.setdefault(key, where) != where:
            self.report(Law.ANSWERS, f"{message} got other answers before")
        stages = self.stages.get(answer.id, [])
        if stages[answer.version - 1 : answer.version] != [answer]:
            found = f"{message} was answered with what is not in the journal"
            self.report(Law.ANSWERS, found, answer.id)
        self._check_receipt(key)

    def _check_receipt(self, key: str) -> None:
        receipt = self.journal.receipt(key)
        kept = None if receipt is None else (receipt.complaint_id, receipt.version)
        if kept != self._answers[key]:
            found = f"the receipt of {key} says {kept}, not {self._answers[key]}"
            self.report(Law.ANSWERS, found)

    def refused(self, call: Call, error: Exception, now: datetime) -> None:
        """Check what a host refused.

        Args:
            call: The call.

            error: What it raised.

            now: What the clock of the host says.
        """
        if call.entries:
            self.report(Law.REFUSALS, f"{_kinds(call.entries)}, and then: {error}")
        message = call.message
        if message is None:
            return
        if message.wrong is None and isinstance(error, UnknownComplaintError):
            self.report(Law.REFUSALS, f"{message}: {error}", message.complaint_id)
        if message.wrong is None and self.ledger.applied.get(message.key):
            self.report(Law.ANSWERS, f"{message} was carried out, then: {error}")
        if isinstance(error, RefusedError) and not call.overtaken:
            self._check_reason(message, error, now)

    def _check_reason(
        self, message: Message, error: RefusedError, now: datetime
    ) -> None:
        """See whether a single step is refused on the newest version, too."""
        complaint = self.newest(message.complaint_id or "")
        alone = len(message.events) == 1 and message.into is None
        if complaint is None or not alone or message.at is not None:
            return
        if complaint.version != len(self.ledger.streams[complaint.id]):
            return
        (event,) = message.events
        at = max(now, complaint.updated_at or now)
        refusal = self.plan.lifecycle.refusal
        if event.trigger and refusal(complaint, event, at=at, by=message.by) is None:
            found = f"{message} was refused, and may be recorded: {error}"
            self.report(Law.REFUSALS, found, complaint.id)

    def saw(self, reader: int, positioned: Positioned) -> None:
        """Check what a reader took.

        Args:
            reader: Which.

            positioned: What it took.
        """
        entry, seen = positioned.entry, self._seen.setdefault(reader, [])
        before = self._versions.get((reader, entry.complaint_id), 0)
        self._versions[reader, entry.complaint_id] = entry.version
        last = seen[-1].position if seen else 0
        seen.append(positioned)
        if entry.version != before + 1:
            found = f"reader {reader} took version {entry.version} after {before}"
            self.report(Law.READERS, found, entry.complaint_id)
        if positioned.position <= last:
            found = f"reader {reader} took position {positioned.position} after {last}"
            self.report(Law.READERS, found)

    def check_all(self) -> None:
        """Check the whole journal, read anew from its beginning."""
        everything = list(self.journal.since(0))
        for name, entries in self.ledger.streams.items():
            if self.journal.entries(name) != tuple(entries):
                found = f"{_kinds(self.journal.entries(name))} are left"
                self.report(Law.HISTORY, found, name)
        for reader in self._seen:
            if self._seen[reader] != everything:
                found = f"took {len(self._seen[reader])} of {len(everything)} entries"
                self.report(Law.READERS, f"reader {reader} {found}, or other ones")
        for key in self._answers:
            self._check_receipt(key)


def _by_host(entries: Iterable[Entry]) -> tuple[object, ...]:
    return tuple(entry.event for entry in entries if not entry.by_desk)


def _rows(rows: Iterable[Due]) -> str:
    listed = sorted(f"{row.cause} {row.threshold} {row.at:%d %H:%M:%S}" for row in rows)
    return "; ".join(listed) or "nothing"
