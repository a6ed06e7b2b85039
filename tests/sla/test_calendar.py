"""Calendars give a defined answer wherever one could be in doubt."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from calendars import MINUTE, Given, is_open_at_each, weekly
from hypothesis import given
from hypothesis import strategies as st

from complaint_lifecycle.sla import Calendar
from complaint_lifecycle.sla.wall import read_hours, time_text

HOUR = timedelta(hours=1)
ZERO = timedelta(0)
OFFICE = weekly()
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


@given(st.integers(0, 86_400))
def test_wall_times_are_read_as_written(seconds: int):
    """Every second of a day is written so that it reads back."""
    if seconds:
        assert read_hours(f"00:00-{time_text(seconds)}") == (((0, seconds),), ())
