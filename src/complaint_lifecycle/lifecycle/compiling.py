"""Reads a chart into rows once, and refuses a chart that cannot work."""

from collections.abc import Callable, Collection, Iterable, Iterator
from inspect import iscoroutinefunction, signature
from typing import Any

from attrs import frozen
from statemachine.callbacks import CallbackGroup

from complaint_lifecycle.errors import ChartError
from complaint_lifecycle.lifecycle.chart import Chart
from complaint_lifecycle.lifecycle.rows import Condition, Row


@frozen
class Table:
    """A chart as data.

    Attributes:
        start: Where a complaint begins, before it is received.

        states: Every state, in the order of the chart.

        final: States that nothing leaves.

        rows: Every transition, in the order in which they are tried.
    """

    start: str
    states: tuple[str, ...]
    final: frozenset[str]
    rows: tuple[Row, ...]


def compile_chart(chart: Chart, *, carried: Collection[str]) -> Table:
    """Compile a chart into a table.

    Args:
        chart: The chart class.

        carried: The triggers that events carry.

    Raises:
        ChartError: If a state is unreachable or a trap, if no event carries a trigger,
            or if a condition cannot be read.
    """
    instance = chart()
    states: list[Any] = list(chart.states)
    _refuse_what_no_table_holds(states)
    rows = [row for state in states for row in _rows_of(state, instance)]
    table = Table(
        start=next(str(s.id) for s in states if s.initial),
        states=tuple(str(s.id) for s in states),
        final=frozenset(str(s.id) for s in states if s.final),
        rows=tuple(sorted(rows, key=_order_of_triggers(chart))),
    )
    refuse_what_cannot_work(table, carried)
    return table


def _refuse_what_no_table_holds(states: Iterable[Any]) -> None:
    for state in states:
        if state.states or state.parallel:
            problem = f"state {state.id!r} holds states: draw a flat chart"
            raise ChartError(problem)
        for transition in state.transitions:
            if transition.is_eventless:
                problem = f"a transition from {state.id!r} has no trigger: name one"
                raise ChartError(problem)


def _order_of_triggers(chart: Chart) -> Callable[[Row], int]:
    events: Any = chart.events
    order = {str(event.id): place for place, event in enumerate(events)}
    return lambda row: order[row.trigger]


def _rows_of(state: Any, instance: Any) -> Iterator[Row]:
    for transition in state.transitions:
        for event in transition.events:
            yield Row(
                source=str(state.id),
                trigger=str(event.id),
                target=str(transition.target.id),
                conditions=tuple(_conditions_of(transition, instance)),
            )


def _conditions_of(transition: Any, instance: Any) -> Iterator[Condition]:
    for spec in transition._specs:
        if spec.group is CallbackGroup.VALIDATOR:
            problem = (
                f"validator {spec.attr_name!r} of {transition.event!r} would not run: "
                "write it as a condition"
            )
            raise ChartError(problem)
        if spec.group is CallbackGroup.COND and not spec.is_convention:
            expected = spec.expected_value is not False
            yield _condition(str(spec.attr_name), expected, instance)


def _condition(name: str, expected: bool, instance: Any) -> Condition:
    check: Any = getattr(instance, name, None)
    if not callable(check) or iscoroutinefunction(check) or not _takes_two(check):
        problem = (
            f"condition {name!r} is no plain method of the chart: "
            "write it as a method of (self, complaint, entry)"
        )
        raise ChartError(problem)
    told = getattr(check, "__doc__", None) or ""
    meaning = next(iter(told.strip().splitlines()), name.replace("_", " "))
    return Condition(
        name, expected, _meaning(meaning, expected), getattr(instance, name)
    )


def _takes_two(check: Any) -> bool:
    try:
        signature(check).bind(None, None)
    except TypeError:
        return False
    return True


def _meaning(sentence: str, expected: bool) -> str:
    plain = sentence.rstrip(".")
    plain = plain[:1].lower() + plain[1:]
    return plain if expected else f"not when {plain}"


def refuse_what_cannot_work(table: Table, carried: Collection[str]) -> None:
    """Refuse a table with an unreachable state, a trap, or a trigger without a fact.

    Args:
        table: The table.

        carried: The triggers that events carry.

    Raises:
        ChartError: If it cannot work; the message names the states or triggers.
    """
    uncarried = sorted({row.trigger for row in table.rows} - set(carried))
    if uncarried:
        problem = (
            f"no event carries the trigger {', '.join(uncarried)}: give Lifecycle the "
            "event classes that do with events=..."
        )
        raise ChartError(problem)
    unreachable = set(table.states) - _reached_from({table.start}, table.rows)
    if unreachable:
        problem = f"no way leads to {', '.join(sorted(unreachable))}: connect a state"
        raise ChartError(problem)
    back = [Row(row.target, row.trigger, row.source) for row in table.rows]
    trapped = set(table.states) - _reached_from(set(table.final), back)
    if trapped:
        problem = (
            f"no way leads from {', '.join(sorted(trapped))} to a final state: "
            "connect it, or a complaint stays there for ever"
        )
        raise ChartError(problem)


def _reached_from(known: set[str], rows: Iterable[Row]) -> set[str]:
    ways = [(row.source, row.target) for row in rows]
    reached: set[str] = set()
    while known - reached:
        reached |= known
        known = {target for source, target in ways if source in reached}
    return reached
