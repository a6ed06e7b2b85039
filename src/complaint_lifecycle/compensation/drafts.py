"""Drafts: an offer in the making, in exact decimals of one currency."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from attrs import define, field
from moneyed import Money

from complaint_lifecycle.amounts import LIMIT, amount_text, currency_of
from complaint_lifecycle.errors import CurrencyError, InvalidEventError
from complaint_lifecycle.offers import (
    Draw,
    Offer,
    Reason,
    Remedy,
    RemedyKind,
    of_checked,
)

ZERO = Decimal(0)


@define
class Part:
    """One remedy of a draft.

    Attributes:
        kind: Refund, discount, gift, coupon and so on.

        amount: What it is worth; ``None`` if it is not worth money.

        percent: A share, where it is one.

        what: What is given in kind.

        valid_until: The last date on which it can be used.

        conditions: What else holds for it.
    """

    kind: RemedyKind
    amount: Decimal | None = None
    percent: Decimal | None = None
    what: str = ""
    valid_until: date | None = None
    conditions: str = ""


Line = tuple[str, str, Decimal | None]
"""A rule, what it says, and what it adds to the total."""


@define
class Draft:
    """An offer in the making. Whoever is given one owns it, and may change it.

    Attributes:
        parts: The remedies so far.

        lines: Why, line by line; their amounts add up to the total.

        currency: ISO 4217 code; ``None`` while nothing is worth money.

        total: What the parts are worth together.

        expires: The last instant at which it may be accepted.

        approval: The role that has to approve it.

        draws: The budgets that it is paid from.
    """

    parts: list[Part] = field(factory=list)
    lines: list[Line] = field(factory=list)
    currency: str | None = None
    total: Decimal = ZERO
    expires: datetime | None = None
    approval: str | None = None
    draws: list[Draw] = field(factory=list)

    def change(self, rule: str, text: str, amount: Decimal) -> None:
        """Take away from, or add to, what is worth money, from the last part back.

        Args:
            rule: Name of the rule that says so.

            text: Why.

            amount: By how much; less than nothing takes away, at most all there is.
        """
        self.lines.append((rule, text, amount))
        self.total += amount
        left = amount
        for part in reversed(self.parts):
            if part.amount is not None and left:
                changed = max(part.amount + left, ZERO)
                left -= changed - part.amount
                if changed != part.amount:
                    # What was a share of the stake is none any more.
                    part.amount, part.percent = changed, None

    def in_currency(self, code: str, rule: str) -> None:
        """Take a currency, or refuse another one.

        Raises:
            CurrencyError: If the draft is in another.
        """
        if self.currency is None:
            self.currency = code
        elif self.currency != code:
            raise mixed(rule, self.currency, code)

    def join(self, other: "Draft", rule: str) -> None:
        """Take over all that another draft gives.

        Raises:
            CurrencyError: If it is in another currency.
            InvalidEventError: If another role has to approve it.
        """
        if other.currency is not None:
            self.in_currency(other.currency, rule)
        self.parts += other.parts
        self.lines += other.lines
        self.total += other.total
        self.expires = earlier(self.expires, other.expires)
        self.approve(other.approval, rule)
        for draw in other.draws:
            self.draw(draw, rule)

    def approve(self, role: str | None, rule: str) -> None:
        """Ask for the approval of a role.

        Raises:
            InvalidEventError: If another role has to approve already.
        """
        if role is not None and self.approval not in (None, role):
            said = f"{self.approval} and {role}"
            why = f"{rule} has no rank of roles: ask one of them for the whole offer"
            raise InvalidEventError("approval", said, why)
        self.approval = self.approval or role

    def draw(self, draw: Draw, rule: str) -> None:
        """Draw on a budget, once.

        Raises:
            InvalidEventError: If it is drawn on already, with another limit.
        """
        known = [each for each in self.draws if each.budget == draw.budget]
        if known and known[0] != draw:
            why = f"{rule} names a budget twice, with two limits: {amount_text(known[0].limit)}"
            raise InvalidEventError("budget", draw.budget, why)
        if not known:
            self.draws.append(draw)

    def is_something(self) -> bool:
        """Tell whether anything of it is left."""
        return any(part.amount != ZERO for part in self.parts)

    def offer(self) -> Offer | None:
        """Return the offer; ``None`` if nothing of it is left."""
        given = [part for part in self.parts if part.amount != ZERO]
        if not given:
            return None
        money = _money_in(self.currency)
        remedies = tuple(
            of_checked(
                Remedy,
                kind=part.kind,
                value=None if part.amount is None else money(part.amount),
                percent=part.percent,
                what=part.what,
                valid_until=part.valid_until,
                conditions=part.conditions,
            )
            for part in given
        )
        reasons = tuple(
            of_checked(
                Reason,
                text=text if text.isprintable() and len(text) < _LONG else clean(text),
                rule=rule if rule.isprintable() else clean(rule),
                amount=None if amount is None else money(amount),
            )
            for rule, text, amount in self.lines
        )
        return of_checked(
            Offer,
            remedies=remedies,
            reasons=reasons,
            expires=self.expires,
            approval=self.approval,
            draws=tuple(self.draws),
        )


def _money_in(code: str | None) -> Callable[[Decimal], Money]:
    if code is None:
        return _no_money
    currency, _ = currency_of(code)

    def made(amount: Decimal) -> Money:
        if -LIMIT < amount < LIMIT:
            return Money(amount, currency)
        rule = "must be below 10^15"
        raise InvalidEventError("amount", str(amount)[:40], rule)

    return made


_LONG = 1000


def clean(text: str) -> str:
    r"""Write a text in one line, and no longer than a reason may be.

    >>> clean("a\nb")
    'a\\nb'
    """
    shown = (
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in text
    )
    line = "".join(shown)
    return line if len(line) < _LONG else f"{line[: _LONG - 2]} …"


def draft_of_offer(offer: Offer, name: str) -> Draft:
    """Turn the answer of a host's own policy into a draft.

    Args:
        offer: The answer.

        name: What to call the policy, where its reasons do not add up to the total.
    """
    total = offer.total
    parts = [
        Part(
            remedy.kind,
            None if remedy.value is None else remedy.value.amount,
            remedy.percent,
            remedy.what,
            remedy.valid_until,
            remedy.conditions,
        )
        for remedy in offer.remedies
    ]
    lines = _lines_of(offer, name)
    return Draft(
        parts=parts,
        lines=lines,
        currency=None if total is None else total.currency.code,
        total=ZERO if total is None else total.amount,
        expires=offer.expires,
        approval=offer.approval,
        draws=list(offer.draws),
    )


def line_of(reason: Reason) -> Line:
    """Turn a reason into a line of a draft."""
    amount = None if reason.amount is None else reason.amount.amount
    return reason.rule, reason.text, amount


def _no_money(amount: Decimal) -> Money:  # pragma: no cover - no line has an amount
    rule = "belongs to an offer that is worth no money"
    raise InvalidEventError("amount", str(amount), rule)


def _lines_of(offer: Offer, name: str) -> list[Line]:
    words: list[Line] = [(r.rule, r.text, None) for r in offer.reasons]
    if offer.total is None:
        return words
    total, code = offer.total.amount, offer.total.currency.code
    known = [r.amount for r in offer.reasons if r.amount is not None]
    same = all(amount.currency.code == code for amount in known)
    if same and sum((amount.amount for amount in known), ZERO) == total:
        return [line_of(reason) for reason in offer.reasons]
    return [*words, (name, f"as it answers: {total} {code}", total)]


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the earlier of two instants, either of which may be missing."""
    known = [instant for instant in (one, other) if instant is not None]
    return min(known, default=None)


def mixed(rule: str, *codes: str) -> CurrencyError:
    """Say that a rule would mix currencies."""
    way_out = f"{rule} never mixes currencies: convert at an explicit rate first"
    return CurrencyError("currency", " and ".join(sorted(set(codes))), way_out)


def to_unit(amount: Decimal, code: str, how: str = ROUND_HALF_UP) -> Decimal:
    """Round to the smallest unit of a currency, by default half up.

    Raises:
        InvalidEventError: If it is 10^15 or more.
    """
    if amount.copy_abs() >= LIMIT:
        rule = "must be below 10^15"
        raise InvalidEventError("amount", str(amount)[:40], rule)
    return amount.quantize(currency_of(code)[1], how)


def written(amount: Decimal, code: str | None) -> str:
    """Write an amount for a reason."""
    return f"{amount} {code}" if code else str(amount)


def plain(number: Decimal) -> str:
    """Write a number without needless zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def joined(drafts: Iterable[Draft], rule: str) -> Draft | None:
    """Join drafts into one; ``None`` if there is none."""
    found: Any = None
    for draft in drafts:
        if found is None:
            found = draft
        else:
            found.join(draft, rule)
    result: Draft | None = found
    return result
