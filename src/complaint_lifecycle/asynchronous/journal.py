"""A journal whose methods are awaited."""

from complaint_lifecycle.asynchronous.faces import AsyncFace, called, streamed
from complaint_lifecycle.asynchronous.running import runner_of
from complaint_lifecycle.journal import Journal


class AsyncJournal(AsyncFace[Journal]):
    """A journal for programs in asyncio.

    Its methods are those of :class:`~complaint_lifecycle.journal.Journal`, and are
    awaited; ``since`` is an async iterator. What holds something meanwhile, such as
    ``claim``, belongs into one call of :meth:`run_sync`.

    Args:
        journal: Any journal.

    >>> import asyncio
    >>> from complaint_lifecycle import MemoryJournal
    >>> asyncio.run(AsyncJournal(MemoryJournal()).complaints())
    ()
    """

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal, runner_of(journal))

    @property
    def journal(self) -> Journal:
        """The synchronous journal."""
        return self._sync

    append = called(Journal.append)
    budget = called(Journal.budget)
    budgets = called(Journal.budgets)
    due = called(Journal.due)
    set_aside = called(Journal.set_aside)
    aside = called(Journal.aside)
    ticked = called(Journal.ticked)
    histories = called(Journal.histories)
    entries = called(Journal.entries)
    receipt = called(Journal.receipt)
    since = streamed(Journal.since)
    snapshot = called(Journal.snapshot)
    keep_snapshot = called(Journal.keep_snapshot)
    tail_lag = called(Journal.tail_lag)
    complaints = called(Journal.complaints)
    forget = called(Journal.forget)
    forgotten = called(Journal.forgotten)
