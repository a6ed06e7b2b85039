"""What there is to exercise in a chart, an SLA and a policy."""

from collections.abc import Iterator
from enum import StrEnum

from attrs import frozen

from complaint_lifecycle.compensation.blocks import Block, Piece, name_of
from complaint_lifecycle.compensation.bounds import AtLeast, Capped
from complaint_lifecycle.compensation.choosing import By, When
from complaint_lifecycle.compensation.limits import Limited, WithinBudget
from complaint_lifecycle.compensation.logic import AllOf, AnyOf, Condition, Not, said
from complaint_lifecycle.compensation.schemes import Scheme
from complaint_lifecycle.compensation.tables import Table as DecisionTable
from complaint_lifecycle.lifecycle import Condition as Guard
from complaint_lifecycle.lifecycle import Row, Table
from complaint_lifecycle.sla.targets import Sla, Target


class Section(StrEnum):
    """What kind of thing is exercised."""

    STATES = "states"
    TRANSITIONS = "transitions"
    CONDITIONS = "conditions"
    TARGETS = "targets"
    POLICY = "policy"


@frozen(order=True)
class Element:
    """One thing that a test can exercise.

    Attributes:
        section: What kind of thing it is.

        name: What it is called in reports.

    >>> print(Element(Section.TRANSITIONS, "received --thank--> thanked"))
    received --thank--> thanked
    """

    section: Section
    name: str

    def __str__(self) -> str:
        return self.name


MET, MISSED = "met", "missed"
LIMITING = (AtLeast, Capped, Limited, WithinBudget)
"""The blocks that may change what another one offers."""


def elements_of_table(table: Table) -> Iterator[Element]:
    """Give the states, the transitions, and both outcomes of each condition."""
    for state in table.states:
        yield Element(Section.STATES, state)
    for row in table.rows:
        yield transition(row)
    for row in table.rows:
        for guard in row.conditions:
            for outcome in (True, False):
                yield outcome_of(row, guard, outcome)


def transition(row: Row) -> Element:
    """Return a transition as an element."""
    return Element(Section.TRANSITIONS, f"{row.source} --{row.trigger}--> {row.target}")


def outcome_of(row: Row, guard: Guard, outcome: bool) -> Element:
    """Return one outcome of a condition; the same trigger asks it in many states."""
    told = f"{row.trigger}: {guard.name} is {str(outcome).lower()}"
    return Element(Section.CONDITIONS, told)


def elements_of_sla(sla: Sla) -> Iterator[Element]:
    """Give each target as warned, met and missed."""
    for target in sla.targets:
        for share in target.warn:
            yield outcome_of_target(target, warned(str(share)))
        yield outcome_of_target(target, MET)
        yield outcome_of_target(target, MISSED)


def outcome_of_target(target: Target, outcome: str) -> Element:
    """Return what became of a timer of a target."""
    told = f"{target.name} ({target.kind.value}): {outcome}"
    return Element(Section.TARGETS, told)


def warned(threshold: str) -> str:
    """Say that a warning was given."""
    return f"warned at {threshold}"


def elements_of_policy(policy: Piece) -> Iterator[Element]:
    """Give what each block may do, and both outcomes of each condition.

    A function of the host is one block, whatever it does inside.
    """
    if isinstance(policy, By):
        yield from (case(policy, value) for value in cases(policy))
    elif isinstance(policy, DecisionTable):
        yield from (table_row(policy, place) for place in places(policy))
    elif isinstance(policy, LIMITING):
        yield limits(policy)
    elif isinstance(policy, Block) and is_leaf(policy):
        yield offered(policy)
    yield from _elements_of_parts(policy)


def _elements_of_parts(policy: Piece) -> Iterator[Element]:
    tests = set(map(id, tests_of(policy)))
    for part in policy.parts():
        if id(part) in tests:
            yield from (holds(part, outcome) for outcome in (True, False))
        if isinstance(part, Block | Condition):
            yield from elements_of_policy(part)
        elif callable(part) and id(part) not in tests:
            yield offered(part)


def is_leaf(policy: object) -> bool:
    """Tell whether a policy asks no other one."""
    return not isinstance(policy, Block) or not any(map(callable, policy.parts()))


def tests_of(piece: object) -> tuple[object, ...]:
    """Return the conditions that a piece asks."""
    if isinstance(piece, AllOf | AnyOf):
        return piece.conditions
    return (piece.condition,) if isinstance(piece, When | Not) else ()


def offered(policy: object) -> Element:
    """Return that a policy offered something."""
    return Element(Section.POLICY, f"{policy_name(policy)} offers")


def limits(policy: Block) -> Element:
    """Return that a limit changed what would have been offered."""
    return Element(Section.POLICY, f"{policy_name(policy)} limits")


def holds(condition: object, outcome: bool) -> Element:
    """Return one outcome of a condition."""
    return Element(Section.POLICY, f"{said(condition)} is {str(outcome).lower()}")


def cases(policy: By) -> tuple[str, ...]:
    """Return the values that a policy tells apart, and the rest of them."""
    return (*(value for value, _ in policy.cases), "otherwise")


def case(policy: By, value: str) -> Element:
    """Return one case of a policy."""
    return Element(Section.POLICY, f"by {policy.what}: {value}")


def places(table: DecisionTable) -> tuple[str, ...]:
    """Return the rows of a decision table, and what holds where none does."""
    rows = tuple(f"row {number}" for number in range(1, len(table.rows) + 1))
    return rows if table.otherwise is None else (*rows, "otherwise")


def table_row(table: DecisionTable, place: str) -> Element:
    """Return one row of a decision table."""
    return Element(Section.POLICY, f"{table.name or table.rule}: {place}")


def policy_name(policy: object) -> str:
    """Write a policy shortly: its own values, without the policies inside it."""
    if not isinstance(policy, Block):
        return name_of(policy)
    if isinstance(policy, Scheme):
        return f"scheme {policy.id}"
    own = [str(part) for part in policy.parts() if _is_plain(part)]
    return f"{policy.rule} {' '.join(own)}".strip()


def _is_plain(part: object) -> bool:
    return part is not None and not callable(part) and part != ""
