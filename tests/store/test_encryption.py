"""Encryption: a key for each customer, which is destroyed when they are forgotten."""

import secrets
import sys
import threading
from collections.abc import Callable
from functools import partial
from itertools import count
from random import Random

import pytest
from canaries import CANARIES, PERSONAL, found_in, plant
from hypothesis import given
from hypothesis import strategies as st
from stores import Place, at_once
from walks import MONDAY, new_desk, received

from complaint_lifecycle import (
    CustomerWrote,
    Desk,
    InvalidEventError,
    Lifecycle,
    Received,
    SqlJournal,
    Thanked,
)
from complaint_lifecycle.errors import (
    JournalError,
    MissingExtraError,
    UnreadableError,
)
from complaint_lifecycle.events import FORGOTTEN, Entry
from complaint_lifecycle.journal import Batch
from complaint_lifecycle.sql import KeyName, MasterKeys, encrypting
from complaint_lifecycle.sql.ciphers import Cipher, NotOpenedError
from complaint_lifecycle.sql.forgetting import Forgetter
from complaint_lifecycle.transfer import export_entries, import_entries

MASTER = secrets.token_bytes(32)
KEYS = MasterKeys(MASTER)
LIFECYCLE = Lifecycle()

READ_PART = """
    SELECT personal, personal_digest, key_id FROM {entry}
    WHERE tenant = ? AND complaint_id = ? AND version = ?
"""
WRITE_PART = """
    UPDATE {entry} SET personal = ?, personal_digest = ?, key_id = ?
    WHERE tenant = ? AND complaint_id = ? AND version = ?
"""


class Service:
    """A key service of its own, as a host may have one: keys stay within it."""

    def __init__(self) -> None:
        self.store: dict[str, bytes] = {}
        self.destroyed: list[str] = []

    chance = staticmethod(secrets.token_bytes)

    def new(self, name: KeyName) -> tuple[bytes, str]:
        """Make a key and say where it is."""
        self.store[name.key_id] = secrets.token_bytes(32)
        return self.store[name.key_id], f"service:{name.key_id}"

    def key(self, name: KeyName, stored: str) -> bytes | None:
        """Look a key up."""
        assert stored == f"service:{name.key_id}"
        return self.store.get(name.key_id)

    def renewed(self, name: KeyName, stored: str) -> str | None:
        """Leave it."""

    def destroy(self, name: KeyName) -> None:
        """Take a key out."""
        self.destroyed.append(name.key_id)
        self.store.pop(name.key_id, None)


def asked(journal: SqlJournal, question: str, *values: object) -> list:
    """Ask the tables of a journal past it."""
    statement = journal._sql.tables.rendered(question)
    return journal._connection.all(statement, values)


def changed(journal: SqlJournal, statement: str, *values: object) -> None:
    """Change the tables of a journal past it."""
    rendered = journal._sql.tables.rendered(statement)
    with journal._connection.transaction():
        assert journal._connection.execute(rendered, values)


def keys_of(journal: SqlJournal) -> dict[str, list[bool]]:
    """Return for each customer which of their keys are live, the oldest first."""
    rows = asked(journal, "SELECT customer, wrapped IS NOT NULL FROM {key}")
    found: dict[str, list[bool]] = {}
    for customer, live in rows:
        found.setdefault(customer, []).append(bool(live))
    return {customer: sorted(live) for customer, live in found.items()}


def text_of(desk: Desk, complaint_id: str, version: int = 1) -> str:
    """Return what an entry says."""
    return desk.history(complaint_id)[version - 1].event.text


