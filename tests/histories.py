"""Random facts and histories for the tests, drawn along the chart and off it."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from complaint_lifecycle.amounts import money
from complaint_lifecycle.checks import is_writable
from complaint_lifecycle.errors import RefusedError
from complaint_lifecycle.events import (
    Absorbed,
    Accepted,
    Acknowledged,
    Answered,
    Apologised,
    Archived,
    Asked,
    Assigned,
    CustomerWrote,
    Declined,
    Delivered,
    Escalated,
    Explained,
    Fault,
    FinalResponseSent,
    Fixed,
    Gathered,
    Level,
    Merged,
    OfferApproved,
    Offered,
    OfferExpired,
    OfferRejected,
    Outcome,
    Prevented,
    Promised,
    Received,
    Reclassified,
    Referred,
    Registered,
    Reopened,
    Severity,
    Thanked,
    TimerCleared,
    TimerMissed,
    TimerWarned,
    Updated,
    VerificationAttempted,
    Verified,
    Withdrawn,
)
from complaint_lifecycle.lifecycle import Lifecycle
from complaint_lifecycle.offers import Draw, Offer, Remedy, RemedyKind

START = datetime(2026, 3, 2, 9, tzinfo=UTC)

texts = st.one_of(
    st.sampled_from(
        [
            "",
            "soaked",
            "\u202eevil\u202c",
            "👩‍👩‍👧",
            "e\u0301",
            "%s {0.__class__} {{7*7}}",
            "'); --",
        ]
    ),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
)
references = st.text(
    st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12
)
maybe_references = st.none() | references
words = references
instants = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001 - the zone comes with timezones=
    max_value=datetime(9000, 1, 1),  # noqa: DTZ001
    timezones=st.timezones(),
)
amounts = st.none() | st.integers(0, 10**9).map(
    lambda cents: money(f"{cents // 100}.{cents % 100:02}", "EUR")
)
plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**62), 2**62),
    texts,
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9
    ).filter(is_writable),
)
remedies = st.builds(
    Remedy,
    kind=st.sampled_from(RemedyKind),
    value=amounts,
    percent=st.none() | st.integers(0, 100),
    what=texts,
)
draws = st.builds(
    Draw, budget=references, limit=amounts.filter(lambda amount: amount is not None)
)
offers = st.builds(
    Offer,
    remedies=st.lists(remedies, min_size=1, max_size=3),
    reasons=st.lists(texts, max_size=3),
    expires=st.none() | instants,
    approval=maybe_references,
    draws=st.lists(draws, max_size=2, unique_by=lambda draw: draw.budget),
)
counts = st.integers(1, 2**62)

ANY_EVENT = {
    Received: st.builds(
        Received,
        customer=references,
        channel=references,
        text=texts,
        origin=references,
        category=maybe_references,
        product=maybe_references,
        severity=st.sampled_from(Severity),
        amount=amounts,
        locale=maybe_references,
        public=st.booleans(),
        audience=st.none() | counts,
        confidential=st.booleans(),
        about=maybe_references,
        source=maybe_references,
        facts=st.dictionaries(references, plain, max_size=4),
    ),
    Thanked: st.builds(Thanked, text=texts),
    Explained: st.builds(Explained, helps=texts, text=texts),
    Apologised: st.builds(Apologised, level=st.sampled_from(Level), text=texts),
    Promised: st.builds(
        Promised,
        what=words,
        due=instants,
        owner=references,
        how=maybe_references,
        text=texts,
    ),
    Gathered: st.builds(Gathered, fault=st.sampled_from(Fault), finding=texts),
    Fixed: st.builds(Fixed, outcome=st.sampled_from(Outcome), text=texts),
    Verified: st.builds(
        Verified, satisfied=st.sampled_from([True, False, None]), text=texts
    ),
    Prevented: st.builds(
        Prevented,
        process=words,
        action=words,
        owner=references,
        due=st.dates(min_value=date(2000, 1, 1)),
    ),
    Referred: st.builds(
        Referred,
        instance=words,
        how=words,
        fault=st.none() | st.sampled_from(Fault),
    ),
    Withdrawn: st.builds(Withdrawn, reason=texts),
    Reopened: st.builds(Reopened, reason=texts),
    Merged: st.builds(Merged, into=references, promise_renewed=st.booleans()),
    Archived: st.builds(Archived),
    Asked: st.builds(Asked, text=texts, ref=maybe_references),
    Answered: st.builds(Answered, text=texts, ref=maybe_references),
    Updated: st.builds(Updated, text=texts),
    CustomerWrote: st.builds(CustomerWrote, text=texts, channel=maybe_references),
    Acknowledged: st.builds(Acknowledged, reference=maybe_references),
    Registered: st.builds(Registered, reference=maybe_references),
    FinalResponseSent: st.builds(
        FinalResponseSent, reference=maybe_references, text=texts
    ),
    VerificationAttempted: st.builds(VerificationAttempted, channel=maybe_references),
    Assigned: st.builds(Assigned, owner=references, contact=maybe_references),
    Escalated: st.builds(Escalated, owner=references, line=counts, reason=texts),
    Reclassified: st.builds(
        Reclassified,
        category=maybe_references,
        product=maybe_references,
        severity=st.sampled_from(Severity),
        amount=amounts,
    ),
    Absorbed: st.builds(Absorbed, duplicate=references, contacts=counts),
    Offered: st.builds(Offered, offer=offers, ref=maybe_references),
    OfferApproved: st.builds(OfferApproved, ref=maybe_references),
    OfferRejected: st.builds(OfferRejected, ref=maybe_references, reason=texts),
    Accepted: st.builds(Accepted, ref=maybe_references),
    Declined: st.builds(Declined, ref=maybe_references, text=texts),
    Delivered: st.builds(Delivered, ref=maybe_references, reference=maybe_references),
    OfferExpired: st.builds(OfferExpired, ref=maybe_references),
    TimerWarned: st.builds(
        TimerWarned,
        timer=references,
        cause=references,
        threshold=references,
        due=instants,
        fired=instants,
    ),
    TimerMissed: st.builds(
        TimerMissed, timer=references, cause=references, due=instants, fired=instants
    ),
    TimerCleared: st.builds(
        TimerCleared, timer=references, cause=references, met=instants
    ),
}
"""For every kind of fact, any that is valid in itself."""

_TEN = [Remedy(kind=RemedyKind.COUPON, value=money(10, "EUR"))]
VOUCHER = Offer(remedies=_TEN)
BRIEF = Offer(remedies=_TEN, expires=START + timedelta(hours=24))
GRAVE = Offer(remedies=_TEN, approval="lead")
DRAWN = Offer(remedies=_TEN, draws=[Draw("goodwill", money(30, "EUR"))])
STAFF = ["ana", "bob"]

_LIKELY = {
    Received: st.builds(
        Received,
        customer=st.just("C-1"),
        channel=st.sampled_from(["email", "phone"]),
        about=st.sampled_from([None, "bob"]),
    ),
    Promised: st.builds(
        Promised,
        what=st.just("resend it"),
        due=st.integers(-5, 60).map(lambda h: START + timedelta(hours=h)),
        owner=st.sampled_from(STAFF),
    ),
    Asked: st.builds(Asked, ref=st.sampled_from([None, "size"])),
    Answered: st.builds(Answered, ref=st.sampled_from([None, "size", "question-1"])),
    Offered: st.sampled_from([VOUCHER, BRIEF, GRAVE, DRAWN]).map(
        lambda offer: Offered(offer=offer)
    ),
    Accepted: st.just(Accepted()),
    Declined: st.just(Declined()),
    OfferApproved: st.just(OfferApproved()),
    OfferExpired: st.just(OfferExpired()),
    Delivered: st.just(Delivered()),
    Absorbed: st.just(Absorbed(duplicate="c-0", contacts=2)),
}
likely_events = st.one_of([_LIKELY.get(kind, made) for kind, made in ANY_EVENT.items()])
"""Facts that belong together well enough to make long histories."""


@st.composite
def steps(draw: st.DrawFn) -> tuple:
    """Draw a fact, who records it, and how many minutes after the one before."""
    return (
        draw(likely_events),
        draw(st.sampled_from(STAFF)),
        draw(st.integers(0, 600)),
    )


@st.composite
def histories(draw: st.DrawFn, lifecycle: Lifecycle, *, max_size: int = 40) -> tuple:
    """Draw the entries of a complaint that a lifecycle admits, and the complaint."""
    complaint = lifecycle.new("c-1")
    entries: list = []
    now = START
    by_trigger: dict = {}
    for kind in ANY_EVENT:
        by_trigger.setdefault(kind.trigger, []).append(kind)
    for _ in range(draw(st.integers(1, max_size))):
        trigger = draw(st.sampled_from([*lifecycle.allowed(complaint), None]))
        kind = draw(st.sampled_from(by_trigger[trigger]))
        event = draw(_LIKELY.get(kind, ANY_EVENT[kind]))
        now += timedelta(minutes=draw(st.integers(0, 600)))
        try:
            new, complaint = lifecycle.decide(
                complaint, [event], at=now, by=draw(st.sampled_from(STAFF))
            )
        except RefusedError:
            continue
        entries += new
    if not entries:
        event = Received(customer="C-1", channel="email")
        new, complaint = lifecycle.decide(complaint, [event], at=now, by="ana")
        entries += new
    return tuple(entries), complaint
