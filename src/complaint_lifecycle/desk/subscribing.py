"""Subscriptions: every entry, once at least, in order, whoever recorded it and where."""

from collections.abc import Callable
from itertools import islice
from typing import Protocol

from attrs import define, field, frozen, validators

from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.desk.telling import Recorded
from complaint_lifecycle.errors import ListenerError
from complaint_lifecycle.events import Entry
from complaint_lifecycle.journal import Journal, Positioned, Start
from complaint_lifecycle.journal.readers import begun
from complaint_lifecycle.lifecycle import Lifecycle

PAGE = 100
_FOLDED = 4096


@frozen
class Delivered(Recorded):
    """What a subscriber is told: one entry, and where it stands in the journal.

    It is a ``Recorded`` of one entry, so that any listener of a desk may subscribe.

    Attributes:
        position: The position of the entry. It comes again with the same position if
            somebody died before it was written down that the entry was delivered.
    """

    position: int

    @property
    def entry(self) -> Entry:
        """The entry; ``complaint`` is what it led to, whatever has happened since."""
        return self.entries[0]


class Subscriber(Protocol):
    """Anything that wants to hear of every entry."""

    def __call__(self, delivered: Delivered, /) -> object:
        """Hear of an entry; whoever raises hears of it again."""
        ...


@define(eq=False, kw_only=True)
class Subscription:
    """Delivers the entries of a journal to one listener, under a name.

    Attributes:
        journal: Where the entries are.

        lifecycle: Folds them.

        listener: Is told.

        name: Under this name it is stored how far the listener has come.

        from_: Where it begins, if nothing is stored.

        page: After how many deliveries it is written down how far they have come.

        permit: Raises if the listener may not hear of a complaint, given its id.
    """

    journal: Journal
    lifecycle: Lifecycle
    listener: Subscriber
    name: str
    from_: Start = "beginning"
    page: int = field(default=PAGE, validator=validators.ge(1))
    permit: Callable[[str], object] | None = None
    _folded: dict[str, Complaint] = field(factory=dict, init=False, repr=False)

    @property
    def position(self) -> int:
        """The position up to which all is delivered, and that is written down."""
        return begun(self.journal.readers, self.name, self.from_)

    def run(self, *, limit: int = 1000) -> int:
        """Deliver what is new, in order, skipping nothing.

        Call it as often as you like, from any number of workers: one at a time
        delivers, and the others return at once. An entry is delivered again if a worker
        dies before it has written down how far it came.

        Args:
            limit: At most so many.

        Returns:
            How many were delivered; 0 also if another worker is at it.

        Raises:
            ListenerError: If the listener raised; its exception is the cause. The next
                run begins with the same entry.
            AccessDeniedError: If the reader may not see a complaint; neither is that
                skipped.
            CursorConflictError: If another worker delivered meanwhile, since the
                database took this one for dead.
        """
        with self.journal.readers.hold(self.name) as ours:
            return self._read_on(limit) if ours else 0

    def _read_on(self, limit: int) -> int:
        readers = self.journal.readers
        reached = marked = self.position
        count = 0
        try:
            for each in islice(self.journal.since(marked), limit):
                self._deliver(each)
                reached = each.position
                count += 1
                if count % self.page == 0:
                    readers.mark(self.name, reached, expected=marked)
                    marked = reached
        finally:
            self._folded.clear()
            if reached != marked:
                readers.mark(self.name, reached, expected=marked)
        return count

    def _deliver(self, each: Positioned) -> None:
        if self.permit is not None:
            self.permit(each.entry.complaint_id)
        complaint = self._fold(each.entry)
        try:
            self.listener(Delivered((each.entry,), complaint, each.position))
        except Exception as error:
            listener = self.listener
            who = getattr(listener, "__qualname__", type(listener).__name__)
            failure = ListenerError(who, complaint)
            failure.add_note(
                f"subscription {self.name!r} stays before position {each.position}"
            )
            raise failure from error

    def _fold(self, entry: Entry) -> Complaint:
        """Return the complaint that an entry led to."""
        name = entry.complaint_id
        before = self._folded.get(name)
        if before is None or before.version != entry.version - 1:
            before, news = None, self.journal.entries(name, up_to=entry.version)
        else:
            news = (entry,)
        if len(self._folded) >= _FOLDED:
            self._folded.clear()
        complaint = self.lifecycle.replay(news, onto=before, strict=False)
        self._folded[name] = complaint
        return complaint
