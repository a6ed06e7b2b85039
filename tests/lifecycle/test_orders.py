"""Every order of the eight steps: only a legal beginning is ever recorded."""

from itertools import permutations

from walks import MONDAY, STEPS

from complaint_lifecycle import Lifecycle, Received, Step
from complaint_lifecycle.errors import RefusedError

LIFECYCLE = Lifecycle()
RIGHT = tuple(Step)


def begun():
    """Receive a complaint."""
    event = Received(customer="C-1", channel="email")
    _, complaint = LIFECYCLE.decide(LIFECYCLE.new("c-1"), [event], at=MONDAY, by="ana")
    return complaint


def advanced(order) -> int:
    """Record steps in some order until one is refused; return how many were not."""
    complaint = begun()
    for count, step in enumerate(order):
        try:
            _, complaint = LIFECYCLE.decide(
                complaint, [STEPS[step]], at=MONDAY, by="ana"
            )
        except RefusedError:
            return count
    return len(order)


def test_of_all_orders_only_legal_beginnings_advance():
    """40,320 orders: each goes as far as it agrees with the method, and no further."""
    wrong = []
    for order in permutations(RIGHT):
        legal = next((n for n, step in enumerate(order) if step != RIGHT[n]), 8)
        if advanced(order) != legal:
            wrong.append(order)
    assert wrong == []
