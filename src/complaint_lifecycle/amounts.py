"""Amounts, remedies and offers as plain values.

:func:`money` is the one door through which amounts enter: exact decimals of a known
currency, never a binary float.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Context, Decimal, localcontext
from enum import StrEnum
from functools import cache

from attrs import field, frozen
from moneyed import Currency, CurrencyDoesNotExist, Money, get_currency

from complaint_lifecycle.checks import exact_decimal, one_of, short_text
from complaint_lifecycle.clock import in_utc
from complaint_lifecycle.errors import CurrencyError, InvalidEventError

_LIMIT = Decimal(10) ** 15
# Of our own, so that a host's decimal settings round nothing.
_EXACT = Context(prec=60)


@cache
def _currency(code: str) -> tuple[Currency, Decimal]:
    """Look up a currency and its smallest unit: 0.01 for euro, 1 for yen."""
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
    known, unit = _currency(getattr(currency, "code", currency))
    return Money(_exact(value, unit, known.code), known)


def _exact(value: Decimal, unit: Decimal, code: str) -> Decimal:
    if value.copy_abs() >= _LIMIT:
        raise InvalidEventError("amount", str(value)[:40], "must be below 10^15")
    exact = value.quantize(unit, context=_EXACT)
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


class RemedyKind(StrEnum):
    """What can be given to put things right."""

    DISCOUNT = "discount"
    REFUND = "refund"
    FREE_SERVICE = "free_service"
    REPLACEMENT = "replacement"
    REPAIR = "repair"
    GIFT = "gift"
    COUPON = "coupon"
    GUARANTEE = "guarantee"
    APOLOGY = "apology"


def _kind(value: RemedyKind | str) -> RemedyKind:
    return one_of(RemedyKind, value, "Remedy.kind")


def _what(value: str) -> str:
    return short_text(value, "Remedy.what")


def _percent(value: Decimal | int | str | None) -> Decimal | None:
    if value is None:
        return None
    percent = exact_decimal(value, "Remedy.percent")
    if not 0 <= percent <= 100:  # noqa: PLR2004
        rule = "must be a number from 0 to 100"
        raise InvalidEventError("Remedy.percent", str(percent)[:40], rule)
    return percent.copy_abs() if percent.is_zero() else percent


def _value(value: Money | None) -> Money | None:
    amount = amount_or_none(value, "Remedy.value")
    if amount is not None and amount.amount < 0:
        rule = "must not be negative: a remedy is given, never taken"
        raise InvalidEventError("Remedy.value", str(amount.amount), rule)
    return amount


@frozen(kw_only=True)
class Remedy:
    """One thing that is given to put a complaint right.

    Attributes:
        kind: Refund, discount, gift, coupon and so on.

        value: What it is worth, where it is worth money.

        percent: Share of the amount at stake, from 0 to 100, where it is a share.

        what: What is given in kind, in words.
    """

    kind: RemedyKind = field(converter=_kind)
    value: Money | None = field(default=None, converter=_value)
    percent: Decimal | None = field(default=None, converter=_percent)
    what: str = field(default="", converter=_what)


def _remedies(given: Iterable[Remedy]) -> tuple[Remedy, ...]:
    remedies = tuple(given)
    for remedy in remedies:
        if not isinstance(remedy, Remedy):
            rule = "must be remedies, such as Remedy(kind='refund', value=...)"
            raise InvalidEventError("Offer.remedies", repr(remedy)[:40], rule)
    return remedies


def _reasons(lines: Iterable[str]) -> tuple[str, ...]:
    if isinstance(lines, str):
        rule = "must be a list of lines, not one text"
        raise InvalidEventError("Offer.reasons", repr(lines)[:40], rule)
    return tuple(short_text(line, "Offer.reasons") for line in lines)


def _instant(value: datetime | None) -> datetime | None:
    return None if value is None else in_utc(value, "Offer.expires")


@frozen(kw_only=True)
class Offer:
    """Remedies with the reasons for them.

    Attributes:
        remedies: What is offered; at least one.

        reasons: Line by line, why so much.

        expires: The last instant at which it may be accepted, or ``None``.

    Raises:
        InvalidEventError: If there is no remedy.
        CurrencyError: If the remedies mix currencies.

    >>> Offer(remedies=[Remedy(kind="refund", value=money(20, "EUR"))]).total
    Money('20.00', 'EUR')
    """

    remedies: tuple[Remedy, ...] = field(converter=_remedies)
    reasons: tuple[str, ...] = field(default=(), converter=_reasons)
    expires: datetime | None = field(default=None, converter=_instant)

    def __attrs_post_init__(self) -> None:
        if not self.remedies:
            raise InvalidEventError("Offer.remedies", "()", "needs at least one remedy")
        codes = {r.value.currency.code for r in self.remedies if r.value is not None}
        if len(codes) > 1:
            rule = "an offer has one currency: convert at an explicit rate first"
            raise CurrencyError("Offer.remedies", " and ".join(sorted(codes)), rule)

    @property
    def total(self) -> Money | None:
        """The sum of all remedies worth money; ``None`` if there is none."""
        values = [r.value for r in self.remedies if r.value is not None]
        with localcontext(_EXACT):
            return sum(values[1:], values[0]) if values else None
