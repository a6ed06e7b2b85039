"""Objects whose methods are awaited, made of objects whose methods are called."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import partial, wraps
from itertools import islice
from types import FunctionType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from complaint_lifecycle.asynchronous.running import Runner

T = TypeVar("T")
# What takes any desk takes one that can do more.
Sync = TypeVar("Sync", covariant=True)  # noqa: PLC0105 - it is what it is
R = TypeVar("R")
P = ParamSpec("P")

PAGE = 100
"""How many items of an iterator are read at a time."""


class AsyncFace(Generic[Sync]):
    """Runs the methods of a synchronous object for coroutines.

    Args:
        sync: The synchronous object.

        runner: Runs its methods.
    """

    def __init__(self, sync: Sync, runner: Runner) -> None:
        self._sync, self._runner = sync, runner

    def __init_subclass__(cls) -> None:
        """Let tracebacks and warnings name the methods as their callers do."""
        for name, method in vars(cls).items():
            if isinstance(method, FunctionType):
                method.__qualname__ = f"{cls.__qualname__}.{name}"

    async def run_sync(
        self,
        work: Callable[Concatenate[Sync, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run synchronous code where it may use the synchronous object.

        Args:
            work: Is called with the synchronous object and the other arguments.

            *args: More arguments.

            **kwargs: And named ones.

        Returns:
            What it returns.
        """
        return await self._runner.run(partial(work, self._sync, *args, **kwargs))


def called(
    method: Callable[Concatenate[T, P], R],
) -> Callable[Concatenate[AsyncFace[T], P], Coroutine[Any, Any, R]]:
    """Make a coroutine function of a method, with the same parameters.

    Args:
        method: A method of the synchronous object.
    """
    name = method.__name__

    @wraps(method)
    async def call(self: AsyncFace[T], /, *args: P.args, **kwargs: P.kwargs) -> R:
        # By its name: the object may be of a subclass.
        found: Callable[P, R] = getattr(self._sync, name)
        return await self._runner.run(partial(found, *args, **kwargs))

    return call


def streamed(
    method: Callable[Concatenate[T, P], Iterator[R]],
) -> Callable[Concatenate[AsyncFace[T], P], AsyncIterator[R]]:
    """Make a method that gives an async iterator of one that gives an iterator.

    Args:
        method: A method of the synchronous object.
    """
    name = method.__name__

    @wraps(method)
    async def stream(
        self: AsyncFace[T], /, *args: P.args, **kwargs: P.kwargs
    ) -> AsyncIterator[R]:
        found: Callable[P, Iterator[R]] = getattr(self._sync, name)
        left = await self._runner.run(partial(found, *args, **kwargs))
        while page := await self._runner.run(lambda: list(islice(left, PAGE))):
            for item in page:
                yield item
            if len(page) < PAGE:
                return

    return stream
