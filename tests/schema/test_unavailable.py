"""A database without a connection to spare is a moment's trouble, told by its code, and no fault of the hub's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import orjson
import pytest

from hub.acts.engine import Engine
from hub.store.bell import Bell
from hub.store.lost import away
from hub.store.plans import load_library
from hub.store.pools import Database
from hub.store.roles import password
from infra.postgres import EmbeddedPostgres
from schema.graph import Graph, Request
from tests.world import SEAL, new_story, new_world

FILED = "select state from gateway.item where apprentice_id = $1 and requirement = 'PQIP'"
READ = "{ apprentices(first: 1) { nodes { id } } }"
ACT = """mutation File($input: FileGatewayItemInput!) {
  fileGatewayItem(input: $input) { item { id } errors { code } } }"""


@asynccontextmanager
async def crowded(cluster: EmbeddedPostgres, role: str) -> AsyncIterator[None]:
    """For a while a role is given no further connection."""
    dba = await asyncpg.connect(
        host=cluster.socket_folder, user="postgres", database="postgres", password=password(cluster.secret, "postgres")
    )
    try:
        await dba.execute(f"alter role {role} connection limit 0")
        yield
    finally:
        await dba.execute(f"alter role {role} connection limit -1")
        await dba.close()


async def test_without_a_connection_acts_and_reads_say_come_again(cluster: EmbeddedPostgres, world: Database) -> None:
    told = await new_world(world)
    story = await (await (await new_story(told)).register()).confirm()
    fresh = Database(world.url.render_as_string(hide_password=False), world.secret)
    engine = Engine(fresh, load_library(), SEAL, lambda: told.today)
    graph = Graph(fresh, engine, SEAL, lambda: told.today, Bell(fresh))
    item = {"apprenticeId": story.id, "requirement": "PQIP", "achievedOn": "2026-02-01"}
    try:
        async with crowded(cluster, "hub_provider"):
            answer = await graph.answer(story.provider.viewer, Request(ACT, {"input": item}))
            assert orjson.loads(answer.body)["errors"][0]["extensions"]["code"] == "HUB_UNAVAILABLE"
            with pytest.raises(Exception) as raised:
                await graph.answer(story.provider.viewer, Request(READ))
            assert away(raised.value)
        answer = await graph.answer(story.provider.viewer, Request(ACT, {"input": item}))
        assert orjson.loads(answer.body)["data"]["fileGatewayItem"]["errors"] == []
        assert await told.rows(FILED, story.apprentice) == [{"state": "SUBMITTED"}], "once, though it was sent twice"
    finally:
        await fresh.close()
