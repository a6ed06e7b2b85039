"""Forgetting: what is personal is gone from everywhere, and nothing else is."""

import logging
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Annotated

import pytest
from canaries import CANARIES, PERSONAL, found_in, plant
from stores import Place
from walks import HOUR, MONDAY, new_desk, received

from complaint_lifecycle import (
    Codec,
    CustomerWrote,
    Desk,
    Event,
    InvalidEventError,
    JumpClock,
    Lifecycle,
    MemoryJournal,
    Received,
    SqlJournal,
    Thanked,
    fact,
)
from complaint_lifecycle.codec import FORGOTTEN_PART, Encoded
from complaint_lifecycle.errors import (
    ComplaintError,
    JournalError,
    KeyReusedError,
    UnknownComplaintError,
)
from complaint_lifecycle.events import EVENTS, FORGOTTEN, Due, Updated
from complaint_lifecycle.events.fields import Personal, Rule
from complaint_lifecycle.journal import Forgetting, Journal, Receipt
from complaint_lifecycle.sql import MasterKeys, forgetting
from complaint_lifecycle.transfer import export_entries, import_entries

MASTER = secrets.token_bytes(32)
LATER = MONDAY + 24 * HOUR


def texts_of(desk: Desk, complaint_id: str) -> set[str]:
    """Return what the personal fields of a complaint read as."""
    return {
        getattr(entry.event, name)
        for entry in desk.history(complaint_id)
        for name in entry.event.personal
    }


def files_of(place: Place) -> dict[str, bytes]:
    """Return the bytes of an SQLite file and of those beside it."""
    path = Path(place.where)
    return {p.name: p.read_bytes() for p in path.parent.glob(f"{path.name}*")}


