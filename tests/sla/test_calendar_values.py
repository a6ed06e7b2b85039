"""Calendars as values: business days, combinations, edges, and what is refused."""

import copy
import operator
import pickle
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import islice
from time import perf_counter

import pytest
from calendars import MINUTE, weekly

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

HOUR = timedelta(hours=1)
ZERO = timedelta(0)
OFFICE = weekly()
SHUT = weekly(mon_fri="")
MONDAY = date(2026, 3, 2)


def at(text: str, day: int = 2) -> datetime:
    """Return a wall time of March 2026 in UTC; the second is a Monday."""
    return datetime.fromisoformat(f"2026-03-{day:02}T{text}+00:00")


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

    def test_the_horizon_does_not_depend_on_what_was_asked_before(self):
        """Twenty-four years are too far, whichever years are compiled already."""
        day = date(2050, 1, 3)
        for asked in (None, 2020, 2049):
            far = weekly(mon_fri="", special={day: "09:00-17:00"})
            if asked is not None:
                far.is_open(datetime(asked, 1, 1, tzinfo=UTC))
            with pytest.raises(NoOpenTimeError, match="20 years"):
                far.next_open(at("09:00"))

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
            ({"breaks": "13:00-14:00"}, "a break of every day is two intervals"),
            ({"special": {MONDAY: None}}, "must be text such as 09:00-17:00"),
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
