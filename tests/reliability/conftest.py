"""Gives the reliability tests a folder in memory, and runs them when they are asked for.

They kill processes and spoil files for minutes: ``COMPLAINT_LIFECYCLE_TRIALS=20 python
-m pytest tests/reliability`` tries a little of everything.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from reliability.servers import Server, own_server
from reliability.trials import NAMED, memory_folder
from stores import UnavailableError


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give an empty folder in memory."""
    with memory_folder() as made:
        yield made


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Give a PostgreSQL server that may be stopped; without one, skip, but not in CI."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(own_server())
        except UnavailableError as error:
            reason = f"no PostgreSQL: {error}"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        yield found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave these tests out, unless it is said how often to try."""
    if NAMED in os.environ:
        return
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.skip(f"takes minutes: set {NAMED}"))
