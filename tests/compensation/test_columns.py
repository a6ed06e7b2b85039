"""Policies over columns answer row by row as they answer one situation."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policies import policies
from policy_columns import EUR, asked, columns_of, in_units, rows
from policy_situations import CURRENCIES, asked_of, situations
from situations import eur, situation

from complaint_lifecycle import money
from complaint_lifecycle.compensation import (
    Block,
    Budget,
    amount_at_stake,
    apology,
    at_least,
    best_of,
    by_severity,
    capped,
    category,
    days_late,
    exceed_expectations,
    fact,
    fact_is,
    first_of,
    flat,
    known,
    limited,
    matched_to_loss,
    missed,
    needs_approval,
    per_day_late,
    percent,
    proportional,
    public,
    refund,
    rounded,
    severity,
    total_of,
    unless,
    when,
    within_budget,
)
from complaint_lifecycle.compensation.blocks import PIECES
from complaint_lifecycle.compensation.columns import offer_many
from complaint_lifecycle.compensation.conditions import Condition
from complaint_lifecycle.compensation.measures import Measure
from complaint_lifecycle.compensation.tables import Table
from complaint_lifecycle.errors import (
    ComplaintError,
    InvalidEventError,
    MissingFactError,
)
from complaint_lifecycle.sla.durations import months

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")

HALF = refund("50%")
HOME = "complaint_lifecycle."
SOME = [
    {"severity": "minor", "amount": 1000, "late": 0, "loss": "money"},
    {"severity": "serious", "amount": 999, "late": 1, "loss": "time"},
    {"severity": "critical", "amount": 5, "late": 3, "loss": None},
    {"severity": "moderate", "amount": 0, "late": 30, "loss": "money"},
]
LATE = fact("late")
BLOCKS = [
    (flat(eur("2.50")), [250, 250, 250, 250]),
    (flat(eur(0)), [None, None, None, None]),
    (apology(), [0, 0, 0, 0]),
    (percent("33.3%"), [333, 333, 2, None]),
    (per_day_late(eur(2), days=LATE, grace=1), [None, None, 400, 5800]),
    (per_day_late("12.5%", days=LATE), [None, 125, 2, None]),
    (proportional(LATE, over="2.5"), [None, 400, 5, None]),
    (exceed_expectations(eur(1), asked=LATE), [100, 200, 400, 3100]),
    (exceed_expectations("10%", asked=LATE), [None, 110, 330, 3300]),
    (first_of(when(LATE > 1, HALF), flat(eur(1))), [100, 100, 3, 100]),
    (best_of(HALF, flat(eur(1)), apology()), [500, 500, 100, 100]),
    (best_of(apology(), flat(eur(0)), when(LATE > 9, HALF)), [0, 0, 0, 0]),
    (total_of(HALF, when(LATE < 1, flat(eur(1)))), [600, 500, 3, None]),
    (when(LATE <= 1, HALF), [500, 500, None, None]),
    (unless(LATE >= 1, HALF), [500, None, None, None]),
    (by_severity(minor=HALF, serious=apology()), [500, 0, None, None]),
    (by_severity(minor=HALF, otherwise=flat(eur(1))), [500, 100, 100, 100]),
    (matched_to_loss(money=HALF, otherwise=apology()), [500, 0, 0, None]),
    (capped(HALF, at=eur("4.99")), [499, 499, 3, None]),
    (at_least(HALF, eur("4.99")), [500, 500, 499, None]),
    (rounded(HALF, to="0.05"), [500, 500, 5, None]),
    (rounded(HALF, to="0.05", how="down"), [500, 500, None, None]),
    (needs_approval(HALF, role="boss"), [500, 500, 3, None]),
]


class TestRowByRow:
    @given(st.data(), st.sampled_from(CURRENCIES))
    def test_any_policy_about_any_situations(self, data: st.DataObject, code: str):
        """The totals, where nothing is offered, and who has to approve."""
        policy = data.draw(policies(code))
        several = data.draw(st.lists(situations(code), min_size=1, max_size=8))
        answers = [asked_of(policy, each) for each in several]
        refused = [isinstance(answer, type) for answer in answers]

        clear = [s for s, no in zip(several, refused, strict=True) if not no]
        offers = [a for a, no in zip(answers, refused, strict=True) if not no]
        found = offer_many(policy, columns_of(policy, clear, code), currency=code)
        assert rows(found) == [
            None if offer is None else in_units(offer.total, code) or 0
            for offer in offers
        ]
        assert [found.amount(row) for row in range(len(found))] == [
            None if offer is None else offer.total or money(0, code) for offer in offers
        ]
        assert found.approval.tolist() == [
            offer is not None and offer.approval is not None for offer in offers
        ]

        for one, answer in zip(several, answers, strict=True):
            if isinstance(answer, type):
                columns = columns_of(policy, [one], code)
                with pytest.raises(ComplaintError) as caught:
                    offer_many(policy, columns, currency=code)
                assert caught.type is answer

    @pytest.mark.parametrize(
        ("policy", "expected"),
        BLOCKS,
        ids=[f"{n} {p[0].rule}" for n, p in enumerate(BLOCKS)],
    )
    def test_every_block_by_itself(self, policy: Block, expected: list[int | None]):
        """The same numbers by the policy and over columns."""
        several = [
            situation(
                severity=row["severity"],
                amount=eur(Decimal(row["amount"]) / 100),
                facts={"late": row["late"], "loss": row["loss"]},
            )
            for row in SOME
        ]
        answers = [policy(each) for each in several]
        totals = [offer and (in_units(offer.total, EUR) or 0) for offer in answers]
        columns = {name: [row[name] for row in SOME] for name in SOME[0]}
        assert asked(policy, **columns) == totals == expected
        for row, total in zip(SOME, expected, strict=True):
            assert asked(policy, **{name: [row[name]] for name in row}) == [total]

    def test_every_piece_is_known(self):
        """A new block, condition or measure is answered over columns too."""
        answers = pytest.importorskip(f"{offer_many.__module__}.registry").ANSWERS
        kinds = (Block, Condition, Measure)
        mine = {p for p in PIECES.values() if p.__module__.startswith(HOME)}
        assert {each for each in mine if issubclass(each, kinds)} == {*answers}

    def test_more_rows_than_are_worked_on_at_once(self):
        """What is worked on in parts fits together again, and says which row it was."""
        stakes = np.arange(100_000)
        assert asked(HALF, amount=stakes) == [
            (n + 1) // 2 if n else None for n in range(100_000)
        ]
        columns = {"amount": np.ma.masked_equal(stakes, 70_001)}
        with pytest.raises(MissingFactError, match="missing in row 70001"):
            offer_many(HALF, columns, currency=EUR)

    @given(st.data())
    def test_large_numbers_stay_exact(self, data: st.DataObject):
        """Where 64 bits do not hold what is between, the answer is the same."""
        stake = money(data.draw(st.integers(10**12, 10**15 - 1)), EUR)
        asked_for = data.draw(
            st.decimals(0, 10**16, places=6) | st.integers(0, 2**63 - 1)
        )
        over = data.draw(st.sampled_from(["1", "1000000007.123456789", "1e25"]))
        late = data.draw(st.decimals(0, 100, places=18))
        policy = data.draw(
            st.sampled_from(
                [
                    percent(Decimal("33.333333333333333")),
                    proportional("asked", over=Decimal(over)),
                    per_day_late("0.000000001%", days="late", grace=Decimal("1e-20")),
                    exceed_expectations("0.1%"),
                    exceed_expectations(eur("0.01")),
                    rounded(refund("100%"), to=Decimal("123456789.01")),
                    rounded(refund("100%"), to=Decimal("1e30"), how="down"),
                    when(fact("asked") > Decimal("4611686018427387904.5"), apology()),
                    when(fact("asked") <= Decimal("1e40"), apology()),
                    total_of(*[refund("100%")] * 9),
                ]
            )
        )
        facts = {"asked": asked_for, "late": late}
        answer = asked_of(policy, situation(amount=stake, facts=facts))
        columns = {
            "amount": [in_units(stake, EUR)],
            "asked": [asked_for],
            "late": [late],
        }
        if isinstance(answer, type):
            with pytest.raises(answer, match=r"must be below 10\^15"):
                asked(policy, **columns)
        else:
            expected = None if answer is None else in_units(answer.total, EUR) or 0
            assert asked(policy, **columns) == [expected]

    def test_a_table_is_looked_up(self):
        """Words, numbers between limits, and what is not known."""
        table = Table.from_csv(
            "severity,delay,zone,kind,value\n"
            "minor|moderate,-,-,apology,\n"
            "serious|critical,<59.5,a,discount,15%\n"
            "serious|critical,-,-,refund,100%\n",
            hit="first",
        )
        columns = {
            "severity": ["minor", "serious", "critical", "serious", "serious"],
            "delay": [None, 59, Decimal("59.5"), 10**30, 3],
            "zone": ["a", "a", "a", None, "b"],
            "amount": [1000] * 5,
        }
        assert asked(table, **columns) == [0, 150, 1000, 1000, 1000]
        columns["delay"][1] = None
        with pytest.raises(MissingFactError, match="delay"):
            asked(table, **columns)
        columns["delay"][1] = -1
        with pytest.raises(InvalidEventError, match="must not be negative"):
            asked(table, **columns)
        one = "severity,kind,value\nminor,apology,\notherwise,refund,100%\n"
        everything = Table.from_csv(one)
        assert asked(everything, **columns) == [0, *[1000] * 4]
        unknown = {name: [None] for name in columns} | {"severity": ["minor"]}
        assert asked(table, **unknown) == [0]

    def test_no_rows(self):
        """Columns without rows have no offers, and nothing of them is read."""
        policy = first_of(
            when(severity("minor") & public(), HALF), total_of(HALF, HALF)
        )
        assert asked(policy, amount=[]) == []
        assert len(offer_many(policy, {"amount": []}, currency=EUR)) == 0


class TestWhatIsAsked:
    def test_only_what_a_row_reaches(self):
        """Whoever is not asked for a number need not know it."""
        policy = first_of(when(~known("amount"), apology()), HALF)
        assert asked(policy, amount=[None, 1000]) == [0, 500]
        policy = by_severity(minor=HALF, serious=exceed_expectations("10%"))
        columns = {"severity": ["minor"], "amount": [1000]}
        assert asked(policy, **columns) == [500]
        columns["severity"] = ["serious"]
        with pytest.raises(MissingFactError, match="'asked': there is no such column"):
            asked(policy, **columns)
        nothing = when(severity("minor") & (fact("asked") > 3), HALF)
        assert asked(nothing, severity=["serious"]) == [None]
        something = when(severity("minor") | (fact("asked") > 3), HALF)
        assert asked(something, severity=["minor"], amount=[2]) == [1]

    def test_columns_as_they_come(self):
        """Lists, arrays, masked arrays and what pandas has say the same."""
        policy = when(category("billing") & ~fact_is("vip", "true"), HALF)
        words = ["billing", None, "delivery", "billing"]
        stakes, vips = [100, 200, None, 400], [False, None, True, True]
        hidden = [False, False, True, False]
        one = {"category": words, "amount": stakes, "vip": vips}
        two = {
            "category": pd.Series(words, dtype="category"),
            "amount": pd.array(stakes, dtype="Int64"),
            "vip": pd.Series(vips, dtype="boolean"),
        }
        three = {
            "category": np.ma.MaskedArray(
                ["billing", "billing", "delivery", "billing"],
                [False, True, False, False],
            ),
            "amount": np.ma.MaskedArray(np.array([100, 200, 300, 400]), hidden),
            "vip": np.ma.MaskedArray([False, True, True, True], [0, 1, 0, 0]),
        }
        four = {
            "category": np.array(
                [*map(np.str_, words[::2]), float("nan"), "b"], object
            ),
            "amount": np.array([np.int64(100), 1, 1, 1], object),
            "vip": np.array([np.bool_(False)] * 4, object),
        }
        for columns in (one, two, three):
            assert asked(policy, **columns) == [50, None, None, None]
        assert asked(policy, **four) == [50, None, None, None]
        string = getattr(np.dtypes, "StringDType", lambda: "U9")()
        five = four | {"category": np.array(["billing", *"abc"], string)}
        assert asked(policy, **five) == [50, None, None, None]
        frame = pd.DataFrame({"amount": [100, 200], "category": "billing", "vip": ""})
        assert rows(offer_many(policy, frame, currency=EUR)) == [50, 100]

    @pytest.mark.parametrize("kind", [np.int8, np.uint16, np.int64, np.uint64, object])
    def test_whole_numbers_of_any_width(self, kind: type):
        """Narrow ones are not calculated with as such."""
        column = np.array([100, 3, 0], kind)
        assert asked(HALF, amount=column) == [50, 2, None]
        policy = per_day_late(eur(100), days="late", grace=1)
        assert asked(policy, late=column) == [99_0000, 2_0000, None]
        policy = when(fact_is("late", "100", "300", "3.0", "x"), apology())
        assert asked(policy, late=column) == [0, None, None]

    def test_whole_numbers_with_decimal_places(self):
        """What is in cents is said to be."""
        policy = exceed_expectations(eur("0.10"))
        columns = {"asked": np.array([4990, 0])}
        found = offer_many(policy, columns, currency=EUR, scales={"asked": 2})
        assert rows(found) == [5000, 10]
        assert asked(policy, asked=[Decimal("49.90"), 0]) == [5000, 10]
        policy = when(fact_is("asked", "49.90"), apology())
        found = offer_many(policy, columns, currency=EUR, scales={"asked": 2})
        assert rows(found) == [0, None]
        assert asked(policy, asked=[Decimal("49.90"), Decimal("49.9")]) == [0, None]

    def test_facts_that_are_named_like_other_columns(self):
        """They have a name of their own."""
        policy = per_day_late(eur(1), days=fact("days_late"))
        columns = {"fact:days_late": [3], "days_late": [9]}
        assert asked(policy, **columns) == [300]
        assert asked(per_day_late(eur(1)), **columns) == [900]
        policy = when(known("amount"), apology())
        assert asked(policy, **{"fact:amount": ["much", None]}) == [0, None]
        assert asked(policy, amount=[1, None]) == [0, None]
        both = {"amount": [1, None, None], "fact:amount": [None, 1, None]}
        assert asked(policy, **both) == [0, 0, None]
        with pytest.raises(MissingFactError, match="amount"):
            asked(policy, severity=["minor"])
        policy = when(known("a:b"), apology())
        assert asked(policy, **{"fact:a:b": [1]}) == [0]

    def test_timers_by_name(self):
        """One timer, or the most overdue of them."""
        policy = first_of(
            when(missed("first reply"), per_day_late(eur(1), days=days_late("fix"))),
            when(missed(), apology()),
        )
        columns = {
            "missed:first reply": [True, False, False],
            "missed": np.array([True, True, False]),
            "days_late:fix": [2, 3, 4],
        }
        assert asked(policy, **columns) == [200, 0, None]

    def test_what_was_given_before(self):
        """Times, sums and budgets."""
        policy = limited(HALF, times=2, most=eur(10), per=months(12))
        columns = {
            "amount": [1000, 4000, 4000, 1000],
            "given_times": [0, 1, 1, 2],
            "given_total": [0, 500, 2000, 0],
        }
        assert asked(policy, **columns) == [500, 500, None, None]
        budget = Budget("goodwill", eur(20), period="month")
        spent = {"amount": [1000] * 4, "spent:goodwill": [0, 1600, 2000, 9999]}
        assert asked(within_budget(HALF, budget), **spent) == [500, None, None, None]
        partly = first_of(within_budget(HALF, budget, partly=True), apology())
        assert asked(partly, **spent) == [500, 400, 0, 0]
        assert asked(within_budget(apology(), budget), amount=[1]) == [0]

    def test_who_approves(self):
        """Above a bound, or always; where nothing is offered, nobody."""
        above = needs_approval(HALF, role="boss", above=eur(3))
        found = offer_many(above, {"amount": [600, 602, 0]}, currency=EUR)
        assert found.approval.tolist() == [False, True, False]
        always = needs_approval(HALF, role="boss")
        found = offer_many(always, {"amount": [2, 0]}, currency=EUR)
        assert found.approval.tolist() == [True, False]
        words = needs_approval(apology(), role="boss", above=money(3, "JPY"))
        found = offer_many(words, {"amount": [2]}, currency=EUR)
        assert found.approval.tolist() == [False]
        both = total_of(always, needs_approval(apology(), role="boss"))
        assert asked(both, amount=[2]) == [1]
        two = total_of(always, needs_approval(apology(), role="director"))
        with pytest.raises(InvalidEventError, match="boss and director"):
            asked(two, amount=[100])


def test_rounding_is_half_up_to_the_cent():
    """A share of a cent is a cent from one half on; whole steps as they are told."""
    assert asked(percent("50%"), amount=[1, 2, 3]) == [1, 1, 2]
    stakes = list(range(1, 301, 7))
    for how in ("half_up", "half_even", "up", "down"):
        policy = rounded(refund("100%"), to="0.10", how=how)
        expected = [
            asked_of(policy, situation(amount=eur(Decimal(n) / 100))) for n in stakes
        ]
        found = asked(policy, amount=stakes)
        assert found == [
            None if o is None else in_units(o.total, EUR) for o in expected
        ]


def test_the_amount_at_stake_is_a_measure():
    """In whole units, as one compares it."""
    policy = when(amount_at_stake() >= "9.99", apology())
    assert asked(policy, amount=[998, 999, 1000]) == [None, 0, 0]
    share = proportional(amount_at_stake(), over="20")
    assert asked(share, amount=[1000, 4000]) == [500, 4000]
