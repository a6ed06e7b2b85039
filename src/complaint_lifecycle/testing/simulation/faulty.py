"""The journal and the policy as a host in trouble sees them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from math import log
from random import Random
from typing import Any

from attrs import define, evolve, field

from complaint_lifecycle.amounts import money
from complaint_lifecycle.compensation.situation import Situation
from complaint_lifecycle.journal import Batch
from complaint_lifecycle.offers import Draw, Offer, Remedy, RemedyKind
from complaint_lifecycle.testing.faulty import Incident, TroubledJournal
from complaint_lifecycle.testing.simulation.faults import Faults
from complaint_lifecycle.testing.simulation.ledger import Ledger


class PolicyFailedError(Exception):
    """A policy of the host raised."""


_INCIDENTS = (
    Incident.CRASH_BEFORE,
    Incident.CRASH_AFTER,
    Incident.FAIL_BEFORE,
    Incident.FAIL_AFTER,
    Incident.OVERTAKEN,
)


@define(eq=False)
class Fuse:
    """Counts the calls on the journal until something happens.

    Attributes:
        random: Where chance comes from.

        faults: How often what happens.
    """

    random: Random
    faults: Faults
    _left: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._left = self._drawn()

    def _drawn(self) -> int:
        share = self.faults.crash + self.faults.failure + self.faults.overtaken
        if share == 0:
            return -1
        if share >= 1:
            return 1
        return int(log(1 - self.random.random()) / log(1 - share)) + 1

    def burn(self) -> Incident | None:
        """Count a call; tell what happens at it, if anything does."""
        self._left -= 1
        if self._left:
            return None
        self._left = self._drawn()
        faults = self.faults
        shares = (faults.crash, faults.crash, faults.failure, faults.failure)
        weights = (*shares, 2 * faults.overtaken)
        return self.random.choices(_INCIDENTS, weights)[0]


@define(eq=False)
class HostJournal(TroubledJournal):
    """A journal whose every call may fail, kill the host, or come too late.

    Attributes:
        inner: The journal itself.

        ledger: Is told of every commit.

        clock: The clock of the host.

        fuse: Says what happens at a call; ``None`` if nothing does any more.

        let_in: Lets another host come first.
    """

    inner: Any
    ledger: Ledger
    clock: Callable[[], datetime]
    fuse: Fuse | None
    let_in: Callable[[], None]
    _claiming: bool = field(default=False, init=False)

    @contextmanager
    def claim(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """Claim what is due: what is appended meanwhile is committed at the end.

        Nobody else comes first in the middle of a transaction: they wait, or pass over.
        """
        self._before("claim")
        before = self.ledger.now()
        self._claiming = True
        try:
            with self.inner.claim(*args, **kwargs) as rows:
                yield rows
                self._before("claim")
        except BaseException:
            # A journal in memory keeps it, a database rolls all of it back.
            self.ledger.rolled_back_to(before, self.inner)
            raise
        finally:
            self._claiming = False

    def _incident(self, call: str) -> Incident | None:
        return None if self.fuse is None else self.fuse.burn()

    def _overtaken(self, appended: Sequence[Batch]) -> None:
        if not self._claiming:
            self.let_in()

    def _slowed(self) -> None:
        """Nothing is slow here: messages take their time on the way."""

    def _committed(self, appended: Sequence[Batch]) -> None:
        self.ledger.committed(appended, self.clock())


_GREEDY = money(1_000_000, "EUR")
_FOREIGN = money(5, "XAF")


@define(eq=False)
class FaultyPolicy:
    """A policy that answers as it should, mostly.

    Attributes:
        policy: The policy itself.

        random: Where chance comes from.

        share: How many of its answers are broken.
    """

    policy: Callable[[Situation], Offer | None]
    random: Random
    share: float

    def budget_keys(self, now: datetime) -> tuple[str, ...]:
        """Name the budgets that the policy draws on."""
        named = getattr(self.policy, "budget_keys", None)
        return () if named is None else tuple(named(now))

    def __call__(self, situation: Situation) -> Any:
        """Answer, or fail in one of the ways in which policies fail."""
        if self.random.random() >= self.share:
            return self.policy(situation)
        break_it = self.random.choice((self._fail, self._babble, self._overdo))
        return break_it(situation)

    def _fail(self, _: Situation) -> Any:
        raise PolicyFailedError

    def _babble(self, _: Situation) -> Any:
        return self.random.choice(["ten euros", 10, [], {"refund": 10}])

    def _overdo(self, situation: Situation) -> Any:
        """Offer in a foreign currency, or more than there is."""
        value = self.random.choice((_GREEDY, _FOREIGN))
        offer = Offer(remedies=[Remedy(kind=RemedyKind.REFUND, value=value)])
        limit = money(20, value.currency.code)
        draws = [Draw(name, limit) for name in self.budget_keys(situation.now)]
        return evolve(offer, draws=draws)
