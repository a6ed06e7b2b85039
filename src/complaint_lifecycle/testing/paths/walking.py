"""Paths and the walks that make them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import overload

from attrs import field, frozen

from complaint_lifecycle.clock import JumpClock
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.desk import Desk
from complaint_lifecycle.events import Entry, Event, Merged, Promised
from complaint_lifecycle.lifecycle import Lifecycle, Row

Way = tuple[Row, ...]
"""Transitions that follow each other."""


def row_name(row: Row) -> str:
    """Write a transition as ``fixed --verify--> verified``."""
    return f"{row.source} --{row.trigger}--> {row.target}"


def way_name(way: Way) -> str:
    """Write transitions that follow each other."""
    first, *rest = (row_name(row) for row in way)
    return "".join([first, *(f" {row.split(' ', 1)[1]}" for row in rest)])


@frozen
class Path:
    """A history to test with: what is recorded, when, and where it leads.

    Attributes:
        entries: What is recorded, in order; all by one person.

        rows: The transitions that it takes.

        state: Where it ends.
    """

    entries: tuple[Entry, ...] = field(repr=False)
    rows: Way = field(repr=False)
    state: str

    @property
    def events(self) -> tuple[Event, ...]:
        """What is recorded, in order."""
        return tuple(entry.event for entry in self.entries)

    def record(self, desk: Desk) -> Complaint:
        """Record it through a desk, fact by fact.

        A merge needs somewhere to go on: there, the same is recorded up to what the
        merge needs. A ``JumpClock`` that is behind jumps to the instant of each fact.

        Args:
            desk: The desk; it has the lifecycle that the path was made for.

        Returns:
            The complaint that takes the path.

        Raises:
            RefusedError: If a fact may not follow.
        """
        first, *rest = self.entries
        _jump(desk, first.at)
        complaint = desk.receive(first.event, by=first.by, at=first.at)
        for entry in rest:
            _jump(desk, entry.at)
            if isinstance(entry.event, Merged):
                self._merge(desk, complaint.id, entry)
            else:
                desk.record(complaint.id, entry.event, by=entry.by, at=entry.at)
        return desk.complaint(complaint.id)

    def _merge(self, desk: Desk, duplicate: str, entry: Entry) -> None:
        merged = entry.event
        promise = None
        before: Sequence[Entry] = self.entries[:1]
        if isinstance(merged, Merged) and merged.promise_renewed:
            place = max(n for n, e in enumerate(self.entries) if e.kind == "Promised")
            found = self.entries[place].event
            promise = found if isinstance(found, Promised) else None
            before = self.entries[:place]
        events = [each.event for each in before]
        survivor = desk.receive(*events, by=entry.by, at=entry.at)
        desk.merge(
            duplicate, into=survivor.id, by=entry.by, promise=promise, at=entry.at
        )

    def __str__(self) -> str:
        return " > ".join([*(e.kind for e in self.entries), f"({self.state})"])


def _jump(desk: Desk, at: datetime) -> None:
    clock = desk.clock
    if isinstance(clock, JumpClock) and clock.now < at:
        clock.jump_to(at)


@frozen
class Paths(Sequence[Path]):
    """The paths that meet a criterion, and what no path meets.

    Attributes:
        paths: The paths.

        left_out: What was found to be impossible, or not found to be possible: runs of
            transitions whose conditions no fact that was tried could meet.
    """

    paths: tuple[Path, ...]
    left_out: tuple[Way, ...] = ()

    @overload
    def __getitem__(self, place: int) -> Path: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Path]: ...
    def __getitem__(self, place: int | slice) -> Path | Sequence[Path]:
        return self.paths[place]

    def __len__(self) -> int:
        return len(self.paths)

    def __str__(self) -> str:
        facts = sum(len(path.entries) for path in self.paths)
        head = f"{len(self.paths)} paths of {facts} facts"
        left = [f"  no way found: {way_name(way)}" for way in self.left_out]
        return "\n".join([head, *(f"  {path}" for path in self.paths), *left])


@frozen
class Walk:
    """A complaint on its way.

    Attributes:
        complaint: Where it stands.

        entries: What was recorded.

        rows: The transitions that were taken.
    """

    complaint: Complaint
    entries: tuple[Entry, ...] = ()
    rows: Way = ()

    @property
    def path(self) -> Path:
        """The path so far."""
        return Path(self.entries, self.rows, self.complaint.state)

    def runs(self, lengths: Sequence[int]) -> Iterator[Way]:
        """Give every run of transitions of these lengths that it takes."""
        for length in lengths:
            for start in range(len(self.rows) - length + 1):
                yield self.rows[start : start + length]


def start_of(lifecycle: Lifecycle) -> Walk:
    """Return the walk before its first fact."""
    return Walk(lifecycle.new("path"))
