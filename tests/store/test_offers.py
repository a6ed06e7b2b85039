"""Offers on the desk: expiry in the due index, policies, and merging."""

import threading
from datetime import timedelta

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from walks import HOUR, MONDAY, new_desk, received, walked

from complaint_lifecycle import (
    Complaint,
    Desk,
    InvalidEventError,
    MemoryJournal,
    RefusedError,
    SqlJournal,
    Step,
    Thanked,
    money,
)
from complaint_lifecycle.compensation.situation import Situation
from complaint_lifecycle.complaint import OfferStatus
from complaint_lifecycle.events import (
    Accepted,
    Archived,
    Declined,
    Delivered,
    OfferApproved,
    Offered,
    OfferExpired,
    OfferRejected,
    Updated,
    Withdrawn,
)
from complaint_lifecycle.offers import Draw, Offer, Remedy
from complaint_lifecycle.sla import Calendar, Sla, Target
from complaint_lifecycle.sla.durations import open_hours
from complaint_lifecycle.transfer import export_entries, import_entries

LAST = MONDAY + 24 * HOUR
MOMENT = timedelta(microseconds=1)
SLA = Sla(
    calendar=Calendar.always(),
    targets=[Target("thanks", until="thank", within=open_hours(48))],
)


@pytest.fixture
def desk(journal):
    """Give a desk without an SLA on an empty journal of each kind."""
    return new_desk(journal)


def coupon(amount: int = 10, **fields: object) -> Offer:
    """Make an offer of one coupon."""
    return Offer(remedies=[Remedy(kind="coupon", value=money(amount, "EUR"))], **fields)


def brief(ref: str | None = None, *, last=LAST) -> Offered:
    """Make the fact of an offer that runs out on Tuesday."""
    return Offered(offer=coupon(expires=last), ref=ref)


def indexed(desk: Desk) -> list[tuple[str, str]]:
    """List the due index as it stands."""
    rows = desk.journal.due(MONDAY + timedelta(days=999), limit=99)
    return [(row.cause, row.threshold) for row in rows]


def expired(desk: Desk, complaint: Complaint) -> list[str | None]:
    """List the offers whose expiry was recorded."""
    events = [entry.event for entry in desk.history(complaint.id)]
    return [event.ref for event in events if isinstance(event, OfferExpired)]


