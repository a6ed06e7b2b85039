"""What a desk works with."""

from collections.abc import Callable, Iterable, Sequence
from uuid import uuid4

from attrs import Factory, define, field, setters, validators

from complaint_lifecycle.clock import Clock, utc_now
from complaint_lifecycle.compensation.situation import Situation
from complaint_lifecycle.desk.pausing import Backoff, Pause
from complaint_lifecycle.desk.recording import Recorder
from complaint_lifecycle.desk.shelf import Shelf
from complaint_lifecycle.desk.telling import Listener
from complaint_lifecycle.desk.timing import Timing
from complaint_lifecycle.journal import Journal, MemoryJournal
from complaint_lifecycle.lifecycle import Lifecycle
from complaint_lifecycle.offers import Offer
from complaint_lifecycle.sla.choosing import Resolver, sla_or_resolver
from complaint_lifecycle.sla.targets import Sla

Compensation = Callable[[Situation], Offer | None]
"""A policy: whatever says what to offer in a situation, or ``None``.

If it draws on budgets, its method ``budget_keys(now)`` names them.
"""

ATTEMPTS = 8
CACHE_SIZE = 4096


def _new_id() -> str:
    return uuid4().hex


def _listeners(given: Iterable[Listener]) -> tuple[Listener, ...]:
    return tuple(given)


@define(eq=False, on_setattr=setters.frozen)
class Settings:
    """What :class:`Desk <complaint_lifecycle.desk.Desk>` says of its attributes."""

    journal: Journal = field(factory=MemoryJournal, kw_only=True)
    lifecycle: Lifecycle = field(factory=Lifecycle, kw_only=True)
    clock: Clock = field(default=utc_now, kw_only=True)
    new_id: Callable[[], str] = field(default=_new_id, kw_only=True)
    listeners: Sequence[Listener] = field(
        default=(), kw_only=True, converter=_listeners
    )
    sla: Sla | Resolver | None = field(
        default=None, kw_only=True, converter=sla_or_resolver
    )
    compensation: Compensation | None = field(default=None, kw_only=True)
    attempts: int = field(default=ATTEMPTS, kw_only=True, validator=validators.ge(1))
    pause: Pause = field(factory=Backoff, kw_only=True)
    _recorder: Recorder = field(
        init=False,
        repr=False,
        default=Factory(lambda desk: desk._made(), takes_self=True),
    )

    def _made(self) -> Recorder:
        return Recorder(
            shelf=Shelf(self.journal, self.lifecycle, CACHE_SIZE),
            timing=Timing(self.lifecycle, self.sla),
            clock=self.clock,
            listeners=self.listeners,
            attempts=self.attempts,
            pause=self.pause,
        )
