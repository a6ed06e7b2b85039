"""Maps each operation of ``facts/sla_cases.json`` to one call of the public API."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from complaint_lifecycle.sla import Calendar
from complaint_lifecycle.sla.durations import BusinessDays, business_days

Inputs = dict[str, Any]


def run(case: dict[str, Any]) -> Any:
    """Answer a case: instants as datetimes, durations in seconds, spans as pairs."""
    calendar = calendar_of(case["calendar"])
    inputs = {"boundary": case.get("boundary", "close"), **case["inputs"]}
    return _OPERATIONS[case["operation"]](calendar, inputs)


def calendar_of(facts: dict[str, Any]) -> Calendar:
    """Make the calendar that a case describes."""
    return Calendar.weekly(
        facts["timezone"],
        days=facts["hours"],
        holidays=[date.fromisoformat(day) for day in facts["holidays"]],
        special={date.fromisoformat(d): h for d, h in facts["shifts"].items()},
        breaks={date.fromisoformat(d): h for d, h in facts["breaks"].items()},
    )


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _seconds(inputs: Inputs) -> timedelta:
    return timedelta(seconds=inputs["seconds"])


def _pauses(inputs: Inputs) -> list[tuple[datetime, datetime]]:
    return [(_at(start), _at(end)) for start, end in inputs["pauses"]]


def _add(calendar: Calendar, i: Inputs) -> datetime:
    return calendar.add(_at(i["start"]), _seconds(i), boundary=i["boundary"])


def _deadline_with_pauses(calendar: Calendar, i: Inputs) -> datetime:
    return calendar.add(
        _at(i["start"]), _seconds(i), pauses=_pauses(i), boundary=i["boundary"]
    )


def _segments(calendar: Calendar, i: Inputs) -> list[tuple[datetime, datetime]]:
    if "until" in i:
        return calendar.segments(_at(i["frm"]), _at(i["until"]))
    return list(islice(calendar.segments_after(_at(i["frm"])), i["count"]))


def _resolve_local(calendar: Calendar, i: Inputs) -> datetime:
    day, _, time = i["local"].partition("T")
    # In UTC: a wall time that exists twice is equal to no instant of another zone.
    return calendar.at(date.fromisoformat(day), time).astimezone(UTC)


def _dates_after(calendar: Calendar, i: Inputs) -> list[date]:
    day = date.fromisoformat(i["date"])
    return [calendar.add_business_days(day, n) for n in range(1, i["count"] + 1)]


def _intersection(calendar: Calendar, i: Inputs) -> list[tuple[datetime, datetime]]:
    both = calendar & calendar_of(i["other"])
    return list(islice(both.segments_after(_at(i["frm"])), i["count"]))


def _shift(calendar: Calendar, i: Inputs) -> datetime:
    back = i["direction"] == "before"
    if back and not i["days"]:
        return calendar.subtract(_at(i["start"]), timedelta())
    return business_days(-i["days"] if back else i["days"]).due(
        _at(i["start"]), calendar
    )


def _days_deadline(calendar: Calendar, i: Inputs) -> datetime:
    at = {"same_time": "same_time", "end_of_business_day": "close"}[i["at"]]
    return business_days(i["business_days"], at=at).due(_at(i["start"]), calendar)


def _deadline_policy(calendar: Calendar, i: Inputs) -> datetime:
    return _due(calendar, _at(i["start"]), i["policy"])


def _due(calendar: Calendar, start: datetime, policy: Inputs) -> datetime:
    kind = policy["type"]
    if kind == "cutoff":
        day = calendar.date_of(start)
        late = start > calendar.at(day, policy["cutoff"])
        return _due(calendar, start, policy["after" if late else "before"])
    if kind == "business_duration":
        named = {k.removeprefix("business_"): v for k, v in policy.items()}
        parts = {k: v for k, v in named.items() if k in _PARTS}
        return calendar.add(start, timedelta(**parts))
    return _days_of(policy).due(start, calendar)


_PARTS = {"hours", "minutes", "seconds"}
_AT = {"opening": "open", "closing": "close"}


def _days_of(policy: Inputs) -> BusinessDays:
    wished = policy.get("at", "closing")
    at = _AT.get(wished, wished)
    match policy["type"]:
        case "close_of_business":
            return business_days(0, at="close")
        case "next_business_day":
            return business_days(1, at=at)
        case "same_business_day":
            return business_days(0, at=at)
        case "business_days_at_close":
            at = "close"
    include = policy.get("include_start", False)
    days = policy["days"] if "days" in policy else policy["business_days"]
    return business_days(days, at=at, include_start=include)


_OPERATIONS: dict[str, Callable[[Calendar, Inputs], Any]] = {
    "is_open": lambda c, i: c.is_open(_at(i["at"])),
    "is_holiday": lambda c, i: c.is_holiday(_at(i["at"])),
    "is_break": lambda c, i: c.is_break(_at(i["at"])),
    "add": _add,
    "subtract": lambda c, i: c.subtract(_at(i["start"]), _seconds(i)),
    "elapsed": lambda c, i: c.elapsed(_at(i["start"]), _at(i["end"])).total_seconds(),
    "elapsed_with_pauses": lambda c, i: c.elapsed(
        _at(i["start"]), _at(i["end"]), pauses=_pauses(i)
    ).total_seconds(),
    "deadline_with_pauses": _deadline_with_pauses,
    "segments": _segments,
    "segments_before": lambda c, i: list(
        islice(c.segments_before(_at(i["frm"])), i["count"])
    ),
    "segments_on_date": lambda c, i: c.segments_on(date.fromisoformat(i["date"])),
    "business_dates_after": _dates_after,
    "resolve_local": _resolve_local,
    "add_business_dates": lambda c, i: c.add_business_days(
        date.fromisoformat(i["date"]), i["days"]
    ),
    "business_dates_between": lambda c, i: c.business_days_between(
        date.fromisoformat(i["start"]), date.fromisoformat(i["end"])
    ),
    "next_open_or_now": lambda c, i: c.next_open(_at(i["at"])),
    "next_close": lambda c, i: c.next_close(_at(i["at"])),
    "prev_close_or_now": lambda c, i: c.previous_close(_at(i["at"])),
    "intersection_segments": _intersection,
    "shift_business_days": _shift,
    "days_deadline": _days_deadline,
    "deadline_policy": _deadline_policy,
}
