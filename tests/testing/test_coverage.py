"""What of a chart, an SLA and a policy was exercised."""

from datetime import timedelta
from threading import Thread
from xml.etree import ElementTree as ET

import pytest
from attrs import frozen
from situations import situation
from walks import HOUR, MONDAY, new_desk, received, walked

from complaint_lifecycle import Desk, Lifecycle, Sla, money
from complaint_lifecycle.compensation import (
    Block,
    Situation,
    at_least,
    by_severity,
    capped,
    coupon,
    first_of,
    refund,
    schemes,
    severity,
    when,
)
from complaint_lifecycle.compensation.conditions import Is
from complaint_lifecycle.compensation.drafts import Draft
from complaint_lifecycle.compensation.logic import Not
from complaint_lifecycle.compensation.tables import Table as DecisionTable
from complaint_lifecycle.errors import InvalidEventError, RefusedError
from complaint_lifecycle.events import (
    Asked,
    Gathered,
    Reclassified,
    Step,
    Thanked,
    Withdrawn,
)
from complaint_lifecycle.lifecycle import Row
from complaint_lifecycle.offers import Offer
from complaint_lifecycle.sla import Calendar, Target, first_match
from complaint_lifecycle.sla.durations import open_hours
from complaint_lifecycle.testing import WorkflowCoverage, run_until_idle
from complaint_lifecycle.testing.coverage.elements import Section
from complaint_lifecycle.testing.coverage.painting import ALL, NEVER, NONE, SOME

SLA = Sla(
    calendar=Calendar.always("UTC"),
    targets=[
        Target("thanks", until="thank", within=open_hours(4), warn=[0.5]),
        Target("fix", until="fix", within=open_hours(8)),
    ],
)


def exercised(coverage: WorkflowCoverage, section: Section) -> set[str]:
    """Name what was exercised."""
    return {
        element.name
        for measured in coverage.measured
        for element, hits in measured.hits.items()
        if hits and element.section is section
    }


def test_nothing_is_exercised_before_anything_happens():
    """Everything that a subject has is known from the start."""
    coverage = WorkflowCoverage(Lifecycle(), SLA)
    assert coverage.percent == 0
    assert [measured.title for measured in coverage.measured] == [
        "lifecycle 1",
        "sla 1",
    ]
    table = Lifecycle().table
    found = coverage.measured[0].sections
    assert len(found[Section.STATES]) == len(table.states)
    assert len(found[Section.TRANSITIONS]) == len(table.rows)


def test_a_walk_exercises_its_states_and_transitions_and_what_they_asked():
    """And nothing else."""
    desk = new_desk()
    coverage = WorkflowCoverage(desk)
    with coverage.watching():
        walked(desk, Step.GATHER)
    states = {
        "nothing", "received", "thanked", "explained", "apologised", "promised",
        "gathered",
    }  # fmt: skip
    assert exercised(coverage, Section.STATES) == states
    assert len(exercised(coverage, Section.TRANSITIONS)) == 6
    assert exercised(coverage, Section.CONDITIONS) == {
        "promise: due_is_ahead is true",
        "promise: not_by_the_accused is true",
        "gather: no_open_question is true",
        "gather: not_by_the_accused is true",
    }


def test_a_refusal_exercises_the_condition_that_refused():
    """But not what would have been asked after it, nor the transition."""
    desk = new_desk()
    complaint = walked(desk, Step.PROMISE)
    desk.record(complaint.id, Asked(), by="ana")
    coverage = WorkflowCoverage(desk)
    with coverage.watching(), pytest.raises(RefusedError):
        desk.record(complaint.id, Gathered(fault="company"), by="ana")
    assert exercised(coverage, Section.CONDITIONS) == {
        "gather: no_open_question is false"
    }
    assert exercised(coverage, Section.TRANSITIONS) == set()


def test_loading_from_the_journal_exercises_nothing():
    """It was judged when it was recorded."""
    desk = new_desk()
    complaint = walked(desk, Step.PREVENT)
    coverage = WorkflowCoverage(desk)
    with coverage.watching():
        Desk(journal=desk.journal).complaint(complaint.id)
    assert coverage.percent == 0


