"""The blocks that look at what was given before, and at who may decide, over columns."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from complaint_lifecycle.compensation.blocks import Block, Piece
from complaint_lifecycle.compensation.bounds import Converted
from complaint_lifecycle.compensation.columns.drafts import Drafts
from complaint_lifecycle.compensation.columns.numbers import Rows, at_scale, compared
from complaint_lifecycle.compensation.columns.registry import answers, drafted, parts_of
from complaint_lifecycle.compensation.columns.sheets import Sheet
from complaint_lifecycle.compensation.limits import (
    Expires,
    Limited,
    Named,
    NeedsApproval,
    WithinBudget,
)
from complaint_lifecycle.errors import NotVectorisableError


@answers(Limited)
def limited(policy: Limited, sheet: Sheet, rows: Rows) -> Drafts:
    """Look at what stands, and cut what is too much."""
    places = np.arange(len(rows))
    if policy.times is not None:
        times, scale = sheet.numbers("given_times", rows)
        fewer = compared(times, "<", at_scale(policy.times, scale))
        places = np.flatnonzero(fewer)
    found = Drafts.none(len(rows))
    found.put(places, drafted(policy.policy, sheet, rows[places]))
    priced = np.flatnonzero(found.priced)
    if policy.most is not None and priced.size:
        most = sheet.minor(policy.most, policy.rule)
        spent = sheet.amounts("given_total", rows[priced])
        left = np.maximum(most - spent, 0)
        found.total[priced] = np.minimum(found.total[priced], left)
    return found


@answers(WithinBudget)
def within_budget(policy: WithinBudget, sheet: Sheet, rows: Rows) -> Drafts:
    """Look at what is left; rows draw on it one by one, none of them after another."""
    found = drafted(policy.policy, sheet, rows)
    priced = np.flatnonzero(found.priced)
    if not priced.size:
        return found
    limit = sheet.minor(policy.budget.limit, policy.rule)
    spent = sheet.amounts(f"spent:{policy.budget.name}", rows[priced])
    left = np.zeros(len(rows), np.int64)
    left[priced] = np.maximum(limit - spent, 0)
    paid = found.total <= left
    if policy.partly:
        paid |= left > 0
        found.total = np.minimum(found.total, left)
    found.keep(paid | ~found.priced)
    return found


@answers(NeedsApproval)
def needs_approval(policy: NeedsApproval, sheet: Sheet, rows: Rows) -> Drafts:
    """Ask for the approval, where it is needed."""
    found = drafted(policy.policy, sheet, rows)
    needed = found.given
    if policy.above is not None:
        if not found.priced.any():
            return found
        above = sheet.minor(policy.above, policy.rule)
        needed = found.priced & (found.total > above)
    found.role = np.where(needed, sheet.role(policy.role), found.role).astype(np.int16)
    return found


@answers(Expires, Named, Converted)
def the_same(policy: Expires | Named | Converted, sheet: Sheet, rows: Rows) -> Drafts:
    """Ask the policy inside: nothing of this changes how much is given."""
    return drafted(policy.policy, sheet, rows)


def check_limits(policy: Piece, currency: str) -> None:
    """Refuse limits and conversions for which no column can be read.

    Args:
        policy: The policy.

        currency: ISO 4217 code of all columns.

    Raises:
        NotVectorisableError: If two limits would read the same column for different
            periods, or if a conversion would convert anything.
    """
    parts = list(parts_of(policy))
    limits = [part for part in parts if isinstance(part, Limited)]
    if any(each.per != limits[0].per for each in limits):
        why = "it counts over two periods, and given_times is one column"
        raise NotVectorisableError(Limited.rule, why)
    budgets: dict[str, Any] = {}
    for part in parts:
        if isinstance(part, WithinBudget):
            known = budgets.setdefault(part.budget.name, part.budget)
            if known != part.budget:
                why = f"two budgets have the name {known.name!r}"
                raise NotVectorisableError(WithinBudget.rule, why)
        if isinstance(part, Converted) and _converts(part, currency):
            why = f"columns are in one currency, which is {currency} here"
            raise NotVectorisableError(Converted.rule, why)


def _converts(policy: Converted, currency: str) -> bool:
    return policy.to != currency or any(
        part.currency.code != currency for part in _money_in(policy)
    )


def _money_in(policy: Block) -> Iterable[Any]:
    return (part for part in parts_of(policy) if hasattr(part, "currency"))
