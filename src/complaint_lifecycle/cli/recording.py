"""The command ``record``: what was done about a complaint."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from complaint_lifecycle.cli.showing import Id
from complaint_lifecycle.cli.steps import read_instant, read_steps
from complaint_lifecycle.cli.terminal import (
    DEFAULT_DB,
    Db,
    one_line_errors,
    open_desk,
    output,
)
from complaint_lifecycle.cli.timeline import outlook
from complaint_lifecycle.cli.words import visible
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.desk import Desk
from complaint_lifecycle.events import Event, Merged, Promised


@one_line_errors()
def record(
    complaint_id: Id,
    steps: Annotated[
        list[str],
        typer.Argument(
            metavar="STEP",
            help="What was done, with its fields: thank + explain helps=packing",
        ),
    ],
    *,
    by: Annotated[str, typer.Option(metavar="WHO", help="Who records it.")],
    at: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="When it was done; by default now."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="The same call with it is recorded once."),
    ] = None,
    db: Db = DEFAULT_DB,
) -> None:
    """Record what was done about a complaint, if the lifecycle allows it.

    Several steps separated by + are recorded together or not at all. Write dates like
    2026-03-16, instants like 2026-03-02T09:00+00:00, money like '49.90 EUR', and
    satisfied as yes, no or unknown.
    """
    when = None if at is None else read_instant(at, "--at")
    with open_desk(db, existing=True) as desk:
        events = read_steps(steps, desk.lifecycle.events)
        complaint = _record(desk, complaint_id, events, by=by, at=when, key=key)
        where = f"{complaint.state}, round {complaint.round}"
        output.print(f"{visible(complaint.id)}: {where}", style="bold green")
        output.print(outlook(complaint, desk.lifecycle))


def _record(
    desk: Desk,
    complaint_id: str,
    events: Sequence[Event],
    *,
    by: str,
    at: datetime | None,
    key: str | None,
) -> Complaint:
    match events:
        case [Merged(into=into)]:
            return desk.merge(complaint_id, into=into, by=by, at=at, key=key)
        case [Merged(into=into), Promised() as promise]:
            return desk.merge(
                complaint_id, into=into, by=by, promise=promise, at=at, key=key
            )
        case _:
            return desk.record(complaint_id, *events, by=by, at=at, key=key)
