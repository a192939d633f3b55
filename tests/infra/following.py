"""Subscriptions as a party's client holds them, over a socket or as a stream of events; every payload is kept as it came."""

import asyncio
import re
from collections.abc import AsyncIterator

import httpx2
import orjson
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from infra.tour.clients import Client

TRANSPORTS = ("SSE", "WebSocket")
PATIENCE = 60
FRAME = re.compile(r'\{"id":"(\d+)","type":"(next|error|complete)"(?:,"payload":(.*))?\}')


class Followers:
    """One connection of a client that follows the same some times."""

    def __init__(self, client: Client, transport: str, document: str, http: httpx2.AsyncClient, count: int = 1):
        self.payloads: list[list[str]] = [[] for _ in range(count)]
        self._client, self._document, self._http = client, document, http
        self._task = asyncio.create_task(self._keep(self._socket() if transport == "WebSocket" else self._sent_events()))

    async def heard(self, count: int) -> None:
        """Waits for so many payloads each."""
        async with asyncio.timeout(PATIENCE):
            while any(len(each) < count for each in self.payloads):
                assert not self._task.done(), self.payloads
                await asyncio.sleep(0.05)

    async def over(self) -> None:
        """Waits until the other side has ended every one."""
        async with asyncio.timeout(PATIENCE):
            await self._task

    async def close(self) -> None:
        """Leaves."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _keep(self, payloads: AsyncIterator[tuple[int, str]]) -> None:
        async for number, payload in payloads:
            self.payloads[number].append(payload)

    async def _sent_events(self) -> AsyncIterator[tuple[int, str]]:
        headers = {**await self._client.credentials(), "Accept": "text/event-stream"}
        body = {"query": self._document}
        async with self._http.stream("POST", self._client.graphql, json=body, headers=headers, timeout=None) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data: {"):
                    yield 0, line.removeprefix("data: ")

    async def _socket(self) -> AsyncIterator[tuple[int, str]]:
        url = self._client.graphql.replace("http", "ws", 1)
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
            credentials = await self._client.credentials("GET")
            await socket.send(orjson.dumps({"type": "connection_init", "payload": credentials}).decode())
            assert orjson.loads(await socket.recv())["type"] == "connection_ack"
            for number in range(len(self.payloads)):
                asked = {"id": str(number), "type": "subscribe", "payload": {"query": self._document}}
                await socket.send(orjson.dumps(asked).decode())
            left = len(self.payloads)
            while left:
                found = FRAME.fullmatch(str(await socket.recv()))
                assert found
                if found[2] == "complete":
                    left -= 1
                else:
                    yield int(found[1]), found[3]
