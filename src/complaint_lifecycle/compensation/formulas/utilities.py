"""Telecoms, water and energy: fixed sums for standards that were missed."""

from collections.abc import Callable

from complaint_lifecycle.compensation.formulas.lines import Lines
from complaint_lifecycle.compensation.formulas.needs import Given
from complaint_lifecycle.compensation.formulas.numbers import Numbers

DAYS = "qualifying_calendar_days"


def telecoms(given: Given, numbers: Numbers) -> Lines:
    """Pay a rate for each day without service, or a sum for a missed appointment."""
    event = given.choice("event")
    if event == "missed_appointment":
        yield event, numbers["missed_appointment"]
    elif event == "cancelled_appointment":
        yield from _cancelled(given, numbers)
    elif event == "repair" and not given.flag("total_loss"):
        yield "no total loss of service: nothing is due", None
    else:
        rate = numbers[f"{event}_per_day"]
        text = f"{event}: {given.said(DAYS)} at {rate} a day"
        yield text, rate * given.count(DAYS)


def _cancelled(given: Given, numbers: Numbers) -> Lines:
    least, said = numbers["notice_from_hours"], given.said("notice_hours")
    if given.number("notice_hours") < least:
        text = f"cancelled_appointment: {said} is less than {least}"
        yield text, numbers["missed_appointment"]
    else:
        yield f"{said} is {least} or more: nothing is due", None


def water(given: Given, numbers: Numbers) -> Lines:
    """Pay the sum of the standard that was missed, and another if it came late."""
    given.choice("nation")
    event = given.choice("event")
    kept = _kept(event, given, numbers)
    if kept:
        yield f"{kept}: nothing is due", None
        return
    lines = list(_STANDARDS.get(event, _flat)(given, numbers))
    yield from lines
    # Nothing that was due cannot have come late.
    if lines[0][1] is not None and event != "late_payment" and given.flag("paid_late"):
        yield "the payment itself came late", numbers["late_payment"]


def _kept(event: str, given: Given, numbers: Numbers) -> str:
    """Tell why a standard was kept after all, if a fact says so."""
    if event == "planned_interruption":
        return _announced(given, numbers)
    name, most = "answered_in_working_days", numbers["answered_up_to_days"]
    if event == "complaint_late" and given.has(name) and given.count(name) <= most:
        return f"{given.said(name)} is at most {most}"
    return ""


def _announced(given: Given, numbers: Numbers) -> str:
    most, least = numbers["interruption_above_hours"], numbers["notice_from_hours"]
    name = "interruption_hours"
    if given.has(name) and given.number(name) <= most:
        return f"{given.said(name)} is at most {most}"
    name = "notice_hours"
    if given.has(name) and given.number(name) >= least:
        return f"{given.said(name)} is {least} or more"
    return ""


def _flat(given: Given, numbers: Numbers) -> Lines:
    event = given.choice("event")
    yield event, numbers[event]


def _low_pressure(given: Given, numbers: Numbers) -> Lines:
    rate, most = numbers["low_pressure"], numbers["low_pressure_times"]
    left = max(0, most - given.count("already_paid"))
    happened = most if given.flag("ongoing") else given.count("occurrences")
    times = min(happened, left)
    why = "ongoing" if given.flag("ongoing") else given.said("occurrences")
    text = f"low_pressure: {why}, {given.said('already_paid')}, at most {most} a year"
    yield f"{text}: {times} x {rate}", (rate * times if times else None)


def _not_restored(given: Given, numbers: Numbers) -> Lines:
    yield "supply_not_restored", numbers["supply_not_restored"]
    periods = given.count("further_periods")
    if periods:
        rate = numbers["further_period"]
        yield f"{given.said('further_periods')} at {rate}", rate * periods


_STANDARDS: dict[str, Callable[[Given, Numbers], Lines]] = {
    "low_pressure": _low_pressure,
    "supply_not_restored": _not_restored,
}


def energy(given: Given, numbers: Numbers) -> Lines:
    """Pay a sum for each failure, and another if that was paid late."""
    failures, rate = given.count("failures"), numbers["per_failure"]
    if not failures:
        yield f"{given.said('failures')}: nothing is due", None
        return
    yield f"{given.said('failures')} at {rate}", rate * failures
    paid, most = "paid_within_working_days", numbers["in_time_days"]
    if given.has(paid) and given.count(paid) > most:
        penalty, late = numbers["late_payment"], given.count("late_payments")
        text = f"{given.said(paid)} is more than {most}: {late} x {penalty}"
        yield text, penalty * late
