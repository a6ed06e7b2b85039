"""Where entries live: the protocol of a journal, and one in memory."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from threading import RLock
from typing import NamedTuple, Protocol

from attrs import define, field, frozen
from moneyed import Money

from complaint_lifecycle.amounts import amount_or_none, amount_text, currency_of
from complaint_lifecycle.errors import (
    BudgetConflictError,
    ConflictError,
    InvalidEventError,
    KeyReusedError,
)
from complaint_lifecycle.events import Due, Entry, Received
from complaint_lifecycle.events.fields import INTEGER_LIMIT


@frozen
class Batch:
    """Entries of one complaint that are appended together.

    Attributes:
        complaint_id: The complaint.

        expected: The version that the decision was computed from; 0 for a new one.

        entries: The entries, with the versions that follow.

    Raises:
        InvalidEventError: If an entry is of another complaint or version.
    """

    complaint_id: str
    expected: int
    entries: tuple[Entry, ...]

    def __attrs_post_init__(self) -> None:
        for version, entry in enumerate(self.entries, start=self.expected + 1):
            if (entry.complaint_id, entry.version) != (self.complaint_id, version):
                found = f"{entry.complaint_id} version {entry.version}"
                rule = f"expected {self.complaint_id} version {version}"
                raise InvalidEventError("Batch.entries", found, rule)


@frozen
class Receipt:
    """What an idempotency key stands for.

    Attributes:
        key: The key that the host gave.

        digest: SHA-256 of the request: what the host passed, nothing that was stamped.

        complaint_id: The complaint that the request was answered with.

        version: Its version then.
    """

    key: str
    digest: str
    complaint_id: str
    version: int


@frozen
class BudgetRow:
    """What offers draw on a budget, all complaints together.

    Attributes:
        name: The budget.

        version: How often it changed; 0 if nothing was ever drawn on it.

        spent: What is drawn on it; ``None`` at version 0.
    """

    name: str
    version: int = 0
    spent: Money | None = None


def _spent(value: Money) -> Money:
    amount = amount_or_none(value, "BudgetChange.spent")
    if amount is None or amount.amount < 0:
        rule = "must be Money, and not negative"
        raise InvalidEventError("BudgetChange.spent", str(value), rule)
    if amount.amount / currency_of(amount.currency.code)[1] >= INTEGER_LIMIT:
        rule = "must be below 2^63 in the smallest unit, to fit in a database"
        raise InvalidEventError("BudgetChange.spent", amount_text(amount), rule)
    return amount


@frozen
class BudgetChange:
    """What is drawn on a budget from now on.

    Attributes:
        name: The budget.

        expected: The version of the row that this was computed from; 0 for a new one.

        spent: What is drawn on it afterwards.

    Raises:
        InvalidEventError: If that is negative, or too much to be stored.
    """

    name: str
    expected: int
    spent: Money = field(converter=_spent)


class Positioned(NamedTuple):
    """An entry and its position in the journal, over all complaints."""

    position: int
    entry: Entry


DueRows = Mapping[str, Sequence[Due]]
"""For each complaint, its rows of the due index."""


class Journal(Protocol):
    """Where entries live, append-only.

    Whoever writes one keeps to this: an append is all or nothing, the versions of a
    complaint have no gap and positions in their order, and nothing ever appears before
    a position that was read.
    """

    def append(
        self,
        batches: Iterable[Batch],
        *,
        receipt: Receipt | None = None,
        due: DueRows | None = None,
        budgets: Iterable[BudgetChange] = (),
    ) -> None:
        """Append entries, receipt, due index and budgets in one transaction.

        Args:
            batches: The entries.

            receipt: What the idempotency key of the call stands for.

            due: For each complaint named, the rows that replace its rows so far.

            budgets: What is drawn on budgets afterwards.

        Raises:
            ConflictError: If a complaint is not at the expected version.
            BudgetConflictError: If a budget is not.
            KeyReusedError: If the key of the receipt is taken.
        """
        ...

    def budget(self, name: str) -> BudgetRow:
        """Return what is drawn on a budget; version 0 if nothing ever was."""
        ...

    def budgets(self) -> tuple[BudgetRow, ...]:
        """Return every budget that was ever drawn on, by name."""
        ...

    def due(
        self, until: datetime, *, limit: int, complaint_id: str | None = None
    ) -> tuple[Due, ...]:
        """Return the rows of the due index up to an instant, the earliest first.

        Args:
            until: The instant.

            limit: At most so many.

            complaint_id: Of this complaint only; by default of all.
        """
        ...

    def entries(
        self, complaint_id: str, *, after: int = 0, up_to: int | None = None
    ) -> tuple[Entry, ...]:
        """Return the entries of a complaint, in order; none if there is no such.

        Args:
            complaint_id: The complaint.

            after: Leave out versions up to this one.

            up_to: Leave out versions after this one.
        """
        ...

    def receipt(self, key: str) -> Receipt | None:
        """Return what an idempotency key stands for, if it was used."""
        ...

    def since(self, position: int) -> Iterator[Positioned]:
        """Read the entries of all complaints after a position, in order.

        Whoever goes on from the last position read skips nothing and repeats nothing,
        also while others append.
        """
        ...

    def tail_lag(self) -> int:
        """Count the entries that are committed and that ``since`` holds back yet."""
        ...

    def complaints(self, *, customer: str | None = None) -> tuple[str, ...]:
        """Return the ids of all complaints, or of one customer's, oldest first."""
        ...


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
            found = self._due if complaint_id is None else {complaint_id}
            rows = [row for name in found for row in self._due.get(name, ())]
        rows.sort(key=lambda row: (row.at, row.complaint_id, row.cause, row.threshold))
        return tuple(row for row in rows if row.at <= until)[:limit]

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


def customer_of(entry: Entry) -> str | None:
    """Return whose complaint an entry starts, or ``None`` if it starts none."""
    return entry.event.customer if isinstance(entry.event, Received) else None
