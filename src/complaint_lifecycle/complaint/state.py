"""The complaint: one frozen value folded from its facts."""

from datetime import datetime, timedelta
from typing import Any

from attrs import field, frozen
from moneyed import Money

from complaint_lifecycle.complaint.parts import (
    Classification,
    Marks,
    OfferStanding,
    Prevention,
    Promise,
    Question,
    Verification,
)
from complaint_lifecycle.events import Facts, Fault, Outcome, Severity

_NO_FACTS = Facts()


# Without slots a copy is one update of a dictionary, eight times faster than calling
# the constructor again for every entry.
@frozen(kw_only=True, slots=False)
class Complaint:
    """A complaint as its facts have left it.

    It is a value: recording a fact makes another one. Only :class:`Lifecycle
    <complaint_lifecycle.lifecycle.Lifecycle>` makes them.

    Attributes:
        id: Its id in the journal.

        state: Where it stands on the chart, such as ``"promised"``.

        version: How many facts it is folded from.

        round: Which pass through the steps this is, from 1.

        received_at: When it came in; ``None`` before that.

        updated_at: The latest instant of a fact that the host recorded.

        customer: Opaque id of whoever complains.

        channel: Where it came in.

        origin: Who brought it.

        category: What it is about.

        product: Which product or service.

        severity: How much harm was done.

        amount: Money at stake.

        locale: Language to answer in.

        public: Whether others can read it.

        audience: How many can read it, if known.

        confidential: Whether access is to be restricted; a desk with an ``access`` does.

        about: The members of staff complained of.

        source: Where the host keeps it.

        facts: Plain values that policies read.

        contact: Who speaks with the customer.

        owner: Who works on it.

        line: The line that it reached, from 1.

        handoffs: How often owner or contact changed from one to another.

        contacts: How often the customer got in touch, in all channels.

        promise: The open promise, or ``None``.

        promises_made: Promises so far, renewals included.

        promises_kept: Promises whose fix came in time.

        promises_broken: Promises whose fix or renewal came strictly after the due
            instant.

        questions: Questions without an answer yet.

        questions_asked: How many were asked in all.

        waiting_since: Since when it has waited for the customer without a break.

        waited: How long it had waited for the customer before that.

        fault: The verdict, once gathered in this round.

        outcome: How it was fixed in this round.

        attempts: Vain attempts to ask whether the customer is satisfied, in this round.

        verification: What came of asking.

        prevention: What was last done so that it does not happen again.

        offers: Every offer, and where it stands.

        referred_to: The instance that it was referred to in this round.

        merged_into: The complaint in which it goes on.

        duplicates: Complaints that were merged into this one.

        marks: What every fact left behind, oldest first.
    """

    id: str
    state: str
    version: int = 0
    round: int = 1
    received_at: datetime | None = None
    updated_at: datetime | None = None

    customer: str = ""
    channel: str = ""
    origin: str = ""
    category: str | None = None
    product: str | None = None
    severity: Severity = Severity.MODERATE
    amount: Money | None = None
    locale: str | None = None
    public: bool = False
    audience: int | None = None
    confidential: bool = False
    about: tuple[str, ...] = ()
    source: str | None = None
    facts: Facts = _NO_FACTS

    contact: str | None = None
    owner: str | None = None
    line: int = 1
    handoffs: int = 0
    contacts: int = 0

    promise: Promise | None = None
    promises_made: int = 0
    promises_kept: int = 0
    promises_broken: int = 0
    questions: tuple[Question, ...] = ()
    questions_asked: int = 0
    waiting_since: datetime | None = None
    waited: timedelta = timedelta()

    fault: Fault | None = None
    outcome: Outcome | None = None
    attempts: int = 0
    verification: Verification | None = None
    prevention: Prevention | None = None
    offers: tuple[OfferStanding, ...] = ()

    referred_to: str | None = None
    merged_into: str | None = None
    duplicates: tuple[str, ...] = ()
    marks: Marks = field(factory=Marks)

    @property
    def waiting(self) -> bool:
        """Whether the customer owes us an answer."""
        return bool(self.questions)

    @property
    def classification(self) -> Classification:
        """What it is about, as known now."""
        return Classification(self.category, self.product, self.severity, self.amount)

    @property
    def open_offer(self) -> OfferStanding | None:
        """The offer that the customer may still accept, or ``None``."""
        for standing in reversed(self.offers):
            if standing.is_open:
                return standing
        return None

    def waited_until(self, instant: datetime) -> timedelta:
        """Return how long it has waited for the customer, up to ``instant``."""
        if self.waiting_since is None:
            return self.waited
        return self.waited + max(instant - self.waiting_since, timedelta())

    def has(self, kind: str) -> bool:
        """Tell whether a fact of this kind is among its marks."""
        return any(mark.kind == kind for mark in reversed(self.marks))


_make = object.__new__


def copy_of(complaint: Complaint) -> Complaint:
    """Return a draft: an equal complaint that nobody else has seen."""
    draft = _make(Complaint)
    draft.__dict__.update(complaint.__dict__)
    return draft


def fields_of(draft: Complaint) -> dict[str, Any]:
    """Return the fields of a draft, to be changed in place.

    Never call it on a complaint that was handed out.
    """
    return draft.__dict__
