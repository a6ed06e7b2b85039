"""Export and import as JSON Lines."""

import json

import attrs
import pytest
from histories import histories
from hypothesis import given
from walks import mixed_lines as mixed
from walks import new_desk, received, walked

from complaint_lifecycle import (
    Codec,
    Lifecycle,
    MemoryJournal,
    Step,
    Thanked,
)
from complaint_lifecycle.errors import (
    ConflictError,
    InvalidEventError,
    UnreadableError,
)
from complaint_lifecycle.events import FORGOTTEN
from complaint_lifecycle.journal import Batch
from complaint_lifecycle.transfer import (
    ImportProgress,
    ImportReport,
    RefusedLine,
    export_entries,
    import_entries,
    importing,
)

LIFECYCLE = Lifecycle()


def exported() -> list[str]:
    """Export a journal with two complaints whose entries alternate."""
    desk = new_desk()
    one = received(desk)
    walked(desk, Step.PROMISE)
    desk.record(one.id, Thanked(text="Дякуємо!"), by="ana")
    return list(export_entries(desk.journal))


def whole(journal) -> dict[str, int]:
    """Return how many entries there are of each complaint."""
    return {name: len(journal.entries(name)) for name in journal.complaints()}


@given(histories(LIFECYCLE))
def test_a_journal_survives_the_way_out_and_back(history):
    """Whatever was admitted is exported and imported line for line."""
    entries, _ = history
    source, target = MemoryJournal(), MemoryJournal()
    source.append([Batch("c-1", 0, entries)])
    lines = list(export_entries(source))
    report = ImportReport(entries=len(entries), complaints=1)
    assert import_entries(lines, target) == report
    assert list(export_entries(target)) == lines


def test_the_order_over_all_complaints_is_kept(journal):
    """Entries of several complaints stay interleaved as they were."""
    lines = exported()
    assert import_entries(lines, journal) == ImportReport(len(lines), 2)
    assert list(export_entries(journal)) == lines


def test_an_import_may_be_repeated(journal):
    """What is there already is passed over, what is new goes in."""
    lines = exported()
    total = len(lines)
    assert import_entries(lines[:3], journal).entries == 3
    report = import_entries([*lines, "", "  \n"], journal)
    assert report == ImportReport(entries=total - 3, complaints=2, known=3)
    assert import_entries(lines, journal) == ImportReport(known=total)
    assert list(export_entries(journal)) == lines


def test_what_is_written_otherwise_is_read_as_well():
    """Bytes, spaces, another order of keys and escapes change nothing."""
    lines = exported()
    journal = MemoryJournal()
    others = [
        json.dumps(dict(reversed(json.loads(x).items())), indent=1) for x in lines
    ]
    escaped = [x.replace('"c-1"', '"c\\u002d1"') for x in lines]
    for told in (others, escaped, [x.encode() for x in others], lines):
        assert import_entries(told, journal).refused == ()
        assert list(export_entries(journal)) == lines


def test_a_part_that_follows_goes_onto_what_is_there(journal):
    """A file may begin in the middle of a complaint that the journal holds."""
    lines = exported()
    import_entries(lines[:4], journal)
    assert import_entries(lines[4:], journal).known == 0
    assert list(export_entries(journal)) == lines


