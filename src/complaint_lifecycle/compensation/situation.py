"""The situation: all that a policy knows when it decides what to offer."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from attrs import Factory, evolve, field, frozen
from moneyed import Money

from complaint_lifecycle.amounts import amount_or_none
from complaint_lifecycle.checks import REFERENCE_LIMIT, one_of, reference
from complaint_lifecycle.clock import in_utc
from complaint_lifecycle.complaint import Complaint, OfferStatus
from complaint_lifecycle.customers import CustomerView
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.offers import Offer
from complaint_lifecycle.sla.timers import Timer

_COUNTING = frozenset(
    {
        OfferStatus.OFFERED,
        OfferStatus.APPROVED,
        OfferStatus.ACCEPTED,
        OfferStatus.DELIVERED,
    }
)
_OPEN = frozenset({OfferStatus.OFFERED, OfferStatus.APPROVED})


@frozen
class Given:
    """An offer to the same customer that stands.

    Attributes:
        complaint_id: The complaint that it answers.

        at: When it was made.

        offer: What is offered.
    """

    complaint_id: str
    at: datetime
    offer: Offer


@frozen
class Spent:
    """What was given so far.

    Attributes:
        given: Offers to the same customer that stand: open, accepted or delivered.

        budgets: What was drawn on each budget, by its name for the period.
    """

    given: tuple[Given, ...] = ()
    budgets: Mapping[str, Money] = field(factory=dict)

    @classmethod
    def of(
        cls,
        customer: CustomerView,
        *,
        complaint: Complaint,
        budgets: Mapping[str, Money] | None = None,
    ) -> "Spent":
        """Collect what stands; an open offer on the same complaint would be replaced.

        Args:
            customer: All complaints of the customer.

            complaint: The complaint that a policy is asked about.

            budgets: What was drawn on each budget.
        """
        given = tuple(
            Given(each.id, standing.offered_at, standing.offer)
            for each in customer.complaints
            for standing in each.offers
            if standing.status in _COUNTING
            and not (each.id == complaint.id and standing.status in _OPEN)
        )
        return cls(given, dict(budgets or {}))


class Period(StrEnum):
    """How often a budget is filled anew, by dates in UTC."""

    MONTH = "month"
    YEAR = "year"


def _period(value: Period | str | None) -> Period | None:
    return None if value is None else one_of(Period, value, "Budget.period")


def _name(value: str) -> str:
    return reference(value, "Budget.name", limit=REFERENCE_LIMIT - 8)


def _limit(value: Money | None) -> Money:
    limit = amount_or_none(value, "Budget.limit")
    if limit is None or limit.amount < 0:
        rule = "must be Money that is not negative"
        raise InvalidEventError("Budget.limit", repr(value)[:40], rule)
    return limit


@frozen
class Budget:
    """Money that offers are paid from.

    Attributes:
        name: Its name.

        limit: How much all offers together may draw on it, in a period if it has one.

        period: How often it is filled anew; never by default.

    >>> from datetime import UTC
    >>> from complaint_lifecycle.amounts import money
    >>> budget = Budget("goodwill", money(500, "EUR"), period="month")
    >>> budget.key(datetime(2026, 3, 2, tzinfo=UTC))
    'goodwill 2026-03'
    """

    name: str = field(converter=_name)
    limit: Money = field(converter=_limit)
    period: Period | None = field(default=None, converter=_period)

    def key(self, now: datetime) -> str:
        """Return the name under which draws of the period are added up."""
        if self.period is None:
            return self.name
        written = "%Y-%m" if self.period is Period.MONTH else "%Y"
        return f"{self.name} {in_utc(now, 'now').strftime(written)}"


def _now(value: datetime) -> datetime:
    return in_utc(value, "now")


def _customer(situation: "Situation") -> CustomerView:
    complaint = situation.complaint
    return CustomerView(complaint.customer or "", (complaint,))


def _spent(situation: "Situation") -> Spent:
    return Spent.of(situation.customer, complaint=situation.complaint)


@frozen(kw_only=True)
class Situation:
    """All that a policy knows. A value: policies remember nothing beside it.

    Attributes:
        complaint: The complaint to answer.

        now: The current instant.

        customer: The customer over all channels; by default this complaint alone.

        timers: What is promised and what was missed, by how much.

        spent: What was given so far; by default what the customer view tells.

    >>> from datetime import UTC
    >>> from complaint_lifecycle import Desk, Received
    >>> complaint = Desk().receive(Received(customer="C-1", channel="email"), by="form")
    >>> Situation(complaint=complaint, now=datetime(2026, 3, 2, tzinfo=UTC)).spent
    Spent(given=(), budgets={})
    """

    complaint: Complaint
    now: datetime = field(converter=_now)
    customer: CustomerView = field(default=Factory(_customer, takes_self=True))
    timers: tuple[Timer, ...] = ()
    spent: Spent = field(default=Factory(_spent, takes_self=True))

    def about(self, complaint: Complaint) -> "Situation":
        """Return the same situation of another complaint."""
        return evolve(self, complaint=complaint)
