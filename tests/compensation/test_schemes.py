"""Published schemes: worked examples, traps, versions, and what is said of them."""

import json
import pickle
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import scheme_cases
from scheme_cases import assessed, load, pays

from complaint_lifecycle.amounts import money
from complaint_lifecycle.compensation import schemes
from complaint_lifecycle.compensation.schemes import Numbers, UnverifiedSchemeWarning
from complaint_lifecycle.errors import InvalidEventError, MissingFactError
from complaint_lifecycle.events import Facts

FACTS = json.loads(
    (Path(__file__).parents[1] / "facts" / "scheme_examples.json").read_text("utf-8")
)
EXAMPLES = [
    pytest.param(scheme["id"], example, id=f"{scheme['id']}-{n}")
    for scheme in FACTS["schemes"]
    for n, example in enumerate(scheme["worked_examples"])
]


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_worked_example(name, example):
    """A worked example comes out as it was published or computed by hand."""
    amount, currency = scheme_cases.run(name, example["input"])
    assert (f"{amount}", currency) == (example["amount"], example["currency"])


class TestGuides:
    @pytest.mark.parametrize("name", ["uk-fos-distress", "hotel-guarantees"])
    def test_a_guide_never_pays_by_itself(self, name):
        """People decide by its bands, and the error says so."""
        guide = load(name)
        assert guide.is_guide
        assert guide.bands
        with pytest.raises(InvalidEventError, match="never pays by itself: read its b"):
            guide.assess({"amount": 100})

    def test_its_bands_have_no_gaps(self):
        """Each begins where the one before ends."""
        bands = load("uk-fos-distress").bands
        assert [band.at_least for band in bands[1:]] == [b.at_most for b in bands[:-1]]
        assert (bands[0].at_least, bands[-1].at_most) == (None, None)
        assert [b.verified for b in bands] == [True, False, False, False, True, True]


class TestVersions:
    def test_a_fixed_date_goes_before_a_fact(self):
        """And a fact before the newest."""
        facts = {"event": "repair", "qualifying_calendar_days": 1, "date": "2026-05-01"}
        fixed = load("uk-ofcom-automatic", on=date(2023, 5, 1))
        assert assessed(fixed, facts).amount == money("9.33", "GBP")
        assert assessed(fixed, facts).version.valid_to == date(2024, 3, 31)
        by_setting = load("uk-ofcom-automatic", date=date(2024, 5, 1))
        assert assessed(by_setting, facts).amount == money("9.76", "GBP")

    @pytest.mark.parametrize(
        ("name", "on", "words"),
        [
            (
                "us-dbc",
                date(2025, 1, 21),
                "from 2025-01-22, not on 2025-01-21: no vers",
            ),
            ("uk-ofcom-automatic", date(2019, 3, 31), "not on 2019-03-31"),
            ("uk-ofwat-gss", date(2025, 7, 1), "from 2025-07-02, not on 2025-07-01"),
            ("eu-261-2004", date(2004, 12, 31), "no version for that date is known"),
            ("us-dbc", datetime(2026, 1, 1, tzinfo=UTC), "without a time"),
            ("us-dbc", "2026-01-01", "must be a date"),
        ],
    )
    def test_a_date_outside_is_refused(self, name, on, words):
        """The error names the scheme, the dates that it covers, and the day."""
        with pytest.raises(InvalidEventError, match=words):
            schemes.get(name, on=on)

    def test_a_date_outside_is_refused_among_the_facts_too(self):
        """No amount is guessed for a day that is not covered."""
        with pytest.raises(InvalidEventError, match=r"us-dbc.*not on 2024-05-01"):
            schemes.get("us-dbc").assess({"date": "2024-05-01"})

    def test_a_scheme_that_ended_says_when(self):
        """The last day that is known is part of the span."""
        ended = schemes.list()[0]
        versions = (load("uk-ofgem-gsop").versions[0],)
        ended = type(ended)(
            id="old", title="", jurisdiction="", per="", currency="GBP", citation="",
            versions=versions, formula="energy",
        )  # fmt: skip
        with pytest.raises(
            InvalidEventError, match="unknown day to 2024-12-31, not on"
        ):
            ended.version_on(date(2025, 1, 1))

    def test_versions_follow_each_other_without_gaps(self):
        """The day after one ends the next begins; only the first day may be unknown."""
        for scheme in schemes.list():
            for earlier, later in zip(
                scheme.versions, scheme.versions[1:], strict=False
            ):
                assert (later.valid_from - earlier.valid_to).days == 1


