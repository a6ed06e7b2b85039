"""Whatever is done to the entries of a journal past it is found, and named."""

from contextlib import closing, contextmanager
from datetime import timedelta
from random import Random
from sqlite3 import connect

import pytest
from attrs import evolve
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from stores import Place
from tampering import KINDS, Journals, tampered
from walks import HOUR, MONDAY, new_desk, received

from complaint_lifecycle import SqlJournal, Thanked
from complaint_lifecycle.errors import (
    InvalidEventError,
    TamperedError,
    UnreadableError,
)
from complaint_lifecycle.events import CustomerWrote, Explained, Updated
from complaint_lifecycle.sql import Checkpoint, Finding, Tampering
from complaint_lifecycle.sql.checkpoints import Head, merkle_root
from complaint_lifecycle.sql.tracing import Stored

SECRET = b"kept outside of the database"


def filled(journal: SqlJournal, complaints: int = 3) -> None:
    """Fill a journal with complaints whose entries are mixed."""
    desk = new_desk(journal)
    names = [received(desk, text="It arrived soaked.").id for _ in range(complaints)]
    for event in (Thanked(text="Thank you"), Explained(), Updated(), CustomerWrote()):
        for name in names:
            desk.record(name, event, by="ana")


class TestAnUntouchedJournal:
    @pytest.mark.parametrize("secret", [None, SECRET])
    def test_it_verifies_with_and_without_a_secret(self, place: Place, secret):
        """And says how much it looked at."""
        with place.open(secret=secret) as journal:
            filled(journal)
            journal.checkpoint(MONDAY)
            found = journal.verify()
            found.check()
            assert found.ok
            assert (found.entries, found.complaints, found.checkpoints) == (15, 3, 1)
            assert (found.unsealed, found.forgotten) == (0, 0)

    def test_an_empty_journal_verifies(self, place: Place):
        """There is nothing to cover, either."""
        with place.open() as journal:
            assert journal.checkpoint(MONDAY) is None
            assert journal.verify().ok

    def test_another_secret_finds_everything_changed(self, place: Place):
        """Whoever does not know it can neither write nor judge."""
        with place.open(secret=SECRET) as journal:
            filled(journal)
        with place.open(secret=b"guessed by somebody") as journal:
            found = journal.verify()
            assert {f.what for f in found.findings} == {Tampering.CHANGED}
            assert {f.version for f in found.findings} == {1}

    def test_a_short_secret_is_refused(self, tmp_path):
        """It could be guessed."""
        for secret in (b"short", 17):
            with pytest.raises(InvalidEventError, match="at least 16 bytes") as caught:
                SqlJournal(tmp_path / "c.sqlite", secret=secret)
            assert "short" not in str(caught.value)

    def test_what_was_only_being_written_is_no_finding(self, place, monkeypatch):
        """It is looked at again before anything is said."""
        with place.open(secret=SECRET) as journal:
            filled(journal)
            monkeypatch.setattr(Stored, "is_sound", lambda *_: next(answers, True))
            answers = iter([False])
            assert journal.verify().ok


class TestCheckpoints:
    def test_a_tick_makes_one_when_the_last_is_old_enough(self, place: Place):
        """Also if another process made that one."""
        day = timedelta(days=1)
        with place.open(secret=SECRET) as journal:
            for _ in range(2):
                desk = new_desk(journal, checkpoint_every=day)
                desk = evolve(desk, new_id=lambda: f"c-{len(journal.complaints())}")
                received(desk)
                desk.tick()
                assert len(journal.checkpoints()) == 1
            received(desk)
            desk.clock.advance(day)
            desk.tick()
            assert [c.at for c in journal.checkpoints()] == [MONDAY, MONDAY + day]
            assert journal.verify(against=journal.last_checkpoint()).ok

    def test_a_journal_that_makes_none_is_refused(self):
        """With the way out."""
        with pytest.raises(InvalidEventError, match=r"MemoryJournal.*SqlJournal"):
            new_desk(checkpoint_every=timedelta(days=1))

    def test_each_covers_what_came_since_the_one_before(self, place: Place):
        """And nothing new makes none."""
        with place.open(secret=SECRET) as journal:
            filled(journal)
            first = journal.checkpoint(MONDAY)
            assert journal.checkpoint(MONDAY + HOUR) is None
            desk = new_desk(journal)
            desk.record("c-2", Updated(), by="ana")
            second = journal.checkpoint(MONDAY + HOUR)
            assert [first.number, first.heads] == [1, 3]
            assert [second.number, second.heads] == [2, 1]
            assert journal.checkpoints() == (first, second)
            assert Checkpoint.from_text(second.to_text()) == second
            assert journal.verify(against=first).ok

    def test_whoever_comes_second_gets_that_of_the_first(self, place, monkeypatch):
        """Two workers make one checkpoint."""
        with place.open(secret=SECRET) as journal:
            filled(journal)
            mine = journal._checkpoints
            since, made = type(mine)._since, []

            def racing(self, position):
                if not made:
                    made.append(None)
                    made[0] = journal.checkpoint(MONDAY)
                return since(self, position)

            monkeypatch.setattr(type(mine), "_since", racing)
            assert journal.checkpoint(MONDAY + HOUR) == made[0]
            assert len(journal.checkpoints()) == 1

    def test_they_may_be_signed(self, place: Place):
        """A key that only the auditor trusts."""
        key = Ed25519PrivateKey.generate()
        check = key.public_key().verify
        with place.open(secret=SECRET) as journal:
            filled(journal)
            signed = journal.checkpoint(MONDAY, signer=key)
            assert Checkpoint.from_text(signed.to_text()) == signed
            assert journal.verify(check_signature=check).ok
            other = Ed25519PrivateKey.generate().public_key().verify
            found = journal.verify(check_signature=other)
            assert found.findings == (Finding(Tampering.CHECKPOINT, None, 1),)
            new_desk(journal).record("c-1", Updated(), by="ana")
            journal.checkpoint(MONDAY)
            found = journal.verify(check_signature=check)
            assert str(found.findings[0]) == (
                "checkpoint 2 is not the one that was made"
            )

    @pytest.mark.parametrize(
        "text", ["", "{}", "[]", "3", "{", '{"signature": "x"}', "[" * 100_000]
    )
    def test_a_line_that_is_none_is_refused(self, text: str):
        """With the way out."""
        with pytest.raises(UnreadableError, match="to_text"):
            Checkpoint.from_text(text)

    @given(st.lists(st.text("abc", min_size=1), unique=True, min_size=1, max_size=40))
    def test_the_root_depends_on_each_head_and_their_order(self, names):
        """Any other heads have another root."""
        heads = [Head(name, 1, name) for name in names]
        root = merkle_root(heads)
        assert root == merkle_root(list(heads))
        for place in range(len(heads)):
            changed = [*heads]
            changed[place] = heads[place]._replace(version=2)
            assert merkle_root(changed) != root
            assert merkle_root(heads[:place] + heads[place + 1 :]) != root
        if len(heads) > 1:
            assert merkle_root(heads[::-1]) != root


