"""Whether histories of last year go through the lifecycle of today."""

from histories import histories
from hypothesis import given
from walks import new_desk, received, walked

from complaint_lifecycle import Lifecycle
from complaint_lifecycle.events import (
    Entry,
    Step,
    VerificationAttempted,
    Verified,
)
from complaint_lifecycle.lifecycle import gift_chart
from complaint_lifecycle.testing import ReplayVerdict, replay_check

TODAY = Lifecycle()
SHORTER = TODAY.edit().drop_step("explain").compile()


def a_history(up_to: Step = Step.PREVENT) -> tuple[Entry, ...]:
    """Record a complaint up to a step."""
    desk = new_desk()
    return desk.history(walked(desk, up_to).id)


@given(history=histories(TODAY))
def test_what_a_lifecycle_admitted_replays_under_it(history: tuple):
    """Strictly or not, and to the same states."""
    entries, complaint = history
    for strict in (True, False):
        found = replay_check(entries, TODAY, before=TODAY, strict=strict)
        assert found.ok
        assert [each.state for each in found.complaints] == [complaint.state]
        assert found.complaints[0].before == complaint.state


def test_a_dropped_step_is_named_with_the_entry():
    """The report says which entry of which complaint is refused, and why."""
    found = replay_check(a_history(), SHORTER)
    [broken] = found.broken
    assert broken.verdict is ReplayVerdict.REFUSED
    assert broken.entry is not None
    assert (broken.entry.version, broken.state) == (3, "thanked")
    assert str(found) == (
        "0 of 1 histories replay\n"
        "  c-1: refused, at 3 of 9, Explained: cannot record Explained while "
        "'thanked': apologise comes next (allowed: apologise, refer, withdraw, merge)"
    )


def test_each_complaint_is_told_by_itself():
    """Their entries may stand between each other."""
    desk = new_desk()
    short = received(desk)
    long = walked(desk, Step.APOLOGISE)
    entries = [each.entry for each in desk.journal.since(0)]
    mixed = sorted(entries, key=lambda entry: entry.version)
    found = replay_check(mixed, SHORTER)
    assert {each.complaint_id: each.ok for each in found.complaints} == {
        short.id: True,
        long.id: False,
    }
    assert str(found).startswith("1 of 2 histories replay")


def test_another_state_than_before_is_told():
    """A history may go through, and lead elsewhere."""
    elsewhere = (
        TODAY.edit()
        .disconnect("thank", "received")
        .connect("thank", "received", "explained")
        .disconnect("explain", "thanked")
        .connect("explain", "explained", "thanked")
        .connect("apologise", "thanked", "apologised")
        .compile()
    )
    entries = a_history(Step.THANK)
    found = replay_check(entries, elsewhere, before=TODAY)
    assert [each.verdict for each in found.complaints] == [ReplayVerdict.OTHER_STATE]
    told = "c-1: other state, at 2 of 2, Thanked: 'explained' now, 'thanked' before"
    assert str(found.complaints[0]) == told
    assert replay_check(entries, elsewhere).ok


def test_the_states_of_a_report_are_compared_in_the_end():
    """Complaints that it does not name are not compared."""
    entries = a_history(Step.THANK)
    assert replay_check(entries, TODAY, before={"c-1": "thanked"}).ok
    assert replay_check(entries, TODAY, before={"c-2": "fixed"}).ok
    [broken] = replay_check(entries, TODAY, before={"c-1": "fixed"}).broken
    assert (broken.verdict, broken.before) == (ReplayVerdict.OTHER_STATE, "fixed")


def test_what_last_year_itself_cannot_read_is_not_compared():
    """There is no state of then."""
    found = replay_check(a_history(Step.APOLOGISE), TODAY, before=SHORTER)
    assert found.ok
    assert found.complaints[0].before is None


def test_a_condition_of_today_refuses_only_if_asked_strictly():
    """A desk would still read what was recorded under the condition of then."""
    patient = Lifecycle(gift_chart(attempts=1))
    desk = new_desk(lifecycle=patient)
    complaint = walked(desk, Step.FIX)
    vain = (VerificationAttempted(), Verified(satisfied=None))
    desk.record(complaint.id, *vain, by="ana")
    entries = desk.history(complaint.id)
    assert replay_check(entries, patient).ok
    assert [each.entry for each in replay_check(entries, TODAY).broken] == [entries[-1]]
    assert replay_check(entries, TODAY, strict=False).ok
