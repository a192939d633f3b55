"""A hub that seals nothing, to see that what is looked for would be found."""

from collections.abc import Iterator

import pytest

from hub.sealing import DataKey
from hub.store import sealed
from schema.reader import opening


@pytest.fixture
def unsealed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A hub that writes what it should seal as it is."""

    def plainly(key: DataKey, plaintext: bytes, aad: bytes) -> bytes:
        return b"\x01" + key.id + b"\0" * 12 + plaintext

    def back(key: DataKey, box: bytes, aad: bytes) -> bytes:
        return box[21:]

    monkeypatch.setattr(sealed, "seal", plainly)
    for module in (sealed, opening):
        monkeypatch.setattr(module, "open_", back)
    yield
