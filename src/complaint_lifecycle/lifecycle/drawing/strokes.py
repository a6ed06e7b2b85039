"""The elements of SVG that a picture is made of, written as text."""

import re
from collections.abc import Sequence
from html import escape

Point = tuple[float, float]

_CORNER = 8.0
_HEAD = 8.0
# XML 1.0 has no way to write these, not even as references.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def number(value: float) -> str:
    """Write a length, the same way on every machine."""
    return f"{value:.1f}".removesuffix(".0")


def written(text: str) -> str:
    """Write text so that it may stand in an element or in a quoted attribute."""
    return escape(_UNWRITABLE.sub("\ufffd", text))


def element(name: str, text: str = "", **attributes: str | float) -> str:
    """Write an element; underscores in its attributes stand for hyphens.

    Args:
        name: Name of the element.

        text: What stands inside, written already.

        attributes: Numbers, and texts that are written already.
    """
    pairs = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value != ""
    )
    return f"<{name}{pairs}>{text}</{name}>" if text else f"<{name}{pairs}/>"


def line(points: Sequence[Point], colour: str, width: float) -> str:
    """Draw a line through points, with round corners.

    Args:
        points: At least two; the line turns at those between.

        colour: Its colour.

        width: Its width.
    """
    path = [f"M{_pair(points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        path.append(f"L{_pair(_towards(corner, before))}")
        path.append(f"Q{_pair(corner)} {_pair(_towards(corner, after))}")
    path.append(f"L{_pair(points[-1])}")
    return curve("".join(path), colour, width)


def curve(path: str, colour: str, width: float) -> str:
    """Draw along a path."""
    return element("path", d=path, fill="none", stroke=colour, stroke_width=width)


def head(tip: Point, way: Point, colour: str) -> str:
    """Draw the head of an arrow.

    Args:
        tip: Where it points.

        way: In which direction, as a step of length 1 along one axis.

        colour: Its colour.
    """
    (x, y), (dx, dy) = tip, way
    back, half = (x - dx * _HEAD, y - dy * _HEAD), _HEAD / 2
    corners = [
        tip,
        (back[0] - dy * half, back[1] - dx * half),
        (back[0] + dy * half, back[1] + dx * half),
    ]
    return element("path", d=f"M{'L'.join(map(_pair, corners))}Z", fill=colour)


def circle(centre: Point, radius: float, colour: str) -> str:
    """Draw a dot."""
    return element("circle", cx=centre[0], cy=centre[1], r=radius, fill=colour)


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else number(value)


def _pair(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


def _towards(corner: Point, other: Point) -> Point:
    """Go from a corner towards another point, as far as it is rounded."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = abs(dx) + abs(dy)
    share = min(_CORNER, length / 2) / length
    return corner[0] + dx * share, corner[1] + dy * share
