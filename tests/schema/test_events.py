"""DESIGN §6: the list of events and the live stream are one; a cursor of either resumes the other."""

import asyncio
from typing import Any

import orjson

from hub.store.bell import Bell
from hub.store.pools import Database
from infra.worker import Worker
from schema.graph import Graph, Request
from tests.world import Party, new_story, new_world

LIST = "query($after: String) { events(first: 2, after: $after) { edges { cursor node { id type } } } }"
LIVE = "subscription($after: String) { progress(after: $after) { cursor event { id type apprentice { myReference } } } }"


async def test_cursors_of_list_and_stream_are_one(world: Database) -> None:
    made = await new_world(world)
    story = await new_story(made)
    async with Worker(world, lambda: made.today) as worker:
        graph = Graph(world, made.engine, b"k" * 32, lambda: made.today, worker.bell)

        async def ask(party: Party, **variables: Any) -> Any:
            return orjson.loads((await graph.answer(party.viewer, Request(LIST, variables))).body)

        await story.register(myReference="LRN-1")
        await story.confirm()
        for _ in range(3000):
            if len((await ask(story.provider))["data"]["events"]["edges"]) == 2:
                break
            await asyncio.sleep(0.02)
        live = graph.listen(story.provider.viewer, Request(LIVE, {}))
        begin = orjson.loads(await anext(live))["data"]["progress"]
        assert begin["event"] is None
        await story.file_items("PQIP")
        told = orjson.loads(await asyncio.wait_for(anext(live), 60))["data"]["progress"]
        assert told["event"]["type"] == "gateway.item_filed"
        assert told["event"]["apprentice"]["myReference"] == "LRN-1"
        assert worker.bell._ears
        await live.aclose()
        assert not worker.bell._ears, "a stream that is closed listens no more, whenever its memory is collected"

        first = (await ask(story.provider))["data"]["events"]
        assert [edge["node"]["type"] for edge in first["edges"]] == ["apprentice.registered", "apprentice.confirmed"]
        rest = (await ask(story.provider, after=first["edges"][-1]["cursor"]))["data"]["events"]
        assert [edge["cursor"] for edge in rest["edges"]] == [told["cursor"]]
        again = graph.listen(story.provider.viewer, Request(LIVE, {"after": first["edges"][0]["cursor"]}))
        types = [orjson.loads(await asyncio.wait_for(anext(again), 60))["data"]["progress"]["event"]["type"] for _ in "12"]
        assert types == ["apprentice.confirmed", "gateway.item_filed"]
        await again.aclose()
        foreign = await ask(story.employer, after=told["cursor"])
        assert foreign["errors"][0]["extensions"]["code"] == "CURSOR_INVALID"


async def test_node_of_an_event(world: Database) -> None:
    made = await new_world(world)
    story = await new_story(made)
    async with Worker(world, lambda: made.today):
        await story.register()
        graph = Graph(world, made.engine, b"k" * 32, lambda: made.today, Bell(world))
        for _ in range(3000):
            found = orjson.loads((await graph.answer(story.provider.viewer, Request(LIST, {}))).body)["data"]["events"]["edges"]
            if found:
                break
            await asyncio.sleep(0.05)
        event = found[0]["node"]["id"]
        document = "query($id: ID!) { node(id: $id) { id ... on Event { type } } }"
        mine = await graph.answer(story.provider.viewer, Request(document, {"id": event}))
        assert orjson.loads(mine.body)["data"]["node"] == {"id": event, "type": "apprentice.registered"}
        theirs = await graph.answer(story.employer.viewer, Request(document, {"id": event}))
        assert orjson.loads(theirs.body)["data"]["node"] is None
