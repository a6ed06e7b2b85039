"""Calendars give a defined answer wherever one could be in doubt."""

import copy
import operator
import pickle
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import islice
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from calendars import MINUTE, Given, is_open_at_each, weekly
from hypothesis import given
from hypothesis import strategies as st

from complaint_lifecycle.errors import (
    InvalidEventError,
    MissingExtraError,
    NoOpenTimeError,
)
from complaint_lifecycle.sla import (
    Calendar,
    CountryHolidays,
    Holidays,
    country_holidays,
)
from complaint_lifecycle.sla.holiday_dates import _published
from complaint_lifecycle.sla.wall import read_hours, time_text

HOUR = timedelta(hours=1)
ZERO = timedelta(0)
OFFICE = weekly()
SHUT = weekly(mon_fri="")
NIGHTS = weekly(mon_fri=None, days={"fri": "22:00-06:00"})
MONDAY = date(2026, 3, 2)


def at(text: str, day: int = 2) -> datetime:
    """Return a wall time of March 2026 in UTC; the second is a Monday."""
    return datetime.fromisoformat(f"2026-03-{day:02}T{text}+00:00")


class TestAdd:
    def test_starts_at_the_next_opening(self):
        """Before hours, after hours and at a weekend the time begins at the opening."""
        assert OFFICE.add(at("07:00"), HOUR) == at("10:00")
        assert OFFICE.add(at("17:00"), HOUR) == at("10:00", 3)
        assert OFFICE.add(at("12:00", 7), HOUR) == at("10:00", 9)

    def test_nothing_leads_to_the_next_open_instant(self):
        """A budget of nothing ends at once if it is open, else at the next opening."""
        for boundary in ("close", "next_open"):
            assert OFFICE.add(at("12:00"), ZERO, boundary=boundary) == at("12:00")
            assert OFFICE.add(at("09:00"), ZERO, boundary=boundary) == at("09:00")
            assert OFFICE.add(at("17:00"), ZERO, boundary=boundary) == at("09:00", 3)

    def test_ends_at_closing_or_at_the_next_opening(self):
        """What is used up at closing ends there, or where work goes on, as asked."""
        friday = at("16:00", 6)
        assert OFFICE.add(friday, HOUR) == at("17:00", 6)
        assert OFFICE.add(friday, HOUR, boundary="next_open") == at("09:00", 9)
        assert OFFICE.add(friday, HOUR + MINUTE) == at("09:01", 9)

    def test_next_opening_may_lie_in_a_year_not_yet_compiled(self):
        """The year ends with a closing; the next one opens later."""
        start = datetime(2027, 12, 31, 16, tzinfo=UTC)
        opening = datetime(2028, 1, 3, 9, tzinfo=UTC)
        assert weekly().add(start, HOUR, boundary="next_open") == opening

    def test_less_than_nothing_goes_back(self):
        """A negative span is a subtraction, and the other way round."""
        assert OFFICE.add(at("10:00", 3), -2 * HOUR) == at("16:00")
        assert OFFICE.add(at("11:00"), -HOUR) == at("10:00")
        assert OFFICE.subtract(at("11:00"), -HOUR) == at("12:00")

    def test_answers_in_the_zone_of_the_start(self):
        """Whatever the zone of the calendar is, the start says how to write it."""
        kyiv = ZoneInfo("Europe/Kyiv")
        found = OFFICE.add(at("16:30").astimezone(kyiv), HOUR)
        assert found.tzinfo is kyiv
        assert found.isoformat() == "2026-03-03T11:30:00+02:00"

    def test_is_exact_to_the_microsecond(self):
        """A microsecond is not lost, even over years."""
        tick = timedelta(microseconds=1)
        assert OFFICE.add(at("16:59:59.999999"), tick) == at("17:00")
        assert OFFICE.add(at("16:59:59.999999"), 2 * tick) == at("09:00:00.000001", 3)
        due = OFFICE.add(at("09:00"), 8 * HOUR * 2609 + tick)
        assert OFFICE.elapsed(at("09:00"), due) == 8 * HOUR * 2609 + tick


