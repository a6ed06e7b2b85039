"""Each law by itself: what the simulation would say of what never happens."""

from datetime import timedelta

import pytest
from attrs import evolve
from walks import DUE, HOUR, MONDAY, new_desk, received, walked

import complaint_lifecycle.testing
from complaint_lifecycle import Complaint, MemoryJournal, Offer, Remedy, Step, money
from complaint_lifecycle.complaint import OfferStatus
from complaint_lifecycle.errors import RefusedError, UnknownComplaintError
from complaint_lifecycle.events import (
    CustomerWrote,
    Entry,
    Event,
    Offered,
    Thanked,
    TimerCleared,
    TimerMissed,
    TimerWarned,
)
from complaint_lifecycle.journal import Batch, Positioned
from complaint_lifecycle.sla import Calendar, Sla, Target
from complaint_lifecycle.sla.durations import open_hours
from complaint_lifecycle.testing import Faults, Law
from complaint_lifecycle.testing.simulation.checking import Checker
from complaint_lifecycle.testing.simulation.laws import Story, arrows_of
from complaint_lifecycle.testing.simulation.ledger import Call, Ledger
from complaint_lifecycle.testing.simulation.messages import Message
from complaint_lifecycle.testing.simulation.office import usual_lifecycle
from complaint_lifecycle.testing.simulation.plans import Plan

LIFECYCLE = usual_lifecycle()
MISS = TimerMissed(timer="fix", cause="fix#1", due=MONDAY, fired=DUE)


def entry_of(event: Event, hours: int = 1) -> Entry:
    """Make an entry that the desk recorded so many hours after Monday nine."""
    at = MONDAY + hours * HOUR
    return Entry(
        complaint_id="c-1", version=2, at=at, by="desk", event=event, recorded_at=at
    )


def told_of(story: Story, *entries: Entry) -> list[tuple[Law, str]]:
    """Tell a story of entries that change nothing; return what was found."""
    complaint = received(new_desk())
    return [
        found for entry in entries for found in story.take(complaint, entry, complaint)
    ]


def a_story() -> Story:
    """Make a story on the usual chart."""
    return Story(arrows_of(LIFECYCLE.chart), LIFECYCLE.table.final)


def test_a_warning_fires_once():
    """The second time breaks a law."""
    warning = TimerWarned(
        timer="fix", cause="fix#1", threshold="0.5", due=DUE, fired=MONDAY
    )
    story = a_story()
    assert told_of(story, entry_of(warning)) == []
    ((law, found),) = told_of(story, entry_of(warning))
    assert (law, found) == (Law.TIMERS, "the warning ('fix#1', '0.5') fired twice")


def test_a_miss_comes_after_its_due_instant_and_once_until_it_is_cleared():
    """Unless its limit has moved behind it: then it was void."""
    cleared = entry_of(TimerCleared(timer="fix", cause="fix#1"))
    story = a_story()
    assert told_of(story, entry_of(MISS), cleared, entry_of(MISS)) == []
    assert told_of(story, entry_of(MISS)) == [
        (Law.TIMERS, "the miss of fix#1 fired twice")
    ]
    moved = evolve(MISS, due=MONDAY + 2 * HOUR)
    assert told_of(story, entry_of(moved, hours=3)) == []
    assert told_of(a_story(), entry_of(moved, hours=2)) == [
        (Law.TIMERS, "fix#1 was missed before it was due")
    ]


def test_only_a_miss_that_stands_is_cleared():
    """Nothing else is there to clear."""
    cleared = entry_of(TimerCleared(timer="fix", cause="fix#1"))
    assert told_of(a_story(), cleared) == [
        (Law.TIMERS, "fix#1 was cleared, and no miss stands")
    ]


def offering() -> Complaint:
    """Make a complaint with an open offer."""
    desk = new_desk()
    offer = Offer(remedies=[Remedy(kind="refund", value=money(5, "EUR"))])
    complaint = walked(desk, Step.THANK)
    return desk.record(complaint.id, Offered(offer=offer), by="ana")


