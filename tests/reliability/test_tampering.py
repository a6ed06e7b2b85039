"""Seven kinds of tampering, a thousand times each: all are found, and named."""

from pathlib import Path
from random import Random

import pytest
from reliability.trials import show, trials
from tampering import KINDS, Journals, tampered
from walks import new_desk, received

from complaint_lifecycle import SqlJournal, Thanked
from complaint_lifecycle.events import CustomerWrote, Explained, Updated

SECRET = b"kept outside of the database"


def filled(journal: SqlJournal) -> None:
    """Fill a journal with complaints whose entries are mixed."""
    desk = new_desk(journal)
    names = [received(desk, text="It arrived soaked.").id for _ in range(5)]
    for event in (Thanked(text="Thank you"), Explained(), Updated(), CustomerWrote()):
        for name in names:
            desk.record(name, event, by="ana")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_tampering_is_found_and_named(tmp_path: Path, kind: str):
    """With a secret, and a checkpoint that was kept elsewhere."""
    journals, count = Journals(tmp_path, SECRET, filled), trials(1000, few=3)
    named = 0
    for seed in range(count):
        found, expected = tampered(journals, kind, Random(seed))  # noqa: S311
        assert not found.ok, f"{kind} with seed {seed} was not found"
        named += found.findings[0] in expected
    show(f"tampering, {kind}", tried=count, found=count, named=named)
    assert named == count


def test_a_plain_chain_misses_what_a_secret_and_a_checkpoint_find(tmp_path: Path):
    """The broken twin: cut ends and rewritten chains pass it, every time."""
    journals = Journals(tmp_path, None, filled)
    for kind in ("cut off", "rewritten"):
        for seed in range(20):
            found, _ = tampered(journals, kind, Random(seed), kept=False)  # noqa: S311
            assert found.ok
