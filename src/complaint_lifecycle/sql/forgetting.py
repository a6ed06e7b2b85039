"""Forgetting: personal text goes, and everything else stays as it was."""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from time import monotonic, sleep
from typing import Any

from complaint_lifecycle.codec import canonical_list
from complaint_lifecycle.errors import JournalError, UnknownComplaintError
from complaint_lifecycle.events import FORGOTTEN
from complaint_lifecycle.journal import FORGOTTEN_DIGEST, SHA256_DIGITS, Forgetting
from complaint_lifecycle.sql.connections import Connection
from complaint_lifecycle.sql.dialects import SQLITE, Tables
from complaint_lifecycle.sql.keys import KeyName
from complaint_lifecycle.sql.rows import Row, instant_of, microseconds
from complaint_lifecycle.sql.vaults import Vault

_BEGUN = """
    SELECT complaint_id, coalesce(customer, '') FROM {entry}
    WHERE tenant = ? AND complaint_id {among} AND version = 1
"""
_OF_CUSTOMER = """
    SELECT complaint_id FROM {entry}
    WHERE tenant = ? AND customer = ? ORDER BY position
"""
# Whoever encrypts under one of these keys is done before, or makes a new one after.
_HOLD_KEYS = """
    SELECT key_id FROM {key}
    WHERE tenant = ? AND customer {among} AND wrapped IS NOT NULL
    ORDER BY key_id{exclusive}
"""
_READABLE = """
    SELECT complaint_id, version FROM {entry}
    WHERE tenant = ? AND complaint_id {among} AND personal IS NOT NULL
    ORDER BY complaint_id, version{exclusive}
"""
_FORGET = """
    UPDATE {entry} SET personal = NULL
    WHERE tenant = ? AND complaint_id = ? AND version = ?
"""
_FORGET_RECEIPTS = f"""
    UPDATE {{receipt}}
    SET digest = '{FORGOTTEN_DIGEST}' || substr(digest, {SHA256_DIGITS + 1})
    WHERE tenant = ? AND complaint_id {{among}}
        AND substr(digest, 1, {len(FORGOTTEN_DIGEST)}) <> '{FORGOTTEN_DIGEST}'
"""  # noqa: S608
# What failed may have said why in the words of the customer.
_FORGET_ERRORS = tuple(
    f"UPDATE {{{table}}} SET error = '{FORGOTTEN}' "  # noqa: S608
    "WHERE tenant = ? AND complaint_id {among} AND error IS NOT NULL"
    for table in ("due", "parked")
)
_NOTE = """
    INSERT INTO {forgetting} (tenant, complaint_id, version, entries, at_us, by_whom)
    VALUES (?, ?, ?, ?, ?, ?)
"""
# Only a key that is held; and it stays as long as any text under it does.
_DESTROY = """
    UPDATE {key} SET wrapped = NULL
    WHERE tenant = ? AND key_id {among} AND NOT EXISTS (
        SELECT 1 FROM {entry} AS began JOIN {entry} AS each
            ON each.tenant = began.tenant AND each.complaint_id = began.complaint_id
        WHERE began.tenant = {key}.tenant AND began.customer = {key}.customer
            AND each.key_id = {key}.key_id AND each.personal IS NOT NULL
    )
"""
_DESTROYED = """
    SELECT key_id, customer FROM {key}
    WHERE tenant = ? AND customer {among} AND wrapped IS NULL ORDER BY key_id
"""
_FORGOTTEN = """
    SELECT complaint_id, version, entries, at_us, by_whom FROM {forgetting}
    WHERE tenant = ? ORDER BY at_us, complaint_id, version
"""
# The write-ahead log still holds pages as they were.
_EMPTY_LOG = "PRAGMA wal_checkpoint(TRUNCATE)"
_STILL_THERE = (
    "it is gone from the tables, but the write-ahead log beside the file still holds "
    "it, since somebody keeps reading: call this again when that has ended"
)
_PATIENCE = 5.0
_TRY_AGAIN = 0.01


