"""Many identical subscriptions behind a router: those of a party share the reads of its events, and nobody else does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from infra.federation import Federation
from infra.tour.clients import Client
from tests.infra.federated import NEEDS, clients

EACH = 10
PATIENCE = 30
OWN = """subscription Own { progress { cursor event { id type apprentice { id familyName myReference contact { email }
  gateway { readiness { status items { requirement state } } } portfolio { state } grade { overall } } } } }"""
LISTED = "{ apprentices(first: 100, filter: {status: [IN_ASSESSMENT, TO_RELEASE]}) { nodes { id } } }"
FRAME = '{"id":"same","type":"next","payload":'


class Follower:
    """One subscription, and every payload it was sent, as it was sent."""

    def __init__(self, client: Client, transport: str, http: httpx2.AsyncClient):
        self.payloads: list[str] = []
        self._client, self._http = client, http
        self.task = asyncio.create_task(self._keep(self._socket() if transport == "WebSocket" else self._sent_events()))

    async def heard(self, count: int) -> None:
        """Waits for so many payloads."""
        async with asyncio.timeout(PATIENCE):
            while len(self.payloads) < count:
                assert not self.task.done(), self.task
                await asyncio.sleep(0.05)

    async def close(self) -> None:
        """Leaves."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def _keep(self, payloads: AsyncIterator[str]) -> None:
        async for payload in payloads:
            self.payloads.append(payload)

    async def _sent_events(self) -> AsyncIterator[str]:
        headers = {**await self._client.credentials(), "Accept": "text/event-stream"}
        body = {"query": OWN}
        async with self._http.stream("POST", self._client.graphql, json=body, headers=headers, timeout=None) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    yield line.removeprefix("data: ")

    async def _socket(self) -> AsyncIterator[str]:
        url = self._client.graphql.replace("http", "ws", 1)
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
            credentials = await self._client.credentials("GET")
            await socket.send(orjson.dumps({"type": "connection_init", "payload": credentials}).decode())
            assert orjson.loads(await socket.recv())["type"] == "connection_ack"
            await socket.send(orjson.dumps({"id": "same", "type": "subscribe", "payload": {"query": OWN}}).decode())
            async for frame in socket:
                assert isinstance(frame, str) and frame.startswith(FRAME), frame
                yield frame.removeprefix(FRAME).removesuffix("}")


async def two_stories(six: dict[str, Client]) -> tuple[tuple[str, set[str]], tuple[str, set[str]]]:
    """Two apprentices, each of an employer, a provider and an EPAO, and nobody of the one with anybody of the other."""
    seen: dict[str, set[str]] = {}
    for name, client in six.items():
        for each in (await client.ask(LISTED)).data["apprentices"]["nodes"]:
            seen.setdefault(each["id"], set()).add(name)
    return next(
        ((one, theirs), (other, others))
        for one, theirs in seen.items()
        for other, others in seen.items()
        if len(theirs) == len(others) == 3 and theirs | others == set(six)
    )


@NEEDS
@pytest.mark.federation
async def test_six_parties_following_the_same_each_hear_their_own_bytes(behind_a_router: Federation) -> None:
    """Issue 3, Must show: identical subscriptions of six parties; each hears its own events, the same bytes, and no other's.

    Of an event that only some may hear the others are told nothing, however many ask the same as those who may.
    """
    limits = httpx2.Limits(max_connections=200)
    async with httpx2.AsyncClient(timeout=60, trust_env=False, limits=limits) as http, AsyncExitStack() as stack:
        six = clients(behind_a_router, http)
        (one, theirs), (other, others) = await two_stories(six)
        for name, client in six.items():
            await client.do("setMyReference", apprenticeId=one if name in theirs else other, myReference=f"mark of {name}")
        following: dict[str, list[Follower]] = {name: [] for name in six}
        for name, client in six.items():
            for transport in ("SSE", "WebSocket") * EACH:
                following[name].append(follower := Follower(client, transport, http))
                stack.push_async_callback(follower.close)
        await asyncio.gather(*(each.heard(1) for found in following.values() for each in found))
        # The third is heard after all that was told before: who is told of the other's story has heard it by then.
        for apprentice, parties in ((one, theirs), (other, others), (one, theirs)):
            await acts(six, apprentice, parties)
        counts = {name: 3 if name in theirs else 2 for name in six}
        await asyncio.gather(*(each.heard(counts[name]) for name, found in following.items() for each in found))
        heard = {name: {tuple(each.payloads) for each in found} for name, found in following.items()}
    for name, found in heard.items():
        mine = next(iter(found))
        assert len(found) == 1 and len(mine) == counts[name], (name, found)
        is_its_own(name, mine, one if name in theirs else other)
    everything = [payload for found in heard.values() for told in found for payload in told]
    assert len(everything) == len(set(everything)) == sum(counts.values())


async def acts(six: dict[str, Client], apprentice: str, parties: set[str]) -> None:
    """The employer changes how an apprentice is reached, of which all three hear."""
    employer = next(name for name in parties if name.startswith("employer"))
    await six[employer].do("setContact", apprenticeId=apprentice, email=f"{apprentice}@people.example")


def is_its_own(name: str, payloads: tuple[str, ...], apprentice: str) -> None:
    """A party's payloads are of its own apprentice, with its own reference, and name no other party's."""
    told: list[dict[str, Any]] = [orjson.loads(each)["data"]["progress"]["event"] for each in payloads]
    assert told[0] is None and all(each["apprentice"]["id"] == apprentice for each in told[1:])
    assert all(each["apprentice"]["myReference"] == f"mark of {name}" for each in told[1:])
    assert all(each["apprentice"]["contact"] == {"email": f"{apprentice}@people.example"} for each in told[1:])
    assert "".join(payloads).count("mark of ") == len(payloads) - 1
