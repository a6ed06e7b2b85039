"""What the eight steps and the ways beside them ask for."""

from datetime import timedelta

import pytest
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
    Explained,
    Fixed,
    Gathered,
    InvalidEventError,
    Lifecycle,
    Promised,
    RefusedError,
    Step,
    Thanked,
    Verified,
    gift_chart,
)
from complaint_lifecycle.amounts import money
from complaint_lifecycle.complaint import OfferStatus, Verification
from complaint_lifecycle.events import (
    Absorbed,
    Accepted,
    Archived,
    Assigned,
    Declined,
    Delivered,
    Escalated,
    Fault,
    OfferApproved,
    Offered,
    OfferRejected,
    Outcome,
    Prevented,
    Reclassified,
    Referred,
    Reopened,
    TimerMissed,
    Updated,
    VerificationAttempted,
    Withdrawn,
)
from complaint_lifecycle.journal import Batch
from complaint_lifecycle.offers import Offer, Remedy


@pytest.fixture
def desk():
    """Give a desk in memory whose clock stands at Monday nine."""
    return new_desk()


class TestOrder:
    def test_an_apology_before_thanks_is_refused_with_what_comes_next(self, desk):
        """The refusal says that thanks come next, and what else is allowed."""
        complaint = received(desk)
        with pytest.raises(RefusedError) as caught:
            desk.record(complaint.id, Apologised(), by="ana")
        assert str(caught.value) == (
            "cannot record Apologised while 'received': thank comes next "
            "(allowed: thank, withdraw, merge)"
        )
        assert caught.value.complaint_id == complaint.id
        assert caught.value.state == "received"
        assert caught.value.event == "Apologised"
        assert caught.value.allowed == ("thank", "withdraw", "merge")

    def test_a_refused_fact_records_none_of_those_given_with_it(self, desk):
        """Several facts in one call are all recorded or none is."""
        complaint = received(desk)
        with pytest.raises(RefusedError):
            desk.record(complaint.id, Thanked(), Explained(), Fixed(), by="ana")
        assert desk.complaint(complaint.id).state == "received"

    def test_a_whole_complaint_can_be_settled_in_one_contact(self, desk):
        """All eight steps recorded together share one instant and keep their order."""
        complaint = walked(desk, Step.PREVENT)
        history = desk.history(complaint.id)
        assert complaint.state == "prevented"
        assert [e.event.trigger for e in history[1:]] == [str(s) for s in Step]
        assert {entry.at for entry in history} == {MONDAY}

    def test_nothing_follows_an_archived_complaint(self, desk):
        """A final state allows nothing, and the refusal says so."""
        complaint = walked(desk, Step.PREVENT)
        desk.record(complaint.id, Archived(), by="ana")
        with pytest.raises(RefusedError, match="nothing follows a final state"):
            desk.record(complaint.id, Updated(), by="ana")
        with pytest.raises(RefusedError, match="allowed: nothing"):
            desk.record(complaint.id, Reopened(), by="ana")

    def test_nothing_comes_before_receipt(self):
        """Facts beside the way are refused too while nothing is received."""
        lifecycle = Lifecycle()
        with pytest.raises(RefusedError, match="receive comes next"):
            lifecycle.decide(lifecycle.new("c-1"), [Updated()], at=MONDAY, by="ana")

    def test_where_no_step_leads_on_the_refusal_says_that_it_does_not_follow(
        self, desk
    ):
        """After prevention there is no next step to name."""
        complaint = walked(desk, Step.PREVENT)
        with pytest.raises(RefusedError, match="archive comes next"):
            desk.record(complaint.id, Thanked(), by="ana")