class TestRefusing:
    def test_another_entry_in_the_same_place_is_refused(self):
        """Two histories of one complaint are never mixed, nor in one file."""
        lines = exported()
        journal = MemoryJournal()
        import_entries(lines, journal)
        changed = [line.replace('"by":"ana"', '"by":"eve"') for line in lines]
        with pytest.raises(UnreadableError, match="the journal holds another entry"):
            import_entries(changed, journal)
        with pytest.raises(UnreadableError, match="the file holds another entry"):
            import_entries([*lines, *changed], MemoryJournal())
        assert list(export_entries(journal)) == lines

    def test_another_fact_in_the_same_place_is_refused(self):
        """Whatever its kind."""
        lines = exported()
        journal = MemoryJournal()
        import_entries(lines[:1], journal)
        other = Codec().load(lines[0])
        changed = Codec().dump(attrs.evolve(other, event=Thanked()))
        with pytest.raises(UnreadableError, match="never mixed"):
            import_entries([changed], journal)

    @pytest.mark.parametrize("gone", range(4))
    def test_a_missing_line_is_noticed_and_lets_nothing_in(self, gone: int):
        """The line that cannot follow is named, and the journal stays empty."""
        lines = exported()
        journal = MemoryJournal()
        with pytest.raises(UnreadableError, match=r"^line \d: "):
            import_entries(lines[:gone] + lines[gone + 1 :], journal)
        assert journal.complaints() == ()

    def test_an_import_judges_size_and_time_like_a_record(self):
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

    def test_a_line_of_rubbish_is_named_by_its_number(self):
        """It is found before anything is written, however small a page is."""
        lines = exported()
        journal = MemoryJournal()
        with pytest.raises(UnreadableError, match="line 3: this is no JSON"):
            import_entries([*lines[:2], "rubbish", *lines[2:]], journal, page=1)
        assert journal.complaints() == ()

    def test_a_known_entry_is_not_judged_again(self):
        """What was recorded under other rules may still be passed over."""
        lines = exported()
        journal = MemoryJournal()
        import_entries(lines, journal)
        strict = Lifecycle(text_limit=10)
        with pytest.raises(UnreadableError, match="longer than 10 bytes"):
            import_entries(lines, MemoryJournal(), lifecycle=strict)
        assert import_entries(lines, journal, lifecycle=strict).known == len(lines)

    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            ({"on_error": "ignore"}, "must be 'stop' or 'skip'"),
            ({"page": 0}, "1 or more"),
            ({"page": True}, "1 or more"),
            ({"page": "many"}, "1 or more"),
        ],
    )
    def test_an_argument_that_cannot_be_is_refused(self, arguments, problem):
        """Before a line is read."""
        with pytest.raises(InvalidEventError, match=problem):
            import_entries(iter(()), MemoryJournal(), **arguments)


class TestSkipping:
    def test_a_complaint_with_a_bad_line_is_left_out_whole(self, journal):
        """All others come in, and the report says why."""
        lines = mixed(5)
        bad = next(n for n, line in enumerate(lines) if '"c-2"' in line and n > 20)
        lines[bad] = lines[bad][:-5]
        gone = next(n for n, line in enumerate(lines) if '"c-4"' in line and n > 15)
        lines[gone] = ""
        report = import_entries([*lines, "rubbish"], journal, on_error="skip")
        assert whole(journal) == dict.fromkeys(["c-0", "c-1", "c-3"], 9)
        assert (report.entries, report.complaints, report.known) == (27, 3, 0)
        names = [refused.complaint_id for refused in report.refused]
        assert sorted(map(str, names)) == ["None", "c-2", "c-4"]
        numbers = [refused.line for refused in report.refused]
        assert numbers == sorted(numbers)
        assert bad + 1 in numbers
        assert report.refused[-1] == RefusedLine(
            len(lines) + 1,
            None,
            "this is no JSON: Expecting value: line 1 column 1 (char 0)",
        )

    def test_what_was_mended_comes_in_next_time(self, journal):
        """And all else is passed over."""
        lines = mixed(4)
        broken = [
            line.replace('"Fixed"', '"Mended"', '"c-3"' in line) for line in lines
        ]
        report = import_entries(broken, journal, on_error="skip")
        assert [refused.complaint_id for refused in report.refused] == ["c-3"]
        assert "unknown kind of event 'Mended'" in report.refused[0].problem
        report = import_entries(lines, journal, on_error="skip")
        assert report == ImportReport(entries=9, complaints=1, known=27)


