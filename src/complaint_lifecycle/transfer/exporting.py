"""Writes a journal as lines of JSON."""

from collections.abc import Callable, Iterator

from complaint_lifecycle.codec import Codec
from complaint_lifecycle.journal import Journal


def export_entries(
    journal: Journal,
    *,
    codec: Codec | None = None,
    on_held_back: Callable[[int], object] | None = None,
) -> Iterator[str]:
    """Write every entry of a journal as a line of canonical JSON.

    The journal is read a page at a time, as lines are taken, so that a long one needs
    no more memory than a short one.

    Args:
        journal: What to export.

        codec: Knows the kinds of events; by default those of the library.

        on_held_back: Is told at the end how many entries the journal holds back, if
            any, since a transaction is under way that may write before them. They are
            not among the lines: export again when it has ended.

    Returns:
        Lines without line ends, in the order of the journal.
    """
    codec = Codec() if codec is None else codec
    for _, entry in journal.since(0):
        yield codec.dump(entry)
    lag = 0 if on_held_back is None else journal.tail_lag()
    if lag and on_held_back is not None:
        on_held_back(lag)
