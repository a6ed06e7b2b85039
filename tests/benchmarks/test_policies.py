"""What a policy costs, beside money itself, and a million situations at once."""

from decimal import Decimal
from statistics import median

import pytest
from attrs import evolve
from benchmarks.rounds import Board, Side, at_least, at_most, race
from moneyed import Money
from situations import eur, situation

from complaint_lifecycle.compensation import (
    Situation,
    capped,
    fact,
    first_of,
    needs_approval,
    percent,
    rounded,
    severity,
    unless,
    when,
)
from complaint_lifecycle.compensation.columns import offer_many
from complaint_lifecycle.events import Facts, Severity

MILLION = 1_000_000
FEW = 20_000
"""Rows of the loop, which takes each as long as any other."""

LATE = fact("delay_minutes") >= 120
SIX = needs_approval(
    capped(
        rounded(
            first_of(
                when(severity("critical"), percent("100%")),
                when(LATE, percent("50%")),
                unless(severity("minor"), percent("33.3%")),
            ),
            to="0.50",
        ),
        at=eur(200),
    ),
    role="supervisor",
    above=eur(100),
)
"""Six blocks, each within the other."""


def test_race_with_money(board: Board) -> None:
    """A policy of six nested blocks beside one amount of money; either answer."""
    for name, minutes in (("first", 30), ("last", 180)):
        level = "critical" if name == "first" else "serious"
        asked = situation(severity=level, facts={"delay_minutes": minutes})
        offer = SIX(asked)
        assert offer is not None
        assert offer.total == eur(100 if name == "first" else 50)

        ours = Side("ours", lambda asked=asked: SIX(asked), 300)
        peer = Side("Money", lambda: Money("49.90", "EUR"), 5000)
        measure = f"six nested blocks, the {name} case: one Money"
        board.race(measure, ours, peer, at_most(30))


def test_race_of_a_million_situations(board: Board) -> None:
    """Rows of the columns are the answers of the policy; a loop goes through them."""
    np = pytest.importorskip("numpy")
    rng = np.random.default_rng(2026)
    levels = np.array([str(level) for level in Severity])
    columns = {
        "severity": rng.choice(levels, MILLION),
        "amount": rng.integers(100, 100_000, MILLION),
        "delay_minutes": rng.integers(0, 240, MILLION),
    }
    some = situations({name: rows[:FEW].tolist() for name, rows in columns.items()})

    def looped() -> None:
        # To keep a million offers would cost more than to make them.
        for each in some:
            SIX(each)

    found = offer_many(SIX, columns, currency="EUR")
    for row, each in enumerate(some):
        offer = SIX(each)
        assert found.amount(row) == (None if offer is None else offer.total)
        assert found.approval[row] == (offer is not None and offer.approval is not None)

    peer = Side("loop", looped)
    columns_of_objects = columns | {"severity": columns["severity"].astype(object)}
    for text, given in (("", columns), (", text as objects", columns_of_objects)):
        ours = Side("ours", lambda given=given: offer_many(SIX, given, currency="EUR"))
        run = race(ours, peer, rounds=5)
        one, other = median(run.ours) / MILLION, median(run.peer) / FEW
        measure = f"offer_many, a million rows{text}, one row: the policy"
        board.enter(measure, one, other, other / one, at_least(50))


def situations(columns: dict[str, list]) -> list[Situation]:
    """Make a situation of each row."""
    asked = situation()
    return [
        asked.about(
            evolve(
                asked.complaint,
                severity=Severity(level),
                amount=eur(Decimal(cents) / 100),
                facts=Facts({"delay_minutes": minutes}),
            )
        )
        for level, cents, minutes in zip(*columns.values(), strict=True)
    ]
