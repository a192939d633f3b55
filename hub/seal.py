"""Seals short values for cursors: the same value has the same text, and nobody without the key can read or make one."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from hashlib import sha512

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from hub.errors import HubError

TEXT = re.compile(r"[A-Za-z0-9_-]{22,2000}")


class Seal:
    """AES-SIV under a key derived from the hub's own; `purpose` keeps the texts of one use out of every other."""

    def __init__(self, key: bytes, purpose: bytes):
        self._cipher = AESSIV(sha512(purpose + b":" + key).digest())

    def close(self, bound: bytes, plain: bytes) -> str:
        """The sealed text of a value that is not empty, good only together with what it is bound to."""
        return urlsafe_b64encode(self._cipher.encrypt(plain, [bound])).rstrip(b"=").decode()

    def open(self, bound: bytes, text: str) -> bytes:
        """The value in a sealed text; any text that `close` did not make for `bound` is CURSOR_INVALID."""
        if not TEXT.fullmatch(text):
            raise HubError("CURSOR_INVALID")
        try:
            sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            plain: bytes = self._cipher.decrypt(sealed, [bound])
        except (InvalidTag, NotBase64, ValueError) as refused:
            raise HubError("CURSOR_INVALID") from refused
        # Base64 leaves spare bits in its last letter: only the one spelling that `close` writes is taken.
        if urlsafe_b64encode(sealed).rstrip(b"=").decode() != text:
            raise HubError("CURSOR_INVALID")
        return plain
