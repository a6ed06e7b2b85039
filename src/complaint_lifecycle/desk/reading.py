"""What a desk tells: complaints, customers, timers, and what to offer."""

from collections.abc import Iterator
from copy import copy
from functools import partial
from typing import Self

from attrs import define

from complaint_lifecycle.checks import reference
from complaint_lifecycle.compensation.situation import Situation, Spent
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.customers import CustomerView
from complaint_lifecycle.desk.settings import Settings
from complaint_lifecycle.desk.spending import drawn_by_others
from complaint_lifecycle.desk.subscribing import Subscriber, Subscription
from complaint_lifecycle.errors import InvalidEventError, UnknownComplaintError
from complaint_lifecycle.events import Entry
from complaint_lifecycle.journal import Start
from complaint_lifecycle.journal.readers import begun
from complaint_lifecycle.offers import Offer
from complaint_lifecycle.sla.timers import Timer


@define(eq=False)
class Reading(Settings):
    """The part of a desk that changes nothing."""

    def seen_by(self, reader: str) -> Self:
        """Return the same desk as somebody sees it, who is asked about on every read.

        Args:
            reader: Who reads, by the name under which they record.

        >>> from complaint_lifecycle import Desk
        >>> Desk().seen_by("ana").reader
        'ana'
        """
        seen = copy(self)
        # Nothing else differs, and what is cached is shared.
        object.__setattr__(seen, "reader", reference(reader, "reader"))
        return seen

    def complaint(self, complaint_id: str) -> Complaint:
        """Return a complaint as it is now.

        Raises:
            UnknownComplaintError: If there is no such complaint.
            AccessDeniedError: If the reader may not see it.
        """
        reference(complaint_id, "complaint_id")
        return self._recorder.gate.read(complaint_id, self.reader)

    def complaints(self) -> Iterator[Complaint]:
        """Read every complaint as it is now, oldest first.

        Those that the reader may not see are left out.

        Raises:
            AccessDeniedError: If the reader may see none at all.
        """
        names = self.journal.complaints()
        return self._recorder.gate.readable(names, self.reader)

    def history(self, complaint_id: str) -> tuple[Entry, ...]:
        """Return every entry of a complaint, in order.

        Raises:
            UnknownComplaintError: If there is no such complaint.
            AccessDeniedError: If the reader may not see it.
        """
        reference(complaint_id, "complaint_id")
        if self.access is not None:
            self.complaint(complaint_id)
        entries = self.journal.entries(complaint_id)
        if not entries:
            raise UnknownComplaintError(complaint_id)
        return entries

    def customer(self, customer: str) -> CustomerView:
        """Return one customer over all channels; empty for a customer unknown here.

        Complaints that the reader may not see are left out.

        Raises:
            AccessDeniedError: If the reader may see none at all.
        """
        reference(customer, "customer")
        found = self.journal.complaints(customer=customer)
        seen = self._recorder.gate.readable(found, self.reader)
        return CustomerView(customer, tuple(seen))

    def subscribe(
        self, listener: Subscriber, *, name: str, from_: Start = "beginning"
    ) -> Subscription:
        """Deliver every entry to a listener, whoever records it and where.

        Where it begins is stored at once. Nothing is delivered by itself: let whatever
        ticks call ``run()`` of what is returned.

        Args:
            listener: Is told of each entry, in order, at least once.

            name: Under this name it is stored how far the listener has come; of one
                name one worker at a time delivers.

            from_: ``"beginning"``, ``"now"``, or the position after which to begin; the
                stored position wins when there is one.

        Raises:
            InvalidEventError: If the name or the position cannot be one.
            AccessDeniedError: If the reader may see nothing at all.

        >>> from complaint_lifecycle import Desk, Received
        >>> desk = Desk()
        >>> told = []
        >>> subscription = desk.subscribe(told.append, name="statistics")
        >>> _ = desk.receive(Received(customer="C-1", channel="shop"), by="ana", id="c")
        >>> subscription.run()
        1
        >>> told[0].entry.kind, told[0].complaint.state, told[0].position
        ('Received', 'received', 1)
        """
        self._recorder.gate.readable((), self.reader)
        asked = partial(self._recorder.gate.read, reader=self.reader)
        subscription = Subscription(
            journal=self.journal,
            lifecycle=self.lifecycle,
            listener=listener,
            name=reference(name, "name"),
            from_=from_,
            permit=None if self.access is None else asked,
        )
        begun(self.journal.readers, name, from_)
        return subscription

    def timers(self, complaint_id: str) -> tuple[Timer, ...]:
        """Return every timer that has started on a complaint; none without an SLA.

        Raises:
            UnknownComplaintError: If there is no such complaint.
            AccessDeniedError: If the reader may not see it.
        """
        return self._recorder.timing.timers(self.complaint(complaint_id))

    def situation(self, complaint_id: str) -> Situation:
        """Return all that a policy knows of a complaint: customer, timers and budgets.

        What the open offer of this complaint draws is left out of the budgets, since
        the next offer replaces it. So are complaints of the same customer that the
        reader may not see.

        Raises:
            UnknownComplaintError: If there is no such complaint.
            AccessDeniedError: If the reader may not see it.
        """
        complaint = self.complaint(complaint_id)
        return self._situation(complaint, self.customer(complaint.customer))

    def _situation(self, complaint: Complaint, customer: CustomerView) -> Situation:
        now = self._recorder.now()
        named = getattr(self.compensation, "budget_keys", None)
        rows = map(self.journal.budget, () if named is None else named(now))
        drawn = {row.name: drawn_by_others(complaint, row) for row in rows}
        budgets = {name: spent for name, spent in drawn.items() if spent is not None}
        return Situation(
            complaint=complaint,
            now=now,
            customer=customer,
            timers=self._recorder.timing.timers(complaint),
            spent=Spent.of(customer, complaint=complaint, budgets=budgets),
        )

    def propose(self, complaint_id: str) -> Offer | None:
        """Return what the policy would offer; making the offer is the host's decision.

        The policy is told of every complaint of the customer, also of those that the
        reader may not see.

        Returns:
            The offer, to be recorded with ``Offered(offer=...)``; ``None`` if there is
            nothing to offer, or no policy.

        Raises:
            UnknownComplaintError: If there is no such complaint.
            AccessDeniedError: If the reader may not see it.
            InvalidEventError: If the policy answers with something else.

        >>> from complaint_lifecycle import Desk, Received, Remedy
        >>> card = Offer(remedies=[Remedy(kind="apology", what="a card by hand")])
        >>> desk = Desk(compensation=lambda situation: card)
        >>> complaint = desk.receive(Received(customer="C-1", channel="shop"), by="ana")
        >>> desk.propose(complaint.id) == card
        True
        """
        complaint = self.complaint(complaint_id)
        policy = self.compensation
        if policy is None:
            return None
        found = self.journal.complaints(customer=complaint.customer)
        known = tuple(self._recorder.shelf.load(name, fresh=True) for name in found)
        customer = CustomerView(complaint.customer, known)
        answer = policy(self._situation(complaint, customer))
        if answer is not None and not isinstance(answer, Offer):
            rule = "must be an Offer or None: that is what a policy has to answer"
            raise InvalidEventError("compensation", repr(answer)[:80], rule)
        return answer