class TestSubtract:
    def test_stays_at_an_opening_it_lands_on(self):
        """Eight hours before closing is the opening, not the closing before it."""
        assert OFFICE.subtract(at("17:00"), 8 * HOUR) == at("09:00")
        assert OFFICE.subtract(at("17:00", 3), 8 * HOUR + MINUTE) == at("16:59")

    def test_nothing_leads_to_the_previous_closing(self):
        """A budget of nothing stays where it is open, else goes back to a closing."""
        assert OFFICE.subtract(at("12:00", 3), ZERO) == at("12:00", 3)
        assert OFFICE.subtract(at("08:00", 3), ZERO) == at("17:00")
        assert OFFICE.subtract(at("17:00"), ZERO) == at("17:00")

    def test_crosses_years(self):
        """It goes back into years that were not compiled before."""
        start = datetime(2027, 1, 1, 9, tzinfo=UTC)
        december = datetime(2026, 12, 31, 17, tzinfo=UTC)
        assert weekly().subtract(start, HOUR) == december - HOUR
        midnight = datetime(2027, 1, 1, tzinfo=UTC)
        assert Calendar.always().subtract(midnight, HOUR) == midnight - HOUR


class TestElapsed:
    def test_counts_open_time_only(self):
        """Nights and weekends are worth nothing."""
        assert OFFICE.elapsed(at("16:00", 6), at("10:00", 9)) == 2 * HOUR
        assert OFFICE.elapsed(at("17:00", 6), at("09:00", 9)) == ZERO

    def test_is_negative_if_reversed(self):
        """From later to earlier the same time is negative, pauses included."""
        assert OFFICE.elapsed(at("12:00"), at("10:00")) == -2 * HOUR
        pauses = [(at("10:30"), at("11:00"))]
        found = OFFICE.elapsed(at("12:00"), at("10:00"), pauses=pauses)
        assert found == -1.5 * HOUR


class TestPauses:
    @pytest.mark.parametrize(
        ("pause", "due"),
        [
            (("08:00", "09:30"), "12:00"),  # before the start
            (("09:00", "10:30"), "12:30"),  # over the start
            (("10:30", "11:30"), "13:00"),
            (("11:00", "11:00"), "12:00"),  # empty
            (("11:30", "11:00"), "12:00"),  # reversed
            (("12:00", "14:00"), "12:00"),  # at the due instant
            (("11:59", "14:00"), "14:01"),
            (("10:00", "12:00"), "14:00"),  # all of it
            (("13:00", "14:00"), "12:00"),  # afterwards
        ],
    )
    def test_move_what_they_overlap(self, pause: tuple[str, str], due: str):
        """Two hours from ten on end as much later as was paused before the end."""
        pauses = [(at(pause[0]), at(pause[1]))]
        assert OFFICE.add(at("10:00"), 2 * HOUR, pauses=pauses) == at(due)

    def test_are_counted_once(self):
        """Pauses that overlap or come in any order are united first."""
        pauses = [
            (at("11:00"), at("11:30")),
            (at("10:00"), at("10:30")),
            (at("11:15"), at("11:45")),
        ]
        assert OFFICE.add(at("10:00"), HOUR, pauses=pauses) == at("12:15")
        assert OFFICE.add(at("10:00"), HOUR, pauses=iter(pauses)) == at("12:15")
        assert OFFICE.elapsed(at("10:00"), at("12:15"), pauses=pauses) == HOUR
        assert OFFICE.subtract(at("12:15"), HOUR, pauses=pauses) == at("10:30")

    def test_outside_hours_cost_nothing(self):
        """A pause overnight leaves the deadline where it was."""
        pauses = [(at("17:00"), at("09:00", 3))]
        assert OFFICE.add(at("16:00"), 2 * HOUR, pauses=pauses) == at("10:00", 3)

    def test_at_the_due_instant_matter_for_the_next_opening(self):
        """What is used up as a pause begins goes on after it, if that is asked."""
        pauses = [(at("12:00"), at("14:00"))]
        start, asked = at("10:00"), "next_open"
        due = OFFICE.add(start, 2 * HOUR, pauses=pauses, boundary=asked)
        assert due == at("14:00")

    def test_nothing_waits_for_the_end_of_a_pause(self):
        """A budget of nothing ends where it is open and not paused."""
        pauses = [(at("10:00"), at("11:00")), (at("12:00"), at("13:00"))]
        assert OFFICE.add(at("09:30"), ZERO, pauses=pauses) == at("09:30")
        assert OFFICE.add(at("10:30"), ZERO, pauses=pauses) == at("11:00")
        assert OFFICE.subtract(at("11:30"), ZERO, pauses=pauses) == at("11:30")
        assert OFFICE.subtract(at("10:30"), ZERO, pauses=pauses) == at("10:00")
        late = [(at("09:00"), at("11:00"))]
        assert OFFICE.subtract(at("10:00", 3), ZERO, pauses=late) == at("10:00", 3)
        assert OFFICE.subtract(at("08:00", 3), ZERO, pauses=late) == at("17:00")
        closing = at("17:00") - timedelta(days=3)
        assert OFFICE.subtract(at("10:00"), ZERO, pauses=late) == closing


