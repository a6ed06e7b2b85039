"""Where the personal part of an entry is kept, and how it reads once it is forgotten."""

import os
from collections.abc import Iterable
from typing import NamedTuple, Protocol, Self

from attrs import field, frozen

from complaint_lifecycle.codec import FORGOTTEN_PART
from complaint_lifecycle.errors import JournalError, UnreadableError
from complaint_lifecycle.sql.keys import Chance, KeyName
from complaint_lifecycle.sql.sealing import Seal

Place = tuple[str, str, int, str]
"""Where a personal part belongs: tenant, complaint, version and kind of the fact."""

_SALT_BYTES = 16


class Kept(NamedTuple):
    """A personal part as it is stored.

    Attributes:
        text: The part, salted or encrypted; ``None`` if there is none, or none any
            more.

        digest: The digest of that text, which stays when the text is forgotten.

        key_id: Which key encrypted it, or ``None``.
    """

    text: str | None
    digest: str | None
    key_id: str | None


class Keeper(Protocol):
    """Keeps the personal parts that one transaction writes."""

    def kept(self, personal: str | None, place: Place, customer: str | None) -> Kept:
        """Return a personal part as it is to be stored.

        Args:
            personal: The part; ``None`` if there is none.

            place: Where it belongs.

            customer: Whose complaint this entry starts, if it starts one.
        """
        ...


class Vault(Protocol):
    """Keeps personal parts."""

    def begun(self) -> Keeper:
        """Return what keeps the parts that one transaction is going to write."""
        ...

    def opened(self, kept: Kept, place: Place) -> str | None:
        """Return a personal part that was stored, or that it was forgotten.

        Raises:
            UnreadableError: If it cannot be opened, or not at this place.
        """
        ...

    def drop(self, names: Iterable[KeyName]) -> None:
        """Keep keys that were destroyed nowhere any longer.

        Args:
            names: Which.
        """
        ...

    def rewrap(self, tenant: str) -> int:
        """Wrap the keys of a tenant anew; return how many.

        Raises:
            JournalError: If there are no keys here.
        """
        ...


@frozen
class PlainVault:
    """Keeps personal parts readable, each behind a salt.

    The salt goes when the part is forgotten. So the digest that stays tells nothing:
    from a digest of short text alone, the text could be guessed.

    Attributes:
        seal: Makes their digests.

        chance: Makes salts.
    """

    seal: Seal
    chance: Chance = field(default=os.urandom, repr=False)

    def begun(self) -> Self:
        """Return itself: each part stands for itself."""
        return self

    def kept(self, personal: str | None, place: Place, customer: str | None) -> Kept:
        """Return a personal part as it is to be stored."""
        if personal is None:
            return NOTHING
        text = self.chance(_SALT_BYTES).hex() + personal
        return Kept(text, self.seal.of_text(text), None)

    def opened(self, kept: Kept, place: Place) -> str | None:
        """Return a personal part that was stored, or that it was forgotten."""
        text, digest, key_id = kept
        if text is None:
            return None if digest is None else FORGOTTEN_PART
        if key_id is not None:
            problem = "its personal part is encrypted: open the journal with keys="
            raise UnreadableError(problem)
        # Journals of an older schema have no salt.
        return text if text[:1] == "{" else text[2 * _SALT_BYTES :]

    def drop(self, names: Iterable[KeyName]) -> None:
        """Do nothing: no key is known here."""

    def rewrap(self, tenant: str) -> int:
        """Refuse: no key is known here."""
        problem = "there is nothing to wrap anew: open the journal with keys="
        raise JournalError(problem)


NOTHING = Kept(None, None, None)
"""No personal part."""
