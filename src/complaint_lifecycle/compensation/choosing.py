"""Choosing: the blocks that ask other policies, and put their answers together."""

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from complaint_lifecycle.checks import reference
from complaint_lifecycle.compensation.blocks import (
    Block,
    Policy,
    a_policy,
    drafted,
    piece,
    policies,
)
from complaint_lifecycle.compensation.conditions import (
    ATTRIBUTES,
    check_choice,
    word,
    word_of,
)
from complaint_lifecycle.compensation.drafts import Draft, mixed
from complaint_lifecycle.compensation.logic import Not, Test, a_condition, said
from complaint_lifecycle.compensation.situation import Situation
from complaint_lifecycle.errors import InvalidEventError


@piece("first of")
@frozen
class FirstOf(Block):
    """The answer of the first policy that has one."""

    policies: tuple[Policy, ...] = field(converter=policies)

    def draft(self, situation: Situation) -> Draft | None:
        """Ask one after the other."""
        for policy in self.policies:
            draft = drafted(policy, situation)
            if draft is not None:
                return draft
        return None


@piece("best of")
@frozen
class BestOf(Block):
    """The answer that is worth most; of equal ones the first."""

    policies: tuple[Policy, ...] = field(converter=policies)

    def draft(self, situation: Situation) -> Draft | None:
        """Ask all of them.

        Raises:
            CurrencyError: If their answers are in several currencies.
        """
        answers = (drafted(policy, situation) for policy in self.policies)
        found = [draft for draft in answers if draft is not None]
        codes = {draft.currency for draft in found if draft.currency is not None}
        if len(codes) > 1:
            raise mixed(self.rule, *codes)
        best = max(found, key=lambda draft: draft.total, default=None)
        if best is not None and len(found) > 1:
            others = ", ".join(str(draft.total) for draft in found)
            best.lines.append((self.rule, f"the most of {others}", None))
        return best


@piece("when")
@frozen
class When(Block):
    """A policy that applies on a condition only."""

    condition: Test = field(converter=a_condition)
    policy: Policy = field(converter=a_policy)

    def draft(self, situation: Situation) -> Draft | None:
        """Ask the policy, if the condition holds."""
        if not self.condition(situation):
            return None
        draft = drafted(self.policy, situation)
        if draft is not None:
            draft.lines.append((self.rule, said(self.condition), None))
        return draft


def _cases(value: Any) -> tuple[tuple[str, Policy], ...]:
    pairs = value.items() if isinstance(value, Mapping) else value
    found = tuple((word(name), a_policy(policy)) for name, policy in pairs)
    if not found or len({name for name, _ in found}) < len(found):
        rule = "give at least one case, and each of them once"
        raise InvalidEventError("cases", repr([name for name, _ in found]), rule)
    return found


def _otherwise(value: Any) -> Any:
    return None if value is None else a_policy(value)


def _what(value: Any) -> str:
    return reference(value, "what")


@piece("by")
@frozen
class By(Block):
    """One policy for each value of an attribute or a fact of the complaint.

    Attributes:
        what: An attribute such as ``"severity"``, or the name of a fact.

        cases: A policy for each value.

        otherwise: The policy for every other value; nothing, if ``None``.
    """

    what: str = field(converter=_what)
    cases: tuple[tuple[str, Policy], ...] = field(converter=_cases)
    otherwise: Policy | None = field(default=None, converter=_otherwise)

    def __attrs_post_init__(self) -> None:
        for name, _ in self.cases:
            if self.what in ATTRIBUTES:
                check_choice(self.what, name)

    def draft(self, situation: Situation) -> Draft | None:
        """Ask the policy of the value."""
        value = self.value(situation)
        policy = next((p for name, p in self.cases if name == value), self.otherwise)
        draft = None if policy is None else drafted(policy, situation)
        if draft is not None:
            draft.lines.append((f"by {self.what}", value or "unknown", None))
        return draft

    def value(self, situation: Situation) -> str | None:
        """Return the value that decides."""
        if self.what not in ATTRIBUTES:
            return word_of(situation, self.what)
        found = getattr(situation.complaint, self.what)
        return None if found is None else str(found)


def first_of(*given: Policy) -> FirstOf:
    """Offer what the first policy offers that offers anything.

    >>> from complaint_lifecycle import money
    >>> from complaint_lifecycle.compensation import apology, refund, severity, when
    >>> first_of(when(severity("critical"), refund("100%")), apology()).policies[1].rule
    'gesture'
    """
    return FirstOf(given)


def best_of(*given: Policy) -> BestOf:
    """Offer what is worth most; of equal ones the first."""
    return BestOf(given)


def when(condition: Test, policy: Policy) -> When:
    """Offer it on a condition only."""
    return When(condition, policy)


def unless(condition: Test, policy: Policy) -> When:
    """Offer it unless a condition holds."""
    return When(Not(condition), policy)


def by_severity(*, otherwise: Policy | None = None, **cases: Policy) -> By:
    """Offer by the severity: ``by_severity(minor=..., serious=..., critical=...)``."""
    return By("severity", cases, otherwise)


def by_category(
    cases: Mapping[str, Policy] | Iterable[tuple[str, Policy]],
    *,
    otherwise: Policy | None = None,
) -> By:
    """Offer by the category: ``by_category({"billing": ..., "delivery": ...})``."""
    return By("category", cases, otherwise)


def matched_to_loss(*, otherwise: Policy | None = None, **cases: Policy) -> By:
    """Let the kind of remedy follow the kind of loss, which is the fact ``loss``.

    Money lost is paid back, time lost is saved, esteem lost is restored by an apology:
    a remedy in the kind of the loss is felt as fairer than another of the same worth
    (Roschk and Gelbrich 2014, on matching recovery to failure).

    Args:
        otherwise: For every other loss.

        **cases: A policy for each kind of loss, such as ``money=refund("100%")``.
    """
    return By("loss", cases, otherwise)
