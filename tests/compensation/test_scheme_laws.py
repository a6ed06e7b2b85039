"""Laws that hold for every published scheme, whatever the facts."""

import pickle
from datetime import date
from decimal import localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scheme_cases import assessed, load, quietly

from complaint_lifecycle.compensation import schemes
from complaint_lifecycle.errors import InvalidEventError

PAYING = [scheme for scheme in schemes.list() if not scheme.is_guide]

NUMBERS = st.decimals(0, 10**6, places=2) | st.integers(0, 500)
VALUES = {
    "number": NUMBERS,
    "signed": st.integers(-500, 500),
    "count": st.integers(0, 500),
    "money": st.decimals(0, 10**6, places=2) | st.integers(0, 10**6),
    "percent": st.decimals(2, 100, places=2) | st.just("0.5%"),
    "flag": st.booleans(),
    "date": st.dates(date(2000, 1, 1), date(2030, 1, 1)).map(date.isoformat),
    "currency": st.sampled_from(["EUR", "USD", "GBP"]),
}


@st.composite
def situations(draw):
    """Draw a scheme with facts of the right types, some of them absent."""
    scheme = draw(st.sampled_from(PAYING))
    wanted = {
        need.name: st.sampled_from(need.choices) if need.choices else VALUES[need.type]
        for need in scheme.needs
    }
    absent = draw(st.sets(st.sampled_from(sorted(wanted)), max_size=3))
    facts = draw(st.fixed_dictionaries(wanted))
    return scheme, {name: v for name, v in facts.items() if name not in absent}


def rising(name, fact, **facts):
    """Say that more of one fact never pays less, the others fixed."""
    return pytest.param(name, fact, facts, id=f"{name}-{fact}")


class TestLaws:
    @given(situations())
    def test_every_answer_is_sound(self, situation):
        """Never negative, re-added to the cent, the same twice and under any context."""
        scheme, facts = situation
        try:
            due = assessed(scheme, facts)
        except InvalidEventError:
            return
        assert due.amount.amount >= 0
        assert due.amount.currency.code == facts.get("currency", scheme.currency)
        with localcontext() as narrow:
            narrow.prec = 3
            again = quietly(scheme, facts)
        assert again == due
        assert due.explain().splitlines()[-1].startswith("total")
        assert pickle.loads(pickle.dumps(due)) == due  # noqa: S301

    @pytest.mark.parametrize(
        ("name", "fact", "facts"),
        [
            rising("eu-261-2004", "arrival_delay_minutes", distance_km=5000,
                   intra_eu=False),
            rising("uk-261", "distance_km", arrival_delay_minutes=500),
            rising("ca-appr", "delay_hours", carrier="small"),
            rising("us-dbc", "late_hours", one_way_fare=400, international=True),
            rising("us-dbc", "one_way_fare", late_hours=5),
            rising("eu-rail-2021-782", "delay_minutes", ticket=50, threshold=4),
            rising("eu-rail-2021-782", "ticket", delay_minutes=70, threshold=4),
            rising("eu-sea-1177-2010", "late_minutes", ticket=50,
                   scheduled_minutes=300),
            rising("uk-delay-repay", "delay", price=33, ticket="return", scheme="DR15"),
            rising("uk-delay-repay", "price", delay=20, ticket="return", scheme="DR15"),
            rising("uk-ofcom-automatic", "qualifying_calendar_days", event="repair"),
            rising("uk-ofwat-gss", "occurrences", event="low_pressure"),
            rising("uk-ofgem-gsop", "paid_within_working_days"),
            rising("uk-fos-interest", "days", principal=1000, average_bank_rate="4%"),
            rising("uk-fos-interest", "principal", days=77, rate="8%"),
            rising("ru-zozpp-penalty", "days_late", kind="goods", price=999),
            rising("ua-penalty", "price", kind="service", days_late=20),
        ],
    )  # fmt: skip
    @given(st.data())
    def test_more_loss_never_pays_less(self, name, fact, facts, data):
        """Monotone in the delay, the price, the days."""
        need = next(n for n in load(name).needs if n.name == fact)
        less, more = sorted(data.draw(st.tuples(*[VALUES[need.type]] * 2)))
        first, second = (
            assessed(load(name), facts | {fact: value}).amount for value in (less, more)
        )
        assert first <= second

    @given(st.integers(0, 10**6), st.integers(0, 1000))
    def test_never_above_its_cap(self, price, days):
        """The price for services and prepaid goods, the limit for denied boarding."""
        for kind in ("service", "prepaid", "goods"):
            facts = {"kind": kind, "price": price, "days_late": days}
            assert assessed(load("ru-zozpp-penalty"), facts).amount.amount <= price
        facts = {"one_way_fare": price, "late_hours": days}
        facts["international"] = False
        assert assessed(load("us-dbc"), facts).amount.amount <= 2150