class TestPromise:
    def test_a_promise_must_be_due_after_it_is_made(self, desk):
        """A due instant that has come already is refused."""
        complaint = walked(desk, Step.APOLOGISE)
        late = Promised(what="resend", due=MONDAY, owner="ana")
        with pytest.raises(RefusedError, match="due after the instant"):
            desk.record(complaint.id, late, by="ana")

    def test_a_promise_says_what_by_when_who_and_how(self, desk):
        """By default the customer hears the way the complaint came in."""
        promise = walked(desk, Step.PROMISE).promise
        assert promise is not None
        assert (promise.what, promise.due, promise.owner, promise.how) == (
            "resend it", DUE, "ana", "email",
        )  # fmt: skip
        assert promise.made_at == MONDAY

    @pytest.mark.parametrize(("late", "broken"), [(0, 0), (1, 1)])
    def test_a_renewal_breaks_the_promise_only_strictly_after_its_date(
        self, desk, late: int, broken: int
    ):
        """Renewed at the due instant it is not; a second later it is."""
        complaint = walked(desk, Step.PROMISE)
        desk.clock.jump_to(DUE + timedelta(seconds=late))
        renewal = Promised(what="resend it", due=DUE + 24 * HOUR, owner="ana")
        complaint = desk.record(complaint.id, renewal, by="ana")
        assert complaint.promises_made == 2
        assert complaint.promises_broken == broken
        assert complaint.promises_kept == 0
        assert complaint.state == "promised"

    @pytest.mark.parametrize(("late", "broken"), [(0, 0), (1, 1)])
    def test_a_fix_keeps_the_promise_up_to_its_date(self, desk, late: int, broken: int):
        """Fixed at the due instant it is kept; a second later it is broken."""
        complaint = walked(desk, Step.GATHER)
        desk.clock.jump_to(DUE + timedelta(seconds=late))
        complaint = desk.record(complaint.id, Fixed(), by="ana")
        assert complaint.promises_broken == broken
        assert complaint.promises_kept == 1 - broken
        assert complaint.promise is None

    @pytest.mark.parametrize(
        "leaving",
        [Withdrawn(), Referred(instance="x", how="y", fault=Fault.THIRD_PARTY)],
    )
    def test_a_promise_that_is_overdue_when_the_complaint_leaves_is_broken(
        self, desk, leaving
    ):
        """Leaving in time releases it, leaving late does not excuse it."""
        early, late = walked(desk, Step.PROMISE), walked(desk, Step.PROMISE)
        assert desk.record(early.id, leaving, by="ana").promises_broken == 0
        desk.clock.jump_to(DUE + HOUR)
        assert desk.record(late.id, leaving, by="ana").promises_broken == 1

    def test_a_promise_can_be_renewed_after_the_facts_are_gathered(self, desk):
        """The state stays gathered."""
        complaint = walked(desk, Step.GATHER)
        renewal = Promised(what="resend it", due=DUE + HOUR, owner="ana")
        assert desk.record(complaint.id, renewal, by="ana").state == "gathered"


class TestVerification:
    def test_a_failed_verification_starts_a_new_round_at_the_apology(self, desk):
        """The round counts, the promise is gone, and an apology comes next."""
        complaint = walked(desk, Step.FIX)
        complaint = desk.record(complaint.id, Verified(satisfied=False), by="ana")
        assert (complaint.state, complaint.round) == ("explained", 2)
        assert complaint.promise is None
        assert complaint.verification is Verification.DISSATISFIED
        with pytest.raises(RefusedError, match="apologise comes next"):
            desk.record(complaint.id, Fixed(), by="ana")
        again = (Apologised(), PROMISE, STEPS[Step.GATHER], Fixed())
        complaint = desk.record(complaint.id, *again, by="ana")
        complaint = desk.record(complaint.id, Verified(satisfied=True), by="ana")
        assert (complaint.state, complaint.round) == ("verified", 2)
        assert complaint.promises_made == 2

    def test_an_unreachable_customer_needs_enough_attempts(self, desk):
        """After three vain attempts the complaint goes on, marked unverified."""
        complaint = walked(desk, Step.FIX)
        for _ in range(2):
            desk.record(complaint.id, VerificationAttempted(), by="ana")
        with pytest.raises(RefusedError, match="out of reach after enough attempts"):
            desk.record(complaint.id, Verified(satisfied=None), by="ana")
        desk.record(complaint.id, VerificationAttempted(channel="phone"), by="ana")
        complaint = desk.record(complaint.id, Verified(satisfied=None), by="ana")
        assert complaint.verification is Verification.UNREACHABLE
        assert desk.record(complaint.id, PREVENTION, by="ana").state == "prevented"

    def test_a_host_may_state_another_number_of_attempts(self):
        """One attempt is enough where the chart says so."""
        desk = new_desk(lifecycle=Lifecycle(gift_chart(attempts=1)))
        complaint = walked(desk, Step.FIX)
        desk.record(complaint.id, VerificationAttempted(), by="ana")
        complaint = desk.record(complaint.id, Verified(satisfied=None), by="ana")
        assert complaint.state == "verified"

    def test_an_attempt_needs_something_to_verify(self, desk):
        """Before the fix there is nothing to ask about."""
        complaint = walked(desk, Step.GATHER)
        with pytest.raises(RefusedError, match="nothing to verify"):
            desk.record(complaint.id, VerificationAttempted(), by="ana")

    def test_attempts_are_counted_anew_in_each_round(self, desk):
        """Attempts of the first round do not excuse the second."""
        complaint = walked(desk, Step.FIX)
        for _ in range(3):
            desk.record(complaint.id, VerificationAttempted(), by="ana")
        desk.record(complaint.id, Verified(satisfied=False), by="ana")
        again = (Apologised(), PROMISE, STEPS[Step.GATHER], Fixed())
        assert desk.record(complaint.id, *again, by="ana").attempts == 0
        with pytest.raises(RefusedError):
            desk.record(complaint.id, Verified(satisfied=None), by="ana")


