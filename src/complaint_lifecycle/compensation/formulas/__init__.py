"""The rules of published schemes: from facts and numbers to explained lines."""

from complaint_lifecycle.compensation.formulas import (
    air,
    cloud,
    consumer,
    finance,
    surface,
    utilities,
)
from complaint_lifecycle.compensation.formulas.lines import Rule

__all__ = ["RULES"]

RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        air.flight,
        air.canadian_flight,
        air.denied_boarding,
        surface.rail,
        surface.sea,
        surface.delay_repay,
        utilities.telecoms,
        utilities.water,
        utilities.energy,
        finance.interest,
        finance.failed_transaction,
        consumer.penalty,
        consumer.russian_penalty,
        cloud.uptime_credit,
    )
}
"""The rule functions, by the name that the data call them."""
