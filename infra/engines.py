"""What the settings and the secret make: the seal, the public URL, and what does the acts of parties and operators."""

import hashlib
import hmac

from hub.acts.engine import Engine
from hub.acts.operating import Operator
from hub.settings import Settings
from hub.store.plans import load_library
from infra.clock import calendar
from infra.sealing.ring import ring_of
from infra.storage import Storage


def seal_of(secret: bytes) -> bytes:
    """The key that seals cursors and keys fingerprints: derived, so that it is not the one of the roles' passwords."""
    return hmac.new(secret, b"seal", hashlib.sha256).digest()


def issuer_of(settings: Settings) -> str:
    """The public URL of this hub."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return settings.issuer or f"http://{host}:{settings.port}"


def engine_of(settings: Settings, storage: Storage) -> Engine:
    """What does the acts of one process."""
    keys = ring_of(settings, own=storage.own is not None)
    return Engine(storage.database, load_library(), seal_of(storage.secret), calendar(settings.today), keys)


def operator_of(settings: Settings, storage: Storage) -> Operator:
    """What does the operator's acts."""
    return Operator(storage.database, load_library(), seal_of(storage.secret), calendar(settings.today))