class TestFault:
    @pytest.mark.parametrize("fault", list(Fault))
    @pytest.mark.parametrize("outcome", list(Outcome))
    def test_a_refused_claim_still_walks_to_prevention(self, desk, fault, outcome):
        """Whatever the verdict and the outcome, fix, verify and prevent follow."""
        complaint = walked(desk, Step.PROMISE)
        facts = (
            Gathered(fault=fault),
            Fixed(outcome=outcome),
            Verified(satisfied=True),
            PREVENTION,
        )
        complaint = desk.record(complaint.id, *facts, by="ana")
        assert (complaint.fault, complaint.outcome) == (fault, outcome)
        assert complaint.state == "prevented"

    def test_a_referral_says_where_to_go_and_leads_to_prevention(self, desk):
        """From gathered on no further verdict is needed."""
        complaint = walked(desk, Step.GATHER)
        refer = Referred(instance="the airport", how="desk in hall B")
        complaint = desk.record(complaint.id, refer, by="ana")
        assert (complaint.state, complaint.referred_to) == ("referred", "the airport")
        assert complaint.fault is Fault.COMPANY
        assert desk.record(complaint.id, PREVENTION, by="ana").state == "prevented"

    def test_a_gathered_verdict_serves_a_later_referral(self, desk):
        """After the fix, too, the verdict of this round is enough."""
        complaint = walked(desk, Step.FIX)
        refer = Referred(instance="the ombudsman", how="by letter")
        assert desk.record(complaint.id, refer, by="ana").state == "referred"

    def test_a_new_round_forgets_the_verdict_of_the_last(self, desk):
        """Fault, outcome and referral are found anew."""
        complaint = walked(desk, Step.GATHER)
        refer = Referred(instance="the airport", how="hall B")
        complaint = desk.record(complaint.id, refer, Reopened(), by="ana")
        assert (complaint.fault, complaint.referred_to) == (None, None)

    def test_an_early_referral_needs_a_verdict(self, desk):
        """Before the facts are gathered the fact itself names the fault."""
        complaint = walked(desk, Step.THANK)
        where = {"instance": "the airport", "how": "desk in hall B"}
        with pytest.raises(RefusedError, match="needs a verdict"):
            desk.record(complaint.id, Referred(**where), by="ana")
        given = Referred(**where, fault=Fault.THIRD_PARTY)
        complaint = desk.record(complaint.id, given, by="ana")
        assert complaint.fault is Fault.THIRD_PARTY

    def test_a_withdrawn_complaint_still_leads_to_prevention(self, desk):
        """The gift was given: the promise is released and step 8 remains."""
        complaint = walked(desk, Step.PROMISE)
        complaint = desk.record(complaint.id, Withdrawn(), by="ana")
        assert (complaint.state, complaint.promise) == ("withdrawn", None)
        assert desk.record(complaint.id, PREVENTION, by="ana").state == "prevented"

    def test_prevention_has_no_field_for_a_culprit(self):
        """A preventive action names process, action, owner and date, nobody else."""
        names = {a.name for a in Prevented.__attrs_attrs__}
        assert names == {"process", "action", "owner", "due"}


