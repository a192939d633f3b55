"""Subscribers of one party who ask the same share one read of each event (DESIGN §6)."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

from hub.store.recorder import Subjects

Read = tuple[bytes, Subjects]


class UnderWay:
    """A read under way, and how many wait for it."""

    __slots__ = ("read", "waiting")

    def __init__(self, read: asyncio.Future[Read]):
        self.read, self.waiting = read, 0


class SharedReads:
    """The reads under way, by what is asked: whoever asks the same meanwhile is answered by the same read."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, UnderWay] = {}

    async def of(self, key: Hashable, read: Callable[[], Awaitable[Read]]) -> Read:
        """The answer of one read for all who ask under an equal key; it goes on until the last of them has left."""
        shared = self._under_way.get(key)
        if shared is None:
            shared = self._under_way[key] = UnderWay(asyncio.ensure_future(read()))
            shared.read.add_done_callback(_taken)
        shared.waiting += 1
        try:
            return await asyncio.shield(shared.read)
        finally:
            shared.waiting -= 1
            if shared.read.done() or not shared.waiting:
                self._leave(key, shared)

    def _leave(self, key: Hashable, shared: UnderWay) -> None:
        """Lets nobody join this read any more; one that nobody waits for is stopped, and its statement with it."""
        if self._under_way.get(key) is shared:
            del self._under_way[key]
        shared.read.cancel()


def _taken(done: asyncio.Future[Any]) -> None:
    """Where everybody has left, nobody else takes the exception."""
    if not done.cancelled():
        done.exception()