def test_nothing_is_watched_outside_the_block():
    """The library is as it was before, whatever ended the block."""
    before = [Lifecycle._take, Row.broken, Block.__call__]
    coverage = WorkflowCoverage()

    def fail() -> None:
        assert Lifecycle._take is not before[0]
        raise LookupError

    with pytest.raises(LookupError), coverage.watching():
        fail()
    assert [Lifecycle._take, Row.broken, Block.__call__] == before
    walked(new_desk(), Step.PREVENT)
    assert coverage.measured == ()


def test_two_may_watch_at_once_and_end_in_any_order():
    """Each sees what happened while it watched."""
    one, other = WorkflowCoverage(), WorkflowCoverage()
    first, second = one.watching(), other.watching()
    first.__enter__()
    received(new_desk())
    second.__enter__()
    first.__exit__(None, None, None)
    walked(new_desk(), Step.THANK)
    second.__exit__(None, None, None)
    assert "thanked" not in exercised(one, Section.STATES)
    assert "thanked" in exercised(other, Section.STATES)


def test_other_threads_are_watched_too():
    """Each for itself."""
    coverage = WorkflowCoverage()
    with coverage.watching():
        threads = [Thread(target=walked, args=(new_desk(), Step.FIX)) for _ in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert "fixed" in exercised(coverage, Section.STATES)


def test_equal_lifecycles_are_counted_together_and_others_apart():
    """Every desk of a suite may compile its own."""
    coverage = WorkflowCoverage()
    short = Lifecycle().edit().drop_step("explain").compile()
    with coverage.watching():
        received(new_desk())
        walked(new_desk(), Step.THANK)
        received(new_desk(lifecycle=short))
    titles = [measured.title for measured in coverage.measured]
    assert titles == ["lifecycle 1", "lifecycle 2"]
    assert len(coverage.pictures()) == 2
    only = WorkflowCoverage(short)
    with only.watching():
        received(new_desk())
    assert only.percent == 0


def test_many_lifecycles_are_counted_and_not_kept():
    """A long suite makes thousands of them."""
    coverage = WorkflowCoverage()
    table = Lifecycle().table
    for _ in range(300):
        copy = type(table)(table.start, table.states, table.final, table.rows)
        assert coverage.counted(copy) is coverage.measured[0]
    assert len(coverage._by_identity) <= 256


def test_targets_are_warned_met_and_missed():
    """Each as far as it came."""
    desk = new_desk(sla=SLA)
    coverage = WorkflowCoverage(SLA)
    with coverage.watching():
        received(desk)
        run_until_idle(desk, until=MONDAY + 3 * HOUR)
    warned = {"thanks (milestone): warned at 0.5"}
    assert exercised(coverage, Section.TARGETS) == warned
    with coverage.watching():
        run_until_idle(desk)
        desk.record("c-1", Withdrawn(), by="ana")
    missed = {"thanks (milestone): missed", "fix (milestone): missed"}
    assert exercised(coverage, Section.TARGETS) == warned | missed
    with coverage.watching():
        desk.receive(*_first_facts(), by="ana")
    assert exercised(coverage, Section.TARGETS) == warned | missed | {
        "thanks (milestone): met"
    }


def _first_facts() -> tuple:
    complaint = new_desk()
    return (complaint.history(received(complaint).id)[0].event, Thanked())


def test_what_was_done_late_counts_as_missed():
    """Though nobody ticked, and the complaint has ended."""
    desk = new_desk(sla=SLA)
    complaint = received(desk)
    desk.clock.advance(timedelta(hours=5))
    coverage = WorkflowCoverage()
    with coverage.watching():
        desk.record(complaint.id, Thanked(), by="ana")
    assert "thanks (milestone): missed" in exercised(coverage, Section.TARGETS)
    assert "thanks (milestone): met" not in exercised(coverage, Section.TARGETS)


def test_an_sla_that_a_resolver_chose_is_measured():
    """Others that it could have chosen are not known."""
    desk = new_desk(sla=lambda complaint: SLA if complaint.public else None)
    coverage = WorkflowCoverage()
    with coverage.watching():
        received(desk)
        assert [m.title for m in coverage.measured] == ["lifecycle 1"]
        received(desk, public=True)
    assert [m.title for m in coverage.measured] == ["lifecycle 1", "sla 1"]


def test_each_sla_that_a_complaint_had_is_measured():
    """A timer counts for the one that it belongs to."""
    urgent = Sla(
        calendar=Calendar.always("UTC"),
        targets=[Target("urgent fix", until="fix", within=open_hours(1))],
    )
    desk = new_desk(sla=first_match(({"severity": "critical"}, urgent), otherwise=SLA))
    coverage = WorkflowCoverage(SLA, urgent)
    with coverage.watching():
        complaint = received(desk, severity="minor")
        desk.record(complaint.id, Reclassified(severity="critical"), by="ana")
        desk.record(complaint.id, Thanked(), by="ana")
        run_until_idle(desk)
    assert exercised(coverage, Section.TARGETS) == {
        "urgent fix (milestone): missed",
    }


def is_odd(asked: Situation) -> bool:
    """A condition of the host."""
    return bool(asked.now.day % 2)


def ours(asked: Situation) -> Offer | None:
    """A policy of the host."""
    return coupon("5%")(asked)


def asked(policy: Block, **fields: object) -> set[str]:
    """Ask a policy once; return what that exercised."""
    coverage = WorkflowCoverage(policy)
    with coverage.watching():
        policy(situation(**fields))
    return exercised(coverage, Section.POLICY)


def names(policy: Block) -> list[str]:
    """Name all that can be exercised of a policy."""
    return [e.name for e in WorkflowCoverage(policy).missing]


def test_a_policy_is_made_of_offers_and_conditions():
    """Blocks that only choose have nothing of their own."""
    policy = first_of(when(severity("critical"), refund("100%")), coupon("10%"))
    assert names(policy) == [
        "severity is critical is true",
        "severity is critical is false",
        "percent refund 100 offers",
        "gesture coupon 10 offers",
    ]
    assert asked(policy, severity="minor") == {
        "severity is critical is false",
        "gesture coupon 10 offers",
    }


def test_conditions_inside_conditions_are_told():
    """As far as they were asked."""
    policy = when(severity("critical") & ~severity("minor"), coupon("10%"))
    assert asked(policy, severity="critical") == {
        "severity is critical and not severity is minor is true",
        "severity is critical is true",
        "not severity is minor is true",
        "severity is minor is false",
        "gesture coupon 10 offers",
    }


def test_functions_of_the_host_are_told_by_their_names():
    """A condition by what it answered, alone and inside ours; a policy by its offers."""
    policy = first_of(when(is_odd, coupon("10%")), ours)
    assert names(policy)[:2] == ["is_odd is true", "is_odd is false"]
    even = MONDAY
    assert asked(policy, now=even) == {"is_odd is false", "ours offers"}
    odd = even + timedelta(days=1)
    composed = when(severity("minor") | is_odd, coupon("10%"))
    assert "is_odd is true" in asked(composed, now=odd, severity="critical")
    negated = when(Not(is_odd), coupon("10%"))
    assert "is_odd is false" in asked(negated, now=even)


def test_limits_are_told_where_they_change_something():
    """And not where they let an offer through."""
    policy = capped(at_least(refund("100%"), money(5, "EUR")), at=money(20, "EUR"))
    capping, lifting, offering = names(policy)
    assert (capping.split()[0], lifting.split()[:2]) == ("capped", ["at", "least"])
    assert asked(policy, amount=money(10, "EUR")) == {offering}
    assert asked(policy, amount=money(100, "EUR")) == {capping, offering}
    assert asked(policy, amount=money(1, "EUR")) == {lifting, offering}


def test_cases_and_rows_are_told():
    """Each value, each row, and what holds otherwise."""
    cases = by_severity(minor=coupon("5%"), otherwise=coupon("20%"))
    assert "by severity: minor" in asked(cases, severity="minor")
    assert "by severity: otherwise" in asked(cases, severity="critical")
    table = DecisionTable.from_csv(
        "severity,kind,value\nminor,coupon,5%\notherwise,nothing,\n"
    )
    assert names(table)[:2] == ["table: row 1", "table: otherwise"]
    assert "table: row 1" in asked(table, severity="minor")
    assert "table: otherwise" in asked(table, severity="critical")


@frozen
class Lucky(Block):
    """A block of a host that asks nobody."""

    rule = "lucky"

    def draft(self, asked: Situation) -> Draft | None:
        """Offer nothing today."""
        return None


class Louder(Is):
    """A condition of a host that answers as ours does."""


def test_a_condition_below_ours_is_told():
    """By what it says of itself."""
    policy = when(Louder("severity", ["minor"]), coupon("5%"))
    assert "severity is minor is true" in asked(policy, severity="minor")


def test_a_scheme_is_told_by_its_id():
    """All that it knows would be too long."""
    assert names(schemes.get("eu-261-2004"))[0] == "scheme eu-261-2004 offers"


def test_what_is_drafted_outside_a_policy_is_not_told():
    """Nobody asked the whole of it."""
    table = DecisionTable.from_csv("severity,kind,value\n-,coupon,5%\n")
    policy = first_of(
        when(severity("critical") & is_odd, coupon("5%")),
        by_severity(critical=coupon("5%")),
        table,
    )
    coverage = WorkflowCoverage(policy)
    with coverage.watching():
        assert policy.draft(situation(severity="minor")) is not None
        assert policy.draft(situation(severity="critical")) is not None
    assert coverage.percent == 0


def test_a_policy_that_offers_nothing_is_not_exercised():
    """Being asked is not enough."""
    assert names(Lucky()) == ["lucky offers"]
    assert asked(Lucky()) == set()


def test_a_desk_that_proposes_exercises_its_policy():
    """Whatever the desk is made of is measured with it."""
    desk = new_desk(compensation=coupon("10%"), sla=SLA)
    coverage = WorkflowCoverage(desk)
    assert [m.title for m in coverage.measured] == ["lifecycle 1", "sla 1", "policy 1"]
    with coverage.watching():
        desk.propose(received(desk).id)
    assert exercised(coverage, Section.POLICY) == {"gesture coupon 10 offers"}


def test_what_no_test_can_reach_is_left_out():
    """By the name that the report gives it."""
    name = "verified --reopen--> received"
    assert name in WorkflowCoverage(Lifecycle()).report()
    coverage = WorkflowCoverage(Lifecycle(), without=[name])
    assert name not in coverage.report()
    assert ALL in coverage.svg()


def test_what_cannot_be_measured_is_refused():
    """A function is a policy, but nobody sees inside it."""
    with pytest.raises(InvalidEventError, match="a policy made of our blocks"):
        WorkflowCoverage(ours)
    with pytest.raises(InvalidEventError, match="no lifecycle was measured"):
        WorkflowCoverage(SLA).svg()


def test_the_picture_is_coloured_by_what_was_exercised():
    """All, some or none of what a line shows; states in their own colours."""
    desk = new_desk()
    coverage = WorkflowCoverage(desk)
    with coverage.watching():
        walked(desk, Step.THANK)
        desk.record("c-1", Withdrawn(), by="ana")
    picture = coverage.svg()
    ET.fromstring(picture)  # noqa: S314 - drawn by ourselves
    for colour in (ALL, SOME, NONE, NEVER):
        assert colour in picture
    assert picture != desk.lifecycle.svg()


def test_one_hundred_percent_means_all():
    """The share is rounded down."""
    coverage = WorkflowCoverage(coupon("10%"))
    with coverage.watching():
        coupon("10%")(situation())
    assert coverage.report().splitlines()[0] == "1 of 1 exercised (100.0 %)"
    assert coverage.percent == 100
    assert WorkflowCoverage().report() == "0 of 0 exercised (0.0 %)"
