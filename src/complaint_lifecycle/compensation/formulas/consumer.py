"""Consumer law: penalties by the day, capped or not, and the fine of a court."""

from decimal import Decimal

from complaint_lifecycle.compensation.formulas.lines import (
    Lines,
    capped,
    product,
    total,
)
from complaint_lifecycle.compensation.formulas.needs import Given
from complaint_lifecycle.compensation.formulas.numbers import Numbers


def penalty(given: Given, numbers: Numbers) -> Lines:
    """Pay a share of the price for each day late, up to the price where capped."""
    kind = given.choice("kind")
    percent = numbers[kind]["percent"]
    if kind == "service" and given.has("contract_percent"):
        percent = given.number("contract_percent")
    return _accrued(given, numbers, percent, "price")


def russian_penalty(given: Given, numbers: Numbers) -> Lines:
    """Pay the penalty, and the fine of the court if it is asked for."""
    kind = given.choice("kind")
    prepaid = kind == "prepaid" and given.has("prepayment")
    price = "prepayment" if prepaid else "price"
    percent = numbers[kind]["percent"]
    lines = list(_accrued(given, numbers, percent, price))
    yield from lines
    if given.flag("court_fine"):
        yield from _fine(given, numbers, total(lines))


def _late(given: Given) -> tuple[int, str]:
    if given.has("days_late"):
        return given.count("days_late"), given.said("days_late")
    if given.has("hours_late") and given.choice("kind") == "service":
        return given.count("hours_late"), given.said("hours_late")
    if given.has("due") and given.has("through"):
        days = max(0, (given.day("through") - given.day("due")).days)
        text = f"{given.said('due')}, {given.said('through')}: {days} days"
        return days, text
    return given.count("days_late"), ""


def _accrued(given: Given, numbers: Numbers, percent: Decimal, price: str) -> Lines:
    late, said = _late(given)
    if not late:
        yield f"{said}: nothing is due", None
        return
    of = given.number(price)
    text = f"{percent} % of {given.said(price)} for {said}"
    lines = [product(given, text, of * percent / 100 * late)]
    share = numbers[given.choice("kind")].get("cap_percent")
    if share is None:
        yield from lines
    else:
        yield from capped(given, lines, of * share / 100, given.said(price))


def _fine(given: Given, numbers: Numbers, owed: Decimal) -> Lines:
    excluded = given.choice("fine_excluded_by")
    if numbers["fine_may_be_excluded"] and excluded != "nothing":
        yield f"no fine of the court: {excluded}", None
        return
    share, other = numbers["court_fine_percent"], given.number("other_awards")
    text = f"fine of the court: {share} % of {owed} and {given.said('other_awards')}"
    yield product(given, text, (owed + other) * share / 100)
