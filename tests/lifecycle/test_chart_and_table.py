"""The table is the chart compiled: both give the same answer, always."""

from datetime import timedelta
from itertools import product

import pytest
from histories import START, histories, likely_events, steps
from hypothesis import given
from hypothesis import strategies as st
from statemachine.exceptions import TransitionNotAllowed

from complaint_lifecycle import Lifecycle, RefusedError, gift_chart
from complaint_lifecycle.events import EVENTS, Entry, Event
from complaint_lifecycle.lifecycle import Conditions

LIFECYCLE = Lifecycle()
TRIGGERS = sorted({e.trigger for e in EVENTS if e.trigger})
NAMES = [name for name in vars(Conditions) if not name.startswith("_")]
NAMES.remove("attempts")


def scripted_chart(outcomes: dict[str, bool]):
    """Make the chart with conditions that answer as scripted."""
    methods = {
        name: lambda self, complaint=None, entry=None, name=name: outcomes[name]
        for name in NAMES
    }
    return type("Scripted", (gift_chart(),), methods)


def sent(chart, trigger: str, **arguments) -> str:
    """Send a trigger to a chart instance; return its state or "refused"."""
    try:
        chart.send(trigger, **arguments)
    except TransitionNotAllowed:
        return "refused"
    return str(chart.current_state_value)


def outcomes_that_matter(state: str, trigger: str) -> list[dict[str, bool]]:
    """List every combination of outcomes of the conditions on a way."""
    names = {
        condition.name
        for row in LIFECYCLE.table.rows
        if (row.source, row.trigger) == (state, trigger)
        for condition in row.conditions
    }
    return [
        dict.fromkeys(NAMES, False) | dict(zip(sorted(names), answers, strict=True))
        for answers in product([False, True], repeat=len(names))
    ]


@pytest.mark.parametrize("state", LIFECYCLE.table.states)
def test_chart_and_table_agree_on_every_trigger_and_condition_outcome(state: str):
    """From each state, each trigger under each outcome leads both to the same state."""
    outcomes: dict[str, bool] = {}
    chart = scripted_chart(outcomes)
    table = Lifecycle(chart).table
    for trigger in TRIGGERS:
        for answers in outcomes_that_matter(state, trigger):
            outcomes.update(answers)
            expected = sent(chart(start_value=state), trigger)
            rows = [r for r in table.rows if (r.source, r.trigger) == (state, trigger)]
            taken = [row.target for row in rows if row.broken(None, None) is None]
            assert (taken[0] if taken else "refused") == expected


@given(st.lists(steps(), max_size=25))
def test_chart_and_table_agree_along_random_walks(walk: list[tuple[Event, str, int]]):
    """One living chart instance and the folded complaint stand in the same state."""
    chart = LIFECYCLE.chart()
    complaint = LIFECYCLE.new("c-1")
    now = START
    for event, by, minutes in walk:
        now += timedelta(minutes=minutes)
        entry = Entry(
            complaint_id="c-1",
            version=complaint.version + 1,
            at=now,
            by=by,
            event=event,
            recorded_at=now,
        )
        expected = str(chart.current_state_value)
        if event.trigger is not None:
            expected = sent(chart, event.trigger, complaint=complaint, entry=entry)
        try:
            _, complaint = LIFECYCLE.decide(complaint, [event], at=now, by=by)
        except RefusedError:
            assert event.trigger is None or expected == "refused"
        else:
            assert complaint.state == expected


@given(likely_events, st.sampled_from(LIFECYCLE.table.states))
def test_every_refusal_names_what_is_allowed(event: Event, state: str):
    """A refusal carries the state, the fact, and exactly the triggers of the state."""
    complaint = LIFECYCLE.new("c-1")
    object.__setattr__(complaint, "state", state)
    refusal = LIFECYCLE.refusal(complaint, event, at=START)
    if refusal is not None:
        ways = [row.trigger for row in LIFECYCLE.table.rows if row.source == state]
        assert refusal.allowed == tuple(dict.fromkeys(ways))
        assert (refusal.state, refusal.event) == (state, event.kind)
        assert refusal.reason
        assert all(trigger in str(refusal) for trigger in refusal.allowed)


def test_the_table_of_the_design_is_the_chart():
    """The transitions are those of the lifecycle as it was designed, no more, no less."""
    open_states = {
        "received", "thanked", "explained", "apologised", "promised", "gathered",
        "fixed", "verified", "prevented", "referred", "withdrawn",
    }  # fmt: skip
    before_fix = open_states - {
        "fixed",
        "verified",
        "prevented",
        "referred",
        "withdrawn",
    }
    designed = {
        ("nothing", "receive", "received"),
        ("received", "thank", "thanked"),
        ("thanked", "explain", "explained"),
        ("explained", "apologise", "apologised"),
        ("apologised", "promise", "promised"),
        ("promised", "promise", "promised"),
        ("gathered", "promise", "gathered"),
        ("promised", "gather", "gathered"),
        ("gathered", "fix", "fixed"),
        ("fixed", "verify", "verified"),
        ("fixed", "verify", "explained"),
        ("verified", "prevent", "prevented"),
        ("referred", "prevent", "prevented"),
        ("withdrawn", "prevent", "prevented"),
        ("prevented", "archive", "archived"),
    }
    designed |= {
        (s, "refer", "referred") for s in before_fix - {"received"} | {"fixed"}
    }
    designed |= {(s, "withdraw", "withdrawn") for s in before_fix | {"fixed"}}
    for state in ("verified", "prevented", "referred", "withdrawn"):
        designed |= {(state, "reopen", "explained"), (state, "reopen", "received")}
    designed |= {(state, "merge", "merged") for state in open_states}
    assert {(r.source, r.trigger, r.target) for r in LIFECYCLE.table.rows} == designed
    assert LIFECYCLE.table.final == {"merged", "archived"}


@given(histories(LIFECYCLE))
def test_a_chart_instance_follows_every_history_that_the_table_admits(history):
    """Whatever the table admitted, a fresh chart instance walks to the same state."""
    entries, complaint = history
    chart = LIFECYCLE.chart()
    before = LIFECYCLE.new("c-1")
    for entry in entries:
        if entry.event.trigger is not None:
            chart.send(entry.event.trigger, complaint=before, entry=entry)
        before = LIFECYCLE.replay([entry], onto=before)
        assert str(chart.current_state_value) == before.state
    assert before == complaint
