"""What a desk does when nobody has said anything: timers, and making indexes anew."""

from attrs import define

from complaint_lifecycle.desk.settings import Settings


@define(eq=False)
class Upkeep(Settings):
    """The part of a desk that a scheduler or an operator calls."""

    def tick(self, *, limit: int = 1000) -> int:
        """Record the warnings, misses and expired offers that are due, exactly once.

        Call it as often as you like, from any number of workers: from cron, a thread or
        a task queue. What came due while nobody ticked is recorded late, with the
        instant at which it was due.

        Args:
            limit: How many thresholds to look at, the earliest first.

        Returns:
            How many facts were recorded.

        Raises:
            ListenerError: If a listener failed; all that is due is recorded first.
        """
        now = self._recorder.now()
        return self._recorder.fire(self.journal.due(now, limit=limit), now)

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
