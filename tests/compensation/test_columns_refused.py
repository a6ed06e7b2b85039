"""What columns refuse: policies that are not ours, and cells that are none."""

import sys
from decimal import Decimal

import pytest
from attrs import frozen
from policy_columns import EUR, asked
from situations import eur

from complaint_lifecycle import money
from complaint_lifecycle.compensation import (
    Block,
    Budget,
    apology,
    at_least,
    best_of,
    by_category,
    by_severity,
    capped,
    category,
    converted,
    exceed_expectations,
    expires,
    fact,
    fault,
    first_of,
    flat,
    known,
    limited,
    matched_to_loss,
    missed,
    named,
    needs_approval,
    per_day_late,
    public,
    refund,
    rounded,
    schemes,
    severity,
    total_of,
    when,
    within_budget,
)
from complaint_lifecycle.compensation.bounds import Capped
from complaint_lifecycle.compensation.columns import offer_many
from complaint_lifecycle.compensation.conditions import Condition
from complaint_lifecycle.compensation.measures import Measure
from complaint_lifecycle.errors import (
    CurrencyError,
    InvalidEventError,
    MissingExtraError,
    NotVectorisableError,
)
from complaint_lifecycle.sla.durations import calendar_days, months

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")

HALF = refund("50%")


class Loud(Condition):
    """A condition of a host, who derives from ours."""

    rule = "loud"
    __attrs_attrs__ = ()

    def __call__(self, situation: object) -> bool:
        return True  # pragma: no cover


class Moon(Measure):
    """A measure of a host."""

    rule = "moon"
    __attrs_attrs__ = ()
    title = "phase of the moon"

    def of(self, situation: object) -> Decimal:
        return Decimal(1)  # pragma: no cover


@frozen
class Doubled(Capped):
    """A block of a host, who derives from one of ours and does something else."""


