"""What every journal does."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from complaint_lifecycle.events import Due, Entry
from complaint_lifecycle.journal.readers import Readers
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
)


class Journal(Protocol):
    """Where entries live, append-only.

    Whoever writes one keeps to this: an append is all or nothing, the versions of a
    complaint have no gap and positions in their order, and nothing ever appears before
    a position that was read.
    """

    @property
    def readers(self) -> Readers:
        """Those who read on, and how far each has come."""
        ...

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

    def claim(
        self, now: datetime, *, limit: int
    ) -> AbstractContextManager[tuple[Due, ...]]:
        """Hold some complaints whose timers are ready, so that nobody else fires them.

        What is appended meanwhile is committed together at the end, or not at all; an
        append that fails undoes itself alone.

        Args:
            now: Until when what is due is ready.

            limit: At most so many rows, those that have been ready longest.

        Returns:
            A context manager that gives every row of these complaints that is due.
        """
        ...

    def set_aside(self, complaint_id: str, *, until: datetime, error: str) -> None:
        """Let what is due on a complaint not be ready before an instant.

        Args:
            complaint_id: The complaint.

            until: That instant.

            error: Why.
        """
        ...

    def aside(self, complaint_id: str | None = None) -> tuple[Aside, ...]:
        """Return the complaints that were set aside, or that one if it is."""
        ...

    def ticked(self, at: datetime | None = None) -> datetime | None:
        """Return when somebody last looked for what is due, after noting it if given.

        Args:
            at: When that was; by default nobody looks.
        """
        ...

    def histories(self, known: Mapping[str, int]) -> dict[str, tuple[Entry, ...]]:
        """Return the entries of several complaints after the version known of each.

        Args:
            known: For each complaint that version, 0 for all of them. Those without
                newer entries are left out.
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

    def snapshot(self, complaint_id: str) -> Snapshot | None:
        """Return the snapshot of a complaint, if there is one."""
        ...

    def keep_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot instead of the one before it, unless that is newer."""
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

    def forget(
        self,
        complaints: Collection[str] = (),
        *,
        customer: str | None = None,
        at: datetime,
        by: str,
    ) -> int:
        """Forget what is personal in some complaints, or in all of a customer's.

        It reads :data:`~complaint_lifecycle.events.FORGOTTEN` from then on. Facts and
        times stay. What was forgotten already is passed over.

        Args:
            complaints: Ids of complaints.

            customer: Forgotten in all complaints of this customer.

            at: When.

            by: Who does it.

        Returns:
            How many entries had something personal.

        Raises:
            UnknownComplaintError: If there is no such complaint; then nothing is
                forgotten.
        """
        ...

    def forgotten(self) -> tuple[Forgetting, ...]:
        """Return what was forgotten, the oldest first."""
        ...
