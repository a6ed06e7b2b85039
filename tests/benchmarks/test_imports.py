"""What importing the library costs, beside its dependencies alone."""

import os
import subprocess
import sys

import pytest
from attrs import frozen
from benchmarks.rounds import Board, Side, at_most
from pytest_benchmark.fixture import BenchmarkFixture

NOTHING = "pass"
PACKAGE = "import complaint_lifecycle"
EVERYTHING = """
import complaint_lifecycle
for name in complaint_lifecycle.__all__:
    getattr(complaint_lifecycle, name)
"""
DEPENDENCIES = "import attrs, cattrs, dateutil, moneyed, statemachine"
TIMED = """
import sys
from time import process_time_ns
start = process_time_ns()
{}
print(process_time_ns() - start, *sys.modules)
"""
FIVE_MILLISECONDS = 5e6


def fresh(statements: str) -> tuple[float, set[str]]:
    """Run statements in a new interpreter.

    Returns:
        Their CPU time in nanoseconds, and the modules that are loaded then.
    """
    # Without compiled files of its own a package would be compiled at every import.
    known = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    script = TIMED.format(statements)
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        env=known,
    )
    spent, *modules = done.stdout.split()
    return float(spent), set(modules)


@frozen
class Interpreter(Side):
    """A contender in an interpreter of its own, which tells its own time."""

    def turn(self) -> float:
        """Run once and return what the statements alone took."""
        spent, _ = self.run()
        return spent


def side(name: str, statements: str) -> Interpreter:
    """Make a contender out of statements."""
    return Interpreter(name, lambda: fresh(statements))


BARE = side("bare interpreter", NOTHING)
OURS = side("import complaint_lifecycle", PACKAGE)
ALL_NAMES = side("every name", EVERYTHING)
PEER = side("its dependencies alone", DEPENDENCIES)


def test_import_loads_no_dependency(board: Board) -> None:
    """Importing the package brings none of its dependencies along."""
    _, modules = fresh(PACKAGE)
    assert "complaint_lifecycle" in modules
    assert modules.isdisjoint({"attrs", "cattrs", "moneyed", "statemachine"})

    limit = Interpreter("limit", lambda: (FIVE_MILLISECONDS, set()))
    board.race("import of the package / five milliseconds", OURS, limit, at_most(1))


def test_race_of_every_name(board: Board) -> None:
    """Touching every name brings all dependencies along."""
    assert {"attrs", "cattrs", "moneyed", "statemachine"} <= fresh(DEPENDENCIES)[1]
    assert {"attrs", "cattrs", "moneyed", "statemachine"} <= fresh(EVERYTHING)[1]

    measure = "import of every name / of the dependencies alone"
    board.race(measure, ALL_NAMES, PEER, at_most(2))


@pytest.mark.benchmark(group="imports, whole interpreter")
@pytest.mark.parametrize("side", [BARE, OURS, ALL_NAMES, PEER], ids=str)
def test_import(benchmark: BenchmarkFixture, side: Side) -> None:
    """Each import works in an interpreter of its own."""
    assert benchmark.pedantic(side.run, rounds=5, warmup_rounds=1)[1]
