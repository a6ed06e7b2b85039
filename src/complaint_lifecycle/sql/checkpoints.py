"""Checkpoints: what a journal held at one moment, in one line for an auditor to keep."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, Protocol

from attrs import evolve, field, frozen

from complaint_lifecycle.clock import in_utc
from complaint_lifecycle.errors import UnreadableError
from complaint_lifecycle.sql.connections import Connection, TakenError
from complaint_lifecycle.sql.rows import PAGE, instant_of, microseconds
from complaint_lifecycle.sql.sealing import Seal
from complaint_lifecycle.sql.statements import Statements


class Signer(Protocol):
    """Signs, such as an Ed25519 private key of the package ``cryptography``."""

    def sign(self, data: bytes, /) -> bytes:
        """Return the signature of some bytes."""
        ...


class Head(NamedTuple):
    """The last entry of a complaint, at a checkpoint.

    Attributes:
        complaint_id: The complaint.

        version: Its version then.

        digest: The digest of that entry, which covers all before it.
    """

    complaint_id: str
    version: int
    digest: str


@frozen(kw_only=True)
class Checkpoint:
    """What a journal held at one moment.

    It covers the heads of the complaints that went on since the one before, and that
    one, and so all entries up to its position.

    Attributes:
        number: Its place in the journal, from 1.

        at: When it was made.

        position: The last position that it covers.

        heads: How many complaints went on since the checkpoint before.

        root: The root of the Merkle tree over their heads.

        digest: Covers all of this and the digest of the checkpoint before, keyed by the
            secret of the journal.

        signature: The signature of that digest, or ``None``.
    """

    number: int
    at: datetime = field(converter=in_utc)
    position: int
    heads: int
    root: str
    digest: str
    signature: bytes | None = None

    def to_text(self) -> str:
        """Write it as one line, for an auditor to keep outside of the database."""
        signature = self.signature
        return json.dumps(
            {
                "number": self.number,
                "at": self.at.isoformat(),
                "position": self.position,
                "heads": self.heads,
                "root": self.root,
                "digest": self.digest,
                "signature": None
                if signature is None
                else b64encode(signature).decode(),
            }
        )

    @classmethod
    def from_text(cls, text: str) -> "Checkpoint":
        """Read what :meth:`to_text` wrote.

        Raises:
            UnreadableError: If it is no such line.
        """
        try:
            found = json.loads(text)
            signature = found.pop("signature")
            return cls(
                **found | {"at": datetime.fromisoformat(found["at"])},
                signature=None if signature is None else b64decode(signature),
            )
        except (
            AttributeError,
            KeyError,
            RecursionError,
            TypeError,
            ValueError,
        ) as error:
            problem = "this is no checkpoint: give one line that to_text() wrote"
            raise UnreadableError(problem) from error


def merkle_root(heads: Iterable[Head]) -> str:
    """Return the root of the tree over heads, as of RFC 6962, in hexadecimal digits.

    >>> merkle_root([]) == sha256().hexdigest()
    True
    """
    level = [
        sha256(b"\0" + f"{h.complaint_id}\0{h.version}\0{h.digest}".encode()).digest()
        for h in heads
    ]
    if not level:
        return sha256().hexdigest()
    while len(level) > 1:
        # Who is left over at the end of a level goes up as it is.
        paired = [
            sha256(b"\1" + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        level = paired + level[len(paired) * 2 :]
    return level[0].hex()


@frozen(eq=False)
class Checkpoints:
    """Makes the checkpoints of a journal, and reads them.

    Attributes:
        connection: The database.

        tenant: Whose complaints they cover.

        sql: The statements.

        seal: Makes digests.
    """

    connection: Connection
    tenant: str
    sql: Statements
    seal: Seal

    def all(self) -> tuple[Checkpoint, ...]:
        """Return every checkpoint, the oldest first."""
        rows = self.connection.all(self.sql.read_checkpoints, (self.tenant,))
        return tuple(map(_read, rows))

    def last(self) -> Checkpoint | None:
        """Return the newest checkpoint, if there is one."""
        rows = self.connection.all(self.sql.read_last_checkpoint, (self.tenant,))
        return _read(rows[0]) if rows else None

    def heads(self, number: int) -> list[Head]:
        """Return the heads that a checkpoint covers."""
        rows = self.connection.all(self.sql.read_heads, (self.tenant, number))
        return [Head(*row) for row in rows]

    def make(self, at: datetime, signer: Signer | None) -> Checkpoint | None:
        """Make a checkpoint of what came since the last one; ``None`` if nothing did."""
        last = self.last()
        position, heads = self._since(0 if last is None else last.position)
        if not heads:
            return None
        made = Checkpoint(
            number=1 if last is None else last.number + 1,
            at=at,
            position=position,
            heads=len(heads),
            root=merkle_root(heads),
            digest="",
        )
        digest = self.digest_of(made, "" if last is None else last.digest)
        signature = None if signer is None else signer.sign(bytes.fromhex(digest))
        made = evolve(made, digest=digest, signature=signature)
        return made if self._write(made, heads) else self.last()

    def digest_of(self, checkpoint: Checkpoint, previous: str) -> str:
        """Return the digest that a checkpoint has to have.

        Args:
            checkpoint: The checkpoint.

            previous: The digest of the one before it; empty for the first.
        """
        c = checkpoint
        return self.seal.of_text(
            f"checkpoint\0{previous}\0{self.tenant}\0{c.number}\0{microseconds(c.at)}"
            f"\0{c.position}\0{c.heads}\0{c.root}"
        )

    def _since(self, position: int) -> tuple[int, list[Head]]:
        found: dict[str, Head] = {}
        asked = self.sql.read_ends
        while rows := self.connection.all(asked, (self.tenant, position, PAGE)):
            found.update((row[0], Head(*row[:3])) for row in rows)
            position = rows[-1][3]
        return position, [found[name] for name in sorted(found)]

    def _write(self, made: Checkpoint, heads: list[Head]) -> bool:
        """Write it down; whoever comes second leaves it at that of the first."""
        signature = None if made.signature is None else made.signature.hex()
        row = (
            self.tenant,
            made.number,
            microseconds(made.at),
            made.position,
            made.heads,
            made.root,
            made.digest,
            signature,
        )
        try:
            with self.connection.transaction():
                self.connection.executemany(self.sql.write_checkpoint, [row])
                rows = [(self.tenant, made.number, *head) for head in heads]
                self.connection.executemany(self.sql.write_head, rows)
        except TakenError:
            return False
        return True


def _read(row: tuple[int, int, int, int, str, str, str | None]) -> Checkpoint:
    number, at, position, heads, root, digest, signature = row
    return Checkpoint(
        number=number,
        at=instant_of(at),
        position=position,
        heads=heads,
        root=root,
        digest=digest,
        signature=None if signature is None else bytes.fromhex(signature),
    )
