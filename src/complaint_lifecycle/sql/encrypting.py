"""A vault that encrypts, under a key for each customer."""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import Generic, TypeVar

from attrs import define, field, frozen

from complaint_lifecycle.codec import FORGOTTEN_PART
from complaint_lifecycle.errors import UnreadableError
from complaint_lifecycle.sql.ciphers import NONCE_BYTES, Cipher, NotOpenedError
from complaint_lifecycle.sql.connections import Connection
from complaint_lifecycle.sql.dialects import Tables
from complaint_lifecycle.sql.keys import KeyName, Keys
from complaint_lifecycle.sql.sealing import Seal
from complaint_lifecycle.sql.vaults import NOTHING, Kept, Place, PlainVault

_KNOWN = 4096
"""How many keys, and customers of complaints, are remembered; more than a page."""

_ID_BYTES = 12

_LIVE_OF_COMPLAINT = """
    SELECT held.key_id, held.customer, held.wrapped FROM {entry} AS began
    JOIN {key} AS held ON held.tenant = began.tenant
        AND held.customer = began.customer AND held.wrapped IS NOT NULL
    WHERE began.tenant = ? AND began.complaint_id = ? AND began.version = 1{shared}
"""
_LIVE_OF_CUSTOMER = """
    SELECT held.key_id, held.customer, held.wrapped FROM {key} AS held
    WHERE held.tenant = ? AND held.customer = ? AND held.wrapped IS NOT NULL{shared}
"""
_CUSTOMER = """
    SELECT customer FROM {entry}
    WHERE tenant = ? AND complaint_id = ? AND version = 1
"""
_KEY = "SELECT customer, wrapped FROM {key} WHERE tenant = ? AND key_id = ?"
# Writes no row if another transaction made one for this customer first.
_MAKE = """
    INSERT INTO {key} (tenant, key_id, customer, wrapped) VALUES (?, ?, ?, ?)
    ON CONFLICT DO NOTHING
"""

_PAGE = """
    SELECT key_id, customer, wrapped FROM {key}
    WHERE tenant = ? AND key_id > ? AND wrapped IS NOT NULL
    ORDER BY key_id LIMIT ?
"""
# Writes no row if it was destroyed, or wrapped anew, meanwhile.
_REWRAP = """
    UPDATE {key} SET wrapped = ? WHERE tenant = ? AND key_id = ? AND wrapped = ?
"""
_AT_A_TIME = 100

V = TypeVar("V")
Live = tuple[str, Cipher]
"""A key that may be used in this transaction: which, and what encrypts with it."""


@define
class Recent(Generic[V]):
    """A bounded number of values, those used last."""

    _values: OrderedDict[str, V] = field(factory=OrderedDict, init=False)
    _lock: Lock = field(factory=Lock, init=False)

    def get(self, name: str) -> V | None:
        """Return a value, if it is remembered."""
        with self._lock:
            if name in self._values:
                self._values.move_to_end(name)
            return self._values.get(name)

    def put(self, name: str, value: V) -> V:
        """Remember a value."""
        with self._lock:
            self._values[name] = value
            self._values.move_to_end(name)
            if len(self._values) > _KNOWN:
                self._values.popitem(last=False)
        return value

    def drop(self, names: Iterable[str]) -> None:
        """Forget some values."""
        with self._lock:
            for name in names:
                self._values.pop(name, None)


class KeyStatements:
    """The statements of the table of keys.

    Args:
        tables: The tables of the journal.
    """

    def __init__(self, tables: Tables) -> None:
        self.live_of_complaint = tables.rendered(_LIVE_OF_COMPLAINT)
        self.live_of_customer = tables.rendered(_LIVE_OF_CUSTOMER)
        self.customer = tables.rendered(_CUSTOMER)
        self.key = tables.rendered(_KEY)
        self.make = tables.rendered(_MAKE)
        self.page = tables.rendered(_PAGE)
        self.rewrap = tables.rendered(_REWRAP)


