"""Service levels: working time, durations with names, targets and their timers."""

from complaint_lifecycle.sla.calendar import Calendar, Segment
from complaint_lifecycle.sla.choosing import Resolver, first_match
from complaint_lifecycle.sla.explaining import Explanation, SpanKind, explain
from complaint_lifecycle.sla.holiday_dates import (
    CountryHolidays,
    Holidays,
    country_holidays,
    holidays_from_ical,
)
from complaint_lifecycle.sla.runs import waits_in
from complaint_lifecycle.sla.targets import (
    Kind,
    Recurrence,
    Reopening,
    Retargeting,
    Sla,
    Target,
)
from complaint_lifecycle.sla.timers import State, Timer, timers_of

__all__ = [
    "Calendar",
    "CountryHolidays",
    "Explanation",
    "Holidays",
    "Kind",
    "Recurrence",
    "Reopening",
    "Resolver",
    "Retargeting",
    "Segment",
    "Sla",
    "SpanKind",
    "State",
    "Target",
    "Timer",
    "country_holidays",
    "explain",
    "first_match",
    "holidays_from_ical",
    "timers_of",
    "waits_in",
]