class TestJournals:
    def test_personal_text_reads_forgotten(self, journal: Journal):
        """In every complaint of the customer, and in no other one."""
        desk = new_desk(journal)
        plant(desk, "C-1")
        mine = plant(desk, "C-2")
        before = [desk.complaint(name) for name in ("C-1-1", "C-1-2")]
        assert desk.forget("C-1", by="dpo") == len(PERSONAL) + 1
        assert texts_of(desk, "C-1-1") == {FORGOTTEN}
        assert texts_of(desk, "C-1-2") == {FORGOTTEN}
        fresh = new_desk(journal)
        assert [fresh.complaint(name) for name in ("C-1-1", "C-1-2")] == before
        assert [e.event for e in desk.history("C-2-1")] == mine[:-1]

    def test_what_says_nothing_personal_stays_as_it_is(self, journal: Journal):
        """It is not claimed that there had been something."""
        desk = new_desk(journal)
        complaint = received(desk, text="It is broken.")
        desk.record(complaint.id, Thanked(), Updated(), by="ana")
        assert desk.forget("C-1009", by="dpo") == 1
        assert texts_of(desk, complaint.id) == {FORGOTTEN, ""}

    def test_it_may_be_asked_again(self, journal: Journal):
        """Nothing is left to be forgotten, until the customer writes again."""
        desk = new_desk(journal)
        complaint = received(desk, text="It is broken.")
        assert desk.forget("C-1009", by="dpo") == 1
        assert desk.forget("C-1009", by="dpo") == 0
        desk.record(complaint.id, CustomerWrote(text="Still broken."), by="form")
        assert texts_of(desk, complaint.id) == {FORGOTTEN, "Still broken."}
        assert desk.forget("C-1009", by="dpo") == 1
        assert texts_of(desk, complaint.id) == {FORGOTTEN}

    def test_it_is_known_who_forgot_what_and_when(self, journal: Journal):
        """A record for each complaint, also when that has ended."""
        clock = JumpClock(MONDAY)
        desk = new_desk(journal, clock=clock)
        plant(desk, "C-1")
        clock.jump_to(LATER)
        desk.forget("C-1", by="dpo")
        received(desk, customer="C-1", text="And now this.")
        clock.advance(HOUR)
        desk.forget("C-1", by="eva")
        assert journal.forgotten() == (
            Forgetting("C-1-1", 17, len(PERSONAL) - 1, LATER, "dpo"),
            Forgetting("C-1-2", 2, 2, LATER, "dpo"),
            Forgetting("c-1", 1, 1, LATER + HOUR, "eva"),
        )

    def test_single_complaints_are_forgotten(self, journal: Journal):
        """The others of the customer stay; one that is unknown changes nothing."""
        desk = new_desk(journal)
        names = [received(desk, text=f"text {n}").id for n in range(3)]
        with pytest.raises(UnknownComplaintError, match="no complaint 'c-9'"):
            desk.forget(complaints=[names[0], "c-9"], by="dpo")
        assert [texts_of(desk, name) for name in names] == [
            {"text 0"}, {"text 1"}, {"text 2"},
        ]  # fmt: skip
        assert desk.forget(complaints=names[:2], by="dpo") == 2
        assert [texts_of(desk, name) for name in names] == [
            {FORGOTTEN}, {FORGOTTEN}, {"text 2"},
        ]  # fmt: skip

    def test_an_unknown_customer_has_nothing(self, journal: Journal):
        """The answer is none, and nothing is noted."""
        assert new_desk(journal).forget("C-9", by="dpo") == 0
        assert journal.forgotten() == ()

    def test_who_is_to_be_forgotten_is_said(self, journal: Journal):
        """Nobody, or text in the place of ids, is a mistake of the caller."""
        desk = new_desk(journal)
        with pytest.raises(InvalidEventError, match="name a customer, or complaints"):
            desk.forget(by="dpo")
        with pytest.raises(InvalidEventError, match="several ids"):
            desk.forget(complaints="c-1", by="dpo")
        for customer, by in (("", "dpo"), ("C-1", "")):
            with pytest.raises(InvalidEventError, match=r"customer|by"):
                desk.forget(customer, by=by)

    def test_a_call_that_comes_again_returns_the_first_result(self, journal: Journal):
        """Whatever it said; another call under its key is still found out."""
        desk = new_desk(journal)
        said = Received(customer="C-1", channel="email", text="It is broken.")
        first = desk.receive(said, by="form", key="mail-1")
        desk.record(first.id, Thanked(), by="ana")
        desk.forget("C-1", by="dpo")
        assert desk.receive(said, by="form", key="mail-1") == first
        guess = Received(customer="C-1", channel="email", text="It is blue.")
        assert desk.receive(guess, by="form", key="mail-1") == first
        other = Received(customer="C-1", channel="phone", text="It is broken.")
        with pytest.raises(KeyReusedError):
            desk.receive(other, by="form", key="mail-1")

    def test_receipts_keep_nothing_that_could_be_guessed(self, journal: Journal):
        """Half of the digest goes, of that customer's receipts alone."""
        desk = new_desk(journal)
        for customer in ("C-1", "C-2"):
            received = Received(customer=customer, channel="email", text="Hm.")
            desk.receive(received, by="form", key=customer)
        before = [journal.receipt(key) for key in ("C-1", "C-2")]
        desk.forget("C-1", by="dpo")
        desk.forget("C-1", by="dpo")
        after = [journal.receipt(key) for key in ("C-1", "C-2")]
        assert after == [before[0].forgotten(), before[1]]
        assert after[0].digest == "forgotten:" + before[0].digest[64:]
        assert after[0].forgotten() == after[0]

    def test_a_receipt_of_before_is_of_any_call(self, journal: Journal):
        """Once there was one digest of all; without it no call can be told apart."""
        desk = new_desk(journal)
        said = Received(customer="C-1", channel="email", text="It is broken.")
        first = desk.receive(said, by="form", id="c-1", key="mail-1")
        whole = journal.receipt("mail-1").digest[:64]
        journal.append([], receipt=Receipt("mail-0", whole, "c-1", 1))
        assert desk.receive(said, by="form", id="c-1", key="mail-0") == first
        with pytest.raises(KeyReusedError):
            desk.receive(said, by="eva", id="c-1", key="mail-0")
        desk.forget("C-1", by="dpo")
        assert desk.receive(said, by="eva", id="c-1", key="mail-0") == first

    def test_what_failed_says_no_more_why(self, journal: Journal):
        """An error may have been raised in the words of the customer."""
        desk = new_desk(journal)
        for customer in ("C-1", "C-2"):
            name = received(desk, customer=customer, text="It is broken.").id
            journal.append([], due={name: [due_row(name)]})
            journal.set_aside(name, until=LATER, error="no limit for 'It is'")
        desk.forget("C-1", by="dpo")
        errors = [aside.error for aside in journal.aside()]
        assert errors == [FORGOTTEN, "no limit for 'It is'"]

    def test_other_tenants_are_left_alone(self, place: Place):
        """Also if the customer has the same id there."""
        with place.open(tenant="a") as mine, place.open(tenant="b") as other:
            for journal in (mine, other):
                received(new_desk(journal), text="It is broken.")
            assert new_desk(mine).forget("C-1009", by="dpo") == 1
            assert texts_of(new_desk(other), "c-1") == {"It is broken."}
            assert other.forgotten() == ()

    def test_a_backup_is_forgotten_again(self, journal: Journal, tmp_path):
        """What was forgotten since it was made is kept elsewhere."""
        kept = tmp_path / "backup.sqlite"
        with SqlJournal(kept) as backup:
            plant(new_desk(backup), "C-1")
        desk = new_desk(journal)
        plant(desk, "C-1")
        desk.forget("C-1", by="dpo")
        with SqlJournal(kept) as restored:
            known = set(restored.forgotten())
            for done in journal.forgotten():
                if done not in known:
                    restored.forget([done.complaint_id], at=done.at, by=done.by)
            assert restored.forgotten() == journal.forgotten()
            assert texts_of(new_desk(restored), "C-1-1") == {FORGOTTEN}

    def test_an_older_export_brings_nothing_back(self, journal: Journal):
        """An import of it passes over what was forgotten since."""
        desk = new_desk(journal)
        plant(desk, "C-1")
        lines = list(export_entries(journal))
        desk.forget("C-1", by="dpo")
        assert import_entries(lines, journal).entries == 0
        assert texts_of(desk, "C-1-1") == {FORGOTTEN}

    def test_it_may_be_part_of_what_a_host_commits(self, tmp_path):
        """Rolled back with it; and the log is emptied by asking once more."""
        place = Place(str(tmp_path / "complaints.sqlite"))
        with place.open() as journal:
            desk = new_desk(journal)
            plant(desk, "C-1")
            with closing(sqlite3.connect(place.where, isolation_level=None)) as raw:
                raw.execute("PRAGMA secure_delete=ON")
                for end in ("ROLLBACK", "COMMIT"):
                    raw.execute("BEGIN IMMEDIATE")
                    inside = desk.on(raw)
                    assert inside.forget("C-1", by="dpo") == len(PERSONAL) + 1
                    raw.execute(end)
                    forgotten = end == "COMMIT"
                    assert (texts_of(desk, "C-1-1") == {FORGOTTEN}) is forgotten
            assert found_in(files_of(place).values()) != []
            assert desk.forget("C-1", by="dpo") == 0
            assert found_in(files_of(place).values()) == []

    def test_the_chain_of_digests_holds(self, place: Place):
        """Text may go; that there was some, and everything else, may not."""
        with place.open(secret="x" * 16) as journal:
            desk = new_desk(journal)
            plant(desk, "C-1")
            desk.forget("C-1", by="dpo")
            verified = journal.verify()
        assert verified.findings == ()
        assert verified.forgotten == len(PERSONAL) + 1


