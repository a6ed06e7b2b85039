"""Worker processes that begin within milliseconds, and are killed without a warning."""

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.forkserver import ensure_running
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from unittest import mock

CONTEXT = multiprocessing.get_context("forkserver")
# Workers are forked from a server that has all in memory that they need.
CONTEXT.set_forkserver_preload(["__main__", "reliability.warming"])


def start(work: Callable[..., object], *arguments: Any) -> BaseProcess:
    """Start a process."""
    tests = str(Path(__file__).parents[1])
    known = os.environ.get("PYTHONPATH", "")
    with mock.patch.dict(os.environ, PYTHONPATH=f"{tests}{os.pathsep}{known}"):
        ensure_running()
    process = CONTEXT.Process(target=work, args=arguments, daemon=True)
    process.start()
    return process


def drained(pipe: Connection) -> list[str]:
    """Read all that a dead process has sent, but a message that it did not finish."""
    found: list[str] = []
    try:
        while True:
            found.append(pipe.recv_bytes().decode())
    except (EOFError, OSError):
        return found
    finally:
        pipe.close()
