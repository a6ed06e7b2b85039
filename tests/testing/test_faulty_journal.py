"""A journal in trouble as a host's test gives it to a desk."""

from datetime import timedelta

import pytest
from walks import MONDAY, new_desk, received

from complaint_lifecycle import JumpClock, SqlJournal
from complaint_lifecycle.errors import (
    ConflictError,
    InvalidEventError,
    JournalError,
    OutcomeUnknownError,
)
from complaint_lifecycle.events import Thanked
from complaint_lifecycle.testing import CrashedError, FaultyJournal, Incident


def test_a_desk_decides_anew_when_it_was_overtaken():
    """One conflict is no more than another attempt."""
    journal = FaultyJournal()
    desk = new_desk(journal)
    complaint = received(desk)
    journal.inject("overtaken", times=2)
    assert desk.record(complaint.id, Thanked(), by="ana").version == 2


def test_a_desk_gives_up_when_it_is_overtaken_again_and_again():
    """Then the conflict comes out, and nothing is recorded."""
    journal = FaultyJournal()
    desk = new_desk(journal, attempts=3)
    complaint = received(desk)
    journal.inject(Incident.OVERTAKEN, times=3)
    with pytest.raises(ConflictError):
        desk.record(complaint.id, Thanked(), by="ana")
    assert len(journal.inner.entries(complaint.id)) == 1


@pytest.mark.parametrize(
    ("incident", "error", "kept"),
    [
        ("fail before", JournalError, 1),
        ("fail after", OutcomeUnknownError, 2),
        ("crash before", CrashedError, 1),
        ("crash after", CrashedError, 2),
    ],
)
def test_the_same_call_is_answered_once_the_connection_is_back(
    incident: str, error: type[BaseException], kept: int
):
    """Whether the first one was committed or not, with its key it counts once."""
    journal = FaultyJournal()
    desk = new_desk(journal)
    complaint = received(desk)
    journal.inject(incident)
    with pytest.raises(error):
        desk.record(complaint.id, Thanked(), by="ana", key="mail-7")
    assert len(journal.inner.entries(complaint.id)) == kept
    assert desk.record(complaint.id, Thanked(), by="ana", key="mail-7").version == 2
    assert len(journal.inner.entries(complaint.id)) == 2


def test_an_append_that_comes_twice_counts_once_with_its_key():
    """The second delivery is refused by the journal, and the desk finds the answer."""
    journal = FaultyJournal()
    desk = new_desk(journal)
    complaint = received(desk)
    journal.inject("doubled")
    assert desk.record(complaint.id, Thanked(), by="ana", key="mail-7").version == 2
    assert len(journal.inner.entries(complaint.id)) == 2


def test_a_slow_call_lets_the_clock_go_on():
    """What was decided before it stays as it was decided."""
    clock = JumpClock(MONDAY)
    journal = FaultyJournal(clock=clock, delay=timedelta(minutes=5))
    desk = new_desk(journal, clock=clock)
    journal.inject("slow")
    complaint = received(desk)
    assert clock.now == MONDAY + timedelta(minutes=5)
    assert desk.history(complaint.id)[0].at == MONDAY


def test_reads_and_claims_fail_too_and_others_in_turn():
    """Only the calls told of fail, each in its turn."""
    journal = FaultyJournal()
    desk = new_desk(journal)
    complaint = received(desk)
    journal.inject("fail after", on="entries", after=1)
    assert len(journal.entries(complaint.id)) == 1
    with pytest.raises(JournalError):
        journal.entries(complaint.id)
    assert len(journal.entries(complaint.id)) == 1
    journal.inject("fail after", on="claim")
    with pytest.raises(JournalError):
        desk.tick()
    assert desk.tick() == 0


def test_what_is_no_method_goes_through():
    """Such as the readers of a journal."""
    journal = FaultyJournal()
    assert journal.readers is journal.inner.readers


def test_any_journal_can_be_in_trouble():
    """One in a database as well."""
    with SqlJournal(":memory:") as inner:
        journal = FaultyJournal(inner)
        desk = new_desk(journal)
        complaint = received(desk)
        journal.inject("overtaken")
        assert desk.record(complaint.id, Thanked(), by="ana").version == 2


def test_an_append_of_nothing_cannot_be_overtaken():
    """There is no complaint that somebody else could have changed."""
    journal = FaultyJournal()
    journal.inject("overtaken")
    journal.append(())
    assert journal.complaints() == ()


@pytest.mark.parametrize(
    ("arguments", "named", "problem"),
    [
        ({"incident": "explode"}, {}, "must be one of crash before, crash after"),
        ({"incident": "doubled"}, {"on": "entries"}, "at an append only"),
        ({"incident": "slow"}, {}, "needs a clock that goes on"),
        ({"incident": "fail before"}, {"on": "vanish"}, "is no method of a Memory"),
    ],
)
def test_what_cannot_happen_is_refused(arguments: dict, named: dict, problem: str):
    """The message says what can."""
    with pytest.raises(InvalidEventError, match=problem):
        FaultyJournal().inject(**arguments, **named)
