"""Amounts as they are written: only what has one meaning is read."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaint_lifecycle import InvalidEventError, money
from complaint_lifecycle.cli.intake.amounts import amount_in
from complaint_lifecycle.errors import CurrencyError, UnreadableError


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("49.90", "49.90"),
        ("49,90", "49.90"),
        (" 49.9 ", "49.90"),
        ("1234", "1234"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u00a0234\u00a0567", "1234567"),
        ("1'234.50", "1234.50"),
        ("1,234,567", "1234567"),
        ("12,34,567.00", "1234567"),
        ("0,50", "0.50"),
        ("-49.90", "-49.90"),
        ("€ 49,90", "49.90"),
        ("49,90€", "49.90"),
        ("EUR 49.90", "49.90"),
        ("49.90 eur", "49.90"),
        ("-€49.90", "-49.90"),
        ("€ -49.90", "-49.90"),
    ],
)
def test_an_amount_with_one_meaning_is_read(text, amount):
    """Marks of thousands and fractions are told apart by their places."""
    assert amount_in(text, "EUR") == money(amount, "EUR")


@pytest.mark.parametrize(
    "text",
    [
        "1,234", "1.234", "", "-", "abc", "1e3", "1_000", "NaN", "Infinity", "12,34,56",
        "1.23.456", "1,234.567.890", "12 34", "--5", "-€-5", "1..2", "(49.90)", "4 9.9,0",
        "٤٩", "49.90 ?", "$ 49.90", "49.90 USD", "£49.90", "€ 49.90 USD", "49.90 or so",
    ],
)  # fmt: skip
def test_an_amount_that_can_be_misread_is_refused(text):
    """Two meanings, another currency, or no number at all."""
    with pytest.raises(UnreadableError, match="amount"):
        amount_in(text, "EUR")


def test_a_sign_can_name_the_currency():
    """Signs of one currency do, the dollar of many countries does not."""
    assert amount_in("€ 5", None) == money(5, "EUR")
    assert amount_in("5 UAH", None) == money(5, "UAH")
    assert amount_in("$5", "CAD") == money(5, "CAD")
    with pytest.raises(UnreadableError, match="no currency"):
        amount_in("$5", None)
    with pytest.raises(UnreadableError, match="give --currency"):
        amount_in("5", None)


def test_what_the_currency_does_not_know_is_refused():
    """No yen has cents, and no currency is called QQQ."""
    with pytest.raises(InvalidEventError, match="decimal places"):
        amount_in("49.90", "JPY")
    with pytest.raises(CurrencyError):
        amount_in("49.90 QQQ", None)


@given(st.decimals(0, 10**9, places=2))
def test_every_usual_way_to_write_an_amount_reads_the_same(amount):
    """Grouped or not, with a comma or a point: the number is the same."""
    english = f"{amount:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    for text in (f"{amount:.2f}", english, german, f"$ {english}", f"{german} USD"):
        assert amount_in(text, "USD").amount == amount


@given(st.text(st.sampled_from("0123456789.,'- €$EUR")))
def test_no_text_gives_an_amount_with_other_digits(text):
    """Whatever is read has the digits that were written, in their order."""
    try:
        found = amount_in(text, "EUR").amount
    except (UnreadableError, InvalidEventError):
        return
    digits = "".join(filter(str.isdigit, text))
    scale = Decimal(digits) / abs(found) if found else Decimal(1)
    assert scale in {Decimal(1), Decimal(10), Decimal(100)} or not found
