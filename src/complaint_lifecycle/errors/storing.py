"""Errors of journals: what is not there, who was first, and what the store said."""

from typing import TYPE_CHECKING

from attrs import define

from complaint_lifecycle.errors.base import ComplaintError

if TYPE_CHECKING:
    from complaint_lifecycle.complaint import Complaint


@define(slots=False)
class UnknownComplaintError(ComplaintError, LookupError):
    """No complaint of this id is in the journal.

    Attributes:
        complaint_id: The id that was asked for.
    """

    complaint_id: str

    def __str__(self) -> str:
        return f"no complaint {self.complaint_id!r} in this journal"


@define(slots=False)
class ConflictError(ComplaintError):
    """Somebody else appended to the complaint first; nothing was recorded.

    Attributes:
        complaint_id: The complaint that both wrote to.

        expected: The version that the decision was computed from.

        actual: The version found in the journal.
    """

    complaint_id: str
    expected: int
    actual: int

    def __str__(self) -> str:
        if self.expected == 0:
            return (
                f"there is a complaint {self.complaint_id!r} already: "
                "record on it, or choose another id"
            )
        return (
            f"complaint {self.complaint_id!r} is at version {self.actual}, "
            f"not {self.expected}: load it again and decide again"
        )


@define(slots=False, init=False)
class BudgetConflictError(ConflictError):
    """Somebody else drew on the budget first; nothing was recorded.

    Args:
        budget: The budget.

        expected: The version that the decision was computed from.

        actual: The version found in the journal.

    Attributes:
        budget: The budget that both drew on.

        complaint_id: Empty, since a budget is of no one complaint.
    """

    budget: str

    def __init__(self, budget: str, expected: int, actual: int) -> None:
        super().__init__("", expected, actual)
        self.budget = budget
        self.args = (budget, expected, actual)

    def __str__(self) -> str:
        return (
            f"budget {self.budget!r} is at version {self.actual}, "
            f"not {self.expected}: read it again and decide again"
        )


@define(slots=False, init=False)
class ContentionError(ConflictError):
    """The database broke a transaction off for another's sake; nothing was recorded.

    Args:
        problem: What the database said.

    Attributes:
        problem: What the database said.

        complaint_id: Empty, since the database does not say where they met.
    """

    problem: str

    def __init__(self, problem: str) -> None:
        super().__init__("", 0, 0)
        self.problem = problem
        self.args = (problem,)

    def __str__(self) -> str:
        return f"another transaction stood in the way, decide again: {self.problem}"


@define(slots=False, init=False)
class CursorConflictError(ConflictError):
    """Somebody else reads the journal on under the same name; nothing was written.

    Args:
        reader: The name.

        expected: Where the cursor was thought to be.

        actual: Where it is.

    Attributes:
        reader: The name under which both read.

        complaint_id: Empty, since a cursor is of no one complaint.

        expected: Where the cursor was thought to be; -1 for nowhere.

        actual: Where it is; -1 for nowhere.
    """

    reader: str

    def __init__(self, reader: str, expected: int | None, actual: int | None) -> None:
        super().__init__("", _or_nowhere(expected), _or_nowhere(actual))
        self.reader = reader
        self.args = (reader, self.expected, self.actual)

    def __str__(self) -> str:
        return (
            f"the cursor of reader {self.reader!r} is at {self.actual}, not "
            f"{self.expected}: somebody else reads under this name, so run it again"
        )


def _or_nowhere(position: int | None) -> int:
    return -1 if position is None else position


@define(slots=False)
class KeyReusedError(ComplaintError):
    """An idempotency key came back with another body; nothing was recorded.

    Attributes:
        key: The key that was used for something else before.
    """

    key: str

    def __str__(self) -> str:
        return (
            f"key {self.key!r} was used for another request: "
            "use a key once, or repeat the very same call"
        )


@define(slots=False)
class UnreadableError(ComplaintError, ValueError):
    """Stored or imported text that this version cannot read.

    Attributes:
        problem: What is wrong with it and, where there is one, the way out.
    """

    problem: str

    def __str__(self) -> str:
        return self.problem


@define(slots=False)
class JournalError(ComplaintError):
    """The store failed, and the transaction with it; nothing is half done.

    Attributes:
        problem: What the store said.
    """

    problem: str

    def __str__(self) -> str:
        return self.problem


@define(slots=False)
class OutcomeUnknownError(JournalError):
    """The connection broke during the commit: all of it is recorded, or nothing.

    To find out, make the same call again with the same key, which records it once
    whatever happened; without a key, read the complaint first.
    """

    def __str__(self) -> str:
        return (
            f"the connection broke during the commit, so the outcome is unknown: make "
            f"the same call again with its key, or read the complaint: {self.problem}"
        )


@define(slots=False)
class TamperedError(ComplaintError):
    """A journal does not hold any more what was written.

    Attributes:
        first: Where first, and what was done.

        findings: How many complaints and checkpoints are concerned.
    """

    first: str
    findings: int

    def __str__(self) -> str:
        more = f", and {self.findings - 1} more" if self.findings > 1 else ""
        return f"the journal was tampered with: {self.first}{more}"


@define(slots=False)
class ListenerError(ComplaintError):
    """Everything is recorded, but a listener raised when it was told.

    The listener's own exception is the ``__cause__``. Do not record again: the
    listener can catch up by reading the journal from a stored position.

    Attributes:
        listener: Name of the listener that failed.

        complaint: The complaint as it was recorded.
    """

    listener: str
    complaint: "Complaint"

    def __str__(self) -> str:
        return (
            f"complaint {self.complaint.id!r} is recorded up to version "
            f"{self.complaint.version}, but listener {self.listener} failed"
        )