class TestWhatHasNoAnswer:
    @pytest.mark.parametrize(
        ("policy", "what"),
        [
            (lambda _: None, "<lambda>"),
            (first_of(HALF, lambda _: None), "<lambda>"),
            (when(lambda _: True, HALF), "<lambda>"),
            (when(severity("minor") & (lambda _: True), HALF), "<lambda>"),
            (when(~Loud(), HALF), "loud"),
            (per_day_late(eur(1), days=Moon()), "moon"),
            (named(Doubled(HALF, eur(1)), "x", version="1"), "capped"),
            (by_severity(minor=schemes.get("us-dbc")), "Scheme us-dbc"),
            (converted(HALF, to="USD", rates={"EUR": "1.1"}), "converted"),
            (
                converted(flat(money(1, "USD")), to="EUR", rates={"USD": "1.1"}),
                "converted",
            ),
            (
                first_of(
                    limited(HALF, times=1, per=months(1)),
                    limited(HALF, times=1, per=calendar_days(1)),
                ),
                "limited",
            ),
            (
                first_of(
                    within_budget(HALF, Budget("goodwill", eur(1))),
                    within_budget(HALF, Budget("goodwill", eur(2))),
                ),
                "within budget",
            ),
        ],
    )
    def test_it_is_named_before_a_row_is_asked(self, policy: object, what: str):
        """Functions of the host and whatever else columns do not know."""
        with pytest.raises(NotVectorisableError, match="row by row") as caught:
            offer_many(policy, {"amount": []}, currency=EUR)
        assert caught.value.what.endswith(what)

    def test_what_changes_nothing_is_passed_through(self):
        """A conversion of nothing, a name, an end, twice the same limits."""
        policy = converted(HALF, to="EUR", rates={"USD": "1.1"})
        assert asked(policy, amount=[100]) == [50]
        policy = expires(named(HALF, "goodwill", version="1"), within=months(1))
        assert asked(policy, amount=[100]) == [50]
        budget = Budget("goodwill", eur(20))
        paid = within_budget(limited(HALF, times=1, per=months(1)), budget)
        columns = {"amount": [100], "given_times": [0], "spent:goodwill": [0]}
        assert asked(best_of(paid, paid), **columns) == [50]

    @pytest.mark.parametrize(
        ("columns", "rule"),
        [
            ({}, "give at least one"),
            ({"amount": [1], "severity": ["minor"] * 2}, "'severity' has 2"),
            ({"amount": [[1, 2], [3]]}, "no|must be"),
            ({"amount": np.ones((2, 2), int)}, "2 dimensions"),
            ({"amount": "1000"}, "0 dimensions"),
            ({"amount": 1000}, "0 dimensions"),
            ({"amount": [10.5]}, "floats are not exact"),
            ({"amount": np.array([10.0])}, "floats are not exact"),
            ({"amount": pd.Series([1, None])}, "floats are not exact"),
            ({"amount": [np.float64(1)]}, "floats are not exact"),
            ({"amount": np.array([1 + 0j])}, "floats are not exact"),
            ({"amount": [Decimal(10)]}, "whole numbers of the smallest unit"),
            ({"amount": [True]}, "whole numbers of the smallest unit"),
            ({"amount": ["10"]}, "whole numbers of the smallest unit"),
            ({"amount": [eur(10)]}, "floats are not exact"),
            ({"amount": np.array([True])}, "whole numbers of the smallest unit"),
            ({"amount": [5, -1]}, "must not be negative"),
            ({"amount": [10**17]}, r"below 10\^15"),
            ({"amount": np.array([2**64 - 1], np.uint64)}, r"below 10\^15"),
            ({"amount": [10**40]}, r"below 10\^15"),
            ({"amount": [None]}, "amount.*missing"),
            ({"asked": [1]}, "amount.*no such column"),
        ],
        ids=str,
    )
    def test_money_that_is_none(self, columns: dict[str, object], rule: str):
        """Floats, decimals, negative ones, too large ones, and none at all."""
        with pytest.raises(InvalidEventError, match=rule):
            asked(HALF, **columns)

    @pytest.mark.parametrize(
        ("policy", "columns", "rule"),
        [
            (when(severity("minor"), HALF), {"severity": ["dire"]}, "must be one of"),
            (when(severity("minor"), HALF), {"severity": [None]}, "must be one of"),
            (when(fault("company"), HALF), {"fault": ["me"]}, "must be one of"),
            (when(category("a"), HALF), {"category": [1]}, "must be text"),
            (when(category("a"), HALF), {"category": np.array([1])}, "must be text"),
            (
                when(category("a"), HALF),
                {"category": np.array([b"a"])},
                "whole numbers",
            ),
            (when(public(), HALF), {"public": [1]}, "must be truth values"),
            (when(public(), HALF), {"public": [True, None]}, "must be truth values"),
            (when(missed(), HALF), {"missed": np.array([1])}, "must be truth values"),
            (when(missed("fix"), HALF), {"missed": [True]}, "missed:fix"),
            (when(fact("x") > 1, HALF), {"x": ["two"]}, "'two' in row 0"),
            (when(fact("x") > 1, HALF), {"x": np.array([True])}, "True in row 0"),
            (when(fact("x") > 1, HALF), {"x": np.array(["2"])}, "must be a number"),
            (when(fact("x") > 1, HALF), {"x": [Decimal("1e99")]}, "must be a number"),
            (when(fact("x") > 1, HALF), {"x": [Decimal("1e-61")]}, "must be a number"),
            (when(fact("x") > 1, HALF), {"x": [Decimal("NaN")]}, "must be a number"),
            (when(fact("x") > 1, HALF), {"x": [2, None]}, "missing in row 1"),
            (when(fact("x") > 1, HALF), {"x": [[2]]}, "floats are not exact"),
            (when(known("x"), HALF), {"x": [0.5]}, "floats are not exact"),
            (per_day_late(eur(1)), {"days_late": [-1]}, "nobody gains by a loss"),
            (matched_to_loss(money=HALF), {"gain": ["money"]}, "'loss': there is no"),
            (by_category({"a": HALF}), {"amount": [1]}, "'category': there is no"),
        ],
        ids=lambda value: repr(value)[-60:],
    )
    def test_columns_that_are_none(self, policy: object, columns: object, rule: str):
        """What no complaint could hold is refused, and named."""
        with pytest.raises(InvalidEventError, match=rule):
            asked(policy, **columns)

    @pytest.mark.parametrize(
        ("scales", "rule"),
        [
            ({"asked": 1.0}, "decimal places"),
            ({"asked": True}, "decimal places"),
            ({"asked": 19}, "decimal places"),
            ({"asked": -1}, "decimal places"),
            ({"hours": 2}, "must be the column of a fact"),
            ({"amount": 2}, "must be the column of a fact"),
            ({"spent:goodwill": 2}, "must be the column of a fact"),
            ({"fine": 2}, "whole numbers to have a scale"),
        ],
    )
    def test_scales_that_are_none(self, scales: dict[str, object], rule: str):
        """Decimal places of whole numbers, which are facts."""
        columns = {"asked": np.array([1]), "amount": [1], "fine": [Decimal("0.1")]}
        columns["spent:goodwill"] = [1]
        with pytest.raises(InvalidEventError, match=rule):
            offer_many(HALF, columns, currency=EUR, scales=scales)

    @pytest.mark.parametrize(
        "policy",
        [
            flat(money(1, "JPY")),
            capped(HALF, at=money(1, "JPY")),
            at_least(HALF, money(1, "JPY")),
            per_day_late(money(1, "JPY"), days="late"),
            exceed_expectations(money(1, "JPY"), asked="late"),
            needs_approval(HALF, role="boss", above=money(1, "JPY")),
            limited(HALF, most=money(1, "JPY"), per=months(1)),
            within_budget(HALF, Budget("goodwill", money(1, "JPY"))),
        ],
        ids=lambda policy: policy.rule,
    )
    def test_other_currencies(self, policy: Block):
        """They are refused where they would be mixed, and only there."""
        columns = {"amount": [100], "late": [1], "public": [False]}
        with pytest.raises(CurrencyError, match="EUR and JPY"):
            asked(policy, **columns)
        assert asked(when(public(), policy), **columns) == [None]
        with pytest.raises(CurrencyError, match="no ISO 4217"):
            offer_many(policy, columns, currency="EURO")

    def test_bounds_of_words(self):
        """What is not worth money has no currency that could be another one."""
        yen = money(100, "JPY")
        policy = rounded(at_least(capped(apology(), at=yen), yen), to="0.001")
        assert asked(policy, amount=[1]) == [0]
        with pytest.raises(InvalidEventError, match="is finer than EUR knows"):
            asked(rounded(HALF, to="0.001"), amount=[100])

    def test_overflow_is_refused(self):
        """Nothing wraps: not an amount, not a sum, not what lies between."""
        most = 10**17 - 1
        assert asked(refund("100%"), amount=[most]) == [most]
        with pytest.raises(InvalidEventError, match=r"amount = 2.* below 10\^15"):
            asked(exceed_expectations("100%"), asked=[10**15], amount=[1])
        with pytest.raises(InvalidEventError, match=r"below 10\^15"):
            asked(exceed_expectations(eur(10**13)), asked=[46116860184273879])
        with pytest.raises(InvalidEventError, match=r"below 10\^15"):
            asked(rounded(refund("100%"), to=10**14, how="up"), amount=[most])
        some = total_of(*[refund("100%")] * 46)
        assert asked(some, amount=[most]) == [46 * most]
        with pytest.raises(InvalidEventError, match="does not fit in 64 bits"):
            asked(total_of(some, refund("100%")), amount=[most])
        either = total_of(when(public(), some), when(~public(), some))
        columns = {"public": [True, False], "amount": [most, most]}
        assert asked(either, **columns) == [46 * most] * 2
        # Four decimal places: ten times as many units as fit.
        large = flat(money(10**15 - 1, "CLF"))
        with pytest.raises(InvalidEventError, match=r"fit in 64 bits"):
            offer_many(large, {"amount": [1]}, currency="CLF")

    def test_it_needs_the_extra(self, monkeypatch: pytest.MonkeyPatch):
        """Without numpy the error says what to install."""
        home = "complaint_lifecycle.compensation.columns"
        for name in [name for name in sys.modules if name.startswith(f"{home}.")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "numpy", None)
        with pytest.raises(MissingExtraError, match=r"complaint-lifecycle\[columns\]"):
            offer_many(HALF, {"amount": [1]}, currency=EUR)
