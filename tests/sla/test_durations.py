"""Durations: the last instant in time, on every unit that has a name."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaint_lifecycle import InvalidEventError
from complaint_lifecycle.errors import NoOpenTimeError
from complaint_lifecycle.sla import Calendar
from complaint_lifecycle.sla.durations import (
    BusinessDays,
    ByPromise,
    business_days,
    calendar_days,
    elapsed_hours,
    months,
    open_hours,
    promised,
    weeks,
)

KYIV = ZoneInfo("Europe/Kyiv")
OFFICE = Calendar.weekly(
    "Europe/Kyiv",
    mon_fri="09:00-13:00, 14:00-18:00",
    holidays=[date(2026, 3, 9)],
)
TICK = timedelta(microseconds=1)


def at(day: int, hour: int = 0, minute: int = 0, month: int = 3) -> datetime:
    """Name an instant of spring 2026 in Kyiv; the second of March is a Monday."""
    return datetime(2026, month, day, hour, minute, tzinfo=KYIV)


class TestHours:
    def test_open_hours_run_in_working_time(self):
        """Friday at five plus two hours is past a weekend and a holiday."""
        assert open_hours(2).due(at(6, 17), OFFICE) == at(10, 10)

    def test_open_hours_stand_still_in_a_pause(self):
        """An hour of working time in a pause moves the end by an hour."""
        pause = (at(2, 10), at(2, 11))
        assert open_hours(2).due(at(2, 9), OFFICE, pauses=[pause]) == at(2, 12)

    def test_elapsed_hours_run_by_the_clock(self):
        """Nights count, and the lost hour of spring is not counted."""
        start = at(28, 18)
        assert elapsed_hours(24).due(start, OFFICE) == at(29, 19)

    def test_elapsed_hours_stand_still_in_a_pause(self):
        """Every hour of a pause moves the end by an hour, day or night."""
        pause = (at(2, 20), at(3, 4))
        assert elapsed_hours(24).due(at(2, 12), OFFICE, pauses=[pause]) == at(3, 20)

    def test_hours_may_have_minutes_and_are_not_negative(self):
        """Ninety minutes are one hour and thirty minutes."""
        assert open_hours(1, minutes=30) == open_hours(1.5)
        for make in (open_hours, elapsed_hours):
            with pytest.raises(InvalidEventError, match="must not be negative"):
                make(-1)
            for nonsense in (float("nan"), float("inf"), "four"):
                with pytest.raises(InvalidEventError, match="number of hours"):
                    make(nonsense)


class TestBusinessDays:
    @pytest.mark.parametrize(
        ("how", "due"),
        [
            ("same_time", at(10, 15, 30)),
            ("close", at(10, 18)),
            ("open", at(10, 9)),
            ("end_of_day", at(11) - TICK),
            ("13:30", at(10, 14)),
            ("08:00", at(10, 9)),
            ("20:00", at(10, 18)),
            ("11:15", at(10, 11, 15)),
        ],
    )
    def test_two_days_after_a_thursday(self, how: str, due: datetime):
        """Friday is one, the holiday is none, Tuesday is two; times move into hours."""
        assert business_days(2, at=how).due(at(5, 15, 30), OFFICE) == due

    def test_a_same_time_in_the_break_moves_to_its_end(self):
        """A start while closed ends when it opens."""
        assert business_days(1).due(at(2, 13, 30), OFFICE) == at(3, 14)

    def test_a_same_time_after_closing_moves_to_the_next_day(self):
        """The next open moment is on the day after."""
        assert business_days(1).due(at(2, 22), OFFICE) == at(4, 9)

    def test_after_the_cutoff_it_counts_as_received_the_next_day(self):
        """At three it still counts as today, a minute later it does not."""
        limit = business_days(1, at="close", cutoff="15:00")
        assert limit.due(at(2, 15), OFFICE) == at(3, 18)
        assert limit.due(at(2, 15, 1), OFFICE) == at(4, 18)

    def test_the_day_of_receipt_may_count(self):
        """While its own instant is ahead, and only on a business day."""
        limit = business_days(2, at="close", include_start=True)
        assert limit.due(at(2, 10), OFFICE) == at(3, 18)
        assert limit.due(at(2, 20), OFFICE) == at(4, 18)
        assert limit.due(at(7, 10), OFFICE) == at(11, 18)

    def test_no_days_end_on_the_same_day(self):
        """Close of business today."""
        assert business_days(0, at="close").due(at(2, 10), OFFICE) == at(2, 18)

    def test_days_count_back(self):
        """From Tuesday over the holiday to Friday."""
        assert business_days(-1).due(at(10, 10), OFFICE) == at(6, 10)
        assert business_days(-1).due(at(10, 13, 30), OFFICE) == at(6, 13)

    def test_a_pause_moves_by_the_dates_that_it_covers(self):
        """Tuesday and Wednesday lie wholly in it, Monday and Thursday do not."""
        pause = (at(2, 15), at(5, 11))
        limit = business_days(2, at="close")
        assert limit.due(at(2, 10), OFFICE, pauses=[pause]) == at(6, 18)

    @given(st.integers(0, 60), st.integers(0, 12))
    def test_a_pause_of_whole_days_moves_by_its_business_days(self, hour, days):
        """From midnight to midnight, k business dates move it by k."""
        start = at(2, 9)
        pause = (at(3), at(3) + timedelta(days=days))
        covered = OFFICE.business_days_between(
            date(2026, 3, 2), date(2026, 3, 2) + timedelta(days=days)
        )
        count = hour % 7 + 1
        moved = business_days(count).due(start, OFFICE, pauses=[pause])
        assert moved == business_days(count + covered).due(start, OFFICE)

    def test_pauses_may_come_from_anywhere(self):
        """A generator is not used up at the first date."""
        pause = (at(3), at(5))
        limit = business_days(3, at="close")
        from_list = limit.due(at(2, 10), OFFICE, pauses=[pause])
        assert limit.due(at(2, 10), OFFICE, pauses=iter([pause])) == from_list

    @pytest.mark.parametrize("count", [True, 1.5, 10**9])
    def test_a_count_of_days_is_a_whole_number(self, count):
        """Neither a half, nor a truth value, nor beyond every calendar."""
        with pytest.raises(InvalidEventError, match="whole number up to"):
            business_days(count)

    def test_a_wall_time_is_checked(self):
        """Neither the time nor the cut-off may be nonsense."""
        with pytest.raises(InvalidEventError, match="is no wall time"):
            business_days(1, at="tea time")
        with pytest.raises(InvalidEventError, match="is no wall time"):
            business_days(1, cutoff="25:00")

    def test_the_answer_is_in_the_zone_of_the_question(self):
        """Asked in UTC, answered in UTC."""
        due = business_days(1, at="close").due(at(2, 10).astimezone(UTC), OFFICE)
        assert due.tzinfo is UTC
        assert due == at(3, 18)

    @pytest.mark.parametrize("how", ["close", "open", "11:00"])
    def test_no_days_end_on_the_first_business_day_that_is_still_in_time(self, how):
        """From a Sunday before a holiday the Tuesday, from its evening Wednesday."""
        hour = {"open": 9, "close": 18, "11:00": 11}[how]
        assert business_days(0, at=how).due(at(8, 10), OFFICE) == at(10, hour)
        assert business_days(0, at=how).due(at(10, 19), OFFICE) == at(11, hour)

    def test_a_cutoff_holds_on_business_days_only(self):
        """All of a Saturday counts as the same Saturday."""
        limit = business_days(1, at="close", cutoff="15:00")
        for hour in (10, 14, 16, 23):
            assert limit.due(at(14, hour), OFFICE) == at(16, 18)

    def test_the_zone_of_the_start_changes_nothing_when_an_hour_comes_twice(self):
        """Wall times of one zone compare by what they show, instants do not."""
        berlin = ZoneInfo("Europe/Berlin")
        start = datetime(2026, 10, 25, 2, 10, tzinfo=berlin, fold=1)
        for limit in (
            business_days(1, at="close", cutoff="02:30"),
            business_days(1, at="02:30", include_start=True),
        ):
            always = Calendar.always("Europe/Berlin")
            due = limit.due(start.astimezone(UTC), always)
            assert limit.due(start, always).astimezone(UTC) == due
            assert due > start.astimezone(UTC)

    @pytest.mark.parametrize(("how", "hour"), [("close", 24), ("11:00", 11)])
    def test_weekdays_may_count_whatever_the_hours(self, how, hour):
        """A Tuesday without hours ends at its midnight, or at the wall time."""
        mondays = Calendar.weekly("Europe/Kyiv", days={"mon": "09:00-17:00"})
        due = BusinessDays(1, how, rest=(6, 7)).due(at(2, 10), mondays)
        assert due == at(3) + timedelta(hours=hour)

    def test_a_first_date_that_is_wholly_paused_does_not_count(self):
        """Though a cut-off made it the first."""
        limit = business_days(1, at="close", cutoff="15:00", include_start=True)
        paused = [(at(3), at(4))]
        assert limit.due(at(2, 16), OFFICE) == at(3, 18)
        assert limit.due(at(2, 16), OFFICE, pauses=paused) == at(4, 18)

    def test_a_pause_without_end_is_told_and_not_counted_out(self):
        """No limit can end in it."""
        paused = [(at(3), datetime(9000, 1, 1, tzinfo=UTC))]
        for limit in (business_days(3), calendar_days(3), months(1)):
            with pytest.raises(NoOpenTimeError):
                limit.due(at(2, 16), OFFICE, pauses=paused)

    def test_a_calendar_that_never_opens_has_no_day_to_roll_to(self):
        """It is told soon."""
        never = Calendar.weekly("UTC")
        with pytest.raises(NoOpenTimeError):
            calendar_days(3, roll="next").due(at(2, 16), never)


class TestCalendarDays:
    def test_days_end_at_midnight_also_when_clocks_change(self):
        """Eight weeks of local days, not of twenty-four hours."""
        assert weeks(8).due(at(2, 9), OFFICE) == at(28, month=4) - TICK

    @pytest.mark.parametrize(
        ("roll", "last"), [("none", 7), ("next", 10), ("previous", 6)]
    )
    def test_an_end_on_a_saturday_rolls_as_asked(self, roll: str, last: int):
        """Forward over Sunday and the holiday, or back to Friday."""
        limit = calendar_days(5, roll=roll)
        assert limit.due(at(2, 9), OFFICE) == at(last + 1) - TICK

    def test_a_pause_moves_by_the_dates_that_it_covers(self):
        """Two whole dates of pause are two dates more."""
        pause = (at(3), at(5))
        assert calendar_days(3).due(at(2, 9), OFFICE, pauses=[pause]) == at(8) - TICK

    def test_months_end_on_the_same_day_or_the_last(self):
        """A month after the thirty-first of January is the end of February."""
        start = datetime(2026, 1, 31, 9, tzinfo=KYIV)
        assert months(1).due(start, OFFICE) == at(1) - TICK
        assert months(1, roll="next").due(at(8, 9, month=2), OFFICE) == at(11) - TICK

    def test_a_pause_lengthens_months_by_the_dates_that_it_covers(self):
        """A date wholly paused is one date more."""
        pause = (at(10), at(12))
        assert months(1).due(at(2, 9), OFFICE, pauses=[pause]) == at(5, month=4) - TICK

    @pytest.mark.parametrize("make", [calendar_days, weeks, months])
    def test_a_count_is_a_whole_number_from_zero(self, make):
        """Neither negative, nor a half, nor a truth value."""
        for count in (-1, 0.5, True, 10**7):
            with pytest.raises(InvalidEventError, match="whole number"):
                make(count)

    @pytest.mark.parametrize(
        ("zone", "day", "ends"),
        [
            ("America/Santiago", date(2026, 9, 5), "2026-09-06T03:59:59.999999+00:00"),
            ("America/Santiago", date(2026, 4, 4), "2026-04-05T03:59:59.999999+00:00"),
            ("Pacific/Apia", date(2011, 12, 29), "2011-12-30T09:59:59.999999+00:00"),
        ],
    )
    def test_a_day_ends_where_clocks_change_at_midnight(self, zone, day, ends):
        """The last instant is a microsecond before the first of the next day."""
        calendar = Calendar.always(zone)
        start = calendar.at(day, "12:00")
        due = calendar_days(0).due(start, calendar)
        assert due.astimezone(UTC).isoformat() == ends

    def test_a_roll_is_one_of_three(self):
        """The message names them."""
        with pytest.raises(InvalidEventError, match="none, next, previous"):
            weeks(1, roll="sideways")


def test_until_the_promised_date_is_a_duration_of_its_own():
    """Its end is not counted but promised."""
    assert promised() == ByPromise()
