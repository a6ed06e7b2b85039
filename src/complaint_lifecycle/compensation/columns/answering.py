"""Policies over columns: the rows part by part, each part by what its policy is made of.

Each row is asked what its situation would be asked, and nothing more: a policy that is
not reached reads no column, so that its rows may lack what it needs.
"""

from collections.abc import Mapping
from decimal import localcontext
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complaint_lifecycle.amounts import EXACT
from complaint_lifecycle.compensation.columns import (
    asking,
    choosing,
    giving,
    limiting,
    table,
)
from complaint_lifecycle.compensation.columns.cells import taken
from complaint_lifecycle.compensation.columns.limiting import check_limits
from complaint_lifecycle.compensation.columns.numbers import Bools
from complaint_lifecycle.compensation.columns.registry import check, drafted
from complaint_lifecycle.compensation.columns.sheets import Sheet

# What answers is known once its rooms are loaded.
ROOMS = (asking, choosing, giving, limiting, table)

_ROWS = 1 << 15  # what is worked on at once stays in the cache

Answer = tuple[NDArray[np.int64], Bools, Bools]


def answered(
    policy: Any,
    columns: Mapping[str, ArrayLike],
    currency: str,
    scales: Mapping[str, int],
) -> Answer:
    """Ask a policy about every row.

    Args:
        policy: The policy.

        columns: What is known, by name.

        currency: ISO 4217 code of all amounts.

        scales: Decimal places of whole numbers, by name of the column.

    Returns:
        What each offer is worth, where there is one, and where it needs an approval.
    """
    check(policy)
    check_limits(policy, currency)
    cells, size = taken(columns, scales)
    total = np.zeros(size, np.int64)
    given, approval = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    with localcontext(EXACT):
        for first in range(0, size, _ROWS):
            stop = min(first + _ROWS, size)
            part = {name: each.part(first, stop) for name, each in cells.items()}
            found = drafted(
                policy, Sheet(part, currency, first), np.arange(stop - first)
            )
            offered = found.offered()
            total[first:stop] = found.total
            given[first:stop] = offered
            approval[first:stop] = offered & (found.role > 0)
    return total, given, approval
