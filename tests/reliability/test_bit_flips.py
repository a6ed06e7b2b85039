"""Single bits of a closed file flip: what is told, and what is not."""

import shutil
import sqlite3
from collections import Counter
from contextlib import suppress
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from attrs import frozen
from reliability.trials import memory_folder, show, trials
from reliability.workload import END, LIFECYCLE, calls, desk_on, done

from complaint_lifecycle import ComplaintError, SqlJournal
from complaint_lifecycle.errors import JournalError

FLIPS = max(200, trials(400, few=200))
CALLS = 60

HARMLESS = "harmless"
TOLD = "told when it is read"
TOLD_BY_DIGESTS = "told by digests"
TOLD_BY_SQLITE = "told by a check of SQLite only"
BESIDE = "changed beside the complaints"
SILENT = "changed silently"
HOWS = (HARMLESS, TOLD, TOLD_BY_DIGESTS, TOLD_BY_SQLITE, BESIDE, SILENT)


@frozen
class Known:
    """What a host can learn from a journal.

    Attributes:
        complaints: Every complaint, and every entry.

        beside: The due index, the budgets and the receipts.
    """

    complaints: object
    beside: object


def known(path: Path) -> Known:
    """Read and fold all that a journal holds, as a host would."""
    with SqlJournal(path, create=False) as journal:
        names = journal.complaints()
        folded = [LIFECYCLE.replay(journal.entries(n), strict=False) for n in names]
        # Entries hold more than what is folded, such as who recorded them.
        entries = [*journal.since(0)]
        receipts = journal._connection.all("SELECT * FROM complaint_receipt")
        beside = journal.due(END, limit=10**6), journal.budgets(), receipts
        return Known((folded, entries), beside)


def is_verified(path: Path) -> bool:
    """Ask the journal whether it is what was written."""
    try:
        with SqlJournal(path, create=False) as journal:
            journal.verify().check()
    except ComplaintError:
        return False
    return True


def is_sound(path: Path) -> bool:
    """Ask SQLite itself."""
    raw = sqlite3.connect(path)
    try:
        return raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    except (sqlite3.Error, UnicodeDecodeError):
        return False
    finally:
        raw.close()


@frozen
class Flip:
    """What became of a flipped bit.

    Attributes:
        now: What can be read; nothing, if reading fails.

        verified: Whether the digests hold.

        sound: Whether SQLite finds its own structures in order.
    """

    now: Known | None
    verified: bool
    sound: bool

    @classmethod
    def of(cls, path: Path, bit: int) -> "Flip":
        """Flip a bit of a file."""
        content = bytearray(path.read_bytes())
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        now = None
        with suppress(ComplaintError):
            now = known(path)
        return cls(now, is_verified(path), is_sound(path))

    def outcome(self, before: Known, *, digests: bool = True) -> str:
        """Say how it is told, if it is."""
        if self.now is None:
            return TOLD
        if digests and not self.verified:
            return TOLD_BY_DIGESTS
        if not self.sound:
            return TOLD_BY_SQLITE
        if self.now.complaints != before.complaints:
            return SILENT
        return HARMLESS if self.now == before else BESIDE


@pytest.fixture(scope="module")
def flips() -> tuple[Known, list[Flip]]:
    """Flip bits at random, one in each copy of a journal."""
    with memory_folder() as folder:
        path, copy = folder / "journal.sqlite", folder / "copy.sqlite"
        make(path)
        before, size = known(path), path.stat().st_size * 8
        assert is_verified(path)
        chance = Random(400)  # noqa: S311 - to be foreseen
        found = []
        for _ in range(FLIPS):
            shutil.copyfile(path, copy)
            found.append(Flip.of(copy, chance.randrange(size)))
    count = Counter(flip.outcome(before) for flip in found)
    numbers = {how.replace(" ", "_"): count[how] for how in HOWS}
    show("flipped bits", bits=FLIPS, **numbers)
    return before, found


def make(path: Path) -> None:
    """Make a journal that has no page free."""
    with SqlJournal(path) as journal:
        for _, call in islice(calls(desk_on(journal), 5), CALLS):
            done(call)
    raw = sqlite3.connect(path)
    raw.execute("VACUUM")
    raw.close()


def test_a_flipped_bit_never_ends_in_an_error_of_another_kind(flips):
    """It is told by an error of ours, changes something, or lies where nothing is."""
    before, found = flips
    assert len(found) == FLIPS
    assert any(flip.outcome(before) == TOLD for flip in found)


def test_a_flipped_bit_never_changes_a_complaint_silently(flips):
    """What is read is what was recorded, or it is told by whoever looks for it."""
    before, found = flips
    count = Counter(flip.outcome(before) for flip in found)
    assert count[SILENT] == 0
    assert count[TOLD_BY_DIGESTS] > 0


def test_a_journal_without_digests_is_caught(flips):
    """Nobody else tells of complaints that are not what was recorded."""
    before, found = flips
    assert any(flip.outcome(before, digests=False) == SILENT for flip in found)


def test_a_flipped_bit_in_what_describes_the_tables_is_told(folder):
    """Though it is nothing that could be shown."""
    path = folder / "journal.sqlite"
    make(path)
    content = path.read_bytes()
    path.write_bytes(
        content.replace(b"digest TEXT NOT NULL", b"digest TEXT NOT NU\xccL", 1)
    )
    with pytest.raises(JournalError):
        SqlJournal(path, create=False)
