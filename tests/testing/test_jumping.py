"""Time that jumps to whatever is due next."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from walks import DUE, HOUR, MONDAY, PROMISE, new_desk, received

from complaint_lifecycle import Desk, Sla
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.events import Apologised, Explained, Thanked
from complaint_lifecycle.sla import Calendar, Target
from complaint_lifecycle.sla.durations import open_hours, promised
from complaint_lifecycle.testing import run_until_idle

SLA = Sla(
    calendar=Calendar.always("UTC"),
    targets=[
        Target("thanks", until="thank", within=open_hours(4), warn=[0.5]),
        Target("promise", within=promised()),
    ],
)
MOMENT = timedelta(microseconds=1)


def test_every_threshold_is_recorded_at_its_instant():
    """A warning at its own, a miss a moment after."""
    desk = new_desk(sla=SLA)
    received(desk)
    recorded = run_until_idle(desk)
    assert [(entry.kind, entry.at) for entry in recorded] == [
        ("TimerWarned", MONDAY + 2 * HOUR),
        ("TimerMissed", MONDAY + 4 * HOUR + MOMENT),
    ]
    assert desk.clock() == MONDAY + 4 * HOUR + MOMENT
    assert desk.journal.due(DUE, limit=9) == ()


def test_it_ends_at_once_when_nothing_is_due():
    """Then no time passes."""
    desk = new_desk()
    received(desk)
    assert run_until_idle(desk) == ()
    assert desk.clock() == MONDAY


def test_it_goes_no_further_than_told():
    """The clock stands there, and the rest is still due."""
    desk = new_desk(sla=SLA)
    received(desk)
    until = MONDAY + 3 * HOUR
    assert [entry.kind for entry in run_until_idle(desk, until=until)] == [
        "TimerWarned"
    ]
    assert desk.clock() == until
    assert run_until_idle(desk, until=MONDAY) == ()
    assert desk.clock() == until


def test_what_was_recorded_before_is_not_returned():
    """Only what came meanwhile, of all complaints."""
    desk = new_desk(sla=SLA)
    first = received(desk)
    desk.record(first.id, Thanked(), Explained(), Apologised(), PROMISE, by="ana")
    second = received(desk)
    kinds = [(each.complaint_id, each.kind) for each in run_until_idle(desk)]
    assert kinds == [
        (second.id, "TimerWarned"),
        (second.id, "TimerMissed"),
        (first.id, "TimerMissed"),
    ]


def test_a_complaint_that_was_set_aside_gets_its_turn():
    """Time passes until it may be tried again."""
    broken = [1, 1]

    def resolver(complaint: object) -> Sla:
        if desk.clock() > MONDAY and broken:
            broken.pop()
            raise LookupError
        return SLA

    desk = new_desk(sla=resolver)
    received(desk)
    with pytest.warns(UserWarning, match="set aside"):
        recorded = run_until_idle(desk)
    assert [entry.kind for entry in recorded] == ["TimerWarned", "TimerMissed"]
    assert recorded[0].at > MONDAY + 2 * HOUR


def test_what_never_ends_is_an_error():
    """A number of ticks that looks like the end would hide it."""
    desk = new_desk(sla=SLA)
    received(desk)
    with pytest.raises(InvalidEventError, match="still due after 1 ticks"):
        run_until_idle(desk, limit=1)


def test_a_clock_that_cannot_jump_is_refused():
    """The message says which can."""
    with pytest.raises(InvalidEventError, match="give the desk clock=JumpClock"):
        run_until_idle(Desk())


@settings(max_examples=30)
@given(hours=st.lists(st.integers(1, 200), min_size=1, max_size=5, unique=True))
def test_nothing_fires_early_and_nothing_is_left(hours: list[int]):
    """Each miss comes a moment after its due instant, in order."""
    targets = [Target(f"t{n}", until="fix", within=open_hours(n)) for n in hours]
    desk = new_desk(sla=Sla(calendar=Calendar.always("UTC"), targets=targets))
    received(desk)
    fired: list[datetime] = [entry.event.fired for entry in run_until_idle(desk)]
    assert fired == [MONDAY + n * HOUR + MOMENT for n in sorted(hours)]
