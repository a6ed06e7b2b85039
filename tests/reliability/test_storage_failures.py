"""A disk that is full, and files that are read-only, locked or gone."""

import os
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count, islice
from pathlib import Path

import pytest
from reliability.trials import show, trials
from reliability.twins import EntryByEntry
from reliability.workload import END, Call, calls, desk_on, done, problems

from complaint_lifecycle import SqlJournal
from complaint_lifecycle.errors import JournalError

CALLS = trials(200, few=30)
NOBODY = 65534


class HalfDoneError(Exception):
    """A call failed, and left something of it behind."""


State = tuple[object, ...]


def state(journal: SqlJournal) -> State:
    """Read all that a journal holds."""
    receipts = journal._connection.all("SELECT * FROM complaint_receipt")
    entries = [*journal.since(0)]
    return entries, receipts, journal.due(END, limit=10**6), journal.budgets()


def pages(journal: SqlJournal, limit: int | None = None) -> int:
    """Return how many pages the file has, after setting how many it may have."""
    say = "" if limit is None else f"={limit}"
    journal._connection.all(f"PRAGMA max_page_count{say}")
    ((number,),) = journal._connection.all("PRAGMA page_count")
    return int(number)


@contextmanager
def few_pages(journal: SqlJournal, more: int) -> Iterator[None]:
    """Let the file grow by so many pages and no more."""
    pages(journal, pages(journal) + more)
    try:
        yield
    finally:
        pages(journal, 2**30)


@contextmanager
def few_bytes(path: Path, more: int) -> Iterator[None]:
    """Let the log beside the file grow by so many bytes and no more."""
    log = path.with_name(f"{path.name}-wal")
    size = log.stat().st_size if log.exists() else 0
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + more, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def refused(journal: SqlJournal, call: Call, room: Callable[[int], object]) -> int:
    """Make a call again and again with ever more room; count how often it failed."""
    before = state(journal)
    for failures in count():
        with room(failures):
            try:
                call()
            except JournalError as error:
                problem = str(error)
            else:
                return failures
        assert "full" in problem or "I/O" in problem
        if state(journal) != before:
            raise HalfDoneError(problem)
    raise AssertionError


def small_pages(path: Path) -> None:
    """Make an empty file of small pages, so that every call needs some more of them."""
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA page_size=512")
    raw.execute("VACUUM")
    raw.close()
    SqlJournal(path).close()
    raw = sqlite3.connect(path)
    # What the upgrades of the tables left free would be used first.
    raw.execute("VACUUM")
    raw.close()


@pytest.mark.parametrize("what", ["pages", "bytes"])
def test_a_full_disk_at_every_append_changes_nothing(folder, what):
    """Each call fails with the state before it, until there is room for all of it."""
    path = folder / "full.sqlite"
    small_pages(path)
    failures, keys = [], []
    with SqlJournal(path) as journal:
        rooms = {
            "pages": lambda more: few_pages(journal, more),
            "bytes": lambda more: few_bytes(path, more * 500),
        }
        for key, call in islice(calls(desk_on(journal), 7), CALLS):
            failures.append(refused(journal, call, rooms[what]))
            keys.append(key)
    assert problems(path, keys) == []
    show(f"full disk, {what}", calls=len(failures), failures=sum(failures))
    assert sum(failures) > len(failures)


def test_a_journal_that_leaves_a_part_is_caught(folder):
    """When the disk is full, some of its entries are there and others are not."""
    path = folder / "full.sqlite"
    small_pages(path)
    with EntryByEntry(path) as journal:
        found = [call for _, call in islice(calls(desk_on(journal), 7), 60)]

        def until_caught() -> None:
            for call in found:
                refused(journal, call, lambda more: few_pages(journal, more))

        with pytest.raises(HalfDoneError):
            until_caught()


def test_a_full_disk_while_a_journal_is_made_is_told(folder):
    """What is left can be opened, and made whole, once there is room."""
    for room in count(step=4096):
        path = folder / f"{room}.sqlite"
        problem = ""
        try:
            with few_bytes(path, room), SqlJournal(path):
                break
        except JournalError as error:
            problem = str(error)
        assert "full" in problem or "I/O" in problem
        assert problems(path, ()) == []
    assert room


