"""Many writers at once: nothing is lost, nothing is there twice."""

import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from time import sleep

import pytest
from stores import Place, at_once
from walks import DUE, HOUR, MONDAY, new_desk, received

from complaint_lifecycle import Desk, JumpClock, Received, SqlJournal, money
from complaint_lifecycle.desk import Backoff
from complaint_lifecycle.errors import (
    BudgetConflictError,
    ConflictError,
    KeyReusedError,
)
from complaint_lifecycle.events import CustomerWrote, Due, Updated
from complaint_lifecycle.journal import Batch, BudgetChange, BudgetRow, Receipt
from complaint_lifecycle.sql.postgres import Postgres
from complaint_lifecycle.sql.writing import Writer

WRITERS = 32


def busy_desk(journal: SqlJournal) -> Desk:
    """Make a desk that does not give up."""
    return Desk(journal=journal, clock=JumpClock(MONDAY), attempts=10_000)


@pytest.mark.parametrize("complaints", [1, WRITERS])
def test_32_writers_lose_and_duplicate_nothing(place: Place, complaints: int):
    """On one complaint and on many, each with a desk of its own."""
    with place.open() as journal:
        first = new_desk(journal)
        names = [received(first).id for _ in range(complaints)]

        def work(number: int) -> Callable[[], None]:
            desk = busy_desk(journal)
            name = names[number % complaints]

            def write() -> None:
                for turn in range(4):
                    fact = Updated(text=f"{number} {turn}")
                    desk.record(name, fact, by=f"w{number}", key=f"{number} {turn}")

            return write

        at_once(work(number) for number in range(WRITERS))
        texts: list[str] = []
        for name in names:
            history = journal.entries(name)
            assert [e.version for e in history] == list(range(1, len(history) + 1))
            texts += [e.event.text for e in history[1:]]
        assert len(texts) == len(set(texts)) == WRITERS * 4
        assert len(list(journal.since(0))) == WRITERS * 4 + complaints


def _deliver(place: Place, number: int, requests: int) -> None:
    with place.open() as journal:
        desk = busy_desk(journal)
        order = list(range(requests))
        Random(number).shuffle(order)  # noqa: S311 - any order will do
        for request in order:
            name = f"c-{request % 10}"
            desk.record(name, CustomerWrote(), by="inbox", key=f"mail-{request}")


def test_500_requests_delivered_by_8_processes_are_applied_once_each(place: Place):
    """Each process delivers them all, in an order of its own."""
    with place.open() as journal:
        desk = new_desk(journal)
        for number in range(10):
            first = Received(customer="C-1", channel="email")
            desk.receive(first, by="form", id=f"c-{number}")
        spawn = multiprocessing.get_context("spawn")
        workers = [
            spawn.Process(target=_deliver, args=(place, number, 500))
            for number in range(8)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert [worker.exitcode for worker in workers] == [0] * 8
        assert [c.contacts for c in desk.complaints()] == [51] * 10
        assert len(list(journal.since(0))) == 510
        receipts = [journal.receipt(f"mail-{number}") for number in range(500)]
    assert Counter(r.complaint_id for r in receipts) == {
        f"c-{n}": 50 for n in range(10)
    }


def _following(journal: SqlJournal, name: str) -> Batch:
    """Make the batch of one more fact."""
    lifecycle = Desk().lifecycle
    complaint = lifecycle.replay(journal.entries(name))
    entries, _ = lifecycle.decide(complaint, [Updated()], at=MONDAY, by="ana")
    return Batch(name, complaint.version, entries)


def _due(hours: int) -> Due:
    return Due(
        complaint_id="c-1", cause=f"x#{hours}", threshold="due", at=DUE + hours * HOUR
    )


class TestPostgres:
    def test_whoever_comes_second_with_a_version_is_told_who_was_first(
        self, postgres: Place
    ):
        """Both saw the version before; the database lets one of them in."""
        with postgres.open() as journal, postgres.open() as other:
            received(new_desk(journal))
            late = _following(journal, "c-1")

            def overtaken():
                yield late
                other.append([_following(other, "c-1")])

            with pytest.raises(ConflictError) as caught:
                journal.append(overtaken())
            error = caught.value
            assert (error.complaint_id, error.expected, error.actual) == ("c-1", 1, 2)
            assert len(journal.entries("c-1")) == 2

    def test_whoever_comes_second_to_a_budget_is_told(
        self, postgres: Place, monkeypatch
    ):
        """Also if the other committed after it was read."""
        read = Writer.budget
        with postgres.open() as journal, postgres.open() as other:

            def racing(self: Writer, name: str) -> BudgetRow:
                found = read(self, name)
                if self is journal._writer and found.version == 0:
                    change = BudgetChange(name, 0, money(1, "EUR"))
                    other.append((), budgets=[change])
                return found

            monkeypatch.setattr(Writer, "budget", racing)
            with pytest.raises(BudgetConflictError, match="at version 1, not 0"):
                journal.append((), budgets=[BudgetChange("b", 0, money(2, "EUR"))])
            assert journal.budget("b").spent == money(1, "EUR")

    @pytest.mark.parametrize("locked", [True, False])
    def test_a_due_index_is_never_overwritten_by_an_older_one(
        self, postgres: Place, monkeypatch, locked: bool
    ):
        """One is computed anew while somebody appends; without a lock it would be."""
        if not locked:
            monkeypatch.setattr(Postgres, "_locking", lambda self, locks: "")
        with postgres.open() as journal, postgres.open() as other:
            received(new_desk(journal))
            late = _following(journal, "c-1")
            writer = threading.Thread(
                target=lambda: other.append([late], due={"c-1": [_due(2)]})
            )

            def reindexing():
                yield Batch("c-1", 1, ())
                writer.start()
                writer.join(0.3)

            journal.append(reindexing(), due={"c-1": [_due(1)]})
            writer.join()
            rows = journal.due(DUE + timedelta(days=9), limit=9)
        assert rows == ((_due(2) if locked else _due(1)),)

    def test_whoever_comes_second_with_a_key_waits_and_is_told(self, postgres: Place):
        """Until the first has committed, nobody knows whether the key is taken."""
        receipt = Receipt("k", "digest", "c-1", 1)
        with postgres.open() as journal, postgres.open() as other:
            begun = threading.Event()

            def slowly():
                begun.set()
                sleep(0.1)
                yield from ()

            first = threading.Thread(
                target=lambda: other.append(slowly(), receipt=receipt)
            )
            first.start()
            assert begun.wait(30)
            with pytest.raises(KeyReusedError):
                journal.append((), receipt=receipt)
            first.join()
            assert journal.receipt("k") == receipt


def test_a_desk_waits_longer_with_every_attempt():
    """By chance and by a sleep that are given to it."""
    waits: list[float] = []
    chance, again = Random(7), Random(7)  # noqa: S311 - to be foreseen
    desk = new_desk(pause=Backoff(random=chance, sleep=waits.append), attempts=6)
    complaint = received(desk)

    def contended(batches, **beside):
        raise ConflictError(complaint.id, 1, 2)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(desk.journal), "append", lambda *_, **__: contended(()))
        with pytest.raises(ConflictError):
            desk.record(complaint.id, Updated(), by="ana")
    assert waits == [again.uniform(0, 0.001 * 2**n) for n in (2, 3, 4, 5)]