class TestReopening:
    def test_a_reopened_complaint_starts_another_round_at_the_apology(self, desk):
        """Thanks and explanation were given, so they are not repeated."""
        complaint = walked(desk, Step.PREVENT)
        complaint = desk.record(complaint.id, Reopened(), by="ana")
        assert (complaint.state, complaint.round) == ("explained", 2)

    @pytest.mark.parametrize("thanked", [False, True])
    def test_reopened_before_both_were_given_it_starts_with_thanks(
        self, desk, thanked: bool
    ):
        """A complaint withdrawn at once begins at the beginning."""
        complaint = received(desk)
        facts = [Thanked()] if thanked else []
        facts += [Withdrawn(), Reopened()]
        assert desk.record(complaint.id, *facts, by="ana").state == "received"


class TestWaiting:
    def test_a_complaint_can_be_created_waiting(self, desk):
        """Received and Asked in one record share the instant."""
        from complaint_lifecycle import Received

        first = Received(customer="C-1", channel="email")
        complaint = desk.receive(first, Asked(text="Which size?"), by="form")
        assert complaint.waiting
        assert complaint.waiting_since == MONDAY
        assert desk.record(complaint.id, Thanked(), by="ana").state == "thanked"

    def test_nothing_is_gathered_while_a_question_is_open(self, desk):
        """The answer comes first."""
        complaint = walked(desk, Step.PROMISE)
        desk.record(complaint.id, Asked(), by="ana")
        with pytest.raises(RefusedError, match="record Answered first"):
            desk.record(complaint.id, STEPS[Step.GATHER], by="ana")
        facts = (Answered(), STEPS[Step.GATHER])
        assert desk.record(complaint.id, *facts, by="ana").state == "gathered"

    def test_overlapping_questions_count_as_one_wait(self, desk):
        """Asked at 0 and 1, answered at 3 and 5 hours: five hours of waiting."""
        complaint = received(desk)
        for hours, fact in (
            (0, Asked(ref="a")),
            (1, Asked(ref="b")),
            (3, Answered(ref="a")),
            (5, Answered(ref="b")),
        ):
            desk.clock.jump_to(MONDAY + hours * HOUR)
            complaint = desk.record(complaint.id, fact, by="ana")
        assert complaint.waited == 5 * HOUR
        assert not complaint.waiting

    @pytest.mark.parametrize(
        ("up_to", "leaving"),
        [
            (Step.THANK, Withdrawn()),
            (
                Step.THANK,
                Referred(instance="x", how="y", fault=Fault.THIRD_PARTY),
            ),
            (Step.PREVENT, Archived()),
        ],
    )
    def test_leaving_while_waiting_books_the_wait(self, desk, up_to, leaving):
        """Withdrawn, referred or archived: the question ends and the time is kept."""
        complaint = walked(desk, up_to)
        desk.record(complaint.id, Asked(), by="ana")
        desk.clock.advance(7 * HOUR)
        complaint = desk.record(complaint.id, leaving, by="ana")
        assert not complaint.waiting
        assert complaint.waited == 7 * HOUR
        assert complaint.waited_until(MONDAY + 100 * HOUR) == 7 * HOUR

    def test_the_wait_up_to_now_includes_the_open_question(self, desk):
        """Three hours after the question three hours are waited."""
        complaint = received(desk)
        complaint = desk.record(complaint.id, Asked(), by="ana")
        assert complaint.waited_until(MONDAY + 3 * HOUR) == 3 * HOUR

    def test_an_answer_must_belong_to_an_open_question(self, desk):
        """No open question, or several and none named, is refused with the names."""
        complaint = received(desk)
        with pytest.raises(RefusedError, match="record CustomerWrote instead"):
            desk.record(complaint.id, Answered(), by="ana")
        desk.record(complaint.id, Asked(), Asked(), by="ana")
        with pytest.raises(RefusedError, match="question-1, question-2"):
            desk.record(complaint.id, Answered(), by="ana")
        with pytest.raises(RefusedError, match="is open already"):
            desk.record(complaint.id, Asked(ref="question-2"), by="ana")


