"""Columns answer row by row as the scalar operations do."""

import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from calendars import calendars, instants, weekly
from hypothesis import given
from hypothesis import strategies as st

from complaint_lifecycle.errors import (
    InvalidEventError,
    MissingExtraError,
    NoOpenTimeError,
)
from complaint_lifecycle.sla import Calendar
from complaint_lifecycle.sla.wall import instant_of, micros

np = pytest.importorskip("numpy")

OFFICE = weekly("Europe/Berlin", mon_fri="09:00-12:00, 13:00-18:00")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
boundaries = st.sampled_from(["close", "next_open"])
spans = st.one_of(
    st.just(timedelta(0)), st.timedeltas(timedelta(days=-20), timedelta(days=20))
)


def column(rows: list[datetime]):
    """Make a column of instants."""
    return np.array([micros(at) for at in rows], np.int64).view("datetime64[us]")


def rows(column) -> list[datetime]:
    """Read a column of instants."""
    return [instant_of(int(at)) for at in column.view(np.int64)]


@given(calendars(), st.lists(instants(), max_size=8), spans, boundaries)
def test_one_span_is_added_to_each_row(
    office: Calendar, starts: list[datetime], span: timedelta, boundary: str
):
    """Each row is the scalar answer, for spans ahead, back and of nothing."""
    found = office.add_many(column(starts), span, boundary=boundary)
    assert rows(found) == [office.add(at, span, boundary=boundary) for at in starts]


@given(
    calendars(),
    st.lists(st.tuples(instants(), spans), min_size=1, max_size=8),
    boundaries,
)
def test_a_column_of_spans_is_added_row_by_row(
    office: Calendar, pairs: list[tuple[datetime, timedelta]], boundary: str
):
    """Rows ahead, back and of nothing may be mixed."""
    starts = column([at for at, _ in pairs])
    given = np.array([span for _, span in pairs], "timedelta64[us]")
    found = office.add_many(starts, given, boundary=boundary)
    assert rows(found) == [
        office.add(at, span, boundary=boundary) for at, span in pairs
    ]


@given(calendars(), st.lists(st.tuples(instants(), instants()), max_size=8))
def test_elapsed_row_by_row(office: Calendar, pairs: list[tuple[datetime, datetime]]):
    """Each row is the scalar answer, negative where it is reversed."""
    # Decades apart is another test; here the years would only be compiled.
    pairs = [(a, b) for a, b in pairs if abs(a - b) < timedelta(days=4000)]
    found = office.elapsed_many(
        column([a for a, _ in pairs]), column([b for _, b in pairs])
    )
    assert found.dtype == "timedelta64[us]"
    assert found.tolist() == [office.elapsed(a, b) for a, b in pairs]


def test_many_rows_over_many_years():
    """What is worked on in parts fits together again."""
    rng = np.random.default_rng(7)
    starts = micros(START) + rng.integers(-(10**14), 10**14, 100_000)
    ends = starts + rng.integers(-(10**12), 10**12, len(starts))
    due = OFFICE.add_many(starts, 144_000)
    elapsed = OFFICE.elapsed_many(starts, ends)
    for row in range(0, len(starts), 997):
        start, end = instant_of(int(starts[row])), instant_of(int(ends[row]))
        assert micros(OFFICE.add(start, 40 * HOUR)) == due[row]
        assert OFFICE.elapsed(start, end) // timedelta(microseconds=1) == elapsed[row]


@pytest.mark.parametrize(
    "office",
    [
        weekly(mon_fri="", special={date(2026, 3, 2): "09:00-10:00"}),
        weekly(mon_fri=", ".join(f"{h:02}:00-{h:02}:01" for h in range(24))),
        weekly(
            mon_fri="",
            special={
                date(2026, 3, 2): ", ".join(f"{h:02}:00-{h:02}:01" for h in range(24)),
                date(2026, 12, 2): "09:00-10:00",
            },
        ),
    ],
    ids=["once", "often", "bunched"],
)
def test_however_spans_are_spread(office: Calendar):
    """One span, very many, and many in a bunch are found alike."""
    instants = [START + n * timedelta(minutes=7) for n in range(-200, 100)]
    ends = [at + timedelta(hours=5) for at in instants]
    elapsed = office.elapsed_many(column(instants), column(ends))
    assert elapsed.tolist() == [
        office.elapsed(a, b) for a, b in zip(instants, ends, strict=True)
    ]
    some = instants[150:200]
    due = office.add_many(column(some), 30)
    assert rows(due) == [office.add(at, timedelta(seconds=30)) for at in some]


