"""What a desk works with."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from uuid import uuid4

from attrs import Factory, define, field, setters, validators

from complaint_lifecycle.access import Access, Audit
from complaint_lifecycle.checks import reference
from complaint_lifecycle.clock import Clock, utc_now
from complaint_lifecycle.compensation.situation import Situation
from complaint_lifecycle.desk.asking import Gate
from complaint_lifecycle.desk.pausing import Backoff, Pause
from complaint_lifecycle.desk.recording import Recorder
from complaint_lifecycle.desk.retaining import Retention
from complaint_lifecycle.desk.shelf import Shelf
from complaint_lifecycle.desk.telling import Listener
from complaint_lifecycle.desk.timing import Timing
from complaint_lifecycle.desk.watching import Checkpointed, Watch
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.journal import Journal, MemoryJournal
from complaint_lifecycle.lifecycle import Lifecycle
from complaint_lifecycle.offers import Offer
from complaint_lifecycle.sla.choosing import Resolver, sla_or_resolver
from complaint_lifecycle.sla.targets import Sla
from complaint_lifecycle.sql import Signer

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


def _reader(given: str | None) -> str | None:
    return None if given is None else reference(given, "reader")


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
    cache_size: int = field(
        default=CACHE_SIZE, kw_only=True, validator=validators.ge(0)
    )
    retention: Retention | None = field(default=None, kw_only=True)
    max_clock_step: timedelta | None = field(default=None, kw_only=True)
    access: Access | None = field(default=None, kw_only=True)
    audit: Audit | None = field(default=None, kw_only=True)
    reader: str | None = field(default=None, kw_only=True, converter=_reader)
    snapshot_every: int | None = field(
        default=None, kw_only=True, validator=validators.optional(validators.ge(2))
    )
    checkpoint_every: timedelta | None = field(default=None, kw_only=True)
    signer: Signer | None = field(default=None, kw_only=True)
    _recorder: Recorder = field(
        init=False,
        repr=False,
        default=Factory(lambda desk: desk._made(), takes_self=True),
    )

    _watch: Watch = field(init=False, repr=False, factory=Watch)

    def __attrs_post_init__(self) -> None:
        if self.retention is not None:
            self.retention.check(self.lifecycle.table.states)
        makes = isinstance(self.journal, Checkpointed)
        if self.checkpoint_every is not None and not makes:
            name = type(self.journal).__name__
            rule = "makes no checkpoints: keep entries in an SqlJournal, or give none"
            raise InvalidEventError("checkpoint_every", name, rule)

    def _made(self) -> Recorder:
        size, every = self.cache_size, self.snapshot_every
        shelf = Shelf(self.journal, self.lifecycle, size, every)
        gate = Gate(access=self.access, audit=self.audit, shelf=shelf, clock=self.clock)
        return Recorder(
            shelf=shelf,
            timing=Timing(self.lifecycle, self.sla, self.retention),
            gate=gate,
            clock=self.clock,
            listeners=self.listeners,
            attempts=self.attempts,
            pause=self.pause,
        )
