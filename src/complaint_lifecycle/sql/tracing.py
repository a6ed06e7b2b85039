"""Tracing what was done to the entries of one complaint."""

from collections.abc import Sequence
from typing import NamedTuple

from complaint_lifecycle.sql.rows import Row
from complaint_lifecycle.sql.sealing import Seal


class Stored(NamedTuple):
    """An entry as it is stored, with its digest.

    Attributes:
        position: Its position in the journal.

        row: From the tenant to the key of its personal part, as digests are made of it.

        digest: Its digest; ``None`` if it is from before there were any.
    """

    position: int
    row: Row
    digest: str | None

    @classmethod
    def of(cls, tenant: str, row: Row) -> "Stored":
        """Read a stored row."""
        position, *middle, digest = row
        return cls(position, (tenant, *middle), digest)

    @property
    def complaint_id(self) -> str:
        """The complaint that it belongs to."""
        return str(self.row[1])

    @property
    def version(self) -> int:
        """Its place in that complaint."""
        return int(self.row[2])

    @property
    def is_forgotten(self) -> bool:
        """Whether it had a personal part once."""
        return self.row[9] is None and self.row[10] is not None

    def is_sound(self, seal: Seal, previous: str | None) -> bool:
        """Tell whether it is what was written.

        Args:
            seal: Makes digests.

            previous: The digest of the entry before it; ``None`` if that has none.
        """
        personal, personal_digest = self.row[9:11]
        if self.digest is None:
            # Only the first entries of a complaint can be from before there were any.
            return previous is None or self.version == 1
        if personal is not None and seal.of_text(personal) != personal_digest:
            return False
        return self.digest == seal.of_entry(previous or "", self.row)

    def numbered(self, version: int) -> "Stored":
        """Return it as another version."""
        return self._replace(row=(*self.row[:2], version, *self.row[3:]))


def first_problem(entries: Sequence[Stored], seal: Seal) -> tuple[str, int] | None:
    """Say what was done to the entries of a complaint first, and to which version.

    Args:
        entries: All that there are, by version.

        seal: Makes digests.

    Returns:
        ``None`` if nothing is wrong with them.
    """
    previous: str | None = ""
    for place, entry in enumerate(entries):
        version, before = place + 1, entries[:place]
        if entry.version != version:
            return "removed", version
        if before and entry.position < before[-1].position:
            return "reordered", version
        if not entry.is_sound(seal, previous):
            return _what(entries, place, previous, seal), version
        previous = entry.digest
    return None


def _what(
    entries: Sequence[Stored], place: int, previous: str | None, seal: Seal
) -> str:
    """Tell what happened at the first place where the chain is broken."""
    entry, later = entries[place], [e for e in entries[place + 1 :] if e.digest]
    # Whoever would follow here by itself was moved, or somebody was put before it.
    for each in later:
        if each.numbered(entry.version).is_sound(seal, previous):
            follows = entry.numbered(entry.version + 1).is_sound(seal, each.digest)
            return "reordered" if follows or each is not later[0] else "inserted"
    if later and later[0].numbered(later[0].version + 1).is_sound(seal, entry.digest):
        return "removed"
    return "changed"