class TestOpen:
    def test_is_half_open(self):
        """The opening instant is open, the closing instant is not."""
        assert OFFICE.is_open(at("09:00"))
        assert not OFFICE.is_open(at("17:00"))
        assert not OFFICE.is_open(at("08:59:59.999999"))
        assert OFFICE.is_open(at("16:59:59.999999"))

    def test_openings_and_closings(self):
        """Each has an answer inside hours, outside, and exactly at their edges."""
        assert OFFICE.next_open(at("12:00")) == at("12:00")
        assert OFFICE.next_open(at("17:00")) == at("09:00", 3)
        assert OFFICE.next_close(at("12:00")) == at("17:00")
        assert OFFICE.next_close(at("17:00")) == at("17:00", 3)
        assert OFFICE.previous_close(at("12:00", 3)) == at("12:00", 3)
        assert OFFICE.previous_close(at("17:00")) == at("17:00")
        assert OFFICE.previous_close(at("09:00", 3)) == at("17:00")

    def test_segments_are_clipped(self):
        """The first and the last are cut; reversed or empty spans have none."""
        found = OFFICE.segments(at("16:00"), at("10:00", 3))
        assert found == [(at("16:00"), at("17:00")), (at("09:00", 3), at("10:00", 3))]
        assert OFFICE.segments(at("10:00"), at("10:00")) == []
        assert OFFICE.segments(at("12:00"), at("10:00")) == []
        assert OFFICE.segments_on(MONDAY) == [(at("09:00"), at("17:00"))]
        assert next(OFFICE.segments_after(at("10:00"))) == (at("10:00"), at("17:00"))
        assert next(OFFICE.segments_before(at("10:00"))) == (at("09:00"), at("10:00"))


class TestHours:
    def test_lie_apart_by_commas(self):
        """Several intervals a day, as text or as pairs, from any iterable."""
        pairs = (pair for pair in [("09:00", "12:00"), ("13:00", "17:00")])
        office = weekly(mon_fri=pairs)
        assert office == weekly(mon_fri="13:00-17:00, 9:00-12:00")
        assert OFFICE.elapsed(at("09:00"), at("17:00")) == 8 * HOUR
        assert office.elapsed(at("09:00"), at("17:00")) == 7 * HOUR

    def test_that_touch_are_one(self):
        """Hours that go on without a gap are the same calendar as one interval."""
        assert weekly(mon_fri="09:00-13:00, 13:00-17:00") == OFFICE

    def test_end_at_24(self):
        """24:00 is the end of the day, and the next day goes on."""
        late = weekly(mon_fri="20:00-24:00")
        assert late.add(at("23:00"), HOUR) == at("00:00", 3)
        assert late.add(at("23:00"), HOUR, boundary="next_open") == at("20:00", 3)
        assert len(Calendar.always().segments(at("10:00"), at("10:00", 9))) == 1

    def test_overnight_belong_to_both_dates(self):
        """An overnight interval is cut at midnight: a holiday closes its own part."""
        assert NIGHTS.elapsed(at("00:00", 6), at("00:00", 9)) == 8 * HOUR
        friday_off = weekly(
            mon_fri="", days={"fri": "22:00-06:00"}, holidays=[date(2026, 3, 6)]
        )
        assert friday_off.segments_on(date(2026, 3, 7)) == [
            (at("00:00", 7), at("06:00", 7))
        ]
        assert friday_off.segments_on(date(2026, 3, 6)) == []
        sunday = weekly(mon_fri="", days={"sun": "22:00-00:00"})
        assert sunday.elapsed(at("00:00", 8), at("00:00", 10)) == 2 * HOUR

    def test_of_groups_and_single_days(self):
        """Single days replace groups, and groups replace every day."""
        office = Calendar.weekly(
            "UTC", every_day="10:00-11:00", sat_sun="", days={"mon": "10:00-12:00"}
        )
        hours = [
            office.elapsed(at("00:00", day), at("00:00", day + 1))
            for day in range(2, 9)
        ]
        assert hours == [2 * HOUR, HOUR, HOUR, HOUR, HOUR, ZERO, ZERO]

    def test_read_as_written(self):
        """Seconds are written where there are any."""
        assert time_text(9 * 3600 + 5) == "09:00:05"
        assert read_hours(" 9:00-9:00:05 ,") == (((32400, 32405),), ())


