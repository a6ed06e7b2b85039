"""Exploring: which transitions can follow each other, found by trying facts."""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

from attrs import define, evolve, field, frozen

from complaint_lifecycle.errors import RefusedError
from complaint_lifecycle.events import Event
from complaint_lifecycle.lifecycle import Lifecycle, Row
from complaint_lifecycle.testing.paths.examples import BY, Palette
from complaint_lifecycle.testing.paths.walking import Walk, Way, start_of

_STEP = timedelta(hours=1)
_REPEATED = (1, 2, 3)

Key = tuple[str, tuple[Row | None, ...]]
"""Where a complaint stands, and what each fact that may be tried would do to it."""


@frozen
class Edge:
    """A way on: facts that prepare it, and the one that takes a transition.

    Facts are meant by their places in what may be tried, since they are made anew for
    the instant at which they happen.

    Attributes:
        preparing: Places of facts that move nothing.

        moving: Place of the fact that moves.

        row: The transition.

        target: The node that it leads to.
    """

    preparing: tuple[int, ...]
    moving: int
    row: Row
    target: Key


@define(eq=False)
class Node:
    """Complaints that nothing that may be tried tells apart.

    Attributes:
        walk: How one of them got there.

        edges: The ways on.
    """

    walk: Walk
    edges: list[Edge] = field(factory=list)


@define(eq=False)
class Explorer:
    """Knows every node that trying facts leads to.

    Attributes:
        lifecycle: Judges.

        palette: What may be tried.

        at: When the first fact happens; the others follow an hour apart.

        nodes: What was found.
    """

    lifecycle: Lifecycle
    palette: Palette
    at: datetime
    nodes: dict[Key, Node] = field(factory=dict, init=False)
    _pending: deque[Key] = field(factory=deque, init=False)

    def explore(self) -> Key:
        """Find all nodes; return the first."""
        first = self._known(start_of(self.lifecycle))
        self._follow_pending()
        while self._prepared():
            self._follow_pending()
        return first

    def key(self, walk: Walk) -> Key:
        """Return where a walk stands."""
        moved = (self._moved(walk, event) for event in self._moving(walk))
        rows = (None if longer is None else longer.rows[-1] for longer in moved)
        return walk.complaint.state, tuple(rows)

    def taken(self, walk: Walk, edge: Edge) -> Walk | None:
        """Go on along an edge; ``None`` if it does not lead where it did elsewhere."""
        prepared = self._with(walk, edge.preparing)
        longer = (
            None
            if prepared is None
            else self._moved(prepared, self._moving(prepared)[edge.moving])
        )
        return longer if longer is not None and longer.rows[-1] == edge.row else None

    def followed(self, start: Key, way: Way) -> tuple[Edge, ...] | None:
        """Find edges from a node that take these transitions one after the other."""
        if not way:
            return ()
        for edge in self.nodes[start].edges:
            if edge.row == way[0]:
                rest = self.followed(edge.target, way[1:])
                if rest is not None:
                    return (edge, *rest)
        return None

    def _known(self, walk: Walk) -> Key:
        key = self.key(walk)
        if key not in self.nodes:
            self.nodes[key] = Node(walk)
            self._pending.append(key)
        return key

    def _follow_pending(self) -> None:
        while self._pending:
            node = self.nodes[self._pending.popleft()]
            self._lead_on(node, (), node.walk, None)

    def _lead_on(
        self, node: Node, preparing: tuple[int, ...], walk: Walk, only: Row | None
    ) -> bool:
        """Add the edges that lead on from a walk; tell whether there is any."""
        known, found = set[Any](), False
        for place, event in enumerate(self._moving(walk)):
            longer = self._moved(walk, event)
            if longer is None or only not in (None, longer.rows[-1]):
                continue
            row, target = longer.rows[-1], self._known(longer)
            if (row, target) not in known:
                known.add((row, target))
                node.edges.append(Edge(preparing, place, row, target))
                found = True
        return found

    def _prepared(self) -> bool:
        """Try what moves nothing where a transition was never taken."""
        taken = {edge.row for node in self.nodes.values() for edge in node.edges}
        missing = [row for row in self.lifecycle.table.rows if row not in taken]
        progress = False
        for row in missing:
            nodes = [n for n in self.nodes.values() if _stands(n) == row.source]
            progress |= any(self._prepare(node, row) for node in nodes)
        return progress

    def _prepare(self, node: Node, row: Row) -> bool:
        if not row.conditions:
            return False
        count = sum(1 for _ in self.palette.beside(self._now(node.walk)))
        return any(
            self._lead_on(node, places, walk, row)
            for places in _preparations(count)
            if (walk := self._with(node.walk, places)) is not None
        )

    def _with(self, start: Walk, places: Iterable[int]) -> Walk | None:
        walk: Walk | None = start
        for place in places:
            if walk is None:
                return None
            walk = self._beside(walk, place)
        return walk

    def _beside(self, walk: Walk, place: int) -> Walk | None:
        return self._recorded(walk, list(self.palette.beside(self._now(walk)))[place])

    def _moving(self, walk: Walk) -> list[Event]:
        allowed = self.lifecycle.allowed(walk.complaint)
        return list(self.palette.moving(allowed, self._now(walk)))

    def _now(self, walk: Walk) -> datetime:
        return self.at + _STEP * len(walk.entries)

    def _recorded(self, walk: Walk, event: Event) -> Walk | None:
        """Record a fact on a walk, if it may follow."""
        try:
            entries, complaint = self.lifecycle.decide(
                walk.complaint, [event], at=self._now(walk), by=BY
            )
        except RefusedError:
            return None
        return Walk(complaint, (*walk.entries, *entries), walk.rows)

    def _moved(self, walk: Walk, event: Event) -> Walk | None:
        """Record a fact that takes a transition, if it may follow."""
        longer = self._recorded(walk, event)
        if longer is None:
            return None
        complaint, entry = walk.complaint, longer.entries[-1]
        taken = next(
            row
            for row in self.lifecycle.table.rows
            if (row.source, row.trigger) == (complaint.state, event.trigger)
            and row.broken(complaint, entry) is None
        )
        return evolve(longer, rows=(*walk.rows, taken))


def _stands(node: Node) -> str:
    return node.walk.complaint.state


def _preparations(count: int) -> Iterator[tuple[int, ...]]:
    """Give the facts to try first: one, up to three times, or two different ones."""
    for times in _REPEATED:
        for place in range(count):
            yield (place,) * times
    yield from permutations(range(count), 2)
