"""Calls that may be repeated: an idempotency key and what was passed with it."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256

from attrs import frozen

from complaint_lifecycle.checks import KEY_LIMIT, reference
from complaint_lifecycle.clock import in_utc
from complaint_lifecycle.codec import Codec, Json, canonical
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.events import Event
from complaint_lifecycle.journal import FORGOTTEN_DIGEST, SHA256_DIGITS, Receipt


@frozen
class Request:
    """A call that may be repeated.

    Attributes:
        key: The idempotency key that the host gave.

        digest: SHA-256 of what was passed, and of all of it but what is personal.

        by: Who made it.
    """

    key: str
    digest: str
    by: str

    def is_answered_by(self, receipt: Receipt) -> bool:
        """Tell whether a receipt is of this very call, as far as that is still known.

        Of a complaint that was forgotten, what was personal is not compared any more.
        """
        kept = receipt.digest.removeprefix(FORGOTTEN_DIGEST)
        if kept != receipt.digest:
            return kept in ("", self.digest[SHA256_DIGITS:])
        # Receipts were once of the whole alone.
        return kept in (self.digest, self.digest[:SHA256_DIGITS])

    def receipt_for(self, complaint: Complaint) -> Receipt:
        """Return the receipt of this call, answered with a complaint."""
        return Receipt(self.key, self.digest, complaint.id, complaint.version)


@cache
def codec_of(events: tuple[type[Event], ...]) -> Codec:
    """Return a codec for some kinds of facts, the same one to every desk."""
    return Codec(events)


def request_of(
    codec: Codec,
    key: str | None,
    call: str,
    complaint_id: str | None,
    events: Sequence[Event],
    *,
    at: datetime | None,
    by: str,
) -> Request | None:
    """Digest what the caller passed, and nothing that the desk stamps.

    Returns:
        The request, or ``None`` if there is no key.
    """
    if key is None:
        return None
    reference(key, "key", limit=KEY_LIMIT)
    said = [codec.encode(event) for event in events]
    body: Json = {
        "call": call,
        "complaint_id": complaint_id,
        "events": [[e.kind, e.schema, e.public, e.personal] for e in said],
        "at": None if at is None else in_utc(at, "at").isoformat(),
        "by": by,
    }
    public = body | {"events": [[e.kind, e.schema, e.public] for e in said]}
    return Request(key, _digest(body) + _digest(public), by)


def _digest(body: Json) -> str:
    return sha256(canonical(body).encode()).hexdigest()
