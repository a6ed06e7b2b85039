"""Calendars as plain JSON data, and back."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from complaint_lifecycle.errors import ComplaintError, UnreadableError
from complaint_lifecycle.sla.holiday_dates import CountryHolidays, Holidays
from complaint_lifecycle.sla.hours import (
    WEEKDAYS,
    Combined,
    Operator,
    Source,
    Switched,
    WeeklyHours,
)
from complaint_lifecycle.sla.wall import (
    Spans,
    hours_text,
    instant_of,
    micros,
    plain_date,
    read_hours,
    united,
    zone_of,
)

SCHEMA = 1

Data = dict[str, Any]


def data_of(zone: str, source: Source, version: str) -> Data:
    """Write a calendar as plain data, country holidays by their names.

    Raises:
        UnreadableError: If its source is one of the host's own.
    """
    return {
        "schema": SCHEMA,
        "zone": zone,
        "version": version,
        "source": _written(source),
    }


def _written(source: Source) -> Data:
    if isinstance(source, Combined):
        left, right = _written(source.left), _written(source.right)
        return {"operator": str(source.operator), "left": left, "right": right}
    if isinstance(source, Switched):
        before, after = _written(source.before), _written(source.after)
        at = instant_of(source.at).isoformat()
        return {"before": before, "after": after, "switched": at}
    if isinstance(source, WeeklyHours):
        return {
            "zone": source.zone,
            "week": {
                name: hours_text(spans)
                for name, spans in zip(WEEKDAYS, source.week, strict=True)
            },
            "holidays": _written_holidays(source.holidays),
            "special": _written_dates(source.special),
            "breaks": _written_dates(source.breaks),
        }
    problem = f"{type(source).__name__} is no source that can be written as data"
    raise UnreadableError(problem)


def _written_holidays(holidays: Holidays) -> Data:
    return {
        "dates": sorted(day.isoformat() for day in holidays.dates),
        "countries": [
            {"country": each.country, "subdivision": each.subdivision}
            for each in holidays.countries
        ],
    }


def _written_dates(dated: Iterable[tuple[date, Spans]]) -> dict[str, str]:
    return {day.isoformat(): hours_text(spans) for day, spans in dated}


def parts_of(data: object) -> tuple[str, Source, str]:
    """Read the zone, the source and the version of a calendar.

    Raises:
        UnreadableError: If the data is of another schema, or is none.
    """
    schema = data.get("schema") if isinstance(data, Mapping) else None
    if schema != SCHEMA or isinstance(schema, bool):
        problem = f"calendar data of schema {schema!r}: this version reads {SCHEMA}"
        raise UnreadableError(problem)
    try:
        given = _keys(data, "calendar data", "schema", "zone", "version", "source")
        zone = zone_of(_text(given["zone"])).key
        return zone, _source(given["source"]), _text(given["version"])
    except RecursionError:
        problem = "calendar data is nested too deeply"
        raise UnreadableError(problem) from None
    except (ComplaintError, ValueError) as error:
        if isinstance(error, UnreadableError):
            raise
        problem = f"calendar data holds what is none: {error}"
        raise UnreadableError(problem) from error


def _source(data: object) -> Source:
    if isinstance(data, Mapping) and "operator" in data:
        given = _keys(data, "a combination", "operator", "left", "right")
        left, right = _source(given["left"]), _source(given["right"])
        return Combined(Operator(_text(given["operator"])), left, right)
    if isinstance(data, Mapping) and "switched" in data:
        given = _keys(data, "a switch", "before", "after", "switched")
        at = micros(datetime.fromisoformat(_text(given["switched"])), "switched")
        return Switched(_source(given["before"]), _source(given["after"]), at)
    given = _keys(data, "a source", "zone", "week", "holidays", "special", "breaks")
    week = _keys(given["week"], "a week", *WEEKDAYS)
    return WeeklyHours(
        zone=zone_of(_text(given["zone"])).key,
        week=tuple(_spans(week[name]) for name in WEEKDAYS),
        holidays=_holidays(given["holidays"]),
        special=_dates(given["special"]),
        breaks=_dates(given["breaks"]),
    )


def _holidays(data: object) -> Holidays:
    given = _keys(data, "holidays", "dates", "countries")
    dates = frozenset(date.fromisoformat(day) for day in _list(given["dates"], _text))
    return Holidays(dates, tuple(_list(given["countries"], _country)))


def _country(data: object) -> CountryHolidays:
    given = _keys(data, "a country", "country", "subdivision")
    part = given["subdivision"]
    return CountryHolidays(
        _text(given["country"]), None if part is None else _text(part)
    )


def _dates(data: object) -> tuple[tuple[date, Spans], ...]:
    found = [
        (plain_date(date.fromisoformat(_text(day)), "date"), _spans(hours))
        for day, hours in _mapping(data, "dates with hours").items()
    ]
    return tuple(sorted(found))


def _spans(data: object) -> Spans:
    today, tomorrow = read_hours(_text(data))
    if tomorrow:
        problem = f"{data!r} goes overnight: data is cut at midnight already"
        raise UnreadableError(problem)
    return united(today)


def _keys(data: object, what: str, *keys: str) -> Mapping[str, object]:
    given = _mapping(data, what)
    missing, unknown = sorted(set(keys) - set(given)), sorted(set(given) - set(keys))
    if missing or unknown:
        listed = [f"no {key!r}" for key in missing] + [f"{key!r}" for key in unknown]
        problem = f"{what} has {', '.join(listed)}: it needs {', '.join(keys)}"
        raise UnreadableError(problem)
    return given


def _mapping(data: object, what: str) -> Mapping[str, object]:
    if not isinstance(data, Mapping) or not all(isinstance(key, str) for key in data):
        problem = f"{what} must be an object with names, not {data!r}"
        raise UnreadableError(problem)
    return data


def _list(data: object, read: Callable[[object], Any]) -> list[Any]:
    if not isinstance(data, list):
        problem = f"{data!r} must be a list"
        raise UnreadableError(problem)
    return [read(item) for item in data]


def _text(data: object) -> str:
    if not isinstance(data, str):
        problem = f"{data!r} must be text"
        raise UnreadableError(problem)
    return data
