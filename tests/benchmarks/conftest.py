"""Enables the benchmarks, gives them a board, and prints the score at the end."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from benchmarks.rounds import Board
from benchmarks.storage import sync_time

_BOARD = pytest.StashKey[Board]()
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - used only if there is one


def pytest_configure(config: pytest.Config) -> None:
    """Let ``--benchmark-enable`` win over ``--benchmark-skip`` of the defaults."""
    config.stash[_BOARD] = Board()
    if config.getoption("benchmark_enable") or config.getoption("benchmark_only"):
        config.option.benchmark_skip = False


@pytest.fixture(scope="session")
def board(pytestconfig: pytest.Config) -> Board:
    """Keep the score; without ``--benchmark-enable`` there is no race."""
    if pytestconfig.getoption("benchmark_skip"):
        pytest.skip("give --benchmark-enable")
    return pytestconfig.stash[_BOARD]


@pytest.fixture(scope="session")
def storage(board: Board, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make a folder for databases, in memory if possible, and note what it costs."""
    disk = tmp_path_factory.mktemp("disk")
    home = _IN_MEMORY if _IN_MEMORY.is_dir() else disk
    with TemporaryDirectory(dir=home) as folder:
        path = Path(folder)
        board.notes.append(
            f"fdatasync of a page: {sync_time(path)} where the databases lie"
            f" ({home}), {sync_time(disk)} on the ordinary disk"
        )
        yield path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the score."""
    board = terminalreporter.config.stash[_BOARD]
    if board.rows:
        terminalreporter.section("CPU time, medians of alternating rounds")
        for line in board.lines():
            terminalreporter.write_line(line)
