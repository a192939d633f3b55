"""B4, issue 4 item 7: what takes too long, or what nobody waits for, is stopped in PostgreSQL, and the hub serves on."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import pytest

from hub.settings import Settings
from hub.store.pools import Database
from hub.store.roles import password
from infra.postgres import EmbeddedPostgres
from tests.acceptance.served import Standing, standing
from tests.world import Story, new_story, new_world

READ = "{ apprentices(first: 1) { nodes { id } } }"
STREAM = "subscription { progress { cursor event { apprentice { id } } } }"
ACT = "mutation C($i: ChangeDatesInput!) { changeDates(input: $i) { errors { code } } }"
# The relay waits for the cards too, and nobody waits for it.
WAITING = "select count(*) from pg_stat_activity where datname = $1 and wait_event_type = 'Lock' and usename <> 'hub_relay'"
LIMIT = 1.0


@dataclass
class Blocked:
    """A hub whose cards somebody else has locked."""

    hub: Standing
    story: Story
    token: str
    dba: asyncpg.Connection

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """As long as the context lasts, whoever reads a card waits."""
        async with self.dba.transaction():
            await self.dba.execute("lock table hub.card in access exclusive mode")
            yield

    async def waiting(self, count: int) -> None:
        """Wait until exactly so many statements wait in the server."""
        until = time.monotonic() + 30
        while (found := await self.dba.fetchval(WAITING, self.hub.database.url.database)) != count:
            assert time.monotonic() < until, f"{found} statements wait in the server"
            await asyncio.sleep(0.02)
            # Within a transaction PostgreSQL would go on to show the connections that there were at the first look.
            await self.dba.execute("select pg_stat_clear_snapshot()")


@pytest.fixture
async def blocked(world: Database, cluster: EmbeddedPostgres) -> AsyncIterator[Blocked]:
    """A hub with one second for an operation; the limit of its statements lies far above, so that it is not what ends them."""
    told = await new_world(world)
    story = await (await (await new_story(told)).register()).confirm()
    dba = await asyncpg.connect(
        host=cluster.socket_folder,
        user="postgres",
        database=world.url.database,
        password=password(cluster.secret, "postgres"),
    )
    async with standing(world, Settings(port=0, drain_seconds=2, timeout_seconds=LIMIT)) as hub:
        token = await hub.token(await hub.client_of(story.provider))
        assert (await hub.post(token, READ)).status_code == 200
        yield Blocked(hub, story, token, dba)
    await dba.close()


async def test_b4_an_operation_that_takes_too_long_is_stopped_in_the_server(blocked: Blocked) -> None:
    """A read and an act: 504 TIMED_OUT, nothing goes on, nothing is done, and the connections serve the next."""
    given = {"apprenticeId": blocked.story.id, "region": "North"}
    for document, variables in ((READ, {}), (ACT, {"i": given})):
        async with blocked.locked():
            began = time.monotonic()
            answer = await blocked.hub.post(blocked.token, document, **variables)
            assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (504, "TIMED_OUT"), answer.text
            assert LIMIT <= time.monotonic() - began < LIMIT + 2
            await blocked.waiting(0)
        assert (await blocked.hub.post(blocked.token, READ)).status_code == 200
    found = await blocked.story.world.rows("select region from hub.card where apprentice_id = $1", blocked.story.apprentice)
    assert {row["region"] for row in found} == {None}
    again = await blocked.hub.post(blocked.token, ACT, i=given)
    assert again.json()["data"]["changeDates"]["errors"] == []


async def test_b4_a_stream_that_its_client_leaves_takes_its_statement_with_it(blocked: Blocked) -> None:
    """Though others who ask the same would share it: two wait for one read, and it ends with the second."""
    async with blocked.locked():
        writers = [(await blocked.hub.raw(blocked.token, STREAM, "text/event-stream"))[1] for _ in range(2)]
        await blocked.waiting(1)
        writers[0].close()
        await asyncio.sleep(0.5)
        await blocked.waiting(1)
        writers[1].close()
        await blocked.waiting(0)
    assert (await blocked.hub.post(blocked.token, READ)).status_code == 200


@pytest.mark.parametrize("document", [READ, ACT])
async def test_b4_a_client_that_leaves_takes_its_statement_with_it(blocked: Blocked, document: str) -> None:
    blocked.hub.app.desk.overruns.seconds = 60
    async with blocked.locked():
        given = {"i": {"apprenticeId": blocked.story.id, "region": "North"}} if document is ACT else {}
        _, writer = await blocked.hub.raw(blocked.token, document, "application/json", **given)
        await blocked.waiting(1)
        writer.close()
        await blocked.waiting(0)
    assert (await blocked.hub.post(blocked.token, READ)).status_code == 200
    assert len(blocked.hub.app.desk.overruns.under_way) == 0


async def test_b4_operations_on_a_socket_have_the_same_time_and_may_be_completed(blocked: Blocked) -> None:
    async with blocked.hub.socket(blocked.token) as socket:
        async with blocked.locked():
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": READ}}))
            message = json.loads(await asyncio.wait_for(socket.recv(), 30))
            assert (message["id"], message["type"]) == ("1", "error")
            assert message["payload"][0]["extensions"]["code"] == "TIMED_OUT"
            await blocked.waiting(0)
            blocked.hub.app.desk.overruns.seconds = 60
            await socket.send(json.dumps({"id": "2", "type": "subscribe", "payload": {"query": READ}}))
            await blocked.waiting(1)
            await socket.send(json.dumps({"id": "2", "type": "complete"}))
            await blocked.waiting(0)
        await socket.send(json.dumps({"id": "3", "type": "subscribe", "payload": {"query": READ}}))
        assert json.loads(await asyncio.wait_for(socket.recv(), 30))["type"] == "next"


async def test_b4_the_servers_own_limit_has_the_same_code(world: Database, blocked: Blocked) -> None:
    """A statement that PostgreSQL stops by itself, as where the hub's process is gone or a stream reads."""
    url = world.url.render_as_string(hide_password=False)
    narrow = Database(url, world.secret, longest=0.5)
    given = {"apprenticeId": blocked.story.id, "region": "South"}
    async with standing(narrow, Settings(port=0, drain_seconds=2)) as hub:
        token = await hub.token(await hub.client_of(blocked.story.provider))
        async with blocked.locked():
            read = await hub.post(token, READ)
            assert (read.status_code, read.json()["errors"][0]["extensions"]["code"]) == (504, "TIMED_OUT")
            acted = await hub.post(token, ACT, i=given)
            assert acted.json()["errors"][0]["extensions"]["code"] == "TIMED_OUT"
        assert (await hub.post(token, READ)).status_code == 200
    await narrow.close()
