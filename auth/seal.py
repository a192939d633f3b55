"""Sealing of private signing keys at rest: AES-256-GCM under a key derived from HUB_SECRET."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.errors import HubError

NONCE_BYTES = 12


def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=b"epa-hub signing keys").derive(secret))


def sealed(secret: bytes, kid: str, plain: bytes) -> bytes:
    """Nonce and ciphertext; they open only under the same secret and the same key id."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + _cipher(secret).encrypt(nonce, plain, kid.encode())


def opened(secret: bytes, kid: str, box: bytes) -> bytes:
    """The plain bytes; raises SIGNING_KEY_SEALED when the secret or the key id is another."""
    try:
        return _cipher(secret).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], kid.encode())
    except (InvalidTag, ValueError) as error:
        raise HubError("SIGNING_KEY_SEALED") from error
