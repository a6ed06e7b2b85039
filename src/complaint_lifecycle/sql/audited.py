"""The part of an SQL journal that proves that nothing was changed."""

from datetime import datetime

from complaint_lifecycle.sql.checkpoints import Checkpoint, Checkpoints, Signer
from complaint_lifecycle.sql.verifying import CheckSignature, Verification, verify


class Audited:
    """What a journal does for auditors."""

    __slots__ = ()
    _checkpoints: Checkpoints

    def checkpoint(
        self, at: datetime, *, signer: Signer | None = None
    ) -> Checkpoint | None:
        """Make a checkpoint of what came since the last one.

        Args:
            at: When that is.

            signer: Signs it, such as an Ed25519 private key of ``cryptography``.

        Returns:
            The checkpoint, for an auditor to keep; ``None`` if nothing came.
        """
        return self._checkpoints.make(at, signer)

    def last_checkpoint(self) -> Checkpoint | None:
        """Return the newest checkpoint, if there is one."""
        return self._checkpoints.last()

    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """Return every checkpoint, the oldest first."""
        return self._checkpoints.all()

    def verify(
        self,
        *,
        against: Checkpoint | None = None,
        check_signature: CheckSignature | None = None,
    ) -> Verification:
        """Read all entries and compare them with their digests and the checkpoints.

        Entries at the end that no checkpoint covers yet can be cut off unnoticed.

        Args:
            against: A checkpoint that was kept elsewhere: whoever can change the
                database can take out those in it.

            check_signature: Checks the signatures of checkpoints, such as
                ``public_key.verify``.

        Returns:
            What was found, the first of each complaint.
        """
        return verify(self._checkpoints, against, check_signature)
