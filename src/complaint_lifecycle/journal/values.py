"""What goes into a journal, and what comes out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from attrs import evolve, field, frozen
from moneyed import Money

from complaint_lifecycle.amounts import amount_or_none, amount_text, currency_of
from complaint_lifecycle.errors import InvalidEventError
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

        digest: SHA-256 of the request: what the host passed, nothing that was stamped;
            and once more without what is personal. Only that is left of it when the
            complaint is forgotten, since short texts could be guessed from the first.

        complaint_id: The complaint that the request was answered with.

        version: Its version then.
    """

    key: str
    digest: str
    complaint_id: str
    version: int

    def forgotten(self) -> "Receipt":
        """Return it without the digest that covers what is personal."""
        if self.digest.startswith(FORGOTTEN_DIGEST):
            return self
        return evolve(self, digest=FORGOTTEN_DIGEST + self.digest[SHA256_DIGITS:])


FORGOTTEN_DIGEST = "forgotten:"
"""What the digest of a receipt begins with, once its complaint was forgotten."""

SHA256_DIGITS = 64


@frozen
class Forgetting:
    """That personal text of a complaint was forgotten.

    A host keeps these elsewhere, too, so that it can forget again what a restored
    backup brings back.

    Attributes:
        complaint_id: The complaint.

        version: The last of its entries that was forgotten then.

        entries: How many of its entries were.

        at: When.

        by: Who did it.
    """

    complaint_id: str
    version: int
    entries: int
    at: datetime
    by: str


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


@frozen
class Aside:
    """A complaint whose timers failed, and wait for another attempt.

    Attributes:
        complaint_id: The complaint.

        attempts: How often they failed in a row.

        until: When they are tried again.

        error: What went wrong last.
    """

    complaint_id: str
    attempts: int
    until: datetime
    error: str


@frozen
class Snapshot:
    """A complaint as it was folded from its first entries.

    Attributes:
        complaint_id: The complaint.

        version: How many entries that are.

        fingerprint: What it was folded by; by anything else it has to be folded anew.

        body: The complaint as text.
    """

    complaint_id: str
    version: int
    fingerprint: str
    body: str


class Positioned(NamedTuple):
    """An entry and its position in the journal, over all complaints."""

    position: int
    entry: Entry


DueRows = Mapping[str, Sequence[Due]]
"""For each complaint, its rows of the due index."""


def customer_of(entry: Entry) -> str | None:
    """Return whose complaint an entry starts, or ``None`` if it starts none."""
    return entry.event.customer if isinstance(entry.event, Received) else None
