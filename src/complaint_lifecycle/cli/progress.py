"""A progress bar on standard error, for those who wait at a terminal."""

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from complaint_lifecycle.cli.terminal import messages


def progress_bar() -> Progress:
    """Make a bar that vanishes when it is done; invisible unless at a terminal."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:,.0f}", markup=False),
        TimeElapsedColumn(),
        console=messages,
        transient=True,
        disable=not messages.is_terminal,
    )