def test_offers_stay_and_go_their_way():
    """None vanishes, and none goes back to be open."""
    complaint = offering()
    (standing,) = complaint.offers
    none = evolve(complaint, offers=())
    paid = evolve(complaint, offers=(evolve(standing, status=OfferStatus.DELIVERED),))
    entry = entry_of(CustomerWrote())
    assert list(a_story().take(complaint, entry, none)) == [
        (Law.OFFERS, "offer-1 vanished")
    ]
    assert list(a_story().take(complaint, entry, paid)) == [
        (Law.OFFERS, "offer-1 went from offered to delivered")
    ]
    assert list(a_story().take(paid, entry, complaint)) == [
        (Law.OFFERS, "offer-1 went from delivered to offered")
    ]


def test_an_offer_may_come_back_after_it_expired():
    """What was accepted in time and told late is paid, whatever is left."""
    complaint = offering()
    (standing,) = complaint.offers
    gone, back = (
        evolve(complaint, offers=(evolve(standing, status=status),))
        for status in (OfferStatus.EXPIRED, OfferStatus.ACCEPTED)
    )
    story = a_story()
    assert list(story.take(gone, entry_of(CustomerWrote()), back)) == []
    assert story.revived == {"offer-1"}


def a_checker(*, sla: Sla | None = None) -> Checker:
    """Make a checker of an office without a policy."""
    plan = Plan(
        seed=0,
        lifecycle=LIFECYCLE,
        sla=sla,
        compensation=None,
        events={},
        journal=MemoryJournal,
        desk=new_desk,
        reader=list,
        hosts=1,
        steps=1,
        faults=Faults.none(),
    )
    return Checker(plan, MemoryJournal(), Ledger())


def recorded(checker: Checker, message: Message, *, key: bool = True) -> Complaint:
    """Record a complaint with thanks under the key of a message, and tell the ledger."""
    desk = new_desk(checker.journal)
    complaint = walked(desk, Step.THANK)
    key_given = {"key": message.key} if key else {}
    complaint = desk.record(complaint.id, *message.events, by="ana", **key_given)
    entries = desk.history(complaint.id)
    checker.ledger.calls.append(Call("host-1"))
    checker.ledger.committed([Batch(complaint.id, 0, entries[:-1])], MONDAY)
    checker.ledger.calls.append(Call("host-1", message))
    checker.ledger.committed([Batch(complaint.id, 2, entries[-1:])], MONDAY)
    return complaint


def laws_of(checker: Checker) -> list[str]:
    """Return what a checker has found, in words."""
    return [broken.found for broken in checker.broken]


def test_an_acknowledged_call_is_all_right():
    """What was recorded once, as it was passed, breaks nothing."""
    checker = a_checker()
    message = Message("m-1", "ana", (CustomerWrote(),), "c-1")
    checker.acknowledged(message, recorded(checker, message))
    checker.check()
    checker.check_all()
    assert laws_of(checker) == []


def test_an_acknowledged_call_has_a_receipt():
    """Without one it could be carried out again."""
    checker = a_checker()
    message = Message("m-1", "ana", (CustomerWrote(),), "c-1")
    checker.acknowledged(message, recorded(checker, message, key=False))
    checker.check()
    assert laws_of(checker) == ["the receipt of m-1 says None, not ('c-1', 3)"]


def test_an_acknowledged_call_has_one_answer():
    """The same one each time, and of what is in the journal."""
    checker = a_checker()
    message = Message("m-1", "ana", (CustomerWrote(),), "c-1")
    complaint = recorded(checker, message)
    checker.acknowledged(message, complaint)
    checker.acknowledged(message, evolve(complaint, version=2))
    checker.check()
    assert [found.partition("[m-1] ")[2] for found in laws_of(checker)] == [
        "got other answers before",
        "was answered with what is not in the journal",
    ]


def test_a_call_records_what_was_passed():
    """Nothing else, and nothing of a call that had to be refused."""
    checker = a_checker()
    message = Message("m-1", "ana", (CustomerWrote(),), "c-1")
    complaint = recorded(checker, message)
    message.events, message.wrong = (Thanked(),), "it is a test"
    checker.acknowledged(message, complaint)
    checker.check()
    assert [found.partition("[m-1] ")[2] for found in laws_of(checker)] == [
        "was carried out: it is a test",
        "recorded 3 CustomerWrote",
    ]


def test_a_call_is_not_refused_once_it_was_carried_out():
    """Nor is a complaint unknown that is in the journal."""
    checker = a_checker()
    message = Message("m-1", "ana", (CustomerWrote(),), "c-1")
    recorded(checker, message)
    checker.refused(Call("host-1", message), UnknownComplaintError("c-1"), MONDAY)
    assert [found.partition("[m-1]")[2] for found in laws_of(checker)] == [
        ": no complaint 'c-1' in this journal",
        " was carried out, then: no complaint 'c-1' in this journal",
    ]


