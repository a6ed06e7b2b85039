"""Targets and timers: a pure function of the marks, explained span by span."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from histories import histories
from hypothesis import given
from hypothesis import strategies as st
from walks import (
    DUE,
    HOUR,
    MONDAY,
    PREVENTION,
    PROMISE,
    STEPS,
    new_desk,
    received,
    walked,
)

from complaint_lifecycle import (
    Answered,
    Apologised,
    Asked,
    CustomerWrote,
    Desk,
    Fixed,
    InvalidEventError,
    JumpClock,
    Lifecycle,
    Promised,
    Step,
    Thanked,
    Verified,
)
from complaint_lifecycle.events import (
    Acknowledged,
    FinalResponseSent,
    Registered,
    Reopened,
    Updated,
    Withdrawn,
)
from complaint_lifecycle.sla import Calendar, Sla, Target
from complaint_lifecycle.sla.durations import (
    elapsed_hours,
    open_hours,
    promised,
    weeks,
)
from complaint_lifecycle.sla.explaining import SpanKind, explain
from complaint_lifecycle.sla.runs import waits_in
from complaint_lifecycle.sla.timers import State, Timer, timers_of

ALWAYS = Calendar.always()
OFFICE = Calendar.weekly("UTC", mon_fri="09:00-17:00", holidays=[date(2026, 3, 4)])
LIFECYCLE = Lifecycle()


def at(hours: float) -> datetime:
    """Name an instant so many hours after Monday nine."""
    return MONDAY + hours * HOUR


def run(desk, complaint, *steps) -> object:
    """Record facts at hours after Monday nine."""
    for hours, *facts in steps:
        desk.clock.jump_to(at(hours))
        complaint = desk.record(complaint.id, *facts, by="ana")
    return complaint


def one(complaint, target: Target, calendar: Calendar = ALWAYS) -> Timer:
    """Return the only timer of a target."""
    (timer,) = timers_of(complaint, Sla(calendar=calendar, targets=[target]))
    return timer


def some(complaint, target: Target, calendar: Calendar = ALWAYS) -> tuple[Timer, ...]:
    """Return the timers of a target."""
    return timers_of(complaint, Sla(calendar=calendar, targets=[target]))


THANKS = Target("first thanks", until="thank", within=open_hours(4), warn=[0.5, 0.8])
FIX = Target("fix", until="fix", within=open_hours(8))


class TestTargets:
    def test_facts_are_named_by_words_kinds_or_classes(self):
        """All three say the same."""
        for until in ("thank", "Thanked", Thanked):
            assert Target("t", until=until, within=open_hours(1)).until == "Thanked"
        assert Target("t", until="final_response", within=weeks(8)).until == (
            "FinalResponseSent"
        )

    @pytest.mark.parametrize(
        ("arguments", "rule"),
        [
            ({"until": "dance"}, "names no fact: use one of acknowledge"),
            ({"warn": [1.5]}, "between 0 and 1"),
            ({"kind": "egg timer"}, "must be one of milestone"),
            ({"reopen": "maybe"}, "must be one of ignore"),
            ({"kind": "promise"}, "belong together"),
            ({"within": promised(), "kind": "milestone"}, "belong together"),
            ({"within": timedelta(hours=4)}, "a duration with a name"),
            ({"name": ""}, "1 to 180 characters"),
            ({"pauses": "no"}, "True or False"),
            ({"kind": "total", "pauses": True}, "is fixed for kind='total'"),
            (
                {"kind": "next_reply", "until": "thank"},
                "is fixed for kind='next_reply'",
            ),
            ({"kind": "next_reply", "reopen": "restart"}, "is fixed for"),
            ({"kind": "periodic", "reopen": "continue"}, "use restart or ignore"),
            ({"recurrence": "sequential"}, "is for periodic targets"),
            ({"retarget": "perhaps"}, "must be one of reevaluate"),
        ],
    )
    def test_a_target_that_makes_no_sense_is_refused(self, arguments, rule):
        """The message says what would."""
        given = {"name": "t", "within": open_hours(1)} | arguments
        with pytest.raises(InvalidEventError, match=rule):
            Target(given.pop("name"), **given)

    def test_an_sla_needs_a_calendar(self):
        """Nothing else that was at hand."""
        with pytest.raises(InvalidEventError, match=r"Sla\.calendar = 'office'"):
            Sla(calendar="office", targets=[])

    def test_targets_have_names_of_their_own(self):
        """Two of one name could not be told apart."""
        with pytest.raises(InvalidEventError, match="fix: must have names"):
            Sla(calendar=ALWAYS, targets=[FIX, FIX])


class TestMilestones:
    def test_a_milestone_runs_from_receipt_until_its_fact(self):
        """Due four hours later, met when we thank, missed strictly after."""
        desk = new_desk()
        complaint = received(desk)
        timer = one(complaint, THANKS)
        assert (timer.since, timer.due) == (MONDAY, at(4))
        assert timer.warnings == ((0.5, at(2)), (0.8, at(3.2)))
        assert timer.state(at(4)) is State.RUNNING
        assert timer.state(at(4) + timedelta(microseconds=1)) is State.MISSED
        met = one(run(desk, complaint, (4, Thanked())), THANKS)
        assert (met.met_at, met.state(at(99))) == (at(4), State.MET)
        assert met.cause == "first thanks#1"

    def test_a_target_that_has_not_begun_has_no_timer(self):
        """Nothing is promised yet."""
        complaint = received(new_desk())
        target = Target("t", since="promise", until="fix", within=open_hours(1))
        assert some(complaint, target) == ()

    def test_time_stands_still_while_the_customer_owes_an_answer(self):
        """No due instant, what remains, and what would be if it went on."""
        desk = new_desk()
        complaint = run(desk, received(desk), (3, Asked()))
        timer = one(complaint, FIX)
        assert timer.due is None
        assert timer.warnings == ()
        assert timer.paused_since == at(3)
        assert timer.remaining == 5 * HOUR
        assert timer.due_if_resumed_at(at(10)) == at(15)
        assert timer.state(at(1000)) is State.PAUSED
        resumed = one(run(desk, complaint, (10, Answered())), FIX)
        assert (resumed.due, resumed.remaining) == (at(15), None)

    def test_time_does_not_stand_still_where_it_may_not(self):
        """A regulator's clock runs on."""
        desk = new_desk()
        complaint = run(desk, received(desk), (3, Asked()))
        target = Target("t", until="fix", within=open_hours(8), pauses=False)
        assert one(complaint, target).due == at(8)

    @given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 300))
    def test_a_pause_moves_the_deadline_by_its_open_time(self, start, length, minutes):
        """By exactly as much as was open in it."""
        desk = new_desk()
        asked = start * HOUR / 4
        complaint = received(desk)
        end = asked + timedelta(hours=length / 4, minutes=minutes)
        before = one(complaint, FIX, OFFICE).due
        complaint = run(
            desk, complaint, (asked / HOUR, Asked()), (end / HOUR, Answered())
        )
        moved = one(complaint, FIX, OFFICE).due
        paused = (
            OFFICE.elapsed(min(MONDAY + asked, before), MONDAY + end)
            if MONDAY + asked < before
            else timedelta()
        )
        assert OFFICE.elapsed(before, moved) == paused

    def test_leaving_the_way_ends_a_timer(self):
        """In time it ended, too late it was missed."""
        desk = new_desk()
        complaint = received(desk)
        early = one(run(desk, complaint, (2, Withdrawn())), THANKS)
        assert (early.ended_at, early.state(at(99))) == (at(2), State.ENDED)
        late = received(desk)
        late = one(run(desk, late, (20, Withdrawn())), THANKS)
        assert late.state(at(99)) is State.MISSED

    def test_a_failed_verification_meets_nothing(self):
        """The target runs until the customer is satisfied or out of reach."""
        desk = new_desk()
        complaint = walked(desk, Step.FIX)
        target = Target("t", until="verify", within=open_hours(8))
        complaint = run(desk, complaint, (1, Verified(satisfied=False)))
        assert one(complaint, target).met_at is None


