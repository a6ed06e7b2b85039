"""Budget rows as they are stored: whole numbers of the smallest unit of a currency."""

from decimal import Decimal

from moneyed import Money

from complaint_lifecycle.amounts import currency_of
from complaint_lifecycle.errors import BudgetConflictError
from complaint_lifecycle.journal import BudgetChange, BudgetRow

Stored = tuple[str, int, int, str]
"""Name, version, amount in minor units, code of the currency."""


def budget_row(stored: Stored) -> BudgetRow:
    """Read a stored row.

    >>> budget_row(("goodwill", 3, 1050, "EUR")).spent
    Money('10.50', 'EUR')
    """
    name, version, minor, code = stored
    currency, unit = currency_of(code)
    digits = tuple(map(int, str(minor)))
    amount = Decimal((0, digits, int(unit.as_tuple().exponent)))
    return BudgetRow(name, version, Money(amount, currency))


def after(change: BudgetChange, actual: int) -> Stored:
    """Return the row to store.

    Args:
        change: What is drawn on the budget afterwards.

        actual: The version of the row that is stored.

    Raises:
        BudgetConflictError: If the change was computed from another version.
    """
    if actual != change.expected:
        raise BudgetConflictError(change.name, change.expected, actual)
    digits = change.spent.amount.as_tuple().digits
    minor = int("".join(map(str, digits)))
    return change.name, actual + 1, minor, change.spent.currency.code