def test_a_refusal_of_what_has_changed_meanwhile_is_not_judged():
    """The complaint that is known is not the newest any more."""
    checker = a_checker()
    message = Message("m-1", "ana", (CustomerWrote(),), "c-1")
    recorded(checker, message)
    checker.check()
    checker.ledger.streams["c-1"].append(entry_of(CustomerWrote()))
    refusal = LIFECYCLE.refusal(LIFECYCLE.new("c-1"), Thanked())
    again = Message("m-2", "ana", (Thanked(),), "c-1")
    checker.refused(Call("host-1", again), RefusedError(refusal), MONDAY)
    assert laws_of(checker) == []


def test_what_is_lost_in_the_end_is_found():
    """The whole journal is read anew, and readers are held against it."""
    checker = a_checker()
    message = Message("m-1", "ana", (CustomerWrote(),), "c-1")
    recorded(checker, message)
    checker.check()
    everything = list(checker.journal.since(0))
    for positioned in everything:
        checker.saw(0, positioned)
    checker.journal._streams["c-1"].pop()
    checker.journal._order.pop()
    checker.check_all()
    assert laws_of(checker) == [
        "1 Received, 2 Thanked are left",
        "reader 0 took 3 of 2 entries, or other ones",
    ]


def test_a_reader_goes_on():
    """Neither versions nor positions go back."""
    checker = a_checker()
    recorded(checker, Message("m-1", "ana", (CustomerWrote(),), "c-1"))
    first, second, third = (each.entry for each in checker.journal.since(0))
    checker.saw(0, Positioned(2, first))
    checker.saw(0, Positioned(2, second))
    checker.saw(0, Positioned(3, evolve(third, version=9)))
    assert laws_of(checker) == [
        "reader 0 took position 2 after 2",
        "reader 0 took version 9 after 2",
    ]


def test_versions_have_no_gap():
    """An entry that is not the next is found, and what cannot follow."""
    checker = a_checker()
    entry = entry_of(CustomerWrote())
    checker.journal._streams["c-1"] = [entry]
    checker.ledger.streams["c-1"] = [entry]
    checker.ledger.touched["c-1"] = MONDAY
    checker.check()
    assert [(b.law, b.found) for b in checker.broken] == [
        (Law.VERSIONS, "2 came after 0")
    ]
    assert str(checker.broken[0]) == "versions have no gap: 2 came after 0 on c-1"


def test_a_miss_does_not_stand_if_the_timer_was_met():
    """A desk that knows of no SLA records in time, and clears nothing."""
    sla = Sla(
        calendar=Calendar.always(),
        targets=[Target("thanks", until="thank", within=open_hours(1))],
    )
    checker = a_checker(sla=sla)
    desk = new_desk(checker.journal, sla=sla)
    complaint = received(desk)
    desk.clock.advance(2 * HOUR)
    desk.tick()
    blind = new_desk(checker.journal, clock=desk.clock)
    blind.record(complaint.id, Thanked(), by="ana", at=MONDAY)
    checker.ledger.streams["c-1"] += desk.history("c-1")
    checker.ledger.touched["c-1"] = desk.clock()
    checker.check()
    assert laws_of(checker) == ["thanks#1 was met, and its miss stands"]


def test_the_kit_is_lazy():
    """Its names are loaded when they are touched, and others are no names."""
    assert dir(complaint_lifecycle.testing) == sorted(
        complaint_lifecycle.testing.__all__
    )
    with pytest.raises(AttributeError, match="no attribute 'Chaos'"):
        complaint_lifecycle.testing.Chaos  # noqa: B018
    assert timedelta(seconds=60) >= Faults().skew * 2


def test_what_was_rolled_back_is_forgotten():
    """All that a transaction appended, and nothing that stays."""
    checker = a_checker()
    recorded(checker, Message("m-1", "ana", (CustomerWrote(),), "c-1"))
    ledger, journal = checker.ledger, checker.journal
    before = evolve(ledger.now(), lengths={"c-1": 2})
    ledger.rolled_back_to(before, journal)
    assert len(ledger.streams["c-1"]) == 3
    journal._streams["c-1"].pop()
    ledger.rolled_back_to(before, journal)
    assert len(ledger.streams["c-1"]) == 2
