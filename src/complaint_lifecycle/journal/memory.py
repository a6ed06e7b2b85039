"""A journal in memory."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import RLock

from attrs import define, field

from complaint_lifecycle.errors import (
    BudgetConflictError,
    ConflictError,
    KeyReusedError,
)
from complaint_lifecycle.events import Due, Entry
from complaint_lifecycle.journal.values import (
    Aside,
    Batch,
    BudgetChange,
    BudgetRow,
    DueRows,
    Positioned,
    Receipt,
    customer_of,
)


@define(eq=False)
class MemoryJournal:
    """A journal in memory: whole, for tests, notebooks and simulation.

    >>> MemoryJournal().complaints()
    ()
    """

    _streams: dict[str, list[Entry]] = field(factory=dict, init=False, repr=False)
    _order: list[Entry] = field(factory=list, init=False, repr=False)
    _receipts: dict[str, Receipt] = field(factory=dict, init=False, repr=False)
    _due: dict[str, Sequence[Due]] = field(factory=dict, init=False, repr=False)
    _budgets: dict[str, BudgetRow] = field(factory=dict, init=False, repr=False)
    _aside: dict[str, Aside] = field(factory=dict, init=False, repr=False)
    _ticked: datetime | None = field(default=None, init=False, repr=False)
    _lock: RLock = field(factory=RLock, init=False, repr=False)

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

    def histories(self, complaint_ids: Collection[str]) -> dict[str, tuple[Entry, ...]]:
        """Return all entries of several complaints; unknown ones are left out."""
        with self._lock:
            return {
                n: tuple(self._streams[n]) for n in complaint_ids if n in self._streams
            }

    def entries(
        self, complaint_id: str, *, after: int = 0, up_to: int | None = None
    ) -> tuple[Entry, ...]:
        """Return the entries of a complaint, in order; none if there is no such."""
        with self._lock:
            return tuple(self._streams.get(complaint_id, ())[after:up_to])

    def receipt(self, key: str) -> Receipt | None:
        """Return what an idempotency key stands for, if it was used."""
        return self._receipts.get(key)

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
