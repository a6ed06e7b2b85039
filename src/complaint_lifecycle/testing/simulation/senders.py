"""Senders: customers and staff, and the network between them and the hosts."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

from attrs import define, field

from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.events import CustomerWrote, Event, Offered, Promised
from complaint_lifecycle.testing.simulation.messages import Message
from complaint_lifecycle.testing.simulation.moves import Moment, Moves
from complaint_lifecycle.testing.simulation.office import SETTLER, STAFF
from complaint_lifecycle.testing.simulation.world import DONE, Host, World

_NEW = 0.12
_MERGE = 0.03
_OFFER = 0.12
_EARLIER = 0.15
_AT_ONCE = 0.5
_RECENT = 8
_SOON = timedelta(minutes=1)
_LATE = timedelta(minutes=40)


@define(eq=False)
class Senders:
    """Sends what is done about complaints until somebody answers.

    Attributes:
        world: Where the hosts are.

        moves: Chooses what is done next.

        random: Where chance comes from; the network has its own.
    """

    world: World
    moves: Moves
    random: Random
    _sent: int = field(default=0, init=False)

    def send_something(self) -> None:
        """Send the next message, if there is anything to say."""
        message = self._made()
        if message is not None:
            self.world.unsettled[message] = None
            self._post(message)
            if self.world.happens(self.world.plan.faults.doubled):
                self._post(message)

    def meddle(self, host: Host, complaint: Complaint) -> None:
        """Do something about a complaint on a host, before somebody else has done."""
        message = self._about(complaint, self.moves.next(self.moment(complaint)))
        self.world.unsettled[message] = None
        self.world.hand_over(host, message)
        self._repeat(message)

    def moment(self, complaint: Complaint, *, settling: bool = False) -> Moment:
        """Return what is known of a complaint now."""
        return Moment(complaint, self.world.now, self.random, settling)

    def about(self, complaint_id: str, *events: Event) -> Message:
        """Make a message of somebody who brings complaints to an end."""
        return Message(self._key(), SETTLER, events, complaint_id)

    def _key(self) -> str:
        self._sent += 1
        return f"m-{self._sent}"

    def _made(self) -> Message | None:
        known = list(self.world.checker.stages)
        roll = self.random.random()
        if not known or roll < _NEW:
            blank = self.world.plan.lifecycle.new("c-0")
            event = self.moves.arrival(self.moment(blank))
            return Message(self._key(), "web form", (event,))
        name = self.random.choice(known[-_RECENT:])
        complaint = self.world.checker.stages[name][-1]
        if self.world.happens(self.world.plan.faults.wrong):
            return self._wrong(complaint)
        if roll < _NEW + _MERGE:
            return self._merging(complaint, self.random.choice(known))
        if roll < _NEW + _MERGE + _OFFER:
            return self._offering(complaint)
        return self._about(complaint, self.moves.next(self.moment(complaint)))

    def _about(self, complaint: Complaint, events: tuple[Event, ...]) -> Message:
        message = Message(self._key(), self._somebody(), events, complaint.id)
        if self.random.random() < _EARLIER:
            # It was done before, and is told now.
            last = min(complaint.updated_at or self.world.now, self.world.now)
            message.at = last + (self.world.now - last) * self.random.random()
        return message

    def _somebody(self) -> str:
        return self.random.choice(STAFF)

    def _merging(self, complaint: Complaint, into: str) -> Message:
        """Merge it into another one, or by mistake into itself."""
        moment = self.moment(complaint)
        promise = self.moves.makers.get(Promised)
        renewed = complaint.promise is not None and promise is not None
        events = (promise(moment),) if renewed and promise is not None else ()
        return Message(self._key(), self._somebody(), events, complaint.id, into)

    def _offering(self, complaint: Complaint) -> Message | None:
        """Ask the policy on any host, and make the offer that it answers with."""
        host = self.random.choice(self.world.hosts)
        if host.desk is None:
            return None
        outcome, offer = self.world.call(
            host,
            f"propose {complaint.id}",
            lambda desk: desk.propose(complaint.id),
            complaint_id=complaint.id,
        )
        if outcome is not DONE or offer is None:
            return None
        return self._about(complaint, (Offered(offer=offer),))

    def _wrong(self, complaint: Complaint) -> Message:
        make: Callable[[Complaint], Message] = self.random.choice(
            (self._any_fact, self._any_fact, self._unknown, self._key_again)
        )
        return make(complaint)

    def _any_fact(self, complaint: Complaint) -> Message:
        return self._about(complaint, (self.moves.wrong(self.moment(complaint)),))

    def _unknown(self, _: Complaint) -> Message:
        message = self.about("c-unknown", CustomerWrote())
        message.wrong = "there is no such complaint"
        return message

    def _key_again(self, complaint: Complaint) -> Message:
        message = self.about(complaint.id, CustomerWrote(text="Another matter."))
        message.key = self.random.choice(list(self.world.ledger.applied))
        message.wrong = "its key was used for another body"
        return message

    def _post(self, message: Message) -> None:
        if self.random.random() < _AT_ONCE:
            self._deliver(message)
        else:
            delay = self.world.between(timedelta(), self.world.plan.faults.delay)
            self.world.later(delay, lambda: self._deliver(message))

    def _deliver(self, message: Message) -> None:
        """Bring a message to any host; request and answer may be lost on the way."""
        world, lost = self.world, self.world.plan.faults.lost / 2
        host = world.luck.choice(world.hosts)
        if host.desk is not None and not world.happens(lost):
            world.hand_over(host, message)
            if message.settled and world.happens(lost):
                world.later(world.between(_SOON, _LATE), lambda: self._deliver(message))
        self._repeat(message)

    def _repeat(self, message: Message) -> None:
        if not message.settled:
            delay = self.world.between(_SOON, _LATE)
            self.world.later(delay, lambda: self._deliver(message))