class TestWarnings:
    def test_a_doubtful_scheme_warns_where_it_is_loaded(self):
        """Not verified, partly verified, or its first day unknown; with the advice."""
        with pytest.warns(
            UnverifiedSchemeWarning, match="ua-penalty: verified: no; th"
        ):
            schemes.get("ua-penalty")
        with pytest.warns(
            UnverifiedSchemeWarning, match=r"unknown\. Not legal"
        ) as seen:
            schemes.get("uk-delay-repay", scheme="DR15")
        assert seen[0].filename == __file__
        with pytest.warns(UnverifiedSchemeWarning, match=r"partly \(only the rate for"):
            schemes.get("uk-ofcom-automatic", on=date(2024, 6, 1))

    def test_a_sound_one_is_silent(self):
        """Neither loading nor assessing says anything."""
        for name in ("eu-261-2004", "us-dbc", "in-rbi-tat", "uk-ofcom-automatic"):
            schemes.get(name)
        facts = {"event": "missed_appointment", "date": "2023-06-01"}
        assert schemes.get("uk-ofcom-automatic").assess(facts).amount

    def test_a_fact_that_leads_to_doubtful_numbers_warns(self):
        """The warning is told where it is assessed, since nobody knew before."""
        ofcom = schemes.get("uk-ofcom-automatic")
        facts = {"event": "missed_appointment", "date": "2025-06-01"}
        with pytest.warns(UnverifiedSchemeWarning, match="verified: no") as seen:
            ofcom.assess(facts)
        assert seen[0].filename == __file__


class TestFacts:
    @pytest.mark.parametrize(
        ("name", "facts", "words"),
        [
            ("eu-261-2004", {"distance_km": -1}, "'distance_km'.* not be negative.*km"),
            ("eu-261-2004", {"distance_km": 1.5}, "floats are not exact"),
            ("eu-261-2004", {"distance_km": True}, "floats are not exact"),
            ("eu-261-2004", {"distance_km": "far"}, "is no decimal number"),
            ("eu-261-2004", {"distance_km": Decimal("NaN")}, "finite"),
            ("eu-261-2004", {"distance_km": 10**15}, r"below 10\^15"),
            ("eu-261-2004", {"intra_eu": 1}, "must be True or False: whether the fl"),
            ("eu-261-2004", {"intra_eu": "true"}, "must be True or False"),
            ("eu-261-2004", {"type": "cancelation"}, "did you mean cancellation"),
            ("eu-261-2004", {"type": "x"}, "is unknown: what happened .*denied_board"),
            ("eu-261-2004", {"type": 3}, "must be text"),
            ("eu-261-2004", {"date": "soon"}, "must be a date such as 2026-03-02"),
            ("eu-261-2004", {"date": 20260302}, "must be a date"),
            ("eu-261-2004", {"date": datetime(2026, 3, 2, tzinfo=UTC)}, "be a date"),
            ("us-dbc", {"one_way_fare": "1.005"}, "more decimal places than USD knows"),
            ("us-dbc", {"one_way_fare": -5}, "must not be negative"),
            ("ua-penalty", {"days_late": "1.5"}, "must be a whole number"),
            ("saas-sla-credits", {"uptime": "101%"}, "at most 100 %"),
            (
                "saas-sla-credits",
                {"uptime": Decimal("0.9995")},
                "needs its sign, 0.9995%",
            ),
            ("saas-sla-credits", {"currency": "EURO"}, "no ISO 4217 currency code"),
            ("saas-sla-credits", {"currency": 978}, "must be an ISO 4217 code"),
        ],
    )
    def test_a_wrong_fact_is_named(self, name, facts, words):
        """The error says which fact, its rule and its unit, even if it is not needed."""
        with pytest.raises(InvalidEventError, match=words):
            pays(name, **facts)

    def test_facts_of_others_are_left_alone(self):
        """A complaint may hold more; what is None is absent."""
        facts = Facts({"price": 40, "delay": 60, "ticket": "single", "colour": "red"})
        assert assessed(load("uk-delay-repay"), facts).amount == money(40, "GBP")
        with pytest.raises(MissingFactError, match="price of the whole ticket, in GBP"):
            pays("uk-delay-repay", delay=60, ticket="single", price=None)

    def test_facts_are_a_mapping(self):
        """Anything else is refused."""
        with pytest.raises(InvalidEventError, match="must be a mapping"):
            load("us-dbc").assess([("late_hours", 1)])

    def test_a_sum_without_end_is_refused(self):
        """Money of ours stays below 10^15."""
        with pytest.raises(InvalidEventError, match=r"below 10\^15"):
            pays("ua-penalty", kind="goods", price=10**14, days_late=10**14)


