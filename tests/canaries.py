"""Fifty texts about a person, in every personal field there is; and where they turn up.

The names, numbers and addresses are made up.
"""

from base64 import b64encode
from collections.abc import Iterable
from itertools import cycle, islice
from random import Random

from walks import DUE, PREVENTION

from complaint_lifecycle import Desk, Event, money
from complaint_lifecycle.events import (
    EVENTS,
    Answered,
    Apologised,
    Asked,
    CustomerWrote,
    Declined,
    Explained,
    Fault,
    FinalResponseSent,
    Fixed,
    Gathered,
    Offered,
    Promised,
    Received,
    Reopened,
    Thanked,
    Updated,
    Verified,
    Withdrawn,
)
from complaint_lifecycle.offers import Offer, Remedy

NAMES = [f"Ольга Кузьмівна-{number}" for number in range(10)]
MAILS = [f"olha.k{number}@mail.example" for number in range(100, 110)]
PHONES = [f"+380 44 555 01 {number}" for number in range(10, 20)]
IBANS = [f"UA21322313000002600723356{number}" for number in range(6010, 6020)]
WORDS = [
    f'she said: "my son\'s {number}th birthday was ruined"' for number in range(10)
]
CANARIES = NAMES + MAILS + PHONES + IBANS + WORDS

PERSONAL = [(kind, name) for kind in EVENTS for name in kind.personal]
FILLER = b64encode(Random(1).randbytes(9_000)).decode()  # noqa: S311 - no secret
"""Long enough for a text to be kept apart from its row, and not to be compressed."""


def found_in(blobs: Iterable[bytes | str]) -> list[str]:
    """Return the canaries that turn up in any of some blobs, however they are quoted."""
    texts = [blob.encode() if isinstance(blob, str) else blob for blob in blobs]
    return [
        canary
        for canary in CANARIES
        if any(form in text for form in _forms(canary) for text in texts)
    ]


def _forms(canary: str) -> set[bytes]:
    escaped = canary.encode("unicode_escape")
    quoted = canary.replace('"', '\\"')
    return {canary.encode(), escaped, quoted.encode(), repr(canary)[1:-1].encode()}


def texts() -> dict[str, str]:
    """Return what each kind of fact says about a person: all canaries, some twice."""
    kinds = [kind.kind for kind, _ in PERSONAL]
    left = cycle(CANARIES)
    said = {kind: " / ".join(islice(left, 4)) for kind in kinds}
    # Every other one is short, and kept within its row.
    long = cycle(["", FILLER])
    return {kind: f"{text}, {next(long)}" for kind, text in said.items()}


def plant(desk: Desk, customer: str) -> list[Event]:
    """Record every kind of personal text, in three complaints of a customer."""
    said = texts()
    offer = Offer(remedies=[Remedy(kind="coupon", value=money(5, "EUR"))])
    first = Received(customer=customer, channel="email", text=said["Received"])
    walk = [
        Thanked(text=said["Thanked"]),
        Explained(text=said["Explained"]),
        Apologised(text=said["Apologised"]),
        Promised(what="resend it", due=DUE, owner="ana", text=said["Promised"]),
        Asked(text=said["Asked"]),
        Answered(text=said["Answered"]),
        Updated(text=said["Updated"]),
        CustomerWrote(text=said["CustomerWrote"]),
        FinalResponseSent(text=said["FinalResponseSent"]),
        Offered(offer=offer),
        Declined(text=said["Declined"]),
        Gathered(fault=Fault.COMPANY, finding=said["Gathered"]),
        Fixed(text=said["Fixed"]),
        Verified(satisfied=True, text=said["Verified"]),
        PREVENTION,
        Reopened(reason=said["Reopened"]),
    ]
    desk.receive(first, by="form", id=f"{customer}-1", key=f"{customer}-1")
    for number, event in enumerate(walk):
        desk.record(f"{customer}-1", event, by="bo", key=f"{customer}-1-{number}")
    withdrawn = Withdrawn(reason=said["Withdrawn"])
    desk.receive(first, withdrawn, by="form", id=f"{customer}-2")
    return [first, *walk, withdrawn]
