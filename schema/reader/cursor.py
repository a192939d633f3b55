"""Cursors: the sort key of an entry, sealed so that it tells nothing and cannot be made up."""

import orjson

from hub.errors import HubError
from hub.seal import Seal as HubSeal


class Seal:
    """Seals and opens cursors with one key; the same entry of the same list always has the same cursor."""

    def __init__(self, key: bytes):
        self._seal = HubSeal(key, b"cursor")

    def close(self, order: bytes, keys: bytes) -> bytes:
        """The cursor of an entry: its keys as JSON text, bound to the list and its order."""
        return self._seal.close(order, keys or b"[]").encode()

    def open(self, order: bytes, cursor: str, count: int) -> list[str]:
        """The key values in a cursor of this list and order; any other text is CURSOR_INVALID."""
        keys: list[str] = orjson.loads(self._seal.open(order, cursor))
        if len(keys) != count:
            raise HubError("CURSOR_INVALID")
        return keys

    def close_all(self, body: bytes, nonce: str, orders: list[bytes]) -> bytes:
        """Replace every marker `nonce order:hex` that the statement left in a body by the cursor it stands for."""
        first, *marked = body.split(nonce.encode())
        parts = [first]
        for each in marked:
            order, _, rest = each.partition(b":")
            keys, quote, rest = rest.partition(b'"')
            parts += (self.close(orders[int(order)], bytes.fromhex(keys.decode())), quote, rest)
        return b"".join(parts)
