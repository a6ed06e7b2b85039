"""Maps each worked example of ``facts/scheme_examples.json`` to the public API."""

import warnings
from decimal import Decimal
from typing import Any

from moneyed import Money

from complaint_lifecycle.compensation import schemes
from complaint_lifecycle.compensation.schemes import UnverifiedSchemeWarning

Facts = dict[str, Any]


def run(scheme_id: str, input: Facts) -> tuple[Decimal, str]:  # noqa: A002 - of the facts
    """Answer an example: the amount, with all places of its currency, and the code."""
    due = quietly(load(scheme_id), exact(input)).amount
    return due.amount, due.currency.code


def exact(facts: Facts) -> Facts:
    """Turn numbers with a fraction into decimals, through their text."""
    return {
        name: Decimal(str(value)) if isinstance(value, float) else value
        for name, value in facts.items()
    }


def load(name, **settings):
    """Load a scheme without its warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnverifiedSchemeWarning)
        return schemes.get(name, **settings)


def quietly(scheme, facts):
    """Assess without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnverifiedSchemeWarning)
        return scheme.assess(facts)


def assessed(scheme, facts):
    """Assess without a warning, and see that the lines add up to the cent."""
    due = quietly(scheme, facts)
    parts = [line.amount for line in due.reasons if line.amount is not None]
    assert sum(parts, Money(0, due.amount.currency)) == due.amount
    assert {line.rule for line in due.reasons} == {scheme.id}
    return due


def pays(name, **facts):
    """Return what a scheme pays, as text."""
    return str(assessed(load(name), facts).amount.amount)
