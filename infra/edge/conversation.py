"""One conversation in graphql-transport-ws: who speaks, which operations run, and how it ends."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import Receive, Send

from auth.tokens import Admitted
from hub.errors import HubError, Problem
from infra.edge.desk import Desk
from infra.edge.following import unless_slow
from infra.edge.notes import Note
from infra.edge.operations import Operation
from infra.edge.refusals import errors_of, later
from infra.edge.requests import Headers, request_of

MAX_ID = 128
AGAIN = {"SOCKETS_TOO_MANY": 1013, "THROTTLED": 1013}


@dataclass(eq=False)
class Closed(Exception):
    """The end of a conversation: the close code, the reason in words and, where there is one, the hub's code."""

    code: int
    reason: str
    problem: str | None = None


def over(problem: Problem) -> Closed:
    """How a conversation closes when its stay is over: 1001 and 1013 invite the client back, 4403 to come with a new token."""
    code = {"HUB_STOPPING": 1001, "STREAM_SLOW": 1013, "HUB_UNAVAILABLE": 1013, **AGAIN}.get(problem.code, 4403)
    return Closed(code, f"{problem.code}: {problem.message}", problem.code)


def _member(payload: dict[str, Any], named: str) -> str | None:
    """A member of connection_init by its name in any case, for it stands there as a header would."""
    found = next((value for name, value in payload.items() if name.lower() == named), None)
    if found is not None and not isinstance(found, str):
        raise Closed(4400, "Invalid payload")
    return found


class Conversation:
    """Reads what one client says and answers; raises nothing."""

    def __init__(self, desk: Desk, headers: Headers, receive: Receive, send: Send, note: Note):
        self._desk, self._headers, self._receive, self._send_message, self.note = desk, headers, receive, send, note
        self._began = False
        self._holding = ExitStack()
        self._ready: asyncio.Future[Admitted] = asyncio.get_running_loop().create_future()
        self._slow: asyncio.Future[Closed | None] = asyncio.get_running_loop().create_future()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._takes: dict[Any, Callable[[dict[str, Any]], Coroutine[Any, Any, None]]] = {
            "connection_init": self._init,
            "ping": self._ping,
            "pong": self._pong,
            "subscribe": self._subscribe,
            "complete": self._complete,
        }

    async def held(self) -> Closed | None:
        """Hold the conversation to its end; nothing when the client left first."""
        reading, watching = asyncio.ensure_future(self._read()), asyncio.ensure_future(self._watch())
        work: list[asyncio.Future[Closed | None]] = [reading, watching, self._slow]
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            return next(one for one in work if one in done).result()
        finally:
            left: list[asyncio.Future[Any]] = [*work, self._ready, *self._running.values()]
            self._holding.close()
            for one in left:
                one.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def say(self, text: str) -> None:
        """Send one message; raises STREAM_SLOW, and ends the conversation, when the reader stands still."""
        try:
            sending = self._send_message({"type": "websocket.send", "text": text})
            await unless_slow(sending, self._desk.patience.stall)
        except HubError as slow:
            if not self._slow.done():
                self._slow.set_result(over(slow.problem))
            raise

    async def _watch(self) -> Closed | None:
        try:
            async with asyncio.timeout(self._desk.patience.init):
                admitted = await asyncio.shield(self._ready)
        except TimeoutError:
            return Closed(4408, "Connection initialisation timeout")
        self._desk.drain.enter()
        try:
            return over(await self._desk.stay.over(admitted))
        finally:
            self._desk.drain.leave()

    async def _read(self) -> Closed | None:
        while (message := await self._receive())["type"] != "websocket.disconnect":
            try:
                await self._take(message.get("text"))
            except Closed as closed:
                return closed
            except HubError as refused:
                return over(refused.problem)
            except ConnectionError:
                return None
        return None

    async def _take(self, text: str | None) -> None:
        try:
            message = orjson.loads(text or "")
            take = self._takes[message["type"]]
        except (orjson.JSONDecodeError, LookupError, TypeError):
            raise Closed(4400, "Invalid message") from None
        if not isinstance(message.get("payload") or {}, dict):
            raise Closed(4400, "Invalid payload")
        await take(message)

    async def _init(self, message: dict[str, Any]) -> None:
        if self._began:
            raise Closed(4429, "Too many initialisation requests")
        self._began = True
        payload = message.get("payload") or {}
        header, proof = (_member(payload, name) for name in ("authorization", "dpop"))
        try:
            header = header if header is not None else self._headers.authorization()
            proof = proof if proof is not None else self._headers.proof()
            # A socket is opened by GET, and the proof shows that its client holds the key for as long as it stays.
            admitted = await self._desk.admission.admit(header, proof, "GET")
        except HubError as refused:
            raise Closed(4403, refused.problem.code, refused.problem.code) from None
        self.note.seen(admitted.viewer)
        self._holding.enter_context(self._desk.sockets.by(admitted.viewer.client))
        self._ready.set_result(admitted)
        await self.say('{"type":"connection_ack"}')

    async def _ping(self, message: dict[str, Any]) -> None:
        payload = message.get("payload")
        if self.note.client is not None:
            self._desk.throttle.asked(self.note.client)
        await self.say(orjson.dumps({"type": "pong", **({"payload": payload} if payload else {})}).decode())

    async def _pong(self, message: dict[str, Any]) -> None:
        """A client may speak up unasked."""

    async def _subscribe(self, message: dict[str, Any]) -> None:
        if not self._ready.done():
            raise Closed(4401, "Unauthorized")
        name = message.get("id")
        if not isinstance(name, str) or not 0 < len(name) <= MAX_ID:
            raise Closed(4400, "Invalid id")
        if name in self._running:
            raise Closed(4409, f"Subscriber for {name[:60]} already exists")
        try:
            request = request_of(message.get("payload"))
        except HubError as refused:
            raise Closed(4400, refused.problem.message) from None
        try:
            self._admit_another()
        except HubError as refused:
            errors = errors_of(refused.problem, **later(refused))
            await self.say(orjson.dumps({"id": name, "type": "error", "payload": errors}).decode())
            return
        admitted = self._ready.result()
        operation = Operation(self._desk, name, request, admitted.viewer, self.say, self.note.trace)
        task = self._running[name] = asyncio.ensure_future(operation.run(lambda: self._running.pop(name, None)))
        # What is raised once the client has left is nobody's concern, and must not be reported as never fetched.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _admit_another(self) -> None:
        """Raises OPERATIONS_TOO_MANY or THROTTLED where this client may not ask one thing more."""
        if len(self._running) >= self._desk.operations:
            raise HubError("OPERATIONS_TOO_MANY")
        if self.note.client is not None:
            self._desk.throttle.asked(self.note.client)

    async def _complete(self, message: dict[str, Any]) -> None:
        name = message.get("id")
        if not isinstance(name, str):
            raise Closed(4400, "Invalid id")
        task = self._running.pop(name, None)
        if task is not None:
            task.cancel()
