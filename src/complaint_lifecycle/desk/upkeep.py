"""What a desk does when nobody has said anything: timers, and making indexes anew."""

from collections.abc import Collection

from attrs import define

from complaint_lifecycle.checks import reference
from complaint_lifecycle.desk.firing import Firing
from complaint_lifecycle.desk.settings import Settings
from complaint_lifecycle.desk.watching import Checkpointed, Health
from complaint_lifecycle.errors import InvalidEventError


@define(eq=False)
class Upkeep(Settings):
    """The part of a desk that a scheduler or an operator calls."""

    def tick(self, *, limit: int = 1000, accept_clock: bool = False) -> int:
        """Record the warnings, misses and expired offers that are due, exactly once.

        With ``retention``, what is personal in complaints at rest is forgotten.

        Call it as often as you like, from any number of workers: from cron, a thread or
        a task queue. What came due while nobody ticked is recorded late, with the
        instant at which it was due.

        A complaint whose timers fail, say in a resolver, is set aside with its error,
        for a minute at first and then longer each time: see ``health``.

        Args:
            limit: How many thresholds to look at, the earliest first.

            accept_clock: Whether to believe a clock that went on further than
                ``max_clock_step``, and was held for that.

        Returns:
            How many facts were recorded.

        Raises:
            ListenerError: If a listener failed; all that is due is recorded first.
        """
        now = self._recorder.now()
        if accept_clock:
            self._watch.accept()
        if self._watch.stepped(now, self.max_clock_step):
            return 0
        self._watch.note(self.journal, now)
        every = self.checkpoint_every
        if every is not None and isinstance(self.journal, Checkpointed):
            self._watch.cover(self.journal, now, every, self.signer)
        return Firing(self._recorder).fire(now, limit=limit)

    def health(self) -> Health:
        """Return whether timers are looked after, for a health check.

        >>> from complaint_lifecycle import Desk
        >>> desk = Desk()
        >>> desk.tick()
        0
        >>> desk.health().oldest_overdue is None
        True
        """
        return Health.of(self.journal, self._recorder.now())

    def reschedule(self) -> int:
        """Make the due index anew after an import, or a change of SLA or calendar.

        A recorded miss that is none by the limit of now is cleared.

        Returns:
            For how many complaints.
        """
        return self._recorder.reschedule(self.journal.complaints())

    def recount(self) -> int:
        """Make the budgets anew from all complaints, as after an import.

        Returns:
            How many budgets changed.

        Raises:
            ConflictError: If others kept drawing meanwhile, attempt after attempt.
            CurrencyError: If offers that stand draw on one budget in two currencies.
        """
        return self._recorder.recount(self.journal.complaints)

    def forget(
        self,
        customer: str | None = None,
        *,
        complaints: Collection[str] = (),
        by: str,
    ) -> int:
        """Forget what is personal in all complaints of a customer, or in some.

        Texts read :data:`~complaint_lifecycle.events.FORGOTTEN` from then on, for good.
        What was done and when stays, and so does every reference that the host gave,
        such as the id of the customer. It may be asked again: what comes in later is
        forgotten only then.

        Args:
            customer: The customer.

            complaints: Ids of complaints.

            by: Who forgets; the journal keeps it with the instant:
                ``journal.forgotten()``.

        Returns:
            How many entries had something personal.

        Raises:
            InvalidEventError: If neither is given.
            UnknownComplaintError: If there is no such complaint; then nothing is
                forgotten.
            AccessDeniedError: If this is not for them to forget; then nothing is.
            JournalError: If the journal fails.

        >>> from complaint_lifecycle import Desk, Received
        >>> desk = Desk()
        >>> said = Received(customer="C-1", channel="email", text="It is broken.")
        >>> complaint = desk.receive(said, by="form", id="c-1")
        >>> desk.forget("C-1", by="dpo"), desk.history("c-1")[0].event.text
        (1, '[forgotten]')
        """
        if customer is None and not complaints:
            rule = "name a customer, or complaints"
            raise InvalidEventError("forget", "nobody", rule)
        if isinstance(complaints, str):
            rule = "must be several ids, such as ('c-1',)"
            raise InvalidEventError("complaints", repr(complaints)[:80], rule)
        if customer is not None:
            reference(customer, "customer")
        self._recorder.gate.forget(customer, complaints, by)
        return self._recorder.forget(
            tuple(complaints), customer=customer, by=reference(by, "by")
        )
