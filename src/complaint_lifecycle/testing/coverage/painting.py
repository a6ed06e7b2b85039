"""Painting: the picture of a chart, coloured by what was exercised."""

from collections.abc import Mapping, Sequence

from complaint_lifecycle.lifecycle import Row, Table
from complaint_lifecycle.lifecycle.drawing import Paint, svg
from complaint_lifecycle.testing.coverage.elements import (
    Element,
    Section,
    transition,
)

ALL, SOME, NONE = "#15803d", "#b45309", "#be123c"
"""The colours of lines: all, some or none of their transitions were exercised."""
REACHED, NEVER = "#dcfce7", "#ffe4e6"
"""The grounds of states."""


def painted(table: Table, hits: Mapping[Element, int]) -> str:
    """Draw a chart, green where it was exercised and red where it never was.

    A line that shows several transitions is amber if only some of them were.

    Args:
        table: The chart.

        hits: How often each thing was exercised; what is left out counts as if it was.
    """

    def is_done(element: Element) -> bool:
        return bool(hits.get(element, 1))

    def line(shown: Sequence[tuple[str, str, str]]) -> str:
        done = [is_done(transition(Row(*way))) for way in shown]
        return ALL if all(done) else SOME if any(done) else NONE

    states = {
        state: REACHED if is_done(Element(Section.STATES, state)) else NEVER
        for state in table.states
    }
    return svg(table, Paint(states, line))
