"""Telling listeners what was recorded, after the commit."""

from collections.abc import Sequence
from typing import Protocol

from attrs import frozen

from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.errors import ListenerError
from complaint_lifecycle.events import Entry


@frozen
class Recorded:
    """What a listener is told after the commit.

    Attributes:
        entries: What was appended to one complaint.

        complaint: The complaint that they led to.
    """

    entries: tuple[Entry, ...]
    complaint: Complaint


class Listener(Protocol):
    """Anything that wants to hear what was recorded."""

    def __call__(self, recorded: Recorded, /) -> object:
        """Hear of entries that were committed."""
        ...


def tell(listeners: Sequence[Listener], news: Sequence[Recorded]) -> None:
    """Tell every listener everything, in order, whatever the others do.

    Raises:
        ListenerError: If a listener failed; the first failure is its cause.
    """
    failures = [
        (listener, recorded.complaint, error)
        for recorded in news
        for listener in listeners
        if (error := _failure(listener, recorded)) is not None
    ]
    if failures:
        listener, complaint, error = failures[0]
        name = getattr(listener, "__qualname__", type(listener).__name__)
        raise ListenerError(name, complaint) from error


def _failure(listener: Listener, recorded: Recorded) -> Exception | None:
    try:
        listener(recorded)
    except Exception as error:  # noqa: BLE001 - the others are to be told too
        return error
    return None
