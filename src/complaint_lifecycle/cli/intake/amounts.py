"""Reads amounts of money that have one meaning only."""

import re
from decimal import Decimal

from moneyed import Money

from complaint_lifecycle.amounts import money
from complaint_lifecycle.cli.intake.words import shown
from complaint_lifecycle.errors import UnreadableError

_DOLLARS = "USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP BSD BBD JMD TTD"
_SIGNS = {
    "€": "EUR",
    "£": "GBP EGP FKP GIP SHP",
    "$": _DOLLARS,
    "US$": "USD",
    "R$": "BRL",
    "¥": "JPY CNY",
    "₹": "INR",
    "₴": "UAH",
    "₽": "RUB",
    "₺": "TRY",
    "₩": "KRW KPW",
    "₪": "ILS",
    "zł": "PLN",
    "Kč": "CZK",
}
_SIGN = (
    r"(?:[A-Za-z]{3}|" + "|".join(map(re.escape, sorted(_SIGNS, reverse=True))) + ")"
)
_AMOUNT = re.compile(
    rf"(?P<minus>-?)(?:(?P<before>{_SIGN})\s*)?(?P<sign>-?)"
    r"(?P<number>\d(?:[\d.,' \u00a0\u202f\u2019]*\d)?)"
    rf"(?:\s*(?P<after>{_SIGN}))?",
    re.ASCII,
)
_SPACES = re.compile("['\u2019 \u00a0\u202f]")
_PLAIN = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"\d+,\d+", re.ASCII)
_EITHER = re.compile(r"[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_GROUPS = r"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+"
_LAKHS = r"[1-9]\d?(?:,\d\d)+,\d{3}"


def _grouped(mark: str, point: str) -> tuple[re.Pattern[str], str, str]:
    """Match thousands between marks, perhaps with a fraction; in India, lakhs."""
    whole = _GROUPS.format(mark=re.escape(mark))
    if mark == ",":
        whole = f"(?:{whole}|{_LAKHS})"
    return re.compile(rf"{whole}(?:{re.escape(point)}\d+)?", re.ASCII), mark, point


_GROUPED = tuple(_grouped(*marks) for marks in (",.", ".,", "_.", "_,"))


def amount_in(text: str, currency: str | None) -> Money:
    """Read an amount, exactly as it is written.

    Args:
        text: Such as ``"49.90"``, ``"1,234.50"`` or ``"€ 49,90"``.

        currency: Its currency, unless the text says it.

    Raises:
        UnreadableError: If it is no amount, has two meanings, or names no currency or
            another one.
        InvalidEventError: If there is no such currency, or it has no such fraction.

    >>> amount_in("€ 1.234,50", None)
    Money('1234.50', 'EUR')
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or found["minus"] == found["sign"] == "-":
        raise _unreadable(text, "is no amount: write it like 49.90")
    code = currency
    for sign in (found["before"], found["after"]):
        code = _code(sign, code, text) if sign else code
    if code is None:
        raise _unreadable(text, "has no currency: give --currency, or map one")
    number = _number(found["number"], text)
    negative = found["minus"] or found["sign"]
    return money(-number if negative else number, code)


def _unreadable(text: str, problem: str) -> UnreadableError:
    return UnreadableError(f"amount {shown(text)!r} {problem}")


def _code(sign: str, expected: str | None, text: str) -> str:
    """Return the currency that a sign or code means, seeing what is expected."""
    meanings = _SIGNS.get(sign, sign.upper()).split()
    if expected is None and len(meanings) == 1:
        return meanings[0]
    if expected is None:
        raise _unreadable(text, f"has no currency: {sign} is {', '.join(meanings)}")
    if expected not in meanings:
        raise _unreadable(text, f"is not in {expected}")
    return expected


def _number(written: str, text: str) -> Decimal:
    if _EITHER.fullmatch(written):
        raise _unreadable(text, "is a thousand to some, a fraction to others")
    if _PLAIN.fullmatch(written):
        return Decimal(written)
    spaced = _SPACES.sub("_", written)
    for pattern, group, point in _GROUPED:
        if pattern.fullmatch(spaced):
            return Decimal(spaced.replace(group, "").replace(point, "."))
    if _DECIMAL_COMMA.fullmatch(written):
        return Decimal(written.replace(",", "."))
    raise _unreadable(text, "is no amount: write it like 49.90")
