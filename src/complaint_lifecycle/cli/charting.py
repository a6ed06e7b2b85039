"""The command ``chart``: the lifecycle as a picture or a table."""

from enum import StrEnum
from io import StringIO
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from complaint_lifecycle.cli.streams import STANDARD, written
from complaint_lifecycle.cli.terminal import one_line_errors, output
from complaint_lifecycle.lifecycle import Lifecycle, Row


class Format(StrEnum):
    """How the chart can be written."""

    TEXT = "text"
    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"


@one_line_errors()
def chart(
    *,
    to: Annotated[
        Format, typer.Option("--format", help="A table, or a picture as text.")
    ] = Format.TEXT,
    target: Annotated[
        str, typer.Option("--output", metavar="FILE", help="File to write; - is here.")
    ] = STANDARD,
) -> None:
    """Draw the lifecycle: which fact may follow in which state."""
    lifecycle = Lifecycle()
    if to is Format.TEXT and target == STANDARD:
        output.print(_table(lifecycle))
        return
    drawn = {
        Format.TEXT: lambda: _as_text(_table(lifecycle)),
        Format.MERMAID: lifecycle.mermaid,
        Format.DOT: lifecycle.dot,
        Format.SVG: lifecycle.svg,
    }[to]()
    with written(target) as stream:
        stream.write(f"{drawn.rstrip()}\n".encode())


def _table(lifecycle: Lifecycle) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("trigger", "from", "to"):
        table.add_column(name, no_wrap=True)
    table.add_column("when")
    for row in lifecycle.table.rows:
        table.add_row(row.trigger, row.source, row.target, _when(row))
    return table


def _when(row: Row) -> str:
    words = (
        f"{'' if condition.expected else 'unless '}{condition.name.replace('_', ' ')}"
        for condition in row.conditions
    )
    return ", ".join(words)


def _as_text(table: Table) -> str:
    page = StringIO()
    Console(file=page, width=100, color_system=None).print(table)
    return page.getvalue()
