"""The keys under which personal parts are encrypted, one for each customer."""

import hmac
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from attrs import Factory, field, frozen

from complaint_lifecycle.errors import InvalidEventError, UnreadableError

if TYPE_CHECKING:
    from complaint_lifecycle.sql.ciphers import Cipher

Chance = Callable[[int], bytes]
"""Makes so many bytes that nobody can guess, such as ``os.urandom``."""

KEY_BYTES = 32
_NONCE_BYTES = 12
_NAME_BYTES = 8


class KeyName(NamedTuple):
    """Which key it is, and whose.

    Attributes:
        tenant: The tenant.

        key_id: Which key: text that is used for no other.

        customer: Whose personal text it encrypts.
    """

    tenant: str
    key_id: str
    customer: str


class Keys(Protocol):
    """Makes, brings and destroys the keys of customers.

    The journal notes for each key a text that brings it back: the key itself, wrapped
    by a master key, as :class:`MasterKeys` and the key service of a cloud do it; or
    only where it is, in a store of its own, with backups of its own. Forgetting removes
    that text.
    """

    def chance(self, size: int) -> bytes:
        """Make so many bytes that nobody can guess, for ids and nonces.

        Args:
            size: How many.
        """
        ...

    def new(self, name: KeyName) -> tuple[bytes, str]:
        """Make a key.

        Args:
            name: What it will be called.

        Returns:
            The key, of 32 bytes, and the text that brings it back.
        """
        ...

    def key(self, name: KeyName, stored: str) -> bytes | None:
        """Bring a key back.

        Args:
            name: Which.

            stored: The text that :meth:`new` returned with it.

        Returns:
            The key; ``None`` if it was destroyed.
        """
        ...

    def renewed(self, name: KeyName, stored: str) -> str | None:
        """Wrap a key anew, under the master key of today.

        Args:
            name: Which.

            stored: The text that brings it back so far.

        Returns:
            The text that does so from now on; ``None`` to leave it.
        """
        ...

    def destroy(self, name: KeyName) -> None:
        """Destroy whatever of a key is kept outside of the journal.

        The journal has forgotten its text by then. It may ask more than once.

        Args:
            name: Which.
        """
        ...


def _master(value: Any) -> bytes:
    if not isinstance(value, bytes) or len(value) != KEY_BYTES:
        withheld = "a key that is none"
        rule = f"must be {KEY_BYTES} bytes, as secrets.token_bytes({KEY_BYTES}) makes"
        raise InvalidEventError("master_key", withheld, rule)
    return value


def _masters(values: Iterable[bytes]) -> tuple[bytes, ...]:
    return tuple(map(_master, values))


def _wrappers(keys: "MasterKeys") -> "dict[str, Cipher]":
    from complaint_lifecycle.sql.ciphers import Cipher

    return {_fingerprint(k): Cipher(k) for k in (*keys.former, keys.current)}


@frozen
class MasterKeys:
    """Keys in the journal's own table, wrapped by a master key from outside of it.

    Whoever has the database alone reads no personal text. To change the master key,
    give the new one with the old one as a former, and call ``journal.rewrap()``.

    Attributes:
        current: The master key: 32 bytes, kept neither in the database nor with its
            backups.

        former: Master keys of before, for keys that they still wrap.

        chance: Makes keys, ids and nonces.

    Raises:
        InvalidEventError: If a master key is not 32 bytes.
        MissingExtraError: If the extra ``crypto`` is not installed.

    >>> import secrets
    >>> MasterKeys(secrets.token_bytes(32))
    MasterKeys()
    """

    current: bytes = field(converter=_master, repr=False)
    former: tuple[bytes, ...] = field(default=(), converter=_masters, repr=False)
    chance: Chance = field(default=os.urandom, repr=False, kw_only=True)
    _wrappers: "dict[str, Cipher]" = field(
        init=False,
        repr=False,
        eq=False,
        default=Factory(_wrappers, takes_self=True),
    )

    def new(self, name: KeyName) -> tuple[bytes, str]:
        """Make a key."""
        key = self.chance(KEY_BYTES)
        return key, self._wrapped(name, key)

    def key(self, name: KeyName, stored: str) -> bytes:
        """Unwrap a key.

        Raises:
            UnreadableError: If its master key is missing, or it was changed or moved.
        """
        from complaint_lifecycle.sql.ciphers import NotOpenedError

        master, _, wrapped = stored.partition(".")
        wrapper = self._wrappers.get(master)
        if wrapper is None:
            problem = (
                f"its key {name.key_id} is wrapped by the master key {master[:16]!r}, "
                "which was not given: give it to MasterKeys as a former one"
            )
            raise UnreadableError(problem)
        try:
            return wrapper.opened(wrapped, _bound(name))
        except NotOpenedError as error:
            problem = f"its key {name.key_id} was changed, or is another customer's"
            raise UnreadableError(problem) from error

    def renewed(self, name: KeyName, stored: str) -> str | None:
        """Wrap a key under the current master key, if it is not."""
        if stored.startswith(f"{_fingerprint(self.current)}."):
            return None
        return self._wrapped(name, self.key(name, stored))

    def destroy(self, name: KeyName) -> None:
        """Do nothing: there is no copy outside of the journal."""

    def _wrapped(self, name: KeyName, key: bytes) -> str:
        master = _fingerprint(self.current)
        nonce = self.chance(_NONCE_BYTES)
        wrapped = self._wrappers[master].closed(key, _bound(name), nonce=nonce)
        return f"{master}.{wrapped}"


def _fingerprint(master: bytes) -> str:
    """Name a master key without telling anything of it."""
    return hmac.digest(master, b"complaint_lifecycle", "sha256")[:_NAME_BYTES].hex()


def _bound(name: KeyName) -> str:
    return "\0".join(("key", *name))
