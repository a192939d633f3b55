"""Operations that run too long, or whose client has left, are stopped, and with them their statements in PostgreSQL.

A timer for every request would cost more than checking its token does; one look at all of them, a few times a second, costs
next to nothing, and only what is still under way then is watched more closely.
"""

import asyncio
from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Self

from starlette.types import Receive

from hub.errors import HubError
from infra.edge.requests import Gone

LOOK_SECONDS = 0.25


class Overruns:
    """The operations under way in one process, none longer than `seconds`."""

    def __init__(self, seconds: float, look: float = LOOK_SECONDS, clock: Callable[[], float] = monotonic):
        self.seconds, self.clock = seconds, clock
        self.under_way: set[UnderWay] = set()
        self._every, self._looking = look, False

    def limit(self, receive: Receive | None = None) -> "UnderWay":
        """What an operation runs inside; `receive` tells that its client has left, once its body is read.

        Raises HubError TIMED_OUT for an operation that was stopped, and Gone for one that nobody waits for.
        """
        return UnderWay(self, receive)

    def watch(self) -> None:
        """Look again in a moment, for as long as anything is under way."""
        if not self._looking:
            self._looking = True
            asyncio.get_running_loop().call_later(self._every, self._look)

    def _look(self) -> None:
        self._looking = False
        now = self.clock()
        for each in tuple(self.under_way):
            if now - each.began >= self.seconds:
                each.stop(HubError("TIMED_OUT"))
            else:
                each.listen()
        if self.under_way:
            self.watch()


class UnderWay:
    """One operation: a context around it, in the task that runs it."""

    __slots__ = ("_leaving", "_of", "_receive", "_task", "_why", "began")

    def __init__(self, of: Overruns, receive: Receive | None):
        self._of, self._receive = of, receive
        self._leaving: asyncio.Task[None] | None = None
        self._why: Exception | None = None

    def __enter__(self) -> Self:
        self._task = asyncio.current_task()
        self.began = self._of.clock()
        self._of.under_way.add(self)
        self._of.watch()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._of.under_way.discard(self)
        if self._leaving is not None:
            self._leaving.cancel()
        if self._why is not None:
            assert self._task is not None
            self._task.uncancel()
            if kind is not None:
                raise self._why from error

    def stop(self, why: Exception) -> None:
        """Cancel the operation, which then ends with this exception."""
        if self._why is None and self._task is not None and self in self._of.under_way:
            self._why = why
            self._task.cancel()

    def listen(self) -> None:
        """Hear when the client leaves."""
        if self._leaving is None and self._receive is not None:
            self._leaving = asyncio.ensure_future(self._left(self._receive))

    async def _left(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.stop(Gone())
