"""The due index under fire: others in between, late news, and complaints that fail."""

from datetime import timedelta

import pytest
from histories import histories
from hypothesis import given
from hypothesis import strategies as st
from walks import HOUR, MONDAY, PREVENTION, PROMISE, STEPS, new_desk, received, walked

from complaint_lifecycle import (
    Answered,
    Asked,
    Desk,
    Fixed,
    Gathered,
    InvalidEventError,
    Lifecycle,
    MemoryJournal,
    SqlJournal,
    Step,
    Thanked,
    Verified,
)
from complaint_lifecycle.desk import SetAsideWarning
from complaint_lifecycle.errors import ConflictError, ListenerError
from complaint_lifecycle.events import Archived, Escalated, Withdrawn
from complaint_lifecycle.sla import Calendar, Kind, Sla, State, Target
from complaint_lifecycle.sla.durations import elapsed_hours, open_hours, promised
from complaint_lifecycle.sla.runs import kinds_that_matter
from complaint_lifecycle.sla.timers import timers_of

OFFICE = Calendar.weekly("UTC", mon_fri="09:00-17:00")
THANKS = Target("thanks", until="thank", within=open_hours(4))
FIX = Target("fix", within=open_hours(6), reopen="continue")


def watching(*targets: Target, journal: object = None, **options: object) -> Desk:
    """Make a desk that watches targets by office hours."""
    return new_desk(journal, sla=Sla(calendar=OFFICE, targets=targets), **options)


def own(desk: Desk, name: str = "c-1") -> list[str]:
    """List what the desk itself recorded of a complaint."""
    return [e.kind for e in desk.history(name) if e.by_desk]


class Interrupted(MemoryJournal):
    """Lets somebody else append just before the due index is written by itself."""

    hook = None

    def append(self, batches, **beside):
        """Call the hook first, once."""
        batches = tuple(batches)
        if self.hook and not any(batch.entries for batch in batches):
            hook, self.hook = self.hook, None
            hook()
        super().append(batches, **beside)


class TestOthersInBetween:
    def test_rescheduling_never_overwrites_what_somebody_just_appended(self):
        """The promise that came in between is watched."""
        journal = Interrupted()
        target = Target("promise", within=promised())
        desk = watching(target, journal=journal)
        complaint = received(desk)
        steps = [STEPS[step] for step in list(Step)[:4]]
        journal.hook = lambda: desk.record(complaint.id, *steps, by="ana")
        assert desk.reschedule() == 1
        desk.clock.advance(timedelta(days=10))
        assert desk.tick() == 1

    def test_a_tick_that_finds_nothing_never_overwrites_either(self):
        """A stale row is cleared only if the complaint is as it was read."""
        journal = Interrupted()
        desk = watching(THANKS, Target("promise", within=promised()), journal=journal)
        complaint = received(desk)
        bare = Desk(journal=journal, clock=desk.clock)
        bare.record(complaint.id, Thanked(), by="ana")
        steps = [STEPS[step] for step in list(Step)[1:4]]
        journal.hook = lambda: desk.record(complaint.id, *steps, by="ana")
        journal._due[complaint.id] = Desk(
            journal=MemoryJournal(), clock=desk.clock, sla=desk.sla
        )._recorder.timing.rows(received(watching(THANKS)), MONDAY)
        desk.clock.advance(5 * HOUR)
        assert desk.tick() == 0
        desk.clock.advance(timedelta(days=10))
        assert desk.tick() == 1

    def test_rescheduling_gives_up_after_its_attempts(self):
        """The conflict is told."""

        class Contended(MemoryJournal):
            def append(self, batches, **beside):
                batches = tuple(batches)
                if not any(batch.entries for batch in batches):
                    raise ConflictError("c-1", 1, 2)
                super().append(batches, **beside)

        desk = watching(THANKS, journal=Contended(), attempts=2)
        received(desk)
        with pytest.raises(ConflictError):
            desk.reschedule()


