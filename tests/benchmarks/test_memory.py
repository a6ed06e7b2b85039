"""A journey through the eight steps in memory, beside two libraries of machines."""

from time import process_time
from types import SimpleNamespace
from typing import Any

import pytest
from benchmarks.journey import LIFECYCLE, NOON, steps, taken_in
from benchmarks.rounds import Bar, Board, Side, at_least, at_most
from pytest_benchmark.fixture import BenchmarkFixture
from transitions import Machine

from complaint_lifecycle import gift_chart
from complaint_lifecycle.lifecycle import Row

Move = tuple[str, dict[str, Any]]
TRIGGERS = (
    "thank", "explain", "apologise", "promise", "gather", "fix", "verify", "prevent",
)  # fmt: skip
WITH_CONDITIONS = ("promise", "gather", "fix", "verify")

START = taken_in()
CHART = gift_chart()


def step_by_step() -> str:
    """Record the eight steps one after the other, each judged and made an entry."""
    complaint = START
    for event in steps():
        _, complaint = LIFECYCLE.decide(complaint, [event], at=NOON, by="ana")
    return complaint.state


def at_once() -> str:
    """Record the eight steps in one call."""
    _, complaint = LIFECYCLE.decide(START, steps(), at=NOON, by="ana")
    return complaint.state


def moves() -> tuple[Move, ...]:
    """Return the triggers, with what their conditions read, made beforehand."""
    made: list[Move] = []
    complaint = START
    for trigger, event in zip(TRIGGERS, steps(), strict=True):
        before = complaint
        entries, complaint = LIFECYCLE.decide(before, [event], at=NOON, by="ana")
        read = {"complaint": before, "entry": entries[0]}
        made.append((trigger, read if trigger in WITH_CONDITIONS else {}))
    return tuple(made)


MOVES = moves()


def on_the_chart() -> str:
    """Send the eight triggers to a chart of python-statemachine."""
    chart = CHART(start_value="received")
    for trigger, read in MOVES:
        chart.send(trigger, **read)
    return str(chart.current_state_value)


def transition(row: Row) -> dict[str, Any]:
    """Return a row of our table in the words of ``transitions``."""
    return {
        "trigger": row.trigger,
        "source": row.source,
        "dest": row.target,
        "conditions": [c.check for c in row.conditions if c.expected],
        "unless": [c.check for c in row.conditions if not c.expected],
    }


MACHINE = Machine(
    model=None,
    states=list(LIFECYCLE.table.states),
    transitions=[transition(row) for row in LIFECYCLE.table.rows],
    initial="received",
    auto_transitions=False,
)
REUSED: Any = SimpleNamespace()
MACHINE.add_model(REUSED)


def moved(model: Any) -> str:
    """Take a model of ``transitions`` through the eight steps."""
    for trigger, read in MOVES:
        getattr(model, trigger)(**read)
    return str(model.state)


def on_a_new_model() -> str:
    """Add a model for the complaint, move it, and remove it."""
    model = SimpleNamespace()
    MACHINE.add_model(model)
    state = moved(model)
    MACHINE.remove_model(model)
    return state


def on_the_old_model() -> str:
    """Put one model back to the start, and move it."""
    MACHINE.set_state("received", REUSED)
    return moved(REUSED)


OURS = Side("ours, step by step", step_by_step, 400)
AT_ONCE = Side("ours, all in one call", at_once, 400)
STATEMACHINE = Side("python-statemachine", on_the_chart, 10)
TRANSITIONS = Side("transitions", on_a_new_model, 100)
OLD_MODEL = Side("transitions, one model for all", on_the_old_model, 200)
SIDES = (OURS, AT_ONCE, STATEMACHINE, TRANSITIONS, OLD_MODEL)

RACES = (
    (OURS, STATEMACHINE, at_least(30)),
    (OURS, TRANSITIONS, at_least(3)),
    (OURS, OLD_MODEL, at_least()),
    (AT_ONCE, STATEMACHINE, at_least()),
    (AT_ONCE, TRANSITIONS, at_least()),
    (AT_ONCE, OURS, at_most()),
)


@pytest.mark.parametrize(("ours", "peer", "bar"), RACES, ids=str)
def test_race(board: Board, ours: Side, peer: Side, bar: Bar) -> None:
    """Both sides bring a received complaint to the end of the eight steps."""
    assert ours.run() == peer.run() == "prevented"

    board.race(f"journey in memory: {ours} / {peer}", ours, peer, bar)


@pytest.mark.benchmark(group="journey in memory", max_time=0.5, timer=process_time)
@pytest.mark.parametrize("side", SIDES, ids=str)
def test_journey(benchmark: BenchmarkFixture, side: Side) -> None:
    """Each side brings a received complaint to the end of the eight steps."""
    assert benchmark(side.run) == "prevented"
