"""Laws that hold for every policy made of our pieces."""

import json
import pickle
from decimal import Decimal, localcontext

from hypothesis import assume, given
from hypothesis import strategies as st
from policies import policies
from policy_situations import situations
from situations import eur, situation

from complaint_lifecycle import money
from complaint_lifecycle.compensation import (
    capped,
    exceed_expectations,
    per_day_late,
    percent,
    proportional,
    refund,
    rounded,
    severity,
    total_of,
    when,
)
from complaint_lifecycle.compensation.data import policy_from_data
from complaint_lifecycle.errors import ComplaintError

ZERO = Decimal(0)


def answer(policy, asked) -> object:
    """Ask a policy; what it refuses to answer is an error of ours that says so."""
    try:
        return policy(asked)
    except ComplaintError as error:
        return str(error)


@given(policies(), situations())
def test_the_same_question_has_the_same_answer(policy, asked):
    """Whatever the host has done to its decimal context."""
    first = answer(policy, asked)
    with localcontext(prec=3):
        assert answer(policy, asked) == first


@given(policies(), situations())
def test_no_offer_is_negative_and_all_of_it_is_in_one_currency(policy, asked):
    """And every amount is one that can be paid."""
    offer = answer(policy, asked)
    if offer is None or isinstance(offer, str):
        return
    for remedy in offer.remedies:
        if remedy.value is not None:
            assert remedy.value.amount > 0
            assert remedy.value.currency.code == "EUR"
            assert money(remedy.value.amount, "EUR") == remedy.value


@given(policies(), situations())
def test_the_lines_add_up_to_the_total(policy, asked):
    """To the smallest unit, and explain() shows them."""
    offer = answer(policy, asked)
    if offer is None or isinstance(offer, str):
        return
    lines = [reason.amount.amount for reason in offer.reasons if reason.amount]
    total = ZERO if offer.total is None else offer.total.amount
    assert sum(lines, ZERO) == total
    assert len(offer.explain().splitlines()) >= len(offer.reasons) + 1


@given(policies(), situations(), st.integers(0, 10_000))
def test_nothing_is_above_its_cap(policy, asked, most):
    """Wherever it came from."""
    cap = money(most, "EUR")
    offer = answer(capped(policy, at=cap), asked)
    if offer is not None and not isinstance(offer, str):
        assert offer.total is None or offer.total <= cap


@given(policies())
def test_a_policy_is_the_same_after_json_and_pickle(policy):
    """Equal, with an equal hash and print."""
    again = policy_from_data(json.loads(json.dumps(policy.to_data())))
    for copy in (again, pickle.loads(pickle.dumps(policy))):  # noqa: S301 - our own
        assert (copy, hash(copy), repr(copy)) == (policy, hash(policy), repr(policy))


@given(
    st.sampled_from(
        [
            per_day_late(eur("3.33"), days="loss", grace=2),
            per_day_late("0.7%", days="loss"),
            proportional("loss", over=30),
            exceed_expectations("10%", asked="loss"),
            rounded(proportional("loss", over=7), to="0.50", how="down"),
        ]
    ),
    st.integers(0, 1000),
    st.integers(0, 1000),
)
def test_more_loss_is_never_less_compensation(policy, less, more):
    """For the blocks that follow a loss."""
    less, more = sorted((less, more))

    def paid(loss: int) -> Decimal:
        offer = policy(situation(facts={"loss": loss}))
        return ZERO if offer is None else offer.total.amount

    assert paid(less) <= paid(more)


@given(policies(), policies(), situations())
def test_together_is_worth_what_both_are(one, other, asked):
    """Nothing is lost or doubled."""
    assume(not one.budget_keys(asked.now) and not other.budget_keys(asked.now))
    answers = [answer(policy, asked) for policy in (one, other)]
    both = answer(total_of(one, other), asked)
    if any(isinstance(each, str) for each in (*answers, both)):
        return
    worth = [ZERO if o is None or o.total is None else o.total.amount for o in answers]
    total = ZERO if both is None or both.total is None else both.total.amount
    assert total == sum(worth, ZERO)


def test_a_refused_condition_costs_nothing():
    """The policy behind it is not even asked."""
    guarded = when(severity("minor"), refund("10%"))
    assert guarded(situation(amount=None, severity="serious")) is None
    assert percent("10%")(situation()).total == eur(10)
