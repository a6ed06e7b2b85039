"""The office that is simulated where a host brings nothing of its own."""

from functools import cache

from complaint_lifecycle.amounts import money
from complaint_lifecycle.compensation.blocks import Policy
from complaint_lifecycle.compensation.giving import refund
from complaint_lifecycle.compensation.limits import (
    expires,
    needs_approval,
    within_budget,
)
from complaint_lifecycle.compensation.situation import Budget
from complaint_lifecycle.events import Escalated
from complaint_lifecycle.lifecycle import Lifecycle
from complaint_lifecycle.sla.calendar import Calendar
from complaint_lifecycle.sla.durations import open_hours, promised
from complaint_lifecycle.sla.targets import Sla, Target

STAFF = ("ana", "bob", "cleo")
SETTLER = "zoe"
"""Who brings things to an end; nobody ever complains of her."""
CUSTOMERS = ("C-1", "C-2", "C-3", "C-4")


@cache
def usual_lifecycle() -> Lifecycle:
    """Return the eight steps, compiled once."""
    return Lifecycle()


@cache
def usual_sla() -> Sla:
    """Return short targets, so that many come due in a day."""
    return Sla(
        calendar=Calendar.always("UTC"),
        targets=[
            Target("thanks", until="thank", within=open_hours(1), warn=[0.5]),
            Target("promise", within=promised()),
            Target(
                "fix",
                within=open_hours(8),
                warn=[0.5],
                on_miss=Escalated(owner="lead"),
            ),
        ],
    )


@cache
def usual_policy() -> Policy:
    """Return a refund from a small budget, approved above an amount, open for hours."""
    budget = Budget("goodwill", money(120, "EUR"))
    paid = within_budget(refund("40%"), budget)
    approved = needs_approval(paid, role="lead", above=money(25, "EUR"))
    return expires(approved, within=open_hours(3))