class TestReopening:
    def reopened(self, reopen: str) -> tuple[Timer, ...]:
        """Fix after two hours, fail at five, fix again at seven."""
        desk = new_desk()
        complaint = walked(desk, Step.GATHER)
        again = (Apologised(), PROMISE, STEPS[Step.GATHER], Fixed())
        complaint = run(
            desk,
            complaint,
            (2, Fixed()),
            (5, Verified(satisfied=False)),
            (7, *again),
        )
        target = Target("t", until="fix", within=open_hours(3), reopen=reopen)
        return some(complaint, target)

    def test_ignored_the_first_fix_counts(self):
        """A later round changes nothing."""
        (timer,) = self.reopened("ignore")
        assert (timer.met_at, timer.state(at(9))) == (at(2), State.MET)

    def test_continued_the_time_between_is_left_out(self):
        """Two hours and two hours are more than three."""
        (timer,) = self.reopened("continue")
        assert (timer.met_at, timer.due) == (at(7), at(6))
        assert timer.state(at(9)) is State.MISSED

    def test_restarted_each_round_has_a_timer(self):
        """Both were in time."""
        first, second = self.reopened("restart")
        assert (first.met_at, second.since, second.met_at) == (at(2), at(5), at(7))
        assert [t.cause for t in (first, second)] == ["t#1", "t#2"]
        assert {t.state(at(9)) for t in (first, second)} == {State.MET}

    def test_a_reopened_complaint_starts_a_round_too(self):
        """After the archive's door it runs anew."""
        desk = new_desk()
        complaint = run(desk, walked(desk, Step.PREVENT), (3, Reopened()))
        target = Target("t", until="fix", within=open_hours(3), reopen="restart")
        assert [t.since for t in some(complaint, target)] == [MONDAY, at(3)]


