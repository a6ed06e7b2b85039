"""Calendars and holidays as data: written, read again, and refused if unreadable."""

import json
import sys
from datetime import UTC, date, datetime
from typing import Any

import pytest
from calendars import calendars, weekly
from hypothesis import given
from hypothesis import strategies as st

from complaint_lifecycle import InvalidEventError
from complaint_lifecycle.errors import MissingExtraError, UnreadableError
from complaint_lifecycle.sla import (
    Calendar,
    CountryHolidays,
    Holidays,
    holidays_from_ical,
)

MONDAY = date(2026, 3, 2)
OFFICE = weekly(
    "Europe/Kyiv",
    holidays=[MONDAY, CountryHolidays("UA"), CountryHolidays("GB", "SCT")],
    special={date(2026, 3, 3): "22:00-06:00", date(2026, 3, 5): ""},
    breaks={date(2026, 3, 4): "12:00-12:30:15"},
    version="7",
)
DATA = OFFICE.to_data()

combined = st.recursive(
    calendars(),
    lambda inner: st.builds(
        lambda a, b, combine: combine(a, b),
        inner,
        inner,
        st.sampled_from([Calendar.__and__, Calendar.__or__, Calendar.__sub__]),
    ),
    max_leaves=4,
)


@given(combined)
def test_calendars_come_back(office: Calendar):
    """What was written reads back equal, by way of JSON."""
    again = Calendar.from_data(json.loads(json.dumps(office.to_data())))
    assert again == office
    assert hash(again) == hash(office)


def test_data_is_plain():
    """Names say what is what; country holidays are kept by name."""
    assert Calendar.from_data(DATA) == OFFICE
    assert {"schema": 1, "zone": "Europe/Kyiv", "version": "7"}.items() <= DATA.items()
    source = DATA["source"]
    assert source["week"]["mon"] == "09:00-17:00"
    assert source["week"]["sun"] == ""
    assert source["breaks"] == {"2026-03-04": "12:00-12:30:15"}
    assert source["special"]["2026-03-05"] == ""
    assert source["holidays"] == {
        "dates": ["2026-03-02"],
        "countries": [
            {"country": "UA", "subdivision": None},
            {"country": "GB", "subdivision": "SCT"},
        ],
    }


def changed(data: Any, path: str, value: object) -> Any:
    """Return a copy of data with another value at a path."""
    copy = json.loads(json.dumps(data))
    *way, last = path.split("/")
    place = copy
    for name in way:
        place = place[name]
    place[last] = value
    return copy


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("schema", 2, "schema 2: this version reads 1"),
        ("schema", True, "schema True: this version reads 1"),
        ("colour", "red", "calendar data has 'colour': it needs schema"),
        ("version", 7, "7 must be text"),
        ("zone", "Mars/Olympus", "no IANA time zone"),
        ("zone", None, "None must be text"),
        ("source", [], "a source must be an object"),
        ("source", {"zone": "UTC"}, "has no 'breaks', no 'holidays'"),
        ("source/zone", "Mars/Olympus", "no IANA time zone"),
        ("source/week", {"mon": ""}, "a week has no 'fri'"),
        ("source/week/mon", "9-17", "no wall time"),
        ("source/week/mon", "22:00-06:00", "cut at midnight already"),
        ("source/holidays/dates", "2026-03-02", "must be a list"),
        ("source/holidays/dates", ["Monday"], "Invalid isoformat string"),
        ("source/holidays/countries", [{"country": "UA"}], "has no 'subdivision'"),
        ("source/special", {"0001-01-01": ""}, "too far away"),
        ("source", {"operator": "+", "left": DATA, "right": DATA}, "a source has"),
        (
            "source",
            {"operator": "+", "left": DATA["source"], "right": DATA["source"]},
            "is not a valid Operator",
        ),
    ],
)
def test_other_data_is_refused(path: str, value: object, message: str):
    """What cannot be read is named, whatever is wrong with it."""
    with pytest.raises(UnreadableError, match=message):
        Calendar.from_data(changed(DATA, path, value))


@pytest.mark.parametrize("data", [None, [], "x", {}, {"schema": 1, 2: 3}])
def test_what_is_no_calendar_is_refused(data: object):
    """Anything else is refused as well."""
    with pytest.raises(UnreadableError):
        Calendar.from_data(data)


