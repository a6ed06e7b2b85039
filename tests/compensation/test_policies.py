"""Policies: what each block offers, and what it says about it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from situations import EUR_100, eur, situation, total, with_offers
from walks import HOUR, MONDAY, new_desk, received

from complaint_lifecycle import InvalidEventError, Offer, Remedy, compensation, money
from complaint_lifecycle.compensation import (
    Budget,
    Situation,
    Spent,
    amount_at_stake,
    apology,
    at_least,
    best_of,
    by_category,
    by_severity,
    capped,
    category,
    channel,
    converted,
    coupon,
    days_late,
    discount,
    earlier_complaints,
    exceed_expectations,
    expires,
    fact,
    fact_is,
    fault,
    first_of,
    flat,
    free_service,
    gift,
    guarantee,
    known,
    limited,
    matched_to_loss,
    missed,
    named,
    needs_approval,
    per_day_late,
    percent,
    product,
    proportional,
    public,
    refund,
    repair,
    replacement,
    rounded,
    schemes,
    severity,
    total_of,
    when,
    within_budget,
)
from complaint_lifecycle.compensation.conditions import Is
from complaint_lifecycle.compensation.measures import Compare
from complaint_lifecycle.errors import CurrencyError, MissingFactError
from complaint_lifecycle.events import Offered
from complaint_lifecycle.offers import Draw, Reason
from complaint_lifecycle.sla import Calendar, Sla, Target
from complaint_lifecycle.sla.durations import elapsed_hours, months, open_hours

ALWAYS = Calendar.always()


NONSENSE = [
    (lambda: refund("101%"), "from 0 to 100"),
    (lambda: refund("-1%"), "from 0 to 100"),
    (lambda: gift("flowers"), "or something in kind with what it costs"),
    (lambda: flat(money(-1, "EUR")), "not negative"),
    (lambda: flat("20 EUR"), "make it with money"),
    (lambda: percent(0.1), "floats are not exact"),
    (lambda: coupon("10%", valid="soon"), "such as months"),
    (lambda: flat(eur(1), kind="hug"), "must be one of discount"),
    (lambda: capped("5%", at=eur(1)), "must be a policy"),
    (lambda: capped(refund, at=eur(1)), "call it first"),
    (first_of, "at least one policy"),
    (lambda: when("sunny", refund("1%")), "must be a condition"),
    (by_severity, "at least one case"),
    (lambda: by_severity(dire=refund("1%")), "must be one of minor"),
    (severity, "at least one value"),
    (lambda: severity("dire"), "must be one of minor"),
    (lambda: fact("x") >= 0.5, "floats are not exact"),
    (lambda: per_day_late(eur(1), days=3), "must be a measure"),
    (lambda: per_day_late(eur(1), grace=-1), "must not be negative"),
    (lambda: proportional("x", over=0), "more than nothing"),
    (lambda: rounded(refund("1%"), to=0), "more than nothing"),
    (lambda: rounded(refund("1%"), to=1, how="around"), "one of half_up"),
    (lambda: converted(refund("1%"), to="EUR", rates={"USD": 0}), "above zero"),
    (lambda: converted(refund("1%"), to="QQQ", rates={}), "no ISO 4217"),
    (lambda: limited(refund("1%"), per=months(1)), "say how often"),
    (lambda: limited(refund("1%"), per=30, times=1), "a duration with a name"),
    (lambda: limited(refund("1%"), per=months(1), times=0), "1 or more"),
    (lambda: Budget("b", money(-1, "EUR")), "not negative"),
    (lambda: Budget("b", EUR_100, period="week"), "must be one of month"),
    (lambda: within_budget(apology(), "goodwill"), "must be a Budget"),
    (lambda: within_budget(apology(), Budget("b", EUR_100), partly=1), "True or False"),
    (lambda: expires(apology(), within=months(1), calendar=None), "be a Calendar"),
    (lambda: missed(["fix"]), "must be text"),
    (lambda: days_late(3), "must be text"),
    (lambda: known(7), "must be text"),
    (lambda: rounded(apology(), to=Decimal("1E+999999")), "at most 60 digits"),
    (lambda: fact("x") > Decimal("1E-999999"), "at most 60 digits"),
    (lambda: amount_at_stake() >= eur(50), "in the currency of the complaint"),
]
"""What cannot be made, and what its error says."""


class TestGiving:
    def test_what_is_said_of_an_offer_is_one_line_and_not_too_long(self):
        """Whatever a customer wrote: nobody forges a total, and it can be stored."""
        policy = matched_to_loss(money=apology(), otherwise=refund(eur(5)))
        offer = policy(situation(facts={"loss": "a\ntotal 5000.00 EUR"}))
        assert str(offer.reasons[-1]) == "by loss: a\\ntotal 5000.00 EUR"
        long = when(product(*(f"SKU-{n:06d}" for n in range(600))), refund(eur(5)))
        offer = long(situation(product="SKU-000001"))
        assert len(offer.reasons[-1].text) <= 1000
        much = refund(money(9 * 10**14, "EUR"))
        with pytest.raises(InvalidEventError, match=r"below 10\^15"):
            capped(much + much, at=eur(5))(situation())

    def test_every_remedy_of_the_method_and_of_practice_can_be_given(self):
        """In money, as a share of the amount at stake, or in kind at a stated cost."""
        given = {
            discount("5%"): "5.00",
            refund(eur(20)): "20.00",
            free_service("a wash", cost=eur(9)): "9.00",
            replacement("a new cup", cost=eur(4)): "4.00",
            repair(eur(7)): "7.00",
            gift("flowers", cost=eur(15)): "15.00",
            coupon(eur(10)): "10.00",
            coupon("10%"): "no money",
            guarantee("double boxes"): "no money",
            apology(): "no money",
            percent("12.5"): "12.50",
            flat(eur(3), kind="gift"): "3.00",
        }
        assert {p: total(p(situation())) for p in given} == given

    def test_a_remedy_says_how_long_it_holds_and_what_for(self):
        """To the last day, by the calendar."""
        policy = coupon("10%", valid=months(6), conditions="on the next order")
        (remedy,) = policy(situation()).remedies
        assert remedy.valid_until == date(2026, 9, 2)
        assert remedy.conditions == "on the next order"
        assert remedy.percent == 10

    def test_a_share_is_rounded_half_up_to_the_smallest_unit(self):
        """Whatever the currency."""
        for amount, code, share in (
            ("0.05", "EUR", "0.01"),
            ("5", "JPY", "1"),
            ("0.005", "BHD", "0.001"),
        ):
            asked = situation(amount=money(amount, code))
            assert total(refund("10%")(asked)) == share

    @pytest.mark.parametrize(
        "policy",
        [refund("10%"), per_day_late("1%", days="d"), proportional("d", over=9)],
    )
    def test_nothing_is_taken_from_a_customer(self, policy):
        """A negative amount at stake is a mistake, and told."""
        asked = situation(amount=eur(-5), facts={"d": 3})
        with pytest.raises(InvalidEventError, match="gives, and never takes"):
            policy(asked)

    def test_a_share_of_nothing_known_names_what_is_missing(self):
        """And the way out."""
        with pytest.raises(MissingFactError, match="guard the policy with when"):
            refund("10%")(situation(amount=None))

    def test_a_block_that_makes_no_sense_is_refused(self):
        """When it is made, not when a customer waits."""
        for make, rule in NONSENSE:
            with pytest.raises(InvalidEventError, match=rule):
                make()


class TestLosses:
    def test_days_late_are_paid_one_by_one_after_the_grace(self):
        """A begun day of the most overdue timer counts."""
        target = Target("fix", within=elapsed_hours(24))
        sla = Sla(calendar=ALWAYS, targets=[target])
        desk = new_desk(sla=sla)
        complaint = received(desk, amount=EUR_100)
        timers = desk.timers(complaint.id)
        for hours, plain, after_grace in (
            (24, None, None),
            (25, "5.00", None),
            (73, "15.00", "10.00"),
        ):
            asked = Situation(
                complaint=complaint, now=MONDAY + hours * HOUR, timers=timers
            )
            assert total(per_day_late(eur(5))(asked)) == plain
            assert total(per_day_late(eur(5), grace=1)(asked)) == after_grace
            late = per_day_late("1%", days=days_late("fix"))(asked)
            assert total(late) == (plain and str(Decimal(plain) / 5))
        assert total(per_day_late(eur(5), days=days_late("other"))(asked)) is None

    def test_a_paused_timer_is_not_late(self):
        """There is no due instant to be late for."""
        asked = situation()
        assert days_late().of(asked) == 0

    def test_a_share_of_the_loss_is_at_most_all(self):
        """Three days of thirty are a tenth."""
        policy = proportional("days", over=30)
        for days, share in ((3, "10.00"), (30, "100.00"), (99, "100.00"), (0, None)):
            assert total(policy(situation(facts={"days": days}))) == share

    def test_more_is_given_than_was_asked_for(self):
        """By a stated margin."""
        asked = situation(facts={"asked": Decimal("19.90"), "hope": 5})
        assert total(exceed_expectations("10%")(asked)) == "21.89"
        assert total(exceed_expectations(eur(5))(asked)) == "24.90"
        assert total(exceed_expectations(eur(5), asked="hope")(asked)) == "10.00"
        unknown = situation(amount=None, facts={"asked": 20})
        assert total(exceed_expectations(eur(5))(unknown)) == "25.00"
        with pytest.raises(MissingFactError):
            exceed_expectations("10%")(unknown)
        with pytest.raises(CurrencyError, match="exceed never mixes"):
            exceed_expectations(money(5, "USD"))(asked)

    @pytest.mark.parametrize(
        ("value", "error"),
        [
            (None, "is missing: a number among the facts"),
            ("soon", "must be a number"),
            (True, "must be a number"),
            (-1, "nobody gains by a loss"),
        ],
    )
    def test_a_fact_that_is_no_number_of_a_loss_is_told(self, value, error):
        """Whose name it is, too."""
        facts = {} if value is None else {"days": value}
        with pytest.raises(InvalidEventError, match=error):
            proportional("days", over=30)(situation(facts=facts))

    def test_the_kind_of_remedy_follows_the_kind_of_loss(self):
        """Money for money, an apology for esteem."""
        policy = matched_to_loss(money=refund("100%"), esteem=apology())
        assert total(policy(situation(facts={"loss": "money"}))) == "100.00"
        assert total(policy(situation(facts={"loss": "esteem"}))) == "no money"
        assert policy(situation(facts={"loss": "time"})) is None
        assert policy(situation()) is None


class TestChoosing:
    def test_first_best_and_total_put_answers_together(self):
        """Nothing counts for nothing."""
        nothing = when(severity("minor"), refund("1%"))
        few, many = refund(eur(5)), gift(eur(9))
        asked = situation()
        assert total(first_of(nothing, few, many)(asked)) == "5.00"
        assert total(best_of(nothing, few, many)(asked)) == "9.00"
        assert total(best_of(few, refund(eur(5)))(asked)) == "5.00"
        assert total(total_of(nothing, few, many)(asked)) == "14.00"
        assert few + many == total_of(few, many)
        for block in (first_of, best_of, total_of):
            assert block(nothing)(asked) is None

    def test_what_is_cut_to_nothing_is_no_answer(self):
        """The next policy is asked, as if a function of the host stood in between."""
        spent = with_offers(20)
        used_up = limited(refund(eur(20)), per=months(12), most=eur(20))
        for nothing in (used_up, percent("0%"), rounded(refund(eur("0.40")), to=1)):
            for block in (first_of, best_of):
                assert total(block(nothing, apology())(spent)) == "no money"
                assert total(block(lambda s, n=nothing: n(s), apology())(spent)) == (
                    "no money"
                )

    def test_truth_values_are_words(self):
        """In whatever way they are written."""
        asked = situation(facts={"vip": True})
        assert fact_is("vip", True)(asked)
        assert fact_is("vip", "true")(asked)

    def test_words_of_a_host_without_money_stay_words(self):
        """An amount in a reason does not make them worth it."""
        words = Offer(
            remedies=[Remedy(kind="apology")],
            reasons=[Reason("worth a lot", amount=eur(0))],
        )
        offer = first_of(lambda _: words)(situation())
        assert [reason.amount for reason in offer.reasons] == [None]

    def test_cases_are_chosen_by_severity_category_or_a_fact(self):
        """Everything else is otherwise."""
        policy = by_severity(serious=refund("50%"), otherwise=apology())
        assert total(policy(situation())) == "50.00"
        assert total(policy(situation(severity="minor"))) == "no money"
        policy = by_category({"billing": refund("100%")}, otherwise=discount("5%"))
        assert total(policy(situation(category="billing"))) == "100.00"
        assert total(policy(situation(category="delivery"))) == "5.00"
        assert total(policy(situation())) == "5.00"

    def test_conditions_compose(self):
        """With and, or and not, and say what they are."""
        asked = situation(
            channel="phone",
            product="cup",
            category="glass",
            public=True,
            facts={"late": 90, "vip": True},
        )
        held = severity("serious") & channel("phone") & fact_is("vip", "true")
        assert held(asked)
        assert not (held & ~public())(asked)
        assert (product("plate") | category("glass"))(asked)
        assert (fault("customer") | known("late"))(asked)
        assert not known("missing")(asked)
        assert known("amount")(asked)
        assert (fact("late") >= 90)(asked)
        assert not (fact("late") > 90)(asked)
        assert (fact("late") <= 90)(asked)
        assert not (fact("late") < 90)(asked)
        assert (amount_at_stake() > 99)(asked)
        assert (earlier_complaints() < 1)(asked)
        assert not missed()(asked)
        both = (severity("serious") | public()) & ~(fact("late") > 5)
        assert str(both) == (
            "(severity is serious or others can read it) and not late > 5"
        )
        assert str(missed() | known("x") | fact_is("y", "a", "b")) == (
            "something was missed or x is known or y is a or b"
        )
        assert str(~(missed("fix") & public())) == (
            "not (fix was missed and others can read it)"
        )

    def test_a_host_condition_and_policy_compose_with_ours(self):
        """Any callable does."""

        def rainy(_):
            return True

        def lawyers(_):
            return Offer(
                remedies=[Remedy(kind="refund", value=eur(30))], reasons=["because"]
            )

        offer = capped(
            when(
                severity("serious") & rainy,
                lawyers,
            ),
            at=eur(20),
        )(situation())
        here = (
            "TestChoosing.test_a_host_condition_and_policy_compose_with_ours.<locals>"
        )
        assert [str(reason) for reason in offer.reasons] == [
            "because",
            f"{here}.lawyers: as it answers: 30.00 EUR",
            f"when: severity is serious and {here}.rainy",
            "capped: at 20.00 EUR",
        ]
        assert total(offer) == "20.00"
        assert first_of(lambda _: None)(situation()) is None
        with pytest.raises(InvalidEventError, match="must be an Offer or None"):
            first_of(lambda _: "20 EUR")(situation())

    def test_a_timer_that_was_missed_is_a_condition(self):
        """Even if the thing was done afterwards."""
        target = Target("thanks", until="thank", within=open_hours(1))
        desk = new_desk(sla=Sla(calendar=ALWAYS, targets=[target]))
        complaint = received(desk)
        desk.clock.advance(2 * HOUR)
        timers = desk.timers(complaint.id)
        asked = Situation(complaint=complaint, now=desk.clock.now, timers=timers)
        assert missed("thanks")(asked)
        assert missed()(asked)
        assert not missed("fix")(asked)


class TestBounds:
    def test_a_cap_takes_from_the_last_remedy_back(self):
        """And says how much."""
        offer = capped(refund(eur(15)) + gift(eur(10)), at=eur(12))(situation())
        assert [(r.kind.value, str(r.value.amount)) for r in offer.remedies] == [
            ("refund", "12.00")
        ]
        assert str(offer.reasons[-1]) == "capped: at 12.00 EUR"
        assert offer.reasons[-1].amount == eur(-13)

    def test_at_least_fills_up_what_is_something(self):
        """Nothing stays nothing."""
        policy = at_least(proportional("days", over=100), eur(5))
        assert total(policy(situation(facts={"days": 1}))) == "5.00"
        assert total(policy(situation(facts={"days": 50}))) == "50.00"
        assert policy(situation(facts={"days": 0})) is None
        assert total(at_least(apology(), eur(5))(situation())) == "no money"

    @pytest.mark.parametrize(
        ("how", "rounded_to"),
        [("half_up", "2.50"), ("half_even", "2.00"), ("up", "2.50"), ("down", "2.00")],
    )
    def test_rounding_says_how(self, how, rounded_to):
        """To whole steps."""
        policy = rounded(refund(eur("2.25")), to="0.50", how=how)
        assert total(policy(situation())) == rounded_to

    def test_a_step_finer_than_the_currency_is_refused(self):
        """There is no such coin."""
        with pytest.raises(InvalidEventError, match="finer than EUR knows"):
            rounded(refund("1%"), to="0.001")(situation())

    def test_conversion_needs_a_stated_rate(self):
        """And says it; the lines still add up."""
        policy = converted(
            refund(money(20, "USD")) + apology(), to="EUR", rates={"USD": "0.9217"}
        )
        offer = policy(situation())
        assert total(offer) == "18.43"
        assert sum(r.amount.amount for r in offer.reasons if r.amount) == Decimal(
            "18.43"
        )
        assert "20.00 USD at 0.9217" in str(offer.reasons[-1])
        same = converted(refund(eur(1)), to="EUR", rates={})
        assert total(same(situation())) == "1.00"
        with pytest.raises(CurrencyError, match="has no rate to EUR"):
            converted(refund(money(20, "GBP")), to="EUR", rates={})(situation())
        assert (
            converted(when(public(), apology()), to="EUR", rates={})(situation())
            is None
        )

    @pytest.mark.parametrize(
        "policy",
        [
            capped(refund(money(20, "USD")), at=eur(1)),
            at_least(refund(money(20, "USD")), eur(1)),
            refund(money(20, "USD")) + refund(eur(1)),
            best_of(refund(money(20, "USD")), refund(eur(1))),
            needs_approval(refund(money(20, "USD")), above=eur(1), role="boss"),
            within_budget(refund(money(20, "USD")), Budget("b", eur(9))),
            limited(refund(money(20, "USD")), per=months(1), most=eur(9)),
            converted(
                within_budget(refund(money(20, "USD")), Budget("b", money(99, "USD"))),
                to="EUR",
                rates={"USD": 1},
            ),
        ],
    )
    def test_currencies_are_never_mixed(self, policy):
        """The error names both."""
        with pytest.raises(CurrencyError, match="EUR and USD"):
            policy(situation())

    def test_what_is_too_much_for_any_amount_is_refused(self):
        """Before it is offered."""
        policy = exceed_expectations(eur(1))
        with pytest.raises(InvalidEventError, match=r"below 10\^15"):
            policy(situation(facts={"asked": 10**15}))


class TestOdds:
    def test_python_and_would_drop_a_condition_and_is_refused(self):
        """And so are chains."""
        with pytest.raises(TypeError, match="compose with &"):
            severity("serious") and public()
        with pytest.raises(TypeError, match="compose with &"):
            assert 10 < fact("d") < 20

    def test_a_scheme_is_a_policy_among_others(self):
        """What it says is due is offered as money back, and nothing if nothing is."""
        flights = first_of(schemes.get("eu-261-2004"), apology())
        late = {"type": "delay", "distance_km": 900, "intra_eu": True}
        for minutes, expected in ((200, "250.00"), (20, "no money")):
            facts = late | {"arrival_delay_minutes": minutes}
            assert total(flights(situation(facts=facts))) == expected

    def test_a_host_policy_may_explain_itself_line_by_line_and_draw_on_a_budget(self):
        """Its lines are kept if they add up, and so are its budgets."""
        paid = refund(eur(5))(situation())
        drawing = Offer(
            remedies=paid.remedies, reasons=paid.reasons, draws=[Draw("b", eur(9))]
        )
        offer = total_of(apology(), lambda _: drawing)(situation())
        assert offer.reasons[1:] == paid.reasons
        assert offer.draws == drawing.draws

    def test_a_comparison_has_to_be_one(self):
        """Equality is none: numbers are compared by their order."""
        with pytest.raises(InvalidEventError, match="must be one of >=, >, <=, <"):
            Compare(fact("x"), "=", 1)

    def test_an_attribute_that_conditions_do_not_know_is_refused(self):
        """The error lists those that they do."""
        with pytest.raises(InvalidEventError, match="none that conditions ask for"):
            Is("mood", ["bad"])

    def test_names_of_the_package_are_listed_before_they_are_loaded(self):
        """As with the root."""
        assert "refund" in dir(compensation)
        with pytest.raises(AttributeError, match="no attribute 'bribe'"):
            compensation.bribe  # noqa: B018 - touching it is the test

    def test_words_among_remedies_are_left_alone_by_a_cap(self):
        """Only what is worth money is cut, from the last back."""
        policy = capped(refund(eur(15)) + apology() + gift(eur(10)), at=eur(5))
        kinds = [remedy.kind.value for remedy in policy(situation()).remedies]
        assert kinds == ["refund", "apology"]
        assert total(capped(policy, at=eur(3))(situation())) == "3.00"


class TestLimits:
    def test_a_customer_is_offered_so_much_so_often(self):
        """What stands within the period counts, whatever the complaint."""
        asked = with_offers(20, 30)
        for times, expected in ((1, None), (2, None), (3, "50.00")):
            policy = limited(refund(eur(50)), per=months(12), times=times)
            assert total(policy(asked)) == expected
        for most, expected in ((40, None), (60, "10.00"), (200, "50.00")):
            policy = limited(refund(eur(50)), per=months(12), most=eur(most))
            assert total(policy(asked)) == expected
        recent = limited(refund(eur(50)), per=months(1), times=2)
        assert total(recent(asked)) == "50.00"
        cut = limited(refund(eur(50)), per=months(12), most=eur(60))(asked)
        assert str(cut.reasons[-1]) == "limited: 10.00 EUR is left of 60.00 EUR"

    def test_an_apology_before_uses_up_nothing(self):
        """Nobody claims apologies in series."""
        desk = new_desk()
        earlier = received(desk)
        words = Offer(remedies=[Remedy(kind="apology")])
        desk.record(earlier.id, Offered(offer=words), by="ana")
        complaint = received(desk)
        asked = desk.situation(complaint.id)
        assert len(asked.spent.given) == 1
        policy = limited(refund(eur(5)), per=months(12), times=1)
        assert total(policy(asked)) == "5.00"

    def test_words_do_not_use_up_a_sum(self):
        """They are not worth money."""
        policy = limited(apology(), per=months(12), most=eur(1))
        assert total(policy(with_offers(20))) == "no money"

    def test_an_offer_in_another_currency_cannot_be_added_up(self):
        """It is told, not guessed."""
        policy = limited(refund(money(1, "USD")), per=months(12), most=money(99, "USD"))
        with pytest.raises(CurrencyError, match="EUR and USD"):
            policy(with_offers(20))

    def test_a_budget_pays_or_does_not(self):
        """All of it, or what is left if that is wished."""
        budget = Budget("goodwill", eur(100))
        for spent, whole, part in (
            (None, "30.00", "30.00"),
            (70, "30.00", "30.00"),
            (80, None, "20.00"),
            (100, None, None),
        ):
            budgets = {} if spent is None else {"goodwill": eur(spent)}
            asked = situation()
            asked = Situation(
                complaint=asked.complaint, now=asked.now, spent=Spent((), budgets)
            )
            assert total(within_budget(refund(eur(30)), budget)(asked)) == whole
            policy = within_budget(refund(eur(30)), budget, partly=True)
            assert total(policy(asked)) == part
        offer = within_budget(refund(eur(30)), budget)(situation())
        assert [(d.budget, d.limit) for d in offer.draws] == [("goodwill", eur(100))]
        assert total(within_budget(apology(), budget)(situation())) == "no money"

    def test_a_budget_in_another_currency_than_its_row_is_told(self):
        """Somebody changed it midway."""
        asked = situation()
        spent = Spent((), {"b": money(1, "USD")})
        asked = Situation(complaint=asked.complaint, now=asked.now, spent=spent)
        with pytest.raises(CurrencyError, match="EUR and USD"):
            within_budget(refund(eur(1)), Budget("b", eur(9)))(asked)

    def test_a_budget_may_be_filled_anew_by_month_or_year(self):
        """And a policy knows its budgets."""
        month, year = Budget("m", eur(9), "month"), Budget("y", eur(99), "year")
        policy = within_budget(first_of(within_budget(refund(eur(1)), month)), year)
        assert policy.budget_keys(MONDAY) == ("y 2026", "m 2026-03")
        names = [draw.budget for draw in policy(situation()).draws]
        assert names == ["m 2026-03", "y 2026"]

    def test_two_parts_of_an_offer_share_a_budget_with_one_limit(self):
        """Two limits of one budget contradict each other."""
        one, other = Budget("b", eur(9)), Budget("b", eur(8))
        paid = within_budget(refund(eur(1)), one)
        assert len(within_budget(paid, one)(situation()).draws) == 1
        with pytest.raises(InvalidEventError, match="with two limits"):
            within_budget(paid, other)(situation())
        for around in (
            total_of,
            lambda p: at_least(p, eur(5)),
            lambda p: rounded(p, to=5),
        ):
            with pytest.raises(InvalidEventError, match="pays the whole offer"):
                around(paid)

    def test_somebody_else_approves_what_is_much(self):
        """Exactly the bound is not above it."""
        for amount, role in ((100, None), ("100.01", "boss")):
            policy = needs_approval(refund(eur(amount)), above=eur(100), role="boss")
            assert policy(situation()).approval == role
        assert needs_approval(apology(), role="boss")(situation()).approval == "boss"
        never = needs_approval(apology(), above=eur(1), role="boss")
        assert never(situation()).approval is None
        assert needs_approval(when(public(), apology()), role="b")(situation()) is None
        tiers = needs_approval(
            needs_approval(refund(eur(500)), above=eur(100), role="lead"),
            above=eur(400),
            role="boss",
        )
        assert tiers(situation()).approval == "boss"
        two = needs_approval(apology(), role="boss") + needs_approval(
            refund("1%"), role="lawyer"
        )
        with pytest.raises(InvalidEventError, match="boss and lawyer"):
            two(situation())

    def test_an_offer_is_open_for_some_time(self):
        """The earliest end holds."""
        policy = expires(refund("10%"), within=elapsed_hours(48))
        assert policy(situation()).expires == MONDAY + 48 * HOUR
        nested = expires(policy, within=elapsed_hours(72)) + apology()
        assert nested(situation()).expires == MONDAY + 48 * HOUR
        assert "open until 2026-03-04 09:00 UTC" in policy(situation()).explain()
        assert expires(when(public(), apology()), within=months(1))(situation()) is None

    def test_an_offer_tells_which_policy_made_it(self):
        """By name and version."""
        offer = named(refund("10%"), "goodwill", version="2026-03")(situation())
        assert str(offer.reasons[-1]) == "named: goodwill, version 2026-03"
        assert named(when(public(), apology()), "n", version="1")(situation()) is None


def test_an_open_offer_on_the_same_complaint_does_not_count():
    """A new one would replace it."""
    asked = with_offers(20)
    assert len(asked.spent.given) == 1
    earlier = asked.customer.complaints[0]
    about = asked.about(earlier)
    spent = Spent.of(asked.customer, complaint=earlier)
    assert spent.given == ()
    assert about.complaint is earlier
    assert asked.now - asked.spent.given[0].at == timedelta(days=30)