class TestOtherKinds:
    def test_the_next_reply_counts_from_the_oldest_unanswered_message(self):
        """More messages do not move it, an answer ends it, silence starts none."""
        desk = new_desk()
        target = Target("reply", within=open_hours(2), kind="next_reply")
        complaint = run(
            desk,
            received(desk),
            (1, Thanked()),
            (5, CustomerWrote()),
            (6, CustomerWrote()),
            (6.5, Updated()),
            (8, Updated()),
        )
        timers = some(complaint, target)
        assert [(t.since, t.met_at) for t in timers] == [
            (MONDAY, at(1)),
            (at(5), at(6.5)),
        ]

    def test_the_next_reply_ends_when_the_complaint_leaves(self):
        """Nobody waits any more."""
        desk = new_desk()
        target = Target("reply", within=open_hours(2), kind="next_reply")
        complaint = run(desk, received(desk), (1, Withdrawn()))
        assert one(complaint, target).ended_at == at(1)
        assert one(received(desk), target).ended_at is None

    def test_periodic_news_restarts_with_each_of_them(self):
        """Until the fix ends it."""
        desk = new_desk()
        target = Target("news", until="update", within=open_hours(8), kind="periodic")
        complaint = run(desk, walked(desk, Step.GATHER), (5, Updated()), (9, Updated()))
        timers = some(complaint, target)
        assert [(t.since, t.met_at) for t in timers] == [
            (MONDAY, at(5)),
            (at(5), at(9)),
            (at(9), None),
        ]
        fixed = some(run(desk, complaint, (10, Fixed())), target)
        assert fixed[-1].ended_at == at(10)

    def test_sequential_news_restarts_when_the_last_was_due(self):
        """Done early, the next does not begin before its time.

        Source: Salesforce, entitlements, sequential recurrence (seq-13).
        """
        desk = new_desk()
        complaint = run(desk, received(desk), (0.5, Updated()))
        for recurrence, starts in (
            ("independent", at(0.5)),
            ("sequential", at(1)),
        ):
            target = Target(
                "news",
                until="update",
                within=open_hours(1),
                kind="periodic",
                recurrence=recurrence,
            )
            second = some(complaint, target)[1]
            assert (second.since, second.due) == (starts, starts + HOUR)

    def test_waiting_for_the_customer_has_a_limit_of_its_own(self):
        """Every wait is a run."""
        desk = new_desk()
        target = Target("wait", within=elapsed_hours(48), kind="agent_wait")
        complaint = run(
            desk, received(desk), (1, Asked()), (3, Answered()), (9, Asked())
        )
        first, second = some(complaint, target)
        assert (first.since, first.met_at) == (at(1), at(3))
        assert (second.since, second.due) == (at(9), at(57))

    @pytest.mark.parametrize(
        ("kind", "still"),
        [("total", False), ("agent_work", True), ("requester_wait", True)],
    )
    def test_the_named_milestones_differ_in_what_they_leave_out(self, kind, still):
        """All time, or that in which the customer does not owe us an answer."""
        desk = new_desk()
        target = Target("t", within=open_hours(8), kind=kind)
        complaint = run(desk, received(desk), (1, Asked()), (3, Answered()))
        assert one(complaint, target).due == at(10 if still else 8)

    def test_news_stands_still_with_the_customer_if_it_is_pausable(self):
        """And not if it is periodic."""
        desk = new_desk()
        complaint = run(desk, received(desk), (1, Asked()), (3, Answered()))
        for kind, due in (("periodic", 8), ("pausable", 10)):
            target = Target("news", kind=kind, within=open_hours(8))
            assert target.until == "Updated"
            assert one(complaint, target).due == at(due)

    def test_news_is_due_again_in_a_new_round(self):
        """Unless the target ignores it; the final response ends it."""
        desk = new_desk()
        complaint = walked(desk, Step.FIX)
        complaint = run(desk, complaint, (5, Verified(satisfied=False)))
        restarting = Target("news", kind="periodic", within=open_hours(8))
        assert [t.since for t in some(complaint, restarting)] == [MONDAY, at(5)]
        ignoring = Target("n", kind="periodic", within=open_hours(8), reopen="ignore")
        assert [t.since for t in some(complaint, ignoring)] == [MONDAY]
        complaint = run(desk, complaint, (6, FinalResponseSent()))
        assert some(complaint, restarting)[-1].ended_at == at(6)

    def test_news_before_the_next_is_due_to_begin_meets_nothing(self):
        """Sequential news cannot be banked."""
        desk = new_desk()
        target = Target(
            "news", kind="periodic", within=open_hours(24), recurrence="sequential"
        )
        steps = [(hour, Updated()) for hour in (1, 2, 3)]
        complaint = run(desk, received(desk), *steps)
        first, second = some(complaint, target)
        assert (first.met_at, second.since, second.due) == (at(1), at(24), at(48))

    def test_what_was_done_before_it_was_due_to_begin_is_in_time(self):
        """Acknowledged before it was registered."""
        desk = new_desk()
        target = Target(
            "t", since="register", until="acknowledge", within=open_hours(1)
        )
        complaint = run(desk, received(desk), (1, Acknowledged()), (9, Registered()))
        timer = one(complaint, target)
        assert timer.state(at(99)) is State.MET

    def test_a_promise_is_due_when_it_was_promised(self):
        """Each renewal is a run, and the fix keeps the last."""
        desk = new_desk()
        target = Target("promise kept", within=promised(), kind="promise")
        later = Promised(what="resend it", due=DUE + 24 * HOUR, owner="ana")
        complaint = run(
            desk,
            walked(desk, Step.PROMISE),
            (50, later),
            (60, STEPS[Step.GATHER], Fixed()),
        )
        first, second = some(complaint, target)
        assert (first.due, first.state(at(99))) == (DUE, State.MISSED)
        assert (second.due, second.state(at(99))) == (DUE + 24 * HOUR, State.MET)
        other = new_desk()
        running = walked(other, Step.PROMISE)
        assert one(running, target).met_at is None
        left = run(other, running, (60, Withdrawn()))
        assert one(left, target).ended_at == at(60)


