"""The offers of the demonstration: the policy, and what customers make of them."""

from collections.abc import Callable, Iterator

from complaint_lifecycle.cli.demo.course import (
    DAY,
    FORTNIGHT,
    GRAVE,
    HOUR,
    INBOX,
    MOMENT,
    REACTION,
    Act,
    Course,
)
from complaint_lifecycle.compensation import (
    apology,
    discount,
    expires,
    first_of,
    known,
    named,
    needs_approval,
    refund,
    severity,
    when,
)
from complaint_lifecycle.events import (
    Accepted,
    Declined,
    Delivered,
    OfferApproved,
    OfferRejected,
    Reclassified,
    Severity,
)
from complaint_lifecycle.sla.durations import elapsed_hours

Acts = Iterator[Act]

LETTER = apology("a letter signed by the lead")
POLICY = named(
    expires(
        first_of(
            when(
                known("amount") & severity(*sorted(GRAVE)),
                needs_approval(refund("25%") + LETTER, role="lead"),
            ),
            when(known("amount"), discount("10%")),
            LETTER,
        ),
        within=elapsed_hours(FORTNIGHT // HOUR),
    ),
    "goodwill",
    version="2026-03",
)
"""What the desk of the demonstration proposes; shares, so it works in any currency."""


def must_be_approved(c: Course) -> bool:
    """Tell whether somebody has to approve what the policy offers on a letter."""
    return c.grave and c.letter.amount is not None


def bargain(c: Course) -> Acts:
    """Tell what is offered beside the story of a letter, and what comes of it."""
    return _BARGAINS.get(c.letter.id, _nothing)(c)


def _nothing(_: Course) -> Acts:
    return iter(())


def _declined(c: Course) -> Acts:
    """Offer money to somebody who wanted two bowls, and got them."""
    yield c.proposal(c.fixed + HOUR)
    text = "I only wanted the two bowls. Spend it on better boxes."
    yield c.act(c.wrote + MOMENT, Declined(text=text), by=INBOX)


def _superseded(c: Course) -> Acts:
    """Offer more when the harm turns out to be greater."""
    yield c.proposal(c.replied + HOUR)
    found_out = c.gathered + MOMENT
    yield c.act(found_out, Reclassified(severity=Severity.SERIOUS))
    yield c.proposal(found_out + MOMENT)
    yield c.act(found_out + REACTION, OfferApproved(), by=c.lead)
    yield c.act(found_out + HOUR, Accepted())
    yield c.act(c.fixed + DAY // 2, Delivered(reference="transfer-1"), by=c.lead)


def _expired(c: Course) -> Acts:
    """Offer something to somebody who never looks again."""
    yield c.proposal(c.fixed + HOUR)


def _rejected(c: Course) -> Acts:
    """Offer too much in the eyes of whoever has to approve it."""
    yield c.proposal(c.fixed + HOUR)
    reason = "nothing was lost: the money was back the same day"
    yield c.act(c.fixed + 2 * HOUR, OfferRejected(reason=reason), by=c.lead)


_BARGAINS: dict[str, Callable[[Course], Acts]] = {
    "shop-001": _declined,
    "del-004": _superseded,
    "bank-003": _rejected,
    "tel-007": _expired,
}