class TestOneVoice:
    def test_whoever_thanks_first_is_the_contact(self, desk):
        """The first who speaks with the customer stays their contact."""
        complaint = walked(desk, Step.THANK)
        desk.record(complaint.id, Explained(), by="bob")
        assert desk.complaint(complaint.id).contact == "ana"

    def test_an_escalation_changes_the_owner_and_not_the_contact(self, desk):
        """The second line works on it, the first line speaks with the customer."""
        complaint = walked(desk, Step.PROMISE)
        complaint = desk.record(complaint.id, Escalated(owner="legal"), by="ana")
        assert (complaint.owner, complaint.contact) == ("legal", "ana")
        assert (complaint.line, complaint.handoffs) == (2, 1)

    def test_every_hand_off_is_counted_and_a_first_assignment_is_none(self, desk):
        """Owner and contact count each, but only when one follows another."""
        complaint = received(desk)
        for fact, handoffs in (
            (Assigned(owner="ana", contact="eve"), 0),
            (Assigned(owner="ana"), 0),
            (Assigned(owner="bob"), 1),
            (Assigned(owner="cyd", contact="dan"), 3),
        ):
            complaint = desk.record(complaint.id, fact, by="boss")
            assert complaint.handoffs == handoffs
        assert (complaint.owner, complaint.contact) == ("cyd", "dan")

    def test_from_the_first_line_to_a_department_is_a_hand_off(self, desk):
        """Until somebody else owns it, whoever thanked works on it."""
        complaint = walked(desk, Step.THANK)
        complaint = desk.record(complaint.id, Escalated(owner="legal"), by="ana")
        assert complaint.handoffs == 1

    def test_a_promise_by_another_owner_is_a_hand_off(self, desk):
        """Whoever promises works on it from then on."""
        complaint = walked(desk, Step.PROMISE)
        other = Promised(what="resend it", due=DUE, owner="bob")
        complaint = desk.record(complaint.id, other, by="ana")
        assert (complaint.owner, complaint.handoffs) == ("bob", 1)


class TestNobodyJudgesThemselves:
    @pytest.mark.parametrize(
        ("up_to", "fact"),
        [
            (Step.PROMISE, Referred(instance="x", how="y", fault=Fault.CUSTOMER)),
            (Step.GATHER, Referred(instance="x", how="y")),
            (Step.THANK, Withdrawn()),
            (Step.PREVENT, Archived()),
            (Step.FIX, VerificationAttempted()),
            (Step.FIX, Verified(satisfied=False)),
        ],
    )
    def test_nor_end_the_complaint(self, desk, up_to: Step, fact):
        """Referral, withdrawal, archive and vain attempts are for somebody else too."""
        complaint = walked(desk, up_to, about="bob")
        with pytest.raises(RefusedError, match="nobody judges themselves"):
            desk.record(complaint.id, fact, by="bob")

    @pytest.mark.parametrize("fact", [Assigned(owner="bob"), Escalated(owner="bob")])
    def test_nor_own_it(self, desk, fact):
        """The work is not handed to the person complained of."""
        complaint = received(desk, about="bob")
        with pytest.raises(RefusedError, match="nobody judges themselves"):
            desk.record(complaint.id, fact, by="ana")

    def test_whom_a_complaint_is_about_may_turn_out_later(self, desk):
        """From then on the rule holds for them too."""
        complaint = walked(desk, Step.PROMISE, about="eve")
        complaint = desk.record(complaint.id, Reclassified(about="bob"), by="ana")
        complaint = desk.record(complaint.id, Reclassified(about="bob"), by="ana")
        assert complaint.about == ("eve", "bob")
        with pytest.raises(RefusedError, match="nobody judges themselves"):
            desk.record(complaint.id, STEPS[Step.GATHER], by="bob")

    @pytest.mark.parametrize("step", [Step.PROMISE, Step.GATHER, Step.FIX, Step.VERIFY])
    def test_the_person_complained_of_may_not_judge(self, desk, step: Step):
        """Promise, gathering, fix and verification are for somebody else."""
        before = list(Step)[list(Step).index(step) - 1]
        complaint = walked(desk, before, about="bob")
        with pytest.raises(RefusedError, match="nobody judges themselves"):
            desk.record(complaint.id, STEPS[step], by="bob")
        desk.record(complaint.id, STEPS[step], by="ana")

    def test_nor_may_that_person_own_the_promise(self, desk):
        """Somebody else's hand does not help."""
        complaint = walked(desk, Step.APOLOGISE, about="bob")
        with pytest.raises(RefusedError, match="nobody judges themselves"):
            desk.record(
                complaint.id, Promised(what="talk", due=DUE, owner="bob"), by="ana"
            )

    def test_nor_may_that_person_approve_an_offer(self, desk):
        """An offer is approved or rejected by somebody else."""
        complaint = received(desk, about="bob")
        desk.record(complaint.id, Offered(offer=coupon()), by="ana")
        for fact in (OfferApproved(), OfferRejected()):
            with pytest.raises(RefusedError, match="nobody judges themselves"):
                desk.record(complaint.id, fact, by="bob")


