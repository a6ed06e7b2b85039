"""Dates as they are written: what is read, and what is not guessed."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaint_lifecycle.cli.intake.dates import (
    format_reader,
    inferring_reader,
    written,
    zone_named,
)
from complaint_lifecycle.cli.intake.survey import DateSurvey
from complaint_lifecycle.errors import InvalidEventError, UnreadableError

BERLIN = ZoneInfo("Europe/Berlin")
FORMS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d-%b-%Y", "%d %B %Y", "%d%b%Y",
    "%B %d, %Y", "%b %d %Y", "%Y-%b-%d", "%a, %d %b %Y", "%A %d. %B %Y",
)  # fmt: skip
CLOCKS = ("T%H:%M:%S", " %H:%M:%S.%f", " %I:%M:%S %p", ", %H:%M", " %I:%M%p", "T%H%M%S")


def survey_of(*dates: str) -> DateSurvey:
    """Look at some dates."""
    survey = DateSurvey()
    for each in dates:
        survey.see(each)
    return survey


@given(st.dates(), st.sampled_from(FORMS))
def test_a_date_is_read_as_it_was_written(day, form):
    """A date in any form with one reading comes back as it was."""
    text = form.replace("%Y", f"{day.year:04}")
    found = written(day.strftime(text))
    assert found.day_first == found.month_first == day
    assert found.either is None


@given(st.dates(date(1000, 1, 1)), st.sampled_from("-/."))
def test_both_readings_of_a_numeric_date_are_found(day, mark):
    """The day may come first or second; each reading gives back its own date."""
    assert written(f"{day:%d{mark}%m{mark}%Y}").day_first == day
    assert written(f"{day:%m{mark}%d{mark}%Y}").month_first == day


@given(st.datetimes(), st.sampled_from(CLOCKS))
def test_a_time_is_read_as_it_was_written(instant, form):
    """A time after an ISO date comes back to the precision it was written with."""
    clock = instant.strftime(form)
    expected = datetime.strptime(clock, form).time()  # noqa: DTZ007
    assert written(f"2015-04-22{clock}").clock == expected


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("Z", 0),
        (" UTC", 0),
        ("+02:00", 120),
        ("-0530", -330),
        (" +01", 60),
        (" GMT+0200", 120),
    ],
)
def test_an_offset_is_kept(text, offset):
    """Offsets in all their spellings say the same."""
    clock = written(f"2015-04-22T10:30{text}").clock
    assert clock == time(10, 30, tzinfo=timezone(timedelta(minutes=offset)))


@pytest.mark.parametrize(
    ("text", "year"), [("22-Apr-15", 2015), ("4/22/68", 2068), ("22.4.69", 1969)]
)
def test_two_digits_of_a_year_mean_what_posix_says(text, year):
    """69 to 99 are of the last century, all others of this one."""
    assert written(text).date(dayfirst=True) == date(year, 4, 22)


def test_more_than_microseconds_are_cut_off():
    """Some programs write seven digits and more."""
    assert written("2015-04-22T10:30:00.123456789Z").clock.microsecond == 123456


def test_a_weekday_decides_between_two_readings():
    """Of 04/08/2015 and 08/04/2015 only one is a Tuesday."""
    assert written("Tue 04/08/2015").either is None
    assert written("Tue 04/08/2015").date(dayfirst=False) == date(2015, 8, 4)
    assert written("Wed 04/08/2015").date(dayfirst=True) == date(2015, 4, 8)


def test_text_after_a_date_is_left_out_if_it_cannot_be_a_time():
    """The place after the date, as consumidor.gov.br writes it, is passed over."""
    found = written("25/04/2025, Santa Maria - RS")
    assert found.date(dayfirst=True) == date(2025, 4, 25)
    assert found.trailed
    assert written("25/04/2025 – Manaus").trailed  # noqa: RUF001


@pytest.mark.parametrize(
    "text",
    [
        "", "10", "yesterday", "2015", "2015-04", "04/2015", "10:30", "22-April",
        "2015-02-30", "31/04/2015", "13/13/2015", "0/1/2015", "22-Foo-2015",
        "2015-04-22 25:00", "2015-04-22 10:60", "2015-04-22 10:30:60",
        "2015-04-22 13:00 PM", "2015-04-22 0:30 AM", "2015-04-22 10", "2015-04-22T10",
        "2015-04-22 10:30 EST", "2015-04-22x10:30", "22/04-2015", "2015-04-221",
        "22-Apr-201", "20150422103000", "25/04/2025, 10h30", "25/04/2025 Manaus",
        "25/04/2025, Platform 3", "Mon 2015-04-22", "1429660800", "٢٠١٥-٠٤-٢٢",
        "2015-04-22T10:30+25:00", "2015-04-22 10:30, Manaus", "22 de abril de 2015",
    ],
)  # fmt: skip
def test_what_is_no_whole_date_is_refused(text):
    """Nothing is filled in, dropped or taken for something else."""
    with pytest.raises(UnreadableError):
        written(text)


@given(st.text())
def test_any_text_is_read_or_refused(text):
    """Nothing else happens, whatever a cell holds."""
    try:
        found = written(text)
    except UnreadableError:
        return
    assert isinstance(found.date(dayfirst=True), date)
    assert isinstance(found.date(dayfirst=False), date)


def test_a_date_without_a_time_is_midnight_where_it_was_written():
    """Midnight in Berlin is 22:00 of the day before in UTC, in summer."""
    read = inferring_reader(BERLIN, dayfirst=True)
    assert read("04.08.2015") == datetime(2015, 8, 3, 22, tzinfo=UTC)
    assert read("2015-08-04T00:00Z") == datetime(2015, 8, 4, tzinfo=UTC)


def test_an_hour_that_the_clock_skips_or_repeats_is_read_as_zoneinfo_does():
    """With fold 0: the offset before the change holds on."""
    read = inferring_reader(BERLIN, dayfirst=True)
    assert read("2015-03-29 02:30") == datetime(2015, 3, 29, 1, 30, tzinfo=UTC)
    assert read("2015-10-25 02:30") == datetime(2015, 10, 25, 0, 30, tzinfo=UTC)


def test_an_instant_outside_the_years_of_utc_is_refused():
    """The first midnight east of Greenwich lies in the year 0."""
    with pytest.raises(InvalidEventError, match="years 1 to 9999"):
        inferring_reader(ZoneInfo("Asia/Tokyo"), dayfirst=True)("0001-01-01")


def test_a_format_reads_that_form_only():
    """A format of strptime takes the whole cell or nothing."""
    read = format_reader(UTC, "%d|%m|%Y %H:%M")
    assert read(" 04|08|2015 10:30 ") == datetime(2015, 8, 4, 10, 30, tzinfo=UTC)
    for other in ("04|08|2015", "04|08|2015 10:30 PM", "2015-08-04 10:30"):
        with pytest.raises(UnreadableError, match="does not look like"):
            read(other)


def test_a_format_with_an_offset_needs_no_zone():
    """What is written counts, not the zone of the file."""
    read = format_reader(BERLIN, "%Y-%m-%d %H:%M %z")
    assert read("2015-08-04 10:30 +0000") == datetime(2015, 8, 4, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ("%d/%m", "year, month and day"),
        ("%Y-%m", "year, month and day"),
        ("%H:%M", "year, month and day"),
        ("yesterday", "year, month and day"),
        ("%Y-%m-%d %Z", "names of zones"),
        ("%Q", "--date-format %Q"),
        ("%Y-%m-%d %", "--date-format"),
    ],
)
def test_a_format_without_a_whole_date_is_refused(form, problem):
    """A format may not leave a part of the date to chance."""
    with pytest.raises(UnreadableError, match=problem):
        format_reader(UTC, form)


def test_seconds_since_1970_are_read_exactly():
    """Fractions count, and the sign does."""
    read = format_reader(BERLIN, "epoch")
    assert read("1429660800") == datetime(2015, 4, 22, tzinfo=UTC)
    assert (
        read(" -0.000001 ") == datetime(1970, 1, 1, tzinfo=UTC) - timedelta.resolution
    )


@pytest.mark.parametrize("text", ["", "2015-04-22", "1e9", "NaN", "1_0", "9" * 15])
def test_what_is_no_number_of_seconds_is_refused(text):
    """Neither other forms of numbers nor years beyond the calendar."""
    with pytest.raises(UnreadableError):
        format_reader(UTC, "epoch")(text)


def test_no_zone_is_utc_and_an_unknown_one_is_told():
    """The message offers what the name may have been."""
    assert zone_named(None) is UTC
    assert zone_named("Europe/Kyiv") == ZoneInfo("Europe/Kyiv")
    with pytest.raises(UnreadableError, match="do you mean Europe/Kyiv"):
        zone_named("Europe/Kyyiv")


@pytest.mark.parametrize("name", ["", "Europe", "../etc/passwd", "\x1b[31m", "a\0b"])
def test_what_is_no_zone_is_refused(name):
    """Folders, paths and control characters are no zones."""
    with pytest.raises(UnreadableError, match="no such time zone"):
        zone_named(name)


def test_dates_with_one_reading_decide():
    """The majority of those decides for all that have two."""
    assert survey_of("22-04-2015", "23-04-2015", "04/23/2015", "1/2/15").dayfirst(None)
    assert not survey_of("04/23/2015", "1/2/15").dayfirst(None)


def test_without_a_decision_one_is_asked_for():
    """Two readings and nothing or a tie beside them: no guess."""
    for dates in (["01/02/2015"], ["01/02/2015", "13/02/2015", "02/13/2015"]):
        survey = survey_of(*dates)
        with pytest.raises(UnreadableError, match="--dayfirst or --monthfirst"):
            survey.dayfirst(None)
        assert survey.dayfirst(True)
        assert not survey.dayfirst(False)


def test_the_same_date_both_ways_needs_no_decision():
    """On 5 May it does not matter what comes first."""
    survey = survey_of("05/05/2015", "no date")
    assert not survey.dayfirst(None)
    assert not list(survey.notes(None, dayfirst=False))


def test_days_and_months_swapped_by_a_spreadsheet_are_noticed():
    """Where a swap was possible dates spread over the year; the others do not."""
    spring = [date(2015, 4, 1) + timedelta(days=n) for n in range(91)]
    swapped = [f"{d:%m-%d-%Y}" if d.day <= 12 else f"{d:%d-%m-%Y}" for d in spring]
    survey = survey_of(*swapped)
    notes = " ".join(survey.notes(None, dayfirst=True))
    assert "Did a spreadsheet swap day and month? Then say --monthfirst" in notes
    assert "swap" not in " ".join(survey.notes(False, dayfirst=False))


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(20, 900))
def test_a_sound_file_raises_no_suspicion(start, days):
    """Days in a row, all written day first, look as they should."""
    dates = [f"{start + timedelta(days=n):%d/%m/%Y}" for n in range(days)]
    survey = survey_of(*dates)
    assert survey.dayfirst(None)
    assert not any("swap" in note for note in survey.notes(None, dayfirst=True))