class TestLaws:
    @given(histories(LIFECYCLE), st.integers(0, 10**6))
    def test_timers_are_the_same_live_and_replayed(self, history, minutes: int):
        """They depend on the marks, the SLA and the instant, and on nothing else."""
        entries, complaint = history
        targets = [
            THANKS,
            FIX,
            Target("kept", within=promised(), kind="promise"),
            Target("reply", within=open_hours(2), kind="next_reply"),
            Target("news", until="update", within=open_hours(8), kind="periodic"),
            Target("c", until="fix", within=open_hours(9), reopen="continue"),
            Target("r", until="verify", within=open_hours(9), reopen="restart"),
        ]
        sla = Sla(calendar=OFFICE, targets=targets)
        live = timers_of(complaint, sla)
        assert live == timers_of(LIFECYCLE.replay(entries), sla)
        now = MONDAY + timedelta(minutes=minutes)
        for timer in live:
            assert timer.state(now) in State
            assert (timer.due is None) == (timer.remaining is not None)
            assert len({t.cause for t in live}) == len(live)
            spans = explain(timer).spans
            for before, after in pairwise(spans):
                assert before.end == after.start

    @given(histories(LIFECYCLE))
    def test_waits_are_those_of_the_complaint(self, history):
        """Their sum is what the fold counted."""
        _, complaint = history
        last = complaint.marks[-1].at
        waited = sum(
            ((end or last) - start for start, end in waits_in(complaint.marks)),
            timedelta(),
        )
        assert waited == complaint.waited_until(last)


