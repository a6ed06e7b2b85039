"""The relay: sends every entry, at least once, those of one complaint in order."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from attrs import define, evolve, field, setters, validators

from complaint_lifecycle.checks import reference
from complaint_lifecycle.clock import Clock, in_utc, utc_now
from complaint_lifecycle.codec import Codec
from complaint_lifecycle.journal import Journal, Parked, Positioned, Start
from complaint_lifecycle.journal.readers import begun
from complaint_lifecycle.relay.messages import Message, Rendering, checked_source
from complaint_lifecycle.relay.retries import Retries
from complaint_lifecycle.relay.round import Round

Send = Callable[[Message], object]
"""Gives a message to another system, and raises if it did not take it."""

_ALL = 2**31


def _reference(_: Any, attribute: Any, value: str) -> None:
    reference(value, f"Relay.{attribute.name}")


def _source(_: Any, attribute: Any, value: str) -> None:
    checked_source(value, f"Relay.{attribute.name}")


@define(eq=False, on_setattr=setters.frozen)
class Relay:
    """Sends every entry of a journal to another system, as CloudEvents 1.0.

    The journal itself is the outbox: what is committed is sent, nothing else is, and
    no second copy of anything is kept.

    Every entry is sent at least once, and those of one complaint in order: if one
    fails, those after it wait, while other complaints go on. It is tried again later
    and later; at last it is a dead letter, until :meth:`retry` or :meth:`discard`.

    Attributes:
        journal: The outbox.

        send: Gives a message to the other system, and raises if it did not take it.
            Any ``Exception`` counts as such.

        name: Under this name it is stored how far the relay has come. Give no
            subscription the same one.

        source: Where the messages come from: a URI reference, unique in your systems.

        types: What the type of each message begins with, before ``.Thanked``.

        personal: Whether the personal parts of facts go along. The other system has
            then to forget what you forget.

        codec: Writes the events; give it the kinds of your own.

        clock: Answers with the current instant.

        retries: When a message that failed is tried again.

        past_dead: Whether what follows a dead letter is sent all the same. If not, its
            complaint waits until the letter is retried or discarded.

        from_: Where to begin, if nothing is stored: ``"beginning"``, ``"now"``, or the
            position after which.

        page: After how many entries it is written down how far the relay has come.

        outage: After how many failures in a row a run leaves the rest for the next one:
            then it is hardly the messages that are bad.

    Raises:
        InvalidEventError: If the name, source or types cannot be one.
        ValueError: If the page or the outage is below 1.

    >>> from complaint_lifecycle import Desk, Received
    >>> desk = Desk()
    >>> _ = desk.receive(Received(customer="C-1", channel="shop"), by="ana", id="c-7")
    >>> taken = []
    >>> relay = Relay(desk.journal, send=taken.append, name="crm")
    >>> relay.run()
    1
    >>> taken[0].id, taken[0].key
    ('c-7/1', 'c-7')
    """

    journal: Journal
    send: Send = field(kw_only=True)
    name: str = field(kw_only=True, validator=_reference)
    source: str = field(default="/complaints", kw_only=True, validator=_source)
    types: str = field(
        default="complaint_lifecycle", kw_only=True, validator=_reference
    )
    personal: bool = field(default=False, kw_only=True)
    codec: Codec = field(factory=Codec, kw_only=True)
    clock: Clock = field(default=utc_now, kw_only=True)
    retries: Retries = field(factory=Retries, kw_only=True)
    past_dead: bool = field(default=False, kw_only=True)
    from_: Start = field(default="beginning", kw_only=True)
    page: int = field(default=100, kw_only=True, validator=validators.ge(1))
    outage: int = field(default=10, kw_only=True, validator=validators.ge(1))
    _rendering: Rendering = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        rendering = Rendering(
            self.journal.readers.tenant,
            self.source,
            self.types,
            self.codec,
            self.personal,
        )
        object.__setattr__(self, "_rendering", rendering)
        begun(self.journal.readers, self.name, self.from_)

    @property
    def position(self) -> int:
        """The position up to which every entry is sent, or waits to be tried again."""
        return begun(self.journal.readers, self.name, self.from_)

    def run(self, *, limit: int = 1000) -> int:
        """Send what failed before and may be tried again, and then what is new.

        Call it as often as you like, from any number of workers: one at a time sends,
        and the others return at once.

        Args:
            limit: How many attempts to make at most; half of them at most for what
                failed before.

        Returns:
            How many messages were sent; 0 also if another worker is at it.

        Raises:
            UnreadableError: If the codec does not know a kind of event; what came
                before is sent.
            CursorConflictError: If another worker sent meanwhile, since the database
                took this one for dead.
        """
        with self.journal.readers.hold(self.name) as ours:
            return self._sent_in_a_round(limit) if ours else 0

    def _sent_in_a_round(self, limit: int) -> int:
        doing = Round(
            journal=self.journal,
            name=self.name,
            attempt=self._attempt,
            past_dead=self.past_dead,
            page=self.page,
            outage=self.outage,
            left=limit,
            marked=self.position,
        )
        now = self._now()
        doing.try_again(now, most=(limit + 1) // 2)
        doing.read_on(now)
        return doing.sent

    def waiting(self, *, limit: int = 1000) -> tuple[Parked, ...]:
        """Return what will be tried again, or waits for something that will be.

        Args:
            limit: At most so many, the first in the journal.
        """
        return self.journal.readers.parked(self.name, dead=False, limit=limit)

    def dead_letters(self, *, limit: int = 1000) -> tuple[Parked, ...]:
        """Return what is not tried any more, with the last error of each.

        Args:
            limit: At most so many, the first in the journal.
        """
        return self.journal.readers.parked(self.name, dead=True, limit=limit)

    def retry(self, *positions: int) -> int:
        """Let dead letters be tried again from now on, as often as new ones.

        Args:
            *positions: Which; by default all.

        Returns:
            How many.
        """
        letters, now = self._chosen(positions), self._now()
        alive = [evolve(each, attempts=0, ready=now, dead=False) for each in letters]
        self.journal.readers.park(self.name, alive)
        return len(alive)

    def discard(self, *positions: int) -> int:
        """Give dead letters up for good, so that what follows them is sent.

        The entries stay in the journal.

        Args:
            *positions: Which.

        Returns:
            How many.
        """
        letters = self._chosen(positions) if positions else ()
        self.journal.readers.park(self.name, done=[each.position for each in letters])
        return len(letters)

    def _chosen(self, positions: Iterable[int]) -> tuple[Parked, ...]:
        wanted, found = set(positions), self.dead_letters(limit=_ALL)
        if not wanted:
            return found
        return tuple(each for each in found if each.position in wanted)

    def _attempt(self, each: Positioned, failed: int) -> Parked | None:
        """Send an entry; return how it is parked if that failed.

        Args:
            each: The entry.

            failed: How often it has failed before.
        """
        message = self._rendering.message(each)
        try:
            self.send(message)
        except Exception as error:  # noqa: BLE001 - whatever it is, it did not take it
            return self._failed(each, failed + 1, error)
        return None

    def _failed(self, each: Positioned, failed: int, error: Exception) -> Parked:
        now, wait = self._now(), self.retries.wait(failed)
        return Parked(
            position=each.position,
            entry=each.entry,
            attempts=failed,
            ready=now if wait is None else now + wait,
            error=self._said(error),
            dead=wait is None,
        )

    def _said(self, error: Exception) -> str:
        kind = type(error).__name__
        if self.personal:
            # Its text may repeat what was sent.
            return kind
        text = " ".join(str(error).split())
        plain = "".join(c if c.isprintable() else "?" for c in f"{kind}: {text}")
        return plain[:300]

    def _now(self) -> datetime:
        return in_utc(self.clock(), "clock")
