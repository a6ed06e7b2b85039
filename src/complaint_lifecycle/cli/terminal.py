"""What every command shares: the database, the consoles, and how errors are told."""

import io
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from complaint_lifecycle.cli.words import visible
from complaint_lifecycle.clock import Clock, utc_now
from complaint_lifecycle.compensation import Policy
from complaint_lifecycle.desk import Desk
from complaint_lifecycle.errors import ComplaintError, JournalError
from complaint_lifecycle.sql import SqlJournal

FAILED = 2
NOBODY_LISTENS = 1

Db = Annotated[
    str,
    typer.Option(
        "--db",
        metavar="FILE_OR_URL",
        envvar="COMPLAINT_DB",
        help="SQLite file, or sqlite:///FILE.",
    ),
]
"""The option that every command takes."""

DEFAULT_DB = "complaints.sqlite"

# What customers write is never read as markup.
output = Console(markup=False, emoji=False, highlight=False)
messages = Console(stderr=True, markup=False, emoji=False, highlight=False)


def path_of(db: str) -> str:
    """Return the SQLite file that ``--db`` names.

    Raises:
        JournalError: If it names another kind of database, or none.
    """
    scheme, separator, rest = db.partition("://")
    path = rest.removeprefix("/") if separator else db
    if (separator and scheme != "sqlite") or not path:
        problem = f"--db {db!r}: use an SQLite file, or sqlite:///FILE"
        raise JournalError(problem)
    return path


@contextmanager
def open_desk(
    db: str,
    *,
    existing: bool = False,
    clock: Clock = utc_now,
    compensation: Policy | None = None,
) -> Iterator[Desk]:
    """Open a desk on the database that ``--db`` names, and close it afterwards.

    Args:
        db: An SQLite file, or its URL.

        existing: Refuse a file that holds no journal yet, instead of making one.

        clock: Answers with the current instant.

        compensation: The policy that says what to offer.

    Raises:
        JournalError: If the database cannot be used, or is to exist and does not.
    """
    path = path_of(db)
    if existing and not Path(path).is_file():
        problem = f"there is no file {path}: name the database with --db"
        raise JournalError(problem)
    with SqlJournal(path, create=not existing) as journal:
        yield Desk(journal=journal, clock=clock, compensation=compensation)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Tell an error of ours in one line on standard error, and exit with 2.

    Also a decorator. A reader who has gone, as after ``| head``, ends it silently.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        raise typer.Exit(NOBODY_LISTENS) from None
    except (ComplaintError, OSError, UnicodeError) as error:
        line = " ".join(visible(_told(error)).split())
        messages.print(f"error: {line}", style="red", soft_wrap=True)
        raise typer.Exit(FAILED) from error


def _told(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)


@contextmanager
def one_line_warnings(category: type[Warning]) -> Iterator[None]:
    """Tell warnings of a category in one line each on standard error."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", category)
        yield
    for warning in caught:
        line = visible(f"warning: {warning.message}")
        messages.print(line, style="yellow", soft_wrap=True)


def _drop_output() -> None:
    """Let what is still buffered for the reader who has gone go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def survive_narrow_encodings() -> None:
    """Write letters that the terminal's encoding lacks as escapes, not as a crash."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