class TestExpiry:
    def test_an_open_offer_is_a_row_of_the_due_index(self, desk):
        """Also where no SLA runs; approval changes nothing about it."""
        complaint = received(desk)
        desk.record(complaint.id, brief(), by="ana")
        (row,) = desk.journal.due(LAST, limit=9)
        assert (row.cause, row.threshold, row.at) == ("offer offer-1", "expired", LAST)
        assert desk.journal.due(LAST - MOMENT, limit=9) == ()
        desk.record(complaint.id, OfferApproved(), by="bob")
        assert indexed(desk) == [("offer offer-1", "expired")]

    @pytest.mark.parametrize(
        "fact",
        [
            Accepted(),
            Declined(),
            OfferRejected(),
            Withdrawn(),
            Offered(offer=coupon()),
        ],
    )
    def test_an_offer_that_is_not_open_leaves_no_row(self, desk, fact):
        """Accepted, declined, rejected, superseded, or gone with its complaint."""
        complaint = received(desk)
        desk.record(complaint.id, brief(), by="ana")
        desk.record(complaint.id, fact, by="ana")
        assert indexed(desk) == []
        desk.clock.jump_to(LAST + HOUR)
        assert desk.tick() == 0

    def test_it_is_recorded_once_strictly_after_the_last_instant(self, desk):
        """However often it ticks."""
        complaint = received(desk)
        desk.record(complaint.id, brief("x"), by="ana")
        for at, fired in ((LAST - MOMENT, 0), (LAST, 0), (LAST + MOMENT, 1)):
            desk.clock.jump_to(at)
            assert [desk.tick(), desk.tick()] == [fired, 0]
        assert expired(desk, complaint) == ["x"]
        assert desk.history(complaint.id)[-1].by == "desk"
        assert desk.complaint(complaint.id).offers[0].status is OfferStatus.EXPIRED
        assert indexed(desk) == []

    def test_it_is_recorded_late_if_nobody_ticked(self, desk):
        """Days afterwards, once."""
        complaint = received(desk)
        desk.record(complaint.id, brief(), by="ana")
        desk.clock.jump_to(LAST + timedelta(days=9))
        assert [desk.tick(), desk.tick()] == [1, 0]
        assert expired(desk, complaint) == ["offer-1"]

    def test_it_is_found_again_after_an_import(self, desk):
        """An import brings entries; rescheduling makes the rows."""
        other = new_desk()
        complaint = received(other)
        other.record(complaint.id, brief(), by="ana")
        import_entries(export_entries(other.journal), desk.journal)
        desk.clock.jump_to(LAST + HOUR)
        assert desk.tick() == 0
        assert desk.reschedule() == 1
        assert desk.tick() == 1
        assert expired(desk, complaint) == ["offer-1"]

    def test_many_workers_record_it_once(self, desk):
        """Whoever comes second finds it done."""
        complaints = [received(desk) for _ in range(8)]
        for complaint in complaints:
            desk.record(complaint.id, brief(), by="ana")
        desk.clock.jump_to(LAST + HOUR)
        fired = []
        threads = [
            threading.Thread(
                target=lambda: fired.append(
                    Desk(journal=desk.journal, clock=desk.clock).tick()
                )
            )
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(fired) == 8
        assert all(expired(desk, c) == ["offer-1"] for c in complaints)

    def test_news_of_an_acceptance_in_time_comes_after_the_expiry(self, desk):
        """It happened before, so it counts."""
        complaint = received(desk)
        desk.record(complaint.id, brief(), by="ana")
        desk.clock.jump_to(LAST + HOUR)
        desk.tick()
        complaint = desk.record(complaint.id, Accepted(), by="ana", at=LAST)
        assert complaint.offers[0].status is OfferStatus.ACCEPTED

    def test_news_of_an_acceptance_in_time_comes_before_anybody_ticked(self, desk):
        """Then the offer never expired."""
        complaint = received(desk)
        desk.record(complaint.id, brief(), by="ana")
        desk.clock.jump_to(LAST + HOUR)
        desk.record(complaint.id, Accepted(), by="ana", at=LAST)
        assert desk.tick() == 0
        assert expired(desk, complaint) == []

    def test_a_late_acceptance_is_refused_whether_anybody_ticked_or_not(self, desk):
        """And a refused call records nothing, the expiry neither."""
        complaint = received(desk)
        desk.record(complaint.id, brief(), by="ana")
        desk.clock.jump_to(LAST + HOUR)
        for ticked in (0, 1):
            with pytest.raises(RefusedError, match="make another one"):
                desk.record(complaint.id, Accepted(), by="ana")
            assert len(expired(desk, complaint)) == ticked
            desk.tick()

    @pytest.mark.parametrize(
        "facts", [(Updated(),), (Withdrawn(),), (brief(last=LAST + 99 * HOUR),)]
    )
    def test_the_next_fact_records_an_expiry_that_nobody_ticked(self, desk, facts):
        """So that it neither lapses nor is superseded, but has expired."""
        complaint = received(desk)
        desk.record(complaint.id, brief(), by="ana")
        desk.clock.jump_to(LAST + HOUR)
        complaint = desk.record(complaint.id, *facts, by="ana")
        assert complaint.offers[0].status is OfferStatus.EXPIRED
        assert expired(desk, complaint) == ["offer-1"]
        assert desk.tick() == 0

    def test_an_expiry_and_a_miss_fall_due_together(self, desk):
        """One tick records both, in one transaction."""
        watching = new_desk(desk.journal, sla=SLA)
        complaint = received(watching)
        watching.record(complaint.id, brief(), by="ana")
        assert indexed(desk) == [("offer offer-1", "expired"), ("thanks#1", "due")]
        watching.clock.advance(timedelta(days=3))
        assert watching.tick() == 2
        kinds = [entry.kind for entry in watching.history(complaint.id)]
        assert kinds[2:] == ["OfferExpired", "TimerMissed"]

    def test_both_are_recorded_before_the_end_of_the_complaint(self, desk):
        """Nothing ticks any more afterwards."""
        target = Target("archive", until="archive", within=open_hours(48))
        sla = Sla(calendar=Calendar.always(), targets=[target])
        watching = new_desk(desk.journal, sla=sla)
        complaint = walked(watching, Step.PREVENT)
        watching.record(complaint.id, brief(), by="ana")
        watching.clock.advance(timedelta(days=3))
        watching.record(complaint.id, Archived(), by="ana")
        kinds = [entry.kind for entry in watching.history(complaint.id)]
        assert kinds[-3:] == ["OfferExpired", "TimerMissed", "Archived"]

    def test_a_desk_without_an_sla_leaves_the_timers_of_others_alone(self, desk):
        """Whoever records an offer from a shell does not stop the clocks."""
        watching = new_desk(desk.journal, sla=SLA)
        complaint = received(watching)
        desk.record(complaint.id, brief(), by="ana")
        assert indexed(desk) == [("offer offer-1", "expired"), ("thanks#1", "due")]
        desk.record(complaint.id, Declined(), by="ana")
        assert indexed(desk) == [("thanks#1", "due")]

    def test_complaints_without_offers_cost_nothing_more(self, tmp_path):
        """Neither rows of the due index nor budgets are read or written."""
        with SqlJournal(tmp_path / "complaints.sqlite") as journal:
            desk = new_desk(journal)
            complaint = received(desk)
            said: list[str] = []
            journal._connection.raw.set_trace_callback(said.append)
            desk.record(complaint.id, Thanked(), by="ana")
            journal._connection.raw.set_trace_callback(None)
        words = [line.split()[0] for line in said]
        assert words == ["BEGIN", "SELECT", "INSERT", "COMMIT"]

    @given(st.lists(st.integers(0, 60 * 20), max_size=8), st.booleans())
    def test_however_the_ticks_fall_it_is_recorded_once(self, minutes, accepted):
        """And never for an offer that was accepted in time."""
        desk = new_desk()
        complaint = received(desk)
        desk.record(complaint.id, brief(), by="ana")
        for step in minutes:
            desk.clock.advance(timedelta(minutes=step))
            desk.tick()
        now = max(desk.clock.now, LAST + HOUR)
        desk.clock.jump_to(now)
        if accepted:
            desk.record(complaint.id, Accepted(), by="ana", at=LAST)
        desk.tick()
        desk.reschedule()
        desk.tick()
        status = desk.complaint(complaint.id).offers[0].status
        assert len(expired(desk, complaint)) <= 1
        if accepted:
            assert status is OfferStatus.ACCEPTED
        else:
            assert status is OfferStatus.EXPIRED


class TestProposing:
    def test_a_policy_sees_the_whole_situation(self):
        """Complaint, customer, timers, what was given, and the instant."""
        seen: list[Situation] = []
        desk = new_desk(sla=SLA, compensation=seen.append)
        earlier = received(desk, channel="shop")
        facts = (Offered(offer=coupon(7)), Accepted())
        desk.record(earlier.id, *facts, by="ana")
        complaint = received(desk)
        desk.record(complaint.id, brief(), by="ana")
        desk.clock.advance(HOUR)
        assert desk.propose(complaint.id) is None
        (situation,) = seen
        assert situation == desk.situation(complaint.id)
        assert situation.complaint == desk.complaint(complaint.id)
        assert situation.now == MONDAY + HOUR
        assert situation.customer.channels == ("shop", "email")
        assert [timer.target.name for timer in situation.timers] == ["thanks"]
        assert [g.complaint_id for g in situation.spent.given] == [earlier.id]
        assert situation.spent.given[0].at == MONDAY
        assert situation.spent.budgets == {}

    def test_a_proposal_is_recorded_only_by_the_host(self, desk):
        """Asking changes nothing; the very value is what is offered."""
        asking = new_desk(desk.journal, compensation=lambda situation: coupon(3))
        complaint = received(asking)
        offer = asking.propose(complaint.id)
        assert offer == coupon(3)
        assert asking.complaint(complaint.id).offers == ()
        asking.record(complaint.id, Offered(offer=offer), by="ana")
        assert asking.complaint(complaint.id).offers[0].offer == offer

    def test_without_a_policy_nothing_is_proposed(self, desk):
        """The situation can be asked for all the same."""
        complaint = received(desk)
        assert desk.propose(complaint.id) is None
        assert desk.situation(complaint.id).complaint == complaint

    def test_the_budgets_that_a_policy_names_are_read(self, desk):
        """Without what its own open offer draws, which the next one would replace."""

        @frozen
        class Thrifty:
            def budget_keys(self, now):
                return ("goodwill", f"month {now:%m}", "unknown", "other")

            def __call__(self, situation):
                return None

        drawing = [Draw(name, money(100, "EUR")) for name in ("goodwill", "month 03")]
        asking = new_desk(desk.journal, compensation=Thrifty())
        one, two = received(asking), received(asking)
        asking.record(one.id, Offered(offer=coupon(30, draws=drawing)), by="ana")
        other = [Draw("other", money(9, "USD"))]
        dollars = Remedy(kind="gift", value=money(5, "USD"))
        gift = Offer(remedies=[dollars], draws=other)
        asking.record(one.id, Accepted(), Offered(offer=gift), Accepted(), by="ana")
        assert asking.situation(two.id).spent.budgets == {
            "goodwill": money(30, "EUR"),
            "month 03": money(30, "EUR"),
            "other": money(5, "USD"),
        }
        drawing = [Draw("goodwill", money(100, "EUR"))]
        asking.record(two.id, Offered(offer=coupon(20, draws=drawing)), by="ana")
        budgets = asking.situation(two.id).spent.budgets
        assert budgets["goodwill"] == money(30, "EUR")
        assert budgets["other"] == money(5, "USD")
        assert asking.situation(one.id).spent.budgets["goodwill"] == money(50, "EUR")


class TestMerging:
    def test_an_open_offer_lapses_with_the_duplicate(self, desk):
        """It stays in its history, and is made again where the complaint goes on."""
        one, two = received(desk), received(desk)
        desk.record(two.id, brief(), by="ana")
        desk.merge(two.id, into=one.id, by="ana")
        (standing,) = desk.complaint(two.id).offers
        assert standing.status is OfferStatus.LAPSED
        assert indexed(desk) == []
        again = Offered(offer=standing.offer)
        assert desk.record(one.id, again, by="ana").open_offer is not None

    def test_what_was_accepted_is_delivered_before_the_merge(self, desk):
        """It must not vanish; or the other complaint is the one that ends."""
        one, two = received(desk), received(desk)
        desk.record(two.id, brief(), Accepted(), by="ana")
        with pytest.raises(RefusedError, match="record Delivered"):
            desk.merge(two.id, into=one.id, by="ana")
        assert desk.complaint(one.id).duplicates == ()
        desk.record(two.id, Delivered(), by="ana")
        assert desk.merge(two.id, into=one.id, by="ana").duplicates == (two.id,)
        assert desk.customer("C-1009").compensated == {"EUR": money(10, "EUR")}


def test_a_journal_in_memory_and_one_on_disk_index_alike(tmp_path):
    """The same calls leave the same rows."""
    found = []
    with SqlJournal(tmp_path / "j") as on_disk:
        for journal in (MemoryJournal(), on_disk):
            desk = new_desk(journal)
            complaint = received(desk)
            desk.record(complaint.id, brief(), by="ana")
            found.append(journal.due(LAST, limit=9))
    assert found[0] == found[1]


def test_a_policy_has_to_answer_with_an_offer():
    """Or with nothing."""
    desk = new_desk(compensation=lambda _: "20 EUR")
    complaint = received(desk)
    with pytest.raises(InvalidEventError, match="must be an Offer or None"):
        desk.propose(complaint.id)


@pytest.mark.parametrize("ticked", [True, False])
def test_late_news_of_an_approval_or_a_refusal_counts_whoever_ticked(ticked):
    """It happened before the offer expired, and is told afterwards."""
    refund = Remedy(kind="refund", value=money(20, "EUR"))
    offer = Offer(remedies=[refund], expires=MONDAY + HOUR, approval="lead")
    for news in ((OfferApproved(), Accepted()), (Declined(),), (OfferRejected(),)):
        desk = new_desk()
        complaint = received(desk)
        desk.record(complaint.id, Offered(offer=offer), by="ana")
        desk.clock.advance(2 * HOUR)
        if ticked:
            assert desk.tick() == 1
        in_time = MONDAY + HOUR / 2
        for fact in news:
            complaint = desk.record(complaint.id, fact, by="bo", at=in_time)
        (standing,) = complaint.offers
        assert (
            standing.status.value
            == {
                OfferApproved: "accepted",
                Declined: "declined",
                OfferRejected: "rejected",
            }[type(news[0])]
        )
        with pytest.raises(RefusedError):
            desk.record(complaint.id, OfferApproved(), by="bo")