class TestSettings:
    def test_a_setting_goes_before_a_fact(self):
        """What the host fixed, the facts of a complaint do not change."""
        facts = {"price": 40, "delay": 20, "ticket": "single", "scheme": "DR15"}
        assert assessed(load("uk-delay-repay"), facts).amount.amount == 10
        fixed = load("uk-delay-repay", scheme="DR30")
        assert assessed(fixed, facts).amount.amount == 0

    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({"sheme": "DR15"}, "no fact of uk-delay-repay: did you mean scheme"),
            ({"zzz": 1}, "use price, delay, ticket, scheme, date"),
            ({"scheme": "DR45"}, "did you mean DR15"),
            ({"price": 1.5}, "finite Decimal"),
            ({"scheme": None}, "leave it out"),
            ({"date": datetime(2026, 3, 2, tzinfo=UTC)}, "must be a date"),
        ],
    )
    def test_a_wrong_setting_is_refused_at_once(self, settings, words):
        """Not when the first complaint comes."""
        with pytest.raises(InvalidEventError, match=words):
            load("uk-delay-repay", **settings)

    @pytest.mark.parametrize(
        ("name", "words"),
        [("eu-261", "did you mean .*eu-261-2004"), ("zz", r"see schemes\.list\(\)")],
    )
    def test_an_unknown_scheme(self, name, words):
        """Near ones are named."""
        with pytest.raises(InvalidEventError, match=words):
            schemes.get(name)


class TestValues:
    def test_a_scheme_is_a_plain_value(self):
        """Equal, hashable, picklable, immutable; settings and dates tell it apart."""
        repay = load("uk-delay-repay", scheme="DR15")
        assert repay == load("uk-delay-repay", scheme="DR15")
        assert repay != load("uk-delay-repay", scheme="DR30")
        assert repay != load("uk-delay-repay", scheme="DR15", on=date(2026, 1, 1))
        shown = (
            "Scheme(id='uk-delay-repay', on=None, settings=Facts({'scheme': 'DR15'}))"
        )
        assert repr(repay) == shown
        again = pickle.loads(pickle.dumps(repay))  # noqa: S301
        assert (again, hash(again)) == (repay, hash(repay))
        with pytest.raises(AttributeError):
            repay.title = ""
        numbers = repay.version.numbers
        with pytest.raises(AttributeError):
            numbers.x = 1
        assert {numbers, pickle.loads(pickle.dumps(numbers))} == {numbers}  # noqa: S301
        assert repr(Numbers({"cap": "4.00"})) == "Numbers({'cap': Decimal('4.00')})"
        assert len(numbers) == 3

    def test_the_list_is_ordered_and_complete(self):
        """Schemes come by id; each has a citation, and a source or a warning."""
        names = [scheme.id for scheme in schemes.list()]
        assert names == sorted({s["id"] for s in FACTS["schemes"]})
        for scheme in schemes.list():
            assert scheme.citation
            assert scheme.sources or scheme.verified == "no"
            assert scheme.verified in {"yes", "partly", "no"}
            assert scheme.validity
            assert set(scheme.dated_by) <= {n.name for n in scheme.needs}

    def test_validity_reads_well(self):
        """First day, last day, or what is not known."""
        spans = [version.validity for version in load("uk-ofgem-gsop").versions]
        assert spans == ["from an unknown day to 2024-12-31", "from 2025-01-01"]

    def test_an_explanation_reads_well(self):
        """Which rule, which input, which number, and the total."""
        facts = {"one_way_fare": 700, "late_hours": "1.5"}
        assert schemes.get("us-dbc").assess(facts).explain().splitlines() == [
            "us-dbc: late_hours 1.5: 200 % of one_way_fare 700.00  1400.00 USD",
            "us-dbc: at most 1075.00 at 200 %                      -325.00 USD",
            "total                                                 1075.00 USD",
        ]

    def test_the_data_load_once_and_not_before_they_are_wanted(self):
        """Importing the module reads no file."""
        code = (
            "from complaint_lifecycle.compensation import schemes; "
            "before = schemes._schemes.cache_info().misses; schemes.list(); "
            "schemes.list(); print(before, schemes._schemes.cache_info().misses)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        )
        assert done.stdout.split() == ["0", "1"]
