"""Draws a table as an SVG image, with a layout of its own.

The main way runs down as a spine. Whatever else leads from state to state runs along
vertical rails: a dot joins a state to a rail, and its arrow leads to the target.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from attrs import evolve, frozen

from complaint_lifecycle.lifecycle.compiling import Table
from complaint_lifecycle.lifecycle.drawing.faces import ARROW_ROOM, Kind, Side
from complaint_lifecycle.lifecycle.drawing.labels import label
from complaint_lifecycle.lifecycle.drawing.layout import (
    MARGIN,
    STEP_INDENT,
    Box,
    Layout,
    Port,
    Rail,
    lay_out,
)
from complaint_lifecycle.lifecycle.drawing.plan import Bundle, Plan, plan_of
from complaint_lifecycle.lifecycle.drawing.strokes import (
    Point,
    circle,
    curve,
    element,
    head,
    line,
    number,
    written,
)
from complaint_lifecycle.lifecycle.drawing.words import (
    CONDITION_LINE,
    CONDITION_SIZE,
    STATE_SIZE,
    TRIGGER_LINE,
    TRIGGER_SIZE,
    conditions_of,
    label_height,
)

_FONTS = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
_GROUND = "#fbfcfe"
_BORDER = "#d5dce6"
_ON_SPINE = "#edf2fa"
_BESIDE = "#ffffff"
_INK = "#1e293b"
_MAIN = "#334155"
_QUIET = "#5b6b80"
_WAY_OUT = "#a9b4c4"
_COLOURS = (
    "#2563a8",
    "#b4471f",
    "#6b4aa0",
    "#0b7568",
    "#a3285f",
    "#7a5c00",
    "#3f7012",
    "#4b5563",
)
_THIN, _THICK, _HALO = 1.6, 2.0, 5.0
_DOT = 3.4
_START_DOT = 6.0
_LOOP = 26.0


@frozen
class Paint:
    """Colours that say something.

    Attributes:
        states: The ground of each state.

        lines: Chooses the colour of a line by the transitions that it shows, each as
            where from, by which trigger and where to.
    """

    states: Mapping[str, str]
    lines: Callable[[Sequence[tuple[str, str, str]]], str]


Colours = Callable[[Sequence[Bundle]], str]
"""Chooses the colour of the line that shows some bundles."""


def svg(table: Table, paint: Paint | None = None) -> str:
    """Draw a table as an SVG image.

    Args:
        table: The compiled chart.

        paint: Colours that say something; by default they tell lines apart.
    """
    plan = plan_of(table)
    layout = lay_out(plan)
    colours = _of_triggers(plan) if paint is None else _of_paint(paint)
    steps = _plain if paint is None else colours
    grounds = _grounds(plan) if paint is None else paint.states
    parts = [
        element("title", written(_summary(table))),
        _ground(layout),
        *_ways_out(layout, colours),
        *(_rail(rail, layout, colours) for rail in layout.rails),
        *_dots(layout, colours),
        *_steps(plan, layout, steps),
        *_loops(layout, steps),
        *_start(layout.boxes[table.start]),
        *_boxes(table, grounds, layout),
    ]
    return element(
        "svg",
        "\n" + "\n".join(parts) + "\n",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(layout.width)} {number(layout.height)}",
        width=layout.width,
        height=layout.height,
        role="img",
        aria_label=written(_summary(table)),
        font_family=_FONTS,
    )


def _of_triggers(plan: Plan) -> Colours:
    """Give each trigger that runs along rails a colour."""
    triggers = dict.fromkeys(b.trigger for b in (*plan.outer, *plan.inner))
    chosen = {
        trigger: _COLOURS[place % len(_COLOURS)]
        for place, trigger in enumerate(triggers)
    }
    return lambda bundles: chosen[bundles[0].trigger]


def _of_paint(paint: Paint) -> Colours:
    return lambda bundles: paint.lines(
        [(source, b.trigger, b.target) for b in bundles for source in b.sources]
    )


def _plain(_: Sequence[Bundle]) -> str:
    return _MAIN


def _grounds(plan: Plan) -> Mapping[str, str]:
    beside = {state: _BESIDE for chain in plan.chains for state in chain}
    return beside | dict.fromkeys(plan.spine, _ON_SPINE)


def _summary(table: Table) -> str:
    ends = ", ".join(state for state in table.states if state in table.final)
    return (
        f"Lifecycle from {table.start} to {ends or 'no end'}: "
        f"{len(table.states)} states, {len(table.rows)} transitions"
    )


def _ground(layout: Layout) -> str:
    return element(
        "rect",
        x=0.5,
        y=0.5,
        width=layout.width - 1,
        height=layout.height - 1,
        rx=12,
        fill=_GROUND,
        stroke=_BORDER,
    )


def _ways_out(layout: Layout, colours: Colours) -> Iterator[str]:
    """Lead each state out to the farthest rail that it joins."""
    for port in layout.ports:
        rails = [rail for rail in layout.rails if port in rail.sources]
        if not rails or rails[0].turns_at(port):
            continue
        edge = layout.boxes[port.state].edge(port.side)
        end = max((rail.x for rail in rails), key=lambda x: abs(x - edge))
        colour = _WAY_OUT if len(rails) > 1 else colours([rails[0].bundle])
        yield line([(edge, port.y), (end, port.y)], colour, _THIN)


def _rail(rail: Rail, layout: Layout, colours: Colours) -> str:
    bundle, target = rail.bundle, rail.target
    colour = colours([bundle])
    edge = layout.boxes[target.state].edge(target.side)
    paths = list(_paths(rail, layout))
    x = edge + target.side.value * (ARROW_ROOM - 12)
    parts = [
        *(line(path, _GROUND, _HALO) for path in paths),
        *(line(path, colour, _THIN) for path in paths),
        head((edge, target.y), (-target.side.value, 0), colour),
        *_label(bundle, (x, target.y - 5), target.side, colour, CONDITION_LINE + 4),
    ]
    return _group([bundle], parts)


def _group(bundles: Iterable[Bundle], parts: Iterable[str]) -> str:
    """Group the parts of a line, with a title that tells its transitions in full."""
    told = "\n".join(
        f"{label(b.trigger, b.conditions)}: {', '.join(b.sources)} to {b.target}"
        for b in bundles
    )
    return element("g", "\n".join(["", element("title", written(told)), *parts, ""]))


def _paths(rail: Rail, layout: Layout) -> Iterator[list[Point]]:
    """Lead both ends of a rail to its target."""
    target = rail.target
    edge = layout.boxes[target.state].edge(target.side)
    arrival = [(rail.x, target.y), (edge + 4 * target.side.value, target.y)]
    for port in rail.ends:
        if port is not target:
            turn = [(layout.boxes[port.state].edge(port.side), port.y)]
            start = turn if rail.turns_at(port) else []
            yield [*start, (rail.x, port.y), *arrival]


def _dots(layout: Layout, colours: Colours) -> Iterator[str]:
    for rail in layout.rails:
        for port in rail.sources:
            if not rail.turns_at(port):
                joining = evolve(rail.bundle, sources=(port.state,))
                yield circle((rail.x, port.y), _DOT, colours([joining]))


def _steps(plan: Plan, layout: Layout, colours: Colours) -> Iterator[str]:
    for (source, target), bundles in plan.steps.items():
        above, below = layout.boxes[source], layout.boxes[target]
        top = (above.bottom + below.top - label_height(bundles)) / 2 - 1
        corner = (above.middle + STEP_INDENT, top)
        colour = colours(bundles)
        arrow = _arrow(above.middle, above.bottom, below.top, colour)
        yield _group(bundles, [*arrow, *_labels(bundles, corner, Side.RIGHT)])


def _start(box: Box) -> Iterator[str]:
    yield circle((box.middle, MARGIN + _START_DOT), _START_DOT, _MAIN)
    yield from _arrow(box.middle, MARGIN + _START_DOT, box.top, _MAIN)


def _arrow(x: float, top: float, bottom: float, colour: str) -> Iterator[str]:
    yield line([(x, top), (x, bottom - 4)], colour, _THICK)
    yield head((x, bottom), (0, 1), colour)


def _loops(layout: Layout, colours: Colours) -> Iterator[str]:
    for port in layout.ports:
        if port.slot.kind is Kind.LOOP:
            colour = colours(port.slot.bundles)
            yield _loop(port, layout.boxes[port.state].edge(port.side), colour)


def _loop(port: Port, edge: float, colour: str) -> str:
    """Draw a small loop, with what it stands for beside it."""
    out, bundles = port.side.value, port.slot.bundles
    top, bottom = number(port.y - 7), number(port.y + 7)
    far = number(edge + out * _LOOP)
    path = f"M{number(edge)} {top}C{far} {number(port.y - 13)} {far} "
    path += f"{number(port.y + 11)} {number(edge + out * 5)} {bottom}"
    corner = (edge + out * _LOOP, port.y - label_height(bundles) / 2)
    parts = [
        curve(path, colour, _THIN),
        head((edge, port.y + 7), (-out, 0), colour),
        *_labels(bundles, corner, port.side),
    ]
    return _group(bundles, parts)


def _boxes(table: Table, grounds: Mapping[str, str], layout: Layout) -> Iterator[str]:
    for state, box in layout.boxes.items():
        fill = grounds[state]
        inner = [_frame(box, 3.5, "none")] if state in table.final else []
        middle = (box.middle, box.top + box.height / 2 + 4.5)
        name = _text(state, middle, STATE_SIZE, _INK, bold=True, anchor="middle")
        yield element(
            "g", "".join([_frame(box, 0, fill), *inner, name]), class_="state"
        )


def _frame(box: Box, inset: float, fill: str) -> str:
    return element(
        "rect",
        x=box.left + inset,
        y=box.top + inset,
        width=box.width - 2 * inset,
        height=box.height - 2 * inset,
        rx=9 - inset,
        fill=fill,
        stroke=_MAIN,
        stroke_width=1.5,
    )


def _labels(bundles: Iterable[Bundle], corner: Point, side: Side) -> Iterator[str]:
    """Write labels below each other."""
    x, y = corner
    for bundle in bundles:
        baseline = (x, y + TRIGGER_LINE - 3)
        yield from _label(bundle, baseline, side, _INK, CONDITION_LINE)
        y += label_height([bundle])


def _label(
    bundle: Bundle, baseline: Point, side: Side, colour: str, skip: float
) -> Iterator[str]:
    """Write a trigger, and its conditions below it."""
    anchor = "end" if side is Side.LEFT else ""
    yield _text(
        bundle.trigger, baseline, TRIGGER_SIZE, colour, bold=True, anchor=anchor
    )
    x, y = baseline[0], baseline[1] + skip
    for condition in conditions_of(bundle):
        yield _text(condition, (x, y), CONDITION_SIZE, _QUIET, anchor=anchor)
        y += CONDITION_LINE


def _text(
    text: str,
    at: Point,
    size: float,
    colour: str,
    *,
    bold: bool = False,
    anchor: str = "",
) -> str:
    return element(
        "text",
        written(text),
        x=at[0],
        y=at[1],
        font_size=size,
        fill=colour,
        font_weight="600" if bold else "",
        text_anchor=anchor,
    )
