"""The commands ``export`` and ``import``: whole journals as JSON Lines."""

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
from complaint_lifecycle.cli.words import visible
from complaint_lifecycle.transfer import (
    ImportProgress,
    ImportReport,
    export_entries,
    import_entries,
)

_SHOWN = 20


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
        lines = export_entries(desk.journal, on_held_back=_held_back)
        for line in bar.track(lines, description="writing"):
            stream.write(f"{line}\n".encode())
            count += 1
    messages.print(f"entries written: {count:,}", style="dim")


def _held_back(count: int) -> None:
    messages.print(
        f"entries held back: {count:,}, since a transaction is under way that may "
        "write before them: export again when it has ended",
        style="yellow",
    )


@one_line_errors()
def import_journal(
    source: Annotated[
        str,
        typer.Argument(metavar="FILE", help="What export wrote, or - for the input."),
    ],
    *,
    db: Db = DEFAULT_DB,
    skip: Annotated[
        bool,
        typer.Option(
            "--skip", help="Leave out complaints with a bad line, and say which."
        ),
    ] = False,
) -> None:
    """Take exported entries in: whole complaints, each entry judged by the lifecycle.

    Entries that are there already are passed over, so that an import may be repeated,
    and goes on where another one was ended.
    """
    with (
        opened(source) as stream,
        open_desk(db) as desk,
        progress_bar() as bar,
    ):
        report = import_entries(
            lines_of(stream),
            desk.journal,
            on_error="skip" if skip else "stop",
            progress=_Shown(bar, _size_of(source)).told,
        )
        if report.entries:
            # What budgets paid is not exported; deadlines are for the desk that
            # watches them, with its SLA.
            desk.recount()
    _say_refused(report)
    messages.print(f"new entries taken in: {report.entries:,}", style="dim")
    if report.refused:
        raise typer.Exit(1)


def _say_refused(report: ImportReport) -> None:
    for line in report.refused[:_SHOWN]:
        name = line.complaint_id
        which = "" if name is None else f"complaint {name!r} left out: "
        text = visible(f"line {line.line}: {which}{line.problem}")
        messages.print(text, style="yellow", soft_wrap=True)
    more = len(report.refused) - _SHOWN
    if more > 0:
        messages.print(f"and {more:,} more", style="yellow")


def _size_of(source: str) -> int | None:
    """Return how much there is to read, if that is known: not for a pipe."""
    return None if source == STANDARD else Path(source).stat().st_size or None


class _Shown:
    """Shows how far an import has come: bytes read first, then lines written."""

    def __init__(self, bar: Progress, size: int | None) -> None:
        self._bar = bar
        self._task = bar.add_task("reading bytes", total=size)
        self._writing = False

    def told(self, progress: ImportProgress) -> None:
        """Move the bar."""
        if not progress.done:
            self._bar.update(self._task, completed=progress.bytes)
            return
        if not self._writing:
            self._writing = True
            self._bar.update(
                self._task, description="taking in lines", total=progress.lines
            )
        self._bar.update(self._task, completed=progress.done)