def written(path: Path) -> State:
    """Make a journal in which a little is recorded; return what it holds."""
    with SqlJournal(path) as journal:
        for _, call in islice(calls(desk_on(journal), 3), 10):
            assert done(call)
        return state(journal)


def a_call(journal: SqlJournal) -> Call:
    """Give a call that writes."""
    return next(call for key, call in calls(desk_on(journal), 9) if key)


def again(path: Path) -> State:
    """Read what a file holds now."""
    with SqlJournal(path, create=False) as journal:
        return state(journal)


@contextmanager
def nobody() -> Iterator[None]:
    """Be somebody to whom read-only means read-only, should we be the superuser."""
    superuser = os.geteuid() == 0
    if superuser:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if superuser:
            os.seteuid(0)


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize("what", ["file", "folder", "both"])
def test_a_journal_on_a_read_only_place_is_refused(folder, what, create):
    """It is told when it is opened, or when it is written to, and nothing changes."""
    path = folder / "journal.sqlite"
    before = written(path)
    folder.chmod(0o755 if what == "file" and os.geteuid() else 0o555)
    path.chmod(0o644 if what == "folder" else 0o444)

    def used() -> None:
        with SqlJournal(path, create=create) as journal:
            a_call(journal)()

    with nobody(), pytest.raises(JournalError, match=r"read-?only|unable to open"):
        used()
    folder.chmod(0o755)
    path.chmod(0o644)
    assert again(path) == before


def test_a_file_that_is_read_only_while_it_is_open_changes_nothing(folder):
    """The journal that has it open still may write: all of it is there later."""
    path = folder / "journal.sqlite"
    written(path)
    with SqlJournal(path) as journal:
        path.chmod(0o444)
        keys = [
            key for key, call in islice(calls(desk_on(journal), 9), 5) if done(call)
        ]
    path.chmod(0o644)
    assert problems(path, keys) == []


@contextmanager
def impatient(journal: SqlJournal) -> Iterator[None]:
    """Wait a moment for a lock instead of half a minute."""
    journal._connection.all("PRAGMA busy_timeout=50")
    yield


def test_a_locked_file_is_told_and_nothing_changes(folder):
    """Whoever holds the lock for too long is in the way of writers, not of readers."""
    path = folder / "journal.sqlite"
    before = written(path)
    other = sqlite3.connect(path, isolation_level=None)
    with SqlJournal(path) as journal, impatient(journal):
        other.execute("BEGIN IMMEDIATE")
        call = a_call(journal)
        with pytest.raises(JournalError, match="locked"):
            call()
        assert state(journal) == before
        other.execute("ROLLBACK")
        assert done(call)
    other.close()


def test_opening_a_locked_file_gives_up_in_time(folder, monkeypatch):
    """After the time that a writer would wait, not after hours."""
    path = folder / "journal.sqlite"
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("CREATE TABLE invoices (id)")
    raw.execute("BEGIN EXCLUSIVE")
    waits: list[float] = []

    def wait(seconds: float) -> None:
        # Each time, the database itself has waited for half a minute by then.
        waits.append(seconds)
        if len(waits) > 5:
            raise TimeoutError

    monkeypatch.setattr("complaint_lifecycle.sql.sqlite.BUSY_SECONDS", 0.02)
    monkeypatch.setattr("complaint_lifecycle.sql.sqlite.sleep", wait)
    with closing(raw), pytest.raises(JournalError, match="locked"):
        SqlJournal(path)


def _replace(path: Path) -> None:
    path.unlink()
    written(path)


@pytest.mark.parametrize(
    "lose",
    [Path.unlink, lambda path: path.rename(path.with_name("aside")), _replace],
    ids=["removed", "renamed", "replaced"],
)
def test_a_file_that_is_gone_while_it_is_open_is_told(folder, lose):
    """Nothing is acknowledged that is not in the file of that name."""
    path = folder / "journal.sqlite"
    written(path)
    with SqlJournal(path) as journal:
        call = a_call(journal)
        lose(path)
        with pytest.raises(JournalError, match="while it was open"):
            call()