class TestSingleDates:
    def test_special_hours_replace_the_weekly_ones(self):
        """A short Monday and an extra Saturday."""
        office = weekly(
            special={MONDAY: "09:00-12:00", date(2026, 3, 7): "10:00-11:00"}
        )
        assert office.add(at("11:00"), 2 * HOUR) == at("10:00", 3)
        assert office.is_business_day(date(2026, 3, 7))

    def test_special_hours_overnight_leave_the_next_date_its_own(self):
        """The part after midnight comes on top of what the next date has anyway."""
        office = weekly(special={MONDAY: "22:00-06:00"})
        tuesday = [(at("00:00", 3), at("06:00", 3)), (at("09:00", 3), at("17:00", 3))]
        assert office.segments_on(date(2026, 3, 3)) == tuesday
        both = weekly(special={MONDAY: "22:00-06:00", date(2026, 3, 3): "05:00-07:00"})
        assert both.segments_on(date(2026, 3, 3)) == [(at("00:00", 3), at("07:00", 3))]

    def test_breaks_cut_special_and_weekly_hours(self):
        """A break closes a part of whatever hours the date has."""
        office = weekly(
            special={MONDAY: "08:00-12:00"},
            breaks={MONDAY: "09:00-10:00", date(2026, 3, 3): "16:00-23:00"},
        )
        assert office.elapsed(at("00:00"), at("00:00", 3)) == 3 * HOUR
        assert office.elapsed(at("00:00", 3), at("00:00", 4)) == 7 * HOUR
        assert office.is_break(at("09:00"))
        assert not office.is_break(at("10:00"))

    def test_breaks_overnight(self):
        """A break reaches over midnight like hours do."""
        office = weekly(mon_fri="00:00-24:00", breaks={MONDAY: "23:00-01:00"})
        assert office.elapsed(at("00:00"), at("00:00", 4)) == 46 * HOUR
        assert office.is_break(at("00:30", 3))

    def test_holidays_win(self):
        """A holiday closes its date whatever else is said about it."""
        office = weekly(
            holidays=[MONDAY],
            special={MONDAY: "09:00-12:00"},
            breaks={MONDAY: "09:00-10:00"},
        )
        assert office.segments_on(MONDAY) == []
        assert office.is_holiday(MONDAY)
        assert office.is_holiday(at("23:00"))
        assert not office.is_holiday(at("00:00", 3))

    def test_dates_are_local(self):
        """An instant is on a holiday if it is in the zone of the calendar."""
        apia = weekly("Pacific/Apia", holidays=[MONDAY])
        assert apia.is_holiday(at("11:00", 1))
        assert not apia.is_holiday(at("11:00", 2))


class TestBusinessDays:
    def test_skip_what_has_no_hours(self):
        """Weekends and holidays do not count; the date itself does not either."""
        office = weekly(holidays=[date(2026, 3, 3)])
        assert office.add_business_days(MONDAY, 1) == date(2026, 3, 4)
        assert office.add_business_days(MONDAY, 0) == MONDAY
        assert office.add_business_days(MONDAY, -1) == date(2026, 2, 27)
        assert office.business_days_between(MONDAY, date(2026, 3, 9)) == 4
        assert office.business_days_between(date(2026, 3, 9), MONDAY) == -4

    def test_take_the_local_date_of_an_instant(self):
        """An instant stands for its date in the zone of the calendar."""
        apia = weekly("Pacific/Apia")
        assert apia.add_business_days(at("11:00", 1), 1) == date(2026, 3, 3)
        assert apia.is_business_day(at("11:00", 1))
        assert apia.business_days_between(at("11:00", 1), at("11:00", 3)) == 2

    @pytest.mark.parametrize("count", [1.5, "1", None])
    def test_are_whole(self, count: object):
        """Half a business day is refused."""
        with pytest.raises(InvalidEventError, match="whole number"):
            OFFICE.add_business_days(MONDAY, count)