class TestClearing:
    def test_a_reaction_does_not_bind_the_host(self):
        """News of a fact in time clears a miss that went up a line."""
        target = Target(
            "thanks",
            until="thank",
            within=open_hours(4),
            on_miss=Escalated(owner="boss", line=2),
        )
        desk = watching(target)
        complaint = received(desk)
        desk.clock.advance(5 * HOUR)
        assert desk.tick() == 2
        desk.record(complaint.id, Thanked(), by="ana", at=MONDAY + 3 * HOUR)
        assert own(desk) == ["TimerMissed", "Escalated", "TimerCleared"]

    def test_nobody_signs_as_the_desk(self):
        """What the desk records itself is known by that."""
        desk = new_desk()
        complaint = received(desk)
        with pytest.raises(InvalidEventError, match="use another name"):
            desk.record(complaint.id, Thanked(), by="desk")

    def test_after_a_clearing_a_true_miss_is_recorded(self):
        """The fix was in time, its round was not."""
        desk = watching(FIX)
        complaint = received(desk)
        steps = [STEPS[step] for step in list(Step)[:3]]
        desk.record(complaint.id, *steps, PROMISE, by="ana")
        desk.clock.advance(HOUR)
        desk.record(complaint.id, Gathered(fault="company"), by="ana")
        desk.clock.advance(7 * HOUR)
        desk.tick()
        desk.record(complaint.id, Fixed(), by="ana", at=MONDAY + 5 * HOUR)
        assert own(desk) == ["TimerMissed", "TimerCleared"]
        desk.clock.jump_to(MONDAY + timedelta(days=1))
        desk.record(complaint.id, Verified(satisfied=False), by="ana")
        desk.clock.advance(5 * HOUR)
        assert desk.tick() == 1
        assert own(desk)[-1] == "TimerMissed"

    def test_a_question_asked_in_time_and_told_late_clears_the_miss(self):
        """The time stood still; when it has run out, that is a miss."""
        desk = watching(THANKS)
        complaint = received(desk)
        desk.clock.advance(5 * HOUR)
        assert desk.tick() == 1
        desk.record(complaint.id, Asked(), by="ana", at=MONDAY + HOUR)
        assert own(desk) == ["TimerMissed", "TimerCleared"]
        desk.record(complaint.id, Answered(), by="ana")
        assert desk.tick() == 0
        desk.clock.advance(timedelta(days=1))
        assert desk.tick() == 1

    def test_a_longer_limit_clears_the_miss_of_the_shorter_one(self):
        """And has a miss of its own."""
        desk = watching(THANKS)
        complaint = received(desk)
        desk.clock.advance(5 * HOUR)
        desk.tick()
        longer = Target("thanks", until="thank", within=open_hours(6))
        sla = Sla(calendar=OFFICE, targets=[longer])
        other = Desk(journal=desk.journal, clock=desk.clock, sla=sla)
        other.reschedule()
        assert own(other) == ["TimerMissed", "TimerCleared"]
        assert other.tick() == 0
        desk.clock.advance(2 * HOUR)
        assert other.tick() == 1
        assert own(other) == ["TimerMissed", "TimerCleared", "TimerMissed"]
        assert other.timers(complaint.id)[0].state(desk.clock.now) is State.MISSED

    def test_leaving_in_time_and_told_late_clears_the_miss(self):
        """Nothing was owed any more."""
        desk = watching(THANKS)
        complaint = received(desk)
        desk.clock.advance(5 * HOUR)
        desk.tick()
        desk.record(complaint.id, Withdrawn(), by="ana", at=MONDAY + 3 * HOUR)
        assert own(desk) == ["TimerMissed", "TimerCleared"]


