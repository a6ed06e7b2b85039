"""The facts beside the steps: they move nothing on the chart."""

from datetime import timedelta

from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.events.base import Event, fact
from complaint_lifecycle.events.fields import (
    Amount,
    Count,
    Flag,
    Given,
    Instant,
    MaybeRef,
    Note,
    Personal,
    Ref,
    Refs,
)
from complaint_lifecycle.events.kinds import Severity


@fact
class Asked(Event):
    """We asked the customer something; the complaint waits for the answer.

    Attributes:
        text: The question.

        ref: Name of the question; by default ``"question-1"`` and so on.
    """

    text: Personal = ""
    ref: MaybeRef = None


@fact
class Answered(Event):
    """The customer answered.

    Attributes:
        text: The answer.

        ref: Which question; needed only if several are open.
    """

    text: Personal = ""
    ref: MaybeRef = None


@fact
class Updated(Event):
    """Interim news went to the customer during a long fix.

    Attributes:
        text: The news.
    """

    text: Personal = ""


@fact
class CustomerWrote(Event):
    """The customer had to write again.

    Attributes:
        text: What they wrote.

        channel: Where; by default the channel of the complaint.
    """

    text: Personal = ""
    channel: MaybeRef = None


@fact
class Acknowledged(Event):
    """Receipt was confirmed to the customer, as regulators count it.

    Attributes:
        reference: Number or name of the confirmation.
    """

    reference: MaybeRef = None


@fact
class Registered(Event):
    """The complaint was entered in the official register.

    Attributes:
        reference: Its number there.
    """

    reference: MaybeRef = None


@fact
class FinalResponseSent(Event):
    """The final response of the law went out.

    Attributes:
        reference: Number or name of the letter.

        text: The response.
    """

    reference: MaybeRef = None
    text: Personal = ""


@fact
class VerificationAttempted(Event):
    """We tried to ask whether all is well, and reached nobody.

    Attributes:
        channel: How we tried.
    """

    channel: MaybeRef = None


@fact
class Assigned(Event):
    """Somebody else works on the complaint, or speaks with the customer.

    Attributes:
        owner: Who works on it from now on.

        contact: Who speaks with the customer from now on.

    Raises:
        InvalidEventError: If it names neither.
    """

    owner: MaybeRef = None
    contact: MaybeRef = None

    def __attrs_post_init__(self) -> None:
        if self.owner is None and self.contact is None:
            rule = "name the owner, the contact, or both"
            raise InvalidEventError("Assigned", "neither owner nor contact", rule)


@fact
class Escalated(Event):
    """The complaint went up a line or to a department; the contact stays.

    Attributes:
        owner: Who works on it from now on: a person or a department.

        line: The line that it reached: 2, 3 and so on.

        reason: Why.
    """

    owner: Ref
    line: Count = 2
    reason: Note = ""


@fact
class Reclassified(Event):
    """What the complaint is about is now known better; ``None`` leaves it as it was.

    Attributes:
        category: What it is about.

        product: Which product or service.

        severity: How much harm was done.

        amount: Money at stake.

        about: A member of staff who turns out to be complained of.

    Raises:
        InvalidEventError: If nothing changes.
    """

    category: MaybeRef = None
    product: MaybeRef = None
    severity: Severity | None = None
    amount: Amount = None
    about: MaybeRef = None

    def __attrs_post_init__(self) -> None:
        changes = {self.category, self.product, self.severity, self.amount, self.about}
        if changes == {None}:
            rule = "give a category, product, severity, amount or about"
            raise InvalidEventError("Reclassified", "no change", rule)


@fact
class Absorbed(Event):
    """Another complaint was merged into this one; recorded by ``desk.merge`` only.

    Attributes:
        duplicate: Id of the other complaint.

        contacts: How often the customer got in touch there.

        about: The members of staff complained of there.

        confidential: Whether access to it is to be restricted.
    """

    duplicate: Ref
    contacts: Count = 1
    about: Refs = ()
    confidential: Flag = False


@fact
class Offered(Event):
    """An offer was made; it supersedes an offer that is still open.

    Money that it draws on a budget is kept aside until it is declined, rejected,
    expired, superseded, or has lapsed with the complaint.

    Attributes:
        offer: Remedies with reasons.

        ref: Name of the offer; by default ``"offer-1"`` and so on.
    """

    offer: Given
    ref: MaybeRef = None


@fact
class OfferApproved(Event):
    """Whoever has the right to approved the open offer; not who offered it.

    Attributes:
        ref: Which offer; by default the open one.
    """

    ref: MaybeRef = None


@fact
class OfferRejected(Event):
    """Whoever has the right to refused the open offer.

    Attributes:
        ref: Which offer; by default the open one.

        reason: Why.
    """

    ref: MaybeRef = None
    reason: Note = ""


@fact
class Accepted(Event):
    """The customer accepted the open offer, or one before it expired.

    Attributes:
        ref: Which offer; by default the open one, or the last one if it expired.
    """

    ref: MaybeRef = None


@fact
class Declined(Event):
    """The customer declined the open offer.

    Attributes:
        ref: Which offer; by default the open one.

        text: What the customer said.
    """

    ref: MaybeRef = None
    text: Personal = ""


@fact
class Delivered(Event):
    """What was accepted reached the customer.

    Attributes:
        ref: Which offer; by default the accepted one.

        reference: Proof of delivery: a transfer, voucher or parcel number.
    """

    ref: MaybeRef = None
    reference: MaybeRef = None


@fact
class OfferExpired(Event):
    """Nobody accepted the offer in time; the desk records it when it ticks.

    Attributes:
        ref: Which offer; by default the open one.
    """

    by_desk = True

    ref: MaybeRef = None


@fact
class TimerWarned(Event):
    """A timer passed one of its warning instants; the desk records it.

    Attributes:
        timer: Name of the timer.

        cause: What fired, unique for each threshold of each instance of the timer.

        threshold: The warning, such as ``"0.8"``.

        due: When the timer is due.

        fired: When the warning was found.
    """

    by_desk = True

    timer: Ref
    cause: Ref
    threshold: Ref
    due: Instant
    fired: Instant


@fact
class TimerMissed(Event):
    """A timer ran out; the desk records it.

    Attributes:
        timer: Name of the timer.

        cause: What fired, unique for each instance of the timer.

        due: When it was due.

        fired: When that was found.
    """

    by_desk = True

    timer: Ref
    cause: Ref
    due: Instant
    fired: Instant

    @property
    def late(self) -> timedelta:
        """How long after the due instant the miss was found."""
        return self.fired - self.due


@fact
class TimerCleared(Event):
    """A recorded miss is none: the desk records it.

    The fact had happened in time, or another limit holds now, which is still ahead.

    Attributes:
        timer: Name of the timer.

        cause: The cause of the miss that is cleared.

        met: When the fact happened; ``None`` if the limit changed.
    """

    by_desk = True

    timer: Ref
    cause: Ref
    met: Instant | None = None