def coupon(amount: int = 10) -> Offer:
    """Make an offer of one coupon."""
    return Offer(remedies=[Remedy(kind="coupon", value=money(amount, "EUR"))])


class TestOffers:
    def test_an_offer_is_approved_accepted_and_delivered(self, desk):
        """Each fact moves the offer on, and leaves its name in the mark."""
        complaint = received(desk)
        desk.record(complaint.id, Offered(offer=coupon()), by="ana")
        facts = (OfferApproved(), Accepted(), Delivered())
        complaint = desk.record(complaint.id, *facts, by="bob")
        assert complaint.offers[0].status is OfferStatus.DELIVERED
        assert {m.detail for m in complaint.marks[1:]} == {"offer-1"}
        assert complaint.open_offer is None

    def test_names_that_are_taken_are_passed_over(self, desk):
        """Offers and questions without a name get a free one."""
        complaint = received(desk)
        offers = (Offered(offer=coupon(), ref="offer-2"), Offered(offer=coupon()))
        asked = (Asked(ref="question-2"), Asked())
        complaint = desk.record(complaint.id, *offers, *asked, by="ana")
        assert [o.ref for o in complaint.offers] == ["offer-2", "offer-3"]
        assert [q.ref for q in complaint.questions] == ["question-2", "question-3"]

    def test_a_complaint_absorbs_another_one_once_and_never_itself(self, desk):
        """Whoever decides by hand is held to it as well."""
        complaint = received(desk)
        one = Absorbed(duplicate="c-9")
        for facts in ([one, one], [Absorbed(duplicate=complaint.id)]):
            with pytest.raises(RefusedError, match="absorb"):
                desk.lifecycle.decide(complaint, facts, at=MONDAY, by="ana")

    def test_a_second_offer_supersedes_the_open_one(self, desk):
        """Negotiation leaves one open offer, and both are kept."""
        complaint = received(desk)
        facts = (Offered(offer=coupon(10)), Offered(offer=coupon(20)))
        complaint = desk.record(complaint.id, *facts, by="ana")
        assert [o.status for o in complaint.offers] == [
            OfferStatus.SUPERSEDED,
            OfferStatus.OFFERED,
        ]
        assert complaint.open_offer is complaint.offers[1]

    def test_an_offer_is_accepted_up_to_its_last_instant(self, desk):
        """At the instant of expiry it is in time, a second later it is not."""
        complaint = received(desk)
        card = [Remedy(kind="apology", what="a card")]
        offer = Offered(offer=Offer(remedies=card, expires=DUE))
        desk.record(complaint.id, offer, by="ana")
        late = DUE + timedelta(seconds=1)
        refused = desk.lifecycle.refusal(
            desk.complaint(complaint.id), Accepted(), at=late
        )
        assert "the offer expired at" in str(refused)
        desk.clock.jump_to(DUE)
        complaint = desk.record(complaint.id, Accepted(), by="ana")
        assert complaint.offers[0].status is OfferStatus.ACCEPTED

    def test_an_offer_that_ended_cannot_be_accepted(self, desk):
        """A declined offer stays declined; another name is asked for a new one."""
        complaint = received(desk)
        facts = (Offered(offer=coupon(), ref="x"), Declined())
        desk.record(complaint.id, *facts, by="ana")
        with pytest.raises(
            RefusedError, match="x is declined, and this needs one approved or"
        ):
            desk.record(complaint.id, Accepted(), by="ana")
        with pytest.raises(RefusedError, match="there is an offer 'x' already"):
            desk.record(complaint.id, Offered(offer=coupon(), ref="x"), by="ana")


