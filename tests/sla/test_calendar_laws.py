"""Laws of calendars, over random ones; and an oracle that looks at every minute."""

from datetime import datetime, timedelta
from itertools import pairwise

from calendars import (
    DAY,
    MINUTE,
    Given,
    calendars,
    givens,
    instants,
    is_open_at_each,
    offsets,
)
from hypothesis import assume, given
from hypothesis import strategies as st

from complaint_lifecycle.errors import NoOpenTimeError
from complaint_lifecycle.sla import Calendar

ZERO = timedelta(0)
spans = st.timedeltas(timedelta(microseconds=1), 60 * DAY)
boundaries = st.sampled_from(["close", "next_open"])


def open_at(known: dict[datetime, bool], start: datetime) -> list[datetime]:
    """List the open minutes from an instant on."""
    return [at for at, is_open in known.items() if is_open and at >= start]


@given(givens())
def test_oracle_agrees_on_what_is_open(given: Given):
    """Every minute of three days is open if an independent reading says so."""
    office = given.calendar()
    known = is_open_at_each(given)
    assert {at: office.is_open(at) for at in known} == known


@given(givens(), st.data())
def test_oracle_agrees_on_elapsed(given: Given, data: st.DataObject):
    """Open time between two minutes is the number of open minutes."""
    known = is_open_at_each(given)
    start, end = sorted(data.draw(st.sampled_from(list(known))) for _ in "ab")
    counted = sum(is_open for at, is_open in known.items() if start <= at < end)
    assert given.calendar().elapsed(start, end) == counted * MINUTE


@given(givens(), st.data())
def test_oracle_agrees_on_add(given: Given, data: st.DataObject):
    """The n-th open minute is where a budget of n minutes ends, at either boundary."""
    known = is_open_at_each(given)
    start = data.draw(st.sampled_from(list(known)))
    left = open_at(known, start)
    assume(len(left) > 1)
    count = data.draw(st.integers(1, len(left) - 1))
    office = given.calendar()
    assert office.add(start, count * MINUTE) == left[count - 1] + MINUTE
    assert office.add(start, count * MINUTE, boundary="next_open") == left[count]
    assert office.add(start, ZERO) == left[0]
    assert office.subtract(left[count], count * MINUTE) == left[0]


