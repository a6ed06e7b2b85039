"""Settling: when faults stop, everything has to come to an end."""

from datetime import timedelta
from random import Random

from attrs import define, field

from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.events import Event
from complaint_lifecycle.testing.simulation.laws import Law
from complaint_lifecycle.testing.simulation.messages import Message
from complaint_lifecycle.testing.simulation.senders import Senders
from complaint_lifecycle.testing.simulation.world import World

_ROUNDS = 40
_MANY = 1000
_PAUSE = timedelta(hours=2)
_AT_REST = 0.2


@define(eq=False)
class Settling:
    """Brings every complaint to an end, or to a wait that can be named.

    Attributes:
        world: Where the hosts are.

        senders: Who sends what is left.

        random: Where chance comes from.
    """

    world: World
    senders: Senders
    random: Random
    _resting: dict[str, bool] = field(factory=dict, init=False)

    def run(self) -> None:
        """Stop all faults, and let everything drain."""
        world = self.world
        world.calm = True
        world.forget_the_rest()
        for host in world.hosts:
            world.start(host)
        for message in list(world.unsettled):
            self._hand_over(message)
        for _ in range(_ROUNDS):
            left = [each for each in self._complaints() if not self._at_rest(each)]
            if not left or world.checker.broken:
                break
            self._pass(_PAUSE)
            for complaint in left:
                self._move(complaint.id)
        else:
            self._report_stuck()
        self._pass(_PAUSE)
        for number in range(len(world.readers)):
            world.read(number)
        world.checker.check_all()

    def _complaints(self) -> list[Complaint]:
        return [stages[-1] for stages in self.world.checker.stages.values()]

    def _at_rest(self, complaint: Complaint) -> bool:
        """Tell whether it is at its end, or waits for what can be named."""
        if not self.world.plan.lifecycle.is_open(complaint):
            return True
        promise = complaint.promise
        waits = complaint.waiting or (promise and promise.due > self.world.now)
        if waits and self._resting.setdefault(complaint.id, self._rests()):
            return True
        return not self._next(complaint)

    def _rests(self) -> bool:
        return self.random.random() < _AT_REST

    def _next(self, complaint: Complaint) -> tuple[Event, ...]:
        return self.senders.moves.settling(
            self.senders.moment(complaint, settling=True)
        )

    def _move(self, complaint_id: str) -> None:
        events = self._next(self.world.checker.stages[complaint_id][-1])
        self._hand_over(self.senders.about(complaint_id, *events))

    def _hand_over(self, message: Message) -> None:
        host = self.random.choice(self.world.hosts)
        self.world.hand_over(host, message)
        if not message.settled:
            self.world.checker.report(Law.END, f"{message} cannot be carried out")
        self.world.checker.check()

    def _pass(self, span: timedelta) -> None:
        """Let time pass, and all hosts tick; then nothing is overdue on any clock."""
        world = self.world
        world.now += span
        for host in world.hosts:
            world.tick(host)
            world.checker.check()
            world.tick(host)
            world.checker.check()
            now = world.now + host.skew
            for row in world.journal.due(now, limit=_MANY):
                if row.at < now:  # A miss comes strictly after it.
                    found = f"{row.cause} {row.threshold} is due since {row.at}"
                    world.checker.report(Law.OVERDUE, found, row.complaint_id)

    def _report_stuck(self) -> None:
        for complaint in self._complaints():
            if not self._at_rest(complaint):
                found = f"still {complaint.state!r} after {_ROUNDS} rounds"
                self.world.checker.report(Law.END, found, complaint.id)