def due_row(complaint_id: str):
    """Make a row of the due index."""
    return Due(complaint_id=complaint_id, cause="x", threshold="due", at=MONDAY)


def _day(value: object, field: str) -> object:
    return value


@fact
class Examined(Event):
    """A host's own fact, with something personal that is no text."""

    findings: Personal = ""
    weight: Annotated[int | None, Rule(_day, personal=True)] = None


@fact
class Praised(Event):
    """A host's own fact in its second schema; the words had another name before."""

    schema = 2
    words: Personal = ""


EVENTS_OF_HOST = [*EVENTS, Examined, Praised]
CODEC_OF_HOST = Codec(
    EVENTS_OF_HOST,
    upcasters={("Praised", 1): lambda found: {"words": found.get("text", "")}},
)


class TestHostFacts:
    @pytest.mark.parametrize("in_memory", [True, False])
    def test_what_is_no_text_is_its_default_again(self, in_memory: bool):
        """There is nothing that a number could say instead."""
        file = SqlJournal(":memory:", codec=CODEC_OF_HOST)
        with file:
            journal = MemoryJournal() if in_memory else file
            desk = new_desk(journal, lifecycle=Lifecycle(events=EVENTS_OF_HOST))
            complaint = received(desk)
            found = Examined(findings="a bruise", weight=82)
            desk.record(complaint.id, found, Examined(weight=82), by="ana")
            assert desk.forget("C-1009", by="dpo") == 2
            _, *events = [entry.event for entry in desk.history(complaint.id)]
        assert events == [Examined(findings=FORGOTTEN, weight=None)] * 2

    def test_a_personal_field_has_something_to_fall_back_on(self):
        """If it is no text, it needs a default."""
        with pytest.raises(TypeError, match="needs a default"):

            @fact
            class Weighed(Event):
                weight: Annotated[int, Rule(_day, personal=True)]

    def test_an_older_schema_is_brought_to_today_without_its_text(self):
        """The upcaster sees the public part alone."""
        found = CODEC_OF_HOST.decode(Encoded("Praised", 1, "{}", FORGOTTEN_PART))
        assert found == Praised(words=FORGOTTEN)