class TestVault:
    def test_what_is_written_is_read_back(self, place: Place):
        """Also by another process, with the same master key."""
        with place.open(keys=KEYS) as journal:
            events = plant(new_desk(journal), "C-1")
        with place.open(keys=MasterKeys(MASTER)) as journal:
            read = [entry.event for entry in journal.entries("C-1-1")]
            assert read == events[:-1]
            assert journal.verify().findings == ()
            rows = asked(journal, "SELECT personal FROM {entry} WHERE key_id <> ''")
            # One of the facts says nothing personal, and one comes twice.
            assert len(rows) == len(PERSONAL) + 1
            assert found_in(text for (text,) in rows) == []

    def test_each_customer_has_a_key(self, place: Place):
        """One, for all their complaints; none, as long as there is nothing personal."""
        with place.open(keys=KEYS) as journal:
            desk = new_desk(journal)
            for customer in ("C-1", "C-1", "C-2", "C-3"):
                text = "" if customer == "C-3" else "It is broken."
                received(desk, customer=customer, text=text)
            assert keys_of(journal) == {"C-1": [True], "C-2": [True]}
            desk.record("c-4", Thanked(text="Thank you."), by="ana")
            assert keys_of(journal) == {"C-1": [True], "C-2": [True], "C-3": [True]}

    def test_one_append_may_hold_many_customers(self, place: Place):
        """And more entries of a complaint than its first."""
        batches = []
        for number in range(6):
            first = Received(customer=f"C-{number % 4}", channel="email", text="Hm.")
            name = f"c-{number}"
            entries, _ = LIFECYCLE.decide(
                LIFECYCLE.new(name), [first, Thanked(text="Oh.")], at=MONDAY, by="ana"
            )
            batches.append(Batch(name, 0, entries))
        with place.open(keys=KEYS) as journal:
            journal.append(iter(batches))
            assert len(keys_of(journal)) == 4
        with place.open(keys=KEYS) as journal:
            for batch in batches:
                assert journal.entries(batch.complaint_id) == batch.entries

    def test_forgetting_a_customer_destroys_the_key(self, place: Place):
        """The next text gets a new one."""
        with place.open(keys=KEYS) as journal:
            desk = new_desk(journal)
            complaint = received(desk, text="It is broken.")
            desk.forget("C-1009", by="dpo")
            assert keys_of(journal) == {"C-1009": [False]}
            assert text_of(desk, complaint.id) == FORGOTTEN
            desk.record(complaint.id, CustomerWrote(text="Still."), by="form")
            assert keys_of(journal) == {"C-1009": [False, True]}
            assert text_of(desk, complaint.id, 2) == "Still."

    def test_a_key_is_kept_for_the_complaints_that_are(self, place: Place):
        """It is destroyed with the last of them."""
        with place.open(keys=KEYS) as journal:
            desk = new_desk(journal)
            first, second = (received(desk, text="It is broken.").id for _ in "12")
            desk.forget(complaints=[first], by="dpo")
            assert keys_of(journal) == {"C-1009": [True]}
            assert text_of(desk, second) == "It is broken."
            desk.forget(complaints=[second], by="dpo")
            assert keys_of(journal) == {"C-1009": [False]}

    def test_without_its_key_text_reads_forgotten(self, place: Place):
        """As in a copy of the database that was restored, beside a newer table."""
        with place.open(keys=KEYS) as journal:
            complaint = received(new_desk(journal), text="It is broken.")
            changed(journal, "UPDATE {key} SET wrapped = NULL")
        with place.open(keys=KEYS) as journal:
            assert text_of(new_desk(journal), complaint.id) == FORGOTTEN
        with place.open(keys=KEYS) as journal:
            changed(journal, "DELETE FROM {key}")
            with pytest.raises(
                UnreadableError, match=r"'c-1' version 1: its key .* an"
            ):
                journal.entries(complaint.id)

    def test_journals_of_before_are_read_and_forgotten(self, place: Place):
        """What was readable stays so until it is forgotten; what is new is not."""
        with place.open() as journal:
            complaint = received(new_desk(journal), text="It is broken.")
        with place.open(keys=KEYS) as journal:
            desk = new_desk(journal)
            desk.record(complaint.id, Thanked(text="Thank you."), by="ana")
            assert text_of(desk, complaint.id) == "It is broken."
        with (
            place.open() as journal,
            pytest.raises(UnreadableError, match=r"version 2: .* open .* with keys="),
        ):
            journal.entries(complaint.id)
        with place.open() as journal:
            assert new_desk(journal).forget("C-1009", by="dpo") == 2
            assert keys_of(journal) == {"C-1009": [False]}
            assert text_of(new_desk(journal), complaint.id, 2) == FORGOTTEN

    def test_text_of_a_journal_without_salt_is_read(self, tmp_path):
        """Older schemas stored it as it was."""
        with SqlJournal(tmp_path / "complaints.sqlite") as journal:
            complaint = received(new_desk(journal), text="It is broken.")
            changed(journal, """UPDATE {entry} SET personal = '{{"text":"Hm."}}'""")
            assert text_of(new_desk(journal), complaint.id) == "Hm."

    def test_a_complaint_of_nobody_is_encrypted_as_well(self, place: Place):
        """As a host may append it past the desk; under a key of nobody in particular."""
        event = Thanked(text="Thank you.")
        entry = Entry(
            complaint_id="c-1", version=1, at=MONDAY, by="ana", event=event,
            recorded_at=MONDAY,
        )  # fmt: skip
        more = Entry(
            complaint_id="c-1", version=2, at=MONDAY, by="ana", event=event,
            recorded_at=MONDAY,
        )  # fmt: skip
        with place.open(keys=KEYS) as journal:
            journal.append([Batch("c-1", 0, (entry,))])
            journal.append([Batch("c-1", 1, (more,))])
            assert journal.entries("c-1") == (entry, more)
            assert keys_of(journal) == {"": [True]}
            assert journal.forget(["c-1"], at=MONDAY, by="dpo") == 2
            assert keys_of(journal) == {"": [True]}

    def test_export_and_import_go_through_any_vault(self, tmp_path):
        """Lines hold text as it reads; each journal stores it in its own way."""
        with (
            SqlJournal(tmp_path / "a.sqlite", keys=KEYS) as journal,
            SqlJournal(tmp_path / "b.sqlite", keys=MasterKeys(bytes(32))) as other,
        ):
            plant(new_desk(journal), "C-1")
            lines = list(export_entries(journal))
            assert found_in(lines) == CANARIES
            import_entries(lines, other)
            assert list(export_entries(other)) == lines

    def test_more_keys_than_are_remembered(self, tmp_path, monkeypatch):
        """Those used last are; the others are brought again."""
        monkeypatch.setattr(encrypting, "_KNOWN", 2)
        with SqlJournal(tmp_path / "complaints.sqlite", keys=KEYS) as journal:
            desk = new_desk(journal)
            for number in range(6):
                received(desk, customer=f"C-{number}", text=f"text {number}")
            texts = [text_of(desk, name) for name in journal.complaints()]
            assert texts == [f"text {number}" for number in range(6)]
            batches = [
                followed(journal, name, "Still.") for name in journal.complaints()
            ]
            journal.append(batches)
            texts = [text_of(desk, name, 2) for name in journal.complaints()]
            assert texts == ["Still."] * 6


