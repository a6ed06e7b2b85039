"""One run of a relay: what it has sent, and what is still to be written down."""

from collections.abc import Callable
from datetime import datetime

from attrs import define, field

from complaint_lifecycle.journal import Journal, Parked, Positioned

Attempt = Callable[[Positioned, int], Parked | None]
"""Sends an entry, given how often it failed before; returns it parked if it failed."""


@define(eq=False, kw_only=True)
class Round:
    """What a run of a relay is about.

    What was done is written down page by page, and when the run ends, however it ends.
    A worker that is killed before that sends a page again.

    Attributes:
        journal: The outbox.

        name: The name of the relay.

        attempt: Sends an entry.

        past_dead: Whether what follows a dead letter is sent all the same.

        page: After how many entries to write down what was done.

        outage: After how many failures in a row to stop sending more of the kind.

        left: How many attempts may still be made.

        marked: The cursor, as it is written down.

        sent: How many messages were sent.
    """

    journal: Journal
    name: str
    attempt: Attempt
    past_dead: bool
    page: int
    outage: int
    left: int
    marked: int
    sent: int = field(default=0, init=False)
    _reached: int = field(init=False)
    _failures: int = field(default=0, init=False)
    _parked: list[Parked] = field(factory=list, init=False)
    _done: list[int] = field(factory=list, init=False)
    _unwritten: int = field(default=0, init=False)
    _blocked: dict[str, bool] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._reached = self.marked

    def try_again(self, now: datetime, *, most: int) -> None:
        """Send what failed before and is ready, the first of each complaint.

        Args:
            now: The current instant.

            most: How many attempts to make at most.
        """
        end, self._failures = self.left - most, 0
        while self._goes_on and self.left > end:
            limit = min(self.page, self.left - end)
            rows = self.journal.readers.ready(
                self.name, now, limit=limit, past_dead=self.past_dead
            )
            if not rows:
                break
            try:
                for row in rows:
                    if not self._goes_on:
                        break
                    self._try(Positioned(row.position, row.entry), row)
            finally:
                self._write_down()

    def read_on(self, now: datetime) -> None:
        """Send what is new.

        Args:
            now: The current instant.
        """
        # What failed again says nothing of what is new.
        self._failures = 0
        try:
            for each in self.journal.since(self._reached):
                if not self._goes_on:
                    break
                if self._is_blocked(each.entry.complaint_id):
                    self._park(Parked(*each, 0, now, "waits for one before it"))
                else:
                    self._try(each)
                self._reached = each.position
                if self._unwritten >= self.page:
                    self._write_down()
        finally:
            self._write_down()

    @property
    def _goes_on(self) -> bool:
        return self.left > 0 and self._failures < self.outage

    def _try(self, each: Positioned, row: Parked | None = None) -> None:
        self.left -= 1
        failed = self.attempt(each, 0 if row is None else row.attempts)
        if failed is not None:
            self._failures += 1
            self._park(failed)
            return
        self._failures = 0
        self.sent += 1
        self._unwritten += 1
        if row is not None:
            self._done.append(row.position)

    def _park(self, each: Parked) -> None:
        self._parked.append(each)
        self._unwritten += 1
        if not (each.dead and self.past_dead):
            self._blocked[each.entry.complaint_id] = True

    def _is_blocked(self, complaint_id: str) -> bool:
        """Tell whether an earlier message of a complaint is not sent yet."""
        known = self._blocked.get(complaint_id)
        if known is None:
            known = self._blocked[complaint_id] = self.journal.readers.blocked(
                self.name, complaint_id, past_dead=self.past_dead
            )
        return known

    def _write_down(self) -> None:
        if not self._unwritten:
            return
        self.journal.readers.mark(
            self.name,
            self._reached,
            expected=self.marked,
            parked=self._parked,
            done=self._done,
        )
        self.marked, self._unwritten = self._reached, 0
        self._parked, self._done = [], []
