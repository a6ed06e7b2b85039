"""What becomes of offers: who approves, until when, and what must be delivered first."""

from datetime import timedelta

import pytest
from walks import HOUR, MONDAY, STEPS, new_desk, received, walked

from complaint_lifecycle import Complaint, Lifecycle, RefusedError, Step, Verified
from complaint_lifecycle.amounts import money
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
    Referred,
    Reopened,
    VerificationAttempted,
    Withdrawn,
)
from complaint_lifecycle.offers import Offer, Remedy

LIFECYCLE = Lifecycle()
SECOND = timedelta(seconds=1)


@pytest.fixture
def desk():
    """Give a desk in memory whose clock stands at Monday nine."""
    return new_desk()


def offered(amount: int = 10, **fields: object) -> Offered:
    """Make the fact that a coupon was offered."""
    coupon = Remedy(kind="coupon", value=money(amount, "EUR"))
    return Offered(offer=Offer(remedies=[coupon], **fields))


class TestStanding:
    def test_an_offer_knows_by_whom_and_when_it_was_made(self, desk):
        """And who approved it afterwards."""
        complaint = received(desk)
        desk.clock.advance(HOUR)
        desk.record(complaint.id, offered(), by="ana")
        (standing,) = desk.record(complaint.id, OfferApproved(), by="bob").offers
        assert (standing.offered_by, standing.offered_at) == ("ana", MONDAY + HOUR)
        assert (standing.approved_by, standing.status) == ("bob", OfferStatus.APPROVED)

    def test_a_second_offer_says_which_it_supersedes(self, desk):
        """Only one that was still open."""
        complaint = received(desk)
        facts = (offered(10), offered(20), Declined(), offered(30))
        complaint = desk.record(complaint.id, *facts, by="ana")
        assert [o.supersedes for o in complaint.offers] == [None, "offer-1", None]

    @pytest.mark.parametrize(
        ("facts", "is_open", "stands"),
        [
            ((), True, True),
            ((OfferApproved(),), True, True),
            ((OfferRejected(),), False, False),
            ((Accepted(),), False, True),
            ((Declined(),), False, False),
            ((Accepted(), Delivered()), False, True),
            ((Withdrawn(),), False, False),
            ((offered(20),), False, False),
        ],
    )
    def test_an_offer_stands_while_it_is_open_and_when_it_is_accepted(
        self, desk, facts, is_open: bool, stands: bool
    ):
        """What stands counts against budgets and limits."""
        complaint = received(desk)
        desk.record(complaint.id, offered(), by="ana")
        if facts:
            desk.record(complaint.id, *facts, by="bob")
        standing = desk.complaint(complaint.id).offers[0]
        assert (standing.is_open, standing.stands) == (is_open, stands)


class TestFourEyes:
    def test_who_offered_may_not_approve(self, desk):
        """Somebody else may; rejecting one's own offer is no matter of trust."""
        complaint = received(desk)
        desk.record(complaint.id, offered(), by="ana")
        with pytest.raises(RefusedError, match="who offered it may not approve it"):
            desk.record(complaint.id, OfferApproved(), by="ana")
        assert desk.record(complaint.id, OfferApproved(), by="bob").open_offer
        desk.record(complaint.id, offered(), by="ana")
        complaint = desk.record(complaint.id, OfferRejected(), by="ana")
        assert complaint.offers[-1].status is OfferStatus.REJECTED

    def test_what_needs_approval_is_not_accepted_before_it(self, desk):
        """The refusal names the role and the fact that is missing."""
        complaint = received(desk)
        desk.record(complaint.id, offered(approval="supervisor"), by="ana")
        with pytest.raises(RefusedError) as caught:
            desk.record(complaint.id, Accepted(), by="ana")
        assert "needs the approval of 'supervisor'" in str(caught.value)
        assert "record OfferApproved first" in str(caught.value)
        complaint = desk.record(complaint.id, OfferApproved(), Accepted(), by="bob")
        assert complaint.offers[0].status is OfferStatus.ACCEPTED

    def test_what_needs_approval_can_be_declined_before_it(self, desk):
        """The customer is free to say no."""
        complaint = received(desk)
        facts = (offered(approval="supervisor"), Declined())
        assert desk.record(complaint.id, *facts, by="ana").open_offer is None


class TestExpiry:
    def expired(self, **fields: object) -> Complaint:
        """Decide a complaint whose offer has expired."""
        desk = new_desk()
        complaint = received(desk)
        complaint = desk.record(
            complaint.id, offered(expires=MONDAY + HOUR, **fields), by="ana"
        )
        return LIFECYCLE.decide(
            complaint, [OfferExpired()], at=MONDAY + 2 * HOUR, by="desk"
        )[1]

    @pytest.mark.parametrize("ref", [None, "offer-1"])
    def test_news_of_an_acceptance_in_time_revives_it(self, ref):
        """Lateness is judged by when a thing happened."""
        complaint = self.expired()
        assert complaint.offers[0].status is OfferStatus.EXPIRED
        in_time = MONDAY + HOUR
        complaint = LIFECYCLE.decide(
            complaint,
            [Accepted(ref=ref)],
            at=in_time,
            by="ana",
            recorded_at=in_time + 5 * HOUR,
        )[1]
        assert complaint.offers[0].status is OfferStatus.ACCEPTED

    def test_an_acceptance_after_the_last_instant_is_refused(self):
        """The way out is another offer."""
        refusal = LIFECYCLE.refusal(
            self.expired(), Accepted(), at=MONDAY + HOUR + SECOND
        )
        assert "expired at" in str(refusal)
        assert "make another one" in str(refusal)

    def test_a_lacking_approval_is_not_made_good_by_expiry(self):
        """What was not approved in time was not to be accepted in time."""
        refusal = LIFECYCLE.refusal(self.expired(approval="lead"), Accepted())
        assert "needs the approval of 'lead'" in str(refusal)

    def test_another_offer_is_not_mistaken_for_the_expired_one(self):
        """Without a name the last offer is meant, with one that one."""
        complaint = self.expired()
        facts = [offered(), Declined()]
        complaint = LIFECYCLE.decide(complaint, facts, at=MONDAY + HOUR, by="ana")[1]
        for fact, said in (
            (Accepted(), "offer-2 is declined, and this needs one approved or offered"),
            (Accepted(ref="offer-2"), "offer-2 is declined"),
            (Accepted(ref="x"), "there is no offer 'x': there are offer-1, offer-2"),
            (Delivered(ref="offer-1"), "needs one accepted; offer-2 is declined"),
        ):
            assert said in LIFECYCLE.refusal(complaint, fact).reason
        assert LIFECYCLE.refusal(complaint, Accepted(ref="offer-1")) is None


