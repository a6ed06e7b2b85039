"""The commands ``export`` and ``import``: whole journals as JSON Lines."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from complaint_lifecycle.cli.progress import progress_bar
from complaint_lifecycle.cli.streams import STANDARD, lines_of, opened, written
from complaint_lifecycle.cli.terminal import (
    DEFAULT_DB,
    Db,
    messages,
    one_line_errors,
    open_desk,
)
from complaint_lifecycle.transfer import export_entries, import_entries


@one_line_errors()
def export_journal(
    target: Annotated[
        str, typer.Argument(metavar="FILE", help="File to write, or - for the output.")
    ] = STANDARD,
    *,
    db: Db = DEFAULT_DB,
) -> None:
    """Write every entry as a line of JSON, personal text included."""
    with (
        open_desk(db, existing=True) as desk,
        written(target) as stream,
        progress_bar() as bar,
    ):
        count = 0
        for line in bar.track(export_entries(desk.journal), description="writing"):
            stream.write(f"{line}\n".encode())
            count += 1
    messages.print(f"entries written: {count:,}", style="dim")


@one_line_errors()
def import_journal(
    source: Annotated[
        str,
        typer.Argument(metavar="FILE", help="What export wrote, or - for the input."),
    ],
    *,
    db: Db = DEFAULT_DB,
) -> None:
    """Take exported entries in: all of them or none, each judged by the lifecycle.

    Entries that are there already are passed over, so that an import may be repeated.
    """
    with (
        opened(source) as stream,
        open_desk(db) as desk,
        progress_bar() as bar,
    ):
        lines = _ticking(lines_of(stream), bar, _size_of(source))
        new = import_entries(lines, desk.journal)
        if new:
            # What budgets paid is not exported; deadlines are for the desk that
            # watches them, with its SLA.
            desk.recount()
    messages.print(f"new entries taken in: {new:,}", style="dim")


def _size_of(source: str) -> int | None:
    """Return how much there is to read, if that is known: not for a pipe."""
    return None if source == STANDARD else Path(source).stat().st_size or None


def _ticking(
    lines: Iterable[bytes], bar: Progress, size: int | None
) -> Iterator[bytes]:
    task = bar.add_task("reading bytes", total=size)
    for line in lines:
        yield line
        bar.advance(task, len(line))
