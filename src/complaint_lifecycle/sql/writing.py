"""Writing to the tables of a journal: one append, all or nothing."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count, repeat

from attrs import frozen

from complaint_lifecycle.codec import Codec, canonical_list
from complaint_lifecycle.errors import (
    BudgetConflictError,
    ConflictError,
    ContentionError,
    JournalError,
    KeyReusedError,
)
from complaint_lifecycle.journal import Batch, BudgetChange, BudgetRow, DueRows, Receipt
from complaint_lifecycle.sql import budgets as stored
from complaint_lifecycle.sql import dialects
from complaint_lifecycle.sql.connections import (
    Connection,
    OvertakenError,
    TakenError,
)
from complaint_lifecycle.sql.rows import Row, due_row, entry_row, pages
from complaint_lifecycle.sql.sealing import Seal
from complaint_lifecycle.sql.statements import Statements
from complaint_lifecycle.sql.vaults import Vault

Head = tuple[int, str]
"""The version of the last entry of a complaint, and its digest."""

_NONE: Head = (0, "")


@frozen(eq=False)
class Writer:
    """Writes entries with their digests, and all that goes with them.

    Attributes:
        connection: The database.

        codec: Writes the events.

        tenant: Whose complaints they are.

        sql: The statements.

        seal: Makes digests.

        vault: Keeps personal parts.
    """

    connection: Connection
    codec: Codec
    tenant: str
    sql: Statements
    seal: Seal
    vault: Vault

    def append(
        self,
        batches: Iterable[Batch],
        *,
        receipt: Receipt | None,
        due: DueRows | None,
        budgets: Iterable[BudgetChange],
    ) -> None:
        """Append entries, receipt, due index and budgets in one transaction."""
        locks = map(self.lock, due) if due else ()
        try:
            with self.connection.transaction(locks):
                if receipt is not None:
                    self._write_receipt(receipt)
                self._write_entries(batches)
                if due:
                    self._write_due(due)
                for change in budgets:
                    self._write_budget(change)
        except OvertakenError as lost:
            raise self._conflict(lost) from lost.taken

    def lock(self, complaint_id: str) -> str:
        """Return the name of what whoever writes the due index of a complaint holds."""
        return f"{self.tenant}\n{complaint_id}"

    def _write_receipt(self, receipt: Receipt) -> None:
        row = (receipt.key, receipt.digest, receipt.complaint_id, receipt.version)
        written = (self.tenant, *row)
        if not self.connection.execute(self.sql.write_receipt, written):
            raise KeyReusedError(receipt.key)

    def _write_entries(self, batches: Iterable[Batch]) -> None:
        for page in pages(self._rows(batches)):
            place = page[-1][0]
            if place is not None and place >= dialects.ORDINALS:
                problem = (
                    f"one transaction holds at most {dialects.ORDINALS} entries on "
                    "PostgreSQL: append in parts"
                )
                raise JournalError(problem)
            try:
                self.connection.executemany(self.sql.append, page)
            except TakenError as taken:
                raise OvertakenError(page, taken) from taken

    def _write_due(self, due: DueRows) -> None:
        asked = (self.tenant, canonical_list(due))
        new = [due_row(self.tenant, row) for rows in due.values() for row in rows]
        # Most facts leave the timers as they are, and a look is cheaper than a change.
        stored = self.connection.all(self.sql.read_due_stored, asked)
        if sorted(map(tuple, stored)) == sorted((*row[1:], 0) for row in new):
            return
        if stored:
            self.connection.execute(self.sql.clear_due, asked)
        if new:
            self.connection.executemany(self.sql.write_due, new)

    def _write_budget(self, change: BudgetChange) -> None:
        row = stored.after(change, self.budget(change.name).version)
        written = (self.tenant, *row)
        if not self.connection.execute(self.sql.write_budget, written):
            actual = self.budget(change.name).version
            raise BudgetConflictError(change.name, change.expected, actual)

    def budget(self, name: str) -> BudgetRow:
        """Return what is drawn on a budget; version 0 if nothing ever was."""
        rows = self.connection.all(self.sql.read_budget, (self.tenant, name))
        return stored.budget_row(rows[0]) if rows else BudgetRow(name)

    def _rows(self, batches: Iterable[Batch]) -> Iterator[Row]:
        heads = self._heads(batches)
        tenant, codec, vault = self.tenant, self.codec, self.vault.begun()
        seal = self.seal.of_entry
        places = self._places()
        for batch in batches:
            name = batch.complaint_id
            version, digest = heads.get(name) or self.head(name)
            if version != batch.expected:
                raise ConflictError(name, batch.expected, version)
            for entry in batch.entries:
                row = entry_row(codec, tenant, entry, vault)
                digest = seal(digest, row)
                yield (next(places), *row, digest)
            heads[name] = version + len(batch.entries), digest

    def _places(self) -> Iterator[int | None]:
        """Count the places within a transaction, where the database needs them."""
        if not self.sql.tables.dialect.numbered:
            return repeat(None)
        if not self.connection.in_unit:
            return count()
        # Places above those of this transaction are those of later ones.
        asked = (0, self.tenant, 0, dialects.ORDINALS)
        ((first,),) = self.connection.all(self.sql.next_place, asked)
        return count(first)

    def _heads(self, batches: Iterable[Batch]) -> dict[str, Head]:
        """Return the heads of the complaints of several batches, by one question."""
        if not isinstance(batches, Sequence) or len(batches) == 1:
            return {}
        names = {batch.complaint_id: None for batch in batches}
        asked = (self.tenant, canonical_list(names))
        heads = dict.fromkeys(names, _NONE)
        for name, *found in self.connection.all(self.sql.heads, asked):
            heads[name] = _head(name, *found)
        return heads

    def head(self, name: str) -> Head:
        """Return where the entries of a complaint end.

        Raises:
            ContentionError: If what is appended now would come to stand before that.
        """
        rows = self.connection.all(self.sql.head, (self.tenant, name))
        return _head(name, *rows[0]) if rows else _NONE

    def _conflict(self, lost: OvertakenError) -> Exception:
        """Find out who was first, now that nothing of ours is left."""
        expected: dict[str, int] = {}
        for row in lost.page:
            expected.setdefault(row[2], row[3] - 1)
        for name, version in expected.items():
            actual, _ = self.head(name)
            if actual > version:
                return ConflictError(name, version, actual)
        if self.connection.in_unit:
            # The transaction began before what it collided with was committed.
            problem = "its entries are newer than what this transaction can see"
            return ContentionError(problem)
        return lost.taken


def _head(name: str, version: int, digest: str | None, overtaken: bool) -> Head:
    if overtaken:
        # The entry would come to stand before those that it follows.
        problem = f"a later transaction has appended to complaint {name!r}"
        raise ContentionError(problem)
    return int(version), digest or ""
