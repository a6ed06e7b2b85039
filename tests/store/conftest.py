"""Gives the tests of this folder journals of every kind that we ship."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from stores import NAMED, Place, UnavailableError, postgres_server, schema_in

from complaint_lifecycle import MemoryJournal
from complaint_lifecycle.journal import Journal


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Give a PostgreSQL server; without one, skip, but never in CI."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(postgres_server())
        except UnavailableError as error:
            reason = f"no PostgreSQL, set {NAMED} to one: {error}"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        yield found


@pytest.fixture
def postgres(server: str) -> Iterator[Place]:
    """Give an empty schema of PostgreSQL."""
    with schema_in(server) as place:
        yield place


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Give an empty place in each database."""
    if request.param == "postgres":
        found: Place = request.getfixturevalue("postgres")
        return found
    return Place(str(tmp_path / "complaints.sqlite"))


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    """Give an empty journal of each kind."""
    if request.param == "memory":
        yield MemoryJournal()
        return
    if request.param == "postgres":
        place = request.getfixturevalue("postgres")
    else:
        place = Place(str(tmp_path / "complaints.sqlite"))
    with place.open() as opened:
        yield opened
