"""Conditions: what a policy may ask of a situation."""

from collections.abc import Iterable
from typing import Any

from attrs import field, frozen

from complaint_lifecycle.checks import one_of, reference
from complaint_lifecycle.compensation.blocks import piece
from complaint_lifecycle.compensation.logic import Condition
from complaint_lifecycle.compensation.measures import lateness, timers_in
from complaint_lifecycle.compensation.situation import Situation
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.events import Fault, Severity

ATTRIBUTES = (
    "severity",
    "category",
    "product",
    "channel",
    "fault",
    "origin",
    "locale",
    "customer",
)
"""What a condition may ask of a complaint."""

_CHOICES = {"severity": Severity, "fault": Fault}


def _attribute(value: str) -> str:
    if value not in ATTRIBUTES:
        rule = f"is none that conditions ask for: {', '.join(ATTRIBUTES)}"
        raise InvalidEventError("attribute", repr(value)[:80], rule)
    return value


def _values(values: Iterable[Any]) -> tuple[str, ...]:
    found = tuple(word(value) for value in values)
    if not found:
        raise InvalidEventError("values", "none", "give at least one value")
    return found


def _name(value: Any) -> str:
    return reference(value, "fact")


def _timer(value: Any) -> str | None:
    return None if value is None else reference(value, "timer")


@piece("is")
@frozen
class Is(Condition):
    """An attribute of the complaint is one of some values.

    Attributes:
        attribute: Such as ``"severity"``.

        values: What it may be.
    """

    attribute: str = field(converter=_attribute)
    values: tuple[str, ...] = field(converter=_values)

    def __attrs_post_init__(self) -> None:
        for value in self.values:
            check_choice(self.attribute, value)

    def __call__(self, situation: Situation) -> bool:
        """Tell whether it holds."""
        return getattr(situation.complaint, self.attribute) in self.values

    def __str__(self) -> str:
        return f"{self.attribute} is {' or '.join(self.values)}"


def check_choice(attribute: str, value: str) -> None:
    """Refuse what an attribute can never be.

    Raises:
        InvalidEventError: If it is none of its values.
    """
    if attribute in _CHOICES:
        one_of(_CHOICES[attribute], value, attribute)
    else:
        reference(value, attribute)


@piece("fact is")
@frozen
class FactIs(Condition):
    """A fact of the complaint is one of some words.

    Attributes:
        name: Name of the fact.

        values: What it may be; a truth value is ``"true"`` or ``"false"``.
    """

    name: str = field(converter=_name)
    values: tuple[str, ...] = field(converter=_values)

    def __call__(self, situation: Situation) -> bool:
        """Tell whether it holds."""
        return word_of(situation, self.name) in self.values

    def __str__(self) -> str:
        return f"{self.name} is {' or '.join(self.values)}"


def word_of(situation: Situation, name: str) -> str | None:
    """Return a fact of the complaint as a word; ``None`` if it is not known."""
    found = situation.complaint.facts.get(name)
    return None if found is None else word(found)


def word(value: object) -> str:
    """Write a value as a word: truth values as true and false."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@piece("missed")
@frozen
class Missed(Condition):
    """A timer has run out, whether the thing was done later or not.

    Attributes:
        timer: Name of the target; any of them, if ``None``.
    """

    timer: str | None = field(default=None, converter=_timer)

    def __call__(self, situation: Situation) -> bool:
        """Tell whether it holds."""
        timers = timers_in(situation, self.timer)
        return any(lateness(timer, situation.now) for timer in timers)

    def __str__(self) -> str:
        return f"{self.timer or 'something'} was missed"


@piece("known")
@frozen
class Known(Condition):
    """A fact of the complaint is known, or the amount at stake.

    Attributes:
        name: Name of the fact, or ``"amount"``.
    """

    name: str = field(converter=_name)

    def __call__(self, situation: Situation) -> bool:
        """Tell whether it holds."""
        complaint = situation.complaint
        return complaint.facts.get(self.name) is not None or (
            self.name == "amount" and complaint.amount is not None
        )

    def __str__(self) -> str:
        return f"{self.name} is known"


@piece("public")
@frozen
class Public(Condition):
    """Others can read the complaint."""

    def __call__(self, situation: Situation) -> bool:
        """Tell whether it holds."""
        return situation.complaint.public

    def __str__(self) -> str:
        return "others can read it"


def severity(*values: str) -> Is:
    """The severity is one of these."""
    return Is("severity", values)


def category(*values: str) -> Is:
    """The category is one of these."""
    return Is("category", values)


def product(*values: str) -> Is:
    """The product is one of these."""
    return Is("product", values)


def channel(*values: str) -> Is:
    """It came in through one of these channels."""
    return Is("channel", values)


def fault(*values: str) -> Is:
    """The verdict on fault is one of these."""
    return Is("fault", values)


def fact_is(name: str, *values: str) -> FactIs:
    """A fact is one of these words."""
    return FactIs(name, values)


def missed(timer: str | None = None) -> Missed:
    """A timer has run out; by default any."""
    return Missed(timer)


def known(name: str) -> Known:
    """A fact is known, or the ``"amount"`` at stake."""
    return Known(name)


def public() -> Public:
    """Others can read the complaint."""
    return Public()
