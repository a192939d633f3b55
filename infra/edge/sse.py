"""Event streams, in the distinct-connections mode of GraphQL over SSE: `next` events, then `complete`."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from starlette.types import Receive, Send

from auth.tokens import Admitted
from hub.errors import Problem
from infra.edge.desk import Desk
from infra.edge.following import follow, heard, unless_slow
from infra.edge.graph import Request
from infra.edge.notes import Note
from infra.edge.refusals import body_of
from infra.edge.requests import name_of
from infra.edge.secure import SAFE
from infra.edge.stay import first

log = logging.getLogger("hub.edge")

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    *SAFE,
    # Proxies that buffer would hold events back.
    (b"x-accel-buffering", b"no"),
]
COMPLETE = b"event: complete\ndata: \n\n"
ALIVE = b":\n\n"


def event(body: bytes) -> bytes:
    """One response as an event; lines end in LF alone, which every client splits on."""
    return b"event: next\ndata: " + body.replace(b"\n", b"\ndata: ") + b"\n\n"


class EventStream:
    """Sends answers as events, and ends a stream when its stay is over."""

    def __init__(self, desk: Desk):
        self._desk = desk

    async def once(self, send: Send, body: bytes) -> None:
        """A single answer for a client that wants every answer as a stream."""
        await _begin(send)
        await send({"type": "http.response.body", "body": event(body) + COMPLETE})

    async def play(self, receive: Receive, send: Send, note: Note, request: Request, admitted: Admitted) -> None:
        """Send events until the subscription ends, the client leaves or its stay is over."""
        note.named(name_of(request), trusted=self._desk.graph.trusts(admitted.viewer, request))
        note.stream = "sse"
        self._desk.metrics.opened("sse")
        self._desk.drain.enter()
        try:
            await _begin(send)
            listening = heard(self._desk.graph, admitted.viewer, request, note)
            events = follow(listening, self._say(send), note.trace)
            reason = await first(events, self._alive(send), self._desk.stay.over(admitted), _left(receive))
            if reason is not None:
                note.refused(reason.code)
            await self._end(send, reason)
        finally:
            self._desk.drain.leave()
            self._desk.metrics.closed("sse")

    def _say(self, send: Send) -> Callable[[bytes], Awaitable[None]]:
        async def say(body: bytes) -> None:
            message = {"type": "http.response.body", "body": event(body), "more_body": True}
            await unless_slow(send(message), self._desk.patience.stall)

        return say

    async def _alive(self, send: Send) -> None:
        while True:
            await asyncio.sleep(self._desk.patience.alive)
            await send({"type": "http.response.body", "body": ALIVE, "more_body": True})

    async def _end(self, send: Send, reason: Problem | None) -> None:
        last = (event(body_of(reason)) if reason is not None else b"") + COMPLETE
        try:
            async with asyncio.timeout(self._desk.patience.last_word):
                await send({"type": "http.response.body", "body": last})
        except TimeoutError:
            log.warning("stream.abandoned")


async def _begin(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
