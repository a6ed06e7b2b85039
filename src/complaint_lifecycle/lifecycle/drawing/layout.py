"""Gives everything its place: boxes first, then the rails between them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import evolve, frozen

from complaint_lifecycle.lifecycle.drawing.faces import (
    Faces,
    Kind,
    Side,
    Slot,
    faces_of,
    offsets,
)
from complaint_lifecycle.lifecycle.drawing.plan import Bundle, Plan
from complaint_lifecycle.lifecycle.drawing.stacking import heights_of, stack
from complaint_lifecycle.lifecycle.drawing.words import (
    STATE_SIZE,
    label_width,
    width_of,
)

MARGIN = 24.0
START_ROOM = 36.0
STEP_INDENT = 12.0
_LEAST_WIDTH = 96.0
_PADDING = 14.0
_GUTTER = 20.0
_TRACK = 15.0


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

    @property
    def ends(self) -> tuple[Port, Port]:
        """The first and the last that it touches."""
        ports = sorted(self.ports, key=lambda port: port.y)
        return ports[0], ports[-1]

    def spans(self, y: float) -> bool:
        """Tell whether a horizontal line at this height meets it."""
        first, last = self.ends
        return first.y <= y <= last.y

    def turns_at(self, port: Port) -> bool:
        """Tell whether the line out of a port becomes this rail, joining no other."""
        return port.slot.bundles == (self.bundle,) and port in self.ends


@frozen
class Column:
    """Boxes below each other.

    Attributes:
        states: Their names.

        left: Where the boxes start.

        width: How wide the boxes are.

        west: Room for labels to their left.

        east: Room for labels to their right.
    """

    states: tuple[str, ...]
    left: float
    width: float
    west: float
    east: float

    @property
    def right(self) -> float:
        """Where the boxes end."""
        return self.left + self.width


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
    heights = heights_of(faces)
    tops = stack(plan, faces, MARGIN + START_ROOM)
    ports = tuple(_ports(faces, heights, tops))
    outer = _ordered([_rail(bundle, ports) for bundle in plan.outer], plan)
    inner = _ordered([_rail(bundle, ports) for bundle in plan.inner], plan)
    spine, beside = _columns(plan, faces, _tracks(outer), _tracks(inner))
    boxes = {
        state: Box(state, column.left, tops[state], column.width, heights[state])
        for column in (spine, beside)
        for state in column.states
    }
    rails = (
        *_placed(outer, spine.left - spine.west, -_TRACK),
        *_placed(inner, spine.right + spine.east, _TRACK),
    )
    last = beside if beside.states else spine
    bottom = max(box.bottom for box in boxes.values())
    width, height = last.right + last.east + MARGIN, bottom + MARGIN
    return Layout(width, height, boxes, rails, ports)


def _tracks(rails: Sequence[Rail]) -> float:
    return _TRACK * max(0, len(rails) - 1)


def _placed(rails: Iterable[Rail], origin: float, pitch: float) -> Iterator[Rail]:
    for place, rail in enumerate(rails):
        yield evolve(rail, x=origin + place * pitch)


def _ports(
    faces: Faces, heights: Mapping[str, float], tops: Mapping[str, float]
) -> Iterator[Port]:
    for (state, side), face in faces.items():
        for slot, offset in zip(face, offsets(face, heights[state]), strict=True):
            yield Port(state, side, slot, tops[state] + offset)


def _columns(
    plan: Plan, faces: Faces, outer: float, inner: float
) -> tuple[Column, Column]:
    """Place the spine and what lies beside it, with room for the rails."""
    spine = _column(plan.spine, plan, faces)
    beside = _column([s for chain in plan.chains for s in chain], plan, faces)
    east = max(spine.east, _GUTTER) if beside.states else spine.east
    spine = evolve(spine, left=MARGIN + outer + spine.west, east=east)
    start = spine.right + spine.east + inner + beside.west
    return spine, evolve(beside, left=start)


def _column(states: Sequence[str], plan: Plan, faces: Faces) -> Column:
    """Measure a column, at the left edge."""
    words = [width_of(state, STATE_SIZE, bold=True) + 2 * _PADDING for state in states]
    width = max([_LEAST_WIDTH, *words])
    steps = [
        label_width(bundles) + STEP_INDENT - width / 2
        for (source, _), bundles in plan.steps.items()
        if source in states
    ]
    west = _room(faces, states, Side.LEFT)
    east = max([*steps, _room(faces, states, Side.RIGHT)])
    return Column(tuple(states), 0, width, west, east)


def _room(faces: Faces, states: Iterable[str], side: Side) -> float:
    """Return how much room the lines and labels on one side of the boxes need."""
    slots = [slot for state in states for slot in faces[state, side]]
    return max((max(slot.reach, _GUTTER) for slot in slots), default=0)


def _rail(bundle: Bundle, ports: Iterable[Port]) -> Rail:
    touched = [port for port in ports if bundle in port.slot.bundles]
    target = next(port for port in touched if port.slot.kind is Kind.ARRIVAL)
    sources = tuple(port for port in touched if port is not target)
    return Rail(bundle, sources, target)


def _ordered(rails: Sequence[Rail], plan: Plan) -> list[Rail]:
    """Order rails from the spine outwards, swapping neighbours that cross less so."""
    order = list(rails)
    for _ in rails:
        for place in range(len(order) - 1):
            near, far = order[place : place + 2]
            if _crossings(far, near, plan) < _crossings(near, far, plan):
                order[place : place + 2] = [far, near]
    return order


def _crossings(near: Rail, far: Rail, plan: Plan) -> int:
    """Count the crossings of two rails if one is nearer to the spine."""
    through = [p.y for p in far.ports if p.state in plan.spine and p not in near.ports]
    back = [p.y for p in near.ports if p.state not in plan.spine and p not in far.ports]
    return sum(map(near.spans, through)) + sum(map(far.spans, back))
