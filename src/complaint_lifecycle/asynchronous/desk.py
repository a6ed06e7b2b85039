"""A desk whose methods are awaited."""

import asyncio
import time
from collections.abc import Callable
from copy import copy
from functools import partial
from operator import attrgetter
from typing import Self

from attrs import evolve

from complaint_lifecycle.asynchronous.faces import AsyncFace, called, streamed
from complaint_lifecycle.asynchronous.journal import AsyncJournal
from complaint_lifecycle.asynchronous.running import Runner, runner_of, settled
from complaint_lifecycle.desk import Backoff, Desk, Pause
from complaint_lifecycle.desk.subscribing import Subscriber, Subscription
from complaint_lifecycle.journal import Start


class AsyncDesk(AsyncFace[Desk]):
    """A desk for programs in asyncio: the same calls, awaited.

    The event loop goes on while a call waits. With a journal that
    :func:`async_postgres` opened, a call waits in the event loop itself; with any
    other, it runs in a thread.

    A call that is cancelled has recorded everything or nothing. In the event loop it is
    broken off and rolled back, unless it was committing; in a thread it is waited for.

    Listeners and the pause of the desk may be coroutine functions.

    Args:
        desk: The desk with all its settings; it stays as it is.

    >>> import asyncio
    >>> from complaint_lifecycle import Desk, Received, Thanked
    >>> async def main():
    ...     desk = AsyncDesk(Desk())
    ...     first = Received(customer="C-1", channel="email")
    ...     complaint = await desk.receive(first, by="form")
    ...     complaint = await desk.record(complaint.id, Thanked(), by="ana")
    ...     return complaint.state
    >>> asyncio.run(main())
    'thanked'
    """

    def __init__(self, desk: Desk) -> None:
        runner = runner_of(desk.journal)
        listeners = [settled(each, runner) for each in desk.listeners]
        pause = _waiting(desk.pause, runner)
        super().__init__(evolve(desk, listeners=listeners, pause=pause), runner)

    @property
    def desk(self) -> Desk:
        """The synchronous desk, for what :meth:`run_sync` runs."""
        return self._sync

    @property
    def journal(self) -> AsyncJournal:
        """The journal of the desk, awaited as well."""
        return AsyncJournal(self._sync.journal)

    def seen_by(self, reader: str) -> Self:
        """Return the same desk as somebody sees it, who is asked about on every read.

        Args:
            reader: Who reads, by the name under which they record.
        """
        seen = copy(self)
        seen._sync = self._sync.seen_by(reader)
        return seen

    async def subscribe(
        self, listener: Subscriber, *, name: str, from_: Start = "beginning"
    ) -> "AsyncSubscription":
        """Deliver every entry to a listener, whoever records it and where.

        Args:
            listener: Is told of each entry, in order, at least once; it may be a
                coroutine function.

            name: Under this name it is stored how far the listener has come; of one
                name one worker at a time delivers.

            from_: ``"beginning"``, ``"now"``, or the position after which to begin; the
                stored position wins when there is one.

        Raises:
            InvalidEventError: If the name or the position cannot be one.
        """
        subscribing = partial(self._sync.subscribe, name=name, from_=from_)
        told = settled(listener, self._runner)
        found = await self._runner.run(partial(subscribing, told))
        return AsyncSubscription(found, self._runner)

    receive = called(Desk.receive)
    record = called(Desk.record)
    merge = called(Desk.merge)
    complaint = called(Desk.complaint)
    complaints = streamed(Desk.complaints)
    timers = called(Desk.timers)
    situation = called(Desk.situation)
    propose = called(Desk.propose)
    tick = called(Desk.tick)
    health = called(Desk.health)
    reschedule = called(Desk.reschedule)
    recount = called(Desk.recount)
    forget = called(Desk.forget)
    history = called(Desk.history)
    customer = called(Desk.customer)


class AsyncSubscription(AsyncFace[Subscription]):
    """A subscription whose ``run()`` is awaited; ``desk.subscribe`` makes it."""

    async def position(self) -> int:
        """Return up to where all is delivered, and that is written down."""
        return await self.run_sync(attrgetter("position"))

    run = called(Subscription.run)


def _waiting(pause: Pause, runner: Runner) -> Pause:
    """Let a pause wait in the event loop."""
    if isinstance(pause, Backoff):
        return evolve(pause, sleep=settled(_in_loop(pause.sleep), runner))
    return settled(pause, runner)


def _in_loop(sleep: Callable[[float], object]) -> Callable[[float], object]:
    return asyncio.sleep if sleep is time.sleep else sleep
