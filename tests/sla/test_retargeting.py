"""What becomes of timers when another SLA is chosen on the way."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from walks import HOUR, MONDAY, STEPS, new_desk, received

from complaint_lifecycle import Complaint, Desk, InvalidEventError, Step, Thanked
from complaint_lifecycle.events import Assigned, Escalated, Reclassified
from complaint_lifecycle.sla import (
    Calendar,
    Sla,
    State,
    Target,
    explain,
    first_match,
)
from complaint_lifecycle.sla.durations import elapsed_hours, open_hours

ALWAYS = Calendar.always()
OFFICE = Calendar.weekly("UTC", mon_fri="09:00-17:00")


def sla(hours: float, *, calendar: Calendar = ALWAYS, **options: object) -> Sla:
    """Promise thanks within some hours."""
    target = Target("thanks", until="thank", within=open_hours(hours), **options)
    return Sla(calendar=calendar, targets=[target])


def by_severity(minor: Sla | None, critical: Sla | None) -> object:
    """Choose by severity."""
    return first_match(({"severity": "critical"}, critical), otherwise=minor)


def reclassified(desk: Desk, after: float) -> Complaint:
    """Receive a complaint and find out later that it is critical."""
    complaint = received(desk)
    desk.clock.advance(after * HOUR)
    return desk.record(complaint.id, Reclassified(severity="critical"), by="ana")


class TestOptions:
    def test_reevaluate_takes_the_new_limit_from_the_same_start(self):
        """It may be missed at once."""
        desk = new_desk(sla=by_severity(sla(8), sla(2)))
        (timer,) = desk.timers(reclassified(desk, 3).id)
        assert (timer.since, timer.due) == (MONDAY, MONDAY + 2 * HOUR)
        assert timer.state(desk.clock.now) is State.MISSED

    def test_restart_ends_the_timer_and_starts_another(self):
        """What was promised before is judged by itself."""
        desk = new_desk(sla=by_severity(sla(8), sla(2, retarget="restart")))
        first, second = desk.timers(reclassified(desk, 3).id)
        assert (first.due, first.ended_at) == (MONDAY + 8 * HOUR, MONDAY + 3 * HOUR)
        assert first.state(desk.clock.now) is State.ENDED
        assert (second.since, second.due) == (MONDAY + 3 * HOUR, MONDAY + 5 * HOUR)
        assert second.cause == "thanks#2"

    def test_freeze_keeps_what_was_promised_first(self):
        """Whatever is chosen later."""
        desk = new_desk(sla=by_severity(sla(8, retarget="freeze"), sla(2)))
        (timer,) = desk.timers(reclassified(desk, 3).id)
        assert timer.due == MONDAY + 8 * HOUR
        desk = new_desk(sla=by_severity(sla(8, retarget="freeze"), None))
        (timer,) = desk.timers(reclassified(desk, 3).id)
        assert timer.due == MONDAY + 8 * HOUR

    def test_split_counts_the_time_before_by_the_calendar_of_then(self):
        """Three hours by the clock, then office hours, of which the budget is one."""
        quick = sla(12, calendar=OFFICE, retarget="split")
        desk = new_desk(sla=by_severity(sla(24), quick))
        desk.clock.jump_to(MONDAY + 5 * HOUR)
        (timer,) = desk.timers(reclassified(desk, 6).id)
        start = MONDAY + 5 * HOUR
        assert timer.calendar.elapsed(start, start + 6 * HOUR) == 6 * HOUR
        tuesday = MONDAY + timedelta(days=1)
        assert timer.due == tuesday + 6 * HOUR

    def test_a_target_that_is_not_chosen_any_more_ends(self):
        """Nothing is promised from then on."""
        desk = new_desk(sla=by_severity(sla(8), None))
        complaint = reclassified(desk, 3)
        (timer,) = desk.timers(complaint.id)
        assert timer.state(desk.clock.now) is State.ENDED
        desk.clock.advance(99 * HOUR)
        assert desk.tick() == 0

    def test_a_target_that_comes_later_runs_from_the_start(self):
        """Or from the change, if that is its choice."""
        for retarget, since in (("reevaluate", 0), ("restart", 0)):
            desk = new_desk(sla=by_severity(None, sla(9, retarget=retarget)))
            (timer,) = desk.timers(reclassified(desk, 3).id)
            assert timer.since == MONDAY + since * HOUR

    def test_what_is_done_is_judged_by_what_held_then(self):
        """Thanks in time stay in time."""
        desk = new_desk(sla=by_severity(sla(8), sla(1)))
        complaint = received(desk)
        desk.clock.advance(3 * HOUR)
        desk.record(complaint.id, Thanked(), by="ana")
        desk.clock.advance(3 * HOUR)
        desk.record(complaint.id, Reclassified(severity="critical"), by="ana")
        (timer,) = desk.timers(complaint.id)
        assert timer.state(desk.clock.now) is State.MET
        desk = new_desk(sla=by_severity(None, sla(1)))
        complaint = received(desk)
        desk.record(complaint.id, Thanked(), by="ana")
        desk.clock.advance(3 * HOUR)
        desk.record(complaint.id, Reclassified(severity="critical"), by="ana")
        assert desk.timers(complaint.id) == ()

    @given(
        st.lists(st.sampled_from(["minor", "critical"]), max_size=5), st.integers(0, 9)
    )
    def test_timers_are_the_same_live_and_replayed(self, severities, hours):
        """However often the choice changes."""
        choice = by_severity(sla(30, retarget="split"), sla(20, retarget="restart"))
        desk = new_desk(sla=choice)
        complaint = received(desk)
        for severity in severities:
            desk.clock.advance(hours * HOUR)
            fact = Reclassified(severity=severity, category=f"after {desk.clock.now}")
            desk.record(complaint.id, fact, by="ana")
        other = Desk(journal=desk.journal, clock=desk.clock, sla=choice)
        assert other.timers(complaint.id) == desk.timers(complaint.id)


class TestChoosing:
    def test_a_team_is_a_set_of_owners(self):
        """And the owner of then is what counts."""
        team = first_match(({"owner": {"ana", "bo"}}, sla(2, retarget="freeze")))
        desk = new_desk(sla=team)
        complaint = received(desk)
        assert desk.timers(complaint.id) == ()
        desk.record(complaint.id, Assigned(owner="bo"), by="eve")
        assert desk.timers(complaint.id)[0].due == MONDAY + 2 * HOUR
        desk.clock.advance(HOUR)
        desk.record(complaint.id, Escalated(owner="zoe"), by="eve")
        assert desk.timers(complaint.id)[0].due == MONDAY + 2 * HOUR

    def test_whoever_promises_owns_the_complaint(self):
        """Also for the choice of the SLA."""
        desk = new_desk(sla=first_match(({"owner": "ana"}, sla(2)), otherwise=sla(5)))
        complaint = received(desk)
        steps = [STEPS[step] for step in list(Step)[1:4]]
        complaint = desk.record(complaint.id, STEPS[Step.THANK], *steps, by="eve")
        assert [t.target.within for t in desk.timers(complaint.id)] == [open_hours(2)]

    def test_a_fact_of_the_complaint_or_a_function_may_choose(self):
        """The tier that the host put there, or any test."""
        choice = first_match(
            ({"facts.tier": "gold"}, sla(1)),
            ({"audience": lambda many: (many or 0) > 1000, "fault": None}, sla(2)),
        )
        desk = new_desk(sla=choice)
        due = [
            [timer.due for timer in desk.timers(received(desk, **fields).id)]
            for fields in ({"facts": {"tier": "gold"}}, {"audience": 5000}, {})
        ]
        assert due == [[MONDAY + HOUR], [MONDAY + 2 * HOUR], []]

    @pytest.mark.parametrize(
        ("wanted", "rule"),
        [
            ({"mood": "bad"}, "is no attribute"),
            ({"severity": "crit", "fault": None}, "must be one of minor"),
            ({"severity": {"critical", "crit"}}, "must be one of minor"),
        ],
    )
    def test_a_choice_that_can_never_fit_is_refused(self, wanted, rule):
        """Before it silently never does."""
        with pytest.raises(InvalidEventError, match=rule):
            first_match((wanted, sla(1)))

    def test_a_resolver_has_to_answer_with_an_sla(self):
        """And a desk to be given one."""
        desk = new_desk(sla=lambda _: "gold")
        with pytest.raises(InvalidEventError, match="what a resolver answers with"):
            received(desk)
        for wrong in ([sla(1)], ALWAYS):
            with pytest.raises(InvalidEventError, match=r"Desk\.sla"):
                new_desk(sla=wrong)


class TestSwitchedCalendars:
    def test_it_is_one_up_to_an_instant_and_the_other_from_it_on(self):
        """Holidays and breaks too; and it goes through data and back."""
        day = date(2026, 3, 4)
        strict = Calendar.weekly(
            "Europe/Kyiv",
            mon_fri="09:00-17:00",
            holidays=[day],
            breaks={date(2026, 3, 3): "12:00-13:00"},
        )
        change = datetime(2026, 3, 3, 12, tzinfo=UTC)
        both = OFFICE.switched(change, to=strict)
        assert both.zone == "Europe/Kyiv"
        assert both.elapsed(MONDAY, MONDAY + 24 * HOUR) == 8 * HOUR
        assert both.segments(change - HOUR, change + HOUR) == [
            (change - HOUR, change + HOUR)
        ]
        assert both.is_holiday(day)
        assert not both.is_holiday(day - timedelta(days=7))
        assert not both.is_break(datetime(2026, 3, 3, 10, 30, tzinfo=UTC))
        assert not both.is_break(change)
        assert Calendar.from_data(both.to_data()) == both

    def test_a_clock_change_loses_no_time_of_the_explanation(self):
        """A day of 25 hours has 25."""
        berlin = Calendar.always("Europe/Berlin")
        target = Target("t", until="thank", within=elapsed_hours(48))
        desk = new_desk(sla=Sla(calendar=berlin, targets=[target]))
        desk.clock.jump_to(datetime(2026, 10, 24, 10, tzinfo=UTC))
        (timer,) = desk.timers(received(desk).id)
        explained = explain(timer)
        assert explained.counted == 48 * HOUR
        assert sum((s.length for s in explained.spans), timedelta()) == 48 * HOUR