class Forgetter:
    """Forgets what is personal in the tables of a journal.

    Args:
        connection: The database.

        tenant: Whose complaints they are.

        tables: The tables.

        vault: Is told which keys are destroyed.
    """

    def __init__(
        self, connection: Connection, tenant: str, tables: Tables, vault: Vault
    ) -> None:
        self._connection, self._tenant, self._vault = connection, tenant, vault
        self._keeps_log = tables.dialect is SQLITE
        self._begun = tables.rendered(_BEGUN)
        self._of_customer = tables.rendered(_OF_CUSTOMER)
        self._hold_keys = tables.rendered(_HOLD_KEYS)
        self._readable = tables.rendered(_READABLE)
        self._forget = tables.rendered(_FORGET)
        self._forget_beside = [
            tables.rendered(s) for s in (_FORGET_RECEIPTS, *_FORGET_ERRORS)
        ]
        self._note = tables.rendered(_NOTE)
        self._destroy = tables.rendered(_DESTROY)
        self._destroyed = tables.rendered(_DESTROYED)
        self._forgotten = tables.rendered(_FORGOTTEN)

    def forget(
        self,
        complaints: Collection[str],
        *,
        customer: str | None,
        at: datetime,
        by: str,
    ) -> int:
        """Forget in one transaction, and then clean up what it leaves behind."""
        with self._connection.transaction():
            owners = self._owners(complaints)
            customers = {name for name in (*owners.values(), customer) if name}
            held = [key_id for (key_id,) in self._all(self._hold_keys, customers)]
            names = {*owners, *self._complaints_of(customer)}
            count = self._null(names, at, by)
            self._connection.execute(self._destroy, self._asked(held))
        if not self._connection.in_unit:
            self._clean_up(customers)
        return count

    def forgotten(self) -> tuple[Forgetting, ...]:
        """Return what was forgotten, the oldest first."""
        rows = self._connection.all(self._forgotten, (self._tenant,))
        return tuple(
            Forgetting(name, version, entries, instant_of(at), by)
            for name, version, entries, at, by in rows
        )

    def rewrap(self) -> int:
        """Wrap every key anew; return how many."""
        count = self._vault.rewrap(self._tenant)
        self._empty_log()
        return count

    def _asked(self, names: Iterable[str]) -> tuple[str, str]:
        return self._tenant, canonical_list(sorted(names))

    def _all(self, statement: str, names: Iterable[str]) -> list[Any]:
        return self._connection.all(statement, self._asked(names))

    def _owners(self, complaints: Collection[str]) -> dict[str, str]:
        """Return some complaints, each with its customer; empty if it has none."""
        owners = dict(self._all(self._begun, complaints)) if complaints else {}
        for name in complaints:
            if name not in owners:
                raise UnknownComplaintError(name)
        return owners

    def _complaints_of(self, customer: str | None) -> list[str]:
        # Not before their keys are held: until then others may begin more.
        rows = self._connection.all(self._of_customer, (self._tenant, customer))
        return [name for (name,) in rows]

    def _null(self, names: Collection[str], at: datetime, by: str) -> int:
        found = self._all(self._readable, names)
        if found:
            rows = [(self._tenant, *place) for place in found]
            self._connection.executemany(self._forget, rows)
            self._connection.executemany(self._note, self._notes(found, at, by))
        for statement in self._forget_beside:
            self._connection.execute(statement, self._asked(names))
        return len(found)

    def _notes(self, found: list[tuple[str, int]], at: datetime, by: str) -> list[Row]:
        notes: list[Row] = []
        for name, places in groupby(found, key=itemgetter(0)):
            versions = [version for _, version in places]
            note = (name, versions[-1], len(versions), microseconds(at), by)
            notes.append((self._tenant, *note))
        return notes

    def _clean_up(self, customers: Collection[str]) -> None:
        destroyed = self._all(self._destroyed, customers)
        self._vault.drop(KeyName(self._tenant, *row) for row in destroyed)
        self._empty_log()

    def _empty_log(self) -> None:
        if not self._keeps_log:
            return
        give_up = monotonic() + _PATIENCE
        # SQLite waits for those who read, but not for others that are emptying it.
        while self._connection.all(_EMPTY_LOG)[0][0]:
            if monotonic() > give_up:
                raise JournalError(_STILL_THERE)
            sleep(_TRY_AGAIN)
