"""Errors that say why something may not be recorded, or cannot be."""

from attrs import define, frozen

from complaint_lifecycle.errors.base import ComplaintError


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
class AccessDeniedError(ComplaintError):
    """Somebody may not see or record this; nothing was shown or recorded.

    To whoever may not see a complaint it reads the same as if there were none.

    Attributes:
        by: Who wanted it; empty if nobody said so.

        action: What they wanted: the kind of a fact, or ``"read"``.

        complaint_id: The complaint that they named, whether there is one or not;
            ``None`` if none in particular was meant.

        reason: Why not, as far as they may know.
    """

    by: str
    action: str
    complaint_id: str | None
    reason: str

    def __str__(self) -> str:
        verb = "" if self.action[:1].islower() else "record "
        where = "" if self.complaint_id is None else f" complaint {self.complaint_id!r}"
        on = " on" if verb and where else ""
        who = repr(self.by) if self.by else "nobody"
        return f"{who} may not {verb}{self.action}{on}{where}: {self.reason}"
