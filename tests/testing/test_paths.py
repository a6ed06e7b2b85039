"""Paths that exercise a chart, made and not drawn."""

from datetime import UTC, datetime

import pytest
from walks import MONDAY, new_desk

from complaint_lifecycle import Desk, Lifecycle
from complaint_lifecycle.errors import ChartError, InvalidEventError
from complaint_lifecycle.events import EVENTS, Event, Merged, fact
from complaint_lifecycle.events.fields import Count, Facts, FactsField, Ref
from complaint_lifecycle.lifecycle import Row, Table
from complaint_lifecycle.testing import (
    Criterion,
    Paths,
    WorkflowCoverage,
    generate_paths,
)
from complaint_lifecycle.testing.paths.choosing import _round_trips

GIFT = Lifecycle()


@fact
class LegalReviewed(Event):
    """The lawyers looked at it."""

    trigger = "legal_review"

    opinion: Ref
    pages: Count = 1


@fact
class Signed(Event):
    """Somebody signed."""

    name: Ref


@fact
class Weighed(Event):
    """Something that cannot be made up."""

    trigger = "weigh"

    facts: FactsField


def signed_twice(complaint: object, entry: object) -> bool:
    """Two signatures are needed."""
    return sum(mark.kind == "Signed" for mark in complaint.marks) >= 2


def told_and_signed(complaint: object, entry: object) -> bool:
    """The customer must have heard, and somebody must have signed."""
    return {"Signed", "Updated"} <= {mark.kind for mark in complaint.marks}


def impossible(complaint: object, entry: object) -> bool:
    """Nothing meets this."""
    return False


def reviewing(condition: object) -> Lifecycle:
    """Derive a lifecycle in which lawyers look first, on a condition."""
    known = Lifecycle(events=[*EVENTS, Signed])
    return (
        known.edit()
        .add_state("reviewed")
        .connect("legal_review", "gathered", "reviewed", event=LegalReviewed)
        .connect("fix", "reviewed", "fixed")
        .with_condition("reviewable", condition, trigger="legal_review")
        .compile()
    )


def recorded(paths: Paths, lifecycle: Lifecycle) -> set[tuple[Row, ...]]:
    """Record every path through a desk of its own; return the pairs that it takes."""
    pairs = set()
    for path in paths:
        desk = new_desk(lifecycle=lifecycle)
        complaint = path.record(desk)
        assert complaint.state == path.state
        kinds = [entry.kind for entry in desk.history(complaint.id)]
        assert kinds == [event.kind for event in path.events]
        pairs |= {path.rows[n : n + 2] for n in range(len(path.rows) - 1)}
    return pairs


def test_every_transition_is_taken_by_as_few_paths_as_there_are_ends():
    """Each path ends once, and thirteen transitions lead to an end, one in pairs."""
    paths = generate_paths(GIFT)
    ends = [row for row in GIFT.table.rows if row.target in GIFT.table.final]
    assert len(paths) == len(ends)
    [left] = paths.left_out
    assert [(row.source, row.target) for row in left] == [("verified", "received")]
    taken = {row for path in paths for row in path.rows}
    assert taken == set(GIFT.table.rows) - set(left)
    recorded(paths, GIFT)


def test_the_desk_itself_says_that_every_transition_was_taken():
    """Measured by the coverage of a desk, apart from the one that is impossible."""
    desk = new_desk()
    coverage = WorkflowCoverage(desk.lifecycle)
    with coverage.watching():
        for path in generate_paths(desk.lifecycle):
            path.record(desk)
    missing = [e.name for e in coverage.missing if e.section != "conditions"]
    assert missing == ["verified --reopen--> received"]


def test_every_pair_of_transitions_is_taken():
    """But for those of which each is found to be impossible."""
    paths = generate_paths(GIFT, "transition-pair")
    rows = GIFT.table.rows
    wanted = {(a, b) for a in rows for b in rows if a.target == b.source}
    assert recorded(paths, GIFT) == wanted - set(paths.left_out)
    # Whoever was thanked and told why is reopened there, and nowhere else.
    for first, second in paths.left_out:
        reopened = [row for row in (first, second) if row.trigger == "reopen"]
        assert reopened, (first, second)


def test_every_round_trip_is_made():
    """Each as one run of some path."""
    paths = generate_paths(GIFT, Criterion.ROUND_TRIP)
    recorded(paths, GIFT)
    left = set(paths.left_out)
    for trip in _round_trips(GIFT.table):
        made = any(
            path.rows[n : n + len(trip)] == trip
            for path in paths
            for n in range(len(path.rows))
        )
        assert made is (trip not in left)


def test_round_trips_are_counted_once_each():
    """A loop, a way there and back, and a triangle both ways."""
    ways = ["a go b", "b back a", "b on c", "c home a", "c back b", "a stay a"]
    rows = tuple(Row(*way.split()) for way in ways)
    table = Table("a", ("a", "b", "c"), frozenset(), rows)
    trips = {" ".join(row.trigger for row in trip) for trip in _round_trips(table)}
    assert trips == {"stay", "go back", "go on home", "on back"}


def test_too_many_round_trips_are_refused():
    """The message names a criterion that has fewer."""
    states = tuple("abcdefgh")
    rows = tuple(Row(s, s + t, t) for s in states for t in states)
    with pytest.raises(ChartError, match="use the criterion 'transition-pair'"):
        list(_round_trips(Table("a", states, frozenset(), rows)))


