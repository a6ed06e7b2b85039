"""Limits of compensation: what stands for a customer, and on whose word."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

from attrs import frozen
from moneyed import Money

from complaint_lifecycle.access.asking import Intent
from complaint_lifecycle.amounts import amount_text, money, sum_of
from complaint_lifecycle.complaint import OfferStanding, OfferStatus
from complaint_lifecycle.complaint.changes import offer_meant
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.events import Accepted, Delivered, OfferApproved, Offered
from complaint_lifecycle.offers import Offer, RemedyKind

_WORDS = frozenset({RemedyKind.APOLOGY, RemedyKind.GUARANTEE})
_LATEST = timedelta(days=1)

Gives = Money | None
"""How much a role may give; ``None`` for nothing that is worth money."""


@frozen(kw_only=True)
class Ledger:
    """What the limits of all roles are counted by.

    Attributes:
        of: Returns the name of somebody's role, or ``None``.

        gives: How much each role may give.

        per: How long what was offered on other complaints counts.

        convert: Returns an amount in another currency.
    """

    of: Callable[[str], str | None]
    gives: Mapping[str, Gives]
    per: timedelta | None
    convert: Callable[[Money, str], Money] | None

    def beyond(self, limit: Gives, offers: Iterable[Offer]) -> str | None:
        """Say in what offers go beyond a limit, in words, or ``None``.

        Args:
            limit: How much may stand.

            offers: What would.
        """
        totals = [total for offer in offers if (total := offer.total)]
        if not totals:
            return None
        if limit is None:
            return "it may give nothing that is worth money"
        code = limit.currency.code
        foreign = {t.currency.code for t in totals} - {code}
        if foreign and self.convert is None:
            others = " and ".join(sorted(foreign))
            return f"its limit is in {code}, not in {others}: give Roles a convert="
        total = sum_of([money(0, code), *(self._in(code, each) for each in totals)])
        if total is None or total <= limit:
            return None
        return (
            f"{amount_text(total)} would stand for this customer, and it may give "
            f"{amount_text(limit)} in all"
        )

    def _in(self, code: str, amount: Money) -> Money:
        if amount.currency.code == code or self.convert is None:
            return amount
        found: object = self.convert(amount, code)
        if not isinstance(found, Money) or found.currency.code != code:
            rule = f"must answer with an amount in {code}"
            raise InvalidEventError("Roles.convert", repr(found)[:80], rule)
        return found

    def standing(self, intent: Intent, besides: OfferStanding | None) -> list[Offer]:
        """Return the offers that stand for the customer.

        Args:
            intent: What is wanted, and of which complaint.

            besides: An offer of that complaint which does not count.
        """
        here = intent.complaint
        return [
            each.offer
            for complaint in intent.related()
            for each in complaint.offers
            if each.stands
            and (
                each is not besides
                if complaint.id == here.id
                else self._counts(each, intent)
            )
        ]

    def _counts(self, standing: OfferStanding, intent: Intent) -> bool:
        return self.per is None or intent.now - standing.offered_at <= self.per

    def may_approve(self, name: str, named: str | None) -> bool:
        """Tell whether a role is the one that was named, or stands above it."""
        if named is None or name == named:
            return True
        mine, theirs = self.gives.get(name), self.gives.get(named)
        return (
            mine is not None
            and theirs is not None
            and mine.currency == theirs.currency
            and mine >= theirs
        )


def refused_for_money(
    intent: Intent, name: str, limit: Gives, ledger: Ledger
) -> str | None:
    """Say which rule of compensation a fact breaks, or ``None``.

    Args:
        intent: What is wanted.

        name: The role of whoever wants it.

        limit: How much that role may give.

        ledger: What limits are counted by.
    """
    event = intent.event
    if isinstance(event, Offered):
        return _offered(intent, event.offer, name, limit, ledger)
    if not isinstance(event, OfferApproved | Accepted | Delivered):
        return None
    meant = offer_meant(intent.complaint, event)
    if meant is None:
        # Nothing that it could be about: the lifecycle says so.
        return None
    if isinstance(event, OfferApproved):
        return _approved(intent, meant, name, limit, ledger)
    if meant.offer.approval is not None and meant.approved_by is None:
        return f"it needs the approval of {meant.offer.approval!r} first"
    return _late(intent, meant, limit, ledger)


def _offered(
    intent: Intent, offer: Offer, name: str, limit: Gives, ledger: Ledger
) -> str | None:
    named = offer.approval
    if named is not None and named not in ledger.gives:
        return f"there is no role {named!r} that could approve it"
    if ledger.per is not None and intent.now - intent.at > _LATEST:
        return "an offer bears the date on which it is made: leave at= out"
    if not offer.total and not _unvalued(offer):
        return None
    standing = ledger.standing(intent, besides=intent.complaint.open_offer)
    beyond = ledger.beyond(limit, [*standing, offer])
    if beyond is None and _unvalued(offer):
        beyond = "it gives something without a value: say what it is worth with value="
    if beyond is None or named is not None:
        return None
    return f"role {name!r}: {beyond}; or have it approved with Offer(approval=...)"


def _unvalued(offer: Offer) -> bool:
    """Tell whether something is given of which nobody knows what it is worth."""
    return any(r.value is None and r.kind not in _WORDS for r in offer.remedies)


def _approved(
    intent: Intent, meant: OfferStanding, name: str, limit: Gives, ledger: Ledger
) -> str | None:
    if meant.offered_by == intent.by:
        return "who offered it may not approve it: ask somebody else"
    named = meant.offer.approval
    if not ledger.may_approve(name, named):
        return f"it is for {named!r} to approve, or for a role that may give more"
    offers = [*ledger.standing(intent, besides=meant), meant.offer]
    beyond = ledger.beyond(limit, offers)
    return None if beyond is None else f"role {name!r}: {beyond}"


def _late(
    intent: Intent, meant: OfferStanding, limit: Gives, ledger: Ledger
) -> str | None:
    """Judge the acceptance of an offer that has expired: it stands again."""
    if meant.status is not OfferStatus.EXPIRED:
        return None
    people = {meant.offered_by, meant.approved_by} - {None}
    found = {ledger.gives.get(ledger.of(each) or "") for each in people if each}
    offers = [*ledger.standing(intent, besides=meant), meant.offer]
    answers = [ledger.beyond(each, offers) for each in (limit, *found)]
    if None in answers:
        return None
    return (
        f"the offer had expired; {answers[0]}: let somebody who may give it record it"
    )
