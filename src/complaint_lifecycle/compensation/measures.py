"""Measures: numbers that policies read from a situation."""

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from attrs import field, frozen
from moneyed import Money

from complaint_lifecycle.amounts import amount_text
from complaint_lifecycle.checks import exact_decimal, reference
from complaint_lifecycle.compensation.blocks import Piece, piece
from complaint_lifecycle.compensation.logic import Condition
from complaint_lifecycle.compensation.situation import Situation
from complaint_lifecycle.errors import InvalidEventError, MissingFactError
from complaint_lifecycle.sla.timers import Timer

_DAY = timedelta(days=1)


class Measure(Piece, ABC):
    """A number that a policy reads; compare it with another to get a condition.

    >>> fact("delay_minutes") >= 60
    Compare(measure=Fact(name='delay_minutes'), operator='>=', number=Decimal('60'))
    """

    @abstractmethod
    def of(self, situation: Situation) -> Decimal:
        """Read the number.

        Raises:
            MissingFactError: If it is not known.
            InvalidEventError: If it is no number.
        """

    @property
    @abstractmethod
    def title(self) -> str:
        """What it is called in reasons."""

    def __ge__(self, number: Any) -> "Compare":
        return _compare(self, ">=", number)

    def __gt__(self, number: Any) -> "Compare":
        return _compare(self, ">", number)

    def __le__(self, number: Any) -> "Compare":
        return _compare(self, "<=", number)

    def __lt__(self, number: Any) -> "Compare":
        return _compare(self, "<", number)


def _compare(measure: Measure, sign: str, number: Any) -> "Compare":
    return Compare(measure, sign, number)


def a_measure(value: Any) -> Measure:
    """Let a measure through, or the name of a fact.

    Raises:
        InvalidEventError: If it is neither.
    """
    if isinstance(value, str):
        return Fact(value)
    if not isinstance(value, Measure):
        rule = "must be a measure, such as fact('delay_minutes') or days_late()"
        raise InvalidEventError("measure", repr(value)[:80], rule)
    return value


_OPERATORS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}


def _operator(value: str) -> str:
    if value not in _OPERATORS:
        rule = f"must be one of {', '.join(_OPERATORS)}"
        raise InvalidEventError("operator", repr(value)[:40], rule)
    return value


def _number(value: Any) -> Decimal:
    if isinstance(value, Money):
        rule = "must be a number: it is in the currency of the complaint, whichever"
        raise InvalidEventError("number", amount_text(value), rule)
    return exact_decimal(value, "number")


@piece("compare")
@frozen
class Compare(Condition):
    """A measure compared with a number.

    Attributes:
        measure: The measure.

        operator: ``">="``, ``">"``, ``"<="`` or ``"<"``.

        number: The number.
    """

    measure: Measure = field(converter=a_measure)
    operator: str = field(converter=_operator)
    number: Decimal = field(converter=_number)

    def __call__(self, situation: Situation) -> bool:
        """Tell whether it holds."""
        return _OPERATORS[self.operator](self.measure.of(situation), self.number)

    def __str__(self) -> str:
        return f"{self.measure.title} {self.operator} {self.number}"


@piece("fact")
@frozen(order=False)
class Fact(Measure):
    """A number among the facts of the complaint.

    Attributes:
        name: Name of the fact.
    """

    name: str

    def __attrs_post_init__(self) -> None:
        reference(self.name, "fact")

    @property
    def title(self) -> str:
        """What it is called in reasons."""
        return self.name

    def of(self, situation: Situation) -> Decimal:
        """Read the number; text and truth values are none."""
        found = situation.complaint.facts.get(self.name)
        if found is None:
            raise missing(self.name, "a number among the facts of the complaint")
        if isinstance(found, bool | str):
            rule = "must be a number: a policy calculates with it"
            raise InvalidEventError(f"facts[{self.name!r}]", repr(found)[:40], rule)
        return found if isinstance(found, Decimal) else Decimal(found)


def missing(name: str, meaning: str) -> MissingFactError:
    """Say that a policy needs what is not known."""
    rule = f"is missing: {meaning}; give it, or guard the policy with when(known(...))"
    return MissingFactError(name, "nothing", rule, "the policy")


def stake_of(situation: Situation) -> Money:
    """Return the money at stake.

    Raises:
        MissingFactError: If the complaint names none.
        InvalidEventError: If it is negative.
    """
    stake = situation.complaint.amount
    if stake is None:
        raise missing("amount", "the money at stake (Received.amount)")
    if stake.amount < 0:
        rule = "must not be negative: a policy gives, and never takes"
        raise InvalidEventError("amount", amount_text(stake), rule)
    return stake


@piece("amount at stake")
@frozen(order=False)
class AtStake(Measure):
    """The money at stake, in the currency of the complaint."""

    @property
    def title(self) -> str:
        """What it is called in reasons."""
        return "amount at stake"

    def of(self, situation: Situation) -> Decimal:
        """Read the amount."""
        return stake_of(situation).amount


def _timer(value: Any) -> str | None:
    return None if value is None else reference(value, "timer")


@piece("days late")
@frozen(order=False)
class DaysLate(Measure):
    """How late the most overdue timer is, in days by the clock; a begun day counts.

    Attributes:
        timer: Name of the target; any of them, if ``None``.
    """

    timer: str | None = field(default=None, converter=_timer)

    @property
    def title(self) -> str:
        """What it is called in reasons."""
        return f"days late ({self.timer})" if self.timer else "days late"

    def of(self, situation: Situation) -> Decimal:
        """Count the days, none if nothing is overdue."""
        late = max(
            (
                lateness(each, situation.now)
                for each in timers_in(situation, self.timer)
            ),
            default=timedelta(),
        )
        return Decimal(-(-late // _DAY))


def timers_in(situation: Situation, name: str | None) -> tuple[Timer, ...]:
    """Return the timers of a target, or all of them."""
    return tuple(t for t in situation.timers if name in (None, t.target.name))


def lateness(timer: Timer, now: datetime) -> timedelta:
    """Return by how much a timer is overdue; nothing if it is in time."""
    due = timer.due
    if due is None:
        return timedelta()
    return max((timer.met_at or timer.ended_at or now) - due, timedelta())


@piece("earlier complaints")
@frozen(order=False)
class EarlierComplaints(Measure):
    """How many other complaints the same customer has made, over all channels."""

    @property
    def title(self) -> str:
        """What it is called in reasons."""
        return "earlier complaints"

    def of(self, situation: Situation) -> Decimal:
        """Count them; merged ones are counted where they went on."""
        others = (
            each
            for each in situation.customer.complaints
            if each.id != situation.complaint.id and each.merged_into is None
        )
        return Decimal(sum(1 for _ in others))


def fact(name: str) -> Fact:
    """Read a number among the facts of the complaint, such as ``"delay_minutes"``."""
    return Fact(name)


def amount_at_stake() -> AtStake:
    """Read the money at stake."""
    return AtStake()


def days_late(timer: str | None = None) -> DaysLate:
    """Read how late a timer is, in begun days; by default the most overdue one."""
    return DaysLate(timer)


def earlier_complaints() -> EarlierComplaints:
    """Read how many other complaints the customer has made."""
    return EarlierComplaints()
