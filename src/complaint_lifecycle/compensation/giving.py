"""Giving: the blocks that name one remedy each."""

from datetime import date
from decimal import Decimal
from typing import Any

from attrs import field, frozen
from moneyed import Money

from complaint_lifecycle.amounts import amount_or_none
from complaint_lifecycle.checks import exact_decimal, one_of, short_text
from complaint_lifecycle.compensation.blocks import Block, piece
from complaint_lifecycle.compensation.drafts import (
    Draft,
    Part,
    plain,
    to_unit,
    written,
)
from complaint_lifecycle.compensation.measures import stake_of
from complaint_lifecycle.compensation.situation import Situation
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.offers import RemedyKind
from complaint_lifecycle.sla.calendar import Calendar
from complaint_lifecycle.sla.durations import Duration

HUNDRED = Decimal(100)
ALWAYS = Calendar.always()


def a_kind(value: Any) -> RemedyKind:
    """Let a kind of remedy through, or its name."""
    return one_of(RemedyKind, value, "kind")


def positive_money(value: Any) -> Money:
    """Let an exact amount through that is not negative.

    Raises:
        InvalidEventError: If it is none, or negative.
    """
    amount = amount_or_none(value, "value")
    if amount is None or amount.amount < 0:
        rule = "must be Money that is not negative, such as money(20, 'EUR')"
        raise InvalidEventError("value", repr(value)[:40], rule)
    return amount


def a_percent(value: Any, *, most: int | None = 100) -> Decimal:
    """Let a percentage through: a number, or text such as ``"10%"``.

    Raises:
        InvalidEventError: If it is none, negative, or above ``most``.
    """
    said = value.removesuffix("%").strip() if isinstance(value, str) else value
    percent = exact_decimal(said, "percent")
    if percent < 0 or (most is not None and percent > most):
        rule = "must be a percentage " + (f"from 0 to {most}" if most else "from 0")
        raise InvalidEventError("percent", str(value)[:40], rule)
    return percent


def _maybe_percent(value: Any) -> Decimal | None:
    return None if value is None else a_percent(value)


def _what(value: str) -> str:
    return short_text(value, "what")


def _conditions(value: str) -> str:
    return short_text(value, "conditions")


def _valid(value: Any) -> Any:
    if value is not None and not callable(getattr(value, "due", None)):
        rule = "must be a duration with a name, such as months(6)"
        raise InvalidEventError("valid", repr(value)[:80], rule)
    return value


@frozen
class Giving(Block):
    """One remedy: what all of them may say.

    Attributes:
        kind: What is given.

        what: What it is, in words.

        valid: How long it can be used; without end by default.

        conditions: What else holds for it, in words.
    """

    kind: RemedyKind = field(converter=a_kind)
    what: str = field(default="", converter=_what, kw_only=True)
    valid: Duration | None = field(default=None, converter=_valid, kw_only=True)
    conditions: str = field(default="", converter=_conditions, kw_only=True)

    def _draft(
        self,
        situation: Situation,
        text: str,
        *,
        amount: Decimal | None = None,
        percent: Decimal | None = None,
        currency: str | None = None,
    ) -> Draft:
        part = Part(
            self.kind,
            amount,
            percent,
            self.what,
            self._last_day(situation),
            self.conditions,
        )
        lines = [(self.rule, text, amount)]
        return Draft([part], lines, currency, Decimal(0) if amount is None else amount)

    def _last_day(self, situation: Situation) -> date | None:
        if self.valid is None:
            return None
        return self.valid.due(situation.now, ALWAYS).date()


@piece("flat")
@frozen
class Flat(Giving):
    """The same amount for everybody.

    Attributes:
        value: How much; for something in kind, what it costs.
    """

    value: Money = field(converter=positive_money)

    def draft(self, situation: Situation) -> Draft:
        """Give the amount."""
        code = self.value.currency.code
        amount = self.value.amount
        said = f"{self.what}, worth " if self.what else ""
        text = f"{self.kind.value} of {said}{amount} {code}"
        return self._draft(situation, text, amount=amount, currency=code)


