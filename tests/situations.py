"""Situations for tests of policies, made through a desk like those of a host."""

from datetime import timedelta

from walks import MONDAY, new_desk, received

from complaint_lifecycle import Offer, Remedy, money
from complaint_lifecycle.compensation import Situation
from complaint_lifecycle.events import Offered

EUR_100 = money(100, "EUR")


def situation(*, now=MONDAY, **fields: object) -> Situation:
    """Make the situation of a complaint, with 100 EUR at stake if not said otherwise."""
    about = {"amount": EUR_100, "severity": "serious"} | fields
    return Situation(complaint=received(new_desk(), **about), now=now)


def eur(amount: object) -> object:
    """Name an amount in euro."""
    return money(str(amount), "EUR")


def total(offer: Offer | None) -> str | None:
    """Write what an offer is worth."""
    if offer is None:
        return None
    return "no money" if offer.total is None else str(offer.total.amount)


def with_offers(*amounts: object, days_apart: int = 30) -> Situation:
    """Make the situation of a customer who was offered something before, and took it."""
    desk = new_desk()
    for amount in amounts:
        earlier = received(desk)
        refund = Offer(remedies=[Remedy(kind="refund", value=eur(amount))])
        desk.record(earlier.id, Offered(offer=refund), by="ana")
        desk.clock.advance(timedelta(days=days_apart))
    complaint = received(desk, amount=EUR_100, severity="serious")
    return Situation(
        complaint=complaint, now=desk.clock.now, customer=desk.customer("C-1009")
    )
