"""Those who read a journal on: how far each has come, and what it has put by."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from operator import attrgetter
from threading import RLock
from typing import Literal, Protocol

from attrs import define, field, frozen

from complaint_lifecycle.errors import CursorConflictError, InvalidEventError
from complaint_lifecycle.events import Entry
from complaint_lifecycle.events.fields import INTEGER_LIMIT

Start = Literal["beginning", "now"] | int
"""Where a reader begins: at the first entry, after the last one, or after a position."""


@frozen
class Parked:
    """An entry that a reader has passed, and still has to do something about.

    Attributes:
        position: Its position in the journal.

        entry: The entry.

        attempts: How often it was tried; 0 if it only waits for one before it.

        ready: From when on it may be tried again.

        error: Why it is parked.

        dead: Whether nobody tries it any more, until somebody says so by hand.
    """

    position: int
    entry: Entry
    attempts: int
    ready: datetime
    error: str
    dead: bool = False


class Readers(Protocol):
    """Those who read a journal on, each by a name of its own.

    A reader has a cursor, the position up to which it is done, and entries that it has
    parked: those before the cursor that it is not done with.
    """

    @property
    def tenant(self) -> str:
        """Whose entries they read."""
        ...

    def end(self) -> int:
        """Return the last position that can be read now; 0 if there is none."""
        ...

    def hold(self, name: str) -> AbstractContextManager[bool]:
        """Be the only one who reads under a name.

        It keeps nobody from writing, and ends with the process that holds it.

        Args:
            name: The reader.

        Returns:
            A context manager that gives whether it is so; if not, another one holds it.
        """
        ...

    def cursor(self, name: str) -> int | None:
        """Return how far a reader has come, or ``None`` if it never began."""
        ...

    def mark(
        self,
        name: str,
        position: int,
        *,
        expected: int | None,
        parked: Iterable[Parked] = (),
        done: Iterable[int] = (),
    ) -> None:
        """Write down how far a reader has come, and what it parked, in one transaction.

        Args:
            name: The reader.

            position: How far it has come.

            expected: Where its cursor was; ``None`` if it never began.

            parked: Entries that it parks; one that is parked already is replaced.

            done: Positions of parked entries that it is done with.

        Raises:
            CursorConflictError: If its cursor is elsewhere; then nothing changes.
        """
        ...

    def park(
        self, name: str, parked: Iterable[Parked] = (), *, done: Iterable[int] = ()
    ) -> None:
        """Change what a reader has parked, wherever its cursor is.

        Args:
            name: The reader.

            parked: Entries to park; one that is parked already is replaced.

            done: Positions of parked entries that nothing is to be done about any more.
        """
        ...

    def parked(self, name: str, *, dead: bool, limit: int) -> tuple[Parked, ...]:
        """Return what a reader has parked, in order of position.

        Args:
            name: The reader.

            dead: Whether to return those that nobody tries any more, or the others.

            limit: At most so many.
        """
        ...

    def ready(
        self, name: str, until: datetime, *, limit: int, past_dead: bool
    ) -> tuple[Parked, ...]:
        """Return the parked entries that may be tried, those ready longest first.

        Of each complaint that is at most one: the first that is parked.

        Args:
            name: The reader.

            until: The current instant.

            limit: At most so many.

            past_dead: Whether what nobody tries any more stands in nobody's way.
        """
        ...

    def blocked(self, name: str, complaint_id: str, *, past_dead: bool) -> bool:
        """Tell whether a parked entry of a complaint stands in the way of the next.

        Args:
            name: The reader.

            complaint_id: The complaint.

            past_dead: Whether what nobody tries any more stands in nobody's way.
        """
        ...


def begun(readers: Readers, name: str, start: Start) -> int:
    """Return the cursor of a reader, after storing where it begins if it is new.

    Args:
        readers: Those of its journal.

        name: The reader.

        start: Where it begins; the stored cursor wins when there is one.

    Raises:
        InvalidEventError: If that is no place to begin at.
    """
    position = _place(readers, start)
    known = readers.cursor(name)
    if known is not None:
        return known
    try:
        readers.mark(name, position, expected=None)
    except CursorConflictError as first:
        # Somebody else began under this name a moment ago.
        return first.actual
    return position


def _place(readers: Readers, start: Start) -> int:
    if start == "now":
        return readers.end()
    if start == "beginning":
        return 0
    if type(start) is not int or not 0 <= start < INTEGER_LIMIT:
        rule = 'must be "beginning", "now" or a position, 0 or more'
        raise InvalidEventError("from_", repr(start)[:80], rule)
    return start


@define(eq=False)
class MemoryReaders:
    """Those who read a journal in memory; what they store goes with it.

    Attributes:
        tenant: Empty: a journal in memory is of nobody in particular.
    """

    _order: Sequence[Entry]
    tenant: str = field(default="", init=False)
    _held: set[str] = field(factory=set, init=False)
    _cursors: dict[str, int] = field(factory=dict, init=False)
    _parked: dict[str, dict[int, Parked]] = field(factory=dict, init=False)
    _lock: RLock = field(factory=RLock, init=False)

    def end(self) -> int:
        """Return the last position that can be read now; 0 if there is none."""
        return len(self._order)

    @contextmanager
    def hold(self, name: str) -> Iterator[bool]:
        """Be the only one who reads under a name."""
        with self._lock:
            ours = name not in self._held
            self._held.add(name)
        try:
            yield ours
        finally:
            if ours:
                self._held.discard(name)

    def cursor(self, name: str) -> int | None:
        """Return how far a reader has come, or ``None`` if it never began."""
        return self._cursors.get(name)

    def mark(
        self,
        name: str,
        position: int,
        *,
        expected: int | None,
        parked: Iterable[Parked] = (),
        done: Iterable[int] = (),
    ) -> None:
        """Write down how far a reader has come, and what it parked.

        Raises:
            CursorConflictError: If its cursor is elsewhere; then nothing changes.
        """
        with self._lock:
            actual = self._cursors.get(name)
            if actual != expected:
                raise CursorConflictError(name, expected, actual)
            self._cursors[name] = position
            self.park(name, parked, done=done)

    def park(
        self, name: str, parked: Iterable[Parked] = (), *, done: Iterable[int] = ()
    ) -> None:
        """Change what a reader has parked, wherever its cursor is."""
        with self._lock:
            known = self._parked.setdefault(name, {})
            for position in done:
                known.pop(position, None)
            known.update((each.position, each) for each in parked)

    def parked(self, name: str, *, dead: bool, limit: int) -> tuple[Parked, ...]:
        """Return what a reader has parked, in order of position."""
        return tuple(each for each in self._all(name) if each.dead == dead)[:limit]

    def ready(
        self, name: str, until: datetime, *, limit: int, past_dead: bool
    ) -> tuple[Parked, ...]:
        """Return the parked entries that may be tried, the first of each complaint."""
        first: dict[str, Parked] = {}
        for each in self._all(name):
            if not (each.dead and past_dead):
                first.setdefault(each.entry.complaint_id, each)
        found = [e for e in first.values() if not e.dead and e.ready <= until]
        return tuple(sorted(found, key=attrgetter("ready", "position"))[:limit])

    def blocked(self, name: str, complaint_id: str, *, past_dead: bool) -> bool:
        """Tell whether a parked entry of a complaint stands in the way of the next."""
        return any(
            each.entry.complaint_id == complaint_id and not (each.dead and past_dead)
            for each in self._all(name)
        )

    def _all(self, name: str) -> list[Parked]:
        with self._lock:
            known = self._parked.get(name, {}).values()
            return sorted(known, key=attrgetter("position"))
