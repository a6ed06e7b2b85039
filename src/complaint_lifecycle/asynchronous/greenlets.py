"""Synchronous code that waits in the event loop, without a thread.

It runs in a greenlet of its own: where it has to wait, it switches back to the
coroutine that started it, which awaits for it. So there is one code for both worlds.
"""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import iscoroutine
from typing import Any, TypeVar, cast

from complaint_lifecycle.errors import JournalError, MissingExtraError

try:
    from greenlet import getcurrent, greenlet
except ModuleNotFoundError as error:
    extra = "async"
    raise MissingExtraError(extra) from error

T = TypeVar("T")


class _Work(greenlet):
    """A synchronous call, and the coroutine that awaits what it waits for."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.coroutine = getcurrent()
        super().__init__(work, self.coroutine)
        self.gr_context = self.coroutine.gr_context
        self.abandoned = False


class Greenlets:
    """Runs each call in the event loop in which the journal was opened.

    Args:
        loop: That event loop.

    Raises:
        MissingExtraError: If the extra ``async`` is not installed.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    async def run(self, work: Callable[[], T]) -> T:
        """Run a call until it ends, awaiting whatever it waits for.

        Raises:
            JournalError: If this is another event loop than that of the journal.
        """
        if asyncio.get_running_loop() is not self._loop:
            problem = (
                "the journal was opened in another event loop: open one in each loop"
            )
            raise JournalError(problem)
        call = _Work(work)
        answer = call.switch()
        while not call.dead:
            try:
                value = await answer
            except GeneratorExit:
                # Nobody awaits this coroutine any more, so neither can the work.
                call.abandoned = True
                call.throw(GeneratorExit)
                raise
            except BaseException as error:  # noqa: BLE001 - it is for the work to handle
                answer = call.throw(error)
            else:
                answer = call.switch(value)
        return cast("T", answer)

    def finish(self, awaitable: Awaitable[T]) -> T:
        """Have something awaited, and go on with what it brings."""
        return awaited(awaitable)


def awaited(awaitable: Awaitable[T]) -> T:
    """Wait for something from within a call that :class:`Greenlets` runs.

    Args:
        awaitable: What is to be awaited.

    Raises:
        JournalError: If nobody is there to await it.
    """
    work = getcurrent()
    if isinstance(work, _Work) and not work.abandoned:
        answer: Any = work.coroutine.switch(awaitable)
        return cast("T", answer)
    if iscoroutine(awaitable):
        awaitable.close()
    if isinstance(work, _Work):
        raise GeneratorExit
    problem = (
        "the journal was opened for asyncio and waits in the event loop only: "
        "call it through AsyncDesk or AsyncJournal"
    )
    raise JournalError(problem)
