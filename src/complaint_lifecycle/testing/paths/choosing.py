"""Choosing: few paths that meet a criterion."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum

from attrs import define, field

from complaint_lifecycle.checks import one_of
from complaint_lifecycle.clock import in_utc
from complaint_lifecycle.errors import ChartError
from complaint_lifecycle.lifecycle import Lifecycle, Row
from complaint_lifecycle.lifecycle.compiling import Table
from complaint_lifecycle.testing.paths.examples import Examples, Palette
from complaint_lifecycle.testing.paths.exploring import Edge, Explorer, Key
from complaint_lifecycle.testing.paths.walking import Paths, Walk, Way, start_of

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
_MOST_ROUNDS = 2000
_LONG = 24
_NO_EXAMPLES: Examples = {}


class Criterion(StrEnum):
    """What paths have to exercise.

    ``TRANSITION``: every transition. ``TRANSITION_PAIR``: every two that follow each
    other. ``ROUND_TRIP``: every way from a state back to it that passes no state twice.
    """

    TRANSITION = "transition"
    TRANSITION_PAIR = "transition-pair"
    ROUND_TRIP = "round-trip"


def generate_paths(
    lifecycle: Lifecycle,
    criterion: Criterion | str = Criterion.TRANSITION,
    *,
    examples: Examples = _NO_EXAMPLES,
    at: datetime = START,
) -> Paths:
    """Make few histories that exercise a chart, and that can all be recorded.

    Nothing is drawn: the same lifecycle gives the same paths. They are found by trying
    facts, so conditions of your own are kept. A condition may need one other fact
    first, up to three times, or two others; what needs more is left out and told.

    Args:
        lifecycle: The lifecycle, yours or ours.

        criterion: ``"transition"``, ``"transition-pair"`` or ``"round-trip"``.

        examples: For classes of facts, which ones to try; by default they are made up
            from the types of their fields.

        at: When the first fact happens.

    Returns:
        The paths, and what no path was found for.

    Raises:
        InvalidEventError: If a fact cannot be made up.
        ChartError: If there are more than two thousand round trips.

    >>> from complaint_lifecycle import Desk, JumpClock, Lifecycle
    >>> paths = generate_paths(Lifecycle(), "transition")
    >>> print(paths[0])
    Received > Thanked > Explained > Apologised > Promised > Promised > Gathered ...
    >>> desk = Desk(clock=JumpClock(START))
    >>> all(path.record(desk).state == path.state for path in paths)
    True
    """
    wanted = _TARGETS[one_of(Criterion, criterion, "criterion")](lifecycle.table)
    palette = Palette(lifecycle.events, examples)
    explorer = Explorer(lifecycle, palette, in_utc(at, "at"))
    first = explorer.explore()
    chooser = _Chooser(explorer, first, dict.fromkeys(wanted))
    paths = tuple(walk.path for walk in chooser.walks())
    return Paths(paths, tuple(chooser.open))


def _transitions(table: Table) -> Iterator[Way]:
    return ((row,) for row in table.rows)


def _pairs(table: Table) -> Iterator[Way]:
    return (
        (row, after)
        for row in table.rows
        for after in table.rows
        if row.target == after.source
    )


def _round_trips(table: Table) -> Iterator[Way]:
    """Give every round trip once, from its first state in the order of the chart."""
    order = {state: place for place, state in enumerate(table.states)}
    count = 0
    for state in table.states:
        pending: list[Way] = [(r,) for r in table.rows if r.source == state]
        while pending:
            way = pending.pop()
            last = way[-1].target
            if last == state:
                count += 1
                if count > _MOST_ROUNDS:
                    problem = (
                        f"there are more than {_MOST_ROUNDS} round trips: use the "
                        "criterion 'transition-pair'"
                    )
                    raise ChartError(problem)
                yield way
            elif order[last] > order[state] and last not in {r.source for r in way}:
                pending += [(*way, r) for r in table.rows if r.source == last]


_TARGETS: Mapping[Criterion, Callable[[Table], Iterator[Way]]] = {
    Criterion.TRANSITION: _transitions,
    Criterion.TRANSITION_PAIR: _pairs,
    Criterion.ROUND_TRIP: _round_trips,
}


@define(eq=False)
class _Chooser:
    """Goes from each wanted way to the nearest next one, and begins anew at an end."""

    explorer: Explorer
    first: Key
    open: dict[Way, None]
    _follows: dict[Key, dict[Way, tuple[Edge, ...]]] = field(init=False)
    _routes: dict[Key, list[tuple[Key, tuple[Edge, ...]]]] = field(
        factory=dict, init=False
    )

    def __attrs_post_init__(self) -> None:
        self._follows = {key: {} for key in self.explorer.nodes}
        for way in self.open:
            for key in self.explorer.nodes:
                edges = self.explorer.followed(key, way)
                if edges is not None:
                    self._follows[key][way] = edges

    def walks(self) -> Iterator[Walk]:
        """Give walks until nothing that is open can be met any more."""
        while self.open:
            walk = start_of(self.explorer.lifecycle)
            longer = self._extended(walk)
            if longer is None:
                return
            while longer is not None:
                walk = longer
                self._close(walk)
                # A path of a hundred facts says little when it fails.
                longer = self._extended(walk) if len(walk.rows) < _LONG else None
            yield walk

    def _close(self, walk: Walk) -> None:
        lengths = sorted({len(way) for way in self.open})
        for way in walk.runs(lengths):
            self.open.pop(way, None)

    def _extended(self, walk: Walk) -> Walk | None:
        """Go on to the nearest way that is still open; ``None`` if there is none."""
        key = self.explorer.key(walk)
        if key not in self.explorer.nodes:
            return None
        for edges in self._coming(walk, key):
            longer = self._along(walk, edges)
            if longer is not None:
                return longer
        return None

    def _coming(self, walk: Walk, key: Key) -> Iterator[tuple[Edge, ...]]:
        """Give the edges to take for each open way, the nearest first."""
        yield from self._begun(walk.rows, key)
        for reached, route in self._routes_from(key):
            for way, edges in self._follows[reached].items():
                if way in self.open:
                    yield (*route, *edges)

    def _begun(self, rows: tuple[Row, ...], key: Key) -> Iterator[tuple[Edge, ...]]:
        """Give the rest of a pair whose first transition was taken last."""
        for edge in self.explorer.nodes[key].edges:
            if (*rows[-1:], edge.row) in self.open:
                yield (edge,)

    def _routes_from(self, key: Key) -> list[tuple[Key, tuple[Edge, ...]]]:
        """Return the shortest route to every node that can be reached."""
        known = self._routes.get(key)
        if known is None:
            reached: dict[Key, tuple[Edge, ...]] = {key: ()}
            pending = deque([key])
            while pending:
                place = pending.popleft()
                for edge in self.explorer.nodes[place].edges:
                    if edge.target not in reached:
                        reached[edge.target] = (*reached[place], edge)
                        pending.append(edge.target)
            known = self._routes[key] = list(reached.items())
        return known

    def _along(self, start: Walk, edges: tuple[Edge, ...]) -> Walk | None:
        walk: Walk | None = start
        for edge in edges:
            if walk is None:
                return None
            walk = self.explorer.taken(walk, edge)
        return walk
