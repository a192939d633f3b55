"""A party's stream, followed beside the story: over WebSocket (graphql-transport-ws) or as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import orjson
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from hub.errors import HubError
from infra.tour.clients import Client

PROGRESS = (
    "subscription Progress($after: String) { progress(after: $after) { cursor event { id type reason apprentice { id } } } }"
)
PATIENCE = 20.0


class Stream:
    """What one party hears; `heard` are the events about one apprentice once its id is known, `start` where it began."""

    def __init__(self, client: Client, transport: str, http: httpx2.AsyncClient, after: str | None = None):
        self.client, self.transport, self.start = client, transport, after or ""
        self._http, self._after = http, after
        self._events: list[dict[str, Any]] = []
        self._grown = asyncio.Event()
        self._task = asyncio.create_task(self._follow())

    async def open(self) -> "Stream":
        """Waits until the stream has told where it stands."""
        if self._after is None:
            await self._until(lambda: bool(self.start))
        return self

    def heard(self, apprentice: str) -> list[dict[str, Any]]:
        """The events about one apprentice so far, in order."""
        return [each for each in self._events if (each["apprentice"] or {}).get("id") == apprentice]

    def types(self, apprentice: str) -> list[str]:
        """What happened to one apprentice so far."""
        return [each["type"] for each in self.heard(apprentice)]

    async def hears(self, apprentice: str, kind: str, times: int = 1) -> dict[str, Any]:
        """Waits for an event of a kind and answers the last; raises HubError TOUR_DIFFERS when it does not come."""
        await self._until(lambda: self.types(apprentice).count(kind) >= times, f"{kind}, and heard {self.types(apprentice)}")
        return [each for each in self.heard(apprentice) if each["type"] == kind][-1]

    async def close(self) -> None:
        """Leaves the stream."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _until(self, done: Any, what: str = "its first message") -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not done():
                    if self._task.done():
                        self._task.result()
                        raise HubError("TOUR_DIFFERS", f"{self.client.name}'s stream ended while it waited for {what}.")
                    self._grown.clear()
                    waiting = asyncio.create_task(self._grown.wait())
                    await asyncio.wait({waiting, self._task}, return_when=asyncio.FIRST_COMPLETED)
                    waiting.cancel()
        except TimeoutError:
            raise HubError("TOUR_DIFFERS", f"{self.client.name}'s stream did not hear {what} in {PATIENCE:.0f} s.") from None

    async def _follow(self) -> None:
        messages = self._socket() if self.transport == "WebSocket" else self._sent_events()
        async for body in messages:
            if "data" not in body:
                raise HubError("TOUR_DIFFERS", f"{self.client.name}'s stream was refused: {body}")
            progress = body["data"]["progress"]
            self.start = self.start or progress["cursor"]
            if progress["event"] is not None:
                self._events.append(progress["event"])
            self._grown.set()

    async def _socket(self) -> AsyncIterator[Any]:
        url = self.client.graphql.replace("http", "ws", 1)
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
            credentials = await self.client.credentials("GET")
            await socket.send(orjson.dumps({"type": "connection_init", "payload": credentials}).decode())
            request = {"query": PROGRESS, "variables": {"after": self._after}}
            try:
                async for text in socket:
                    message = orjson.loads(text)
                    if message["type"] == "connection_ack":
                        subscribe = {"id": "tour", "type": "subscribe", "payload": request}
                        await socket.send(orjson.dumps(subscribe).decode())
                    elif message["type"] == "next":
                        yield message["payload"]
                    elif message["type"] == "error":
                        yield {"errors": message["payload"]}
            except ConnectionClosed as closed:
                raise HubError("TOUR_DIFFERS", f"{self.client.name}'s socket closed: {closed}") from closed

    async def _sent_events(self) -> AsyncIterator[Any]:
        headers = {**await self.client.credentials(), "Accept": "text/event-stream"}
        body = {"query": PROGRESS, "variables": {"after": self._after}}
        async with self._http.stream("POST", self.client.graphql, json=body, headers=headers, timeout=None) as answer:
            kind = ""
            async for line in answer.aiter_lines():
                if line.startswith("event: "):
                    kind = line[7:]
                elif line.startswith("data: ") and kind == "next":
                    yield orjson.loads(line[6:])
