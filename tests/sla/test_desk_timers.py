"""Timers on the desk: the due index, ticking exactly once, and late news."""

import threading
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from walks import DUE, HOUR, MONDAY, STEPS, new_desk, received, walked

from complaint_lifecycle import (
    Answered,
    Asked,
    Complaint,
    Desk,
    Explained,
    Fixed,
    InvalidEventError,
    MemoryJournal,
    SqlJournal,
    Step,
    Thanked,
)
from complaint_lifecycle.errors import ConflictError
from complaint_lifecycle.events import (
    Archived,
    Assigned,
    Escalated,
    Reclassified,
    TimerMissed,
)
from complaint_lifecycle.sla import Calendar, Sla, Target, first_match
from complaint_lifecycle.sla.durations import elapsed_hours, open_hours, promised

OFFICE = Calendar.weekly("UTC", mon_fri="09:00-17:00", holidays=[date(2026, 3, 4)])
THANKS = Target("first thanks", until="thank", within=open_hours(4), warn=[0.5, 0.75])
KEPT = Target("promise kept", within=promised(), kind="promise")
SLA = Sla(calendar=OFFICE, targets=[THANKS, KEPT])


@pytest.fixture(params=["memory", "sqlite"])
def desk(request, tmp_path):
    """Give a desk with an SLA on an empty journal of each kind."""
    if request.param == "memory":
        yield new_desk(sla=SLA)
    else:
        with SqlJournal(tmp_path / "complaints.sqlite") as journal:
            yield new_desk(journal, sla=SLA)


def kinds(desk: Desk, complaint: Complaint) -> list[str]:
    """List what the desk itself recorded."""
    return [e.kind for e in desk.history(complaint.id) if e.event.by_desk]


def indexed(desk: Desk) -> list[tuple[str, str]]:
    """List the due index as it stands."""
    rows = desk.journal.due(MONDAY + timedelta(days=999), limit=99)
    return [(row.cause, row.threshold) for row in rows]


class TestIndex:
    def test_it_is_written_with_each_append(self, desk):
        """What is still to fire, and nothing when it is met."""
        complaint = received(desk)
        assert indexed(desk) == [
            ("first thanks#1", "0.5"),
            ("first thanks#1", "0.75"),
            ("first thanks#1", "due"),
        ]
        desk.record(complaint.id, Thanked(), by="ana")
        assert indexed(desk) == []
        assert desk.timers(complaint.id)[0].met_at == MONDAY

    def test_a_pause_empties_it_and_the_answer_fills_it_again(self, desk):
        """While time stands still nothing can fire."""
        complaint = received(desk)
        desk.record(complaint.id, Asked(), by="ana")
        assert indexed(desk) == []
        desk.clock.advance(HOUR)
        desk.record(complaint.id, Answered(), by="inbox")
        rows = desk.journal.due(MONDAY + timedelta(days=9), limit=9)
        assert rows[-1].at == MONDAY + 5 * HOUR

    def test_it_is_made_anew_after_a_change(self, desk):
        """Another SLA holds for the complaints that are there."""
        complaint = received(desk)
        stricter = Sla(
            calendar=OFFICE,
            targets=[Target("thanks", until="thank", within=open_hours(1))],
        )
        other = Desk(journal=desk.journal, clock=desk.clock, sla=stricter)
        assert other.reschedule() == 1
        assert indexed(desk) == [("thanks#1", "due")]
        assert [t.due for t in other.timers(complaint.id)] == [MONDAY + HOUR]
        bare = Desk(journal=desk.journal, clock=desk.clock)
        assert bare.reschedule() == 1
        assert indexed(desk) == []
        assert bare.timers(complaint.id) == ()

    def test_a_final_complaint_has_no_timers_left(self, desk):
        """What has ended cannot be missed."""
        complaint = walked(desk, Step.PREVENT)
        desk.record(complaint.id, Archived(), by="ana")
        assert indexed(desk) == []


