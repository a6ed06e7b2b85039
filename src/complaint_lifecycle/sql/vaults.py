"""Where the personal part of an entry is kept, and how it reads once it is forgotten."""

from typing import NamedTuple, Protocol

from attrs import frozen

from complaint_lifecycle.codec import FORGOTTEN_PART
from complaint_lifecycle.sql.sealing import Seal

Place = tuple[str, str, int, str]
"""Where a personal part belongs: tenant, complaint, version and kind of the fact."""


class Kept(NamedTuple):
    """A personal part as it is stored.

    Attributes:
        text: The part, perhaps encrypted; ``None`` if there is none, or none any more.

        digest: The digest of that text, which stays when the text is forgotten.

        key_id: Which key encrypted it, or ``None``.
    """

    text: str | None
    digest: str | None
    key_id: str | None


class Vault(Protocol):
    """Keeps personal parts."""

    def kept(self, personal: str | None, place: Place) -> Kept:
        """Return a personal part as it is to be stored."""
        ...

    def opened(self, kept: Kept, place: Place) -> str | None:
        """Return a personal part that was stored, or that it was forgotten."""
        ...


@frozen
class PlainVault:
    """Keeps personal parts as they are.

    Attributes:
        seal: Makes their digests.
    """

    seal: Seal

    def kept(self, personal: str | None, place: Place) -> Kept:
        """Return a personal part as it is to be stored."""
        if personal is None:
            return _NOTHING
        return Kept(personal, self.seal.of_text(personal), None)

    def opened(self, kept: Kept, place: Place) -> str | None:
        """Return a personal part that was stored, or that it was forgotten."""
        if kept.text is None and kept.digest is not None:
            return FORGOTTEN_PART
        return kept.text


_NOTHING = Kept(None, None, None)
