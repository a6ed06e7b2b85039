"""The world: hosts, senders and readers on one queue over simulated time."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from attrs import define, field

from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.desk import Desk
from complaint_lifecycle.errors import (
    ConflictError,
    InvalidEventError,
    JournalError,
    KeyReusedError,
    ListenerError,
    RefusedError,
    UnknownComplaintError,
)
from complaint_lifecycle.journal import Journal, Positioned
from complaint_lifecycle.offers import Offer
from complaint_lifecycle.testing.faulty import CrashedError
from complaint_lifecycle.testing.simulation.checking import Checker
from complaint_lifecycle.testing.simulation.faulty import (
    FaultyPolicy,
    Fuse,
    HostJournal,
    PolicyFailedError,
)
from complaint_lifecycle.testing.simulation.laws import Law
from complaint_lifecycle.testing.simulation.ledger import Call, Ledger
from complaint_lifecycle.testing.simulation.messages import Message
from complaint_lifecycle.testing.simulation.plans import Plan
from complaint_lifecycle.testing.simulation.readers import Reader

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
_READERS = 2
_ALL = 1_000_000

DONE = "done"
REFUSED = "refused"
CRASHED = "crashed"
_OUTCOMES: tuple[tuple[type[BaseException], str], ...] = (
    (CrashedError, CRASHED),
    (RefusedError, REFUSED),
    (InvalidEventError, REFUSED),
    (UnknownComplaintError, REFUSED),
    (KeyReusedError, REFUSED),
    (ConflictError, "overtaken too often"),
    (JournalError, "store failed"),
    (ListenerError, "listener failed"),
    (PolicyFailedError, "policy failed"),
)


class ListenerFailedError(Exception):
    """A listener of the host raised."""


@define(eq=False)
class Host:
    """One process of the host application.

    Attributes:
        name: What it is called.

        skew: How far its clock is off.

        desk: Its desk; ``None`` while the process is down.

        journal: The journal as its desk sees it.
    """

    name: str
    skew: timedelta = timedelta()
    desk: Any = None
    journal: Any = None


@define(eq=False)
class World:
    """Hosts on one journal, and all that happens to them, one step at a time.

    Attributes:
        plan: What is simulated.

        now: The true time.

        journal: The journal itself.

        ledger: What was committed.

        checker: Holds it against the laws.

        hosts: The hosts.

        readers: The readers.

        counts: How often what happened.

        trace: What happened: when, where, what, and what came of it.

        calm: Whether faults have stopped.

        unsettled: Messages that nobody has answered yet.

        meddler: Does something about a complaint on a host.

        luck: Where the chance of hosts and network comes from.
    """

    plan: Plan
    now: datetime = START
    journal: Journal = field(init=False)
    ledger: Ledger = field(factory=Ledger, init=False)
    checker: Checker = field(init=False)
    hosts: list[Host] = field(init=False)
    readers: list[Reader] = field(init=False)
    counts: Counter[str] = field(factory=Counter, init=False)
    trace: list[tuple[datetime, str, str, str]] = field(factory=list, init=False)
    calm: bool = field(default=False, init=False)
    unsettled: dict[Message, None] = field(factory=dict, init=False)
    meddler: Callable[[Host, Complaint], None] = field(init=False)
    luck: Random = field(init=False)
    _queue: list[tuple[datetime, int, Callable[[], None]]] = field(factory=list)
    _numbers: "count[int]" = field(factory=count)
    _fuses: dict[str, Fuse] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        plan = self.plan
        self.luck = self.chance("luck")
        self.journal = plan.journal()
        self.checker = Checker(plan, self.journal, self.ledger)
        self.readers = [plan.reader() for _ in range(_READERS)]
        self.hosts = [Host(f"host-{n + 1}") for n in range(plan.hosts)]
        for host in self.hosts:
            self._fuses[host.name] = Fuse(self.chance(host.name), plan.faults)
            self.step_clock(host)
            self.start(host)

    def chance(self, purpose: str) -> Random:
        """Make chance of its own for a purpose, so that others do not disturb it."""
        return Random(f"{self.plan.seed} {purpose}")  # noqa: S311 - no secret

    def happens(self, share: float) -> bool:
        """Tell whether something happens that has this share; never in the calm."""
        return not self.calm and self.luck.random() < share

    def between(self, least: timedelta, most: timedelta) -> timedelta:
        """Draw a span of time."""
        return least + (most - least) * self.luck.random()

    def later(self, span: timedelta, action: Callable[[], None]) -> None:
        """Let something happen when a span of time has passed."""
        heappush(self._queue, (self.now + span, next(self._numbers), action))

    def again(self, mean: timedelta, action: Callable[[], None]) -> None:
        """Let something happen again and again, at random intervals."""

        def once() -> None:
            self.again(mean, action)
            action()

        self.later(mean * self.luck.expovariate(1), once)

    def step(self) -> None:
        """Let the next thing happen, and check the laws."""
        at, _, action = heappop(self._queue)
        self.now = max(self.now, at)
        action()
        self.checker.check()

    def forget_the_rest(self) -> None:
        """Let nothing happen any more that was to happen later."""
        self._queue.clear()

    def start(self, host: Host) -> None:
        """Start the process of a host, with a desk that remembers nothing."""
        plan = self.plan
        ids = count(1)
        fuse = None if self.calm else self._fuses[host.name]
        born = next(self._numbers)

        def clock() -> datetime:
            return self.now + host.skew

        host.journal = HostJournal(
            self.journal, self.ledger, clock, fuse, lambda: self.let_in(host)
        )
        policy = plan.compensation
        if policy is not None and not self.calm:
            policy = FaultyPolicy(policy, self.luck, plan.faults.policy)
        host.desk = plan.desk(
            journal=host.journal,
            lifecycle=plan.lifecycle,
            sla=plan.sla,
            compensation=policy,
            clock=clock,
            new_id=lambda: f"c-{born}-{next(ids)}",
            listeners=[self._hear],
            pause=lambda failed: None,
        )

    def _hear(self, recorded: Any) -> None:
        """Listen to a desk: what it tells of has to be committed."""
        name = recorded.complaint.id
        stream = self.ledger.streams[name]
        for entry in recorded.entries:
            if stream[entry.version - 1 : entry.version] != [entry]:
                found = f"a listener was told of {entry.kind}, which is not recorded"
                self.checker.report(Law.HISTORY, found, name)
        if self.happens(self.plan.faults.listener):
            raise ListenerFailedError

    def step_clock(self, host: Host) -> None:
        """Set the clock of a host anew, forwards or backwards."""
        most = self.plan.faults.skew
        host.skew = self.between(-most, most)

    def down(self, host: Host) -> None:
        """End the process of a host; somebody starts it again after a while."""
        host.desk = None
        self.later(
            self.between(timedelta(minutes=1), timedelta(hours=2)),
            lambda: self.restart(host),
        )

    def restart(self, host: Host) -> None:
        """Start a host again; now and then it makes index or budgets anew."""
        self.start(host)
        self._note(host.name, "start", "done")
        errand = self.luck.choice((None, None, _reschedule, _recount))
        if errand is not None:
            called, changed = self.call(host, errand.__name__[1:], errand)
            if called is DONE and errand is _recount and changed:
                self.checker.report(Law.BUDGETS, f"{changed} were counted wrongly")

    def call(
        self,
        host: Host,
        what: str,
        function: Callable[[Desk], Any],
        *,
        message: Message | None = None,
        complaint_id: str | None = None,
    ) -> tuple[str, Any]:
        """Carry out a call on a host, whatever becomes of it.

        Args:
            host: The host, which is up.

            what: What it is called in the trace.

            function: The call.

            message: What it was asked by, if it was.

            complaint_id: The complaint that it is about, if it is about one.

        Returns:
            What came of it, and the answer or the error.
        """
        call = Call(host.name, message, complaint_id)
        answer: Any
        self.ledger.calls.append(call)
        try:
            answer = function(host.desk)
        except (Exception, CrashedError) as error:  # noqa: BLE001 - judged below
            outcome, answer = self._judged(host, what, error), error
        else:
            outcome = DONE
        self.ledger.calls.pop()
        self._note(host.name, what, _told(outcome, answer, call))
        self.counts[f"{what.split(maxsplit=1)[0]} {outcome}"] += 1
        self.counts["overtaken"] += call.overtaken
        if outcome is CRASHED:
            self.down(host)
        if outcome is REFUSED:
            self.checker.refused(call, answer, self.now + host.skew)
        if what == "tick" and outcome is DONE and answer != len(call.entries):
            found = f"tick said {answer}, and recorded {len(call.entries)}"
            self.checker.report(Law.ANSWERS, found)
        return outcome, answer

    def _judged(self, host: Host, what: str, error: BaseException) -> str:
        for kind, outcome in _OUTCOMES:
            if isinstance(error, kind):
                return outcome
        found = f"{what} on {host.name} raised {error!r}"
        self.checker.report(Law.ERRORS, found)
        return "broken"

    def _note(self, where: str, what: str, outcome: str) -> None:
        self.trace.append((self.now, where, what, outcome))

    def hand_over(self, host: Host, message: Message) -> None:
        """Give a message to a host that is up, and see what comes of it."""
        outcome, answer = self.call(
            host,
            str(message),
            message.hand_to,
            message=message,
            complaint_id=message.complaint_id,
        )
        if outcome is DONE:
            self.checker.acknowledged(message, answer)
        if outcome in (DONE, REFUSED):
            self.settle(message)

    def settle(self, message: Message) -> None:
        """Note that a message is answered: the sender need not repeat it."""
        message.settled = True
        self.unsettled.pop(message, None)

    def tick(self, host: Host) -> None:
        """Let a host fire what is due."""
        if self.happens(self.plan.faults.clock_step):
            self.step_clock(host)
            self._note(host.name, "clock", f"{host.skew.total_seconds():+.1f} s")
        if host.desk is not None:
            limit = 1000 if self.calm else self.luck.choice((1, 5, 1000))
            self.call(host, "tick", lambda desk: desk.tick(limit=limit))

    def read(self, number: int) -> None:
        """Let a reader read on, on any host that is up."""
        host = self.luck.choice(self.hosts)
        reader = self.readers[number]
        limit = _ALL if self.calm else self.luck.randrange(1, 40)

        def handle(positioned: Positioned) -> None:
            if self.happens(self.plan.faults.crash):
                raise CrashedError
            self.checker.saw(number, positioned)

        if host.desk is not None:
            what = f"read {number}"
            self.call(host, what, lambda _: reader.read(host.journal, limit, handle))

    def let_in(self, host: Host) -> None:
        """Let another host come before a call on the journal."""
        call = self.ledger.calls[-1]
        others = [each for each in self.hosts if each is not host and each.desk]
        if len(self.ledger.calls) > 1 or not others:
            return
        call.overtaken = True
        other = self.luck.choice(others)
        if call.message is not None and self.luck.random() < 0.5:  # noqa: PLR2004
            self.hand_over(other, call.message)
        elif (complaint := self.checker.newest(call.complaint_id or "")) is not None:
            self.meddler(other, complaint)
        else:
            self.tick(other)


def _reschedule(desk: Desk) -> int:
    return desk.reschedule()


def _recount(desk: Desk) -> int:
    return desk.recount()


def _told(outcome: str, answer: Any, call: Call) -> str:
    """Say what came of a call; of one without a message, also what it recorded."""
    if outcome is REFUSED:
        return f"{outcome}: {answer}"
    if isinstance(answer, Complaint):
        return f"{answer.id} is {answer.state}, version {answer.version}"
    if isinstance(answer, Offer):
        return f"an offer of {answer.total}"
    recorded = [f"{entry.complaint_id} {entry.kind}" for entry in call.entries]
    return ", ".join([outcome, *recorded])
