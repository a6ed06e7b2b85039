"""The command line: see, play and record complaints from a terminal."""

from importlib.metadata import version
from typing import Annotated

import typer

from complaint_lifecycle.cli.charting import chart
from complaint_lifecycle.cli.demo import demo as demo_command
from complaint_lifecycle.cli.intake import intake as intake_command
from complaint_lifecycle.cli.listing import list_complaints
from complaint_lifecycle.cli.offering import offer
from complaint_lifecycle.cli.recording import record
from complaint_lifecycle.cli.regimes import due
from complaint_lifecycle.cli.regimes import regimes as regimes_command
from complaint_lifecycle.cli.schemes import scheme
from complaint_lifecycle.cli.schemes import schemes as schemes_command
from complaint_lifecycle.cli.showing import show
from complaint_lifecycle.cli.terminal import output, survive_narrow_encodings
from complaint_lifecycle.cli.transferring import export_journal, import_journal

app = typer.Typer(
    name="complaint-lifecycle",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        output.print(version("complaint-lifecycle"))
        raise typer.Exit


@app.callback()
def prepare(
    *,
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """Handle complaints well: eight steps, from thanks to prevention."""
    survive_narrow_encodings()


app.command("demo")(demo_command)
app.command("intake")(intake_command)
app.command("list")(list_complaints)
app.command("show")(show)
app.command("record")(record)
app.command("offer")(offer)
app.command("chart")(chart)
app.command("export")(export_journal)
app.command("import")(import_journal)
app.command("regimes")(regimes_command)
app.command("due")(due)
app.command("schemes")(schemes_command)
app.command("scheme")(scheme)

__all__ = ["app"]
