"""Compensation: policies that decide what a customer is offered, and say why.

A policy is any callable from a :class:`Situation` to an
:class:`~complaint_lifecycle.offers.Offer` or ``None``. Ours are values made of small
pieces: they print, compare, hash, go through data, and explain themselves.
"""

# A desk needs the situation only: the rest is loaded when it is first touched.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from complaint_lifecycle.compensation.blocks import Block, Policy, total_of
    from complaint_lifecycle.compensation.bounds import (
        at_least,
        capped,
        converted,
        rounded,
    )
    from complaint_lifecycle.compensation.choosing import (
        best_of,
        by_category,
        by_severity,
        first_of,
        matched_to_loss,
        unless,
        when,
    )
    from complaint_lifecycle.compensation.columns import Offers, offer_many
    from complaint_lifecycle.compensation.conditions import (
        category,
        channel,
        fact_is,
        fault,
        known,
        missed,
        product,
        public,
        severity,
    )
    from complaint_lifecycle.compensation.fairness import (
        Inconsistency,
        consistency,
        twins,
    )
    from complaint_lifecycle.compensation.giving import (
        apology,
        coupon,
        discount,
        flat,
        free_service,
        gift,
        guarantee,
        percent,
        refund,
        repair,
        replacement,
    )
    from complaint_lifecycle.compensation.limits import (
        expires,
        limited,
        named,
        needs_approval,
        within_budget,
    )
    from complaint_lifecycle.compensation.logic import Condition
    from complaint_lifecycle.compensation.losses import (
        exceed_expectations,
        per_day_late,
        proportional,
    )
    from complaint_lifecycle.compensation.measures import (
        Measure,
        amount_at_stake,
        days_late,
        earlier_complaints,
        fact,
    )
    from complaint_lifecycle.compensation.situation import (
        Budget,
        Given,
        Situation,
        Spent,
    )

_HOMES = {
    "blocks": ("Block", "Policy", "total_of"),
    "bounds": ("at_least", "capped", "converted", "rounded"),
    "choosing": (
        "best_of",
        "by_category",
        "by_severity",
        "first_of",
        "matched_to_loss",
        "unless",
        "when",
    ),
    "columns": ("Offers", "offer_many"),
    "conditions": (
        "category",
        "channel",
        "fact_is",
        "fault",
        "known",
        "missed",
        "product",
        "public",
        "severity",
    ),
    "fairness": ("Inconsistency", "consistency", "twins"),
    "giving": (
        "apology",
        "coupon",
        "discount",
        "flat",
        "free_service",
        "gift",
        "guarantee",
        "percent",
        "refund",
        "repair",
        "replacement",
    ),
    "limits": ("expires", "limited", "named", "needs_approval", "within_budget"),
    "logic": ("Condition",),
    "losses": ("exceed_expectations", "per_day_late", "proportional"),
    "measures": (
        "Measure",
        "amount_at_stake",
        "days_late",
        "earlier_complaints",
        "fact",
    ),
    "situation": ("Budget", "Given", "Situation", "Spent"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Block",
    "Budget",
    "Condition",
    "Given",
    "Inconsistency",
    "Measure",
    "Offers",
    "Policy",
    "Situation",
    "Spent",
    "amount_at_stake",
    "apology",
    "at_least",
    "best_of",
    "by_category",
    "by_severity",
    "capped",
    "category",
    "channel",
    "consistency",
    "converted",
    "coupon",
    "days_late",
    "discount",
    "earlier_complaints",
    "exceed_expectations",
    "expires",
    "fact",
    "fact_is",
    "fault",
    "first_of",
    "flat",
    "free_service",
    "gift",
    "guarantee",
    "known",
    "limited",
    "matched_to_loss",
    "missed",
    "named",
    "needs_approval",
    "offer_many",
    "per_day_late",
    "percent",
    "product",
    "proportional",
    "public",
    "refund",
    "repair",
    "replacement",
    "rounded",
    "severity",
    "total_of",
    "twins",
    "unless",
    "when",
    "within_budget",
]


def __getattr__(name: str) -> object:
    """Load a name of the package when it is first touched."""
    from importlib import import_module

    home = _HOME_OF.get(name)
    if home is None:
        problem = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(problem)
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the names of the package, loaded or not."""
    return sorted(__all__)
