"""The peers of the SQL journal: rows by hand, and what the storage itself costs."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any

from benchmarks.rounds import shown

from complaint_lifecycle import Codec, Event, Received
from complaint_lifecycle.sql import migrations
from complaint_lifecycle.sql.dialects import SQLITE, Tables
from complaint_lifecycle.sql.sealing import Seal
from complaint_lifecycle.sql.statements import Statements

Fact = tuple[str, int, dict[str, Any], dict[str, Any] | None, str | None]
Values = tuple[object, ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PAGE = b"\0" * 4096
_SQL = Statements(Tables(SQLITE))
_SEAL = Seal()
_NOBODY = ""


def sync_time(folder: Path, times: int = 50) -> str:
    """Return how long one page takes to become durable in a folder."""
    spans = []
    with (folder / "page").open("wb", buffering=0) as file:
        for _ in range(times):
            file.write(_PAGE)
            start = perf_counter_ns()
            os.fdatasync(file.fileno())
            spans.append(perf_counter_ns() - start)
    return shown(median(spans))


def counted(prefix: str) -> Callable[[], str]:
    """Return a maker of ids, the same ones for whoever counts along."""
    numbers = count(1)
    return lambda: f"{prefix}-{next(numbers)}"


def rows_of(path: Path) -> list[Values]:
    """Read a whole journal as rows, but for what chance has its part in."""
    connection = sqlite3.connect(path)
    try:
        query = """
            SELECT complaint_id, version, at_us, by_whom, recorded_us, kind, schema,
                public, substr(personal, 33), length(personal_digest), customer, key_id,
                length(digest)
            FROM complaint_entry ORDER BY position
        """
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def facts_of(events: Iterable[Event]) -> list[Fact]:
    """Return events as somebody would hold them who writes rows by hand."""
    codec = Codec()
    facts = []
    for event in events:
        encoded = codec.encode(event)
        personal = encoded.personal and json.loads(encoded.personal)
        customer = event.customer if isinstance(event, Received) else None
        public = json.loads(encoded.public)
        facts.append((encoded.kind, encoded.schema, public, personal, customer))
    return facts


class ByHand:
    """Writes the rows of a journal through ``sqlite3``, and nothing else.

    The tables, the durability and the rows are those of ``SqlJournal``; nothing is
    checked.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=FULL")
        for step in migrations("sqlite"):
            self.connection.executescript(step.sql)

    def journey(
        self, name: str, facts: list[Fact], at: int, *, reading: bool = False
    ) -> int:
        """Write one complaint, a transaction for each fact.

        Args:
            name: Id of the complaint.

            facts: What happened.

            at: When, in microseconds.

            reading: Whether to read what is there before each fact.

        Returns:
            The version that was reached.
        """
        version, digest = 0, ""
        for fact in facts:
            version = len(self.read(name)) + 1 if reading else version + 1
            by = "form" if version == 1 else "ana"
            row = (_NOBODY, name, version, at, by, at, *texts(*fact), None)
            digest = _SEAL.of_entry(digest, row)
            self.connection.execute("BEGIN IMMEDIATE")
            self.connection.execute(_SQL.append, (None, *row, digest))
            self.connection.execute("COMMIT")
        return version

    def read(self, name: str) -> list[tuple[Any, Any]]:
        """Read one complaint and parse what it holds."""
        wanted = (_NOBODY, name, 0, 2**62)
        rows = self.connection.execute(_SQL.entries, wanted).fetchall()
        return [
            (
                json.loads(public),
                None if personal is None else json.loads(personal[32:]),
            )
            for *_, public, personal, _, _ in rows
        ]

    def bulk(self, rows: Iterable[Values]) -> int:
        """Write rows in one transaction and return how many there are."""
        self.connection.execute("BEGIN IMMEDIATE")
        done = self.connection.executemany(_SQL.append, rows)
        self.connection.execute("COMMIT")
        return done.rowcount

    def close(self) -> None:
        """Close the file."""
        self.connection.close()


def parsed(lines: Iterable[str]) -> Iterator[Values]:
    """Turn lines of an export into rows, by hand and unchecked."""
    digests: dict[str, str] = {}
    for line in lines:
        entry = json.loads(line)
        public, name = entry["public"], entry["complaint_id"]
        row = (
            _NOBODY,
            name,
            entry["version"],
            _microseconds(entry["at"]),
            entry["by"],
            _microseconds(entry["recorded_at"]),
            *texts(
                entry["kind"],
                entry["schema"],
                public,
                entry["personal"],
                public["customer"] if entry["kind"] == "Received" else None,
            ),
            None,
        )
        digests[name] = _SEAL.of_entry(digests.get(name, ""), row)
        yield (None, *row, digests[name])


def texts(
    kind: str,
    schema: int,
    public: dict[str, Any],
    personal: dict[str, Any] | None,
    customer: str | None,
) -> Values:
    """Return the columns of a row that a fact fills."""
    hidden = None if personal is None else os.urandom(16).hex() + _json(personal)
    digest = None if hidden is None else sha256(hidden.encode()).hexdigest()
    return (kind, schema, _json(public), hidden, digest, customer)


def _json(fields: dict[str, Any]) -> str:
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _microseconds(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)
