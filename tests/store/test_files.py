"""The file of a journal: moved while it is open, locked, damaged, or asked for nonsense."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest

from complaint_lifecycle import Desk, Received, SqlJournal, Thanked
from complaint_lifecycle.errors import ComplaintError, JournalError
from complaint_lifecycle.sql import sqlite

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the file of a journal in which a little is recorded."""
    made = tmp_path / "complaints.sqlite"
    with SqlJournal(made) as journal:
        _receive(journal, "c-1")
    return made


def _receive(journal: SqlJournal, name: str) -> None:
    first = Received(customer="C-1", channel="email")
    Desk(journal=journal, clock=lambda: AT).receive(first, by="form", id=name)


def _replace(path: Path) -> None:
    path.unlink()
    SqlJournal(path).close()


class TestMovedWhileOpen:
    @pytest.mark.parametrize(
        ("lose", "became"),
        [
            (Path.unlink, "removed or renamed"),
            (lambda path: path.rename(path.with_name("aside")), "removed or renamed"),
            (_replace, "replaced by another"),
        ],
        ids=["removed", "renamed", "replaced"],
    )
    def test_nothing_is_acknowledged(self, path: Path, lose, became: str):
        """It would go to a file that nobody finds; so the error says what happened."""
        with SqlJournal(path) as journal:
            lose(path)
            with pytest.raises(JournalError, match=f"was {became}.* while it was open"):
                _receive(journal, "c-2")
            assert journal.complaints() == ("c-1",)

    def test_a_file_that_is_put_back_is_written_to_again(self, path: Path):
        """Nothing is left of what was refused meanwhile."""
        aside = path.with_name("aside")
        with SqlJournal(path) as journal:
            path.rename(aside)
            with pytest.raises(JournalError, match="put it back, or open"):
                _receive(journal, "c-2")
            aside.rename(path)
            _receive(journal, "c-3")
        with SqlJournal(path) as journal:
            assert journal.complaints() == ("c-1", "c-3")

    def test_a_name_that_is_relative_is_that_of_the_same_file(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        """A host that changes its folder meanwhile loses no journal."""
        monkeypatch.chdir(path.parent)
        with SqlJournal(path.name) as journal:
            monkeypatch.chdir("/")
            _receive(journal, "c-2")
        with SqlJournal(path) as journal:
            assert journal.complaints() == ("c-1", "c-2")


def test_opening_a_locked_file_gives_up_in_time(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    """After the time that a writer would wait, and not that time again and again."""
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    new = path.with_name("new.sqlite")
    with closing(sqlite3.connect(new, isolation_level=None)) as raw:
        raw.execute("CREATE TABLE invoices (id)")
        raw.execute("BEGIN EXCLUSIVE")
        begun = monotonic()
        with pytest.raises(JournalError, match="locked"):
            SqlJournal(new)
        assert monotonic() - begun < 5


def test_damage_to_the_description_of_the_tables_is_told(path: Path):
    """SQLite quotes it, though it is no text any more."""
    content = path.read_bytes()
    spoilt = content.replace(b"digest TEXT NOT NULL", b"digest TEXT NOT NU\xccL")
    assert spoilt != content
    path.write_bytes(spoilt)
    with pytest.raises(JournalError, match="cannot use"):
        SqlJournal(path, create=False)


def test_a_stored_instant_that_is_none_is_told(path: Path):
    """A date beyond every calendar is refused when the due index is read."""
    with SqlJournal(path) as journal:
        journal._connection.execute(
            "INSERT INTO complaint_due "
            "(tenant, complaint_id, cause, threshold, at_us) "
            "VALUES ('', 'c-1', 'fix', 'miss', ?)",
            (2**62,),
        )
        far = datetime(9999, 12, 31, tzinfo=UTC)
        with pytest.raises(ComplaintError, match="are no instant"):
            journal.due(far, limit=10)


@pytest.mark.parametrize(
    "ask",
    [
        lambda journal: journal.entries("\ud800"),
        lambda journal: journal.entries("c-1", after=2**63),
        lambda journal: list(journal.since(-(2**64))),
        lambda journal: journal.receipt("\udcff"),
        lambda journal: journal.complaints(customer="\ud800"),
        lambda journal: journal.due(AT, limit=2**63),
    ],
    ids=["id", "after", "position", "key", "customer", "limit"],
)
def test_what_the_database_cannot_be_asked_is_refused(path: Path, ask):
    """Half a character, or a number of more than 64 bits."""
    with SqlJournal(path) as journal:
        with pytest.raises(JournalError, match="the journal failed"):
            ask(journal)
        Desk(journal=journal, clock=lambda: AT).record("c-1", Thanked(), by="ana")
