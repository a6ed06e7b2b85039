"""Flights: EU 261 and UK 261, the Canadian rules, and US denied boarding."""

from decimal import Decimal

from complaint_lifecycle.compensation.formulas.lines import Lines, capped, product
from complaint_lifecycle.compensation.formulas.needs import Given
from complaint_lifecycle.compensation.formulas.numbers import Numbers

EARLY = "reroute_departs_early_minutes"
LATE = "reroute_arrives_late_minutes"
DELAY = "arrival_delay_minutes"


def flight(given: Given, numbers: Numbers) -> Lines:
    """Pay by distance for a delay, a cancellation or denied boarding."""
    kind = given.choice("type")
    exempt = _EXEMPT[kind](given, numbers)
    if exempt:
        yield f"{exempt}: nothing is due", None
        return
    band, why = _band(given, numbers)
    yield f"{given.said('distance_km')}, {why}", band["amount"]
    reduced = _reduced(kind, given, band)
    if reduced:
        yield f"{reduced}: half of it", -given.rounded(band["amount"] / 2)


def _delay(given: Given, numbers: Numbers) -> str:
    if given.flag("extraordinary"):
        return "extraordinary circumstances"
    least = numbers["delay_from_minutes"]
    if given.number(DELAY) < least:
        return f"{given.said(DELAY)} is less than {least}"
    return ""


def _cancellation(given: Given, numbers: Numbers) -> str:
    if given.flag("extraordinary"):
        return "extraordinary circumstances"
    notice = given.number("notice_days")
    said = given.said("notice_days")
    rule = next(r for r in numbers["exempt"] if notice >= r["notice_from_days"])
    if "arrives_late_below_minutes" not in rule:
        return f"told in time, {said} of {rule['notice_from_days']}"
    early, late = (
        rule["departs_early_up_to_minutes"],
        rule["arrives_late_below_minutes"],
    )
    # Without a re-routing neither fact is there; with one, both may be asked for.
    if (
        not _rerouted(given)
        or given.number(LATE) >= late
        or given.number(EARLY) > early
    ):
        return ""
    return f"{said}, {given.said(EARLY)} of at most {early}, {given.said(LATE)} of less than {late}"


def _denied(given: Given, numbers: Numbers) -> str:
    return ""


_EXEMPT = {"delay": _delay, "cancellation": _cancellation, "denied_boarding": _denied}


def _rerouted(given: Given) -> bool:
    return given.has(EARLY) or given.has(LATE)


def _band(given: Given, numbers: Numbers) -> tuple[Numbers, str]:
    distance = given.number("distance_km")
    bands: tuple[Numbers, ...] = numbers["bands"]
    for band in bands[:-1]:
        if distance <= band["up_to_km"]:
            return band, f"up to {band['up_to_km']}"
    limit = bands[-2]["up_to_km"]
    if "intra_eu_band" in numbers and given.flag("intra_eu"):
        return bands[numbers["intra_eu_band"]], f"above {limit} within the EU"
    return bands[-1], f"above {limit}"


def _reduced(kind: str, given: Given, band: Numbers) -> str:
    if kind == "delay":
        return _reduced_delay(given, band)
    most = band.get("half_if_rerouted_within_minutes")
    if most is None or not _rerouted(given) or given.number(LATE) > most:
        return ""
    return f"{given.said(LATE)}, at most {most}"


def _reduced_delay(given: Given, band: Numbers) -> str:
    below = band.get("half_if_delayed_below_minutes")
    if below is not None and given.number(DELAY) < below:
        return f"{given.said(DELAY)} is less than {below}"
    most = band.get("half_if_delayed_up_to_minutes")
    if most is not None and given.number(DELAY) <= most:
        return f"{given.said(DELAY)} is at most {most}"
    return ""


def canadian_flight(given: Given, numbers: Numbers) -> Lines:
    """Pay by delay and size of the carrier, or for a refund instead of the journey."""
    excused = _excused(given, numbers)
    if excused:
        yield f"{excused}: nothing is due", None
        return
    if given.flag("refund_instead"):
        carrier = given.choice("carrier")
        yield (
            f"refund instead of the journey, {carrier} carrier",
            numbers["refund"][carrier],
        )
        return
    hours = given.number("delay_hours")
    said = given.said("delay_hours")
    for band in numbers["bands"]:
        if hours >= band["from_hours"]:
            carrier = given.choice("carrier")
            text = f"{said}, {band['from_hours']} or more, {carrier} carrier"
            yield text, band[carrier]
            return
    least = numbers["bands"][-1]["from_hours"]
    yield f"{said} is less than {least}: nothing is due", None


def _excused(given: Given, numbers: Numbers) -> str:
    if not given.flag("within_control"):
        return "not within the carrier's control"
    if given.flag("for_safety"):
        return "required for safety"
    most = numbers["told_at_most_days"]
    if given.has("notice_days") and given.number("notice_days") > most:
        return f"{given.said('notice_days')} is more than {most}"
    return ""


def denied_boarding(given: Given, numbers: Numbers) -> Lines:
    """Pay a multiple of the fare by how late the alternative arrives, up to a limit."""
    text = "no alternative"
    lesser = False
    if given.flag("alternative_offered"):
        hours = given.number("late_hours")
        text = given.said("late_hours")
        if hours <= numbers["nothing_up_to_hours"]:
            most = numbers["nothing_up_to_hours"]
            yield f"{text} is at most {most}: nothing is due", None
            return
        lesser = _little_late(hours, given, numbers)
    level = numbers["lesser" if lesser else "greater"]
    share, cap = level["percent"], level["cap"]
    said = f"{text}: {share} % of {given.said('one_way_fare')}"
    owed = product(given, said, given.number("one_way_fare") * share / 100)
    yield from capped(given, [owed], cap, f"{cap} at {share} %")


def _little_late(hours: Decimal, given: Given, numbers: Numbers) -> bool:
    if hours < numbers["lesser_below_hours"]:
        return True
    abroad: int = numbers["lesser_below_hours_international"]
    return hours < abroad and given.flag("international")
