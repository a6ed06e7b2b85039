"""How often a message that failed is tried again, and when."""

from datetime import timedelta
from random import Random

from attrs import field, frozen, validators

_NONE = timedelta(0)


@frozen
class Retries:
    """Waits twice as long with each attempt that failed, and gives up at last.

    The wait is drawn between half of that time and all of it, so that what failed
    together does not come back together.

    Attributes:
        attempts: How often a message is tried before it is a dead letter.

        first: The wait after the first attempt.

        longest: The longest wait.

        random: Where chance comes from.

    Raises:
        ValueError: If nothing is ever tried, or a wait is negative.

    >>> retries = Retries(attempts=3, random=Random(1))
    >>> [retries.wait(failed) is None for failed in (1, 2, 3)]
    [False, False, True]
    """

    attempts: int = field(default=12, validator=validators.ge(1))
    first: timedelta = field(
        default=timedelta(seconds=10), validator=validators.ge(_NONE)
    )
    longest: timedelta = field(
        default=timedelta(hours=1), validator=validators.ge(_NONE)
    )
    random: Random = field(factory=Random)

    def wait(self, failed: int) -> timedelta | None:
        """Return how long to wait, or ``None`` to give up.

        Args:
            failed: How many attempts have failed.
        """
        if failed >= self.attempts:
            return None
        doubled = self.first.total_seconds() * 2.0 ** min(failed - 1, 60)
        most = min(self.longest.total_seconds(), doubled)
        return timedelta(seconds=self.random.uniform(most / 2, most))
