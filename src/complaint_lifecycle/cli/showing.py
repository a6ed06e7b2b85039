"""The command ``show``: one complaint with everything that happened to it."""

from typing import Annotated

import typer

from complaint_lifecycle.cli.streams import STANDARD, written
from complaint_lifecycle.cli.terminal import (
    DEFAULT_DB,
    Db,
    one_line_errors,
    open_desk,
    output,
)
from complaint_lifecycle.cli.timeline import header, outlook, timeline
from complaint_lifecycle.cli.words import visible
from complaint_lifecycle.codec import Codec
from complaint_lifecycle.desk import Desk

Id = Annotated[str, typer.Argument(metavar="ID", help="Id of the complaint.")]
"""The argument that names a complaint."""


@one_line_errors()
def show(
    complaint_id: Id,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write its entries as export does.")
    ] = False,
    db: Db = DEFAULT_DB,
) -> None:
    """Show where a complaint stands, and everything that happened to it."""
    with open_desk(db, existing=True) as desk:
        if as_json:
            _dump(desk, complaint_id)
        else:
            _tell(desk, complaint_id)


def _dump(desk: Desk, complaint_id: str) -> None:
    codec = Codec(desk.lifecycle.events)
    entries = desk.history(complaint_id)
    with written(STANDARD) as stream:
        stream.writelines(f"{codec.dump(entry)}\n".encode() for entry in entries)


def _tell(desk: Desk, complaint_id: str) -> None:
    complaint = desk.complaint(complaint_id)
    output.print(f"Complaint {visible(complaint.id)}", style="bold")
    output.print(header(complaint))
    output.print("\nWhat happened, in UTC", style="bold")
    output.print(timeline(desk.history(complaint_id)))
    output.print("\nWhat comes next", style="bold")
    output.print(outlook(complaint, desk.lifecycle))