@pytest.mark.parametrize(
    "span",
    [HOUR, 3600, 3600.0, np.timedelta64(1, "h"), np.array([3600, 3600]), [3600, 3600]],
    ids=["timedelta", "int", "float", "timedelta64", "column", "list"],
)
def test_spans_may_be_given_in_many_ways(span: object):
    """A timedelta, seconds, or columns of them lead to the same instants."""
    starts = column([START, START + HOUR])
    assert rows(OFFICE.add_many(starts, span)) == [START + HOUR, START + 2 * HOUR]


def test_kinds_and_shapes_are_kept():
    """Instants come back as they were given, in the shape they were given in."""
    whole = np.full((2, 3), micros(START), np.int64)
    assert OFFICE.add_many(whole, HOUR).dtype == np.int64
    assert OFFICE.add_many(whole, HOUR).shape == (2, 3)
    assert OFFICE.elapsed_many(whole, micros(START)).tolist() == [[0] * 3] * 2
    one = np.datetime64("2026-03-02T09:00")
    assert OFFICE.add_many(one, HOUR) == np.datetime64("2026-03-02T10:00")
    assert OFFICE.elapsed_many(one, one + np.timedelta64(3, "h")) == 2 * HOUR
    none = np.array([], "datetime64[s]")
    assert OFFICE.add_many(none, HOUR).shape == (0,)
    assert OFFICE.elapsed_many(none, none).dtype == "timedelta64[us]"
    assert OFFICE.elapsed_many(none, one).shape == (0,)


@pytest.mark.parametrize(
    "starts",
    [
        np.array(["2026-03-02", "NaT"], "datetime64[D]"),
        np.array([1.0]),
        np.array([START], dtype=object),
        ["2026-03-02"],
    ],
    ids=["NaT", "floats", "objects", "text"],
)
def test_rows_that_are_no_instants_are_refused(starts: object):
    """NaT has no answer, and neither has anything that is no instant."""
    for ask in (
        lambda: OFFICE.add_many(starts, HOUR),
        lambda: OFFICE.elapsed_many(starts, starts),
    ):
        with pytest.raises(InvalidEventError, match="must be"):
            ask()


@pytest.mark.parametrize(
    "span",
    ["1h", None, float("nan"), 1e13, np.timedelta64("NaT"), np.array([True])],
    ids=str,
)
def test_spans_that_are_none_are_refused(span: object):
    """A span that is none is refused before anything is computed."""
    with pytest.raises(InvalidEventError, match="span"):
        OFFICE.add_many(column([START]), span)


def test_rows_without_an_answer_raise():
    """A calendar that does not open again has no column of answers."""
    once = weekly(mon_fri="", special={date(2026, 3, 2): "09:00-10:00"})
    starts = column([START, START])
    shut = weekly(mon_fri="")
    assert (
        shut.elapsed_many(starts, starts + np.timedelta64(9, "D")).tolist()
        == [timedelta(0)] * 2
    )
    with pytest.raises(NoOpenTimeError):
        shut.add_many(starts, HOUR)
    assert rows(once.add_many(starts, HOUR)) == [START + HOUR] * 2
    for span, boundary in ((2 * HOUR, "close"), (HOUR, "next_open"), (-HOUR, "close")):
        with pytest.raises(NoOpenTimeError):
            once.add_many(starts, span, boundary=boundary)
    with pytest.raises(InvalidEventError, match="close or next_open"):
        once.add_many(starts, HOUR, boundary="shut")


def test_columns_need_the_extra(monkeypatch: pytest.MonkeyPatch):
    """Without numpy the error says what to install."""
    monkeypatch.delitem(sys.modules, "complaint_lifecycle.sla.columns")
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(MissingExtraError, match=r"complaint-lifecycle\[columns\]"):
        OFFICE.elapsed_many([0], [0])
