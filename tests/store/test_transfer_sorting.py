"""Lines brought together by complaint, and the memory that export and import take."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from walks import mixed_lines as mixed

from complaint_lifecycle import SqlJournal
from complaint_lifecycle.errors import JournalError
from complaint_lifecycle.transfer import (
    ImportReport,
    export_entries,
    import_entries,
    sorting,
)


class TestSorting:
    @given(st.lists(st.sampled_from(["a", "b", "ї", "complaint"]), max_size=40))
    def test_lines_come_back_by_complaint_from_memory_and_from_disk(self, names):
        """In the order of first lines, each complaint in the order of the file."""
        lines = [f"{number} ї" for number in range(len(names))]
        wanted: dict[str, list[tuple[int, bytes]]] = {}
        for number, name in enumerate(names):
            wanted.setdefault(name, []).append((number, lines[number].encode()))
        for hold in (10_000, 30, 0):
            with sorting.Sorter(hold) as sorter:
                for number, name in enumerate(names):
                    sorter.add(name, number, lines[number])
                found = {
                    name: [
                        (number, text if type(text) is bytes else text.encode())
                        for number, text in zip(numbers, texts, strict=True)
                    ]
                    for name, numbers, texts in sorter.groups()
                }
            assert list(found.items()) == list(wanted.items())

    @pytest.mark.parametrize(
        ("line", "name"),
        [
            ('{"at":"x","by":"ana","complaint_id":"c-1"', "c-1"),
            ('{"at":"x","by":"ана","complaint_id":"ї"', "ї"),
            ('{"at":"x","by":"a\\"","complaint_id":"c-1"', None),
            ('{"at":"x","by":"ana","complaint_id":"\\u0041"', None),
            ('{"at":"x","by":"ana","complaint_id":""', None),
            ('{"at":"x","by":"ana","complaint_id":"\ud800"', None),
            ('{"by":"ana","at":"x","complaint_id":"c-1"', None),
            (b'{"at":"x","by":"ana","complaint_id":"c\xff"', None),
        ],
    )
    def test_a_glance_never_errs(self, line, name):
        """It tells the complaint of a line that is written as exports are, or none."""
        assert sorting.complaint_of(line) in {name, "c\ufffd"}
        if type(line) is str and "\ud800" not in line:
            assert sorting.complaint_of(line.encode()) == name

    def test_an_import_that_spills_is_the_same(self, monkeypatch, journal):
        """Half a character is refused by its line, and does no harm."""
        monkeypatch.setattr(sorting.Sorter, "__init__", _small(sorting.Sorter.__init__))
        lines = mixed(6)
        assert import_entries(lines, journal, page=18) == ImportReport(54, 6)
        assert sorted(export_entries(journal)) == sorted(lines)
        bad = lines[0].replace("Мокра", "\ud800").replace("c-0", "c-9")
        report = import_entries([*lines, bad], journal, on_error="skip")
        assert [refused.line for refused in report.refused] == [55]

    def test_a_full_disk_is_told(self):
        """Whatever happens to temporary files is an error of ours."""
        with sorting.Sorter(0) as sorter:
            sorter.add("c-1", 1, "x")
            sorter._spill._keys.close()
            with pytest.raises(JournalError, match="temporary files of the import"):
                sorter.add("c-1", 2, "x")
            sorter._groups.clear()


def _small(made):
    """Make sorters that hold next to nothing."""
    return lambda self: made(self, 2_000)


class TestMemory:
    @staticmethod
    def filled(number: int) -> SqlJournal:
        """Make a journal with so many complaints of nine entries."""
        journal = SqlJournal(":memory:")
        import_entries(mixed(number), journal)
        return journal

    def test_an_export_needs_no_more_for_a_longer_journal(self):
        """It is read and written a page at a time."""

        def peak(number: int) -> int:
            with self.filled(number) as journal:
                tracemalloc.start()
                try:
                    count = sum(1 for _ in export_entries(journal))
                    assert count == 9 * number
                    return tracemalloc.get_traced_memory()[1]
                finally:
                    tracemalloc.stop()

        small, large = peak(240), peak(600)
        assert large < 1.3 * small

    def test_an_import_needs_no_more_for_a_longer_file(self, monkeypatch):
        """What cannot be held goes to temporary files."""
        monkeypatch.setattr(sorting.Sorter, "__init__", _small(sorting.Sorter.__init__))

        def peak(number: int) -> int:
            lines = mixed(number)
            with SqlJournal(":memory:") as journal:
                tracemalloc.start()
                try:
                    import_entries(iter(lines), journal, page=90)
                    return tracemalloc.get_traced_memory()[1]
                finally:
                    tracemalloc.stop()

        small, large = peak(60), peak(240)
        assert large < 1.3 * small
