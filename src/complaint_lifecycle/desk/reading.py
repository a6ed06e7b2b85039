"""What a desk tells: complaints, customers, timers, and what to offer."""

from collections.abc import Iterator

from attrs import define

from complaint_lifecycle.checks import reference
from complaint_lifecycle.compensation.situation import Situation, Spent
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.customers import CustomerView
from complaint_lifecycle.desk.settings import Settings
from complaint_lifecycle.desk.spending import drawn_by_others
from complaint_lifecycle.errors import InvalidEventError, UnknownComplaintError
from complaint_lifecycle.events import Entry
from complaint_lifecycle.offers import Offer
from complaint_lifecycle.sla.timers import Timer


@define(eq=False)
class Reading(Settings):
    """The part of a desk that changes nothing."""

    def complaint(self, complaint_id: str) -> Complaint:
        """Return a complaint as it is now.

        Raises:
            UnknownComplaintError: If there is no such complaint.
        """
        return self._recorder.shelf.load(
            reference(complaint_id, "complaint_id"), fresh=True
        )

    def complaints(self) -> Iterator[Complaint]:
        """Read every complaint as it is now, oldest first."""
        return map(self.complaint, self.journal.complaints())

    def history(self, complaint_id: str) -> tuple[Entry, ...]:
        """Return every entry of a complaint, in order.

        Raises:
            UnknownComplaintError: If there is no such complaint.
        """
        entries = self.journal.entries(reference(complaint_id, "complaint_id"))
        if not entries:
            raise UnknownComplaintError(complaint_id)
        return entries

    def customer(self, customer: str) -> CustomerView:
        """Return one customer over all channels; empty for a customer unknown here."""
        reference(customer, "customer")
        found = self.journal.complaints(customer=customer)
        return CustomerView(customer, tuple(map(self.complaint, found)))

    def timers(self, complaint_id: str) -> tuple[Timer, ...]:
        """Return every timer that has started on a complaint; none without an SLA.

        Raises:
            UnknownComplaintError: If there is no such complaint.
        """
        return self._recorder.timing.timers(self.complaint(complaint_id))

    def situation(self, complaint_id: str) -> Situation:
        """Return all that a policy knows of a complaint: customer, timers and budgets.

        What the open offer of this complaint draws is left out of the budgets, since
        the next offer replaces it.

        Raises:
            UnknownComplaintError: If there is no such complaint.
        """
        complaint = self.complaint(complaint_id)
        customer = self.customer(complaint.customer)
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

        Returns:
            The offer, to be recorded with ``Offered(offer=...)``; ``None`` if there is
            nothing to offer, or no policy.

        Raises:
            UnknownComplaintError: If there is no such complaint.
            InvalidEventError: If the policy answers with something else.

        >>> from complaint_lifecycle import Desk, Received, Remedy
        >>> card = Offer(remedies=[Remedy(kind="apology", what="a card by hand")])
        >>> desk = Desk(compensation=lambda situation: card)
        >>> complaint = desk.receive(Received(customer="C-1", channel="shop"), by="ana")
        >>> desk.propose(complaint.id) == card
        True
        """
        policy = self.compensation
        answer = None if policy is None else policy(self.situation(complaint_id))
        if answer is not None and not isinstance(answer, Offer):
            rule = "must be an Offer or None: that is what a policy has to answer"
            raise InvalidEventError("compensation", repr(answer)[:80], rule)
        return answer
