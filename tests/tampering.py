"""Seven ways of tampering with a journal, as somebody who may change the database."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from shutil import copyfile
from sqlite3 import Connection, connect

from attrs import define, field

from complaint_lifecycle import SqlJournal
from complaint_lifecycle.sql import Checkpoint, Finding, Tampering, Verification
from complaint_lifecycle.sql.sealing import Seal
from complaint_lifecycle.sql.tracing import Stored

ENTRY = "complaint_entry"
ROW = (
    "position, complaint_id, version, at_us, by_whom, recorded_us, kind, schema, "
    "public, personal, personal_digest, customer, key_id, digest"
)


@define
class Journals:
    """A journal that was made once, and copies of it to be tampered with."""

    folder: Path
    secret: bytes | None
    fill: Callable[[SqlJournal], None]
    kept: Checkpoint | None = field(default=None, init=False)

    def copy(self) -> Path:
        """Give a fresh copy."""
        original, copy = self.folder / "original.sqlite", self.folder / "copy.sqlite"
        if self.kept is None:
            from walks import MONDAY

            with SqlJournal(original, secret=self.secret) as journal:
                self.fill(journal)
                self.kept = journal.checkpoint(MONDAY)
        copyfile(original, copy)
        for leftover in ("-wal", "-shm"):
            Path(f"{copy}{leftover}").unlink(missing_ok=True)
        return copy


def pick(raw: Connection, random: Random) -> tuple[str, int, int]:
    """Pick a complaint, its number of entries, and one entry that is not the last."""
    names = raw.execute(f"SELECT DISTINCT complaint_id FROM {ENTRY}").fetchall()  # noqa: S608
    (name,) = random.choice(sorted(names))
    count = f"SELECT count(*) FROM {ENTRY} WHERE complaint_id = ?"  # noqa: S608
    ((size,),) = raw.execute(count, (name,)).fetchall()
    return name, size, random.randrange(1, size)


def changed(raw: Connection, random: Random) -> set[Finding]:
    """Change one field of one entry."""
    name, _, version = pick(raw, random)
    fields = {
        "at_us": "at_us + 1",
        "recorded_us": "recorded_us - 1",
        "by_whom": "'mallory'",
        "kind": "'CustomerWrote' || kind",
        "public": "public || ' '",
        "personal": '\'{"text":"other"}\'',
        "customer": "'C-2'",
        "schema": "schema + 1",
        "key_id": "'k'",
        "digest": "NULL",
    }
    name_of = random.choice(sorted(fields))
    set_it(raw, name, version, f"{name_of} = {fields[name_of]}")
    # Without its digest, an entry looks as if only the next one were wrong.
    return {Finding(Tampering.CHANGED, name, v) for v in (version, version + 1)}


def set_it(raw: Connection, name: str, version: int, what: str) -> None:
    """Update one entry."""
    where = "complaint_id = ? AND version = ?"
    raw.execute(f"UPDATE {ENTRY} SET {what} WHERE {where}", (name, version))  # noqa: S608


def retyped(raw: Connection, random: Random) -> set[Finding]:
    """Make another fact of an entry."""
    name, _, version = pick(raw, random)
    set_it(raw, name, version, "kind = 'Updated', public = '{}'")
    kind = Tampering.CHANGED
    found = {Finding(kind, name, version)}
    # An Updated was one before: then nothing changes, and another entry is taken.
    if version == 4:
        set_it(raw, name, version, "kind = 'Explained'")
    return found


def swapped(raw: Connection, random: Random) -> set[Finding]:
    """Swap two neighbours: their versions, or all but their places."""
    name, _, version = pick(raw, random)
    move(raw, name, version, -1)
    move(raw, name, version + 1, version)
    move(raw, name, -1, version + 1)
    return {Finding(Tampering.REORDERED, name, v) for v in (version, version + 1)}


def move(raw: Connection, name: str, version: int, to: int) -> None:
    """Give an entry another version."""
    set_it(raw, name, version, f"version = {to}")


def removed(raw: Connection, random: Random) -> set[Finding]:
    """Remove an entry from the middle; perhaps close the gap."""
    name, size, version = pick(raw, random)
    where = "complaint_id = ? AND version = ?"
    raw.execute(f"DELETE FROM {ENTRY} WHERE {where}", (name, version))  # noqa: S608
    if random.random() < 0.5:
        for later in range(version + 1, size + 1):
            move(raw, name, later, later - 1)
    # Closing the gap before the last entry leaves nothing to compare that one with.
    whats = (Tampering.REMOVED, Tampering.CHANGED)
    return {Finding(what, name, version) for what in whats}


def inserted(raw: Connection, random: Random) -> set[Finding]:
    """Insert an entry before another one, with a digest that looks like one."""
    name, size, version = pick(raw, random)
    for later in range(size, version - 1, -1):
        move(raw, name, later, later + 1)
    copied = "at_us, by_whom, recorded_us, kind, schema, public, tenant"
    raw.execute(
        f"INSERT INTO {ENTRY} (complaint_id, version, digest, {copied}) "  # noqa: S608
        f"SELECT complaint_id, ?, ?, {copied} FROM {ENTRY} "
        "WHERE complaint_id = ? AND version = ?",
        (version, random.randbytes(32).hex(), name, version + 1),
    )
    raw.execute(
        f"UPDATE {ENTRY} SET position = position + 1000 "  # noqa: S608
        "WHERE complaint_id = ? AND version > ?",
        (name, version),
    )
    return {Finding(Tampering.INSERTED, name, version)}


def cut_off(raw: Connection, random: Random) -> set[Finding]:
    """Cut off the end of a complaint."""
    name, _, version = pick(raw, random)
    where = "complaint_id = ? AND version > ?"
    raw.execute(f"DELETE FROM {ENTRY} WHERE {where}", (name, version))  # noqa: S608
    return {Finding(Tampering.CUT_OFF, name, version + 1)}


def rewritten(raw: Connection, random: Random) -> set[Finding]:
    """Change an entry and make all digests after it anew, as without a secret."""
    name, _, version = pick(raw, random)
    set_it(raw, name, version, "by_whom = 'mallory'")
    seal, previous = Seal(), ""
    question = f"SELECT {ROW} FROM {ENTRY} WHERE complaint_id = ? ORDER BY version"  # noqa: S608
    for row in raw.execute(question, (name,)).fetchall():
        stored = Stored.of("", row)
        previous = (
            seal.of_entry(previous, stored.row)
            if stored.version >= version
            else str(stored.digest)
        )
        set_it(raw, name, stored.version, f"digest = '{previous}'")
    return {Finding(Tampering.CHANGED, name, version)}


_WAYS = {
    "changed": changed,
    "retyped": retyped,
    "swapped": swapped,
    "removed": removed,
    "inserted": inserted,
    "cut off": cut_off,
    "rewritten": rewritten,
}
KINDS = tuple(_WAYS)


def tampered(
    journals: Journals, kind: str, random: Random, *, kept: bool = True
) -> tuple[Verification, set[Finding]]:
    """Tamper with a copy and verify it.

    Args:
        journals: Where it comes from.

        kind: What is done.

        random: Where.

        kept: Whether it is compared with checkpoints.

    Returns:
        What was found, and what may be named.
    """
    path = journals.copy()
    raw = connect(path)
    try:
        if not kept:
            raw.execute("DELETE FROM complaint_checkpoint")
            raw.execute("DELETE FROM complaint_head")
        expected = _WAYS[kind](raw, random)
        raw.commit()
    finally:
        raw.close()
    with SqlJournal(path, secret=journals.secret) as journal:
        return journal.verify(against=journals.kept if kept else None), expected
