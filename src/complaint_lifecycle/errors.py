"""Every error of the library: one base, and each child carries its data.

::

    ComplaintError
    ├── RefusedError            the chart says that this may not follow
    ├── InvalidEventError       a value breaks the rule of its field
    │   ├── CurrencyError       an unknown currency, or two mixed
    │   └── MissingFactError    a scheme needs a fact that was not given
    ├── ChartError              a chart that cannot work
    ├── UnknownComplaintError   no such complaint in this journal
    ├── ConflictError           somebody else appended first
    │   ├── BudgetConflictError     somebody else drew on the budget first
    │   └── ContentionError         the database broke a transaction off for another
    ├── KeyReusedError          the same idempotency key with another body
    ├── UnreadableError         stored text that this version cannot read
    ├── JournalError            the store failed: disk, lock, schema
    │   └── OutcomeUnknownError     the connection broke during the commit
    ├── ListenerError           recorded, but a listener failed afterwards
    ├── NoOpenTimeError         a calendar that does not open again
    ├── NotVectorisableError    a policy that has no answer over columns
    └── MissingExtraError       an optional dependency is not installed
"""

from typing import TYPE_CHECKING

from attrs import define, frozen

if TYPE_CHECKING:
    from complaint_lifecycle.complaint import Complaint


class ComplaintError(Exception):
    """Base of every error that this library raises on purpose."""


@frozen
class Refusal:
    """Why a fact may not be recorded now, as a value.

    Attributes:
        complaint_id: The complaint it was meant for.

        state: Where that complaint stands.

        event: Kind of the refused fact, such as ``"Fixed"``.

        reason: The rule that stands against it, in words.

        allowed: Triggers that the chart accepts in this state.
    """

    complaint_id: str
    state: str
    event: str
    reason: str
    allowed: tuple[str, ...]

    def __str__(self) -> str:
        allowed = ", ".join(self.allowed) or "nothing"
        return (
            f"cannot record {self.event} while {self.state!r}: "
            f"{self.reason} (allowed: {allowed})"
        )


@define(slots=False)
class RefusedError(ComplaintError):
    """The chart refuses a fact; nothing was recorded.

    Attributes:
        refusal: What was refused, why, and what is allowed instead.
    """

    refusal: Refusal

    @property
    def complaint_id(self) -> str:
        """The complaint that the fact was meant for."""
        return self.refusal.complaint_id

    @property
    def state(self) -> str:
        """Where that complaint stands."""
        return self.refusal.state

    @property
    def event(self) -> str:
        """Kind of the refused fact."""
        return self.refusal.event

    @property
    def allowed(self) -> tuple[str, ...]:
        """Triggers that the chart accepts in this state."""
        return self.refusal.allowed

    def __str__(self) -> str:
        return str(self.refusal)


@define(slots=False)
class InvalidEventError(ComplaintError, ValueError):
    """A value breaks the rule of its field.

    Attributes:
        field: Where, such as ``"Promised.due"``.

        value: What was given, as text; withheld when the field is personal.

        rule: What is expected instead, and the way out.
    """

    field: str
    value: str
    rule: str

    def __str__(self) -> str:
        return f"{self.field} = {self.value}: {self.rule}"


@define(slots=False)
class CurrencyError(InvalidEventError):
    """A currency that does not exist, or two that would be mixed."""


@define(slots=False)
class MissingFactError(InvalidEventError):
    """A fact is absent that matters for what a compensation scheme answers.

    Attributes:
        scheme: Id of the scheme.
    """

    scheme: str

    @property
    def fact(self) -> str:
        """Name of the fact."""
        return self.field

    def __str__(self) -> str:
        return f"{self.scheme} needs the fact {self.fact!r}: {self.rule}"


@define(slots=False)
class ChartError(ComplaintError):
    """A chart that cannot work, refused when it is compiled.

    Attributes:
        problem: What is wrong, naming states and triggers.
    """

    problem: str

    def __str__(self) -> str:
        return self.problem


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


@define(slots=False)
class NoOpenTimeError(ComplaintError):
    """A calendar that does not open, or close, within the horizon.

    Attributes:
        start: The instant from which it was searched.

        years: How many years were searched.
    """

    start: str
    years: int

    def __str__(self) -> str:
        return (
            f"the calendar has no further opening or closing within {self.years} years "
            f"of {self.start}: check its hours and holidays"
        )


@define(slots=False)
class NotVectorisableError(ComplaintError):
    """A policy, or a part of one, that has no answer over columns.

    Attributes:
        what: What cannot be vectorised, by its name.

        why: What stands against it.
    """

    what: str
    why: str

    def __str__(self) -> str:
        return (
            f"{self.what} has no answer over columns: {self.why}; "
            "call the policy row by row, or take that part out"
        )


@define(slots=False)
class MissingExtraError(ComplaintError, ImportError):
    """An optional dependency is not installed.

    Attributes:
        extra: The extra to install.
    """

    extra: str

    def __str__(self) -> str:
        return (
            f"this needs the extra {self.extra!r}: "
            f"pip install 'complaint-lifecycle[{self.extra}]'"
        )