def test_the_same_lifecycle_gives_the_same_paths():
    """Nothing is drawn."""
    assert str(generate_paths(GIFT)) == str(generate_paths(Lifecycle()))


@pytest.mark.parametrize("condition", [signed_twice, told_and_signed])
def test_conditions_of_a_host_are_prepared(condition: object):
    """One fact several times, or two different ones, recorded before."""
    lifecycle = reviewing(condition)
    paths = generate_paths(lifecycle)
    taken = {row for path in paths for row in path.rows}
    assert [way for way in paths.left_out if way[0].trigger != "reopen"] == []
    assert "legal_review" in {row.trigger for row in taken}
    assert any(e.kind == "Signed" for path in paths for e in path.events)
    recorded(paths, lifecycle)


def test_what_nothing_meets_is_left_out_and_told():
    """A transition, and what only it leads to."""
    lifecycle = reviewing(impossible)
    paths = generate_paths(lifecycle)
    told = [line for line in str(paths).splitlines() if "no way found" in line]
    assert sorted(told) == [
        "  no way found: gathered --legal_review--> reviewed",
        "  no way found: reviewed --fix--> fixed",
        "  no way found: verified --reopen--> received",
    ]
    recorded(paths, lifecycle)


@pytest.mark.parametrize(
    ("criterion", "number"),
    [("transition", 4), ("transition-pair", 3), ("round-trip", 2)],
)
def test_conditions_that_count_facts_are_no_trap(criterion: str, number: int):
    """What a fact led to once, it may not lead to on a longer way."""

    def now_and_then(complaint: object, entry: object) -> bool:
        """Every so many facts only."""
        return complaint.version % number == 0

    lifecycle = reviewing(now_and_then)
    paths = generate_paths(lifecycle, criterion)
    recorded(paths, lifecycle)
    taken = {row for path in paths for row in path.rows}
    assert "legal_review" in {row.trigger for row in taken}


def test_a_chart_of_which_all_is_possible_leaves_nothing_out():
    """Such as the eight steps without what nobody can do."""
    known = GIFT.edit().disconnect("reopen", "verified").compile()
    paths = generate_paths(known)
    assert paths.left_out == ()
    assert {row for path in paths for row in path.rows} == set(known.table.rows)


def test_no_examples_at_all_leave_a_transition_out():
    """An empty list says that there is nothing to try."""
    lifecycle = reviewing(signed_twice)
    free = lifecycle.edit().without_condition("reviewable").compile()
    paths = generate_paths(free, examples={LegalReviewed: []})
    left = {way[0].trigger for way in paths.left_out}
    assert "legal_review" in left


def weighing() -> Lifecycle:
    """Derive a lifecycle with a fact that needs plain values of the host."""
    edit = GIFT.edit().add_state("weighed")
    edit = edit.connect("weigh", "gathered", "weighed", event=Weighed)
    return edit.connect("fix", "weighed", "fixed").compile()


def test_a_fact_that_cannot_be_made_up_needs_examples():
    """The message says how to give them, and then they are used."""
    with pytest.raises(InvalidEventError, match=r"give examples=\{Weighed: "):
        generate_paths(weighing())
    example = Weighed(facts=Facts({"grams": 7}))
    paths = generate_paths(weighing(), examples={Weighed: [example]})
    assert example in {e for path in paths for e in path.events}
    recorded(paths, weighing())


def test_a_fact_that_refuses_what_is_made_up_needs_examples():
    """The rule that it broke is told."""

    @fact
    class Numbered(Event):
        """A number that has to be even."""

        number: Count

        def __attrs_post_init__(self) -> None:
            if self.number % 2:
                raise InvalidEventError("number", str(self.number), "must be even")

    lifecycle = reviewing(impossible)
    known = Lifecycle(lifecycle.chart, events=[*lifecycle.events, Numbered])
    with pytest.raises(InvalidEventError, match="must be even"):
        generate_paths(known)
    paths = generate_paths(known, examples={Numbered: [Numbered(number=2)]})
    assert len(paths) > 1


def test_paths_are_a_sequence_that_prints():
    """They can be counted, taken by place and by slice."""
    paths = generate_paths(GIFT)
    assert paths[0] is paths.paths[0]
    assert paths[1:3] == paths.paths[1:3]
    assert str(paths).splitlines()[0] == (
        f"{len(paths)} paths of {sum(len(path.events) for path in paths)} facts"
    )
    assert str(paths[0]).endswith(f"({paths[0].state})")


def test_a_path_begins_when_told_and_goes_on_hour_by_hour():
    """A clock that is ahead of it does not go back."""
    start = datetime(2020, 5, 1, 8, tzinfo=UTC)
    path = generate_paths(GIFT, at=start)[0]
    assert [entry.at.hour for entry in path.entries[:3]] == [8, 9, 10]
    desk = new_desk()
    assert desk.clock() == MONDAY
    complaint = path.record(desk)
    assert desk.clock() == MONDAY
    assert desk.history(complaint.id)[0].at == start


def test_a_merge_takes_what_was_promised_along():
    """The survivor has the promise in the end."""
    paths = generate_paths(GIFT)
    promised = [
        path
        for path in paths
        if any(isinstance(e, Merged) and e.promise_renewed for e in path.events)
    ]
    desk = Desk(clock=new_desk().clock)
    complaint = promised[0].record(desk)
    survivor = desk.complaint(complaint.merged_into)
    assert survivor.promise is not None
