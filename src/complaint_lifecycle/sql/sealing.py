"""Digests: each entry is bound to all that came before it in its complaint."""

import hmac
from hashlib import sha256
from typing import Any

from attrs import field, frozen

from complaint_lifecycle.errors import InvalidEventError

SHORTEST_SECRET = 16


def _secret(given: object) -> bytes:
    secret = given.encode() if isinstance(given, str) else given
    if secret in (None, b""):
        return b""
    if not isinstance(secret, bytes) or len(secret) < SHORTEST_SECRET:
        rule = f"must be bytes or text, at least {SHORTEST_SECRET} bytes long"
        raise InvalidEventError("secret", "a secret that is none", rule)
    return secret


@frozen
class Seal:
    """Makes digests, keyed by a secret if there is one.

    Attributes:
        secret: What only those know who may write. Without one, whoever may change the
            database may also make all digests anew.

    >>> seal = Seal("kept outside of the database")
    >>> seal.of_text("It arrived soaked.") == Seal().of_text("It arrived soaked.")
    False
    """

    secret: bytes = field(default=b"", converter=_secret, repr=False)

    def of_text(self, text: str) -> str:
        """Return the digest of a text, as 64 hexadecimal digits."""
        message = text.encode()
        if self.secret:
            return hmac.digest(self.secret, message, "sha256").hex()
        return sha256(message).hexdigest()

    def of_entry(self, previous: str, row: tuple[Any, ...]) -> str:
        """Return the digest of an entry.

        The personal part is in it by its own digest only, so that it can be forgotten.

        Args:
            previous: The digest of the entry before it in its complaint; empty for the
                first.

            row: The entry, from the tenant to the key of its personal part.
        """
        # No text of an entry holds a NUL, so that no two rows give the same message.
        (tenant, name, version, at, by, recorded, kind, schema, public) = row[:9]
        _, personal_digest, customer, key_id = row[9:]
        return self.of_text(
            f"{previous}\0{tenant}\0{name}\0{version}\0{at}\0{by}\0{recorded}\0{kind}"
            f"\0{schema}\0{public}\0{personal_digest}\0{customer}\0{key_id}"
        )