class TestTicking:
    def test_warnings_and_the_miss_fire_once_each(self, desk):
        """At their instants, with the due instant, however often it ticks."""
        complaint = received(desk)
        for hours, fired in ((1, 0), (2, 1), (2.5, 0), (3, 1), (4, 0)):
            desk.clock.jump_to(MONDAY + hours * HOUR)
            assert [desk.tick(), desk.tick()] == [fired, 0]
        desk.clock.advance(timedelta(microseconds=1))
        assert [desk.tick(), desk.tick()] == [1, 0]
        assert kinds(desk, complaint) == ["TimerWarned", "TimerWarned", "TimerMissed"]
        missed = desk.history(complaint.id)[-1]
        assert isinstance(missed.event, TimerMissed)
        assert missed.event.due == MONDAY + 4 * HOUR
        assert missed.event.late == timedelta(microseconds=1)
        assert missed.by == "desk"
        assert desk.complaint(complaint.id).updated_at == MONDAY
        assert indexed(desk) == []

    def test_what_came_due_while_nobody_ticked_is_recorded_late(self, desk):
        """The warnings as well, each once."""
        complaint = received(desk)
        desk.clock.advance(timedelta(days=3))
        assert desk.tick() == 3
        assert kinds(desk, complaint) == ["TimerWarned", "TimerWarned", "TimerMissed"]

    def test_a_timer_missed_when_it_is_attached_has_no_ladder(self, desk):
        """The host learnt of it too late to be warned."""
        bare = Desk(journal=desk.journal, clock=desk.clock, new_id=desk.new_id)
        complaint = received(bare)
        desk.clock.advance(timedelta(days=3))
        assert desk.reschedule() == 1
        assert desk.tick() == 1
        assert kinds(desk, complaint) == ["TimerMissed"]

    def test_a_fact_after_its_time_is_a_miss_all_the_same(self, desk):
        """Even if nobody ticked before it."""
        complaint = received(desk)
        desk.clock.advance(timedelta(days=3))
        desk.record(complaint.id, Thanked(), by="ana")
        assert desk.tick() == 1
        assert kinds(desk, complaint) == ["TimerMissed"]
        assert desk.tick() == 0

    def test_news_of_a_fact_in_time_clears_the_miss(self, desk):
        """Lateness is judged by when a thing happened."""
        complaint = received(desk)
        desk.clock.jump_to(MONDAY + 5 * HOUR)
        desk.tick()
        in_time = MONDAY + 3 * HOUR
        complaint = desk.record(complaint.id, Thanked(), by="ana", at=in_time)
        assert kinds(desk, complaint)[2:] == ["TimerMissed", "TimerCleared"]
        assert complaint.state == "thanked"
        desk.record(complaint.id, Explained(), by="ana")
        assert kinds(desk, complaint)[2:] == ["TimerMissed", "TimerCleared"]
        assert desk.tick() == 0

    def test_a_broken_promise_is_a_miss_of_its_date(self, desk):
        """Due when it was promised, not when somebody looked."""
        complaint = walked(desk, Step.PROMISE)
        desk.clock.jump_to(DUE + HOUR)
        assert desk.tick() == 1
        missed = desk.history(complaint.id)[-1].event
        assert isinstance(missed, TimerMissed)
        assert (missed.timer, missed.due) == ("promise kept", DUE)
        facts = (STEPS[Step.GATHER], Fixed())
        assert desk.record(complaint.id, *facts, by="ana").promises_broken == 1

    def test_a_tick_looks_at_no_more_than_its_limit(self, desk):
        """The earliest first, with all of its complaint; the next takes the rest."""
        for _ in range(5):
            received(desk)
        desk.clock.advance(timedelta(days=3))
        assert desk.tick(limit=2) == 6
        assert desk.tick() == 9

    def test_listeners_hear_of_what_fires(self):
        """As of every fact that is recorded."""
        heard = []
        desk = new_desk(sla=SLA, listeners=[heard.append])
        received(desk)
        desk.clock.advance(timedelta(days=3))
        desk.tick()
        assert [e.kind for e in heard[-1].entries][2:] == ["TimerMissed"]

    def test_many_workers_fire_each_threshold_once(self, desk):
        """Whoever comes second finds it done."""
        complaints = [received(desk) for _ in range(10)]
        desk.clock.advance(timedelta(days=3))
        workers = [
            Desk(journal=desk.journal, clock=desk.clock, sla=SLA) for _ in range(4)
        ]
        fired = []
        threads = [
            threading.Thread(target=lambda w=worker: fired.append(w.tick()))
            for worker in workers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(fired) == 30
        for complaint in complaints:
            assert kinds(desk, complaint)[2:] == ["TimerMissed"]

    def test_a_worker_that_is_always_second_gives_up_quietly(self):
        """The next tick takes what is left."""

        class Contended(MemoryJournal):
            def append(self, batches, **beside):
                if any(e.event.by_desk for b in batches for e in b.entries):
                    raise ConflictError("c-1", 1, 2)
                super().append(batches, **beside)

        desk = new_desk(Contended(), sla=SLA)
        received(desk)
        desk.clock.advance(timedelta(days=3))
        assert desk.tick() == 0

    @given(st.lists(st.integers(0, 600), max_size=20))
    def test_however_the_ticks_fall_the_same_facts_are_recorded(self, minutes):
        """Misses do not depend on how often anybody looked."""
        desk = new_desk(sla=SLA)
        complaint = received(desk)
        for step in minutes:
            desk.clock.advance(timedelta(minutes=step))
            desk.tick()
        desk.clock.jump_to(MONDAY + timedelta(days=30))
        desk.tick()
        found = kinds(desk, complaint)
        assert found.count("TimerMissed") == 1
        assert found.count("TimerWarned") <= 2
        marks = [m.detail for m in desk.complaint(complaint.id).marks[1:]]
        assert len(marks) == len(set(marks))


class TestReacting:
    def test_a_miss_can_send_the_complaint_up_a_line(self, desk):
        """The owner changes, the contact stays, in the same transaction as the miss."""
        target = Target(
            "thanks",
            until="thank",
            within=open_hours(4),
            warn=[0.5],
            on_warning=Assigned(owner="lead"),
            on_miss=Escalated(owner="legal", line=2),
        )
        sla = Sla(calendar=OFFICE, targets=[target])
        watching = Desk(
            journal=desk.journal, clock=desk.clock, new_id=desk.new_id, sla=sla
        )
        complaint = received(watching)
        desk.clock.advance(2 * HOUR)
        assert watching.tick() == 2
        assert watching.complaint(complaint.id).owner == "lead"
        desk.clock.advance(3 * HOUR)
        assert watching.tick() == 2
        escalated = watching.complaint(complaint.id)
        assert (escalated.owner, escalated.line, escalated.handoffs) == ("legal", 2, 1)
        assert watching.tick() == 0

    def test_the_work_is_never_sent_to_the_person_complained_of(self, desk):
        """The miss is recorded all the same."""
        target = Target(
            "thanks",
            until="thank",
            within=open_hours(4),
            on_miss=Escalated(owner="bob"),
        )
        watching = Desk(
            journal=desk.journal,
            clock=desk.clock,
            new_id=desk.new_id,
            sla=Sla(calendar=OFFICE, targets=[target]),
        )
        complaint = received(watching, about="bob")
        desk.clock.advance(timedelta(days=1))
        assert watching.tick() == 1
        assert watching.complaint(complaint.id).owner is None

    def test_only_the_desk_kinds_of_reaction_are_taken(self):
        """Others are for listeners."""
        with pytest.raises(InvalidEventError, match="must be Assigned or Escalated"):
            Target("t", within=open_hours(1), on_miss=Thanked())

    def test_a_miss_at_night_can_wait_until_the_office_opens(self, desk):
        """It is recorded in the morning, with the instant at which it was due."""
        target = Target(
            "thanks",
            until="thank",
            within=elapsed_hours(12),
            only_when_open=True,
        )
        watching = Desk(
            journal=desk.journal,
            clock=desk.clock,
            new_id=desk.new_id,
            sla=Sla(calendar=OFFICE, targets=[target]),
        )
        complaint = received(watching)
        desk.clock.advance(20 * HOUR)
        assert watching.tick() == 0
        desk.clock.advance(5 * HOUR)
        assert watching.tick() == 1
        missed = desk.history(complaint.id)[-1].event
        assert isinstance(missed, TimerMissed)
        assert missed.due == MONDAY + 12 * HOUR


class TestChoosing:
    def test_the_first_choice_that_fits_wins(self, desk):
        """And when the complaint changes, so do its timers, from the start."""
        calendar = Calendar.always()
        slow, quick = (
            Sla(
                calendar=calendar,
                targets=[Target("thanks", until="thank", within=open_hours(hours))],
            )
            for hours in (8, 1)
        )
        choosing = Desk(
            journal=desk.journal,
            clock=desk.clock,
            new_id=desk.new_id,
            sla=first_match(
                ({"severity": "critical", "channel": "phone"}, quick),
                ({"channel": "letter"}, None),
                otherwise=slow,
            ),
        )
        phone = received(choosing, channel="phone")
        assert choosing.timers(received(choosing, channel="letter").id) == ()
        assert choosing.timers(phone.id)[0].due == MONDAY + 8 * HOUR
        choosing.record(phone.id, Reclassified(severity="critical"), by="ana")
        assert choosing.timers(phone.id)[0].due == MONDAY + HOUR
        with pytest.raises(InvalidEventError, match="is no attribute of a complaint"):
            first_match(({"mood": "bad"}, slow))

    def test_an_sla_is_chosen_for_each_complaint(self, desk):
        """By channel here; none is a choice as well."""
        quick = Sla(
            calendar=Calendar.always(),
            targets=[Target("thanks", until="thank", within=open_hours(1))],
        )
        choosing = Desk(
            journal=desk.journal,
            clock=desk.clock,
            new_id=desk.new_id,
            sla=lambda c: quick if c.channel == "phone" else None,
        )
        phone = received(choosing, channel="phone")
        letter = received(choosing, channel="letter")
        assert [t.due for t in choosing.timers(phone.id)] == [MONDAY + HOUR]
        assert choosing.timers(letter.id) == ()
        desk.clock.advance(timedelta(days=1))
        assert choosing.tick() == 1