def traces(desk: Desk, place: Place) -> list[bytes | str]:
    """Collect all that is left of two complaints, but for the log of errors."""
    journal = desk.journal
    entries = [e for name in ("C-1-1", "C-1-2") for e in journal.entries(name)]
    values = [desk, journal, entries, desk.complaint("C-1-1"), desk.customer("C-1")]
    receipts = [journal.receipt(f"C-1-1-{n}") for n in range(16)]
    return [
        *files_of(place).values(),
        *export_entries(journal),
        *map(repr, [*values, receipts, journal.forgotten()]),
        *map(str, [e.event for e in entries]),
    ]


class TestTraces:
    @pytest.mark.parametrize("keys", [None, MasterKeys(MASTER)])
    def test_fifty_canaries_are_found_nowhere(self, tmp_path, caplog, keys):
        """Neither in the file nor beside it, in exports, logs, errors or values."""
        caplog.set_level(logging.DEBUG)
        place = Place(str(tmp_path / "complaints.sqlite"))
        with place.open(keys=keys) as journal:
            desk = new_desk(journal)
            plant(desk, "C-1")
            in_files = found_in(files_of(place).values())
            assert in_files == ([] if keys else CANARIES)
            assert found_in(export_entries(journal)) == CANARIES
            desk.forget("C-1", by="dpo")
            assert found_in([*traces(desk, place), *refusals(desk), caplog.text]) == []
        assert found_in(files_of(place).values()) == []

    def test_the_twin_that_overwrites_nothing_is_found_out(self, tmp_path):
        """Without ``secure_delete`` the file keeps what was deleted."""
        place = Place(str(tmp_path / "complaints.sqlite"))
        with place.open() as journal:
            journal._connection.execute("PRAGMA secure_delete=OFF")
            desk = new_desk(journal)
            plant(desk, "C-1")
            desk.forget("C-1", by="dpo")
            assert texts_of(desk, "C-1-1") == {FORGOTTEN}
            # Some are overwritten by chance.
            assert len(found_in(files_of(place).values())) > len(CANARIES) / 2

    def test_the_twin_that_keeps_its_log_is_found_out(self, tmp_path, monkeypatch):
        """The write-ahead log holds pages as they were."""
        place = Place(str(tmp_path / "complaints.sqlite"))
        with place.open() as journal:
            desk = new_desk(journal)
            plant(desk, "C-1")
            forgetter = type(journal._forgetter)
            monkeypatch.setattr(forgetter, "_empty_log", lambda self: None)
            desk.forget("C-1", by="dpo")
            found = files_of(place)
            assert found_in([found["complaints.sqlite-wal"]]) == CANARIES

    def test_a_log_that_is_being_read_is_told_of(self, tmp_path, monkeypatch):
        """It is forgotten all the same; called again, the log is emptied."""
        place = Place(str(tmp_path / "complaints.sqlite"))
        with place.open() as journal:
            desk = new_desk(journal)
            plant(desk, "C-1")
            journal._connection.execute("PRAGMA busy_timeout=1")
            monkeypatch.setattr(forgetting, "_PATIENCE", 0.05)
            reader = sqlite3.connect(place.where, isolation_level=None)
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM complaint_entry").fetchall()
            with pytest.raises(JournalError, match="somebody keeps reading"):
                desk.forget("C-1", by="dpo")
            assert texts_of(desk, "C-1-1") == {FORGOTTEN}
            reader.close()
            assert desk.forget("C-1", by="dpo") == 0
            assert found_in(files_of(place).values()) == []

    def test_tables_of_postgresql_are_clean_once_they_are_rewritten(self, postgres):
        """A plain VACUUM leaves it in the free space of pages."""
        with postgres.open() as journal, postgres.connect() as raw:
            tables = tables_of(raw)
            desk = new_desk(journal)
            plant(desk, "C-1")
            desk.forget("C-1", by="dpo")
            raw.execute(f"VACUUM {tables}")
            raw.execute("CHECKPOINT")
            assert found_in(relations_of(raw)) != []
            raw.execute(f"VACUUM (FULL) {tables}")
            raw.execute("CHECKPOINT")
            assert found_in(relations_of(raw)) == []
            assert texts_of(desk, "C-1-1") == {FORGOTTEN}

    def test_encrypted_tables_of_postgresql_never_hold_it(self, postgres):
        """Not even before it is forgotten."""
        with postgres.open(keys=MasterKeys(MASTER)) as journal:
            plant(new_desk(journal), "C-1")
            with postgres.connect() as raw:
                raw.execute("CHECKPOINT")
                assert found_in(relations_of(raw)) == []


