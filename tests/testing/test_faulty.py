"""The journal of a host in trouble: what happens before a call, and what after it."""

from collections import deque

import pytest
from walks import MONDAY, new_desk, received

from complaint_lifecycle import MemoryJournal
from complaint_lifecycle.errors import JournalError, OutcomeUnknownError
from complaint_lifecycle.journal import Batch
from complaint_lifecycle.testing.faulty import CrashedError, Incident
from complaint_lifecycle.testing.simulation.faulty import HostJournal
from complaint_lifecycle.testing.simulation.ledger import Call, Ledger


class Script(deque):
    """A fuse that burns as it is told."""

    def burn(self) -> Incident | None:
        """Return what comes next."""
        return self.popleft()


def journal_with(*incidents: Incident | None) -> HostJournal:
    """Make a journal on which one thing happens after the other."""
    ledger = Ledger(calls=[Call("host-1")])
    let_in = lambda: ledger.touched.update(somebody=MONDAY)  # noqa: E731
    return HostJournal(
        MemoryJournal(), ledger, lambda: MONDAY, Script(incidents), let_in
    )


def a_batch() -> Batch:
    """Make a batch that starts a complaint."""
    desk = new_desk()
    return Batch("c-1", 0, desk.history(received(desk).id))


@pytest.mark.parametrize(
    ("incident", "error", "kept"),
    [
        (Incident.CRASH_BEFORE, CrashedError, 0),
        (Incident.CRASH_AFTER, CrashedError, 1),
        (Incident.FAIL_BEFORE, JournalError, 0),
        (Incident.FAIL_AFTER, OutcomeUnknownError, 1),
    ],
)
def test_an_append_fails_before_or_after_the_commit(
    incident: Incident, error: type[BaseException], kept: int
):
    """What was committed before it failed stays, and the ledger knows."""
    journal = journal_with(incident)
    with pytest.raises(error):
        journal.append([a_batch()])
    assert len(journal.inner.entries("c-1")) == kept
    assert len(journal.ledger.streams["c-1"]) == kept


@pytest.mark.parametrize("incident", [Incident.CRASH_AFTER, Incident.FAIL_AFTER])
def test_a_read_fails_afterwards_too(incident: Incident):
    """Its answer is lost."""
    with pytest.raises((CrashedError, JournalError)):
        journal_with(incident).entries("c-1")


def test_another_host_comes_first_but_not_in_a_transaction():
    """While something is claimed the others wait."""
    journal = journal_with(Incident.OVERTAKEN, None, Incident.OVERTAKEN, None)
    journal.append([a_batch()])
    assert journal.ledger.touched.pop("somebody") == MONDAY
    with journal.claim(MONDAY, limit=1) as rows:
        assert rows == ()
        assert journal.complaints() == ("c-1",)
    assert "somebody" not in journal.ledger.touched
