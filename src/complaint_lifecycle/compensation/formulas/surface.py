"""Trains and ships: shares of the price by how late they arrive."""

from decimal import Decimal

from complaint_lifecycle.compensation.formulas.lines import Lines, product
from complaint_lifecycle.compensation.formulas.needs import Given
from complaint_lifecycle.compensation.formulas.numbers import Numbers
from complaint_lifecycle.errors import InvalidEventError


def rail(given: Given, numbers: Numbers) -> Lines:
    """Pay a quarter or half of the price of the leg, unless below the threshold."""
    threshold = _threshold(given, numbers)
    if given.flag("extraordinary"):
        yield "extraordinary circumstances: nothing is due", None
        return
    bands: tuple[Numbers, ...] = numbers["bands"]
    band = _reached(given.number("delay_minutes"), bands)
    said = given.said("delay_minutes")
    if band is None:
        least = bands[-1]["from_minutes"]
        yield f"{said} is less than {least}: nothing is due", None
        return
    price, of = given.number("ticket"), given.said("ticket")
    if given.flag("return_ticket"):
        price, of = price / 2, f"half of {of}, one leg of a return"
    exact = price * band["percent"] / 100
    text = f"{said}, {band['from_minutes']} or more: {band['percent']} % of {of}"
    if exact < threshold:
        text = f"{text} is less than {given.said('threshold')}: nothing is paid"
        yield text, None
        return
    yield product(given, text, exact)


def _threshold(given: Given, numbers: Numbers) -> Decimal:
    threshold, highest = given.number("threshold"), numbers["highest_threshold"]
    if threshold > highest:
        rule = f"a carrier may set at most {highest} {given.currency}"
        raise InvalidEventError("facts['threshold']", f"{threshold:f}", rule)
    return threshold


def sea(given: Given, numbers: Numbers) -> Lines:
    """Pay a quarter of the price, or half if the delay exceeds double the limit."""
    planned, late = given.number("scheduled_minutes"), given.number("late_minutes")
    band = next(
        b
        for b in numbers["bands"]
        if "up_to_minutes" not in b or planned <= b["up_to_minutes"]
    )
    limit: int = band["late_from_minutes"]
    said = f"{given.said('late_minutes')} of {given.said('scheduled_minutes')}"
    if late < limit:
        yield f"{said} is less than {limit}: nothing is due", None
        return
    beyond = late > 2 * limit
    percent = numbers["percent_beyond_double" if beyond else "percent"]
    why = f"more than double {limit}" if beyond else f"{limit} or more"
    text = f"{said}, {why}: {percent} % of {given.said('ticket')}"
    yield product(given, text, given.number("ticket") * percent / 100)


def delay_repay(given: Given, numbers: Numbers) -> Lines:
    """Pay a share of the price by delay and kind of ticket, whatever the cause."""
    delay, said = given.number("delay"), given.said("delay")
    least = numbers["single"][-1]["from_minutes"]
    if delay < least:
        yield f"{said} is less than {least}: nothing is due", None
        return
    later = numbers["DR30_from_minutes"]
    if delay < later and given.choice("scheme") == "DR30":
        yield f"{said} is less than {later} of DR30: nothing is due", None
        return
    band, kind = _share(given, numbers)
    text = f"{said}, {band['from_minutes']} or more: {band['percent']} % of {kind}{given.said('price')}"
    yield product(given, text, given.number("price") * band["percent"] / 100)


def _share(given: Given, numbers: Numbers) -> tuple[Numbers, str]:
    longest = numbers["return"][0]
    if given.number("delay") >= longest["from_minutes"]:
        # The whole price, whichever ticket it is.
        return longest, ""
    ticket = given.choice("ticket")
    band = _reached(given.number("delay"), numbers[ticket])
    assert band is not None  # noqa: S101 - the least delay was checked
    return band, f"{ticket} "


def _reached(minutes: Decimal, bands: tuple[Numbers, ...]) -> Numbers | None:
    return next((b for b in bands if minutes >= b["from_minutes"]), None)
