"""Logic: conditions compose with ``&``, ``|`` and ``~``."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any

from attrs import field, frozen

from complaint_lifecycle.compensation.blocks import (
    Piece,
    callable_of_host_or_ours,
    name_of,
    piece,
)
from complaint_lifecycle.compensation.situation import Situation


class Condition(Piece, ABC):
    """Something that holds in a situation or does not.

    >>> from complaint_lifecycle.compensation import channel, severity
    >>> print(severity("critical") & ~channel("phone"))
    severity is critical and not channel is phone
    """

    @abstractmethod
    def __call__(self, situation: Situation) -> bool:
        """Tell whether it holds."""

    def __and__(self, other: "Test") -> "Condition":
        """Both hold."""
        return AllOf((self, other))

    def __or__(self, other: "Test") -> "Condition":
        """Either holds."""
        return AnyOf((self, other))

    def __bool__(self) -> bool:
        """Refuse ``and``, ``or``, ``not`` and chains, which would drop a condition.

        Raises:
            TypeError: Always.
        """
        problem = f"({self}) holds in a situation only: compose with &, | and ~"
        raise TypeError(problem)

    def __invert__(self) -> "Condition":
        """It does not hold."""
        return Not(self)


Test = Callable[[Situation], bool]
"""A condition of ours, or any function of the host."""


def a_condition(value: Any) -> Any:
    """Let a condition through.

    Raises:
        InvalidEventError: If it cannot be called.
    """
    return callable_of_host_or_ours(value, "condition", "such as severity('critical')")


def _conditions(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(map(a_condition, values))


def said(condition: Any) -> str:
    """Write a condition; a function of the host by its name."""
    return str(condition) if isinstance(condition, Condition) else name_of(condition)


def _said(condition: Any, inside: type) -> str:
    """Write a condition, in brackets where another operator stands around it."""
    text = said(condition)
    composed = isinstance(condition, AllOf | AnyOf) and not isinstance(
        condition, inside
    )
    return f"({text})" if composed else text


@piece("all of")
@frozen
class AllOf(Condition):
    """Every one of several conditions."""

    conditions: tuple[Test, ...] = field(converter=_conditions)

    def __call__(self, situation: Situation) -> bool:
        """Tell whether it holds."""
        return all(condition(situation) for condition in self.conditions)

    def __str__(self) -> str:
        return " and ".join(_said(each, AllOf) for each in self.conditions)


@piece("any of")
@frozen
class AnyOf(Condition):
    """At least one of several conditions."""

    conditions: tuple[Test, ...] = field(converter=_conditions)

    def __call__(self, situation: Situation) -> bool:
        """Tell whether it holds."""
        return any(condition(situation) for condition in self.conditions)

    def __str__(self) -> str:
        return " or ".join(_said(each, AnyOf) for each in self.conditions)


@piece("not")
@frozen
class Not(Condition):
    """The contrary of a condition."""

    condition: Test = field(converter=a_condition)

    def __call__(self, situation: Situation) -> bool:
        """Tell whether it holds."""
        return not self.condition(situation)

    def __str__(self) -> str:
        return f"not {_said(self.condition, Not)}"
