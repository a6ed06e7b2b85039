"""A few connections for many threads."""

import os
from collections.abc import Callable
from threading import BoundedSemaphore, Lock
from typing import Any, Protocol, Self
from weakref import WeakSet

from complaint_lifecycle.errors import JournalError

WAIT_SECONDS = 30.0

Raw = Any
"""A connection of a driver."""


class Places(Protocol):
    """As many places as there may be connections."""

    def acquire(self, *, timeout: float) -> bool:
        """Take a place, waiting for so many seconds; answer whether there was one."""
        ...

    def release(self) -> None:
        """Give a place back."""
        ...


class Pool:
    """Connections that threads take in turn: made when needed, kept when idle.

    Args:
        make: Makes a connection.

        fit: Tells whether a connection that comes back may be used again.

        size: How many there may be at a time.

        places: Makes so many places, where those who want a connection wait.
    """

    def __init__(
        self,
        make: Callable[[], Raw],
        *,
        fit: Callable[[Raw], bool],
        size: int,
        places: Callable[[int], Places] = BoundedSemaphore,
    ) -> None:
        self._make, self._fit, self._size = make, fit, size
        self._new_places = places
        self._closed = False
        self._begin()
        _POOLS.add(self)

    def _begin(self) -> Self:
        self._idle: list[Raw] = []
        self._inherited: list[Raw] = []
        self._lock = Lock()
        self._places = self._new_places(self._size)
        return self

    def take(self) -> Raw:
        """Take a connection, which has to be given back.

        Raises:
            JournalError: If the journal is closed, or every connection stays busy.
        """
        places = self._places
        if not places.acquire(timeout=WAIT_SECONDS):
            problem = (
                f"all {self._size} connections of the journal were busy for "
                f"{WAIT_SECONDS:g} seconds: allow it more of them"
            )
            raise JournalError(problem)
        try:
            return self._idle_one() or self._make()
        except BaseException:
            places.release()
            raise

    def _idle_one(self) -> Raw:
        with self._lock:
            if self._closed:
                problem = "the journal is closed"
                raise JournalError(problem)
            return self._idle.pop() if self._idle else None

    def give(self, raw: Raw) -> None:
        """Give a connection back, in whatever state."""
        with self._lock:
            keep = not self._closed and self._fit(raw)
            if keep:
                self._idle.append(raw)
        if not keep:
            raw.close()
        self._places.release()

    def forget(self) -> None:
        """Close those that are idle, since the server went away."""
        with self._lock:
            idle, self._idle = self._idle, []
        for raw in idle:
            raw.close()

    def close(self) -> None:
        """Close those that are idle now, and the others when they come back."""
        self._closed = True
        self.forget()

    def inherit(self) -> None:
        """Leave the connections to the parent process, after a fork."""
        # Kept, since closing them would close those of the parent.
        inherited = self._inherited + self._idle
        self._begin()._inherited = inherited


_POOLS: WeakSet[Pool] = WeakSet()


def _inherit_all() -> None:
    for pool in _POOLS:
        pool.inherit()


if hasattr(os, "register_at_fork"):  # pragma: no branch - not on Windows
    os.register_at_fork(after_in_child=_inherit_all)
