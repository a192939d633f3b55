"""Subscribers of one party who ask the same share one read of each event (DESIGN §6)."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Any

from hub.store.recorder import Subjects

Read = tuple[bytes, Subjects]


class SharedReads:
    """The reads under way, by what is asked: whoever asks the same meanwhile is answered by the same read."""

    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Future[Read]] = {}

    async def of(self, key: Hashable, read: Callable[[], Awaitable[Read]]) -> Read:
        """The answer of one read for all who ask under an equal key; it goes on for the others when one of them leaves."""
        running = self._running.get(key)
        if running is None:
            running = self._running[key] = asyncio.ensure_future(read())
            running.add_done_callback(partial(self._over, key))
        return await asyncio.shield(running)

    def _over(self, key: Hashable, done: asyncio.Future[Any]) -> None:
        del self._running[key]
        if not done.cancelled():
            # Where everybody has left, nobody else takes the exception.
            done.exception()