class TestDelivery:
    @pytest.mark.parametrize(
        "asked", [(Verified(satisfied=True),), (Verified(satisfied=None),)]
    )
    def test_what_was_accepted_is_delivered_before_the_fix_is_verified(
        self, desk, asked
    ):
        """Whether the customer is content or out of reach."""
        complaint = walked(desk, Step.FIX)
        attempts = [VerificationAttempted()] * 3
        desk.record(complaint.id, offered(), Accepted(), *attempts, by="ana")
        with pytest.raises(RefusedError) as caught:
            desk.record(complaint.id, *asked, by="ana")
        assert (
            "what the customer accepted must be delivered first: record Delivered"
        ) in str(caught.value)
        facts = (Delivered(reference="transfer 7"), *asked)
        assert desk.record(complaint.id, *facts, by="ana").state == "verified"

    def test_a_dissatisfied_customer_is_heard_before_delivery(self, desk):
        """The next round does not wait for the parcel."""
        complaint = walked(desk, Step.FIX)
        facts = (offered(), Accepted(), Verified(satisfied=False))
        assert desk.record(complaint.id, *facts, by="ana").state == "explained"

    @pytest.mark.parametrize("facts", [(), (Declined(),), (OfferRejected(),)])
    def test_an_offer_that_nobody_accepted_holds_nothing_up(self, desk, facts):
        """Only what was accepted is owed."""
        complaint = walked(desk, Step.FIX)
        facts = (offered(), *facts, Verified(satisfied=True))
        assert desk.record(complaint.id, *facts, by="ana").state == "verified"

    def test_a_host_may_remove_the_condition(self):
        """Everywhere, or for the verification only."""
        for trigger, having in ((None, set()), ("verify", {"merge", "archive"})):
            edit = LIFECYCLE.edit().without_condition(
                "compensation_delivered", trigger=trigger
            )
            lifecycle = edit.compile()
            desk = new_desk(lifecycle=lifecycle)
            complaint = walked(desk, Step.FIX)
            facts = (offered(), Accepted(), STEPS[Step.VERIFY])
            assert desk.record(complaint.id, *facts, by="ana").state == "verified"
            assert {
                row.trigger
                for row in lifecycle.table.rows
                if "compensation_delivered" in {c.name for c in row.conditions}
            } == having

    def test_it_stands_on_the_ways_to_verified_and_to_the_end(self):
        """The table says so."""
        ways = {
            (row.trigger, row.target)
            for row in LIFECYCLE.table.rows
            if "compensation_delivered" in {c.name for c in row.conditions}
        }
        assert ways == {
            ("verify", "verified"),
            ("merge", "merged"),
            ("archive", "archived"),
        }

    def test_what_was_accepted_after_the_verification_is_delivered_before_the_end(self):
        """Nothing is archived with a debt."""
        desk = new_desk()
        complaint = walked(desk, Step.FIX)
        facts = (offered(), STEPS[Step.VERIFY], Accepted(), STEPS[Step.PREVENT])
        desk.record(complaint.id, *facts, by="ana")
        with pytest.raises(RefusedError, match="must be delivered first"):
            desk.record(complaint.id, Archived(), by="ana")
        desk.record(complaint.id, Delivered(), Archived(), by="ana")


class TestLeaving:
    @pytest.mark.parametrize("leaving", [Withdrawn(), Archived()])
    def test_an_open_offer_lapses_with_its_complaint(self, desk, leaving):
        """It can no longer be accepted, also when the complaint is reopened."""
        up_to = Step.PREVENT if isinstance(leaving, Archived) else Step.THANK
        complaint = walked(desk, up_to)
        complaint = desk.record(complaint.id, offered(), leaving, by="ana")
        assert complaint.offers[0].status is OfferStatus.LAPSED
        if complaint.state == "withdrawn":
            desk.record(complaint.id, Reopened(), by="ana")
            with pytest.raises(RefusedError, match="offer-1 is lapsed"):
                desk.record(complaint.id, Accepted(), by="ana")

    def test_a_referral_leaves_the_gesture_open(self, desk):
        """Who is sent elsewhere may still accept the coupon."""
        complaint = walked(desk, Step.GATHER)
        there = Referred(instance="the airport", how="hall B")
        facts = (offered(), there, Accepted(), Delivered())
        complaint = desk.record(complaint.id, *facts, by="ana")
        assert complaint.offers[0].status is OfferStatus.DELIVERED

    def test_what_was_accepted_stays_owed(self, desk):
        """A withdrawn complaint can still be told that it was delivered."""
        complaint = walked(desk, Step.THANK)
        facts = (offered(), Accepted(), Withdrawn(), Delivered())
        complaint = desk.record(complaint.id, *facts, by="ana")
        assert complaint.offers[0].status is OfferStatus.DELIVERED
