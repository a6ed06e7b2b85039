"""Maps each worked example of ``facts/regime_examples.json`` to the public API."""

import re
import warnings
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from complaint_lifecycle.sla import Calendar, regimes
from complaint_lifecycle.sla.regimes import (
    Limit,
    Milestone,
    Unit,
    UnverifiedRegimeWarning,
)

Facts = dict[str, Any]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TICK = timedelta(microseconds=1)
# Of business hours the examples give only the end.
OPENS, CLOSES = "00:00", "17:00"
UNITS = {"working_days": "business_days", "years": "months", "hours": "elapsed_hours"}


def run(example: Facts, calendar: Facts) -> Facts:
    """Answer an example: its last day, its last instant, the first that is late."""
    office = calendar_of(calendar, closing(example))
    start = instant(example["trigger_at_input"], calendar["timezone"])
    milestone, extended = wanted(example, office.date_of(start))
    due = due_of(milestone, example, start, office, extended=extended)
    zone = ZoneInfo(calendar["timezone"])
    limit = milestone.extension.limit if extended else milestone.limit
    exact = limit.at == "close" or limit.unit is Unit.ELAPSED_HOURS
    return {
        "due_date": due.astimezone(zone).date(),
        "due_instant": due.astimezone(zone) if exact else None,
        "overdue_from": None if exact else after(due).astimezone(zone),
    }


def after(due: datetime) -> datetime:
    """Return the first instant that is late."""
    return due.astimezone(UTC) + TICK


def calendar_of(facts: Facts, closes: str = CLOSES) -> Calendar:
    """Make the calendar that the examples describe, closing at the same time daily."""
    hours = f"{OPENS}-{closes}"
    working = {date.fromisoformat(day) for day in facts.get("extra_working_days", ())}
    holidays = {date.fromisoformat(day) for day in facts["holidays"]} - working
    open_days = [
        name for n, name in enumerate(WEEKDAYS, start=1) if n not in facts["weekend"]
    ]
    return Calendar.weekly(
        facts["timezone"],
        days=dict.fromkeys(open_days, hours),
        holidays=holidays,
        special=dict.fromkeys(working, hours),
    )


def closing(example: Facts) -> str:
    """Read the closing time that an example states, 17:00 if it states none."""
    end_rule = str(example.get("end_rule") or "")
    found = re.search(r"\d{1,2}:\d\d", end_rule)
    return found[0] if found and "business" in end_rule else CLOSES


def instant(text: str, zone: str) -> datetime:
    """Read an instant; one without an offset is local."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=ZoneInfo(zone)) if at.tzinfo is None else at


def wanted(example: Facts, on: date) -> tuple[Milestone, bool]:
    """Find the milestone, and whether it is extended."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnverifiedRegimeWarning)
        regime = regimes.get(example["regime"], on=on)
    name = example["milestone"]
    named = [m for m in regime.milestones if m.name == name]
    plain = name.removesuffix("_extended")
    named = named or [m for m in regime.milestones if m.name == plain]
    # Milestones that share a name are told apart by condition, or by their limit.
    named = [m for m in named if m.condition == example.get("condition")] or named
    for milestone in named:
        if says(example, milestone.limit):
            return milestone, False
    for milestone in named:
        if milestone.extension and says(example, milestone.extension.limit):
            return milestone, True
    return named[0], False


def says(example: Facts, limit: Limit | None) -> bool:
    """Tell whether an example means this limit."""
    if limit is None:
        return False
    unit = UNITS.get(example["unit"], example["unit"])
    count = example["limit"] * (12 if example["unit"] == "years" else 1)
    units = {limit.unit, "business_days"} if limit.unit == "weekdays" else {limit.unit}
    return count == limit.count and unit in units


def due_of(
    milestone: Milestone,
    example: Facts,
    start: datetime,
    office: Calendar,
    *,
    extended: bool,
) -> datetime:
    """Count the limit; one after a period begins with it, unless that has ended."""
    if milestone.preceded_by and "expiry" in example["trigger"]:
        return milestone.duration.due(start, office)
    return milestone.due(start, office, extended=extended)