class TestClocks:
    def test_a_day_has_as_many_hours_as_it_has(self):
        """Sundays on which clocks change have 23 and 25 hours."""
        berlin = Calendar.always("Europe/Berlin")
        for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25)):
            start, end = berlin.at(day, "00:00"), berlin.at(day, "24:00")
            assert berlin.elapsed(start, end) == hours * HOUR

    @pytest.mark.parametrize(
        ("zone", "wall", "instant"),
        [
            ("Europe/Berlin", "2026-03-29 02:30", "2026-03-29T01:30"),  # does not exist
            ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25T00:30"),  # the first
            ("America/Sao_Paulo", "2018-11-04 00:00", "2018-11-04T03:00"),
            ("America/Sao_Paulo", "2018-11-03 24:00", "2018-11-04T03:00"),
            ("America/Sao_Paulo", "2018-02-17 23:30", "2018-02-18T01:30"),
            ("America/Sao_Paulo", "2018-02-17 24:00", "2018-02-18T03:00"),
            ("Asia/Tehran", "2021-03-22 00:00", "2021-03-21T20:30"),
            ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03T15:45"),
            ("Pacific/Apia", "2011-12-30 12:00", "2011-12-30T22:00"),
            ("Asia/Kathmandu", "1986-01-01 00:05", "1985-12-31T18:35"),
        ],
    )
    def test_wall_times_that_do_not_exist_or_exist_twice(
        self, zone: str, wall: str, instant: str
    ):
        """They are as much later as clocks go forward, or the first of the two."""
        day, _, time = wall.partition(" ")
        found = weekly(zone).at(date.fromisoformat(day), time)
        assert found.astimezone(UTC) == datetime.fromisoformat(f"{instant}+00:00")
        assert found.tzinfo == ZoneInfo(zone)

    def test_hours_that_do_not_exist(self):
        """A window that begins in the hour left out is as much shorter, or empty."""
        day = date(2026, 3, 29)
        lost = weekly("Europe/Berlin", special={day: "02:30-03:15"})
        assert lost.segments_on(day) == []
        assert not lost.is_business_day(day)
        broken = weekly(
            "Europe/Berlin", special={day: "02:00-03:15"}, breaks={day: "02:30-02:45"}
        )
        spans = broken.segments_on(day)
        assert [b - a for a, b in spans] == [15 * MINUTE]

    def test_hours_around_a_midnight_that_does_not_exist(self):
        """The night is an hour shorter in Sao Paulo."""
        nights = weekly("America/Sao_Paulo", mon_fri="", days={"sat": "22:00-06:00"})
        start = datetime(2018, 11, 3, tzinfo=UTC)
        assert nights.elapsed(start, start + timedelta(days=3)) == 7 * HOUR

    def test_a_date_that_does_not_exist_has_no_hours(self):
        """Apia went to bed on Thursday and rose on Saturday."""
        apia = weekly("Pacific/Apia")
        assert apia.segments_on(date(2011, 12, 30)) == []
        assert apia.segments_on(date(2011, 12, 31)) == []
        assert not apia.is_business_day(date(2011, 12, 30))
        assert apia.add_business_days(date(2011, 12, 29), 1) == date(2012, 1, 2)

    @pytest.mark.parametrize(
        ("zone", "day"),
        [
            ("Europe/Berlin", date(2026, 10, 25)),
            ("Africa/Monrovia", date(1972, 1, 7)),  # 44 minutes and 30 seconds
        ],
    )
    def test_oracle_agrees_on_every_second(self, zone: str, day: date):
        """Every second of three days is open if an independent reading says so."""
        given = Given(
            zone, day, [[(0, 160), (180, 900)]] * 7, [], {}, {day: [(20, 90)]}
        )
        known = is_open_at_each(given, timedelta(seconds=1))
        office = given.calendar()
        start, end = min(known), max(known) + timedelta(seconds=1)
        second = timedelta(seconds=1)
        seconds = {
            a + n * second
            for a, b in office.segments(start, end)
            for n in range((b - a) // second)
        }
        assert seconds == {at for at, is_open in known.items() if is_open}


class TestSets:
    def test_reach_across_zones(self):
        """Both offices are open when each of them is, wherever they are."""
        kyiv, lisbon = weekly("Europe/Kyiv"), weekly("Europe/Lisbon")
        both, either = kyiv & lisbon, kyiv | lisbon
        assert both.segments_on(MONDAY) == [(at("09:00"), at("15:00"))]
        assert either.segments_on(MONDAY) == [(at("07:00"), at("17:00"))]
        assert (lisbon - kyiv).segments_on(MONDAY) == [(at("15:00"), at("17:00"))]
        assert both.zone == "Europe/Kyiv"

    def test_holidays_and_breaks_follow_the_open_time(self):
        """Closed in one is closed in both, and in either only if closed in each."""
        off = weekly(holidays=[MONDAY], breaks={date(2026, 3, 3): "12:00-13:00"})
        for question, when in (
            (Calendar.is_holiday, MONDAY),
            (Calendar.is_break, at("12:00", 3)),
        ):
            assert question(off & OFFICE, when)
            assert question(OFFICE & off, when)
            assert not question(off | OFFICE, when)
            assert question(off | off, when)
            assert question(off - OFFICE, when)
            assert not question(OFFICE - off, when)

    def test_combine_calendars_only(self):
        """Anything else is a TypeError, as with any operator."""
        for combine in (Calendar.__and__, Calendar.__or__, Calendar.__sub__):
            assert combine(OFFICE, "09:00-17:00") is NotImplemented
        with pytest.raises(TypeError):
            operator.and_(OFFICE, "09:00-17:00")


class TestEndless:
    @pytest.mark.parametrize(
        ("ask", "arguments"),
        [
            ("add", (HOUR,)),
            ("add", (ZERO,)),
            ("subtract", (HOUR,)),
            ("subtract", (ZERO,)),
            ("next_open", ()),
            ("next_close", ()),
            ("previous_close", ()),
            ("add_business_days", (1,)),
            ("add_business_days", (-1,)),
        ],
    )
    def test_closed_calendars_say_so_quickly(self, ask: str, arguments: tuple):
        """Nothing loops where nothing opens; the horizon is in the error."""
        start = perf_counter()
        with pytest.raises(NoOpenTimeError, match="20 years") as caught:
            getattr(weekly(mon_fri=""), ask)(at("09:00"), *arguments)
        assert caught.value.start.startswith("2026-03-02")
        assert perf_counter() - start < 2

    def test_closed_calendars_answer_what_has_an_answer(self):
        """No open time elapses, there are no segments, and no business days."""
        assert SHUT.elapsed(at("09:00"), at("09:00", 9)) == ZERO
        assert SHUT.segments(at("09:00"), at("09:00", 9)) == []
        assert list(SHUT.segments_after(at("09:00"))) == []
        assert list(SHUT.segments_before(at("09:00"))) == []
        assert SHUT.business_days_between(MONDAY, date(2026, 3, 9)) == 0
        assert not SHUT.is_open(at("09:00"))

    def test_calendars_that_never_close(self):
        """All time counts; only the next closing has no answer."""
        always = Calendar.always()
        span = timedelta(days=400, microseconds=1)
        assert always.add(at("09:00"), span) == at("09:00") + span
        assert always.subtract(at("09:00"), span) == at("09:00") - span
        new_year = datetime(2026, 1, 1, tzinfo=UTC)
        assert always.previous_close(new_year) == new_year
        with pytest.raises(NoOpenTimeError):
            always.next_close(at("09:00"))
        assert list(islice(always.segments_after(at("09:00")), 1)) == []
        assert list(islice(always.segments_before(at("09:00")), 1)) == []

    def test_calendars_that_end(self):
        """A calendar that is open for a week only has no more after it."""
        days = {date(2026, 3, day): "09:00-10:00" for day in range(2, 7)}
        week = weekly(mon_fri="", special=days)
        assert week.add(at("09:00"), 5 * HOUR) == at("10:00", 6)
        with pytest.raises(NoOpenTimeError):
            week.add(at("09:00"), 5 * HOUR, boundary="next_open")
        with pytest.raises(NoOpenTimeError):
            week.add(at("09:00"), 5 * HOUR + MINUTE)
        assert week.subtract(at("12:00", 9), 5 * HOUR) == at("09:00")
        with pytest.raises(NoOpenTimeError):
            week.subtract(at("12:00", 9), 5 * HOUR + MINUTE)


class TestEdges:
    @pytest.mark.parametrize("year", [1, 9999])
    def test_years_out_of_reach_are_refused(self, year: int):
        """The first and the last year of all are refused with the reason."""
        instant = datetime(year, 6, 1, tzinfo=UTC)
        for ask in (OFFICE.is_open, OFFICE.next_open, OFFICE.next_close):
            with pytest.raises(InvalidEventError, match="from 2 to 9998"):
                ask(instant)
        for ask in (OFFICE.is_business_day, OFFICE.segments_on, OFFICE.is_holiday):
            with pytest.raises(InvalidEventError, match="from 2 to 9998"):
                ask(instant.date())

    def test_instants_beyond_utc_are_refused(self):
        """Even where UTC has no year for it, the error is ours."""
        far = timezone(timedelta(hours=14))
        with pytest.raises(InvalidEventError, match="outside the years"):
            OFFICE.is_open(datetime(1, 1, 1, tzinfo=far))
        with pytest.raises(InvalidEventError, match="9999"):
            OFFICE.elapsed(
                datetime(9998, 12, 1, tzinfo=UTC), datetime(9999, 12, 1, tzinfo=UTC)
            )

    def test_time_ends_there(self):
        """The years before and after the reach have no open time."""
        with pytest.raises(NoOpenTimeError):
            OFFICE.add(datetime(9998, 12, 31, tzinfo=UTC), 24 * HOUR)
        with pytest.raises(NoOpenTimeError):
            OFFICE.subtract(datetime(2, 1, 2, tzinfo=UTC), 24 * HOUR)
        with pytest.raises(NoOpenTimeError):
            OFFICE.add_business_days(date(9997, 12, 30), 4)
        with pytest.raises(NoOpenTimeError):
            OFFICE.add_business_days(date(3, 1, 2), -4)

    def test_budgets_beyond_all_years_are_refused(self):
        """Nobody has a million years."""
        with pytest.raises(NoOpenTimeError):
            OFFICE.add(at("09:00"), timedelta.max)
        with pytest.raises(NoOpenTimeError):
            OFFICE.subtract(at("09:00"), timedelta.max)


class TestValue:
    def test_calendars_of_the_same_parts_are_equal(self):
        """Equal, with the same hash, whatever has been compiled."""
        one, other = weekly(holidays=[MONDAY]), weekly(holidays=[MONDAY])
        one.is_open(at("09:00"))
        assert one == other
        assert hash(one) == hash(other)
        assert one & OFFICE == other & OFFICE
        assert len({one, other, one | OFFICE, other | OFFICE}) == 2

    @pytest.mark.parametrize(
        "other",
        [
            weekly("Europe/Kyiv"),
            weekly(mon_fri="09:00-17:01"),
            weekly(holidays=[MONDAY]),
            weekly(special={MONDAY: ""}),
            weekly(breaks={MONDAY: "09:00-10:00"}),
            weekly(version="2"),
            OFFICE & OFFICE,
        ],
    )
    def test_calendars_that_differ_are_not(self, other: Calendar):
        """Any part makes a difference, the version included."""
        assert other != OFFICE

    def test_calendars_travel(self):
        """They are pickled and copied after use, and answer the same."""
        office = weekly("Europe/Kyiv", holidays=[MONDAY]) - weekly()
        answer = office.next_open(at("09:00"))
        for again in (pickle.loads(pickle.dumps(office)), copy.deepcopy(office)):  # noqa: S301
            assert again == office
            assert again.next_open(at("09:00")) == answer

    def test_version_of_a_combination(self):
        """It says what it was combined from."""
        assert (weekly(version="a") & weekly(version="b")).version == "a&b"


class TestRefused:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"zone": "Europe/Kyjiw"}, "no IANA time zone: use a name such as"),
            ({"zone": ""}, "no IANA time zone"),
            ({"zone": None}, "no IANA time zone"),
            ({"days": {"monday": ""}}, "is no weekday: use mon, tue, wed"),
            ({"mon_fri": "9-17"}, "is no wall time: write it like 09:00"),
            ({"mon_fri": "09:00"}, "is no interval: write it like 09:00-17:00"),
            ({"mon_fri": "09:00-25:00"}, "'25:00': is no wall time"),
            ({"mon_fri": "09:00-24:01"}, "'24:01': is no wall time"),
            ({"mon_fri": "09:00-09:00"}, "is empty"),
            ({"mon_fri": "24:00-06:00"}, "is empty"),
            ({"mon_fri": "09:00-12:00, 11:00-13:00"}, "overlap: write every hour once"),
            ({"special": {"2026-03-02": ""}}, "must be a date"),
            ({"breaks": {at("09:00"): ""}}, "must be a date"),
            ({"special": {date(9999, 12, 31): "22:00-06:00"}}, "from 2 to 9998"),
            ({"holidays": ["2026-03-02"]}, "must be a date, or country_holidays"),
            ({"holidays": [at("09:00")]}, "must be a date, or country_holidays"),
        ],
    )
    def test_parts_of_a_calendar(self, arguments: dict, message: str):
        """What is wrong is named, with the way out."""
        with pytest.raises(InvalidEventError, match=message):
            weekly(**({"zone": "UTC"} | arguments))

    @pytest.mark.parametrize(
        ("instant", "message"),
        [
            (datetime(2026, 3, 2), "naive datetimes are refused"),  # noqa: DTZ001
            (MONDAY, "must be an aware datetime"),
            ("2026-03-02", "must be an aware datetime"),
            (None, "must be an aware datetime"),
            (3, "must be an aware datetime"),
        ],
    )
    def test_instants(self, instant: object, message: str):
        """Naive datetimes and what is no datetime are refused everywhere."""
        for ask in (
            OFFICE.is_open,
            OFFICE.next_open,
            OFFICE.is_break,
            lambda given: OFFICE.add(given, HOUR),
            lambda given: OFFICE.subtract(given, HOUR),
            lambda given: OFFICE.elapsed(given, at("09:00")),
            lambda given: OFFICE.elapsed(at("09:00"), given),
            lambda given: OFFICE.add(at("09:00"), HOUR, pauses=[(at("09:00"), given)]),
        ):
            with pytest.raises(InvalidEventError, match=message):
                ask(instant)

    @pytest.mark.parametrize("span", [4, 4.0, "4h", None])
    def test_spans(self, span: object):
        """A span says its unit; a number does not."""
        for ask in (OFFICE.add, OFFICE.subtract):
            with pytest.raises(InvalidEventError, match="must be a timedelta"):
                ask(at("09:00"), span)

    def test_boundaries(self):
        """There are two."""
        with pytest.raises(InvalidEventError, match="use close or next_open"):
            OFFICE.add(at("09:00"), HOUR, boundary="closing")

    @pytest.mark.parametrize("time", ["25:00", "9", "", "09:60"])
    def test_wall_times(self, time: str):
        """Only wall times are wall times."""
        with pytest.raises(InvalidEventError, match="is no wall time"):
            OFFICE.at(MONDAY, time)


