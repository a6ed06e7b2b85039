"""Calendar files of strangers: what goes too far is refused, and nothing leaks."""

from datetime import date, datetime

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from complaint_lifecycle.errors import UnreadableError
from complaint_lifecycle.sla import holidays_from_ical

pytest.importorskip("icalendar")

START = date(2026, 3, 2)
DAY = f"DTSTART;VALUE=DATE:{START:%Y%m%d}"
LAST = date(2100, 12, 31)


def calendar(*events: str, beside: str = "") -> str:
    """Write a calendar file with events, each given as its lines."""
    blocks = "".join(f"BEGIN:VEVENT\n{lines}\nEND:VEVENT\n" for lines in events)
    return f"BEGIN:VCALENDAR\n{beside}{blocks}END:VCALENDAR\n"


def days(*events: str, beside: str = "") -> set[date]:
    """Read the days that events close."""
    return set(holidays_from_ical(calendar(*events, beside=beside)).dates)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (f"{DAY}\nRRULE:FREQ=YEARLY;INTERVAL=0", "INTERVAL=0: days come again daily"),
        (f"{DAY}\nRRULE:FREQ=DAILY;INTERVAL=1001", "every 1 to 1000"),
        (f"{DAY}\nRRULE:FREQ=HOURLY", "FREQ=HOURLY: days come again daily"),
        (f"{DAY}\nRRULE:FREQ=DAILY;COUNT=2;UNTIL=20270101", "not with both"),
        (f"{DAY}\nRRULE:FREQ=DAILY\nRRULE:FREQ=DAILY", "RRULE comes more than once"),
        (f"{DAY}\nRRULE:COUNT=2", "FREQ is missing"),
        (f"{DAY}\nRRULE:FREQ=DAILY;COUNT={'9' * 5000}", "event 2: RRULE: "),
        (f"{DAY}\nRRULE:FREQ=YEARLY;BYEASTER=9999", "event 2: "),
        (f"{DAY}\nDURATION:P999999999999D", "event 2: DURATION: "),
        (f"{DAY}\nDTEND:20260303T000000Z", "event 2: "),
        ("DTSTART;VALUE=DATE:99991231\nDURATION:P2D", "2 days from 9999-12-31"),
        (f"{DAY}\nDURATION:P2000000D", "2000000 days each time are too many"),
        (f"{DAY}\nRECURRENCE-ID:soon", "event 2: RECURRENCE-ID: "),
        ("SUMMARY:No date", "event 2: DTSTART is missing"),
    ],
)
def test_an_event_that_cannot_be_read_is_named(lines: str, told: str):
    """The error says which event it is, and which of its lines is wrong."""
    with pytest.raises(UnreadableError, match=told):
        days(DAY, lines)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        f"FREQ=YEARLY;BYYEARDAY={','.join(map(str, range(1, 5000)))}",
    ],
    ids=["every day", "every week", "every month", "thousands of conditions"],
)
def test_a_rule_that_is_followed_for_too_long_is_refused(
    monkeypatch: pytest.MonkeyPatch, rule: str
):
    """No date fits it before the year 9999, or each takes too long to find."""
    limit = "complaint_lifecycle.sla.holiday_dates._Effort.__init__.__defaults__"
    monkeypatch.setattr(limit, (100_000,))
    with pytest.raises(UnreadableError, match=r"too hard to find: end it with UNTIL"):
        days(f"{DAY}\nRRULE:{rule}")


def test_what_recurs_without_end_ends_in_2100():
    """A series is followed that far, and no further; nor is what came before 1970."""
    found = days(f"{DAY}\nRRULE:FREQ=WEEKLY;BYDAY=MO")
    ancient = days("DTSTART;VALUE=DATE:19000101\nRRULE:FREQ=YEARLY")
    assert ancient == {date(year, 1, 1) for year in range(1970, 2101)}
    assert len(found) == (LAST - START).days // 7 + 1
    assert max(found) <= LAST


rules = st.builds(
    "FREQ={};INTERVAL={};COUNT={}{}".format,
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 60),
    st.integers(1, 20),
    st.sampled_from(
        [
            "",
            ";BYDAY=MO,FR",
            ";BYMONTH=3,12",
            ";BYMONTHDAY=1,-1",
            ";BYSETPOS=1;BYDAY=TU",
        ]
    ),
)


@settings(max_examples=40)
@given(rules)
def test_rules_give_the_dates_that_dateutil_gives(rule: str):
    """That they are counted on the way changes nothing."""
    midnight = datetime(START.year, START.month, START.day)  # noqa: DTZ001 - a date
    expected = {each.date() for each in rrulestr(rule, dtstart=midnight)} | {START}
    assume(max(expected) <= LAST)
    assert days(f"{DAY}\nRRULE:{rule}") == expected


def test_hours_of_whole_days_are_passed_over():
    """As the standard says, a rule cannot ask a day about its hours."""
    every = "BYHOUR=1,2;BYMINUTE=3,4;BYSECOND=5,6"
    found = days(f"{DAY}\nRRULE:FREQ=DAILY;COUNT=2;{every}")
    assert found == {START, date(2026, 3, 3)}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("BEGIN:VCALENDAR\nEND:VEVENT\n", "END:VEVENT comes without its BEGIN"),
        ("END:VCALENDAR\n", "END:VCALENDAR comes without its BEGIN"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "no VCALENDAR from BEGIN to END"),
        ("BEGIN:VEVENT\nEND:VEVENT\n", "no VCALENDAR from BEGIN to END"),
    ],
)
def test_a_file_that_does_not_end_is_refused(text: str, told: str):
    """What begins has to end, and all of it in a calendar."""
    with pytest.raises(UnreadableError, match=told):
        holidays_from_ical(text)


def test_a_text_is_never_taken_for_the_name_of_a_file(tmp_path):
    """Nothing of a file that a stranger names is read or told."""
    secret = tmp_path / "secret"
    secret.write_text("BEGIN:VCALENDAR\nword-of-honour\nEND:VCALENDAR\n")
    with pytest.raises(UnreadableError) as caught:
        holidays_from_ical(str(secret))
    assert "word-of-honour" not in str(caught.value)


def test_time_zones_and_texts_are_not_looked_at():
    """They say nothing about whole days, and reading them would change icalendar."""
    from icalendar.timezone import tzp

    zone = (
        "BEGIN:VTIMEZONE\nTZID:Nowhere/Here\nBEGIN:STANDARD\n"
        "DTSTART:20200101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n"
        "RRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    meeting = "DTSTART;TZID=Nowhere/Here:20260303T090000"
    folded = "DTSTART;VALUE\n =DATE:2026\n\t0302\nSUMMARY:\x00\ud800"
    assert days(meeting, folded, beside=zone) == {START}
    assert tzp.timezone("Nowhere/Here") is None
