"""Draws a table in the DOT language of Graphviz."""

from complaint_lifecycle.lifecycle.compiling import Table
from complaint_lifecycle.lifecycle.drawing.labels import guards, label

_HEAD = """\
digraph lifecycle {
    node [shape=box, style=rounded, fontname="sans-serif"];
    edge [fontname="sans-serif", fontsize=10];
"""


def dot(table: Table) -> str:
    """Draw a table in the DOT language of Graphviz.

    Args:
        table: The compiled chart.
    """
    start = "start"
    while start in table.states:
        start += "_"
    lines = [f'    {_quoted(start)} [shape=point, width=0.15, label=""];']
    for state in table.states:
        final = " [peripheries=2]" if state in table.final else ""
        lines.append(f"    {_quoted(state)}{final};")
    lines.append(f"    {_quoted(start)} -> {_quoted(table.start)};")
    for row in table.rows:
        way = f"{_quoted(row.source)} -> {_quoted(row.target)}"
        lines.append(f"    {way} [label={_quoted(label(row.trigger, guards(row)))}];")
    return _HEAD + "\n".join(lines) + "\n}\n"


def _quoted(name: str) -> str:
    # A backslash starts an escape in the labels, which names become by default.
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
