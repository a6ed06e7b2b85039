"""Random policies of every piece, all in one currency."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st
from policy_situations import (
    FACT_NUMBERS,
    FACT_WORDS,
    FACTS,
    TIMERS,
    WORDS,
    amounts,
    budgets,
    unit_of,
)

from complaint_lifecycle.compensation import (
    amount_at_stake,
    apology,
    at_least,
    best_of,
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
    flat,
    gift,
    guarantee,
    known,
    limited,
    missed,
    named,
    needs_approval,
    per_day_late,
    percent,
    proportional,
    public,
    rounded,
    total_of,
    unless,
    when,
    within_budget,
)
from complaint_lifecycle.compensation.blocks import Block
from complaint_lifecycle.compensation.choosing import By
from complaint_lifecycle.compensation.conditions import Condition, Is
from complaint_lifecycle.compensation.measures import Measure
from complaint_lifecycle.compensation.table_cells import (
    ANYTHING,
    Among,
    Between,
    Column,
    Otherwise,
    Row,
)
from complaint_lifecycle.compensation.tables import Table
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.offers import RemedyKind
from complaint_lifecycle.sla.durations import (
    Duration,
    calendar_days,
    elapsed_hours,
    months,
)

_NUMBERS = st.sampled_from(["0", "1", "2.5", "7", "59.999", "60", "100"])

percents = st.sampled_from(
    ["0%", "5%", "12.5%", "33.333%", "50%", "99.9999%", "100%"]
) | st.decimals(0, 100, places=3)

durations = st.sampled_from([months(12), calendar_days(30), elapsed_hours(36)])

measures: st.SearchStrategy[Measure] = st.one_of(
    st.sampled_from(FACT_NUMBERS).map(fact),
    st.just(amount_at_stake()),
    st.just(earlier_complaints()),
    st.sampled_from([None, *TIMERS]).map(days_late),
)


def _is_one_of(name: str) -> st.SearchStrategy[Condition]:
    values = st.lists(st.sampled_from(WORDS[name]), min_size=1, max_size=2)
    return values.map(lambda found: Is(name, found))


def _fact_is_one_of(name: str) -> st.SearchStrategy[Condition]:
    values = st.lists(st.sampled_from(FACT_WORDS[name]), min_size=1, max_size=2)
    return values.map(lambda found: fact_is(name, *found))


def _compared(measure: Measure) -> st.SearchStrategy[Condition]:
    return _NUMBERS.flatmap(
        lambda number: st.sampled_from(
            [measure >= number, measure > number, measure <= number, measure < number]
        )
    )


_simple: st.SearchStrategy[Condition] = st.one_of(
    st.sampled_from(sorted(WORDS)).flatmap(_is_one_of),
    st.sampled_from(sorted(FACT_WORDS)).flatmap(_fact_is_one_of),
    measures.flatmap(_compared),
    st.sampled_from([None, *TIMERS]).map(missed),
    st.sampled_from(["amount", *FACTS]).map(known),
    st.just(public()),
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    _simple,
    lambda inner: st.one_of(
        st.builds(lambda one, other: one & other, inner, inner),
        st.builds(lambda one, other: one | other, inner, inner),
        inner.map(lambda one: ~one),
    ),
    max_leaves=4,
)
"""Every condition, composed with ``&``, ``|`` and ``~``."""

_options = st.fixed_dictionaries(
    {},
    optional={
        "valid": durations,
        "what": st.just("flowers"),
        "conditions": st.just("weekdays only"),
    },
)


def givings(code: str) -> st.SearchStrategy[Block]:
    """Draw a block that names one remedy."""
    kinds = st.sampled_from(list(RemedyKind))
    rates = amounts(code, 2000) | percents
    positive = st.sampled_from(["0.5", "1", "3", "7.25", "24", "60"])
    grace = st.sampled_from([0, 1, 3]) | st.just(Decimal("0.5"))
    margins = amounts(code, 2000) | percents | st.just("150%")

    def built(make: Any, *given: Any) -> st.SearchStrategy[Block]:
        return st.builds(
            lambda options, kind, *values: make(*values, kind=kind, **options),
            _options,
            kinds,
            *given,
        )

    return st.one_of(
        built(flat, amounts(code)),
        built(percent, percents),
        built(
            lambda rate, days, grace, **options: per_day_late(
                rate, days=days, grace=grace, **options
            ),
            rates,
            st.none() | measures,
            grace,
        ),
        built(
            lambda loss, over, **options: proportional(loss, over=over, **options),
            measures,
            positive,
        ),
        built(
            lambda margin, asked, **options: exceed_expectations(
                margin, asked=asked, **options
            ),
            margins,
            st.just("asked") | measures,
        ),
        st.sampled_from(
            [apology(), apology("by a visit"), coupon("10%"), guarantee("new boxes")]
        ),
        amounts(code).map(lambda cost: gift("a lamp", cost=cost)),
    )


def _limits() -> st.SearchStrategy[Between]:
    return st.tuples(
        st.none() | _NUMBERS, st.none() | _NUMBERS, st.booleans(), st.booleans()
    ).map(_between)


def _between(parts: tuple[Any, ...]) -> Between:
    low, high, *ends = parts
    if low is not None and high is not None and Decimal(low) > Decimal(high):
        low, high = high, low
    if low is None and high is None:
        low = "1"
    if low == high or (low is None and high == "0"):
        ends = [True, True]
    return Between(low, high, *ends)


_INPUTS = {
    Column("severity", "text"): WORDS["severity"],
    Column("fault", "text"): (*WORDS["fault"], "unknown"),
    Column("category", "text"): WORDS["category"],
    Column("loss", "text"): FACT_WORDS["loss"],
    Column("channel", "text"): WORDS["channel"],
    Column("delay_minutes", "number"): None,
    Column("hours", "number"): None,
}


@st.composite
def tables(draw: st.DrawFn, code: str) -> Table:
    """Draw a decision table of up to four rows, complete by what it does otherwise."""
    chosen = st.lists(
        st.sampled_from(list(_INPUTS)), min_size=1, max_size=3, unique=True
    )
    inputs = draw(chosen)
    cells = [
        st.just(ANYTHING)
        | (
            _limits()
            if words is None
            else st.lists(st.sampled_from(words), min_size=1).map(Among)
        )
        for words in map(_INPUTS.get, inputs)
    ]
    gives = st.none() | givings(code)
    rows = draw(
        st.lists(st.builds(Row, st.tuples(*cells), gives), min_size=1, max_size=4)
    )
    otherwise = draw(st.builds(Otherwise, gives))
    for hit in (draw(st.sampled_from(["unique", "first"])), "collect"):
        try:
            return Table(inputs, rows, hit, otherwise, "a table")
        except InvalidEventError:
            # Two of its rows answer the same, or one can never be taken.
            continue
    return Table(inputs, rows[:1], "first", otherwise)


@st.composite
def policies(
    draw: st.DrawFn, code: str = "EUR", *, depth: int = 3, per: Duration | None = None
) -> Block:
    """Draw a policy of our pieces.

    Args:
        draw: Filled in by Hypothesis.

        code: The currency of all that it says.

        depth: How deep its blocks are nested at most.

        per: The period of its limits; by default one is drawn for each policy.
    """
    per = per or draw(durations)

    def inner(left: int) -> Block:
        if left <= 1 or draw(st.integers(0, 4)) == 0:
            return draw(_simplest(code))
        nest = draw(st.sampled_from(_NESTED))
        return nest(draw, lambda: inner(left - 1), code, per)

    return inner(depth)


@cache
def _simplest(code: str) -> st.SearchStrategy[Block]:
    return st.one_of(givings(code), givings(code), givings(code), tables(code))


Inner = Callable[[], Block]


def _made(make: Callable[[], Block], instead: Block) -> Block:
    """Put what a block refuses to hold, such as a budget, in its place."""
    try:
        return make()
    except InvalidEventError:
        return instead


def _several(make: Callable[..., Block]) -> Callable[..., Block]:
    def nested(draw: st.DrawFn, inner: Inner, code: str, per: Duration) -> Block:
        some = [inner() for _ in range(draw(st.integers(1, 3)))]
        return _made(lambda: make(*some), some[0])

    return nested


def _with(
    make: Callable[..., Block], *given: Callable[[str], st.SearchStrategy]
) -> Callable[..., Block]:
    def nested(draw: st.DrawFn, inner: Inner, code: str, per: Duration) -> Block:
        policy, others = inner(), [draw(each(code)) for each in given]
        return _made(lambda: make(policy, *others), policy)

    return nested


def _by(draw: st.DrawFn, inner: Inner, code: str, per: Duration) -> Block:
    name = draw(st.sampled_from(sorted(WORDS | FACT_WORDS)))
    words = st.sampled_from((WORDS | FACT_WORDS)[name])
    chosen = draw(st.lists(words, min_size=1, max_size=2, unique=True))
    otherwise = inner() if draw(st.booleans()) else None
    return By(name, {word: inner() for word in chosen}, otherwise)


def _limited(draw: st.DrawFn, inner: Inner, code: str, per: Duration) -> Block:
    times = draw(st.none() | st.integers(1, 3))
    most = draw(amounts(code) if times is None else st.none() | amounts(code))
    return limited(inner(), times=times, most=most, per=per)


def _any(*values: Any) -> Callable[[str], st.SearchStrategy]:
    return lambda _: st.sampled_from(values)


def _steps(code: str) -> st.SearchStrategy[Decimal]:
    return st.sampled_from([1, 3, 50, 100, 700]).map(lambda n: n * unit_of(code))


_NESTED: tuple[Callable[..., Block], ...] = (
    _several(first_of),
    _several(best_of),
    _several(total_of),
    _with(lambda policy, condition: when(condition, policy), lambda _: conditions),
    _with(lambda policy, condition: unless(condition, policy), lambda _: conditions),
    _by,
    _by,
    _with(lambda policy, at: capped(policy, at=at), amounts),
    _with(at_least, amounts),
    _with(
        lambda policy, to, how: rounded(policy, to=to, how=how),
        _steps,
        _any("half_up", "half_even", "up", "down"),
    ),
    lambda draw, inner, code, _: converted(inner(), to=code, rates={"XAF": "1.1"}),
    _limited,
    _with(
        lambda policy, budget, partly: within_budget(policy, budget, partly=partly),
        lambda code: st.sampled_from(budgets(code)),
        _any(True, False),
    ),
    _with(
        lambda policy, role, above: needs_approval(policy, role=role, above=above),
        _any("supervisor", "supervisor", "director"),
        lambda code: st.none() | amounts(code),
    ),
    _with(lambda policy, within: expires(policy, within=within), lambda _: durations),
    _with(
        lambda policy, name: named(policy, name, version="2026-1"),
        _any("goodwill", "late trains"),
    ),
)
