"""A bounded cache that forgets what was used longest ago."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Cache(Generic[V]):
    """Holds at most `entries` values that together weigh at most `weight`; one thread uses it."""

    def __init__(self, entries: int, weight: int):
        self._entries = entries
        self._limit = weight
        self._weight = 0
        self._held: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Hashable) -> V | None:
        """The value held under a key, which thereby becomes the newest."""
        found = self._held.get(key)
        if found is None:
            return None
        self._held.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, value: V, weight: int) -> None:
        """Hold a value, forgetting the oldest ones as needed; one heavier than the whole cache is not held."""
        if weight > self._limit or key in self._held:
            return
        self._held[key] = (value, weight)
        self._weight += weight
        while len(self._held) > self._entries or self._weight > self._limit:
            self._weight -= self._held.popitem(last=False)[1][1]
