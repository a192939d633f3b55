"""The graph over WebSocket, as graphql-transport-ws and nothing older."""

import asyncio
import contextlib
import logging

from starlette.types import Receive, Scope, Send

from hub.pace import TooFast
from infra.edge.conversation import Closed, Conversation
from infra.edge.desk import Desk
from infra.edge.notes import note_of
from infra.edge.refusals import body_of, headers_of, later
from infra.edge.requests import Headers
from infra.edge.secure import SAFE

log = logging.getLogger("hub.edge")
PROTOCOL = "graphql-transport-ws"
MAX_REASON = 120


class GraphOverSocket:
    """The ASGI application at /graphql for WebSocket."""

    def __init__(self, desk: Desk):
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold one conversation and close it with the code that says how it ended."""
        if (await receive())["type"] != "websocket.connect":
            return
        headers = Headers(scope["headers"])
        origin = headers.text(b"origin")
        if origin is not None and origin not in self._desk.origins:
            # Before the socket is accepted, this is HTTP 403.
            await send({"type": "websocket.close", "code": 4403})
            return
        try:
            self._desk.throttle.arrived(scope)
        except TooFast as refused:
            await self._turn_away(scope, send, refused)
            return
        spoken = PROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL if spoken else None})
        closed = await self._hold(scope, headers, receive, send) if spoken else Closed(4406, "Subprotocol not acceptable")
        if closed is not None:
            await self._close(send, closed)

    async def _hold(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> Closed | None:
        note = note_of(scope)
        note.stream = "socket"
        self._desk.metrics.opened("socket")
        try:
            closed = await Conversation(self._desk, headers, receive, send, note).held()
        finally:
            self._desk.metrics.closed("socket")
        note.status = closed.code if closed is not None else 1000
        if closed is not None and closed.problem is not None:
            note.refused(closed.problem)
            self._desk.throttle.refused(scope, closed.problem)
        return closed

    async def _turn_away(self, scope: Scope, send: Send, refused: TooFast) -> None:
        note = note_of(scope)
        note.status = 429
        note.refused(refused.problem.code)
        headers = [(b"content-type", b"application/json"), *SAFE, *headers_of(refused.problem.code, refused.seconds)]
        await send({"type": "websocket.http.response.start", "status": 429, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": body_of(refused.problem, **later(refused))})

    async def _close(self, send: Send, closed: Closed) -> None:
        # A reader that stands still, or has left, must not keep us.
        try:
            async with asyncio.timeout(self._desk.patience.last_word):
                with contextlib.suppress(ConnectionError, RuntimeError):
                    await send({"type": "websocket.close", "code": closed.code, "reason": closed.reason[:MAX_REASON]})
        except OSError:
            log.warning("stream.abandoned")
