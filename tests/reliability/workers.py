"""What worker processes do until they are done or killed."""

from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from reliability.workload import calls, desk_on, done, opened, play
from stores import Place

from complaint_lifecycle import SqlJournal
from complaint_lifecycle.errors import ConflictError, JournalError


def _acknowledge(pipe: Connection, key: str) -> None:
    pipe.send_bytes(key.encode())


def write(
    path: Path | Place,
    trial: int,
    pipe: Connection,
    make: type[SqlJournal] = SqlJournal,
) -> None:
    """Write until killed, and acknowledge what is recorded."""
    play(desk_on(opened(path, make)), trial, partial(_acknowledge, pipe))


def write_too_early(
    path: Path | Place,
    trial: int,
    pipe: Connection,
    make: type[SqlJournal] = SqlJournal,
) -> None:
    """Write until killed, but acknowledge what is not yet recorded."""
    desk = desk_on(opened(path, make))
    for key, call in calls(desk, trial):
        _acknowledge(pipe, key)
        if not done(call):
            # What is refused is no loss.
            _acknowledge(pipe, f"-{key}")


def write_among_others(path: Path | Place, trial: int, pipe: Connection) -> None:
    """Write beside others until the database fails."""
    try:
        desk = desk_on(opened(path))
        for key, call in calls(desk, trial):
            with suppress(ConflictError):
                if done(call):
                    _acknowledge(pipe, key)
    except JournalError:
        # Whether that call is recorded nobody has said, so it may be or not.
        return
