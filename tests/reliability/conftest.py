"""Gives the reliability tests a folder in memory, and runs them when they are asked for.

They kill processes and spoil files for minutes: ``COMPLAINT_LIFECYCLE_TRIALS=20 python
-m pytest tests/reliability`` tries a little of everything.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from reliability.trials import NAMED, memory_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give an empty folder in memory."""
    with memory_folder() as made:
        yield made


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave these tests out, unless it is said how often to try."""
    if NAMED in os.environ:
        return
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.skip(f"takes minutes: set {NAMED}"))
