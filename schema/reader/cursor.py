"""Cursors: the sort key of an entry, sealed so that it tells nothing and cannot be made up."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from hashlib import sha512

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from hub.errors import HubError

TEXT = re.compile(r"[A-Za-z0-9_-]{22,2000}")


class Seal:
    """Seals and opens cursors with one key; the same entry of the same list always has the same cursor."""

    def __init__(self, key: bytes):
        self._cipher = AESSIV(sha512(b"cursor:" + key).digest())

    def close(self, order: bytes, keys: bytes) -> bytes:
        """The cursor of an entry: its keys as JSON text, bound to the list and its order."""
        return urlsafe_b64encode(self._cipher.encrypt(keys or b"[]", [order])).rstrip(b"=")

    def open(self, order: bytes, cursor: str, count: int) -> list[str]:
        """The key values in a cursor of this list and order; any other text is CURSOR_INVALID."""
        if not TEXT.fullmatch(cursor):
            raise HubError("CURSOR_INVALID")
        try:
            sealed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            keys: list[str] = orjson.loads(self._cipher.decrypt(sealed, [order]))
        except (InvalidTag, NotBase64, ValueError) as refused:
            raise HubError("CURSOR_INVALID") from refused
        if len(keys) != count or urlsafe_b64encode(sealed).rstrip(b"=") != cursor.encode():
            raise HubError("CURSOR_INVALID")
        return keys

    def close_all(self, body: bytes, nonce: str, orders: list[bytes]) -> bytes:
        """Replace every marker `nonce order:hex` that the statement left in a body by the cursor it stands for."""

        def close(found: re.Match[bytes]) -> bytes:
            return self.close(orders[int(found[1])], bytes.fromhex(found[2].decode()))

        return re.sub(nonce.encode() + rb"(\d+):([0-9a-f]*)", close, body)
