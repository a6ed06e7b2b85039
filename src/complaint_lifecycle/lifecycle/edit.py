"""Derives another lifecycle from one that stays as it is."""

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from attrs import evolve, field, frozen

from complaint_lifecycle.errors import ChartError
from complaint_lifecycle.events import Event
from complaint_lifecycle.lifecycle.chart import Chart, draw_chart
from complaint_lifecycle.lifecycle.compiling import Table, refuse_what_cannot_work
from complaint_lifecycle.lifecycle.rows import Check, Condition, Row

T = TypeVar("T")


@frozen
class Edit(Generic[T]):
    """Changes to a lifecycle, gathered before it is compiled anew.

    Every method returns another edit; :meth:`compile` makes the lifecycle.

    >>> from complaint_lifecycle import Lifecycle
    >>> shorter = Lifecycle().edit().drop_step("explain").compile()
    >>> "explained" in shorter.table.states
    False
    """

    _chart: Chart = field(repr=False)
    _table: Table
    _events: tuple[type[Event], ...] = field(repr=False)
    _build: Callable[[Chart, tuple[type[Event], ...]], T] = field(repr=False)
    _added: frozenset[str] = frozenset()
    _overrides: dict[str, Any] = field(factory=dict)

    def add_state(self, name: str, *, final: bool = False) -> "Edit[T]":
        """Add a state, to be connected.

        Args:
            name: Says what has been reached, such as ``"legal_review"``.

            final: Whether nothing leaves it.

        Raises:
            ChartError: If there is such a state.
        """
        if name in self._table.states or name in self._added:
            problem = f"there is a state {name!r} already"
            raise ChartError(problem)
        self._usable_name(name)
        ends = self._table.final | {name} if final else self._table.final
        return evolve(
            self, table=evolve(self._table, final=ends), added=self._added | {name}
        )

    def connect(
        self,
        trigger: str,
        source: str,
        target: str,
        *,
        when: Iterable[str] = (),
        unless: Iterable[str] = (),
        event: type[Event] | None = None,
    ) -> "Edit[T]":
        """Add a transition; among several for one trigger the first that holds wins.

        Args:
            trigger: Its trigger.

            source: State that it leaves.

            target: State that it reaches.

            when: Names of conditions that must hold.

            unless: Names of conditions that must not hold.

            event: The kind of fact that carries the trigger, if it is new.

        Raises:
            ChartError: If a state is unknown, or the event carries another trigger.
        """
        for state in (source, target):
            self._known_state(state)
        if event is not None and event.trigger != trigger:
            problem = f"{event.kind} carries {event.trigger!r}, not {trigger!r}"
            raise ChartError(problem)
        conditions = [(name, True) for name in when] + [(n, False) for n in unless]
        row = Row(source, trigger, target, tuple(map(_named, conditions)))
        events = self._events
        if event is not None and event not in events:
            events = (*events, event)
        return evolve(self._with_rows((*self._table.rows, row)), events=events)

    def disconnect(self, trigger: str, source: str) -> "Edit[T]":
        """Remove the transitions of a trigger out of one state.

        Raises:
            ChartError: If there is none.
        """
        left = tuple(
            r for r in self._table.rows if (r.trigger, r.source) != (trigger, source)
        )
        if len(left) == len(self._table.rows):
            problem = f"{trigger!r} does not leave {source!r}"
            raise ChartError(problem)
        return self._with_rows(left)

    def drop_step(self, trigger: str) -> "Edit[T]":
        """Drop a step: what followed it now follows the state before it.

        Raises:
            ChartError: If there is no such step, or it is reached from several states.
        """
        moving = [
            r for r in self._table.rows if r.trigger == trigger and r.source != r.target
        ]
        before = {row.source for row in moving}
        if len(before) != 1:
            found = ", ".join(sorted(before)) or "no state"
            problem = f"cannot drop {trigger!r}: it leaves {found}, not one state"
            raise ChartError(problem)
        source, target = moving[0].source, moving[0].target
        if source == self._table.start:
            problem = f"cannot drop {trigger!r}: every complaint begins with it"
            raise ChartError(problem)
        rows = [
            evolve(
                row,
                source=source if row.source == target else row.source,
                target=source if row.target == target else row.target,
            )
            for row in self._table.rows
            if row.trigger != trigger
        ]
        states = tuple(name for name in self._table.states if name != target)
        edited = self._with_rows(tuple(dict.fromkeys(rows)))
        return evolve(edited, table=evolve(edited._table, states=states))

    def without_condition(self, name: str, *, trigger: str | None = None) -> "Edit[T]":
        """Remove a condition, everywhere or from one trigger only.

        Raises:
            ChartError: If no such transition has it.
        """
        rows = tuple(
            row
            if trigger not in (None, row.trigger)
            else evolve(
                row, conditions=tuple(c for c in row.conditions if c.name != name)
            )
            for row in self._table.rows
        )
        if rows == self._table.rows:
            problem = f"no transition has the condition {name!r}"
            raise ChartError(problem)
        return self._with_rows(rows)

    def with_condition(
        self, name: str, check: Check, *, trigger: str | None = None
    ) -> "Edit[T]":
        """Override a condition, or add one to a trigger.

        Args:
            name: Name of the condition.

            check: Function of ``(complaint, entry)``; the first line of its docstring
                is what a refusal tells.

            trigger: Where to add it; by default it replaces the one of this name.

        Raises:
            ChartError: If there is nothing to replace or to add it to, or the name
                stands for something else.
        """
        rows = self._table.rows
        known = any(c.name == name for row in rows for c in row.conditions)
        if trigger is not None:
            if known:
                problem = (
                    f"there is a condition {name!r}: leave trigger= out to override"
                )
                raise ChartError(problem)
            self._usable_name(name)
            new = _named((name, True))
            rows = tuple(
                evolve(row, conditions=(*row.conditions, new))
                if row.trigger == trigger
                else row
                for row in rows
            )
        if not any(c.name == name for row in rows for c in row.conditions):
            problem = f"nothing has the condition {name!r}: say which trigger gets it"
            raise ChartError(problem)
        overrides = self._overrides | {name: staticmethod(check)}
        return evolve(self._with_rows(rows), overrides=overrides)

    def compile(self) -> T:
        """Draw the chart anew, compile it and return the lifecycle.

        Raises:
            ChartError: If the chart cannot work.
        """
        connected = {s for row in self._table.rows for s in (row.source, row.target)}
        table = evolve(
            self._table,
            states=tuple(connected | self._added),
            rows=tuple(sorted(self._table.rows, key=self._place_of_trigger)),
            final=self._table.final & connected,
        )
        carried = {e.trigger for e in self._events if e.trigger is not None}
        refuse_what_cannot_work(table, carried)
        chart = draw_chart(
            self._chart,
            table.rows,
            start=table.start,
            final=table.final,
            overrides=self._overrides,
        )
        return self._build(chart, self._events)

    def _place_of_trigger(self, row: Row) -> int:
        """Keep the triggers in the order of the chart; new ones come last."""
        events: Any = self._chart.events
        order = [str(event.id) for event in events]
        return order.index(row.trigger) if row.trigger in order else len(order)

    def _usable_name(self, name: str) -> None:
        triggers = {row.trigger for row in self._table.rows}
        taken = {*triggers, *self._table.states, *self._added}
        fits = name.isidentifier() and not name.startswith("_")
        if not fits or name in taken or hasattr(self._chart, name):
            problem = f"{name!r} cannot be used: take a new name like legal_review"
            raise ChartError(problem)

    def _known_state(self, name: str) -> None:
        if name not in self._table.states and name not in self._added:
            known = ", ".join(self._table.states)
            problem = f"there is no state {name!r}: add it first (there are {known})"
            raise ChartError(problem)

    def _with_rows(self, rows: tuple[Row, ...]) -> "Edit[T]":
        return evolve(self, table=evolve(self._table, rows=rows))


def _named(condition: tuple[str, bool]) -> Condition:
    """Name a condition; the chart that is drawn from it brings the method."""
    name, expected = condition
    return Condition(name, expected, "", lambda _complaint, _entry: True)
