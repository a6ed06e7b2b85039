"""Export and import as JSON Lines."""

import pytest
from histories import histories
from hypothesis import given
from walks import new_desk, received, walked

from complaint_lifecycle import Lifecycle, MemoryJournal, SqlJournal, Step, Thanked
from complaint_lifecycle.errors import UnreadableError
from complaint_lifecycle.journal import Batch
from complaint_lifecycle.transfer import export_entries, import_entries

LIFECYCLE = Lifecycle()


def exported() -> list[str]:
    """Export a journal with two complaints whose entries alternate."""
    desk = new_desk()
    one = received(desk)
    walked(desk, Step.PROMISE)
    desk.record(one.id, Thanked(text="Дякуємо!"), by="ana")
    return list(export_entries(desk.journal))


@given(histories(LIFECYCLE))
def test_a_journal_survives_the_way_out_and_back(history):
    """Whatever was admitted is exported and imported line for line."""
    entries, _ = history
    source, target = MemoryJournal(), MemoryJournal()
    source.append([Batch("c-1", 0, entries)])
    lines = list(export_entries(source))
    assert import_entries(lines, target) == len(entries)
    assert list(export_entries(target)) == lines


def test_the_order_over_all_complaints_is_kept():
    """Entries of several complaints stay interleaved as they were."""
    lines = exported()
    with SqlJournal(":memory:") as journal:
        assert import_entries(lines, journal) == len(lines)
        assert list(export_entries(journal)) == lines


def test_an_import_may_be_repeated():
    """What is there already is passed over, what is new goes in."""
    lines = exported()
    journal = MemoryJournal()
    assert import_entries(lines[:3], journal) == 3
    assert import_entries([*lines, "", "  \n"], journal) == len(lines) - 3
    assert import_entries(lines, journal) == 0
    assert list(export_entries(journal)) == lines


def test_another_entry_in_the_same_place_is_refused():
    """Two histories of one complaint are never mixed."""
    lines = exported()
    journal = MemoryJournal()
    import_entries(lines, journal)
    changed = [line.replace('"by":"ana"', '"by":"eve"') for line in lines]
    with pytest.raises(UnreadableError, match="never mixed"):
        import_entries(changed, journal)


@pytest.mark.parametrize("gone", range(4))
def test_a_missing_line_is_noticed_and_lets_nothing_in(gone: int):
    """The line that cannot follow is named, and the journal stays empty."""
    lines = exported()
    journal = MemoryJournal()
    with pytest.raises(UnreadableError, match=r"^line \d: "):
        import_entries(lines[:gone] + lines[gone + 1 :], journal)
    assert journal.complaints() == ()


def test_an_import_judges_size_and_time_like_a_record():
    """A megabyte of text, or a fact from the future, does not come in by this door."""
    for old, new, problem in (
        ('"Дякуємо!"', f'"{"x" * 1_000_000}"', "longer than 65536 bytes"),
        ('"at":"2026-03-02', '"at":"2999-03-02', "in the future"),
    ):
        journal = MemoryJournal()
        lines = [line.replace(old, new) for line in exported()]
        with pytest.raises(UnreadableError, match=problem):
            import_entries(lines, journal)
        assert journal.complaints() == ()


def test_a_line_of_rubbish_is_named_by_its_number():
    """All of the file or nothing."""
    lines = exported()
    journal = MemoryJournal()
    with pytest.raises(UnreadableError, match="line 2: this is no JSON"):
        import_entries([lines[0], "rubbish", *lines[1:]], journal)
    assert journal.complaints() == ()
