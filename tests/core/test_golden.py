"""Whatever a release wrote, every later one reads: frozen lines of each schema."""

from pathlib import Path

import pytest

from complaint_lifecycle import Codec, Lifecycle, MemoryJournal
from complaint_lifecycle.events import EVENTS
from complaint_lifecycle.transfer import export_entries, import_entries

GOLDEN = Path(__file__).parents[1] / "golden"
LINES = (GOLDEN / "entries-schema-1.jsonl").read_text(encoding="utf-8").splitlines()
CODEC = Codec()


@pytest.mark.parametrize("number", range(len(LINES)))
def test_a_golden_line_is_read_and_written_again_byte_for_byte(number: int):
    """The stored form of schema 1 has not changed by a byte."""
    line = LINES[number]
    entry = CODEC.load(line)
    assert entry.event.schema == 1
    assert CODEC.dump(entry) == line


def test_every_kind_of_fact_has_a_golden_line():
    """A new kind is added to the file of the schema that it starts with."""
    assert {CODEC.load(line).kind for line in LINES} == {e.kind for e in EVENTS}


def test_a_golden_history_still_replays():
    """A journal written by the first release leads to the same complaints."""
    lines = (GOLDEN / "journal-1.jsonl").read_text(encoding="utf-8").splitlines()
    journal = MemoryJournal()
    assert import_entries(lines, journal).entries == len(lines)
    assert list(export_entries(journal)) == lines
    lifecycle = Lifecycle()
    found = [lifecycle.replay(journal.entries(name)) for name in journal.complaints()]
    assert [(c.id, c.state, c.round, c.version, c.contacts) for c in found] == [
        ("c-1", "prevented", 2, 19, 4),
        ("c-2", "merged", 1, 2, 1),
        ("c-3", "withdrawn", 1, 4, 1),
    ]
    assert (found[0].promises_made, found[0].promises_kept) == (2, 1)
    assert found[0].promises_broken == 1
    assert str(found[0].waited) == "1 day, 0:00:00"
