"""Retention: what is personal is forgotten by itself when it was kept long enough."""

from datetime import timedelta
from pathlib import Path

import pytest
from canaries import found_in, plant
from stores import Place
from walks import HOUR, MONDAY, new_desk, received, walked

from complaint_lifecycle import (
    Calendar,
    CustomerWrote,
    Desk,
    InvalidEventError,
    JumpClock,
    Sla,
    SqlJournal,
    Step,
    Target,
)
from complaint_lifecycle.desk import Retention
from complaint_lifecycle.errors import JournalError
from complaint_lifecycle.events import FORGOTTEN, Archived, Reopened, Withdrawn
from complaint_lifecycle.journal import Forgetting, Journal
from complaint_lifecycle.sla.durations import elapsed_hours, months, promised
from complaint_lifecycle.sql import forgetting

DAY = 24 * HOUR
WEEK = Retention(elapsed_hours(24 * 7))


def desk_of(journal: Journal, **settings) -> Desk:
    """Make a desk that keeps what is personal for a week."""
    return new_desk(
        journal, **{"retention": WEEK, "clock": JumpClock(MONDAY)} | settings
    )


def text_of(desk: Desk, complaint_id: str) -> str:
    """Return what the customer said first."""
    return desk.history(complaint_id)[0].event.text


class TestTick:
    def test_a_complaint_at_rest_is_forgotten_in_time(self, journal: Journal):
        """A week after its last fact, once, and by the desk."""
        desk = desk_of(journal)
        complaint = walked(desk, Step.VERIFY, text="It is broken.")
        desk.clock.jump_to(MONDAY + 7 * DAY - timedelta(microseconds=1))
        desk.tick()
        assert text_of(desk, complaint.id) == "It is broken."
        desk.clock.jump_to(MONDAY + 7 * DAY)
        assert desk.tick() == 0
        assert text_of(desk, complaint.id) == FORGOTTEN
        done = Forgetting(complaint.id, 1, 1, desk.clock(), "desk")
        assert journal.forgotten() == (done,)
        assert journal.due(desk.clock(), limit=9) == ()
        desk.clock.advance(7 * DAY)
        assert desk.tick() == 0
        assert journal.forgotten() == (done,)

    def test_what_is_not_at_rest_is_kept(self, journal: Journal):
        """However long nothing has happened."""
        desk = desk_of(journal)
        complaint = walked(desk, Step.FIX, text="It is broken.")
        desk.clock.advance(400 * DAY)
        desk.tick()
        assert text_of(desk, complaint.id) == "It is broken."

    def test_whatever_is_recorded_counts_anew(self, journal: Journal):
        """A message starts the week again; a new round ends it."""
        desk = desk_of(journal)
        first = walked(desk, Step.PREVENT, text="first")
        second = walked(desk, Step.PREVENT, text="second")
        desk.clock.advance(6 * DAY)
        desk.record(first.id, CustomerWrote(text="Thank you!"), by="form")
        desk.record(second.id, Reopened(reason="It broke again."), by="ana")
        desk.clock.advance(6 * DAY)
        desk.tick()
        assert text_of(desk, first.id) == "first"
        desk.clock.advance(DAY)
        desk.tick()
        assert text_of(desk, first.id) == FORGOTTEN
        assert text_of(desk, second.id) == "second"
        desk.record(first.id, CustomerWrote(text="And now?"), by="form")
        desk.clock.advance(7 * DAY)
        desk.tick()
        assert desk.history(first.id)[-1].event.text == FORGOTTEN

    @pytest.mark.parametrize("last", [Archived(), Withdrawn()])
    def test_complaints_that_have_ended_are_forgotten(self, journal: Journal, last):
        """Though nothing may be recorded on them any more."""
        desk = desk_of(journal)
        if isinstance(last, Archived):
            complaint = walked(desk, Step.PREVENT, text="It is broken.")
        else:
            complaint = received(desk, text="It is broken.")
        desk.record(complaint.id, last, by="ana")
        desk.clock.advance(8 * DAY)
        desk.tick()
        assert text_of(desk, complaint.id) == FORGOTTEN

    def test_a_rule_that_is_new_finds_what_is_old(self, journal: Journal):
        """When the index is made anew; and what was forgotten stays so."""
        before = new_desk(journal, clock=JumpClock(MONDAY))
        complaint = walked(before, Step.VERIFY, text="It is broken.")
        desk = desk_of(journal, clock=JumpClock(MONDAY + 30 * DAY))
        desk.tick()
        assert text_of(desk, complaint.id) == "It is broken."
        desk.reschedule()
        desk.tick()
        assert text_of(desk, complaint.id) == FORGOTTEN
        desk.reschedule()
        desk.tick()
        assert len(journal.forgotten()) == 1
        assert journal.due(desk.clock(), limit=9) == ()

    def test_timers_go_on_beside_it(self, journal: Journal):
        """A desk with an SLA keeps both kinds of rows."""
        target = Target("verify", until="verify", within=elapsed_hours(1))
        sla = Sla(targets=[target], calendar=Calendar.always())
        desk = desk_of(journal, sla=sla)
        old = walked(desk, Step.VERIFY, text="It is broken.")
        young = received(desk, text="So is mine.")
        desk.clock.advance(8 * DAY)
        assert desk.tick() == 1
        assert [m.kind for m in desk.complaint(young.id).marks][-1] == "TimerMissed"
        assert text_of(desk, old.id) == FORGOTTEN
        assert text_of(desk, young.id) == "So is mine."

    def test_many_are_forgotten_page_by_page(self, journal: Journal):
        """Each once, however many come due together."""
        desk = desk_of(journal)
        for _ in range(120):
            complaint = received(desk, text="It is broken.")
            desk.record(complaint.id, Withdrawn(), by="ana")
        desk.clock.advance(8 * DAY)
        desk.tick()
        assert len(journal.forgotten()) == 120
        assert journal.due(desk.clock(), limit=9) == ()

    def test_nothing_is_left_in_the_file(self, tmp_path: Path):
        """What ticks forgets as thoroughly as who forgets by hand."""
        place = Place(str(tmp_path / "complaints.sqlite"))
        with place.open() as journal:
            desk = desk_of(journal)
            plant(desk, "C-1")
            desk.record("C-1-1", Withdrawn(), by="ana")
            desk.clock.advance(8 * DAY)
            desk.tick()
            blobs = [path.read_bytes() for path in tmp_path.iterdir()]
            assert found_in(blobs) == []

    def test_a_log_that_cannot_be_emptied_is_told_of(self, tmp_path, monkeypatch):
        """After all that is due was recorded."""
        with SqlJournal(tmp_path / "complaints.sqlite") as journal:
            desk = desk_of(journal)
            complaint = received(desk, text="It is broken.")
            desk.record(complaint.id, Withdrawn(), by="ana")
            desk.clock.advance(8 * DAY)
            monkeypatch.setattr(forgetting, "_PATIENCE", 0.05)
            monkeypatch.setattr(forgetting, "_EMPTY_LOG", "SELECT 1")
            with pytest.raises(JournalError, match="keeps reading"):
                desk.tick()
            assert text_of(desk, complaint.id) == FORGOTTEN


