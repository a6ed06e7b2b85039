"""Measuring: what was exercised, of how much."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from attrs import define, field, frozen

from complaint_lifecycle.compensation.blocks import Block
from complaint_lifecycle.compensation.choosing import By
from complaint_lifecycle.compensation.tables import Table as DecisionTable
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.desk import Desk
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.lifecycle import Condition as Guard
from complaint_lifecycle.lifecycle import Lifecycle, Row, Table
from complaint_lifecycle.sla.targets import Sla
from complaint_lifecycle.sla.timers import State, Timer
from complaint_lifecycle.testing.coverage.elements import (
    LIMITING,
    MET,
    MISSED,
    Element,
    Section,
    case,
    elements_of_policy,
    elements_of_sla,
    elements_of_table,
    holds,
    offered,
    outcome_of,
    outcome_of_target,
    table_row,
    transition,
    warned,
)
from complaint_lifecycle.testing.coverage.elements import limits as limiting
from complaint_lifecycle.testing.coverage.painting import painted
from complaint_lifecycle.testing.coverage.reporting import (
    Measured,
    Subject,
    percent_of,
    report_of,
)
from complaint_lifecycle.testing.coverage.watching import watching

Measurable = Lifecycle | Sla | Block | Desk
"""What :class:`WorkflowCoverage` is given."""

_REMEMBERED = 256


@define(eq=False, init=False)
class WorkflowCoverage:
    """What of a workflow was exercised while somebody watched.

    States, transitions, both outcomes of each condition of the chart; each target of an
    SLA as warned, met and missed; each block, case and row of a policy, and both
    outcomes of its conditions. Things that are equal count as one.

    Args:
        *subjects: What to measure: a ``Lifecycle``, an ``Sla``, a policy made of our
            blocks, or a ``Desk`` with all of these. By default whatever is used.

        without: Names of what no test can reach, as the report writes them.

    Raises:
        InvalidEventError: If a subject is nothing that can be measured.

    >>> from complaint_lifecycle import Desk, Received, Thanked
    >>> desk = Desk()
    >>> coverage = WorkflowCoverage(desk)
    >>> with coverage.watching():
    ...     received = Received(customer="C-1", channel="email")
    ...     complaint = desk.receive(received, Thanked(), by="ana")
    >>> print(coverage.report().splitlines()[0])
    5 of 99 exercised (5.0 %)
    """

    without: frozenset[str]
    _fixed: bool = field(repr=False)
    _found: list[Measured] = field(repr=False)
    _by_identity: dict[int, tuple[Subject, Measured | None]] = field(repr=False)

    def __init__(self, *subjects: Measurable, without: Iterable[str] = ()) -> None:
        self.without = frozenset(without)
        self._fixed = False
        self._found = []
        self._by_identity = {}
        for subject in _flat(subjects):
            self.counted(subject)
        self._fixed = bool(subjects)

    @contextmanager
    def watching(self) -> Iterator["WorkflowCoverage"]:
        """Measure what happens in every thread, until the block ends."""
        with watching(_Recording(self)):
            yield self

    @property
    def measured(self) -> tuple[Measured, ...]:
        """What was measured, each chart, SLA and policy by itself."""
        return tuple(self._found)

    @property
    def missing(self) -> tuple[Element, ...]:
        """What was never exercised."""
        return tuple(e for measured in self._found for e in measured.missing)

    @property
    def percent(self) -> float:
        """How much was exercised, from 0 to 100; 0 if there is nothing to."""
        return percent_of(self._found)

    def report(self) -> str:
        """Write what was exercised, and name all that was not."""
        return report_of(self._found)

    def svg(self) -> str:
        """Draw the first chart that was measured, coloured by what was exercised.

        Raises:
            InvalidEventError: If no chart was.
        """
        pictures = self.pictures()
        if not pictures:
            raise InvalidEventError("chart", "none", "no lifecycle was measured")
        return pictures[0]

    def pictures(self) -> tuple[str, ...]:
        """Draw every chart that was measured."""
        return tuple(
            painted(measured.subject, measured.hits)
            for measured in self._found
            if isinstance(measured.subject, Table)
        )

    def counted(self, subject: Subject) -> Measured | None:
        """Return where a subject is counted; equal ones are counted together.

        Args:
            subject: A table, an SLA or a policy.

        Returns:
            Where; ``None`` if it is none of those that were asked for.
        """
        known = self._by_identity.get(id(subject))
        if known is None:
            if len(self._by_identity) >= _REMEMBERED:
                self._by_identity.clear()
            # The subject is kept, so that no other one takes its identity.
            known = self._by_identity[id(subject)] = (subject, self._equal(subject))
        return known[1]

    def _equal(self, subject: Subject) -> Measured | None:
        for measured in self._found:
            if measured.subject == subject:
                return measured
        if self._fixed:
            return None
        hits = {e: 0 for e in _elements(subject) if e.name not in self.without}
        kind = _kind(subject)
        number = 1 + sum(_kind(m.subject) == kind for m in self._found)
        made = Measured(f"{kind} {number}", subject, hits)
        self._found.append(made)
        return made


@frozen(eq=False)
class _Recording:
    """Counts what it is told of."""

    coverage: WorkflowCoverage

    def judged(self, table: Table, row: Row, broken: Guard | None) -> None:
        for guard in row.conditions:
            outcome = guard.expected if guard is not broken else not guard.expected
            self._hit(table, outcome_of(row, guard, outcome))
            if guard is broken:
                return
        self._hit(table, transition(row))

    def reached(self, table: Table, state: str) -> None:
        self._hit(table, Element(Section.STATES, state))

    def timed(self, sla: Sla, complaint: Complaint, timers: tuple[Timer, ...]) -> None:
        # It is measured from when it is used, whatever comes of it.
        self.coverage.counted(sla)
        for timer in timers:
            if timer.target in sla.targets:
                for outcome in _outcomes(timer, complaint):
                    self._hit(sla, outcome_of_target(timer.target, outcome))

    def asked(self, root: Block, policy: object, *, offers: bool, limits: bool) -> None:
        if not isinstance(policy, LIMITING):
            if offers:
                self._hit(root, offered(policy))
        elif limits:
            self._hit(root, limiting(policy))

    def tested(self, root: Block, condition: object, outcome: bool) -> None:
        self._hit(root, holds(condition, outcome))

    def chose(self, root: Block, policy: By | DecisionTable, place: str) -> None:
        if isinstance(policy, By):
            self._hit(root, case(policy, place))
        else:
            self._hit(root, table_row(policy, place))

    def _hit(self, subject: Subject, element: Element) -> None:
        measured = self.coverage.counted(subject)
        if measured is not None:
            measured.hit(element)


def _outcomes(timer: Timer, complaint: Complaint) -> Iterator[str]:
    """Tell what became of a timer, as far as it is known."""
    marks = complaint.marks
    fired = {mark.detail for mark in marks if mark.kind == "TimerMissed"}
    met_at = timer.met_at
    late = met_at is not None and timer.state(met_at) is State.MISSED
    if late or timer.cause in fired:
        yield MISSED
    elif met_at is not None:
        yield MET
    for mark in marks:
        if mark.kind == "TimerWarned":
            detail: Any = mark.detail
            cause, threshold = detail
            if cause == timer.cause:
                yield warned(threshold)


def _flat(subjects: Iterable[object]) -> Iterator[Subject]:
    """Give what is to be measured; a desk is taken apart."""
    for subject in subjects:
        if isinstance(subject, Desk):
            parts = (subject.lifecycle, subject.sla, subject.compensation)
            yield from _flat(part for part in parts if _is_measurable(part))
        elif isinstance(subject, Lifecycle):
            yield subject.table
        elif isinstance(subject, Sla | Block):
            yield subject
        else:
            rule = (
                "cannot be measured: give a Lifecycle, an Sla, a policy made of our "
                "blocks, or a Desk"
            )
            raise InvalidEventError("WorkflowCoverage", repr(subject)[:80], rule)


def _is_measurable(subject: object) -> bool:
    return isinstance(subject, Lifecycle | Sla | Block)


def _elements(subject: Subject) -> Iterator[Element]:
    if isinstance(subject, Table):
        return elements_of_table(subject)
    if isinstance(subject, Sla):
        return elements_of_sla(subject)
    return elements_of_policy(subject)


def _kind(subject: Subject) -> str:
    if isinstance(subject, Table):
        return "lifecycle"
    return "sla" if isinstance(subject, Sla) else "policy"
