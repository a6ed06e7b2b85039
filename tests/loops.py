"""Lets tests that know no asyncio call what is to be awaited."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from attrs import frozen

from complaint_lifecycle.asynchronous import AsyncDesk, AsyncJournal

T = TypeVar("T")

_within: ContextVar[bool] = ContextVar("within", default=False)


@frozen
class LoopInThread:
    """An event loop that goes on in a thread of its own."""

    loop: asyncio.AbstractEventLoop

    def do(self, awaitable: Awaitable[T]) -> T:
        """Bring something about in the loop, and wait for it."""

        async def wait() -> T:
            return await asyncio.wait_for(awaitable, 60)

        return asyncio.run_coroutine_threadsafe(wait(), self.loop).result()


@contextmanager
def loop_in_thread() -> Iterator[LoopInThread]:
    """Give an event loop that can be used from any other thread."""
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            yield LoopInThread(loop)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()


@frozen
class Called:
    """An asynchronous desk or journal that is called like a synchronous one.

    What it is called for within one of its own calls goes to the synchronous one.
    """

    face: AsyncDesk | AsyncJournal
    there: LoopInThread

    @property
    def journal(self) -> "Called":
        """The journal of a desk."""
        return Called(AsyncJournal(self.face.desk.journal), self.there)

    def __getattr__(self, name: str) -> Any:
        sync = getattr(self.face._sync, name)
        if name not in vars(type(self.face)):
            return sync

        def call(*args: Any, **kwargs: Any) -> Any:
            if _within.get():
                return sync(*args, **kwargs)
            return self.there.do(_awaited(getattr(self.face, name), args, kwargs))

        return call


async def _awaited(method: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    _within.set(True)
    found = method(*args, **kwargs)
    if isinstance(found, AsyncIterator):
        return iter([each async for each in found])
    return await found
