"""Broken journals, each of which a harness has to catch."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import sleep
from typing import Any

from attrs import evolve

from complaint_lifecycle import SqlJournal
from complaint_lifecycle.events import Due
from complaint_lifecycle.journal import Batch

GAP = 0.002


class EntryByEntry(SqlJournal):
    """Commits each entry by itself, so that half of a batch may stay."""

    def append(self, batches: Iterable[Batch], **beside: Any) -> None:
        """Append entry by entry, and all else last."""
        for batch in batches:
            for entry in batch.entries:
                one = Batch(batch.complaint_id, entry.version - 1, (entry,))
                super().append([one])
                sleep(GAP)
        super().append([], **beside)


class Hesitant(SqlJournal):
    """Waits before it commits; harmless, unless somebody acknowledged before."""

    def append(self, batches: Iterable[Batch], **beside: Any) -> None:
        """Wait, then append."""
        batches = tuple(batches)
        sleep(GAP)
        super().append(batches, **beside)


class Unversioned(SqlJournal):
    """Appends to whatever version there is, without a look at the one expected."""

    def append(self, batches: Iterable[Batch], **beside: Any) -> None:
        """Append behind what others have appended meanwhile."""
        batches = tuple(batches)
        sleep(GAP)
        super().append(self._moved(batches), **beside)

    def _moved(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        # Taken inside the transaction, where the newest version is known for sure.
        for batch in batches:
            version = len(self.entries(batch.complaint_id))
            entries = tuple(
                evolve(entry, version=number)
                for number, entry in enumerate(batch.entries, start=version + 1)
            )
            yield Batch(batch.complaint_id, version, entries)


class Unclaimed(Unversioned):
    """Looks at what is due, and holds nothing of it."""

    @contextmanager
    def claim(self, now: datetime, *, limit: int) -> Iterator[tuple[Due, ...]]:
        """Give what is due to whoever asks."""
        yield self.due(now, limit=limit)
