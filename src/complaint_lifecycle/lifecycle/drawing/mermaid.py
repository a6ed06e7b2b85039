"""Draws a table as a Mermaid state diagram."""

import re

from complaint_lifecycle.lifecycle.compiling import Table
from complaint_lifecycle.lifecycle.drawing.labels import guards, label

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPECIAL = re.compile(r"[^\w \[\],.]")
# These start a statement, so none of them can stand for a state.
_RESERVED = re.compile(
    "acctitle|accdescr|as|class|classdef|click|default|direction|end|hide|href|note"
    "|scale|state|style|title",
    re.IGNORECASE,
)


def mermaid(table: Table) -> str:
    """Draw a table as a Mermaid state diagram.

    Args:
        table: The compiled chart.
    """
    ids = _ids(table.states)
    lines = ["stateDiagram-v2"]
    for state, key in ids.items():
        named = key if key == state else f'state "{_escaped(state)}" as {key}'
        lines.append(f"    {named}")
    lines.append(f"    [*] --> {ids[table.start]}")
    for row in table.rows:
        way = f"{ids[row.source]} --> {ids[row.target]}"
        lines.append(f"    {way} : {_escaped(label(row.trigger, guards(row)))}")
    lines += [f"    {ids[s]} --> [*]" for s in table.states if s in table.final]
    return "\n".join(lines) + "\n"


def _ids(states: tuple[str, ...]) -> dict[str, str]:
    prefix = "s"
    while any(state.startswith(prefix) and state != prefix for state in states):
        prefix += "_"
    return {
        state: state if _is_plain(state) else f"{prefix}{place}"
        for place, state in enumerate(states)
    }


def _is_plain(name: str) -> bool:
    return bool(_PLAIN.fullmatch(name)) and not _RESERVED.fullmatch(name)


def _escaped(text: str) -> str:
    """Write what Mermaid would read as its own as the code of the character."""
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", text)
