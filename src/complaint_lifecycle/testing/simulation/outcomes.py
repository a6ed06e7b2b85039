"""Outcomes: what came of a simulation, and how it is told."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import define, frozen

from complaint_lifecycle.errors import ComplaintError
from complaint_lifecycle.testing.simulation.laws import Broken
from complaint_lifecycle.testing.simulation.plans import Plan

_LINES = 30

Happening = tuple[datetime, str, str, str]
"""When, where, what, and what came of it."""


@frozen(eq=False)
class Outcome:
    """What came of a simulation.

    Attributes:
        plan: What was simulated.

        steps: After how many steps it stopped.

        broken: The law that was broken first, or ``None``.

        counts: How often what happened, such as ``"tick crashed"``.

        timeline: What happened, line by line: when, on which host, what, and what came
            of it.
    """

    plan: Plan
    steps: int
    broken: Broken | None
    counts: Mapping[str, int]
    timeline: tuple[str, ...]

    def report(self) -> str:
        """Tell which law was broken, by which seed, and what happened before."""
        if self.broken is None:
            return f"no law was broken in {self.steps} steps: {self.plan.call}"
        head = [f"{self.broken}", f"again with {self.plan.call}"]
        return "\n".join([*head, *_relevant(self.timeline, self.broken)])

    def __str__(self) -> str:
        return self.report()


def line(happening: Happening) -> str:
    """Write a line of the timeline.

    Args:
        happening: When, where, what, and what came of it.
    """
    at, where, what, outcome = happening
    return f"{at:%d %H:%M:%S} {where:<6} {what} -> {outcome}"


def _relevant(timeline: Sequence[str], broken: Broken) -> list[str]:
    """Leave out what is about other complaints, and all but the last lines."""
    name = broken.complaint_id
    if name is None:
        return list(timeline[-_LINES:])
    told = re.compile(rf"{re.escape(name)}\b| (start|clock) -> ")
    lines = [line for line in timeline[:-1] if told.search(line)]
    return [*lines[1 - _LINES :], *timeline[-1:]]


@define(slots=False)
class SimulationError(ComplaintError, AssertionError):
    """A simulation broke a law.

    Attributes:
        seed: The seed that broke it.

        report: The law, what was simulated, and the last of what happened.
    """

    seed: int
    report: str

    def __str__(self) -> str:
        return f"seed {self.seed}: {self.report}"