@given(givens())
def test_oracle_agrees_on_segments(given: Given):
    """Segments tile: ordered, apart, and as long together as time is open."""
    known = is_open_at_each(given)
    start, end = min(known), max(known) + MINUTE
    office = given.calendar()
    segments = office.segments(start, end)
    assert all(a < b for a, b in segments)
    assert all(before < after for (_, before), (after, _) in pairwise(segments))
    minutes = {a + n * MINUTE for a, b in segments for n in range((b - a) // MINUTE)}
    assert minutes == {at for at, is_open in known.items() if is_open}
    assert sum((b - a for a, b in segments), ZERO) == office.elapsed(start, end)


@given(calendars(), instants(), spans, boundaries)
def test_add_and_elapsed_invert_each_other(
    office: Calendar, start: datetime, span: timedelta, boundary: str
):
    """As much open time lies before a deadline as was given to it."""
    due = office.add(start, span, boundary=boundary)
    assert due > start
    assert office.elapsed(start, due) == span
    assert office.elapsed(due, start) == -span


@given(calendars(), instants(), instants())
def test_elapsed_and_add_invert_each_other(
    office: Calendar, start: datetime, end: datetime
):
    """Adding the time that has elapsed leads to the end, but for closed time."""
    start, end = sorted([start, end])
    assume(end - start < 10 * 365 * DAY)
    span = office.elapsed(start, end)
    assume(span)
    assert (
        office.add(start, span) <= end <= office.add(start, span, boundary="next_open")
    )
    assert office.subtract(end, span) >= start


@given(calendars(), instants(), spans)
def test_subtract_inverts_add(office: Calendar, start: datetime, span: timedelta):
    """From a deadline back lies the start, or the opening it waited for."""
    start = office.next_open(start)
    assert office.subtract(office.add(start, span), span) == start
    assert office.add(start, -span) == office.subtract(start, span)
    assert office.elapsed(office.subtract(start, span), start) == span


@given(calendars(), instants(), spans, st.lists(st.tuples(offsets(), offsets())))
def test_pauses_move_a_deadline_by_their_open_time(
    office: Calendar,
    start: datetime,
    span: timedelta,
    pauses: list[tuple[timedelta, timedelta]],
):
    """A pause of open length p that begins in time moves it by exactly p."""
    cursor, paused, taken = start, [], ZERO
    for gap, length in pauses:
        paused.append((cursor + gap, cursor + gap + length))
        cursor += gap + length
    for a, b in paused:
        if a < office.add(start, span + taken):
            taken += office.elapsed(a, b)
    due = office.add(start, span, pauses=paused)
    assert due == office.add(start, span + taken)
    assert office.elapsed(start, due, pauses=paused) == span


@given(givens(), st.data())
def test_pauses_are_closed_time(given: Given, data: st.DataObject):
    """Pausing is the same as being closed: one calendar less another."""
    office = given.calendar()
    assume(any(given.week))
    start = data.draw(instants(given))
    a, b = sorted(data.draw(instants(given)) for _ in "ab")
    assume(a < b)
    span = data.draw(st.one_of(st.just(ZERO), offsets()))
    boundary = data.draw(boundaries)
    closed = office - only(a, b)
    assert office.add(start, span, pauses=[(a, b)], boundary=boundary) == closed.add(
        start, span, boundary=boundary
    )
    assert office.subtract(start, span, pauses=[(a, b)]) == closed.subtract(start, span)
    assert office.elapsed(a - DAY, b, pauses=[(a, b)]) == closed.elapsed(a - DAY, b)


class Once:
    """A source that is open once, to the microsecond, unlike any weekly hours."""

    def __init__(self, start: int, end: int) -> None:
        self.span = start, end

    def segments(self, year: int) -> list[tuple[int, int]]:
        """Return its span in each year that it touches."""
        from complaint_lifecycle.sla.open_time import year_bounds
        from complaint_lifecycle.sla.wall import within

        return within([self.span], *year_bounds(year))


def only(start: datetime, end: datetime) -> Calendar:
    """Make a calendar that is open from one instant to another."""
    from complaint_lifecycle.sla.wall import micros

    return Calendar("UTC", Once(micros(start), micros(end)))


pairs = givens().flatmap(lambda one: st.tuples(st.just(one), givens(one.day)))


@given(pairs, st.data())
def test_set_laws_hold_at_every_instant(pair: tuple[Given, Given], data: st.DataObject):
    """Union, intersection and difference are or, and, and and-not."""
    a, b = (each.calendar() for each in pair)
    either, both, difference = a | b, a & b, a - b
    for at in data.draw(st.lists(instants(pair[0]), max_size=50)):
        in_a, in_b = a.is_open(at), b.is_open(at)
        assert either.is_open(at) == (in_a or in_b)
        assert both.is_open(at) == (in_a and in_b)
        assert difference.is_open(at) == (in_a and not in_b)


@given(pairs, st.data())
def test_set_laws_hold_for_open_time(pair: tuple[Given, Given], data: st.DataObject):
    """What is counted twice in two calendars is what both have."""
    a, b = (each.calendar() for each in pair)
    start, end = sorted(data.draw(instants(pair[0])) for _ in "ab")

    def elapsed(calendar: Calendar) -> timedelta:
        return calendar.elapsed(start, end)

    assert elapsed(a) + elapsed(b) == elapsed(a | b) + elapsed(a & b)
    assert elapsed(a - b) == elapsed(a) - elapsed(a & b)
    always = Calendar.always(a.zone)
    assert elapsed(always - a) == (end - start) - elapsed(a)
    assert elapsed(always - (a | b)) == elapsed((always - a) & (always - b))
    assert a.segments(start, end) == (a | a).segments(start, end)
    assert (a | b).segments(start, end) == (b | a).segments(start, end)
    assert (a - a).segments(start, end) == []


@given(calendars(), instants())
def test_openings_and_closings_are_where_they_are_said_to_be(
    office: Calendar, at: datetime
):
    """Just before a closing it is open and then it is not; openings likewise."""
    tick = timedelta(microseconds=1)
    opens, closes = office.next_open(at), office.next_close(at)
    assert opens >= at
    assert office.is_open(opens)
    assert opens == at or not office.is_open(opens - tick)
    assert closes > at
    assert office.is_open(closes - tick)
    assert not office.is_open(closes)
    before = office.previous_close(at)
    assert before <= at
    assert office.is_open(before - tick)
    assert before == at or not office.is_open(before)


@given(calendars(), instants())
def test_segments_after_and_before_are_segments(office: Calendar, at: datetime):
    """Walking segment by segment gives the same as asking for all of them."""
    ahead, back = office.segments_after(at), office.segments_before(at)
    after = [next(ahead) for _ in range(5)]
    before = [next(back) for _ in range(5)][::-1]
    assert after == office.segments(at, after[-1][1])
    assert before == office.segments(before[0][0], at)


@given(calendars(), instants(), st.integers(-15, 15))
def test_business_days_between_inverts_add_business_days(
    office: Calendar, at: datetime, count: int
):
    """So many business days later lies so many business days ahead."""
    day = office.date_of(at)
    try:
        # Clocks may skip the only date of a week that has hours.
        end = office.add_business_days(day, count)
    except NoOpenTimeError:
        assume(False)
        raise
    if count >= 0:
        assert office.business_days_between(day, end) == count
        assert office.business_days_between(end, day) == -count
    else:
        steps = office.business_days_between(end - DAY, day - DAY)
        assert steps == -count
    assert count == 0 or office.is_business_day(end)
