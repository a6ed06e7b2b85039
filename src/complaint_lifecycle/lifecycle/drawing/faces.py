"""What arrives at and leaves the two sides of each state."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from operator import itemgetter

from attrs import frozen

from complaint_lifecycle.lifecycle.drawing.plan import Bundle, Plan
from complaint_lifecycle.lifecycle.drawing.words import (
    CONDITION_LINE,
    TRIGGER_LINE,
    label_height,
    label_width,
)

ARROW_ROOM = 26.0
LOOP_ROOM = 34.0
_LEAST_LOOP = 24.0
_WAY_OUT = 8.0
_PADDING = 4.0


class Side(Enum):
    """A side of a box."""

    LEFT = -1
    RIGHT = 1


class Kind(Enum):
    """What a slot is for."""

    ARRIVAL = "arrival"
    WAY_OUT = "way out"
    LOOP = "loop"


@frozen
class Slot:
    """A stretch of one side of a box.

    Attributes:
        kind: What it is for.

        bundles: What it shows; for a way out, all that leave there.

        above: Room above its line.

        below: Room below its line.

        reach: Room beside the box.
    """

    kind: Kind
    bundles: tuple[Bundle, ...]
    above: float
    below: float
    reach: float


Faces = Mapping[tuple[str, Side], tuple[Slot, ...]]
"""The slots of each side of each state, from top to bottom."""


def faces_of(plan: Plan) -> Faces:
    """Lay out the sides of all boxes.

    Args:
        plan: What the picture shows.
    """
    beside = [state for chain in plan.chains for state in chain]
    ranks = ranks_of(plan)
    faces: dict[tuple[str, Side], tuple[Slot, ...]] = {}
    for state in plan.spine:
        slots = _slots(state, plan.outer, ranks)
        faces[state, Side.LEFT] = (*_loop(state, plan), *slots)
        faces[state, Side.RIGHT] = _slots(state, plan.inner, ranks)
    for state in beside:
        faces[state, Side.LEFT] = _slots(state, plan.inner, ranks)
        faces[state, Side.RIGHT] = _loop(state, plan)
    return faces


def ranks_of(plan: Plan) -> dict[str, float]:
    """Return how far down the spine each state lies, or those that it is tied to."""
    ranks = {state: float(place) for place, state in enumerate(plan.spine)}
    return ranks | {
        state: _mean_rank(state, plan, ranks)
        for chain in plan.chains
        for state in chain
    }


def mean(values: Sequence[float]) -> float:
    """Return the mean; the module for statistics is slow to import."""
    return sum(values) / len(values)


def height_of(face: Iterable[Slot]) -> float:
    """Return the height that a box needs for one side."""
    return sum(slot.above + slot.below for slot in face) + 2 * _PADDING


def offsets(face: Sequence[Slot], height: float) -> Iterator[float]:
    """Return how far below the top of a box each slot has its line.

    Args:
        face: One side of the box.

        height: Height of the box.
    """
    top = (height - height_of(face)) / 2 + _PADDING
    for slot in face:
        yield top + slot.above
        top += slot.above + slot.below


def _mean_rank(state: str, plan: Plan, ranks: Mapping[str, float]) -> float:
    tied = [
        ranks[end]
        for bundle in plan.inner
        for source in bundle.sources
        if state in (source, bundle.target)
        for end in (source, bundle.target)
        if end in ranks
    ]
    return mean(tied) if tied else len(ranks) / 2


def _slots(
    state: str, bundles: Iterable[Bundle], ranks: Mapping[str, float]
) -> tuple[Slot, ...]:
    """Put what comes from above over the way out, and the rest below it."""
    bundles = list(bundles)
    arriving = [bundle for bundle in bundles if bundle.target == state]
    slots = [(_mean_source(bundle, ranks), _arrival(bundle)) for bundle in arriving]
    leaving = tuple(bundle for bundle in bundles if state in bundle.sources)
    if leaving:
        way_out = Slot(Kind.WAY_OUT, leaving, _WAY_OUT, _WAY_OUT, 0)
        slots.append((ranks[state], way_out))
    return tuple(slot for _, slot in sorted(slots, key=itemgetter(0)))


def _mean_source(bundle: Bundle, ranks: Mapping[str, float]) -> float:
    return mean([ranks[source] for source in bundle.sources])


def _arrival(bundle: Bundle) -> Slot:
    below = CONDITION_LINE * len(bundle.conditions) + _PADDING
    reach = label_width([bundle]) + ARROW_ROOM
    return Slot(Kind.ARRIVAL, (bundle,), TRIGGER_LINE + 2, below, reach)


def _loop(state: str, plan: Plan) -> tuple[Slot, ...]:
    bundles = plan.loops.get(state, ())
    if not bundles:
        return ()
    half = max(_LEAST_LOOP, label_height(bundles)) / 2
    return (Slot(Kind.LOOP, bundles, half, half, label_width(bundles) + LOOP_ROOM),)