@frozen(eq=False)
class EncryptingVault:
    """Keeps personal parts encrypted, each bound to its place.

    What was written before there were keys stays as it is, and is read.

    Attributes:
        plain: Reads what is not encrypted.

        connection: The database.

        keys: Makes and brings the keys.

        sql: The statements.
    """

    plain: PlainVault
    connection: Connection
    keys: Keys
    sql: KeyStatements
    _known: Recent[Cipher] = field(factory=Recent, init=False, repr=False)

    @property
    def seal(self) -> Seal:
        """Makes digests."""
        return self.plain.seal

    def begun(self) -> "Encryption":
        """Return what encrypts the parts that one transaction is going to write."""
        return Encryption(self)

    def opened(self, kept: Kept, place: Place) -> str | None:
        """Return a personal part that was stored, or that it was forgotten."""
        text, _, key_id = kept
        if text is None or key_id is None:
            return self.plain.opened(kept, place)
        cipher = self._known.get(key_id) or self._brought(place[0], key_id)
        if cipher is None:
            return FORGOTTEN_PART
        try:
            return cipher.opened(text, _bound(place, key_id)).decode()
        except (NotOpenedError, UnicodeDecodeError) as error:
            problem = (
                "its personal part was changed, or was encrypted for another place: "
                "find out with journal.verify() who moved it"
            )
            raise UnreadableError(problem) from error

    def drop(self, names: Iterable[KeyName]) -> None:
        """Keep keys that were destroyed in memory no longer, and nowhere else."""
        names = tuple(names)
        self._known.drop(name.key_id for name in names)
        for name in names:
            self.keys.destroy(name)

    def rewrap(self, tenant: str) -> int:
        """Wrap the keys of a tenant anew, some at a time; return how many."""
        count, last = 0, ""
        while page := self.connection.all(self.sql.page, (tenant, last, _AT_A_TIME)):
            last = page[-1][0]
            count += self._rewrap(tenant, page)
        return count

    def _rewrap(self, tenant: str, page: list[tuple[str, str, str]]) -> int:
        renewed = [
            (new, tenant, key_id, stored)
            for key_id, customer, stored in page
            if (new := self.keys.renewed(KeyName(tenant, key_id, customer), stored))
        ]
        with self.connection.transaction():
            return sum(self.connection.execute(self.sql.rewrap, r) for r in renewed)

    def cipher(self, name: KeyName, stored: str) -> Cipher | None:
        """Return what encrypts under a key; ``None`` if it is destroyed."""
        known = self._known.get(name.key_id)
        if known is not None:
            return known
        key = self.keys.key(name, stored)
        return None if key is None else self._known.put(name.key_id, Cipher(key))

    def _brought(self, tenant: str, key_id: str) -> Cipher | None:
        rows = self.connection.all(self.sql.key, (tenant, key_id))
        if not rows:
            problem = f"its key {key_id} is not in the journal any more"
            raise UnreadableError(problem)
        customer, stored = rows[0]
        if stored is None:
            return None
        return self.cipher(KeyName(tenant, key_id, customer), stored)


@define
class Encryption:
    """Encrypts what one transaction writes.

    Each key that it uses is held in the table until the transaction ends: whoever
    destroys it comes before, and a new key is made, or after, and forgets this as well.

    Attributes:
        vault: Knows the keys.
    """

    vault: EncryptingVault
    _customers: dict[str, str] = field(factory=dict, init=False)
    _live: dict[str, Live] = field(factory=dict, init=False)

    def kept(self, personal: str | None, place: Place, customer: str | None) -> Kept:
        """Return a personal part as it is to be stored."""
        if place[2] == 1:
            _remember(self._customers, place[1], customer or "")
        if personal is None:
            return NOTHING
        key_id, cipher = self._live.get(place[1]) or self._found(place)
        nonce = self.vault.keys.chance(NONCE_BYTES)
        text = cipher.closed(personal.encode(), _bound(place, key_id), nonce=nonce)
        return Kept(text, self.vault.seal.of_text(text), key_id)

    def _found(self, place: Place) -> Live:
        tenant, name, *_ = place
        ask, sql = self.vault.connection.all, self.vault.sql
        customer = self._customers.get(name)
        if customer is None:
            rows = ask(sql.live_of_complaint, (tenant, name))
            if rows:
                return _remember(self._live, name, self._usable(tenant, rows[0]))
            ((customer,),) = ask(sql.customer, (tenant, name)) or ((None,),)
            customer = customer or ""
        return _remember(self._live, name, self._of_customer(tenant, customer))

    def _of_customer(self, tenant: str, customer: str) -> Live:
        ask, sql = self.vault.connection.all, self.vault.sql
        while not (rows := ask(sql.live_of_customer, (tenant, customer))):
            self._make(tenant, customer)
        return self._usable(tenant, rows[0])

    def _make(self, tenant: str, customer: str) -> None:
        key_id = self.vault.keys.chance(_ID_BYTES).hex()
        _, stored = self.vault.keys.new(KeyName(tenant, key_id, customer))
        row = (tenant, key_id, customer, stored)
        self.vault.connection.execute(self.vault.sql.make, row)

    def _usable(self, tenant: str, row: tuple[str, str, str]) -> Live:
        key_id, customer, stored = row
        cipher = self.vault.cipher(KeyName(tenant, key_id, customer), stored)
        if cipher is None:
            problem = (
                f"the key {key_id} was destroyed in its store and not here: forget "
                "the customer, and the next text gets a new key"
            )
            raise UnreadableError(problem)
        return key_id, cipher


def _remember(known: dict[str, V], name: str, value: V) -> V:
    """Remember a value for this transaction; the oldest gives way."""
    if len(known) >= _KNOWN:
        del known[next(iter(known))]
    known[name] = value
    return value


def _bound(place: Place, key_id: str) -> str:
    # No text of a place holds a NUL, so that no two places give the same.
    tenant, name, version, kind = place
    return f"{tenant}\0{name}\0{version}\0{kind}\0{key_id}"
