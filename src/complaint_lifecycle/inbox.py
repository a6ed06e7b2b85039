"""An inbox of invented complaints, bundled for demonstrations, tests and trials."""

from datetime import datetime, timedelta
from enum import StrEnum
from importlib.resources import files
from typing import TypeVar, get_type_hints

from attrs import field, frozen
from moneyed import Money

from complaint_lifecycle.amounts import money
from complaint_lifecycle.codec import Json, parse
from complaint_lifecycle.codec.text import said
from complaint_lifecycle.errors import ComplaintError, UnreadableError
from complaint_lifecycle.events import Fault, Received, Severity

_READ_BY_OTHERS = frozenset({"social", "app_review"})


class Story(StrEnum):
    """What becomes of a letter, for those who play it through."""

    STRAIGHT = "straight"
    ONE_CONTACT = "one_contact"
    QUESTION = "question"
    SECOND_ROUND = "second_round"
    SILENT = "silent"
    ANONYMOUS = "anonymous"
    NOT_UPHELD = "not_upheld"
    REFERRED = "referred"
    WITHDRAWN = "withdrawn"
    BROKEN_PROMISE = "broken_promise"
    HASTY = "hasty"
    ABOUT_STAFF = "about_staff"
    DUPLICATE = "duplicate"


@frozen
class FollowUp:
    """What the customer wrote afterwards.

    Attributes:
        after: How long after the letter.

        channel: Where.

        text: The words.
    """

    after: timedelta
    channel: str
    text: str = field(repr=False)


@frozen
class Referral:
    """Who else is responsible.

    Attributes:
        instance: Who it is.

        how: How to reach them.
    """

    instance: str
    how: str


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@frozen(kw_only=True)
class Letter:
    """A complaint as it came in, and what a good answer to it says.

    Attributes:
        id: Id for the complaint, such as ``"shop-001"``.

        at: When it came in, with the offset of the place where it was written.

        business: Web shop, delivery, telecom or bank.

        customer: Opaque id of whoever complains.

        channel: Where it came in.

        locale: Its language: ``"en"``, ``"ru"`` or ``"uk"``.

        category: What it is about.

        product: Which product or service.

        severity: How much harm was done.

        amount: Money at stake, if any.

        text: What the customer said.

        story: What becomes of it.

        fault: Where the fault lies, once it is looked into.

        helps: Why it is welcome, in the language of the customer.

        promise: What is promised, in the language of the customer.

        promise_hours: Within how many hours.

        cause: The process that let it happen, a colon, and the gap in it.

        prevention: What changes in that process.

        question: What has to be asked first, if anything.

        answer: What the customer answers.

        follow_up: What the customer wrote afterwards, if anything.

        refer_to: Who else is responsible, if the fault lies elsewhere.

        duplicate_of: The letter that says the same through another channel.

        about: The member of staff complained of.
    """

    id: str
    at: datetime = field(converter=_instant)
    business: str
    customer: str
    channel: str
    locale: str
    category: str
    product: str
    severity: Severity = field(converter=Severity)
    amount: Money | None
    text: str = field(repr=False)
    story: Story = field(converter=Story)
    fault: Fault = field(converter=Fault)
    helps: str
    promise: str
    promise_hours: int
    cause: str
    prevention: str
    question: str | None = field(repr=False)
    answer: str | None = field(repr=False)
    follow_up: FollowUp | None
    refer_to: Referral | None
    duplicate_of: str | None
    about: str | None

    def received(self) -> Received:
        """Return the first fact of the complaint that this letter makes.

        >>> load_inbox()[0].received()
        Received(customer='C-1101', channel='email', text=<personal>, ...)
        """
        return Received(
            customer=self.customer,
            channel=self.channel,
            text=self.text,
            category=self.category,
            product=self.product,
            severity=self.severity,
            amount=self.amount,
            locale=self.locale,
            public=self.channel in _READ_BY_OTHERS,
            confidential=self.about is not None,
            about=self.about,
            source=f"inbox:{self.id}",
        )


def load_inbox() -> tuple[Letter, ...]:
    """Read the inbox: 66 invented complaints of four businesses, in order of arrival.

    Raises:
        UnreadableError: If the file that comes with the library is spoilt or gone.

    >>> [letter.id for letter in load_inbox()[:2]]
    ['shop-001', 'del-001']
    """
    found = files("complaint_lifecycle").joinpath("inbox.jsonl")
    try:
        text = found.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        how = "cannot be read"
        raise _spoilt(how, error) from error
    # Not splitlines: it would also break at the line separators that a text may hold.
    lines = enumerate(text.rstrip().split("\n"), 1)
    return tuple(_letter(number, line) for number, line in lines)


_WRONG = (ComplaintError, ArithmeticError, LookupError, TypeError, ValueError)


def _letter(number: int, line: str) -> Letter:
    try:
        return _checked(parse(line))
    except _WRONG as error:
        how = f"is spoilt in line {number}"
        raise _spoilt(how, error) from error


def _spoilt(how: str, error: Exception) -> UnreadableError:
    way_out = "install complaint-lifecycle again"
    return UnreadableError(f"the bundled inbox {how}: {said(error)}; {way_out}")


def _checked(found: Json) -> Letter:
    amount, currency = found.pop("amount"), found.pop("currency")
    found["amount"] = None if amount is None else money(amount, currency)
    found["follow_up"] = found["follow_up"] and _follow_up(found["follow_up"])
    found["refer_to"] = found["refer_to"] and _typed(Referral(**found["refer_to"]))
    letter = _typed(Letter(**found))
    # What no desk could receive is no letter.
    letter.received()
    return letter


def _follow_up(found: Json) -> FollowUp:
    wait = timedelta(hours=found["after_hours"])
    return _typed(FollowUp(wait, found["channel"], found["text"]))


_T = TypeVar("_T", Letter, FollowUp, Referral)


def _typed(value: _T) -> _T:
    """Refuse what is of another type than it says."""
    for name, hint in get_type_hints(type(value)).items():
        if not isinstance(getattr(value, name), hint):
            problem = f"{name} is no {getattr(hint, '__name__', hint)}"
            raise TypeError(problem)
    return value
