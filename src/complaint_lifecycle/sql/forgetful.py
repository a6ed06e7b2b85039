"""The part of an SQL journal that keeps personal text, and forgets it."""

from collections.abc import Collection
from datetime import datetime

from complaint_lifecycle.clock import in_utc
from complaint_lifecycle.errors import MissingExtraError
from complaint_lifecycle.journal import Forgetting
from complaint_lifecycle.sql.connections import Connection
from complaint_lifecycle.sql.dialects import Tables
from complaint_lifecycle.sql.forgetting import Forgetter
from complaint_lifecycle.sql.keys import Keys
from complaint_lifecycle.sql.sealing import Seal
from complaint_lifecycle.sql.vaults import PlainVault, Vault


class Forgetful:
    """What a journal does about personal text."""

    # Whoever derives from it and from others like it keeps the attribute.
    __slots__ = ()
    _forgetter: Forgetter

    def forget(
        self,
        complaints: Collection[str] = (),
        *,
        customer: str | None = None,
        at: datetime,
        by: str,
    ) -> int:
        """Forget what is personal in some complaints, or in all of a customer's.

        It is gone from the tables and, on SQLite, from the file and its write-ahead
        log. PostgreSQL keeps it in old versions of rows until it vacuums them. A key of
        a customer is destroyed when no text is left under it.

        In a transaction of the host, call it once more after the commit: only then can
        the log be emptied, and a key be destroyed in a store of its own.

        Raises:
            UnknownComplaintError: If there is no such complaint.
            JournalError: If the database fails; or if it is forgotten, and the log
                could not be emptied.
        """
        at = in_utc(at, "at")
        return self._forgetter.forget(complaints, customer=customer, at=at, by=by)

    def forgotten(self) -> tuple[Forgetting, ...]:
        """Return what was forgotten, the oldest first."""
        return self._forgetter.forgotten()

    def rewrap(self) -> int:
        """Wrap every key anew, under the master key of today.

        It may be broken off, and called again, while others read and write.

        Returns:
            How many keys were wrapped under another master key before.

        Raises:
            JournalError: If the journal was opened without keys.
            UnreadableError: If the master key of one was not given.
        """
        return self._forgetter.rewrap()


def vault_of(
    keys: Keys | None, seal: Seal, connection: Connection, tables: Tables
) -> Vault:
    """Return what keeps the personal parts of a journal.

    Args:
        keys: The keys to encrypt them with, or ``None``.

        seal: Makes their digests.

        connection: The database.

        tables: The tables.

    Raises:
        MissingExtraError: If there are keys, and the extra ``crypto`` is not installed.
    """
    if keys is None:
        return PlainVault(seal)
    try:
        from complaint_lifecycle.sql.encrypting import EncryptingVault, KeyStatements
    except MissingExtraError:
        connection.close()
        raise
    return EncryptingVault(PlainVault(seal), connection, keys, KeyStatements(tables))
