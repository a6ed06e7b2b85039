"""The pytest plugin: fixtures, and the coverage of a workflow; inert until asked for.

pytest loads it in every session of an environment in which the library is installed,
so nothing is imported here before it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

    from complaint_lifecycle import Desk, JumpClock
    from complaint_lifecycle.inbox import Letter
    from complaint_lifecycle.testing import WorkflowCoverage

_NAME = "complaint-coverage"


@pytest.fixture
def jump_clock() -> JumpClock:
    """Return a clock that stands at nine on a Monday until a test lets it jump."""
    from datetime import UTC, datetime

    from complaint_lifecycle import JumpClock

    return JumpClock(datetime(2026, 3, 2, 9, tzinfo=UTC))


@pytest.fixture
def desk(jump_clock: JumpClock) -> Desk:
    """Return a desk in memory with ``jump_clock``, whose ids are c-1, c-2 and so on.

    It has no SLA and no policy: derive one with ``attrs.evolve(desk, sla=...)``, or
    write a fixture ``desk`` of your own.
    """
    from itertools import count

    from complaint_lifecycle import Desk

    numbers = count(1)
    return Desk(clock=jump_clock, new_id=lambda: f"c-{next(numbers)}")


@pytest.fixture(scope="session")
def inbox() -> tuple[Letter, ...]:
    """Return the complaints that come with the library, in order of arrival."""
    from complaint_lifecycle.inbox import load_inbox

    return load_inbox()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup(_NAME, "coverage of the complaint workflow")
    group.addoption(
        "--complaint-coverage",
        action="store_true",
        help="report which states, transitions, conditions, targets and policy "
        "branches the tests exercise",
    )
    group.addoption(
        "--complaint-coverage-of",
        action="append",
        default=[],
        metavar="MODULE:NAME",
        help="a desk, lifecycle, SLA or policy to measure, or a function that makes "
        "one; may be repeated (default: whatever is used)",
    )
    group.addoption(
        "--complaint-coverage-fail-under",
        type=float,
        metavar="N",
        help="fail if less than N percent are exercised",
    )
    group.addoption(
        "--complaint-coverage-svg",
        metavar="FILE",
        help="draw each chart that was measured, coloured by what was exercised",
    )
    parser.addini(
        "complaint_coverage_without",
        type="linelist",
        help="what no test can reach, as the report names it",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Begin to measure, if any of the options asks for it."""
    asked = _asked(config)
    if not any(asked):
        return
    if config.getoption("numprocesses", None):
        problem = "--complaint-coverage measures one process: leave out -n"
        raise pytest.UsageError(problem)
    config.pluginmanager.register(_Measuring(config), _NAME)


def _asked(config: pytest.Config) -> tuple[object, ...]:
    options = ("", "-of", "-fail-under", "-svg")
    found = (config.getoption(f"--complaint-coverage{each}") for each in options)
    return tuple(None if value is False else value for value in found)


class _Measuring:
    """Measures from the start of the session to its end, and reports."""

    def __init__(self, config: pytest.Config) -> None:
        from contextlib import ExitStack

        self.config = config
        self.coverage = _coverage(config)
        self.least: float | None = config.getoption("--complaint-coverage-fail-under")
        self.stack = ExitStack()
        self.stack.enter_context(self.coverage.watching())

    @property
    def falls_short(self) -> bool:
        return self.least is not None and self.coverage.percent < self.least

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        self.stack.close()
        self._draw()
        if self.falls_short and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        yield

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        write = terminalreporter.write_line
        terminalreporter.section("coverage of the complaint workflow")
        for line in self.coverage.report().splitlines():
            write(line)
        if self.falls_short:
            percent = self.coverage.percent
            told = f"{int(percent * 10) / 10:.1f} % were exercised"
            write(f"FAIL: {self.least:g} % are required, {told}")

    def _draw(self) -> None:
        name = self.config.getoption("--complaint-coverage-svg")
        if name is None:
            return
        from pathlib import Path

        first = Path(name)
        for number, picture in enumerate(self.coverage.pictures(), 1):
            file = first if number == 1 else first.with_stem(f"{first.stem}-{number}")
            file.write_text(picture, encoding="utf-8")


def _coverage(config: pytest.Config) -> WorkflowCoverage:
    from complaint_lifecycle.errors import ComplaintError
    from complaint_lifecycle.testing import WorkflowCoverage

    named: Any = config.getoption("--complaint-coverage-of")
    try:
        subjects = [_subject(name) for name in named]
        return WorkflowCoverage(
            *subjects, without=config.getini("complaint_coverage_without")
        )
    except ComplaintError as error:
        raise pytest.UsageError(str(error)) from error


def _subject(name: str) -> Any:
    """Import what is to be measured."""
    from importlib import import_module
    from types import FunctionType

    module, _, attribute = name.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        problem = f"--complaint-coverage-of={name}: {error}; say MODULE:NAME"
        raise pytest.UsageError(problem) from error
    # A policy of ours can be called, too, but is no function.
    return found() if isinstance(found, FunctionType) else found
