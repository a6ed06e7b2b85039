"""Banks: interest on redress, and failed transactions."""

from datetime import timedelta
from decimal import Decimal

from complaint_lifecycle.compensation.formulas.lines import Lines, plain, product
from complaint_lifecycle.compensation.formulas.needs import Given
from complaint_lifecycle.compensation.formulas.numbers import Numbers
from complaint_lifecycle.errors import InvalidEventError, MissingFactError

BANK = "average_bank_rate"


def interest(given: Given, numbers: Numbers) -> Lines:
    """Pay simple interest at the rate that holds for the case."""
    rate, why = _rate(given, numbers)
    year = numbers["days_a_year"]
    exact = given.number("principal") * rate / 100 * given.count("days") / year
    of = f"{given.said('principal')} for {given.said('days')} of {year}"
    yield product(given, f"{plain(rate)} % a year ({why}) on {of}", exact)


def _rate(given: Given, numbers: Numbers) -> tuple[Decimal, str]:
    if given.has("rate"):
        return given.number("rate"), given.said("rate")
    if given.flag("late_award"):
        return numbers["late_award_percent"], "an award paid late"
    if "percent" in numbers:
        return numbers["percent"], "cases referred before 2026"
    points = numbers["points_above_bank_rate"]
    return given.number(BANK) + points, f"{given.said(BANK)} + {points} point"


def failed_transaction(given: Given, numbers: Numbers) -> Lines:
    """Pay for each day beyond the limit of that kind of transaction."""
    kind, rate = given.choice("type"), numbers["per_day"]
    days = numbers["days"][kind]
    begun = given.day("transaction")
    until = _until(given)
    ended = given.day(until)
    if ended < begun:
        rule = f"must not be before the transaction on {begun}"
        raise InvalidEventError(f"facts[{until!r}]", ended.isoformat(), rule)
    limit = begun + timedelta(days=days)
    late = max(0, (ended - limit).days)
    text = f"{given.said(until)}, {kind} due by {limit} (T+{days})"
    if late:
        yield f"{text}: {late} days late at {rate} a day", rate * late
    else:
        yield f"{text}: nothing is due", None


def _until(given: Given) -> str:
    for name in ("reversed", "as_of"):
        if given.has(name):
            return name
    rule = f"{given.needs['reversed'].described}; or as_of, if it was not yet"
    raise MissingFactError("reversed", "None", rule, given.scheme)
