"""Gives everything its place: boxes first, then the rails between them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import fmean

from attrs import evolve, frozen

from complaint_lifecycle.lifecycle.drawing.faces import (
    Faces,
    Kind,
    Side,
    Slot,
    faces_of,
    height_of,
    offsets,
    ranks_of,
)
from complaint_lifecycle.lifecycle.drawing.plan import Bundle, Plan
from complaint_lifecycle.lifecycle.drawing.words import (
    STATE_SIZE,
    label_height,
    label_width,
    width_of,
)

MARGIN = 24.0
START_ROOM = 36.0
STEP_ROOM = 12.0
_LEAST_WIDTH = 96.0
_LEAST_HEIGHT = 36.0
_LEAST_GAP = 32.0
_GUTTER = 20.0
_SPREAD = 44.0
_TRACK = 15.0
_CLEARANCE = 7.0


@frozen
class Box:
    """A state with its place.

    Attributes:
        state: Its name.

        left: Where it starts.

        top: Where it starts.

        width: How wide it is.

        height: How high it is.
    """

    state: str
    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Where it ends."""
        return self.top + self.height

    @property
    def middle(self) -> float:
        """Half way from left to right."""
        return self.left + self.width / 2

    def edge(self, side: Side) -> float:
        """Where a line meets one of its sides."""
        return self.left if side is Side.LEFT else self.right


@frozen
class Port:
    """Where lines meet a box.

    Attributes:
        state: The state.

        side: The side of its box.

        slot: What meets it.

        y: How far down.
    """

    state: str
    side: Side
    slot: Slot
    y: float


@frozen
class Rail:
    """A vertical line that several states may lead to and that leads to one.

    Attributes:
        bundle: What it shows.

        sources: Where lines join it.

        target: Where it arrives.

        x: Where it runs.
    """

    bundle: Bundle
    sources: tuple[Port, ...]
    target: Port
    x: float = 0

    @property
    def ports(self) -> tuple[Port, ...]:
        """All that it touches."""
        return (*self.sources, self.target)

    def spans(self, y: float) -> bool:
        """Tell whether a horizontal line at this height meets it."""
        ys = [port.y for port in self.ports]
        return min(ys) <= y <= max(ys)


@frozen
class Layout:
    """A picture, ready to be painted.

    Attributes:
        width: Of the picture.

        height: Of the picture.

        boxes: The states.

        rails: The bundles that are no steps and no loops.

        ports: Where lines meet the boxes.
    """

    width: float
    height: float
    boxes: Mapping[str, Box]
    rails: tuple[Rail, ...]
    ports: tuple[Port, ...]


def lay_out(plan: Plan) -> Layout:
    """Lay out a picture.

    Args:
        plan: What it shows.
    """
    faces = faces_of(plan)
    heights = _heights(faces)
    tops = _stack(plan.spine, plan, heights, MARGIN + START_ROOM)
    near = [port.y for port in _ports(faces, heights, tops) if port.side is Side.RIGHT]
    tops |= _stack_chains(plan, faces, heights, tops, near)
    ports = tuple(_ports(faces, heights, tops))
    outer = _ordered(_rails(plan.outer, ports), plan)
    inner = _ordered(_rails(plan.inner, ports), plan)
    columns = _columns(plan, faces, len(outer), len(inner))
    boxes = {
        state: Box(state, column.left, tops[state], column.width, heights[state])
        for column in columns
        for state in column.states
    }
    spine = boxes[plan.spine[0]]
    west, east = columns[0].gutters
    rails = [
        *(evolve(r, x=spine.left - west - k * _TRACK) for k, r in enumerate(outer)),
        *(evolve(r, x=spine.right + east + k * _TRACK) for k, r in enumerate(inner)),
    ]
    return Layout(
        width=max(c.left + c.width + c.gutters[1] for c in columns) + MARGIN,
        height=max(box.bottom for box in boxes.values()) + MARGIN,
        boxes=boxes,
        rails=tuple(rails),
        ports=ports,
    )


def _heights(faces: Faces) -> dict[str, float]:
    heights: dict[str, float] = {}
    for (state, _), face in faces.items():
        least = heights.get(state, _LEAST_HEIGHT)
        heights[state] = max(least, height_of(face))
    return heights


def _stack(
    chain: Sequence[str], plan: Plan, heights: Mapping[str, float], top: float
) -> dict[str, float]:
    """Place the boxes of a chain below each other, with room for the labels."""
    tops = {chain[0]: top}
    for above, below in pairwise(chain):
        gap = max(_LEAST_GAP, label_height(plan.steps[above, below]) + STEP_ROOM)
        tops[below] = tops[above] + heights[above] + gap
    return tops


def _stack_chains(
    plan: Plan,
    faces: Faces,
    heights: Mapping[str, float],
    spine: Mapping[str, float],
    near: Iterable[float],
) -> dict[str, float]:
    """Place each chain beside the states that it is tied to, and below the last one."""
    wished = _wished_tops(plan, heights, spine)
    order = sorted(plan.chains, key=lambda chain: wished[chain])
    first = next(iter(spine.values()))
    shift = _mean_shift(order, plan, heights, wished, first)
    near = list(near)
    tops: dict[str, float] = {}
    below = first
    for chain in order:
        top = max(below, wished[chain] + shift)
        ...
    return tops
