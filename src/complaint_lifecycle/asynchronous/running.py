"""Running synchronous calls while the event loop goes on."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar, copy_context
from functools import partial
from inspect import isawaitable
from threading import Lock
from typing import Any, ParamSpec, Protocol, TypeVar

T = TypeVar("T")
P = ParamSpec("P")

_loop: ContextVar[asyncio.AbstractEventLoop] = ContextVar("complaint_lifecycle_loop")


class Runner(Protocol):
    """Runs synchronous work for a coroutine, and lets that work wait for coroutines."""

    async def run(self, work: Callable[[], T]) -> T:
        """Return what the work returns, or raise what it raises.

        Args:
            work: A synchronous call.
        """
        ...

    def finish(self, awaitable: Awaitable[T]) -> T:
        """Wait for something, from within the work.

        Args:
            awaitable: What the event loop of the coroutine is to bring about.
        """
        ...


class Threads:
    """Runs each call in a thread of the event loop's own pool.

    A call that has begun is never abandoned: whoever cancels it waits until it has
    ended, so that nothing goes on unseen. One that has not begun does not begin.
    """

    async def run(self, work: Callable[[], T]) -> T:
        """Run a call in a thread, with the context variables of this task."""
        loop = asyncio.get_running_loop()
        begun = Lock()

        def begin() -> T | None:
            if not begun.acquire(blocking=False):
                return None
            _loop.set(loop)
            return work()

        future = loop.run_in_executor(None, partial(copy_context().run, begin))
        try:
            done: Any = await asyncio.shield(future)
        except asyncio.CancelledError:
            if not begun.acquire(blocking=False):
                await _end_of(future)
            raise
        answer: T = done
        return answer

    def finish(self, awaitable: Awaitable[T]) -> T:
        """Have the event loop bring something about, and wait for it in this thread."""
        return asyncio.run_coroutine_threadsafe(
            _result(awaitable), _loop.get()
        ).result()


async def _result(awaitable: Awaitable[T]) -> T:
    return await awaitable


async def _end_of(future: asyncio.Future[Any]) -> None:
    """Wait for a future, however often this task is cancelled meanwhile."""
    while not future.done():
        try:
            await asyncio.wait({future})
        except asyncio.CancelledError:
            continue
    # Looked at, or else the event loop would complain that nobody did.
    future.exception()


def runner_of(journal: object) -> Runner:
    """Return what runs the calls of a journal.

    Args:
        journal: If it has to be run in a way of its own, its attribute ``runner`` says
            in which.
    """
    found: Runner | None = getattr(journal, "runner", None)
    return Threads() if found is None else found


def settled(act: Callable[P, object], runner: Runner) -> Callable[P, None]:
    """Return a synchronous function that waits for what another one began.

    Args:
        act: Any function, also one that returns a coroutine.

        runner: Runs the work in which it is called.
    """

    def settle(*args: P.args, **kwargs: P.kwargs) -> None:
        answer = act(*args, **kwargs)
        if isawaitable(answer):
            runner.finish(answer)

    # Errors name a listener by it.
    settle.__qualname__ = getattr(act, "__qualname__", type(act).__name__)
    return settle
