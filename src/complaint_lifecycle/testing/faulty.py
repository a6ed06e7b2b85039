"""A journal in trouble: its calls fail, are overtaken, come twice, or are slow."""

from abc import ABC, abstractmethod
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from enum import Enum
from typing import Any

from attrs import define, field

from complaint_lifecycle.checks import one_of
from complaint_lifecycle.errors import (
    ConflictError,
    InvalidEventError,
    JournalError,
    OutcomeUnknownError,
)
from complaint_lifecycle.journal import Batch, MemoryJournal

_BROKE = "the simulated connection broke"
_FAILED = "the simulated store failed"


class CrashedError(BaseException):
    """The host is dead at once; no code of it may catch this."""


class Incident(Enum):
    """What happens at a call on a journal.

    ``CRASH_BEFORE`` and ``CRASH_AFTER``: the host dies, before or after the call is
    carried out. ``FAIL_BEFORE`` and ``FAIL_AFTER``: the connection is lost; afterwards
    means that what was appended is committed, and nobody tells. ``OVERTAKEN``: somebody
    else appended first, which is a conflict. ``DOUBLED``: an append is delivered twice,
    and the caller hears the second answer. ``SLOW``: the clock goes on before it.
    """

    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    FAIL_BEFORE = "fail before"
    FAIL_AFTER = "fail after"
    OVERTAKEN = "overtaken"
    DOUBLED = "doubled"
    SLOW = "slow"


class TroubledJournal(ABC):
    """What every journal in trouble does; what happens when, those below it say.

    Attributes:
        inner: The journal itself.
    """

    inner: Any

    @contextmanager
    def claim(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """Claim what is due, unless something happens before or afterwards."""
        incident = self._before("claim")
        with self.inner.claim(*args, **kwargs) as rows:
            yield rows
        self._after(incident, JournalError(_FAILED))

    def append(self, batches: Iterable[Batch], **beside: Any) -> None:
        """Append, unless something happens; or append, and then it happens."""
        appended = tuple(batches)
        beside["budgets"] = tuple(beside.get("budgets", ()))
        incident = self._before("append", appended)
        self.inner.append(appended, **beside)
        self._committed(appended)
        if incident is Incident.DOUBLED:
            self.inner.append(appended, **beside)
        self._after(incident, OutcomeUnknownError(_BROKE))

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self.inner, name)
        if not callable(asked):
            return asked

        def read(*args: Any, **kwargs: Any) -> Any:
            incident = self._before(name)
            answer = asked(*args, **kwargs)
            self._after(incident, JournalError(_FAILED))
            return answer

        return read

    @abstractmethod
    def _incident(self, call: str) -> Incident | None:
        """Tell what happens at a call."""

    @abstractmethod
    def _overtaken(self, appended: Sequence[Batch]) -> None:
        """Let somebody else come first."""

    @abstractmethod
    def _slowed(self) -> None:
        """Let time pass."""

    @abstractmethod
    def _committed(self, appended: Sequence[Batch]) -> None:
        """Hear what was committed."""

    def _before(self, call: str, appended: Sequence[Batch] = ()) -> Incident | None:
        incident = self._incident(call)
        if incident is Incident.OVERTAKEN:
            self._overtaken(appended)
        elif incident is Incident.CRASH_BEFORE:
            raise CrashedError
        elif incident is Incident.FAIL_BEFORE:
            raise JournalError(_FAILED)
        elif incident is Incident.SLOW:
            self._slowed()
        return incident

    def _after(self, incident: Incident | None, lost: JournalError) -> None:
        if incident is Incident.CRASH_AFTER:
            raise CrashedError
        if incident is Incident.FAIL_AFTER:
            raise lost


_ON_APPEND_ONLY = (Incident.OVERTAKEN, Incident.DOUBLED)


@define(eq=False)
class FaultyJournal(TroubledJournal):
    """A journal in front of another one, at whose calls things happen as told.

    Attributes:
        inner: The journal itself; by default one in memory.

        clock: The clock that goes on when a call is slow: a ``JumpClock``.

        delay: How slow a slow call is.

    >>> from complaint_lifecycle import Desk, JumpClock, Received
    >>> journal = FaultyJournal()
    >>> journal.inject("fail after")
    >>> desk = Desk(journal=journal)
    >>> desk.receive(Received(customer="C-1", channel="email"), by="form", id="c-1")
    Traceback (most recent call last):
    ...
    complaint_lifecycle.errors.OutcomeUnknownError: the simulated connection broke
    >>> len(journal.inner.entries("c-1"))
    1
    """

    inner: Any = field(factory=MemoryJournal)
    clock: Any = field(default=None, kw_only=True)
    delay: timedelta = field(default=timedelta(seconds=30), kw_only=True)
    _coming: defaultdict[str, deque[Incident | None]] = field(
        factory=lambda: defaultdict(deque), init=False, repr=False
    )

    def inject(
        self,
        incident: Incident | str,
        *,
        on: str = "append",
        after: int = 0,
        times: int = 1,
    ) -> None:
        """Let something happen at coming calls.

        Args:
            incident: What happens, such as ``"overtaken"`` or ``Incident.FAIL_AFTER``.

            on: At calls of this method.

            after: How many calls of it go well before, after those told of already.

            times: At how many calls in a row.

        Raises:
            InvalidEventError: If there is no such incident or method, it happens at
                appends only, or there is no clock that could go on.
        """
        found = one_of(Incident, incident, "incident")
        if found in _ON_APPEND_ONLY and on != "append":
            rule = "happens at an append only: leave out on="
            raise InvalidEventError("incident", found.value, rule)
        if found is Incident.SLOW and self.clock is None:
            rule = "needs a clock that goes on: FaultyJournal(clock=JumpClock(...))"
            raise InvalidEventError("incident", found.value, rule)
        if not callable(getattr(self.inner, on, None)):
            rule = f"is no method of a {type(self.inner).__name__}"
            raise InvalidEventError("on", repr(on)[:80], rule)
        self._coming[on].extend([None] * after + [found] * times)

    def _incident(self, call: str) -> Incident | None:
        coming = self._coming[call]
        return coming.popleft() if coming else None

    def _overtaken(self, appended: Sequence[Batch]) -> None:
        if appended:
            first = appended[0]
            raise ConflictError(first.complaint_id, first.expected, first.expected + 1)

    def _slowed(self) -> None:
        self.clock.advance(self.delay)

    def _committed(self, appended: Sequence[Batch]) -> None:
        """Nobody else has to hear of it."""
