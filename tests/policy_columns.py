"""Situations as columns, and what columns answer."""

from collections.abc import Iterator, Sequence
from typing import Any

from policy_situations import FACTS, TIMERS, WORDS, budgets, unit_of

from complaint_lifecycle import Offer
from complaint_lifecycle.compensation import (
    Situation,
    days_late,
    earlier_complaints,
    missed,
)
from complaint_lifecycle.compensation.blocks import Block, Piece
from complaint_lifecycle.compensation.columns import Offers, offer_many
from complaint_lifecycle.compensation.limits import Limited
from complaint_lifecycle.sla import Calendar
from complaint_lifecycle.sla.durations import (
    Duration,
    months,
)

_ALWAYS = Calendar.always()
EUR = "EUR"


def parts_of(policy: Piece) -> Iterator[Any]:
    """Give a policy, and everything that it is made of."""
    yield policy
    for part in policy.parts():
        if isinstance(part, Piece):
            yield from parts_of(part)


def in_units(amount: Any, code: str) -> int | None:
    """Return money in the smallest unit."""
    return None if amount is None else int(amount.amount / unit_of(code))


def columns_of(
    policy: Block, asked: Sequence[Situation], code: str
) -> dict[str, list[Any]]:
    """Write situations as columns, with all that a policy may read."""
    columns: dict[str, list[Any]] = {
        name: [getattr(each.complaint, name) for each in asked] for name in WORDS
    }
    columns |= {
        f"fact:{name}" if name in ("channel", "days_late") else name: [
            each.complaint.facts.get(name) for each in asked
        ]
        for name in FACTS
    }
    for timer in (None, *TIMERS):
        of = "" if timer is None else f":{timer}"
        columns[f"days_late{of}"] = [int(days_late(timer).of(each)) for each in asked]
        columns[f"missed{of}"] = [missed(timer)(each) for each in asked]
    per = next((p.per for p in parts_of(policy) if isinstance(p, Limited)), months(1))
    recent = [_recent(per, each) for each in asked]
    return columns | {
        "amount": [in_units(each.complaint.amount, code) for each in asked],
        "public": [each.complaint.public for each in asked],
        "earlier_complaints": [int(earlier_complaints().of(each)) for each in asked],
        "given_times": [len(offers) for offers in recent],
        "given_total": [
            sum(in_units(offer.total, code) or 0 for offer in offers)
            for offers in recent
        ],
        **{
            f"spent:{budget.name}": [
                in_units(each.spent.budgets.get(budget.key(each.now)), code) or 0
                for each in asked
            ]
            for budget in budgets(code)
        },
    }


def _recent(per: Duration, asked: Situation) -> list[Offer]:
    return [
        each.offer
        for each in asked.spent.given
        if per.due(each.at, _ALWAYS) >= asked.now
    ]


def rows(offers: Offers) -> list[int | None]:
    """Read the totals; ``None`` where nothing is offered."""
    pairs = zip(offers.total.tolist(), offers.given.tolist(), strict=True)
    return [total if is_given else None for total, is_given in pairs]


def asked(policy: object, **columns: object) -> list[int | None]:
    """Ask a policy about columns in euro."""
    return rows(offer_many(policy, columns, currency=EUR))
