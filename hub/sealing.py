"""Seals values before they reach the database: AES-256-GCM under a data key, bound to the place where the value stands.

A box is one byte that names its make, the eight bytes of its key's id, a nonce and the ciphertext: whoever holds a box
can tell which key opens it, and nothing else.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import HubError

MAKE = b"\x01"
KEY_BYTES, ID_BYTES, NONCE_BYTES = 32, 8, 12
HEAD = len(MAKE) + ID_BYTES


@dataclass(frozen=True, slots=True)
class DataKey:
    """A key that seals values; its id follows from it, so that a damaged key is never taken for the one it was."""

    id: bytes
    secret: bytes = field(repr=False)
    cipher: AESGCM = field(repr=False, compare=False)

    @classmethod
    def of(cls, secret: bytes) -> "DataKey":
        """The key of 32 secret bytes; raises HubError SEALING_KEY_INVALID for any other number."""
        if len(secret) != KEY_BYTES:
            raise HubError("SEALING_KEY_INVALID")
        return cls(sha256(b"epa-hub sealing key:" + secret).digest()[:ID_BYTES], secret, AESGCM(secret))

    @classmethod
    def new(cls) -> "DataKey":
        """A key that nobody has had."""
        return cls.of(token_bytes(KEY_BYTES))


def place(table: str, column: str, row: str) -> bytes:
    """What a box is bound to: moved to another row, column or table it does not open."""
    return "\0".join((table, column, row)).encode()


def seal(key: DataKey, plaintext: bytes, aad: bytes) -> bytes:
    """The box of a value, good only together with what it is bound to; the same value never has the same box twice."""
    nonce = token_bytes(NONCE_BYTES)
    head = MAKE + key.id
    return head + nonce + key.cipher.encrypt(nonce, plaintext, head + aad)


def key_id(box: bytes) -> bytes:
    """The id of the key that opens a box; raises HubError SEALED_VALUE_ALTERED for what is no box."""
    if box[: len(MAKE)] != MAKE or len(box) <= HEAD + NONCE_BYTES:
        raise HubError("SEALED_VALUE_ALTERED")
    return box[len(MAKE) : HEAD]


def open_(key: DataKey, box: bytes, aad: bytes) -> bytes:
    """The value in a box; raises HubError SEALED_VALUE_ALTERED when box, place or key are not those of its making."""
    key_id(box)
    nonce, sealed = box[HEAD : HEAD + NONCE_BYTES], box[HEAD + NONCE_BYTES :]
    try:
        return key.cipher.decrypt(nonce, sealed, box[:HEAD] + aad)
    except InvalidTag as refused:
        raise HubError("SEALED_VALUE_ALTERED") from refused