class TestCountries:
    def test_close_their_public_holidays(self):
        """The Independence Day of Ukraine is closed, beside dates of our own."""
        pytest.importorskip("holidays")
        office = weekly(
            "Europe/Kyiv", holidays=[country_holidays("UA"), date(2021, 8, 26)]
        )
        assert office.is_holiday(date(2021, 8, 24))
        assert office.is_holiday(date(2021, 8, 26))
        assert not office.is_holiday(date(2021, 8, 25))
        assert weekly(holidays=country_holidays("UA")).is_holiday(date(2021, 8, 24))

    def test_parts_of_countries(self):
        """Scotland rests on 2 January, England does not."""
        pytest.importorskip("holidays")
        scotland = country_holidays("GB", "SCT")
        assert date(2026, 1, 2) in scotland
        assert date(2026, 1, 2) not in country_holidays("GB", "ENG")
        assert scotland == CountryHolidays("GB", "SCT")

    @pytest.mark.parametrize(("code", "part"), [("XX", None), ("GB", "XX")])
    def test_unknown_ones_are_refused(self, code: str, part: str | None):
        """A country or part that is unknown is refused when it is named."""
        pytest.importorskip("holidays")
        with pytest.raises(InvalidEventError, match="unknown to the holidays package"):
            country_holidays(code, part)

    def test_need_the_extra(self, monkeypatch: pytest.MonkeyPatch):
        """Without the package the error says what to install."""
        monkeypatch.setitem(sys.modules, "holidays", None)
        _published.cache_clear()
        with pytest.raises(MissingExtraError, match=r"complaint-lifecycle\[holidays\]"):
            country_holidays("UA")

    def test_holidays_are_taken_as_they_are(self):
        """Holidays that are ready need no reading."""
        ready = Holidays(frozenset([MONDAY]))
        assert weekly(holidays=ready) == weekly(holidays=[MONDAY])


@given(st.integers(0, 86_400))
def test_wall_times_are_read_as_written(seconds: int):
    """Every second of a day is written so that it reads back."""
    if seconds:
        assert read_hours(f"00:00-{time_text(seconds)}") == (((0, seconds),), ())
