"""Whether the timers of a journal are looked after, and by a clock that can be right."""

import warnings
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Protocol, runtime_checkable

from attrs import define, field, frozen

from complaint_lifecycle.journal import Aside, Journal
from complaint_lifecycle.sql import Checkpoint, Signer

_NOTED_EVERY = timedelta(minutes=1)


@runtime_checkable
class Checkpointed(Protocol):
    """A journal that makes checkpoints."""

    def last_checkpoint(self) -> Checkpoint | None:
        """Return the newest checkpoint, if there is one."""
        ...

    def checkpoint(
        self, at: datetime, *, signer: Signer | None = None
    ) -> Checkpoint | None:
        """Make a checkpoint of what came since the last one."""
        ...


class ClockStepWarning(UserWarning):
    """The clock went on much further than time did, and nothing is fired."""


@frozen
class Health:
    """Whether the timers of a journal are looked after.

    Attributes:
        last_tick: When somebody last ticked, to the minute; ``None`` if nobody ever did.

        oldest_overdue: Since when the oldest threshold has been due, or ``None``.

        aside: Complaints whose timers failed, and wait for another attempt.

        tail_lag: How many entries are committed, and not yet shown to who reads on.
    """

    last_tick: datetime | None
    oldest_overdue: datetime | None
    aside: tuple[Aside, ...]
    tail_lag: int

    @classmethod
    def of(cls, journal: Journal, now: datetime) -> "Health":
        """Ask a journal.

        Args:
            journal: The journal.

            now: The current instant.
        """
        overdue = journal.due(now, limit=1)
        return cls(
            last_tick=journal.ticked(),
            oldest_overdue=overdue[0].at if overdue else None,
            aside=journal.aside(),
            tail_lag=journal.tail_lag(),
        )


@define(eq=False)
class Watch:
    """What one desk remembers from tick to tick: to compare clocks, and for health.

    Attributes:
        passing: Counts the seconds that really pass.
    """

    passing: Callable[[], float] = monotonic
    _last: tuple[datetime, float] | None = field(default=None, init=False)
    _noted: datetime | None = field(default=None, init=False)
    _covered: datetime | None = field(default=None, init=False)

    def stepped(self, now: datetime, limit: timedelta | None) -> bool:
        """Tell whether the clock went further than time did, by more than a limit.

        Then it warns, and goes on comparing with the last instant that could be right.

        Args:
            now: What the clock says.

            limit: How much more than the time that has passed is let through.
        """
        if limit is None:
            return False
        passed = self.passing()
        if self._last is not None:
            then, before = self._last
            step = now - then - timedelta(seconds=passed - before)
            if step > limit:
                warning = (
                    f"the clock says {now.isoformat()}, {step} more than has passed "
                    f"since the last tick: nothing is fired until it is set right, or "
                    "tick(accept_clock=True) says that it is"
                )
                warnings.warn(warning, ClockStepWarning, stacklevel=4)
                return True
        self._last = now, passed
        return False

    def accept(self) -> None:
        """Begin to compare anew: what the clock says is right."""
        self._last = None

    def cover(
        self,
        journal: Checkpointed,
        now: datetime,
        every: timedelta,
        signer: Signer | None,
    ) -> None:
        """Make a checkpoint, if the last one is old enough.

        Args:
            journal: Makes it.

            now: The current instant.

            every: How old that is.

            signer: Signs it.
        """
        if self._covered is None:
            last = journal.last_checkpoint()
            self._covered = None if last is None else last.at
        if self._covered is None or now - self._covered >= every:
            journal.checkpoint(now, signer=signer)
            self._covered = now

    def note(self, journal: Journal, now: datetime) -> None:
        """Write down that somebody looked, once a minute at most.

        Args:
            journal: Where.

            now: When.
        """
        if self._noted is None or now - self._noted >= _NOTED_EVERY:
            journal.ticked(now)
            self._noted = now
