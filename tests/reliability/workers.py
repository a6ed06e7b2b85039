"""What worker processes do until they are done or killed."""

from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from reliability.workload import calls, desk_on, done, play

from complaint_lifecycle import SqlJournal


def _acknowledge(pipe: Connection, key: str) -> None:
    pipe.send_bytes(key.encode())


def write(
    path: Path, trial: int, pipe: Connection, make: type[SqlJournal] = SqlJournal
) -> None:
    """Write until killed, and acknowledge what is recorded."""
    play(desk_on(make(path)), trial, partial(_acknowledge, pipe))


def write_too_early(
    path: Path, trial: int, pipe: Connection, make: type[SqlJournal] = SqlJournal
) -> None:
    """Write until killed, but acknowledge what is not yet recorded."""
    desk = desk_on(make(path))
    for key, call in calls(desk, trial):
        _acknowledge(pipe, key)
        if not done(call):
            # What is refused is no loss.
            _acknowledge(pipe, f"-{key}")
