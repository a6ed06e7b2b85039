"""What all building blocks of policies have in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import localcontext
from types import FunctionType
from typing import Any, ClassVar, TypeVar

from attrs import field, frozen

from complaint_lifecycle.amounts import EXACT
from complaint_lifecycle.compensation.drafts import Draft, draft_of_offer, joined
from complaint_lifecycle.compensation.situation import Situation
from complaint_lifecycle.compensation.written import SCHEMA, to_data
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.offers import Offer

Policy = Callable[[Situation], Offer | None]
"""Decides what a customer is offered; ``None`` is nothing."""


class Piece:
    """Anything that policies are made of: a value with a name for its kind.

    Attributes:
        rule: What it is called in reasons and in data.
    """

    rule: ClassVar[str]
    __attrs_attrs__: ClassVar[tuple[Any, ...]]

    def parts(self) -> Iterator[Any]:
        """Give the values of its fields, those inside tuples one by one."""
        named = [each.name for each in self.__attrs_attrs__]
        pending = [getattr(self, name) for name in reversed(named)]
        while pending:
            value = pending.pop()
            if isinstance(value, tuple):
                pending += reversed(value)
            else:
                yield value


class Block(Piece, ABC):
    """A policy of ours: a value that prints, compares, hashes and goes through data.

    Whoever writes one derives from it, gives it a name with ``rule`` and says in
    :meth:`draft` what it offers.
    """

    def __call__(self, situation: Situation) -> Offer | None:
        """Decide what a customer is offered.

        Args:
            situation: All that there is to know.

        Returns:
            The offer with its reasons, or ``None``.
        """
        with localcontext(EXACT):
            draft = self.draft(situation)
        return None if draft is None else draft.offer()

    @abstractmethod
    def draft(self, situation: Situation) -> Draft | None:
        """Draft what is offered; ``None`` is nothing."""

    def __add__(self, other: Policy) -> "Block":
        """Offer both."""
        mine = self.policies if isinstance(self, TotalOf) else (self,)
        return TotalOf((*mine, other))

    def budget_keys(self, now: datetime) -> tuple[str, ...]:
        """Return the names of the budgets that it draws on at an instant."""
        asked = (getattr(part, "budget_keys", None) for part in self.parts())
        found = (keys(now) for keys in asked if keys is not None)
        return tuple(dict.fromkeys(key for keys in found for key in keys))

    def to_data(self) -> dict[str, Any]:
        """Write it as plain JSON data.

        Raises:
            UnreadableError: If a part of it is a function of the host.
        """
        return {"schema": SCHEMA, "policy": to_data(self)}


def drafted(policy: Policy, situation: Situation) -> Draft | None:
    """Ask a policy, one of ours or a function of the host.

    Raises:
        InvalidEventError: If a function of the host answers with something else.
    """
    if isinstance(policy, Block):
        draft = policy.draft(situation)
        return draft if draft is not None and draft.is_something() else None
    answer = policy(situation)
    if answer is None:
        return None
    name = name_of(policy)
    if not isinstance(answer, Offer):
        rule = f"must be an Offer or None: that is what {name} has to answer"
        raise InvalidEventError("policy", repr(answer)[:80], rule)
    return draft_of_offer(answer, name)


def name_of(policy: object) -> str:
    """Return what to call a policy in reasons and errors."""
    named = getattr(policy, "rule", None) or getattr(policy, "__qualname__", None)
    return str(named or type(policy).__qualname__)


_SOME_DAY = datetime(1970, 1, 1, tzinfo=UTC)


def refuse_budget_inside(policy: object, rule: str) -> None:
    """Refuse a policy that is paid from a budget where the total would grow around it.

    Raises:
        InvalidEventError: If it is.
    """
    keys = getattr(policy, "budget_keys", None)
    if keys is not None and keys(_SOME_DAY):
        why = f"pays the whole offer: put within_budget around {rule!r}, not inside it"
        raise InvalidEventError("budget", f"inside {rule!r}", why)


PIECES: dict[str, type[Piece]] = {}
"""Every kind of piece by its name."""

P = TypeVar("P", bound=type[Piece])


def piece(rule: str) -> Callable[[P], P]:
    """Give a class of pieces the name by which reasons and data know it."""

    def named(cls: P) -> P:
        cls.rule = rule
        PIECES[rule] = cls
        return cls

    return named


def a_policy(value: Any) -> Any:
    """Let a policy through.

    Raises:
        InvalidEventError: If it cannot be called.
    """
    return callable_of_host_or_ours(
        value, "policy", "a function from a Situation to an Offer or None"
    )


def callable_of_host_or_ours(value: Any, field: str, meaning: str) -> Any:
    """Let something through that can be called, and is not what makes such things.

    Raises:
        InvalidEventError: If it is anything else.
    """
    module = str(getattr(value, "__module__", ""))
    if isinstance(value, FunctionType) and module.startswith(__package__ or "-"):
        rule = f"makes a {field}: call it first"
        raise InvalidEventError(field, value.__name__, rule)
    if not callable(value) or isinstance(value, type):
        raise InvalidEventError(
            field, repr(value)[:80], f"must be a {field}: {meaning}"
        )
    return value


def policies(values: Any) -> tuple[Any, ...]:
    """Let several policies through; at least one."""
    found = tuple(map(a_policy, values))
    if not found:
        raise InvalidEventError("policies", "none", "give at least one policy")
    return found


@piece("total of")
@frozen
class TotalOf(Block):
    """All answers together."""

    policies: tuple[Policy, ...] = field(converter=policies)

    def __attrs_post_init__(self) -> None:
        for policy in self.policies:
            refuse_budget_inside(policy, self.rule)

    def draft(self, situation: Situation) -> Draft | None:
        """Ask all of them.

        Raises:
            CurrencyError: If their answers are in several currencies.
        """
        answers = (drafted(policy, situation) for policy in self.policies)
        return joined((draft for draft in answers if draft is not None), self.rule)


def total_of(*given: Policy) -> TotalOf:
    """Offer everything together; ``a + b`` is the same."""
    return TotalOf(given)
