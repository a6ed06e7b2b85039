"""Random situations for policies.

Money is in one currency. Situations lack now and then what a policy needs, so that it
may refuse to answer: ``asked_of`` tells an answer from a refusal.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from walks import MONDAY

from complaint_lifecycle import Offer, Remedy, money
from complaint_lifecycle.amounts import currency_of
from complaint_lifecycle.compensation import (
    Budget,
    Given,
    Situation,
    Spent,
)
from complaint_lifecycle.compensation.blocks import Block
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.customers import CustomerView
from complaint_lifecycle.errors import ComplaintError
from complaint_lifecycle.events import Facts, Fault, Severity
from complaint_lifecycle.sla import Calendar, Target
from complaint_lifecycle.sla.durations import (
    elapsed_hours,
)
from complaint_lifecycle.sla.timers import Timer

CURRENCIES = ("EUR", "JPY", "BHD")
"""Of two decimal places, of none and of three."""

TIMERS = ("fix", "first reply")
WORDS: dict[str, tuple[str, ...]] = {
    "severity": tuple(map(str, Severity)),
    "category": ("billing", "delivery"),
    "product": ("P-1", "P-2"),
    "channel": ("email", "phone", "social"),
    "fault": tuple(map(str, Fault)),
    "origin": ("consumer", "regulator"),
    "locale": ("de-AT", "uk-UA"),
    "customer": ("C-1", "C-2"),
}
"""Attributes of a complaint, and what the situations have in them."""

FACT_WORDS: dict[str, tuple[str, ...]] = {
    "loss": ("money", "time", "esteem"),
    "vip": ("true", "false"),
    "hours": ("3", "2.50", "0"),
    "channel": ("branch", "true"),
}
"""Facts that are words, or may be compared as such; one is named like an attribute."""

FACT_NUMBERS = ("asked", "hours", "delay_minutes", "days_late")
FACTS = tuple(dict.fromkeys((*FACT_WORDS, *FACT_NUMBERS)))
_ALWAYS = Calendar.always()


def unit_of(code: str) -> Decimal:
    """Return the smallest unit of a currency."""
    return currency_of(code)[1]


def amounts(code: str, most: int = 50_000) -> st.SearchStrategy:
    """Draw money, nothing included."""
    unit = unit_of(code)
    return st.integers(0, most).map(lambda number: money(number * unit, code))


def budgets(code: str) -> tuple[Budget, ...]:
    """Name a large budget for ever, and a small one for each month."""
    unit = unit_of(code)
    return (
        Budget("goodwill", money(100_000 * unit, code)),
        Budget("care", money(5_000 * unit, code), period="month"),
    )


_hours = st.integers(0, 100) | st.decimals(0, 100, places=2)
_facts = st.fixed_dictionaries(
    {},
    optional={
        "asked": st.none() | st.integers(0, 500) | st.decimals(0, 500, places=3),
        "hours": _hours | st.sampled_from([3, Decimal("2.50")]),
        "delay_minutes": st.integers(0, 200) | st.integers(-5, -1),
        "days_late": st.integers(0, 9) | st.sampled_from(["a week", True]),
        "loss": st.sampled_from([None, "money", "time", "esteem", "sleep"]),
        "vip": st.none() | st.booleans(),
        "channel": st.sampled_from(["branch", True, None]),
    },
)


@st.composite
def timers(draw: st.DrawFn) -> tuple[Timer, ...]:
    """Draw timers of two targets, some of them overdue by some days."""
    found = []
    for name in draw(st.lists(st.sampled_from(TIMERS), max_size=3)):
        target = Target(name, until="fix", within=elapsed_hours(48))
        since = MONDAY - timedelta(hours=draw(st.integers(0, 200)))
        met = draw(st.none() | st.integers(0, 100))
        met_at = None if met is None else since + timedelta(hours=met)
        found.append(
            Timer(
                target=target, calendar=_ALWAYS, instance=1, since=since, met_at=met_at
            )
        )
    return tuple(found)


@st.composite
def situations(draw: st.DrawFn, code: str = "EUR") -> Situation:
    """Draw a situation, with money in one currency."""
    told = {name: st.sampled_from(words) for name, words in WORDS.items()}
    for name in ("category", "product", "fault", "locale"):
        told[name] |= st.none()
    attributes: dict[str, Any] = draw(st.fixed_dictionaries(told))
    attributes["severity"] = Severity(attributes["severity"])
    if attributes["fault"] is not None:
        attributes["fault"] = Fault(attributes["fault"])
    complaint = Complaint(
        id="c-1",
        state="gathered",
        amount=draw(st.none() | amounts(code) | amounts(code, 10**12)),
        public=draw(st.booleans()),
        facts=Facts(draw(_facts)),
        **attributes,
    )
    others = tuple(
        Complaint(id=f"c-{number}", state="thanked", merged_into=into)
        for number, into in enumerate(draw(st.lists(st.sampled_from([None, "c-1"]))), 2)
    )
    return Situation(
        complaint=complaint,
        now=MONDAY,
        customer=CustomerView(complaint.customer, (complaint, *others)),
        timers=draw(timers()),
        spent=draw(_spent(code)),
    )


@st.composite
def _spent(draw: st.DrawFn, code: str) -> Spent:
    at = st.sampled_from([0, 20, 200, 400]).map(lambda d: MONDAY - timedelta(days=d))
    refunds = amounts(code).map(lambda value: Remedy(kind="refund", value=value))
    remedies = refunds | st.just(Remedy(kind="apology"))
    offers = remedies.map(lambda remedy: Offer(remedies=[remedy]))
    given = draw(st.lists(st.builds(Given, st.just("c-0"), at, offers), max_size=3))
    drawn = {
        budget.key(MONDAY): draw(amounts(code, 120_000))
        for budget in budgets(code)
        if draw(st.booleans())
    }
    return Spent(tuple(given), drawn)


def asked_of(
    policy: Block, situation: Situation
) -> Offer | type[ComplaintError] | None:
    """Ask a policy: an offer, nothing, or as what it refuses to answer."""
    try:
        return policy(situation)
    except ComplaintError as error:
        return type(error)
