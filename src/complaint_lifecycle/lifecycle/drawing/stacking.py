"""Places the boxes below each other: the main way, then what lies beside it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from attrs import evolve, frozen

from complaint_lifecycle.lifecycle.drawing.faces import (
    Faces,
    Side,
    height_of,
    mean,
    offsets,
    ranks_of,
)
from complaint_lifecycle.lifecycle.drawing.plan import Plan
from complaint_lifecycle.lifecycle.drawing.words import label_height

STEP_ROOM = 14.0
_LEAST_HEIGHT = 36.0
_LEAST_GAP = 32.0
_SPREAD = 44.0
_CLEARANCE = 8.0
_NUDGE = 2.0


@frozen
class _Block:
    """A chain beside the spine: where it would best begin, and where its lines are."""

    chain: tuple[str, ...]
    wish: float
    height: float
    lines: tuple[float, ...]


def heights_of(faces: Faces) -> dict[str, float]:
    """Return how high each box is.

    Args:
        faces: Its sides.
    """
    heights: dict[str, float] = {}
    for (state, _), face in faces.items():
        least = heights.get(state, _LEAST_HEIGHT)
        heights[state] = max(least, height_of(face))
    return heights


def stack(plan: Plan, faces: Faces, top: float) -> dict[str, float]:
    """Return where each box begins.

    Args:
        plan: What the picture shows.

        faces: The sides of the boxes.

        top: Where the first one begins.
    """
    heights = heights_of(faces)
    tops = _stack_chain(plan.spine, plan, heights, top)
    near = [
        tops[state] + offset
        for state in plan.spine
        for offset in offsets(faces[state, Side.RIGHT], heights[state])
    ]
    blocks = _wishes(_blocks(plan, faces, heights), plan, tops, heights)
    for block, start in _pushed(_centred(blocks, top), top, near):
        tops |= _stack_chain(block.chain, plan, heights, start)
    return tops


def _stack_chain(
    chain: Sequence[str], plan: Plan, heights: Mapping[str, float], top: float
) -> dict[str, float]:
    """Place boxes below each other, with room for the labels between them."""
    tops = {chain[0]: top}
    for above, below in pairwise(chain):
        gap = max(_LEAST_GAP, label_height(plan.steps[above, below]) + STEP_ROOM)
        tops[below] = tops[above] + heights[above] + gap
    return tops


def _blocks(plan: Plan, faces: Faces, heights: Mapping[str, float]) -> Iterator[_Block]:
    for chain in plan.chains:
        tops = _stack_chain(chain, plan, heights, 0)
        lines = tuple(
            tops[state] + offset
            for state in chain
            for offset in offsets(faces[state, Side.LEFT], heights[state])
        )
        yield _Block(chain, 0, tops[chain[-1]] + heights[chain[-1]], lines)


def _wishes(
    blocks: Iterable[_Block],
    plan: Plan,
    tops: Mapping[str, float],
    heights: Mapping[str, float],
) -> list[_Block]:
    """Wish each block to be beside the states of the spine that it is tied to."""
    ranks = ranks_of(plan)
    first, last = plan.spine[0], plan.spine[-1]
    start = tops[first] + heights[first] / 2
    pitch = (tops[last] - tops[first]) / max(1, len(plan.spine) - 1)
    wished = [
        evolve(
            block,
            wish=start
            + pitch * mean([ranks[state] for state in block.chain])
            - block.height / 2,
        )
        for block in blocks
    ]
    return sorted(wished, key=lambda block: block.wish + block.height / 2)


def _centred(blocks: list[_Block], floor: float) -> list[_Block]:
    """Let the blocks at the top make way for those that would be pushed far down."""
    if not blocks:
        return blocks
    shift = mean([top - block.wish for block, top in _pushed(blocks, floor, ())])
    return [evolve(block, wish=block.wish - shift) for block in blocks]


def _pushed(
    blocks: Iterable[_Block], floor: float, taken: Sequence[float]
) -> Iterator[tuple[_Block, float]]:
    """Push each block below the one before, and its lines off those of the spine."""
    for block in blocks:
        top = max(floor, block.wish)
        while _clashes(block, top, taken):
            top += _NUDGE
        yield block, top
        floor = top + block.height + _SPREAD


def _clashes(block: _Block, top: float, taken: Iterable[float]) -> bool:
    return any(
        abs(top + y - other) < _CLEARANCE for y in block.lines for other in taken
    )