class TestExplaining:
    def explained(self):
        """Explain eight open hours over a pause, two nights and a holiday."""
        desk = new_desk()
        complaint = run(desk, received(desk), (2, Asked()), (26, Answered()))
        return explain(one(complaint, FIX, OFFICE))

    def test_the_spans_add_up_to_the_budget(self):
        """What was counted is what was promised."""
        explanation = self.explained()
        assert explanation.counted == 8 * HOUR
        kinds = [span.kind for span in explanation.spans]
        assert kinds == [
            SpanKind.COUNTED,
            SpanKind.PAUSED,
            SpanKind.COUNTED,
        ]

    def test_nights_and_holidays_are_told_apart(self):
        """Tuesday evening is closed, Wednesday is a holiday."""
        desk = new_desk()
        desk.clock.jump_to(at(31))
        timer = one(received(desk), Target("t", within=open_hours(4)), OFFICE)
        kinds = [span.kind.value for span in explain(timer).spans]
        assert kinds == ["counted", "closed", "holiday", "closed", "counted"]
        assert str(explain(timer)).startswith(
            "t#1: due Thu 2026-03-05 12:00:00 UTC, 4:00:00 counted\n  counted "
        )

    def test_time_by_the_clock_counts_nights_and_holidays(self):
        """Forty-eight hours are forty-eight hours, and half of them are a day."""
        desk = new_desk()
        target = Target("t", within=elapsed_hours(48), warn=[0.5])
        timer = one(received(desk), target, OFFICE)
        explanation = explain(timer)
        assert explanation.counted == 48 * HOUR
        assert [span.kind for span in explanation.spans] == [SpanKind.COUNTED]
        assert timer.warnings == ((0.5, at(24)),)
        paused = run(desk, received(desk), (12, Asked()))
        assert one(paused, target, OFFICE).remaining == 36 * HOUR

    def test_a_timer_that_stands_still_says_so(self):
        """There is no deadline to tell."""
        desk = new_desk()
        timer = one(run(desk, received(desk), (1, Asked())), FIX)
        assert str(explain(timer)).startswith("fix#1: stands still, 1:00:00 counted")

    def test_a_timer_that_stands_still_is_explained_up_to_there(self):
        """What comes after is not known."""
        desk = new_desk()
        timer = one(run(desk, received(desk), (2, Asked())), FIX, OFFICE)
        (span,) = explain(timer).spans
        assert (span.kind, span.length) == (SpanKind.COUNTED, 2 * HOUR)

    def test_rows_and_a_picture(self):
        """For a table and for a notebook."""
        explanation = self.explained()
        assert [row["kind"] for row in explanation.rows()] == [
            "counted", "paused", "counted",
        ]  # fmt: skip
        picture = ET.fromstring(explanation._repr_svg_())  # noqa: S314
        assert len(picture) == 3

    def test_no_time_at_all_is_explained_by_nothing(self):
        """A timer that is due at once has no span."""
        timer = one(received(new_desk()), Target("t", within=open_hours(0)))
        assert explain(timer).spans == ()
        assert "<svg" in explain(timer)._repr_svg_()


