"""A journal in memory."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby
from operator import attrgetter, itemgetter
from threading import RLock

from attrs import Factory, define, evolve, field

from complaint_lifecycle.clock import in_utc
from complaint_lifecycle.errors import (
    BudgetConflictError,
    ConflictError,
    KeyReusedError,
    UnknownComplaintError,
)
from complaint_lifecycle.events import FORGOTTEN, Due, Entry
from complaint_lifecycle.events.base import as_forgotten
from complaint_lifecycle.journal.readers import MemoryReaders, Readers
from complaint_lifecycle.journal.values import (
    Aside,
    Batch,
    BudgetChange,
    BudgetRow,
    DueRows,
    Forgetting,
    Positioned,
    Receipt,
    Snapshot,
    customer_of,
)


@define(eq=False)
class MemoryJournal:
    """A journal in memory: whole, for tests, notebooks and simulation.

    Attributes:
        readers: Those who read on, and how far each has come.

    >>> MemoryJournal().complaints()
    ()
    """

    _streams: dict[str, list[Entry]] = field(factory=dict, init=False, repr=False)
    _order: list[Entry] = field(factory=list, init=False, repr=False)
    _receipts: dict[str, Receipt] = field(factory=dict, init=False, repr=False)
    _due: dict[str, Sequence[Due]] = field(factory=dict, init=False, repr=False)
    _budgets: dict[str, BudgetRow] = field(factory=dict, init=False, repr=False)
    _aside: dict[str, Aside] = field(factory=dict, init=False, repr=False)
    _forgotten: list[Forgetting] = field(factory=list, init=False, repr=False)
    _ticked: datetime | None = field(default=None, init=False, repr=False)
    _snapshots: dict[str, Snapshot] = field(factory=dict, init=False, repr=False)
    _lock: RLock = field(factory=RLock, init=False, repr=False)
    readers: Readers = field(
        init=False,
        repr=False,
        default=Factory(lambda made: MemoryReaders(made._order), takes_self=True),
    )

    def append(
        self,
        batches: Iterable[Batch],
        *,
        receipt: Receipt | None = None,
        due: DueRows | None = None,
        budgets: Iterable[BudgetChange] = (),
    ) -> None:
        """Append entries, receipt, due index and budgets, all or nothing.

        Raises:
            ConflictError: If a complaint is not at the expected version.
            BudgetConflictError: If a budget is not.
            KeyReusedError: If the key of the receipt is taken.
        """
        with self._lock:
            if receipt is not None and receipt.key in self._receipts:
                raise KeyReusedError(receipt.key)
            # Drained first: what a generator does meanwhile is seen by the checks.
            new = self._checked(tuple(batches))
            drawn = self._drawn(budgets)
            for entry in new:
                self._streams.setdefault(entry.complaint_id, []).append(entry)
            self._order += new
            if receipt is not None:
                self._receipts[receipt.key] = receipt
            self._due.update(due or {})
            for name in due or ():
                self._aside.pop(name, None)
            self._budgets.update(drawn)

    def budget(self, name: str) -> BudgetRow:
        """Return what is drawn on a budget; version 0 if nothing ever was."""
        return self._budgets.get(name, BudgetRow(name))

    def budgets(self) -> tuple[BudgetRow, ...]:
        """Return every budget that was ever drawn on, by name."""
        with self._lock:
            return tuple(self._budgets[name] for name in sorted(self._budgets))

    def due(
        self, until: datetime, *, limit: int, complaint_id: str | None = None
    ) -> tuple[Due, ...]:
        """Return the rows of the due index up to an instant, the earliest first."""
        with self._lock:
            found = self._due if complaint_id is None else (complaint_id,)
            return tuple(self._due_until(until, found)[:limit])

    @contextmanager
    def claim(self, now: datetime, *, limit: int) -> Iterator[tuple[Due, ...]]:
        """Hold some complaints whose timers are ready, so that nobody else fires them.

        What is appended meanwhile stays, whatever becomes of the rest: there is nothing
        but memory to roll back.
        """
        with self._lock:
            waiting = {a.complaint_id for a in self._aside.values() if a.until > now}
            rows = self._due_until(now, self._due)
            ready = [row for row in rows if row.complaint_id not in waiting][:limit]
            names = {row.complaint_id for row in ready}
            yield tuple(row for row in rows if row.complaint_id in names)

    def set_aside(self, complaint_id: str, *, until: datetime, error: str) -> None:
        """Let what is due on a complaint not be ready before an instant."""
        with self._lock:
            before = self._aside.get(complaint_id)
            attempts = 1 if before is None else before.attempts + 1
            self._aside[complaint_id] = Aside(complaint_id, attempts, until, error)

    def aside(self, complaint_id: str | None = None) -> tuple[Aside, ...]:
        """Return the complaints that were set aside, or that one if it is."""
        with self._lock:
            names = sorted(self._aside) if complaint_id is None else [complaint_id]
            return tuple(self._aside[name] for name in names if name in self._aside)

    def ticked(self, at: datetime | None = None) -> datetime | None:
        """Return when somebody last looked for what is due, after noting it if given."""
        self._ticked = at or self._ticked
        return self._ticked

    def histories(self, known: Mapping[str, int]) -> dict[str, tuple[Entry, ...]]:
        """Return the entries of several complaints after the version known of each."""
        with self._lock:
            found = {n: self._streams.get(n, [])[v:] for n, v in known.items()}
            return {name: tuple(newer) for name, newer in found.items() if newer}

    def entries(
        self, complaint_id: str, *, after: int = 0, up_to: int | None = None
    ) -> tuple[Entry, ...]:
        """Return the entries of a complaint, in order; none if there is no such."""
        with self._lock:
            return tuple(self._streams.get(complaint_id, ())[after:up_to])

    def receipt(self, key: str) -> Receipt | None:
        """Return what an idempotency key stands for, if it was used."""
        return self._receipts.get(key)

    def snapshot(self, complaint_id: str) -> Snapshot | None:
        """Return the snapshot of a complaint, if there is one."""
        return self._snapshots.get(complaint_id)

    def keep_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot instead of the one before it, unless that is newer."""
        with self._lock:
            old = self._snapshots.get(snapshot.complaint_id)
            stale = old is None or old.fingerprint != snapshot.fingerprint
            if old is None or stale or old.version < snapshot.version:
                self._snapshots[snapshot.complaint_id] = snapshot

    def since(self, position: int) -> Iterator[Positioned]:
        """Read the entries of all complaints after a position, in order."""
        while position < len(self._order):
            entry = self._order[position]
            position += 1
            yield Positioned(position, entry)

    def tail_lag(self) -> int:
        """Return 0: nothing is held back."""
        return 0

    def complaints(self, *, customer: str | None = None) -> tuple[str, ...]:
        """Return the ids of all complaints, or of one customer's, oldest first."""
        with self._lock:
            return tuple(
                name
                for name, stream in self._streams.items()
                if customer is None or customer_of(stream[0]) == customer
            )

    def forget(
        self,
        complaints: Collection[str] = (),
        *,
        customer: str | None = None,
        at: datetime,
        by: str,
    ) -> int:
        """Forget what is personal in some complaints, or in all of a customer's.

        Raises:
            UnknownComplaintError: If there is no such complaint.
        """
        with self._lock:
            for name in complaints:
                if name not in self._streams:
                    raise UnknownComplaintError(name)
            names = set(complaints)
            if customer is not None:
                names.update(self.complaints(customer=customer))
            changed = {
                (name, entry.version): forgotten
                for name in sorted(names)
                for entry in self._streams[name]
                if (forgotten := _forgotten_entry(entry)) is not entry
            }
            self._replace(changed)
            self._note_forgotten(changed, in_utc(at, "at"), by)
            self._forget_beside(names)
        return len(changed)

    def forgotten(self) -> tuple[Forgetting, ...]:
        """Return what was forgotten, the oldest first."""
        with self._lock:
            key = attrgetter("at", "complaint_id", "version")
            return tuple(sorted(self._forgotten, key=key))

    def _replace(self, changed: Mapping[tuple[str, int], Entry]) -> None:
        for (name, version), entry in changed.items():
            self._streams[name][version - 1] = entry
        for place, entry in enumerate(self._order):
            other = changed.get((entry.complaint_id, entry.version))
            if other is not None:
                self._order[place] = other

    def _note_forgotten(
        self, changed: Iterable[tuple[str, int]], at: datetime, by: str
    ) -> None:
        for name, places in groupby(changed, key=itemgetter(0)):
            versions = [version for _, version in places]
            note = Forgetting(name, versions[-1], len(versions), at, by)
            self._forgotten.append(note)

    def _forget_beside(self, names: Collection[str]) -> None:
        """Forget what receipts and errors of these complaints could tell."""
        for key, receipt in self._receipts.items():
            if receipt.complaint_id in names:
                self._receipts[key] = receipt.forgotten()
        for name, aside in self._aside.items():
            if name in names:
                self._aside[name] = evolve(aside, error=FORGOTTEN)

    def _due_until(self, until: datetime, names: Iterable[str]) -> list[Due]:
        rows = [row for name in names for row in self._due.get(name, ())]
        rows.sort(key=lambda row: (row.at, row.complaint_id, row.cause, row.threshold))
        return [row for row in rows if row.at <= until]

    def _checked(self, batches: Iterable[Batch]) -> list[Entry]:
        versions: dict[str, int] = {}
        new: list[Entry] = []
        for batch in batches:
            name = batch.complaint_id
            actual = versions.get(name, len(self._streams.get(name, ())))
            if actual != batch.expected:
                raise ConflictError(name, batch.expected, actual)
            new += batch.entries
            versions[name] = actual + len(batch.entries)
        return new

    def _drawn(self, changes: Iterable[BudgetChange]) -> dict[str, BudgetRow]:
        drawn: dict[str, BudgetRow] = {}
        for change in changes:
            actual = self.budget(change.name).version
            if actual != change.expected:
                raise BudgetConflictError(change.name, change.expected, actual)
            drawn[change.name] = BudgetRow(change.name, actual + 1, change.spent)
        return drawn


def _forgotten_entry(entry: Entry) -> Entry:
    """Return an entry without what is personal; itself, if that says nothing."""
    event = entry.event
    said = (getattr(event, name) for name in event.personal)
    if list(said) == list(event.personal.values()):
        return entry
    forgotten = as_forgotten(event)
    return entry if forgotten == event else evolve(entry, event=forgotten)
