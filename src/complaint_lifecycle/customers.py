"""One customer over all channels."""

from attrs import frozen
from moneyed import Money

from complaint_lifecycle.complaint import Complaint, OfferStatus


@frozen
class CustomerView:
    """What one customer complained of, and what was given for it.

    Attributes:
        customer: Opaque id of the customer.

        complaints: Every complaint, oldest first.
    """

    customer: str
    complaints: tuple[Complaint, ...]

    @property
    def contacts(self) -> int:
        """How often the customer got in touch, merged complaints counted once."""
        return sum(c.contacts for c in self.complaints if c.merged_into is None)

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that were used, each once, in order of first use."""
        return tuple(dict.fromkeys(c.channel for c in self.complaints))

    @property
    def compensated(self) -> dict[str, Money]:
        """What the customer accepted or got so far, by currency code."""
        given: dict[str, Money] = {}
        for complaint in self.complaints:
            for standing in complaint.offers:
                total = standing.offer.total
                if standing.status in _GIVEN and total is not None:
                    code = total.currency.code
                    given[code] = given[code] + total if code in given else total
        return given


_GIVEN = frozenset({OfferStatus.ACCEPTED, OfferStatus.DELIVERED})