@piece("percent")
@frozen
class Percent(Giving):
    """A share of the amount at stake, rounded half up to the smallest unit.

    Attributes:
        percent: From 0 to 100.
    """

    percent: Decimal = field(converter=a_percent)

    def draft(self, situation: Situation) -> Draft:
        """Give the share.

        Raises:
            MissingFactError: If the complaint names no amount at stake.
        """
        stake = stake_of(situation)
        code = stake.currency.code
        amount = to_unit(stake.amount * self.percent / HUNDRED, code)
        text = (
            f"{self.kind.value} of {plain(self.percent)} % of "
            f"{written(stake.amount, code)}, rounded half up"
        )
        return self._draft(
            situation, text, amount=amount, percent=self.percent, currency=code
        )


@piece("gesture")
@frozen
class Gesture(Giving):
    """Something that is not worth money: words, a guarantee, a share of the next bill.

    Attributes:
        percent: Off the next purchase, if it is a coupon.
    """

    percent: Decimal | None = field(default=None, converter=_maybe_percent)

    def draft(self, situation: Situation) -> Draft:
        """Give it."""
        share = "" if self.percent is None else f" of {plain(self.percent)} % next time"
        text = f"{self.kind.value}{share}" + (f": {self.what}" if self.what else "")
        return self._draft(situation, text, percent=self.percent)


def flat(value: Money, *, kind: RemedyKind | str = "refund", **options: Any) -> Flat:
    """Give the same amount to everybody.

    Args:
        value: How much.

        kind: As what it is given.

        **options: ``what``, ``valid`` (a duration), ``conditions``.

    >>> from complaint_lifecycle import money
    >>> flat(money(20, "EUR")).kind.value
    'refund'
    """
    return Flat(kind, value=value, **options)


def percent(
    share: Decimal | int | str, *, kind: RemedyKind | str = "discount", **options: Any
) -> Percent:
    """Give a share of the amount at stake, such as ``"15%"``; see :func:`flat`."""
    return Percent(kind, percent=share, **options)


def _worth(kind: RemedyKind, value: Any, options: dict[str, Any]) -> Block:
    if isinstance(value, Money):
        return Flat(kind, value=value, **options)
    if isinstance(value, str) and not value.endswith("%"):
        cost = options.pop("cost", None)
        if cost is None:
            rule = (
                "must be money(50, 'EUR'), a share such as '50%', or something in kind "
                "with what it costs: cost=money(20, 'EUR')"
            )
            raise InvalidEventError(kind.value, repr(value)[:40], rule)
        return Flat(kind, value=cost, what=value, **options)
    return Percent(kind, percent=value, **options)


def refund(value: Money | str, **options: Any) -> Block:
    """Give money back: an amount, or a share such as ``"100%"``."""
    return _worth(RemedyKind.REFUND, value, options)


def discount(value: Money | str, **options: Any) -> Block:
    """Reduce the price by an amount, or by a share such as ``"10%"``."""
    return _worth(RemedyKind.DISCOUNT, value, options)


def free_service(value: Money | str, **options: Any) -> Block:
    """Give a service for nothing: what, with ``cost=``, or what it is worth."""
    return _worth(RemedyKind.FREE_SERVICE, value, options)


def replacement(value: Money | str, **options: Any) -> Block:
    """Give another one: what, with ``cost=``, or what it is worth."""
    return _worth(RemedyKind.REPLACEMENT, value, options)


def repair(value: Money | str, **options: Any) -> Block:
    """Repair it: what, with ``cost=``, or what it is worth."""
    return _worth(RemedyKind.REPAIR, value, options)


def gift(value: Money | str, **options: Any) -> Block:
    """Give a product or a gift: what, with ``cost=``, or what it is worth."""
    return _worth(RemedyKind.GIFT, value, options)


def coupon(value: Money | str, **options: Any) -> Block:
    """Give a coupon for the next purchase: an amount, or a share of that purchase."""
    if isinstance(value, Money):
        return Flat(RemedyKind.COUPON, value=value, **options)
    return Gesture(RemedyKind.COUPON, percent=value, **options)


def guarantee(what: str, **options: Any) -> Gesture:
    """Guarantee that the cause was removed: say how."""
    return Gesture(RemedyKind.GUARANTEE, what=what, **options)


def apology(what: str = "", **options: Any) -> Gesture:
    """Apologise sincerely, in a letter of its own or by a visit."""
    return Gesture(RemedyKind.APOLOGY, what=what, **options)
