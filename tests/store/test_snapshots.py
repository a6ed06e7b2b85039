"""Long histories are read from a snapshot, and never from one that is stale."""

import pytest
from attrs import evolve
from histories import histories
from hypothesis import given
from walks import MONDAY, new_desk, received, walked

from complaint_lifecycle import Desk, Lifecycle, Offer, Remedy, money
from complaint_lifecycle.codec import snapshots
from complaint_lifecycle.codec.snapshots import (
    dump_complaint,
    fingerprint,
    load_complaint,
)
from complaint_lifecycle.events import (
    Asked,
    Offered,
    OfferRejected,
    Reclassified,
    Step,
    TimerWarned,
    Updated,
)
from complaint_lifecycle.journal import Snapshot

LIFECYCLE = Lifecycle()


@given(histories(LIFECYCLE))
def test_a_folded_complaint_survives_the_way_out_and_back(drawn):
    """Equal in every field and mark, whatever happened to it."""
    _, complaint = drawn
    text = dump_complaint(complaint)
    assert load_complaint(text) == complaint
    assert dump_complaint(load_complaint(text)) == text


def test_what_marks_tell_comes_back_as_it_was():
    """Classifications, promises, outcomes, thresholds, questions and offers."""
    desk = new_desk()
    complaint = walked(desk, Step.PREVENT, amount=money(5, "EUR"), facts={"km": 3})
    card = Offer(remedies=[Remedy(kind="gift", value=money("9.50", "EUR"))])
    warned = TimerWarned(
        timer="t", cause="t#1", threshold="0.5", due=MONDAY, fired=MONDAY
    )
    more = [
        Reclassified(severity="serious"),
        Asked(),
        Offered(offer=card),
        OfferRejected(),
    ]
    complaint = desk.record(complaint.id, *more, by="eve")
    _, complaint = LIFECYCLE.decide(complaint, [warned], at=MONDAY, by="desk")
    found = load_complaint(dump_complaint(complaint))
    assert found == complaint
    assert [mark.detail for mark in found.marks] == [m.detail for m in complaint.marks]


def test_there_is_no_personal_text_in_it():
    """It never was in the folded complaint."""
    complaint = walked(new_desk(), Step.VERIFY, text="my name is Olha")
    assert "Olha" not in dump_complaint(complaint)


def test_another_chart_or_fold_has_another_fingerprint(monkeypatch):
    """So that nothing is read that was folded differently."""
    mine = fingerprint(LIFECYCLE)
    shorter = LIFECYCLE.edit().drop_step("explain").compile()
    assert fingerprint(shorter) != mine
    monkeypatch.setattr(snapshots, "getsource", lambda module: "another version")
    assert fingerprint(Lifecycle()) != mine


class TestDesk:
    def test_a_long_history_is_read_from_its_snapshot(self, journal, monkeypatch):
        """And only what came after it is read from the journal."""
        desk = new_desk(journal, snapshot_every=10)
        name = received(desk).id
        for _ in range(24):
            last = desk.record(name, Updated(), by="ana")
        assert journal.snapshot(name).version == 20
        asked, entries = [], type(journal).entries

        def counted(self, complaint_id, *, after=0, up_to=None):
            asked.append(after)
            return entries(self, complaint_id, after=after, up_to=up_to)

        monkeypatch.setattr(type(journal), "entries", counted)
        again = new_desk(journal, snapshot_every=10)
        assert again.complaint(name) == last
        assert asked == [20]

    def test_short_histories_have_none(self, journal):
        """Nor has anybody who asks for none."""
        desk = new_desk(journal, snapshot_every=10)
        name = received(desk).id
        desk.record(name, Updated(), by="ana")
        assert journal.snapshot(name) is None
        assert new_desk(journal, snapshot_every=10).complaint(name).version == 2
        other = new_desk(journal)
        other.record(name, *[Updated()] * 20, by="ana")
        assert journal.snapshot(name) is None

    def test_a_stale_snapshot_is_passed_over_and_made_anew(self, journal):
        """As after an upgrade of the library."""
        desk = new_desk(journal, snapshot_every=10)
        name = received(desk).id
        desk.record(name, *[Updated()] * 10, by="ana")
        old = journal.snapshot(name)
        journal.keep_snapshot(evolve(old, fingerprint="older", body="{}"))
        upgraded = new_desk(journal, snapshot_every=10)
        assert upgraded.complaint(name).version == 11
        upgraded.record(name, Updated(), by="ana")
        found = journal.snapshot(name)
        assert (found.version, found.fingerprint) == (12, old.fingerprint)
        upgraded.record(name, Updated(), by="ana")
        assert journal.snapshot(name).version == 12

    def test_an_older_snapshot_never_replaces_a_newer_one(self, journal):
        """Whoever was slow comes too late."""
        journal.keep_snapshot(Snapshot("c-1", 20, "f", "new"))
        journal.keep_snapshot(Snapshot("c-1", 10, "f", "old"))
        assert journal.snapshot("c-1").body == "new"

    def test_a_number_that_is_none_is_refused(self):
        """Each entry its own snapshot would help nobody."""
        with pytest.raises(ValueError, match="snapshot_every"):
            Desk(snapshot_every=1)
