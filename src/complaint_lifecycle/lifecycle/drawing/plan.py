"""Decides what is drawn beside what: the main way, and the lines that leave it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise

from attrs import evolve, frozen

from complaint_lifecycle.lifecycle.compiling import Table
from complaint_lifecycle.lifecycle.drawing.labels import guards


@frozen
class Bundle:
    """Transitions that one line shows: alike but for the states they leave.

    Attributes:
        trigger: Their trigger.

        conditions: Their conditions, as one reads them.

        sources: The states that they leave.

        target: The state that they reach.
    """

    trigger: str
    conditions: tuple[str, ...]
    sources: tuple[str, ...]
    target: str


@frozen
class Plan:
    """What a picture shows, before anything has a place.

    Attributes:
        spine: The main way, from the start.

        chains: The other states; those of one chain follow each other.

        steps: Bundles between neighbours on the spine or in a chain.

        loops: Bundles that lead from a state to itself.

        outer: Bundles between states of the spine that are no neighbours.

        inner: Bundles that touch a state beside the spine.
    """

    spine: tuple[str, ...]
    chains: tuple[tuple[str, ...], ...]
    steps: Mapping[tuple[str, str], tuple[Bundle, ...]]
    loops: Mapping[str, tuple[Bundle, ...]]
    outer: tuple[Bundle, ...]
    inner: tuple[Bundle, ...]


def plan_of(table: Table) -> Plan:
    """Plan the picture of a table."""
    loops, bundles = _bundles(table)
    spine, *chains = _chains(table, bundles)
    pairs = [pair for chain in (spine, *chains) for pair in pairwise(chain)]
    steps = {pair: _steps(pair, bundles) for pair in pairs}
    rails = _without(steps, bundles)
    outer = tuple(b for b in rails if {*b.sources, b.target}.issubset(spine))
    inner = tuple(b for b in rails if b not in outer)
    return Plan(spine, tuple(chains), steps, loops, outer, inner)


def _chains(table: Table, bundles: Sequence[Bundle]) -> list[tuple[str, ...]]:
    """Divide the states into the spine and what lies beside it."""
    breadth = _breadth(bundles)
    chains = [_chain(table.start, table, bundles, breadth, placed=())]
    placed = set(chains[0])
    single = [b for b in bundles if breadth[b] == 1]
    for state in _in_order_of_entry(table, bundles):
        if state not in placed:
            chains.append(_chain(state, table, single, breadth, placed))
            placed.update(chains[-1])
    return chains


def _bundles(table: Table) -> tuple[dict[str, tuple[Bundle, ...]], list[Bundle]]:
    """Bundle the transitions; those to the state they leave are kept apart."""
    sources: dict[Bundle, dict[str, None]] = {}
    loops: dict[str, dict[Bundle, None]] = {}
    for row in table.rows:
        key = Bundle(row.trigger, guards(row), (), row.target)
        if row.source == row.target:
            loops.setdefault(row.source, {})[evolve(key, sources=(row.source,))] = None
        else:
            sources.setdefault(key, {})[row.source] = None
    bundles = [evolve(key, sources=tuple(found)) for key, found in sources.items()]
    return {state: tuple(found) for state, found in loops.items()}, bundles


def _breadth(bundles: Iterable[Bundle]) -> dict[Bundle, int]:
    """Count the states that lead to the same target by the same trigger."""
    sources: dict[tuple[str, str], set[str]] = {}
    for bundle in bundles:
        way = bundle.trigger, bundle.target
        sources.setdefault(way, set()).update(bundle.sources)
    return {b: len(sources[b.trigger, b.target]) for b in bundles}


def _chain(
    start: str,
    table: Table,
    bundles: Iterable[Bundle],
    breadth: Mapping[Bundle, int],
    placed: Collection[str],
) -> tuple[str, ...]:
    """Follow from each state the first trigger that leads on.

    A trigger that leaves several states, or ends the way, rather leads aside.
    """
    chain = [start]
    while True:
        ways = [
            b
            for b in bundles
            if chain[-1] in b.sources and b.target not in {*placed, *chain}
        ]
        if not ways:
            return tuple(chain)
        best = min(
            ways, key=lambda b: (breadth[b] > 1, b.target in table.final, breadth[b])
        )
        chain.append(best.target)


def _in_order_of_entry(table: Table, bundles: Iterable[Bundle]) -> list[str]:
    """Sort the states by their distance from the start; unreachable ones come last."""
    layers = [{table.start}]
    reached = {table.start}
    while layers[-1]:
        layers.append(
            {b.target for b in bundles if layers[-1].intersection(b.sources)} - reached
        )
        reached |= layers[-1]
    distance = {state: place for place, layer in enumerate(layers) for state in layer}
    return sorted(table.states, key=lambda state: distance.get(state, len(layers)))


def _steps(pair: tuple[str, str], bundles: Iterable[Bundle]) -> tuple[Bundle, ...]:
    """Find the bundles to draw between two neighbours, and nowhere else."""
    source, target = pair
    ways = [b for b in bundles if source in b.sources and b.target == target]
    own = tuple(b for b in ways if b.sources == (source,))
    return own or (evolve(min(ways, key=lambda b: len(b.sources)), sources=(source,)),)


def _without(
    steps: Mapping[tuple[str, str], Sequence[Bundle]], bundles: Iterable[Bundle]
) -> list[Bundle]:
    """Leave out of each bundle the sources whose step is drawn already."""
    drawn = {bundle for step in steps.values() for bundle in step}
    left = [
        evolve(
            b,
            sources=tuple(s for s in b.sources if evolve(b, sources=(s,)) not in drawn),
        )
        for b in bundles
    ]
    return [bundle for bundle in left if bundle.sources]
