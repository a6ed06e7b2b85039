"""Policies over columns: a million situations at once, each as the policy answers it.

Nothing here is asked of numpy before a policy is: it comes with the extra ``columns``.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from attrs import frozen
from moneyed import Currency, Money

from complaint_lifecycle.amounts import currency_of
from complaint_lifecycle.compensation.blocks import Policy, a_policy
from complaint_lifecycle.errors import MissingExtraError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray


@frozen(kw_only=True, eq=False)
class Offers:
    """What a policy offers, row by row.

    Attributes:
        currency: ISO 4217 code of all totals.

        total: What each offer is worth, in the smallest unit of the currency; 0 where
            nothing is offered, or nothing that is worth money.

        given: Where anything is offered; elsewhere the policy answers ``None``.

        approval: Where somebody has to approve it.
    """

    currency: str
    total: "NDArray[np.int64]"
    given: "NDArray[np.bool_]"
    approval: "NDArray[np.bool_]"

    def __len__(self) -> int:
        return len(self.total)

    def amount(self, row: int) -> Money | None:
        """Return what one offer is worth; ``None`` where nothing is offered."""
        if not self.given[row]:
            return None
        currency, unit = currency_of(self.currency)
        return Money(int(self.total[row]) * unit, currency)


def offer_many(
    policy: Policy,
    columns: "Mapping[str, ArrayLike]",
    *,
    currency: str | Currency,
    scales: Mapping[str, int] | None = None,
) -> Offers:
    """Ask a policy about columns of situations; each row is answered as it would be.

    A row is asked only what the policy would ask of it: what it is not asked may be
    missing. Nothing is rounded but where the policy says so, and nothing wraps.

    Columns are numpy arrays, masked ones too, pandas series, or lists, all of the same
    length. Those of facts have the names of the facts; one that is named like another
    column below, or holds a colon, is given as ``"fact:days_late"``.

    - ``amount``, at stake: whole numbers of the smallest unit (cents for euro).
    - ``severity``, ``category``, ``product``, ``channel``, ``fault``, ``origin``,
      ``locale``, ``customer``: text.
    - ``public``, ``missed`` and ``missed:first reply`` for one timer: truth values.
    - ``days_late`` and ``days_late:first reply``, ``earlier_complaints``: numbers.
    - ``given_times`` and ``given_total``, for :func:`~complaint_lifecycle.compensation.limited`: how many offers stand in
      its period, and how much in the smallest unit.
    - ``spent:goodwill``, for a budget of that name: what was drawn on it, in the
      smallest unit. Rows are asked each for itself, as if no other drew on it.

    What is not known is masked, ``None`` in a column of objects, or what pandas takes
    for missing. Numbers are whole, whole with decimal places said in ``scales``, or
    objects, which may be decimals; binary floats are refused.

    Args:
        policy: One of ours; it may be made of any piece but schemes and conversions.

        columns: What is known, by name.

        currency: Of all amounts: ISO 4217 code, or a ``moneyed.Currency``.

        scales: How many decimal places whole numbers have, by name of the column of a
            fact: with ``{"asked": 2}`` 4990 is 49.90.

    Returns:
        What is offered in each row.

    Raises:
        NotVectorisableError: If a part of the policy has no answer over columns.
        MissingFactError: If a column is not given, or a row lacks what it is asked.
        CurrencyError: If the policy names an amount in another currency.
        InvalidEventError: If a column holds what it may not, or an amount is too large.
        MissingExtraError: Without the extra ``columns``.

    >>> from complaint_lifecycle import money
    >>> from complaint_lifecycle.compensation import by_severity, capped, refund
    >>> policy = by_severity(
    ...     minor=refund("5%"), serious=capped(refund("100%"), at=money(30, "EUR"))
    ... )
    >>> asked = {"severity": ["minor", "serious", "critical"], "amount": [4990] * 3}
    >>> found = offer_many(policy, asked, currency="EUR")
    >>> found.total.tolist(), found.given.tolist()
    ([250, 3000, 0], [True, True, False])
    >>> found.amount(0)
    Money('2.50', 'EUR')
    """
    code = currency_of(getattr(currency, "code", currency))[0].code
    try:
        answering = import_module(f"{__name__}.answering")
    except ImportError as error:
        extra = "columns"
        raise MissingExtraError(extra) from error
    total, given, approval = answering.answered(
        a_policy(policy), columns, code, scales or {}
    )
    return Offers(currency=code, total=total, given=given, approval=approval)