class TestPlaces:
    @pytest.mark.parametrize(
        ("source", "target"),
        [
            (("a", "c-1", 1), ("a", "c-1", 2)),
            (("a", "c-1", 1), ("a", "c-2", 1)),
            (("a", "c-1", 1), ("b", "c-1", 1)),
        ],
        ids=["version", "complaint", "tenant"],
    )
    def test_what_was_moved_is_refused(self, place: Place, source, target):
        """Though the key is there, and even if its digest is moved along."""
        for tenant in "ab":
            with place.open(keys=KEYS, tenant=tenant) as journal:
                desk = new_desk(journal)
                for _ in "12":
                    complaint = received(desk, text="It is broken.")
                    desk.record(complaint.id, CustomerWrote(text="Still."), by="x")
        with place.open(keys=KEYS, tenant=target[0]) as journal:
            rows = asked(journal, READ_PART, *source)
            key = asked(journal, "SELECT * FROM {key} WHERE tenant = ?", source[0])[0]
            if source[0] != target[0]:
                moved = (target[0], key[1], "C-9", key[3])
                changed(journal, "INSERT INTO {key} VALUES (?, ?, ?, ?)", *moved)
            changed(journal, WRITE_PART, *rows[0], *target)
            problem = f"'{target[1]}' version {target[2]}: .*(another place|another)"
            with pytest.raises(UnreadableError, match=problem):
                journal.entries(target[1])
            assert journal.verify().findings

    @pytest.mark.parametrize("spoilt", ["", "=", "AAAA", "no base 64!", "QUFB" * 20])
    def test_what_was_changed_is_refused(self, spoilt: str):
        """Whatever it is now."""
        with SqlJournal(":memory:", keys=KEYS) as journal:
            received(new_desk(journal), text="It is broken.")
            changed(journal, "UPDATE {entry} SET personal = ?", spoilt)
            with pytest.raises(UnreadableError, match="changed, or was encrypted for"):
                journal.entries("c-1")

    def test_keys_of_two_customers_cannot_be_exchanged(self):
        """A wrapped key is bound to its customer."""
        with SqlJournal(":memory:", keys=KEYS) as journal:
            received(new_desk(journal), text="It is broken.")
            changed(journal, "UPDATE {key} SET customer = 'C-2'")
            # What is in memory stays there, so another process reads.
            journal._vault._known.drop(
                key_id for (key_id,) in asked(journal, "SELECT key_id FROM {key}")
            )
            with pytest.raises(UnreadableError, match="is another customer's"):
                journal.entries("c-1")

    @given(
        message=st.binary(max_size=50),
        bound=st.text(max_size=9),
        other=st.text(max_size=9),
        bit=st.integers(0, 10_000),
    )
    def test_a_cipher_opens_what_it_closed_and_nothing_else(
        self, message: bytes, bound: str, other: str, bit: int
    ):
        """Not at another place, and not with any bit changed."""
        cipher = Cipher(MASTER)
        stored = cipher.closed(message, bound, nonce=bytes(12))
        assert cipher.opened(stored, bound) == message
        if other != bound:
            with pytest.raises(NotOpenedError):
                cipher.opened(stored, other)
        raw = bytearray(stored.encode())
        raw[bit // 8 % len(raw)] ^= 1 << bit % 8
        with pytest.raises(NotOpenedError):
            cipher.opened(raw.decode("latin-1"), bound)


class TestChance:
    def test_the_same_chance_gives_the_same_bytes(self):
        """Keys, ids and nonces come from one source, which a test may choose."""

        def written(seed: int) -> list:
            keys = MasterKeys(MASTER, chance=Random(seed).randbytes)  # noqa: S311
            with SqlJournal(":memory:", keys=keys) as journal:
                received(new_desk(journal), text="It is broken.")
                return asked(journal, "SELECT personal, key_id FROM {entry}")

        assert written(1) == written(1) != written(2)

    def test_no_nonce_comes_twice(self, tmp_path):
        """Not even for the same text at the same place."""
        with SqlJournal(":memory:", keys=KEYS) as journal:
            vault = journal._vault
            with journal._connection.transaction():
                keeper = vault.begun()
                place = ("", "c-1", 1, "Thanked")
                kept = {keeper.kept("{}", place, "C-1").text for _ in range(500)}
            assert len({text[:16] for text in kept}) == 500

    def test_digests_of_readable_text_are_salted(self, tmp_path):
        """So that after forgetting nobody finds out by trying what it was."""
        with SqlJournal(":memory:") as journal:
            desk = new_desk(journal)
            for _ in "12":
                received(desk, text="It is broken.")
            rows = asked(journal, "SELECT DISTINCT personal_digest FROM {entry}")
            assert len(rows) == 2


class TestMasterKeys:
    def test_a_master_key_is_changed(self, place: Place):
        """Wrapped anew; then the former one is needed no more, and opens no key."""
        former, current = secrets.token_bytes(32), secrets.token_bytes(32)
        with place.open(keys=MasterKeys(former)) as journal:
            desk = new_desk(journal)
            for number in range(3):
                received(desk, customer=f"C-{number}", text=f"text {number}")
            desk.forget("C-2", by="dpo")
        with place.open(keys=MasterKeys(current, [former])) as journal:
            desk = new_desk(journal)
            again = Received(customer="C-0", channel="email")
            desk.receive(again, by="form", id="c-9")
            desk.record("c-1", Thanked(text="Oh."), by="ana")
            assert journal.rewrap() == 2
            assert journal.rewrap() == 0
            assert keys_of(journal) == {"C-0": [True], "C-1": [True], "C-2": [False]}
        with place.open(keys=MasterKeys(current)) as journal:
            assert text_of(new_desk(journal), "c-2") == "text 1"
        with (
            place.open(keys=MasterKeys(former)) as journal,
            pytest.raises(UnreadableError, match="which was not given: give it to Mas"),
        ):
            journal.entries("c-1")

    def test_many_keys_are_wrapped_anew(self, tmp_path, monkeypatch):
        """Some at a time; those that are destroyed meanwhile stay so."""
        monkeypatch.setattr(encrypting, "_AT_A_TIME", 2)
        former, current = secrets.token_bytes(32), secrets.token_bytes(32)
        path = tmp_path / "complaints.sqlite"
        with SqlJournal(path, keys=MasterKeys(former)) as journal:
            desk = new_desk(journal)
            for number in range(5):
                received(desk, customer=f"C-{number}", text="Hm.")

        class Slow(MasterKeys):
            def renewed(self, name: KeyName, stored: str) -> str | None:
                if name.customer == "C-3":
                    with SqlJournal(path) as other:
                        new_desk(other).forget("C-3", by="dpo")
                return super().renewed(name, stored)

        with SqlJournal(path, keys=Slow(current, [former])) as journal:
            assert journal.rewrap() == 4
            assert keys_of(journal)["C-3"] == [False]

    @pytest.mark.parametrize("master", ["x" * 32, b"", b"short", None, [b"x" * 32]])
    def test_a_master_key_is_32_bytes(self, master):
        """Anything else is refused, and not repeated in the message."""
        problem = "master_key = a key that is none: must be 32 bytes"
        with pytest.raises(InvalidEventError, match=problem):
            MasterKeys(master)
        with pytest.raises(InvalidEventError, match=problem):
            MasterKeys(MASTER, [master])

    def test_a_master_key_never_shows(self):
        """Not in ``repr``; and what names it in the table tells nothing of it."""
        assert repr(MasterKeys(MASTER, [bytes(32)])) == "MasterKeys()"
        _, stored = KEYS.new(KeyName("", "k", "C-1"))
        assert MASTER.hex()[:16] not in stored

    def test_without_keys_nothing_is_wrapped_anew(self):
        """The journal says how to open it instead."""
        with (
            SqlJournal(":memory:") as journal,
            pytest.raises(JournalError, match="open the journal with keys="),
        ):
            journal.rewrap()


class TestServices:
    def test_a_host_brings_keys_of_its_own(self, place: Place):
        """The table says only where they are; forgetting destroys them there."""
        service = Service()
        with place.open(keys=service) as journal:
            desk = new_desk(journal)
            complaint = received(desk, text="It is broken.")
            ((stored,),) = asked(journal, "SELECT wrapped FROM {key}")
            assert stored == f"service:{next(iter(service.store))}"
            assert journal.rewrap() == 0
            desk.forget("C-1009", by="dpo")
            assert service.store == {}
            assert text_of(desk, complaint.id) == FORGOTTEN

    def test_a_key_that_could_not_be_destroyed_is_tried_again(self, place: Place):
        """Forgetting once more is enough."""
        service = Service()

        class Down(Service):
            def destroy(self, name: KeyName) -> None:
                raise ConnectionError

        down = Down()
        down.store = service.store
        with place.open(keys=down) as journal:
            desk = new_desk(journal)
            received(desk, text="It is broken.")
            with pytest.raises(ConnectionError):
                desk.forget("C-1009", by="dpo")
            assert keys_of(journal) == {"C-1009": [False]}
        with place.open(keys=service) as journal:
            assert new_desk(journal).forget("C-1009", by="dpo") == 0
            assert service.store == {}

    def test_a_key_that_is_gone_in_its_store_alone_is_told_of(self, place: Place):
        """What is there reads forgotten; what comes in is not lost under it."""
        service = Service()
        with place.open(keys=service) as journal:
            complaint = received(new_desk(journal), text="It is broken.")
        service.store.clear()
        with place.open(keys=service) as journal:
            desk = new_desk(journal)
            assert text_of(desk, complaint.id) == FORGOTTEN
            with pytest.raises(UnreadableError, match="destroyed in its store and not"):
                desk.record(complaint.id, CustomerWrote(text="Still."), by="form")
            desk.forget("C-1009", by="dpo")
            desk.record(complaint.id, CustomerWrote(text="Still."), by="form")
            assert text_of(desk, complaint.id, 2) == "Still."

    def test_without_the_extra_there_is_no_encryption(self, tmp_path, monkeypatch):
        """The error names it, whoever brings the keys; the file is let go."""
        monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
        for module in ("ciphers", "encrypting"):
            name = f"complaint_lifecycle.sql.{module}"
            monkeypatch.delitem(sys.modules, name, raising=False)
        with pytest.raises(MissingExtraError, match="'crypto'"):
            MasterKeys(MASTER)
        with pytest.raises(MissingExtraError, match="'crypto'"):
            SqlJournal(tmp_path / "complaints.sqlite", keys=Service())


class TestConcurrency:
    def test_a_forgetting_waits_for_who_writes_under_the_key(self, postgres: Place):
        """Text that was being written comes before, and is forgotten as well."""
        with postgres.open(keys=KEYS) as journal:
            desk = new_desk(journal)
            complaint = received(desk, text="It is broken.")
            writing, go = threading.Event(), threading.Event()
            batch = followed(journal, complaint.id, "Still.")

            def slowly():
                yield batch
                writing.set()
                assert go.wait(20)

            writer = threading.Thread(target=partial(journal.append, slowly()))
            writer.start()
            # The page is written when the source of batches has ended.
            assert writing.wait(20)
            counts: list[int] = []
            forgetter = threading.Thread(
                target=lambda: counts.append(desk.forget("C-1009", by="dpo"))
            )
            forgetter.start()
            forgetter.join(0.2)
            assert forgetter.is_alive()
            go.set()
            writer.join()
            forgetter.join()
            assert counts == [2]
            assert text_of(desk, complaint.id, 2) == FORGOTTEN

    def test_who_writes_waits_for_a_forgetting(self, postgres: Place, monkeypatch):
        """Text that comes after is under a new key, and can be read."""
        with postgres.open(keys=KEYS) as journal:
            desk = new_desk(journal)
            complaint = received(desk, text="It is broken.")
            batch = followed(journal, complaint.id, "Still.")
            writer = threading.Thread(target=journal.append, args=([batch],))
            null = Forgetter._null

            def meanwhile(forgetter: Forgetter, *given) -> int:
                # The keys of the customer are held by now.
                writer.start()
                writer.join(0.2)
                assert writer.is_alive()
                return null(forgetter, *given)

            monkeypatch.setattr(Forgetter, "_null", meanwhile)
            assert desk.forget("C-1009", by="dpo") == 1
            writer.join()
            assert keys_of(journal) == {"C-1009": [False, True]}
            assert text_of(desk, complaint.id, 2) == "Still."

    def test_writers_and_a_forgetting_leave_nothing_unreadable(self, place: Place):
        """Whatever was acknowledged reads as it was, or forgotten."""
        with place.open(keys=KEYS) as journal, place.open(keys=KEYS) as other:
            names = [received(new_desk(journal), text="Hm.").id]
            desk = Desk(journal=journal, attempts=1000)
            elsewhere = Desk(journal=other, attempts=1000)
            numbers = count()

            def write(by: Desk) -> None:
                for _ in range(15):
                    text = f"text {next(numbers)}"
                    by.record(names[0], CustomerWrote(text=text), by="form")

            def forget(by: Desk) -> None:
                for _ in range(6):
                    by.forget("C-1009", by="dpo")

            work: list[Callable[[], None]] = [partial(write, desk)] * 2
            work += [partial(write, elsewhere), partial(forget, elsewhere)]
            at_once([*work, partial(forget, desk)])
            with place.open(keys=KEYS) as fresh:
                texts = [e.event.text for e in fresh.entries(names[0])]
                assert len(texts) == 46
                assert all(t == FORGOTTEN or t[:5] == "text " for t in texts)
                rows = asked(
                    fresh,
                    "SELECT count(*) FROM {entry} JOIN {key} USING (tenant, key_id) "
                    "WHERE personal IS NOT NULL AND wrapped IS NULL",
                )
                assert rows == [(0,)]
                assert fresh.verify().findings == ()


def followed(journal: SqlJournal, name: str, text: str) -> Batch:
    """Make a batch of one more message of the customer."""
    complaint = LIFECYCLE.replay(journal.entries(name))
    entries, _ = LIFECYCLE.decide(
        complaint, [CustomerWrote(text=text)], at=MONDAY, by="form"
    )
    return Batch(name, complaint.version, entries)


def test_not_even_a_bit_that_means_nothing_may_be_another():
    """The last character of base 64 has some to spare."""
    cipher = Cipher(bytes(32))
    stored = cipher.closed(b"x", "c-1", nonce=bytes(12))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = stored.rstrip("=")[-1]
    other = stored.replace(f"{last}=", f"{letters[letters.index(last) + 1]}=")
    assert other != stored
    with pytest.raises(NotOpenedError):
        cipher.opened(other, "c-1")