def tables_of(raw) -> str:
    """List the tables of a schema of PostgreSQL."""
    rows = raw.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' "
        "AND relnamespace = current_schema()::regnamespace"
    )
    return ", ".join(name for (name,) in rows)


def relations_of(raw) -> list[bytes]:
    """Read the files of the tables of a schema, with what is kept apart from rows."""
    ((folder,),) = raw.execute("SHOW data_directory").fetchall()
    rows = raw.execute(
        "SELECT pg_relation_filepath(oid) FROM pg_class WHERE relkind IN ('r', 'i') "
        "AND relnamespace = current_schema()::regnamespace UNION ALL "
        "SELECT pg_relation_filepath(reltoastrelid) FROM pg_class "
        "WHERE reltoastrelid <> 0 AND relnamespace = current_schema()::regnamespace"
    ).fetchall()
    paths = [Path(folder) / path for (path,) in rows]
    if not all(path.exists() for path in paths):
        pytest.skip("the files of this server cannot be read")
    return [path.read_bytes() for path in paths]


def refusals(desk: Desk) -> list[str]:
    """Provoke errors about forgotten complaints, and return what they say."""
    canary = CANARIES[0]
    said: list[str] = []
    for act in (
        lambda: desk.record("C-1-1", Thanked(text=canary), by="ana"),
        lambda: desk.record("C-1-1", CustomerWrote(text=canary * 70_000), by="ana"),
        lambda: desk.record("C-1-1", Updated(text=canary), by="eva", key="C-1-1-6"),
        lambda: desk.receive(
            Received(customer="C-1", channel="email", text=canary), by="x", id="C-1-1"
        ),
    ):
        with pytest.raises(ComplaintError) as caught:
            act()
        said += [str(caught.value), repr(caught.value), repr(caught.value.__cause__)]
    return said
