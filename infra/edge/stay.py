"""How long a stream may go on: until its token ends, its client is shut out or the hub stops."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from auth.tokens import Admitted
from hub.errors import HubError, Problem
from hub.store.lost import away
from infra.edge.graph import Admission
from infra.edge.refusals import trouble

RECHECK_SECONDS = 2.0


class Drain:
    """The open streams of a process, and the word to close them all."""

    def __init__(self) -> None:
        self._over, self._empty = asyncio.Event(), asyncio.Event()
        self._empty.set()
        self._open = 0

    @property
    def begun(self) -> bool:
        """Whether the hub is stopping."""
        return self._over.is_set()

    def begin(self) -> None:
        """Tell every stream to end."""
        self._over.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for the word, at most so long; true when it came."""
        return await _within(self._over, seconds)

    def enter(self) -> None:
        """Another stream opens."""
        self._open += 1
        self._empty.clear()

    def leave(self) -> None:
        """A stream has closed."""
        self._open -= 1
        if not self._open:
            self._empty.set()

    async def emptied(self, seconds: float) -> bool:
        """Wait until every stream has closed, at most so long; true when they have."""
        return await _within(self._empty, seconds)


async def _within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


class Stay:
    """The stay of one admitted stream."""

    def __init__(
        self,
        admission: Admission,
        drain: Drain,
        clock: Callable[[], float] = time.time,
        recheck: float = RECHECK_SECONDS,
    ):
        self._admission, self._drain, self._clock, self._recheck = admission, drain, clock, recheck

    async def over(self, admitted: Admitted) -> Problem:
        """Wait until the stream must end, and say why."""
        while True:
            left = admitted.expires_at - self._clock()
            if await self._drain.wait(max(0.05, min(self._recheck, left))):
                return trouble("HUB_STOPPING")
            try:
                await self._admission.still(admitted)
            except HubError as refused:
                return refused.problem
            except Exception as error:
                if not away(error):
                    raise
                return trouble("HUB_UNAVAILABLE")


async def first(*work: Coroutine[Any, Any, Problem | None]) -> Problem | None:
    """Run these together until the first ends, stop the others, and give what the first gave."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(task for task in tasks if task in done).result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