@contextmanager
def opened(path, secret):
    """Open a journal in a file, and a way past it."""
    with SqlJournal(path, secret=secret) as journal, closing(connect(path)) as raw:
        yield journal, raw


class TestTampering:
    @pytest.mark.parametrize("kind", KINDS)
    def test_whatever_is_done_is_found_and_named(self, tmp_path, kind: str):
        """With a secret and a checkpoint that was kept elsewhere: always."""
        journals = Journals(tmp_path, SECRET, filled)
        for seed in range(10):
            found, expected = tampered(journals, kind, Random(seed))  # noqa: S311
            assert not found.ok
            assert found.findings[0] in expected, (kind, seed)
            with pytest.raises(TamperedError, match=str(found.findings[0])):
                found.check()

    def test_entries_of_a_complaint_whose_places_were_swapped_are_named(self, tmp_path):
        """Though their versions and digests are as they were."""
        with opened(tmp_path / "c.sqlite", SECRET) as (journal, raw):
            filled(journal, complaints=1)
            for here, there in ((2, -1), (3, 2), (-1, 3)):
                raw.execute(
                    "UPDATE complaint_entry SET position = ? WHERE position = ?",
                    (there, here),
                )
            raw.commit()
            found = journal.verify().findings
            assert found == (Finding(Tampering.REORDERED, "c-1", 3),)

    def test_without_secret_and_checkpoint_a_rewritten_chain_passes(self, tmp_path):
        """A plain chain protects from accidents only, and is said to."""
        journals = Journals(tmp_path, None, filled)
        for kind in ("rewritten", "cut off"):
            found, _ = tampered(journals, kind, Random(1), kept=False)  # noqa: S311
            assert found.ok

    def test_a_checkpoint_that_is_deleted_is_missed(self, tmp_path):
        """By whoever kept it, and by the number of the next one."""
        with opened(tmp_path / "c.sqlite", SECRET) as (journal, raw):
            filled(journal)
            kept = journal.checkpoint(MONDAY)
            new_desk(journal).record("c-1", Updated(), by="ana")
            journal.checkpoint(MONDAY)
            raw.execute("DELETE FROM complaint_checkpoint WHERE number = 1")
            raw.commit()
            found = journal.verify(against=kept)
            assert {f.version for f in found.findings} == {1}
            assert not journal.verify().ok
            raw.execute("DELETE FROM complaint_checkpoint")
            raw.commit()
            assert journal.verify().ok
            assert not journal.verify(against=kept).ok

    def test_a_head_that_is_changed_is_missed_by_the_root(self, tmp_path):
        """So heads cannot be fitted to entries."""
        with opened(tmp_path / "c.sqlite", SECRET) as (journal, raw):
            filled(journal)
            journal.checkpoint(MONDAY)
            raw.execute("UPDATE complaint_head SET version = 4 WHERE version = 5")
            raw.commit()
            found = journal.verify().findings
            assert found[-1] == Finding(Tampering.CHECKPOINT, None, 1)

    def test_a_kept_checkpoint_is_compared_whole(self, tmp_path):
        """Another root under the same number is another checkpoint."""
        with opened(tmp_path / "c.sqlite", SECRET) as (journal, _):
            filled(journal)
            kept = evolve(journal.checkpoint(MONDAY), root="0" * 64)
            assert not journal.verify(against=kept).ok


class TestOlderEntries:
    def test_entries_from_before_there_were_digests_prove_nothing(self, tmp_path):
        """They are counted, and the chain begins after them."""
        with opened(tmp_path / "c.sqlite", SECRET) as (journal, raw):
            filled(journal)
            raw.execute("UPDATE complaint_entry SET digest = NULL")
            raw.commit()
            desk = new_desk(journal)
            desk.record("c-1", Updated(), by="ana")
            found = journal.verify()
            assert (found.ok, found.unsealed) == (True, 15)
            raw.execute("UPDATE complaint_entry SET digest = 'x' WHERE version = 2")
            raw.commit()
            found = journal.verify().findings
            assert found[0] == Finding(Tampering.CHANGED, "c-1", 2)