class TestTime:
    def test_late_news_may_precede_what_the_desk_recorded(self, desk):
        """A timer entry does not bind the host: the fix had happened before it."""
        complaint = walked(desk, Step.GATHER)
        fired = DUE + HOUR
        missed = TimerMissed(timer="promise", cause="p#1", due=DUE, fired=fired)
        desk.clock.jump_to(fired)
        entries, _ = desk.lifecycle.decide(complaint, [missed], at=fired, by="desk")
        desk.journal.append([Batch(complaint.id, complaint.version, entries)])
        before = DUE - HOUR
        complaint = desk.record(complaint.id, Fixed(), by="ana", at=before)
        assert complaint.marks[-1].at == before
        assert complaint.promises_broken == 0
        assert desk.history(complaint.id)[-1].recorded_at == fired

    def test_a_fact_may_not_precede_the_last_one_beyond_the_skew(self, desk):
        """Within a minute clocks may disagree, beyond it the order is refused."""
        complaint = received(desk)
        desk.record(complaint.id, Thanked(), by="ana", at=MONDAY - HOUR / 60)
        with pytest.raises(InvalidEventError, match="before the last fact"):
            desk.record(
                complaint.id, Explained(), by="ana", at=MONDAY - timedelta(seconds=61)
            )

    def test_a_future_instant_is_refused(self, desk):
        """Nothing is recorded that has not happened yet."""
        complaint = received(desk)
        with pytest.raises(InvalidEventError, match="in the future"):
            desk.record(complaint.id, Thanked(), by="ana", at=MONDAY + HOUR)

    def test_a_clock_that_went_back_does_not_reorder_facts(self, desk):
        """Without an instant of its own a fact never comes before the last one."""
        complaint = received(desk)
        early = Desk(journal=desk.journal, clock=lambda: MONDAY - 5 * HOUR)
        complaint = early.record(complaint.id, Thanked(), by="ana")
        assert complaint.marks[-1].at == MONDAY

    def test_a_slightly_earlier_fact_does_not_turn_the_last_instant_back(self, desk):
        """The latest instant stays the bound for what follows."""
        complaint = received(desk)
        earlier = MONDAY - timedelta(seconds=30)
        complaint = desk.record(complaint.id, Thanked(), by="ana", at=earlier)
        assert complaint.updated_at == MONDAY


class TestClassification:
    def test_a_reclassification_changes_only_what_it_names(self, desk):
        """The rest stays, and the mark holds the whole of it."""
        complaint = received(desk, category="late", amount=money(20, "EUR"))
        change = Reclassified(severity="serious")
        complaint = desk.record(complaint.id, change, by="ana")
        assert (complaint.category, complaint.severity) == ("late", "serious")
        assert complaint.amount == money(20, "EUR")
        assert complaint.marks[-1].detail == complaint.classification

    def test_contacts_of_the_customer_are_counted(self, desk):
        """Receipt is one, and each time they had to write again is one more."""
        complaint = received(desk)
        facts = (CustomerWrote(), CustomerWrote(channel="phone"))
        assert desk.record(complaint.id, *facts, by="inbox").contacts == 3
