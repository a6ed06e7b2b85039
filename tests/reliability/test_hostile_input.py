"""Whatever strangers write: it is read, or refused with an error of ours, and soon."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reliability.hostile import broken
from reliability.targets import ICAL, targets, tried
from reliability.trials import trials

EXAMPLES = trials(2000, few=40)
SECONDS = 20

anything = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class HungError(Exception):
    """Something took far too long."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Break off what takes too long."""

    def ring(*_: object) -> None:
        raise HungError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except HungError:
        # Where the bell rang is often a place that pytest cannot show.
        raise HungError from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("name", targets())
def test_the_examples_are_read(name):
    """Else nothing would be tried but refusals."""
    target = targets()[name]
    lines = ["\n".join(target.examples)] if name == "import" else target.examples
    assert all(tried(target, text) for text in lines)


@pytest.mark.parametrize("name", sorted(targets()))
@anything
@given(data=st.data())
def test_only_errors_of_ours_escape(name, data):
    """From each example, broken in every way."""
    target = targets()[name]
    text = data.draw(broken(target.examples, is_json=target.is_json))
    with within(SECONDS):
        tried(target, text)


DAY = "DTSTART;VALUE=DATE:20260302"
POSITIONS = ",".join(map(str, range(1, 367)))


@pytest.mark.parametrize(
    "lines",
    [
        "DTSTART;VALUE=DATE:99991231\nDURATION:P2D",
        f"{DAY}\nRRULE:FREQ=YEARLY;INTERVAL=0",
        f"{DAY}\nRRULE:FREQ=DAILY\nDURATION:P20000D",
        f"{DAY}\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        f"{DAY}\nRRULE:FREQ=YEARLY;BYYEARDAY={','.join(map(str, range(1, 5000)))}",
        f"{DAY}\nRRULE:FREQ=YEARLY;BYSETPOS={POSITIONS};BYDAY=MO,TU,WE,TH,FR,SA,SU",
        "DTSTART;VALUE=DATE:00010101\nRRULE:FREQ=DAILY",
        f"{DAY}\n" * 20_000,
    ],
    ids=[
        "beyond the year 9999",
        "again at once",
        "long and often",
        "never",
        "thousands of conditions",
        "hundreds of positions",
        "since the year 1",
        "again and again the same",
    ],
)
def test_a_calendar_file_that_goes_too_far_is_refused_soon(lines):
    """A few bytes keep nobody busy for long."""
    event = f"BEGIN:VEVENT\nUID:9\n{lines}\nEND:VEVENT\n"
    many = f"{event * 50}END:VCALENDAR"
    with within(SECONDS):
        assert not tried(targets()["ical"], ICAL.replace("END:VCALENDAR", many))
