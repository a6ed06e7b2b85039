"""The command ``demo``: the bundled inbox, taken through all eight steps."""

from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated

import typer

from complaint_lifecycle.cli.demo.bargains import POLICY
from complaint_lifecycle.cli.demo.course import Act
from complaint_lifecycle.cli.demo.playing import play
from complaint_lifecycle.cli.demo.report import tell
from complaint_lifecycle.cli.demo.stories import on_one_timeline
from complaint_lifecycle.cli.steps import read_instant
from complaint_lifecycle.cli.terminal import (
    one_line_errors,
    open_desk,
    path_of,
)
from complaint_lifecycle.clock import JumpClock, in_utc
from complaint_lifecycle.errors import InvalidEventError, JournalError
from complaint_lifecycle.inbox import load_inbox

# By then everybody is served, and the first fortnight is in the archive.
UNTIL = "2026-04-17T18:00+00:00"


@one_line_errors()
def demo(
    *,
    db: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="Where to keep it: a new SQLite file.",
            show_default="a temporary file",
        ),
    ] = "",
    until: Annotated[
        str,
        typer.Option(metavar="INSTANT", help="Stop here; the rest has not happened."),
    ] = UNTIL,
    slow: Annotated[
        bool, typer.Option("--slow/--fast", help="Pause after each fact, to watch it.")
    ] = False,
) -> None:
    """Take an inbox of 66 complaints through all eight steps.

    Everything that can happen happens: promises kept and broken, second rounds,
    questions, silence, referrals, a withdrawal, a merger, offers that are accepted,
    declined, replaced or left to expire, and steps that are refused.
    """
    acts = _acts(in_utc(read_instant(until, "--until"), "--until"))
    path = _fresh(db)
    clock = JumpClock(acts[0].at)
    with open_desk(path, clock=clock, compensation=POLICY) as desk:
        refused = play(desk, clock, acts, slowly=slow)
        tell(desk, refused, db=path)


def _acts(until: datetime) -> list[Act]:
    acts = list(on_one_timeline(load_inbox()))
    if until < acts[0].at:
        rule = f"nothing has happened by then: the first letter came at {acts[0].at}"
        raise InvalidEventError("--until", until.isoformat(), rule)
    return [act for act in acts if act.at <= until]


def _fresh(db: str) -> str:
    if not db:
        return str(Path(mkdtemp(prefix="complaints-")) / "demo.sqlite")
    path = path_of(db)
    if Path(path).exists() and not _is_unused(path):
        problem = f"{path} is not empty: the demonstration needs a file of its own"
        raise JournalError(problem)
    return path


def _is_unused(path: str) -> bool:
    if Path(path).is_file() and not Path(path).stat().st_size:
        return True
    with open_desk(path, existing=True) as desk:
        return not desk.journal.complaints()
