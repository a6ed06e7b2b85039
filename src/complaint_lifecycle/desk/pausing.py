"""How long to wait before a decision is made anew."""

from collections.abc import Callable
from random import Random
from time import sleep

from attrs import field, frozen

Pause = Callable[[int], object]
"""Waits before another attempt; given how many have failed so far."""

_FIRST = 0.001
_LONGEST = 0.1


@frozen
class Backoff:
    """Waits a random time, twice as long at most with each attempt that failed.

    Those who met once do not meet again at the same moment. After the first attempt it
    does not wait: mostly whoever was first has finished by then.

    Attributes:
        random: Where chance comes from.

        sleep: Waits for so many seconds.

        longest: The longest time to wait, in seconds.

    >>> waits = []
    >>> pause = Backoff(random=Random(1), sleep=waits.append)
    >>> for failed in range(1, 12):
    ...     pause(failed)
    >>> len(waits), max(waits) <= 0.1
    (10, True)
    """

    random: Random = field(factory=Random)
    sleep: Callable[[float], object] = sleep
    longest: float = _LONGEST

    def __call__(self, failed: int) -> None:
        """Wait before the next attempt, given how many have failed."""
        if failed > 1:
            most = min(self.longest, _FIRST * 2 ** min(failed, 30))
            self.sleep(self.random.uniform(0, most))