def test_deep_nesting_is_refused():
    """A combination of thousands is refused like other nonsense."""
    source = DATA["source"]
    for _ in range(5_000):
        source = {"operator": "&", "left": source, "right": DATA["source"]}
    with pytest.raises(UnreadableError, match="too deeply"):
        Calendar.from_data(DATA | {"source": source})


def test_sources_of_the_host_cannot_be_written():
    """Only what we know can be written."""

    class Moon:
        """Open at full moon."""

        segments = staticmethod(list)

    with pytest.raises(UnreadableError, match="Moon is no source"):
        Calendar("UTC", Moon()).to_data()


EVENTS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20260302
SUMMARY:A day
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20261224
DTEND;VALUE=DATE:20261227
RRULE:FREQ=YEARLY
EXDATE;VALUE=DATE:20271224
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART;VALUE=DATE:20260401
DURATION:P2D
RDATE;VALUE=DATE:20260501,20260601
RDATE;VALUE=DATE:20260701
END:VEVENT
BEGIN:VEVENT
UID:4
DTSTART:20260303T090000Z
DTEND:20260303T100000Z
END:VEVENT
BEGIN:VEVENT
UID:5
DTSTART;VALUE=DATE:20260304
STATUS:CANCELLED
END:VEVENT
END:VCALENDAR
"""


class TestICalendar:
    @pytest.fixture(autouse=True)
    def _extra(self):
        pytest.importorskip("icalendar")

    def test_whole_days_are_holidays(self):
        """Days, spans of days and recurring ones; not meetings, not cancelled ones."""
        found = holidays_from_ical(EVENTS)
        days = {day for day in found.dates if day.year == 2026}
        march, christmas = {MONDAY}, {date(2026, 12, day) for day in (24, 25, 26)}
        months = {date(2026, month, day) for month in range(4, 8) for day in (1, 2)}
        assert days == march | christmas | months
        assert date(2027, 12, 25) not in found
        assert date(2100, 12, 26) in found
        assert max(found.dates).year == 2100
        assert holidays_from_ical(EVENTS.encode()) == found

    def test_one_date_of_a_series_may_be_moved_or_cancelled(self):
        """The date that it had is open then."""
        head = "BEGIN:VEVENT\r\nUID:x\r\n"
        text = (
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:t\r\n"
            f"{head}DTSTART;VALUE=DATE:20251225\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\n"
            f"{head}RECURRENCE-ID;VALUE=DATE:20271225\r\n"
            "DTSTART;VALUE=DATE:20271227\r\nEND:VEVENT\r\n"
            f"{head}RECURRENCE-ID;VALUE=DATE:20281225\r\nSTATUS:CANCELLED\r\n"
            "DTSTART;VALUE=DATE:20281225\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
        found = sorted(holidays_from_ical(text).dates)[:4]
        assert [day.isoformat() for day in found] == [
            "2025-12-25",
            "2026-12-25",
            "2027-12-27",
            "2029-12-25",
        ]

    def test_they_close_a_calendar(self):
        """A calendar takes them as its holidays."""
        office = weekly(holidays=holidays_from_ical(EVENTS))
        assert not office.is_open(datetime(2026, 3, 2, 12, tzinfo=UTC))
        assert office.is_open(datetime(2026, 3, 3, 12, tzinfo=UTC))

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "no calendar",
            b"\xff\xfe",
            EVENTS.replace("FREQ=YEARLY", "FREQ=SECONDLY"),
            EVENTS.replace("DTSTART;VALUE=DATE:20260302", "SUMMARY:No date"),
        ],
    )
    def test_other_text_is_refused(self, text: str | bytes):
        """What is no such file is refused, and so are days that come every second."""
        with pytest.raises(UnreadableError, match="no iCalendar file"):
            holidays_from_ical(text)

    def test_needs_the_extra(self, monkeypatch: pytest.MonkeyPatch):
        """Without the package the error says what to install."""
        monkeypatch.setitem(sys.modules, "icalendar", None)
        with pytest.raises(MissingExtraError, match=r"complaint-lifecycle\[holidays\]"):
            holidays_from_ical(EVENTS)

    def test_calendars_without_events_have_no_holidays(self):
        """An empty calendar closes nothing."""
        empty = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"
        assert holidays_from_ical(empty) == Holidays()


def test_the_mapping_of_the_holidays_package_is_refused():
    """It knows only the years that it was asked for, and would close nothing."""
    holidays = pytest.importorskip("holidays")
    with pytest.raises(InvalidEventError, match="which knows every year"):
        weekly(holidays=holidays.country_holidays("GB"))