class TestPages:
    def test_complaints_before_a_bad_page_stay_and_the_rest_may_follow(self, journal):
        """Whole complaints only, in the order of their first lines."""
        lines = mixed(6)
        broken = [
            line.replace('"Fixed"', '"Mended"', '"c-3"' in line) for line in lines
        ]
        with pytest.raises(UnreadableError, match=r"^line \d+: unknown kind"):
            import_entries(broken, journal, page=10)
        assert whole(journal) == dict.fromkeys(["c-0", "c-1", "c-2"], 9)
        report = import_entries(lines, journal, page=20)
        assert report == ImportReport(entries=27, complaints=3, known=27)
        assert whole(journal) == {f"c-{number}": 9 for number in range(6)}

    @pytest.mark.parametrize("page", [1, 9, 20, 1000])
    def test_a_page_has_the_order_of_the_file(self, page):
        """Complaints go to pages by their first lines; one is never divided."""
        lines = mixed(6)
        journal = _Watched()
        import_entries(lines, journal, page=page)
        together = max(page // 9, 1)
        wanted = []
        for first in range(0, 6, together):
            names = {f"c-{number}" for number in range(first, first + together)}
            wanted.append([x for x in lines if json.loads(x)["complaint_id"] in names])
        assert journal.pages == wanted

    @pytest.mark.parametrize("fatal", range(1, 5))
    def test_whoever_is_ended_midway_leaves_whole_complaints(self, fatal):
        """Begun again, the import goes on as if nothing had happened."""
        lines = mixed(8)
        journal = _Watched(fatal=fatal)
        with pytest.raises(KeyboardInterrupt):
            import_entries(lines, journal, page=18)
        assert set(whole(journal).values()) <= {9}
        assert len(whole(journal)) == 2 * (fatal - 1)
        journal.fatal = 0
        report = import_entries(lines, journal, page=18)
        assert report.known == 18 * (fatal - 1)
        assert report.entries + report.known == len(lines)
        assert whole(journal) == {f"c-{number}": 9 for number in range(8)}

    def test_others_may_write_meanwhile(self):
        """What they take in is looked up, and the page is judged once more."""
        lines = mixed(4)
        journal = _Watched()
        journal.before = lambda: import_entries(mixed(2), journal.inner)
        report = import_entries(lines, journal)
        assert report == ImportReport(entries=18, complaints=2, known=18)
        assert sorted(export_entries(journal)) == sorted(lines)

    def test_a_journal_that_never_agrees_is_given_up(self):
        """After a few attempts, with the conflict that stood in the way."""
        journal = _Watched()
        journal.append = _never
        with pytest.raises(ConflictError):
            import_entries(exported(), journal)

    def test_progress_is_told(self, monkeypatch):
        """Lines are read first, then dealt with page by page."""
        monkeypatch.setattr(importing, "_TOLD_EVERY", 10)
        lines = [*mixed(4), ""]
        size = sum(map(len, lines))
        told: list[ImportProgress] = []
        import_entries(lines, MemoryJournal(), page=9, progress=told.append)
        assert told[:3] == [
            ImportProgress(lines=n, bytes=sum(map(len, lines[:n])))
            for n in (10, 20, 30)
        ]
        assert told[3:] == [
            ImportProgress(lines=37, bytes=size, done=9 * n, complaints=n)
            for n in range(5)
        ]


def _never(batches) -> None:
    raise ConflictError("c-1", 0, 1)


class _Watched:
    """A journal that notes what is appended together, and may fail while doing so."""

    def __init__(self, fatal: int = 0) -> None:
        self.inner = MemoryJournal()
        self.fatal = fatal
        self.pages: list[list[str]] = []
        self.before = lambda: None
        self.entries, self.since = self.inner.entries, self.inner.since
        self.complaints = self.inner.complaints

    def append(self, batches) -> None:
        """Append, or be ended."""
        if self.fatal == len(self.pages) + 1:
            raise KeyboardInterrupt
        before, self.before = self.before, lambda: None
        before()
        self.inner.append(batches)
        new = [entry for batch in batches for entry in batch.entries]
        self.pages.append([*map(Codec().dump, new)])


class TestForgotten:
    def test_what_was_forgotten_does_not_come_back(self):
        """An export from before says the same, so that nothing is new."""
        lines = exported()
        forgotten = [line.replace("Дякуємо!", FORGOTTEN) for line in lines]
        journal = MemoryJournal()
        import_entries(forgotten, journal)
        assert import_entries(lines, journal) == ImportReport(known=len(lines))
        assert list(export_entries(journal)) == forgotten

    def test_another_fact_is_no_forgotten_one(self):
        """Only the personal part may differ."""
        lines = [line.replace("Дякуємо!", FORGOTTEN) for line in exported()]
        journal = MemoryJournal()
        import_entries(lines, journal)
        changed = [line.replace('"by":"ana"', '"by":"eve"') for line in exported()]
        with pytest.raises(UnreadableError, match="never mixed"):
            import_entries(changed, journal)


class TestHeldBack:
    def test_an_export_tells_what_it_left_out(self, postgres):
        """While a transaction is under way that may write before it."""
        told: list[int] = []
        with postgres.open() as journal, postgres.connect() as other:
            lines = exported()
            import_entries(lines, journal)
            assert list(export_entries(journal, on_held_back=told.append)) == lines
            assert told == []
            other.execute("BEGIN; SELECT pg_current_xact_id()")
            desk = new_desk(journal, new_id=lambda: "c-9")
            received(desk)
            assert list(export_entries(journal, on_held_back=told.append)) == lines
            assert told == [1]
            other.execute("ROLLBACK")
            assert len(list(export_entries(journal))) == len(lines) + 1

    def test_nobody_has_to_listen(self):
        """A journal is only asked for those who want to know."""
        journal = _Watched()
        assert not hasattr(journal, "tail_lag")
        import_entries(exported(), journal)
        assert list(export_entries(journal)) == exported()
