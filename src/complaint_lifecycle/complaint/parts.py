"""The small values that a complaint is made of."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, overload

from attrs import frozen
from moneyed import Money

from complaint_lifecycle.events import Severity
from complaint_lifecycle.offers import Offer


class Mark(NamedTuple):
    """What a fact leaves behind on its complaint: all that timers ever read.

    A named tuple, since one is made for every entry that is ever replayed.

    Attributes:
        kind: Kind of the fact, such as ``"Promised"``.

        at: When it happened.

        round: The round in which it happened.

        by: Who recorded it.

        detail: What a timer needs to know of it: satisfied or not, the due instant of a
            promise, the name of a question or offer, the cause of a timer, or the
            classification; else ``None``.
    """

    kind: str
    at: datetime
    round: int
    by: str
    detail: object


class Marks(Sequence[Mark]):
    """The marks of a complaint, oldest first; immutable, and cheap to lengthen.

    Inside, each mark is linked to the one before it. Growing by one shares all the
    rest: nothing is copied, and two threads that decide from the same complaint cannot
    disturb each other.

    >>> Marks()
    Marks([])
    """

    __slots__ = ("_cell", "_size")
    _cell: "tuple[object, Mark] | None"
    _size: int

    def __init__(self, marks: Iterable[Mark] = ()) -> None:
        self._cell = None
        self._size = 0
        for mark in marks:
            self._cell = (self._cell, mark)
            self._size += 1

    def then(self, mark: Mark) -> "Marks":
        """Return these marks followed by one more."""
        longer = _make(Marks)
        longer._cell = (self._cell, mark)
        longer._size = self._size + 1
        return longer

    def __reversed__(self) -> Iterator[Mark]:
        cell: object = self._cell
        while isinstance(cell, tuple):
            yield cell[1]
            cell = cell[0]

    def __iter__(self) -> Iterator[Mark]:
        return iter(list(reversed(self))[::-1])

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> Mark: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Mark, ...]: ...
    def __getitem__(self, index: int | slice) -> Mark | tuple[Mark, ...]:
        if index == -1 and self._cell is not None:
            return self._cell[1]
        return tuple(self)[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Marks):
            return NotImplemented
        return self._size == other._size and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Marks({[mark.kind for mark in self]})"

    def __reduce__(self) -> tuple[type["Marks"], tuple[tuple[Mark, ...]]]:
        return Marks, (tuple(self),)


_make = object.__new__


@frozen
class Classification:
    """What a complaint is about, as known at one moment.

    Attributes:
        category: What it is about.

        product: Which product or service.

        severity: How much harm was done.

        amount: Money at stake.
    """

    category: str | None
    product: str | None
    severity: Severity
    amount: Money | None


@frozen
class Promise:
    """A promise that stands until the fix or its renewal.

    Attributes:
        what: What will be done.

        due: By when.

        owner: Who does it.

        how: How the customer will hear.

        made_at: When it was made.
    """

    what: str
    due: datetime
    owner: str
    how: str
    made_at: datetime


@frozen
class Question:
    """A question to the customer that is still open.

    Attributes:
        ref: Its name.

        asked_at: When it was asked.
    """

    ref: str
    asked_at: datetime


@frozen
class Prevention:
    """What is done so that it does not happen again.

    Attributes:
        process: The process that let it happen.

        action: What changes in it.

        owner: Who sees to the change.

        due: The date by which it is done.
    """

    process: str
    action: str
    owner: str
    due: date


class Verification(StrEnum):
    """What came of asking the customer."""

    SATISFIED = "satisfied"
    DISSATISFIED = "dissatisfied"
    UNREACHABLE = "unreachable"


class OfferStatus(StrEnum):
    """Where an offer stands."""

    OFFERED = "offered"
    APPROVED = "approved"
    REJECTED = "rejected"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DELIVERED = "delivered"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    LAPSED = "lapsed"
    """The complaint was withdrawn or ended while the offer was open."""


OPEN = frozenset({OfferStatus.OFFERED, OfferStatus.APPROVED})
"""Where an offer stands that the customer may still accept."""

_STANDS = OPEN | {OfferStatus.ACCEPTED, OfferStatus.DELIVERED}


@frozen
class OfferStanding:
    """An offer and where it stands.

    Attributes:
        ref: Its name.

        offer: What is offered.

        status: Where it stands.

        offered_by: Who offered it.

        offered_at: When it was made.

        supersedes: Name of the open offer that it replaced, or ``None``.

        approved_by: Who approved it, or ``None``.
    """

    ref: str
    offer: Offer
    status: OfferStatus
    offered_by: str
    offered_at: datetime
    supersedes: str | None = None
    approved_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether the customer may still accept it."""
        return self.status in OPEN

    @property
    def stands(self) -> bool:
        """Whether it is open, accepted or delivered: it counts against its budgets."""
        return self.status in _STANDS