FACTS = Path(__file__).parents[1] / "facts" / "sla_cases.json"


def test_a_hold_over_a_holiday_counts_as_in_the_published_sequence():
    """Frappe's own test: paused from Thursday to Monday over a holiday on Friday.

    Source: frappe/helpdesk, test_hold_time_resolution_time_with_holiday.
    """
    sequences = json.loads(FACTS.read_text(encoding="utf-8"))["sequences"]
    (sequence,) = [s for s in sequences if s["id"] == "seq-10"]
    created, paused, resumed, resolved = (
        datetime.fromisoformat(step["at"]) for step in sequence["steps"]
    )
    calendar = Calendar.weekly(
        "UTC", mon_fri="10:00-18:00", holidays=[date(2025, 6, 6)]
    )
    desk = new_desk()
    desk.clock.now = created
    complaint = received(desk)
    for instant, fact in ((paused, Asked()), (resumed, Answered())):
        desk.clock.now = instant
        complaint = desk.record(complaint.id, fact, by="ana")
    timer = one(complaint, Target("fix", within=open_hours(4)), calendar)
    used = calendar.elapsed(created, resolved, pauses=[(paused, resumed)])
    assert used.total_seconds() == sequence["steps"][3]["expect"]["solution_used_s"]
    assert timer.due == calendar.add(
        created, timedelta(hours=4), pauses=[(paused, resumed)]
    )
    assert timer.due is not None
    assert timer.due.tzinfo is UTC
    assert PREVENTION.trigger == "prevent"


def test_a_failed_first_response_stays_failed_as_in_the_published_sequence():
    """Sequence seq-08: half an hour to answer, and nobody did; nor to solve."""
    hours = Calendar.weekly("UTC", mon_fri="10:00-18:00")
    response = Target("response", until="thank", within=open_hours(0.5))
    solution = Target("solution", within=open_hours(2))
    desk = Desk(
        clock=JumpClock(datetime(2025, 6, 2, 10, tzinfo=UTC)),
        sla=Sla(calendar=hours, targets=[response, solution]),
    )
    complaint = received(desk)
    told = []
    for hour in (10, 11, 13):
        desk.clock.jump_to(datetime(2025, 6, 2, hour, tzinfo=UTC))
        desk.tick()
        told.append([t.state(desk.clock.now) for t in desk.timers(complaint.id)])
    assert told == [
        [State.RUNNING, State.RUNNING],
        [State.MISSED, State.RUNNING],
        [State.MISSED, State.MISSED],
    ]
    assert [m.kind for m in desk.complaint(complaint.id).marks[1:]] == [
        "TimerMissed",
        "TimerMissed",
    ]
