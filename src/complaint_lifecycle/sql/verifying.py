"""Whether a journal still holds what was written, and if not, since where."""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from attrs import define, field, frozen

from complaint_lifecycle.errors import TamperedError
from complaint_lifecycle.sql.checkpoints import (
    Checkpoint,
    Checkpoints,
    Head,
    merkle_root,
)
from complaint_lifecycle.sql.rows import PAGE
from complaint_lifecycle.sql.tracing import Stored, first_problem

CheckSignature = Callable[[bytes, bytes], object]
"""Raises if a signature is not that of some bytes: ``verify`` of a public key."""


class Tampering(StrEnum):
    """What was done to a journal."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    CUT_OFF = "cut off"
    CHECKPOINT = "checkpoint changed"


@frozen
class Finding:
    """Where a journal does not hold any more what was written.

    Attributes:
        what: What was done.

        complaint_id: To which complaint; ``None`` for a checkpoint.

        version: From which of its entries on, or the number of the checkpoint.
    """

    what: Tampering
    complaint_id: str | None
    version: int

    def __str__(self) -> str:
        if self.complaint_id is None:
            return f"checkpoint {self.version} is not the one that was made"
        return f"complaint {self.complaint_id!r} version {self.version}: {self.what}"


@frozen
class Verification:
    """What came of verifying a journal.

    Attributes:
        entries: How many entries were looked at.

        complaints: How many complaints they belong to.

        unsealed: How many of them are from before there were digests, and prove nothing.

        forgotten: How many have a personal part that was forgotten.

        checkpoints: How many checkpoints were compared.

        findings: What is wrong, the first of each complaint, in the order of the
            journal; what its checkpoints miss comes last.
    """

    entries: int
    complaints: int
    unsealed: int
    forgotten: int
    checkpoints: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def check(self) -> None:
        """Do nothing if all is well.

        Raises:
            TamperedError: If something was found; it names the first.
        """
        if self.findings:
            raise TamperedError(str(self.findings[0]), len(self.findings))


class _End(NamedTuple):
    """Where the entries of a complaint end, as far as they were read."""

    version: int
    digest: str | None


@define
class Verifier:
    """Reads a whole journal and compares.

    Attributes:
        checkpoints: Reads checkpoints, and makes digests.

        against: A checkpoint that an auditor kept.

        check_signature: Checks the signatures of checkpoints; by default they are not.
    """

    checkpoints: Checkpoints
    against: Checkpoint | None
    check_signature: CheckSignature | None
    _ends: dict[str, _End] = field(factory=dict, init=False)
    _suspects: dict[str, None] = field(factory=dict, init=False)
    _count: int = field(default=0, init=False)
    _unsealed: int = field(default=0, init=False)
    _forgotten: int = field(default=0, init=False)

    def verify(self) -> Verification:
        """Read every entry and every checkpoint."""
        made = self.checkpoints.all()
        heads: dict[str, list[Head]] = {}
        broken = list(self._broken(made, heads))
        wanted = {(h.complaint_id, h.version): h for hs in heads.values() for h in hs}
        matched = self._read_entries(wanted)
        traced = map(self._traced, self._suspects)
        findings = [finding for finding in traced if finding is not None]
        missed = self._missed(heads, matched)
        return Verification(
            entries=self._count,
            complaints=len(self._ends),
            unsealed=self._unsealed,
            forgotten=self._forgotten,
            checkpoints=len(made),
            findings=(*findings, *missed, *broken),
        )

    def _read_entries(self, wanted: dict[tuple[str, int], Head]) -> set[Head]:
        """Follow the chain of each complaint; return the heads that were met."""
        matched: set[Head] = set()
        for stored in self._stored():
            self._count += 1
            name, version = stored.complaint_id, stored.version
            end = self._ends.get(name, _End(0, ""))
            self._ends[name] = _End(version, stored.digest)
            self._unsealed += stored.digest is None
            self._forgotten += stored.is_forgotten
            follows = version == end.version + 1
            if not follows or not stored.is_sound(self.checkpoints.seal, end.digest):
                self._suspects.setdefault(name)
            head = wanted.get((name, version))
            if head is not None and head.digest == stored.digest:
                matched.add(head)
        return matched

    def _stored(self) -> Iterator[Stored]:
        c, position = self.checkpoints, 0
        while rows := c.connection.all(c.sql.read_sealed, (c.tenant, position, PAGE)):
            position = rows[-1][0]
            yield from (Stored.of(c.tenant, row) for row in rows)

    def _traced(self, name: str) -> Finding | None:
        c = self.checkpoints
        rows = c.connection.all(c.sql.read_sealed_of, (c.tenant, name))
        stored = [Stored.of(c.tenant, row) for row in rows]
        # What was still being written when it was read may be whole by now.
        problem = first_problem(stored, c.seal)
        if problem is None:
            return None
        what, version = problem
        return Finding(Tampering(what), name, version)

    def _broken(
        self, made: Sequence[Checkpoint], heads: dict[str, list[Head]]
    ) -> Iterator[Finding]:
        """Compare checkpoints with each other, and collect the heads they cover."""
        previous = ""
        for number, checkpoint in enumerate(made, start=1):
            covered = self.checkpoints.heads(checkpoint.number)
            digest = self.checkpoints.digest_of(checkpoint, previous)
            sound = (
                checkpoint.number == number
                and checkpoint.digest == digest
                and checkpoint.root == merkle_root(covered)
                and self._is_signed(checkpoint)
            )
            if not sound:
                yield Finding(Tampering.CHECKPOINT, None, number)
            for head in covered:
                heads.setdefault(head.complaint_id, []).append(head)
            previous = checkpoint.digest
        kept = self.against
        if kept is not None and kept not in made:
            yield Finding(Tampering.CHECKPOINT, None, kept.number)

    def _is_signed(self, checkpoint: Checkpoint) -> bool:
        if self.check_signature is None:
            return True
        try:
            digest = bytes.fromhex(checkpoint.digest)
            self.check_signature(checkpoint.signature or b"", digest)
        except Exception:  # noqa: BLE001 - whatever a package raises, it is not signed
            return False
        return True

    def _missed(
        self, heads: dict[str, list[Head]], matched: set[Head]
    ) -> Iterator[Finding]:
        """Tell which heads are not there any more, by the first of each complaint."""
        for name, covered in heads.items():
            if name in self._suspects:
                continue
            known = 0
            for head in covered:
                if head in matched:
                    known = head.version
                    continue
                end = self._ends.get(name, _End(0, "")).version
                if end < head.version:
                    yield Finding(Tampering.CUT_OFF, name, end + 1)
                else:
                    # All digests were made anew, from somewhere after the last match.
                    yield Finding(Tampering.CHANGED, name, known + 1)
                break


def verify(
    checkpoints: Checkpoints,
    against: Checkpoint | None,
    check_signature: CheckSignature | None,
) -> Verification:
    """Verify a journal."""
    return Verifier(checkpoints, against, check_signature).verify()
