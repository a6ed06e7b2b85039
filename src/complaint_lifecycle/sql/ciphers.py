"""AES-256-GCM, through cryptography."""

from binascii import Error, a2b_base64, b2a_base64

from complaint_lifecycle.errors import MissingExtraError

try:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
except ModuleNotFoundError as error:
    extra = "crypto"
    raise MissingExtraError(extra) from error

NONCE_BYTES = 12


class NotOpenedError(Exception):
    """What was encrypted was changed, or is not where it belongs."""


class Cipher:
    """Encrypts text under one key, bound to where it belongs.

    Args:
        key: 32 bytes.

    >>> cipher = Cipher(bytes(32))
    >>> stored = cipher.closed(b"It arrived soaked.", "c-1", nonce=bytes(12))
    >>> cipher.opened(stored, "c-1")
    b'It arrived soaked.'
    """

    def __init__(self, key: bytes) -> None:
        self._aes = AESGCM(key)

    def closed(self, message: bytes, bound: str, *, nonce: bytes) -> str:
        """Encrypt a message.

        Args:
            message: The message.

            bound: Where it belongs; it opens nowhere else.

            nonce: Twelve bytes that this key has never been used with.

        Returns:
            Nonce and encrypted message as base 64.
        """
        sealed = nonce + self._aes.encrypt(nonce, message, bound.encode())
        return _written(sealed)

    def opened(self, stored: str, bound: str) -> bytes:
        """Decrypt a message.

        Args:
            stored: What :meth:`closed` returned.

            bound: Where it was found.

        Raises:
            NotOpenedError: If it was changed, or belongs somewhere else.
        """
        try:
            sealed = a2b_base64(stored, strict_mode=True)
            nonce, message = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
            opened = self._aes.decrypt(nonce, message, bound.encode())
        except (InvalidTag, Error, ValueError) as error:
            raise NotOpenedError from error
        # The last character has bits to spare, which the tag does not cover.
        if _written(sealed) != stored:
            raise NotOpenedError
        return opened


def _written(sealed: bytes) -> str:
    return b2a_base64(sealed, newline=False).decode()
