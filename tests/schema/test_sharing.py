"""DESIGN §6: subscribers of one party who ask the same share one read of each event, and nobody else's."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from hub.errors import HubError
from hub.store.bell import Bell
from hub.store.pools import Database
from hub.store.recorder import Recorder
from hub.viewer import PartyKind, Viewer
from infra.worker import Worker
from schema.graph import Graph, Request
from schema.sharing import SharedReads
from tests.hub.store.telling import drained, until
from tests.world import SEAL, Story, new_story, new_world

FOLLOW = "subscription F($after: String) { progress(after: $after) { event { id type apprentice { myReference } } } }"
BEGIN = "subscription F($after: String) { progress(after: $after) { cursor } }"
OTHERWISE = "subscription F($after: String) { progress(after: $after) { event { id type } } }"


class Held:
    """A graph whose reads wait until they are let go, and are counted."""

    def __init__(self, graph: Graph, after: dict[PartyKind, str]):
        self.graph, self.after, self.reads, self.waiting, self._go = graph, after, 0, 0, asyncio.Event()
        self._read, self._of = graph.reader.read, graph.streams._shared.of
        graph.reader.read = self.read  # type: ignore[method-assign]
        graph.streams._shared.of = self.of  # type: ignore[method-assign]

    async def of(self, *given: Any) -> Any:
        """One who comes to wait for a read."""
        self.waiting += 1
        return await self._of(*given)

    async def read(self, *given: Any, **more: Any) -> Any:
        """One read, when it may."""
        self.reads += 1
        await self._go.wait()
        return await self._read(*given, **more)

    def step(self, viewer: Viewer, document: str = FOLLOW, **variables: Any) -> asyncio.Task[bytes]:
        """The first response of a subscription that stands before the party's last event."""
        stream = self.graph.listen(viewer, Request(document, variables or {"after": self.after[viewer.kind]}))
        return asyncio.ensure_future(anext(stream))

    async def asked(self, steps: list[asyncio.Task[bytes]]) -> None:
        """Waits until every subscriber has come to its read."""

        async def all_wait() -> bool:
            return self.waiting == len(steps)

        await until(all_wait)
        assert not any(each.done() for each in steps)

    def go(self) -> None:
        """The reads may be answered."""
        self._go.set()


@pytest.fixture
async def told(world: Database) -> AsyncIterator[tuple[Held, Story, Recorder]]:
    """An apprentice's story and the cursor before its last event."""
    made = await new_world(world)
    story = await (await new_story(made)).register(myReference="LRN-7")
    recorder = Recorder(world)
    graph = Graph(world, made.engine, SEAL, lambda: made.today, Bell(world), recorder=recorder)
    async with Worker(world, lambda: made.today):
        await drained(world)
        after = {}
        for party in (story.provider, story.employer):
            page = await graph.answer(party.viewer, Request("{ events(first: 1) { edges { cursor } } }", {}))
            after[party.viewer.kind] = orjson.loads(page.body)["data"]["events"]["edges"][0]["cursor"]
        await story.confirm()
        await drained(world)
    yield Held(graph, after), story, recorder
    await recorder.close()


async def test_events_the_same_subscription_of_one_party_is_one_read(
    told: tuple[Held, Story, Recorder], world: Database
) -> None:
    """Other fields, other scopes and other parties read for themselves; each client that hears is on record."""
    held, story, recorder = told
    provider = story.provider.viewer
    clients = [replace(provider, client=f"cli_{number}", on_behalf=f"P{number}") for number in range(8)]
    fewer = replace(provider, scopes=provider.scopes - {"grades:read"})
    same = [held.step(each) for each in clients]
    apart = [held.step(provider, OTHERWISE), held.step(fewer), held.step(story.employer.viewer)]
    await held.asked([*same, *apart])
    held.go()
    heard, others = await asyncio.gather(*same), await asyncio.gather(*apart)
    assert held.reads == 4 and len(set(heard)) == 1
    event = orjson.loads(heard[0])["data"]["progress"]["event"]
    assert (event["type"], event["apprentice"]) == ("apprentice.confirmed", {"myReference": "LRN-7"})
    assert [b"LRN-7" in each for each in others] == [False, True, False]
    assert all(b"apprentice.confirmed" in each for each in others)
    await recorder.close()
    query = "select client, on_behalf_of from hub.audit where kind = 'event' and client like 'cli\\__' order by client"
    connection = await world.connect("hub_operator")
    rows = await connection.fetch(query)
    await connection.close()
    assert [tuple(row) for row in rows] == [(each.client, each.on_behalf) for each in clients]


