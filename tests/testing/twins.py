"""Broken journals, desks and readers, each of which a simulation has to catch."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from attrs import evolve

from complaint_lifecycle import (
    Complaint,
    Desk,
    JumpClock,
    MemoryJournal,
    Received,
    RefusedError,
)
from complaint_lifecycle.errors import JournalError
from complaint_lifecycle.events import CustomerWrote, Entry, TimerMissed, TimerWarned
from complaint_lifecycle.journal import Batch, Journal, Positioned
from complaint_lifecycle.testing import Reader


class LosesTheSecond(MemoryJournal):
    """Loses the second entry of a batch, and all that follow it."""

    def append(self, batches: Iterable[Batch], **beside: Any) -> None:
        """Append the first entry of each batch."""
        firsts = [evolve(batch, entries=batch.entries[:1]) for batch in batches]
        super().append(firsts, **beside)


class Unversioned(MemoryJournal):
    """Appends to whatever version there is, without a look at the one expected."""

    def _checked(self, batches: Iterable[Batch]) -> list[Entry]:
        return [entry for batch in batches for entry in batch.entries]


class TakesKeysTwice(MemoryJournal):
    """Keeps receipts, but does not see to it that a key is used once."""

    def append(self, batches: Iterable[Batch], **beside: Any) -> None:
        """Forget what the key stood for, and append."""
        if beside.get("receipt") is not None:
            self._receipts.pop(beside["receipt"].key, None)
        super().append(batches, **beside)


class LosesReceipts(MemoryJournal):
    """Never knows a key again."""

    def receipt(self, key: str) -> None:
        """Forget it."""


class ShowsLate(MemoryJournal):
    """Takes positions before the commit: one may appear before those that were read."""

    def append(self, batches: Iterable[Batch], **beside: Any) -> None:
        """Append, and put the new entries before the last one of others."""
        before = self._order[-1:]
        super().append(batches, **beside)
        new = self._order[-1:]
        if before and new and before[0].complaint_id != new[0].complaint_id:
            self._order.remove(before[0])
            self._order.append(before[0])


class KeepsOldDue(MemoryJournal):
    """Forgets to change the due index."""

    def append(self, batches: Iterable[Batch], **beside: Any) -> None:
        """Append, and leave the index as it is, once there is one."""
        due = beside.get("due") or {}
        beside["due"] = {name: due[name] for name in due if name not in self._due}
        super().append(batches, **beside)


class FiresTwice(Desk):
    """Records what fired once more, as if nobody had."""

    def tick(self, *, limit: int = 1000) -> int:
        """Tick, and repeat."""
        count = super().tick(limit=limit)
        for name in self.journal.complaints():
            fired = self.journal.entries(name)[-1]
            if isinstance(fired.event, TimerWarned | TimerMissed):
                again = evolve(fired, version=fired.version + 1)
                self.journal.append([Batch(name, fired.version, (again,))])
                count += 1
        return count


class NeverTicks(Desk):
    """Fires nothing."""

    def tick(self, *, limit: int = 1000) -> int:
        """Say that nothing was due."""
        return 0


class MiscountsTicks(Desk):
    """Says of every tick that it recorded one fact more."""

    def tick(self, *, limit: int = 1000) -> int:
        """Tick, and boast."""
        return super().tick(limit=limit) + 1


class Miscounts(Desk):
    """Finds budgets wrong that are right."""

    def recount(self) -> int:
        """Say that one had to be changed."""
        return super().recount() + 1


class NotesRefusals(Desk):
    """Leaves a fact behind though it refuses another one."""

    def record(self, complaint_id: str, *events: Any, **how: Any) -> Complaint:
        """Record; if that is refused, say that the customer wrote."""
        try:
            return super().record(complaint_id, *events, **how)
        except RefusedError:
            super().record(complaint_id, CustomerWrote(), by="ana")
            raise


class RefusesUpdates(Desk):
    """Refuses what it may record, since it does not look at the newest version."""

    def record(self, complaint_id: str, *events: Any, **how: Any) -> Complaint:
        """Refuse thanks, whatever the chart says."""
        if [event.kind for event in events] == ["Thanked"]:
            refusal = self.lifecycle.refusal(self.complaint(complaint_id), events[0])
            blank = self.lifecycle.refusal(self.lifecycle.new("c"), events[0])
            raise RefusedError(refusal or blank)
        return super().record(complaint_id, *events, **how)


class AnswersOld(Desk):
    """Answers with the complaint as it was before."""

    def record(self, complaint_id: str, *events: Any, **how: Any) -> Complaint:
        """Record, and answer with the version before."""
        answer = super().record(complaint_id, *events, **how)
        history = self.journal.entries(complaint_id, up_to=answer.version - 1)
        return self.lifecycle.replay(history)


class Stumbles(Desk):
    """Raises what is no error of the library."""

    def tick(self, *, limit: int = 1000) -> int:
        """Stumble."""
        raise ZeroDivisionError


class NeverArchives(Desk):
    """Its store fails whenever something is archived."""

    def record(self, complaint_id: str, *events: Any, **how: Any) -> Complaint:
        """Record, unless something ends."""
        if "Archived" in {event.kind for event in events}:
            raise JournalError("no room in the archive")
        return super().record(complaint_id, *events, **how)


class TellsBefore(Desk):
    """Tells listeners of what is never recorded."""

    def tick(self, *, limit: int = 1000) -> int:
        """Tick on a journal of its own, and tell."""
        alone = Desk(
            clock=JumpClock(self.clock()),
            lifecycle=self.lifecycle,
            listeners=self.listeners,
        )
        first = Received(customer="C-1", channel="email")
        alone.receive(first, by="form", id="c-nowhere")
        return super().tick(limit=limit)


class CursorFirst(Reader):
    """Stores how far it has come before it has handled anything."""

    def read(
        self, journal: Journal, limit: int, handle: Callable[[Positioned], object]
    ) -> None:
        """Move on, and then read."""
        page = list(islice(journal.since(self.position), limit))
        self.position += len(page)
        for each in page:
            handle(each)


class ReadsTwice(Reader):
    """Stores how far it has come only now and then."""

    def read(
        self, journal: Journal, limit: int, handle: Callable[[Positioned], object]
    ) -> None:
        """Read a page, and forget that its last entry was read."""
        before = self.position
        super().read(journal, limit, handle)
        self.position = max(before, self.position - 1)
