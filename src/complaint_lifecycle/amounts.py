"""Amounts: the one door through which money enters.

Exact decimals of a known currency, never a binary float.
"""

from collections.abc import Iterable
from decimal import Context, Decimal, localcontext
from functools import cache

from moneyed import Currency, CurrencyDoesNotExist, Money, get_currency

from complaint_lifecycle.checks import exact_decimal
from complaint_lifecycle.errors import CurrencyError, InvalidEventError

LIMIT = Decimal(10) ** 15
"""No single amount reaches it, so that sums of millions stay exact."""

EXACT = Context(prec=60)
"""A decimal context of our own, so that a host's settings round nothing."""


@cache
def currency_of(code: str) -> tuple[Currency, Decimal]:
    """Look up a currency and its smallest unit: 0.01 for euro, 1 for yen.

    Raises:
        CurrencyError: If it does not exist.
    """
    try:
        currency = get_currency(code)
    except (CurrencyDoesNotExist, AttributeError, TypeError):
        rule = "is no ISO 4217 currency code: use one such as EUR"
        raise CurrencyError("currency", repr(code), rule) from None
    digits = len(str(currency.sub_unit)) - 1
    return currency, Decimal(1).scaleb(-digits)


def money(amount: Decimal | int | str, currency: str | Currency) -> Money:
    """Make an exact amount of money.

    Args:
        amount: A decimal, a whole number, or the decimal as text. A float is
            refused, since ``0.1`` has no exact binary value.

        currency: ISO 4217 code such as ``"EUR"``, or a ``moneyed.Currency``.

    Returns:
        The amount, written with all decimal places of its currency.

    Raises:
        InvalidEventError: If the amount is a float, no number, not finite, has more
            decimal places than its currency, or is 10^15 or more.
        CurrencyError: If the currency does not exist.

    >>> money("49.9", "EUR").amount
    Decimal('49.90')
    >>> money(1.5, "EUR")
    Traceback (most recent call last):
    complaint_lifecycle.errors.InvalidEventError: amount = 1.5: ...
    """
    value = exact_decimal(amount, "amount")
    known, unit = currency_of(getattr(currency, "code", currency))
    return Money(_exact(value, unit, known.code), known)


def _exact(value: Decimal, unit: Decimal, code: str) -> Decimal:
    if value.copy_abs() >= LIMIT:
        raise InvalidEventError("amount", str(value)[:40], "must be below 10^15")
    exact = value.quantize(unit, context=EXACT)
    if exact != value:
        rule = f"has more decimal places than {code} knows: round it first"
        raise InvalidEventError("amount", str(value)[:40], rule)
    return exact.copy_abs() if exact.is_zero() else exact


def amount_or_none(value: Money | None, field: str) -> Money | None:
    """Let an exact amount, or none, through the door.

    Raises:
        InvalidEventError: If it is no ``Money``, or :func:`money` refuses it.
    """
    if value is None:
        return None
    if not isinstance(value, Money):
        rule = "must be Money: make it with money('49.90', 'EUR')"
        raise InvalidEventError(field, repr(value), rule)
    return money(value.amount, value.currency)


def sum_of(amounts: Iterable[Money]) -> Money | None:
    """Add amounts of one currency exactly; ``None`` if there are none.

    Raises:
        CurrencyError: If they mix currencies.
    """
    found = tuple(amounts)
    codes = {amount.currency.code for amount in found}
    if len(codes) > 1:
        rule = "amounts of two currencies have no sum: convert at an explicit rate"
        raise CurrencyError("currency", " and ".join(sorted(codes)), rule)
    with localcontext(EXACT):
        return sum(found[1:], found[0]) if found else None


def amount_text(amount: Money | None) -> str:
    """Write an amount the same way in every locale; nothing for none.

    >>> amount_text(money(20, "EUR"))
    '20.00 EUR'
    """
    return "" if amount is None else f"{amount.amount} {amount.currency.code}"
