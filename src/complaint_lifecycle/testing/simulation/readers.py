"""Readers: whoever follows a journal, and stores how far it has come."""

from collections.abc import Callable
from itertools import islice

from attrs import define

from complaint_lifecycle.journal import Journal, Positioned


@define(eq=False)
class Reader:
    """Reads a journal on from where it stopped.

    Put your own in its place to prove that it skips nothing and repeats nothing, though
    its host dies in the middle: what ``handle`` took and :attr:`position` are stored,
    all else is lost.

    Attributes:
        position: How far it has come.

    >>> from complaint_lifecycle import MemoryJournal
    >>> Reader().read(MemoryJournal(), 10, print)
    """

    position: int = 0

    def read(
        self, journal: Journal, limit: int, handle: Callable[[Positioned], object]
    ) -> None:
        """Read on.

        Args:
            journal: Where entries live.

            limit: At most so many.

            handle: Takes an entry; if it raises, it has not.
        """
        for each in islice(journal.since(self.position), limit):
            handle(each)
            self.position = each.position
