"""How single values are written as plain data: one converter for all that is stored."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache, partial
from typing import Any

from cattrs import Converter, override
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn
from moneyed import Money

from complaint_lifecycle.amounts import money
from complaint_lifecycle.clock import in_utc
from complaint_lifecycle.codec.text import Json
from complaint_lifecycle.errors import UnreadableError
from complaint_lifecycle.events import Facts
from complaint_lifecycle.events.fields import FactsField
from complaint_lifecycle.offers import Draw, Offer, Reason, Remedy

_DECIMAL = "$decimal"


def instant_from(text: object) -> datetime:
    """Read an instant from ISO 8601 text with an offset.

    Raises:
        UnreadableError: If it is none.
    """
    if not isinstance(text, str):
        problem = "an instant is written as text"
        raise UnreadableError(problem)
    try:
        return in_utc(datetime.fromisoformat(text))
    except ValueError as error:
        problem = f"{text[:40]!r} is no instant: write it like 2026-03-02T09:00:00Z"
        raise UnreadableError(problem) from error


def _number(text: object) -> Decimal:
    """Read a decimal as it is written here, in that form only."""
    try:
        number = Decimal(text) if isinstance(text, str) else Decimal("NaN")
    except InvalidOperation:
        return Decimal("NaN")
    return number if str(number) == text else Decimal("NaN")


def _money_from(found: Any) -> Money:
    if not isinstance(found, dict) or found.keys() != {"amount", "currency"}:
        problem = "money is written as an amount and a currency"
        raise UnreadableError(problem)
    return money(found["amount"], str(found["currency"]))


def _facts_to(facts: Facts) -> Json:
    return {
        name: {_DECIMAL: str(value)} if isinstance(value, Decimal) else value
        for name, value in facts.items()
    }


def _facts_from(found: Any) -> Facts:
    if not isinstance(found, dict):
        problem = "facts are written as an object"
        raise UnreadableError(problem)
    return Facts(
        {
            name: _number(value.get(_DECIMAL)) if isinstance(value, dict) else value
            for name, value in found.items()
        }
    )


# A reason that is only text is written as text, as before there was more to say.
_NEWER = {
    Remedy: ("valid_until", "conditions"),
    Offer: ("approval", "draws"),
}
"""Fields that are left out unless they say something: older text has none of them."""


def _reason_to(made: Converter, reason: Reason) -> object:
    if not reason.rule and reason.amount is None:
        return reason.text
    amount = made.unstructure(reason.amount, Money | None)
    return {"text": reason.text, "rule": reason.rule, "amount": amount}


def _reason_from(found: Any, _: object) -> Reason:
    if isinstance(found, str):
        return Reason(found)
    if not isinstance(found, dict) or found.keys() != {"text", "rule", "amount"}:
        problem = "a reason is written as text, or with text, rule and amount"
        raise UnreadableError(problem)
    amount = None if found["amount"] is None else _money_from(found["amount"])
    return Reason(found["text"], rule=found["rule"], amount=amount)


def _is_facts(cls: object) -> bool:
    return cls is Facts or cls == FactsField


@cache
def converter() -> Converter:
    """Make the converter once: its hooks depend on classes only."""
    made = Converter(detailed_validation=False, forbid_extra_keys=True)
    made.register_unstructure_hook(datetime, datetime.isoformat)
    made.register_unstructure_hook(date, date.isoformat)
    made.register_unstructure_hook(Decimal, str)
    made.register_unstructure_hook(
        Money, lambda m: {"amount": str(m.amount), "currency": m.currency.code}
    )
    made.register_unstructure_hook_func(_is_facts, _facts_to)
    # The rules of the fields check plain values; nothing is coerced on the way in.
    for plain in (str, int, bool):
        made.register_structure_hook(plain, lambda value, _: value)
    made.register_structure_hook_func(
        lambda cls: isinstance(cls, type) and issubclass(cls, Enum),
        lambda value, _: value,
    )
    made.register_structure_hook(datetime, lambda text, _: instant_from(text))
    made.register_structure_hook(date, lambda text, _: date.fromisoformat(text))
    made.register_structure_hook(Decimal, lambda text, _: _number(text))
    made.register_structure_hook(Money, lambda found, _: _money_from(found))
    made.register_structure_hook_func(_is_facts, lambda found, _: _facts_from(found))
    made.register_unstructure_hook(Reason, partial(_reason_to, made))
    made.register_structure_hook(Reason, _reason_from)
    for cls in (Draw, Remedy, Offer):
        made.register_structure_hook(cls, make_dict_structure_fn(cls, made))
        newer: Any = {
            name: override(omit_if_default=True) for name in _NEWER.get(cls, ())
        }
        write = make_dict_unstructure_fn(
            cls, made, _cattrs_omit_if_default=False, **newer
        )
        made.register_unstructure_hook(cls, write)
    return made