async def test_events_two_parties_at_the_same_number_share_nothing(told: tuple[Held, Story, Recorder], world: Database) -> None:
    """Of one kind, with the same scopes, document and variables, and as many events: each has its own cursor and event."""
    held, story, _ = told
    other = await (await new_story(story.world)).register(myReference="LRN-8")
    async with Worker(world, lambda: story.world.today):
        await other.confirm()
        await drained(world)
    steps = [held.step(each.provider.viewer, BEGIN, after=None) for each in (story, other)]
    await held.asked(steps)
    held.go()
    first, second = await asyncio.gather(*steps)
    assert held.reads == 2 and first != second


async def test_events_who_leaves_takes_the_read_from_nobody(told: tuple[Held, Story, Recorder]) -> None:
    """Not even the one who began it."""
    held, story, _ = told
    begins, stays = [held.step(story.provider.viewer) for _ in range(2)]
    await held.asked([begins, stays])
    begins.cancel()
    await asyncio.gather(begins, return_exceptions=True)
    held.go()
    assert b"apprentice.confirmed" in await stays and held.reads == 1


async def test_events_the_last_who_leaves_ends_the_read() -> None:
    """B4: of what nobody waits for nothing goes on; whoever asks after that is read for anew."""
    shared, stopped, go = SharedReads(), asyncio.Event(), asyncio.Event()

    async def read() -> Any:
        try:
            await go.wait()
        except asyncio.CancelledError:
            stopped.set()
            raise
        return b"{}", ()

    first, last = [asyncio.ensure_future(shared.of("key", read)) for _ in range(2)]
    await asyncio.sleep(0)
    for each, over in ((first, False), (last, True)):
        each.cancel()
        await asyncio.gather(each, return_exceptions=True)
        await asyncio.sleep(0)
        assert stopped.is_set() is over
    go.set()
    assert await shared.of("key", read) == (b"{}", ()) and not shared._under_way


async def test_events_variables_that_are_not_declared_cost_nothing(told: tuple[Held, Story, Recorder]) -> None:
    """Nor can they be nested so deep that a stream ends in a fault; who sends them shares with who does not."""
    held, story, _ = told
    deep: Any = []
    for _ in range(5_000):
        deep = [deep]
    viewer = story.provider.viewer
    steps = [held.step(viewer), held.step(viewer, after=held.after[viewer.kind], junk=deep)]
    await held.asked(steps)
    held.go()
    first, second = await asyncio.gather(*steps)
    assert held.reads == 1 and first == second


async def test_events_a_read_that_fails_fails_for_all_who_share_it_and_is_not_kept() -> None:
    """DESIGN §6: what was read is told while it is being read, and never later."""
    shared, gate, reads = SharedReads(), asyncio.Event(), []

    async def refused() -> Any:
        reads.append("refused")
        await gate.wait()
        raise HubError("HUB_UNAVAILABLE")

    async def read() -> Any:
        reads.append("read")
        return b"{}", ()

    waiting = [asyncio.ensure_future(shared.of("key", refused)) for _ in range(3)]
    await asyncio.sleep(0)
    gate.set()
    assert all(isinstance(each, HubError) for each in await asyncio.gather(*waiting, return_exceptions=True))
    assert [await shared.of("key", read) for _ in range(2)] == [(b"{}", ())] * 2
    assert reads == ["refused", "read", "read"]
