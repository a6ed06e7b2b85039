"""Judges the lines of one complaint: what is new, and whether it may follow."""

from collections.abc import Sequence
from typing import Any

from attrs import evolve, frozen

from complaint_lifecycle.codec import Codec
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.errors import ComplaintError, UnreadableError
from complaint_lifecycle.events import Entry
from complaint_lifecycle.lifecycle import Lifecycle
from complaint_lifecycle.transfer.sorting import Group

Numbered = tuple[list[int], list[Entry]]
"""Entries, and the numbers of their lines."""


class BadLineError(Exception):
    """A complaint cannot be taken in, because of one of its lines.

    Args:
        number: The line.

        complaint_id: The complaint, if that is known.

        why: What is wrong.
    """

    def __init__(self, number: int, complaint_id: str | None, why: object) -> None:
        super().__init__(str(why))
        self.number, self.complaint_id = number, complaint_id


@frozen
class Judge:
    """Reads lines and judges what they hold.

    Attributes:
        codec: Knows the kinds of events.

        lifecycle: Knows what may follow.
    """

    codec: Codec
    lifecycle: Lifecycle

    def complaint_of(self, number: int, line: str | bytes) -> str:
        """Return of which complaint a line is.

        Raises:
            BadLineError: If it is no entry.
        """
        return self._loaded(None, number, line).complaint_id

    def entries(self, group: Group) -> Numbered:
        """Read the lines of a complaint.

        Raises:
            BadLineError: If one is no entry.
        """
        name, numbers, lines = group
        read = zip(numbers, lines, strict=True)
        return numbers, [self._loaded(name, number, line) for number, line in read]

    def new(self, found: Numbered, stored: Sequence[Entry]) -> Numbered:
        """Return the entries of a complaint that are new, each of them judged.

        Args:
            found: Its entries, in the order of the lines.

            stored: What the journal holds of it.

        Raises:
            BadLineError: If there is another entry in the place of one, or one may not
                follow.
        """
        new = _unknown(found, stored)
        if not new[1]:
            return new
        before = self.lifecycle.replay(stored, strict=False) if stored else None
        try:
            self.lifecycle.replay(new[1], onto=before)
        except ComplaintError as error:
            raise self._first_bad(new, before, error) from error
        return new

    def _loaded(self, name: str | None, number: int, line: str | bytes) -> Entry:
        try:
            return self.codec.load(line)
        except UnreadableError as error:
            raise BadLineError(number, name, error) from error

    def _first_bad(
        self, new: Numbered, before: Complaint | None, error: ComplaintError
    ) -> BadLineError:
        """Find the line, one by one."""
        for number, entry in zip(*new, strict=True):
            try:
                before = self.lifecycle.replay([entry], onto=before)
            except ComplaintError as found:
                return BadLineError(number, entry.complaint_id, found)
        raise AssertionError from error  # pragma: no cover - one of them is refused


def _unknown(found: Numbered, stored: Sequence[Entry]) -> Numbered:
    """Leave out what is there already, in the journal or further up in the file."""
    if not stored and [entry.version for entry in found[1]] == [*_whole(found)]:
        return found
    there: list[Entry] = [*stored]
    new: Numbered = ([], [])
    for number, entry in zip(*found, strict=True):
        version = entry.version
        if version > len(there):
            new[0].append(number)
            new[1].append(entry)
            if version == len(there) + 1:
                there.append(entry)
        elif not _is_same(there[version - 1], entry):
            name = entry.complaint_id
            where = "the journal" if version <= len(stored) else "the file"
            problem = (
                f"{where} holds another entry as version {version} of complaint "
                f"{name!r}: two histories are never mixed"
            )
            raise BadLineError(number, name, problem)
    return new


def _whole(found: Numbered) -> range:
    """Return the versions of a complaint that begins with them."""
    return range(1, len(found[1]) + 1)


def _is_same(there: Entry, entry: Entry) -> bool:
    """Tell whether two entries are the same, but for what was forgotten since."""
    if there == entry:
        return True
    event: Any = there.event
    if type(event) is not type(entry.event) or not event.forgotten:
        return False
    told: Any = entry.event
    return there == evolve(entry, event=evolve(told, **event.forgotten))
