"""Policies as data: written, read, and refused."""

import json
import pickle
import warnings
from datetime import date

import pytest
from situations import EUR_100, eur, situation

from complaint_lifecycle.compensation import (
    Budget,
    apology,
    at_least,
    by_category,
    capped,
    converted,
    coupon,
    days_late,
    earlier_complaints,
    exceed_expectations,
    expires,
    fact,
    fact_is,
    first_of,
    known,
    limited,
    missed,
    named,
    needs_approval,
    per_day_late,
    proportional,
    public,
    refund,
    rounded,
    schemes,
    severity,
    when,
    within_budget,
)
from complaint_lifecycle.compensation.data import policy_from_data
from complaint_lifecycle.errors import UnreadableError
from complaint_lifecycle.sla import Calendar
from complaint_lifecycle.sla.durations import (
    business_days,
    elapsed_hours,
    months,
    open_hours,
    weeks,
)

OFFICE = Calendar.weekly("Europe/Kyiv", mon_fri="09:00-17:00")
EVERYTHING = named(
    needs_approval(
        expires(
            limited(
                within_budget(
                    capped(
                        at_least(
                            rounded(
                                first_of(
                                    when(severity("minor") & ~public(), apology()),
                                    when(fact("late") >= 60, refund("50%")),
                                    when(missed("fix") | known("x"), coupon("10%")),
                                    when(days_late("fix") > 3, per_day_late("1%")),
                                    when(fact_is("a", "b"), proportional("h", over=24)),
                                    when(earlier_complaints() < 2, apology()),
                                    by_category({"b": exceed_expectations("10%")}),
                                    converted(
                                        refund(eur(1)), to="EUR", rates={"USD": "0.9"}
                                    ),
                                ),
                                to="0.50",
                                how="up",
                            ),
                            eur(1),
                        ),
                        at=EUR_100,
                    ),
                    Budget("goodwill", eur(500), "month"),
                    partly=True,
                ),
                per=months(12),
                times=3,
                most=eur(99),
            ),
            within=business_days(5, at="close", cutoff="15:00"),
            calendar=OFFICE,
        ),
        role="boss",
        above=eur(20),
    ),
    "goodwill",
    version="2026-03",
)


def test_a_policy_goes_through_json_and_back():
    """It is the same policy, and says the same."""
    again = policy_from_data(json.loads(json.dumps(EVERYTHING.to_data())))
    assert again == EVERYTHING
    assert hash(again) == hash(EVERYTHING)
    assert repr(again) == repr(EVERYTHING)
    asked = situation(facts={"late": 90})
    assert again(asked) == EVERYTHING(asked)
    assert pickle.loads(pickle.dumps(again)) == EVERYTHING  # noqa: S301 - our own


@pytest.mark.parametrize(
    "within", [open_hours(4), elapsed_hours(9), weeks(2), months(1), business_days(3)]
)
def test_every_duration_goes_through_data(within):
    """By its name."""
    policy = expires(apology(), within=within)
    assert policy_from_data(policy.to_data()) == policy


def test_a_scheme_goes_by_its_id_and_settings():
    """Its numbers are those of the library that reads it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheme = schemes.get("uk-delay-repay", on=date(2026, 3, 2), scheme="DR15")
        policy = capped(scheme, at=eur(20))
        assert policy_from_data(policy.to_data()) == policy
        undated = schemes.get("uk-delay-repay")
        assert policy_from_data(undated.to_data()) == undated


def test_a_function_of_the_host_stays_in_code():
    """Its name is told."""

    def whim(_):
        return None

    with pytest.raises(UnreadableError, match=r"whim is a function of the host"):
        first_of(apology(), whim).to_data()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (None, "of schema None: this version reads 1"),
        ({"schema": 2}, "of schema 2"),
        ({"schema": True}, "of schema True"),
        ({"schema": 1.0}, "of schema 1.0"),
        (
            {"schema": 1, "policy": {"is": "microseconds", "value": 10**40}},
            "holds what is none",
        ),
        ({"schema": 1}, "holds what is none"),
        ({"schema": 1, "policy": "refund"}, "holds no policy"),
        ({"schema": 1, "policy": {"is": "hug"}}, "'hug' is no piece of a policy"),
        ({"schema": 1, "policy": {"is": "capped"}}, "has other parts .* at, policy"),
        ({"schema": 1, "policy": {"is": "not", "condition": 1}}, "must be a condition"),
        (
            {"schema": 1, "policy": {"is": "missed", "timer": None}},
            "holds no policy",
        ),
        (
            {"schema": 1, "policy": {"is": "money", "amount": 0.1, "currency": "EUR"}},
            "floats are not exact",
        ),
    ],
    ids=str,
)
def test_data_that_is_no_policy_is_refused(data, problem):
    """One error, which says what is wrong."""
    with pytest.raises(UnreadableError, match=problem):
        policy_from_data(data)


def test_data_that_is_nested_without_end_is_refused():
    """Not by a crash."""
    data = apology().to_data()["policy"]
    for _ in range(5000):
        data = {"is": "not", "condition": data}
    with pytest.raises(UnreadableError, match="nested too deeply"):
        policy_from_data({"schema": 1, "policy": data})


def test_data_keeps_its_form():
    """What was written by a version of the library is read by the next."""
    policy = when(severity("serious"), capped(refund("15%"), at=eur(20)))
    assert json.dumps(policy.to_data()) == (
        '{"schema": 1, "policy": {"is": "when", "condition": {"is": "is", '
        '"attribute": "severity", "values": ["serious"]}, "policy": {"is": "capped", '
        '"policy": {"is": "percent", "kind": "refund", "what": "", "valid": null, '
        '"conditions": "", "percent": {"is": "decimal", "value": "15"}}, "at": '
        '{"is": "money", "amount": "20.00", "currency": "EUR"}}}}'
    )
