"""What every command shares: the database, the consoles, and how errors are told."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console

from complaint_lifecycle.desk import Desk
from complaint_lifecycle.errors import ComplaintError, JournalError
from complaint_lifecycle.sql import SqlJournal

FAILED = 2

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

output = Console()
messages = Console(stderr=True)


def path_of(db: str) -> str:
    """Return the SQLite file that ``--db`` names.

    Raises:
        JournalError: If it names another kind of database.
    """
    scheme, separator, rest = db.partition("://")
    if not separator:
        return db
    if scheme != "sqlite":
        problem = f"--db {db}: use an SQLite file, or sqlite:///FILE"
        raise JournalError(problem)
    return rest.removeprefix("/")


@contextmanager
def open_desk(db: str) -> Iterator[Desk]:
    """Open a desk on the database that ``--db`` names, and close it afterwards."""
    with SqlJournal(path_of(db)) as journal:
        yield Desk(journal=journal)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Tell an error of ours in one line on standard error, and exit with 2."""
    try:
        yield
    except (ComplaintError, OSError, UnicodeDecodeError) as error:
        line = " ".join(str(error).splitlines())
        messages.print(f"error: {line}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(FAILED) from error
