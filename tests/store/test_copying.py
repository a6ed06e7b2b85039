"""Many entries at once on PostgreSQL, by COPY."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from stores import Place
from walks import MONDAY, mixed_lines, new_desk, received

from complaint_lifecycle import Codec, Entry, SqlJournal
from complaint_lifecycle.errors import ConflictError
from complaint_lifecycle.events import Updated
from complaint_lifecycle.journal import Batch
from complaint_lifecycle.sql import copying
from complaint_lifecycle.transfer import ImportReport, export_entries, import_entries

MANY = 8
HOSTILE = (
    "\\N", "\\.", "\\", "\t", "a\nb", "\r\n", "\\t", '"', "{", "''; --", "\u2028",
    "👩‍👩‍👧", "\x01", "\x7f", "e\u0301",
)  # fmt: skip


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Note for every execution of many rows whether they were copied."""
    seen: list[bool] = []
    tried = copying.Copying.tried

    def noted(self, raw, statement, rows) -> bool:
        seen.append(tried(self, raw, statement, rows))
        return seen[-1]

    monkeypatch.setattr(copying.Copying, "tried", noted)
    return seen


def news(number: int, text: str) -> Entry:
    """Make an entry that may follow whatever is there."""
    return Entry(
        complaint_id="c-1",
        version=number,
        at=MONDAY,
        by="ana",
        event=Updated(text=text),
        recorded_at=MONDAY,
    )


def test_copied_entries_are_those_that_are_inserted(postgres: Place, copied):
    """The same rows, but for salt and what follows from it, in the order of the file."""
    lines = mixed_lines(MANY)
    rows = []
    query = "SELECT * FROM complaint_entry ORDER BY position"
    for page in (1_000, 9):
        with closing(postgres.connect()) as raw, postgres.open(tenant="t") as journal:
            assert import_entries(lines, journal, page=page) == ImportReport(72, MANY)
            found = sorted(export_entries(journal))
            assert found == sorted(lines)
            if page == 1_000:
                assert list(export_entries(journal)) == lines
            rows.append(sorted(row[1:10] for row in raw.execute(query)))
            raw.execute("DELETE FROM complaint_entry")
    assert rows[0] == rows[1]
    assert copied == [True, *[False] * MANY]


def test_whatever_text_holds_is_copied_as_it_is(postgres: Place, copied):
    """Text that means something to COPY, to SQL or to a terminal."""
    with postgres.open() as journal:
        received(new_desk(journal))
        entries = [news(n, text) for n, text in enumerate(HOSTILE * 4, start=2)]
        journal.append([Batch("c-1", 1, tuple(entries))])
        assert copied == [True]
        assert journal.entries("c-1", after=1) == tuple(entries)


def test_who_comes_second_with_a_copy_is_told(postgres: Place, copied):
    """It is a conflict as ever, and nothing of the copy is there."""
    lines = mixed_lines(MANY)
    entries = [Codec().load(line) for line in lines]
    with postgres.open() as journal, postgres.open() as other:
        append = [Batch(e.complaint_id, e.version - 1, (e,)) for e in entries]

        def meanwhile() -> Iterator[Batch]:
            yield from append
            other.append([append[0]])

        with pytest.raises(ConflictError, match="there is a complaint 'c-0' already"):
            journal.append(meanwhile())
        assert copied == []
        assert list(export_entries(journal)) == [lines[0]]


def test_row_level_security_that_binds_the_writer_is_obeyed(postgres: Place, copied):
    """COPY is refused there, so the rows are inserted one by one."""
    role = f"writer_{postgres.schema}"
    postgres.open().close()
    lines = mixed_lines(MANY)
    with closing(postgres.connect()) as owner:
        owner.execute(f'CREATE ROLE "{role}" NOSUPERUSER NOBYPASSRLS')
        owner.execute(f'GRANT USAGE ON SCHEMA "{postgres.schema}" TO "{role}"')
        tables = f'ALL TABLES IN SCHEMA "{postgres.schema}"'
        owner.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO "{role}"')
        owner.execute("ALTER TABLE complaint_entry ENABLE ROW LEVEL SECURITY")
        owner.execute("CREATE POLICY everybody ON complaint_entry USING (true)")

        def connect() -> psycopg.Connection:
            raw = postgres.connect()
            raw.execute(f'SET SESSION AUTHORIZATION "{role}"')
            return raw

        try:
            with SqlJournal.postgres(
                connect, schema=postgres.schema, create=False
            ) as journal:
                assert import_entries(lines, journal).entries == len(lines)
                assert list(export_entries(journal)) == lines
        finally:
            owner.execute(f'DROP OWNED BY "{role}"')
            owner.execute(f'DROP ROLE "{role}"')
    assert copied == [False]