class TestNothingIsLost:
    def test_a_question_asked_too_late_does_not_hide_the_miss(self):
        """It was missed before the time stood still."""
        desk = watching(THANKS)
        complaint = received(desk)
        desk.clock.advance(5 * HOUR)
        desk.record(complaint.id, Asked(), by="ana")
        (timer,) = desk.timers(complaint.id)
        assert timer.due == MONDAY + 4 * HOUR
        assert timer.remaining is None
        assert timer.state(desk.clock.now) is State.MISSED
        assert desk.tick() == 1

    @pytest.mark.parametrize("kind", ["memory", "sqlite"])
    def test_a_miss_that_nobody_ticked_is_recorded_before_the_end(self, kind, tmp_path):
        """Merging and archiving leave nothing out."""
        journal = SqlJournal(tmp_path / "j") if kind == "sqlite" else MemoryJournal()
        desk = watching(
            THANKS,
            Target("prevent", until="prevent", within=open_hours(1)),
            journal=journal,
        )
        survivor = received(desk)
        duplicate = received(desk)
        desk.clock.advance(5 * HOUR)
        desk.merge(duplicate.id, into=survivor.id, by="ana")
        kinds = [e.kind for e in desk.history(duplicate.id)]
        assert kinds == ["Received", "TimerMissed", "TimerMissed", "Merged"]
        walked_on = walked(desk, Step.VERIFY)
        desk.clock.advance(2 * HOUR)
        desk.record(walked_on.id, PREVENTION, Archived(), by="ana")
        kinds = [e.kind for e in desk.history(walked_on.id)]
        assert kinds[-3:] == ["TimerMissed", "Prevented", "Archived"]

    def test_a_complaint_that_fails_keeps_no_other_from_its_turn(self):
        """It is set aside with its error, and tried again after a while."""
        quick = Sla(calendar=OFFICE, targets=[THANKS])

        def choose(complaint):
            if complaint.id == "c-1" and complaint.state == "received" and broken:
                raise KeyError(complaint.id)
            return quick

        broken: list[bool] = []
        desk = new_desk(sla=choose)
        first, second = received(desk), received(desk)
        broken.append(True)
        desk.clock.advance(5 * HOUR)
        with pytest.warns(SetAsideWarning, match="'c-1' is set aside until .*KeyError"):
            assert desk.tick() == 1
        assert own(desk, first.id) == []
        assert own(desk, second.id) == ["TimerMissed"]
        (aside,) = desk.health().aside
        assert (aside.complaint_id, aside.attempts) == ("c-1", 1)
        broken.clear()
        assert desk.tick() == 0
        desk.clock.jump_to(aside.until)
        assert desk.tick() == 1
        assert own(desk, first.id) == ["TimerMissed"]
        assert desk.health().aside == ()

    def test_a_listener_that_fails_keeps_no_other_from_its_turn(self):
        """Each miss is recorded and told."""
        heard = []

        def listen(recorded):
            heard.append(recorded.complaint.id)
            if recorded.entries[-1].by_desk:
                raise RuntimeError

        desk = watching(THANKS, listeners=[listen])
        received(desk), received(desk)
        desk.clock.advance(5 * HOUR)
        with pytest.raises(ListenerError):
            desk.tick()
        assert heard == ["c-1", "c-2", "c-1", "c-2"]

    def test_a_warning_is_given_once_for_each_share(self):
        """However often it is named."""
        target = Target("t", until="thank", within=open_hours(4), warn=[0.5, 0.5])
        desk = watching(target, journal=SqlJournal(":memory:"))
        received(desk)
        desk.clock.advance(2 * HOUR)
        assert desk.tick() == 1


class TestOpenHoursOnly:
    TARGET = Target("t", until="thank", within=elapsed_hours(12), only_when_open=True)

    def test_it_is_told_at_the_opening_itself(self):
        """Not a moment later."""
        desk = watching(self.TARGET)
        received(desk)
        desk.clock.jump_to(MONDAY + 24 * HOUR - timedelta(microseconds=1))
        assert desk.tick() == 0
        desk.clock.jump_to(MONDAY + 24 * HOUR)
        assert desk.tick() == 1

    def test_who_looks_at_night_waits_for_the_next_opening(self):
        """Also if it was due by day."""
        target = Target("t", until="thank", within=open_hours(4), only_when_open=True)
        desk = watching(target)
        received(desk)
        for hour, fired in ((14, 0), (15, 0), (24, 1)):
            desk.clock.jump_to(MONDAY + hour * HOUR)
            assert desk.tick() == fired

    def test_exactly_at_the_due_instant_is_in_time(self):
        """Late means strictly after it."""
        target = Target("t", until="thank", within=open_hours(4), only_when_open=True)
        desk = watching(target)
        received(desk)
        desk.clock.jump_to(MONDAY + 4 * HOUR)
        assert desk.tick() == 0


@given(histories(Lifecycle()), st.sampled_from(list(Kind)))
def test_facts_that_do_not_matter_leave_the_timers_as_they_are(drawn, kind):
    """So that the desk need not look at them after each fact."""
    options = {"warn": [0.5]}
    within = promised() if kind is Kind.PROMISE else elapsed_hours(3)
    sla = Sla(
        calendar=OFFICE, targets=[Target("t", kind=kind, within=within, **options)]
    )
    matters = kinds_that_matter(sla.targets)
    entries, _ = drawn
    lifecycle, complaint = Lifecycle(), None
    for entry in entries:
        before = complaint
        complaint = lifecycle.replay([entry], onto=before, strict=False)
        if entry.kind in matters or before is None or not lifecycle.is_open(complaint):
            continue
        assert timers_of(complaint, sla) == timers_of(before, sla)