class TestRules:
    def test_months_end_with_their_last_day(self):
        """In the time zone of the calendar."""
        kyiv = Calendar.always("Europe/Kyiv")
        desk = new_desk(retention=Retention(months(36), calendar=kyiv))
        complaint = walked(desk, Step.VERIFY)
        (row,) = desk.journal.due(MONDAY + 9999 * DAY, limit=2)
        assert row.at.isoformat() == "2029-03-02T21:59:59.999999+00:00"
        assert (row.complaint_id, row.cause) == (complaint.id, "retention")

    def test_a_host_says_when_a_complaint_rests(self):
        """Say, only when it is archived."""
        retention = Retention(elapsed_hours(1), states=("archived",))
        desk = new_desk(retention=retention)
        complaint = walked(desk, Step.PREVENT, text="It is broken.")
        desk.clock.advance(DAY)
        desk.tick()
        assert text_of(desk, complaint.id) == "It is broken."
        desk.record(complaint.id, Archived(), by="ana")
        desk.clock.advance(DAY)
        desk.tick()
        assert text_of(desk, complaint.id) == FORGOTTEN

    @pytest.mark.parametrize(
        ("settings", "problem"),
        [
            ({"after": timedelta(days=9)}, "must be a duration, such as months"),
            ({"after": promised()}, "must be a duration, such as months"),
            ({"after": months(1), "states": "archived"}, "must be names of states"),
            ({"after": months(1), "states": ()}, "must be names of states"),
        ],
    )
    def test_what_is_no_rule_is_refused(self, settings, problem: str):
        """With what it should be."""
        with pytest.raises(InvalidEventError, match=problem):
            Retention(**settings)

    def test_a_state_that_does_not_exist_is_refused(self):
        """A complaint would never be forgotten."""
        retention = Retention(months(1), states=("closed",))
        with pytest.raises(InvalidEventError, match="'closed': is no state of this"):
            new_desk(retention=retention)

    def test_a_blank_complaint_is_not_kept_for_any_time(self):
        """Nothing has happened to it yet."""
        retention = Retention(months(1), states=("received",))
        desk = new_desk(retention=retention)
        assert retention.until(desk.lifecycle.new("c-1")) is None
