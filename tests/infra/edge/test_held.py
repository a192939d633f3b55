"""B7, issue 4 item 7: sockets and subscriptions of one client are counted, whichever way they come."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from hub.errors import HubError
from hub.settings import Settings
from infra.edge.following import Patience
from infra.edge.held import Held
from tests.infra.edge.conftest import Served, serving, until
from tests.infra.edge.test_sockets import INIT, closing, dial, hear, say, subscribe

QUIET = {"query": "subscription { quiet }"}


@pytest.fixture
async def few() -> AsyncIterator[Served]:
    """A hub where a client may hold two sockets and three subscriptions."""
    async for served in serving(Settings(port=0, drain_seconds=2, client_sockets=2, client_streams=3)):
        yield served


@pytest.fixture
async def usual() -> AsyncIterator[Served]:
    """A hub as it is set up when nobody says otherwise."""
    async for served in serving(Settings(port=0, drain_seconds=2)):
        yield served


async def test_b7_the_last_socket_that_opens_and_the_first_that_does_not(few: Served) -> None:
    async with dial(few) as one, dial(few) as two:
        for socket in (one, two):
            await say(socket, INIT)
            assert await hear(socket) == '{"type":"connection_ack"}'
        async with dial(few) as three:
            await say(three, INIT)
            code, reason = await closing(three)
            assert (code, reason.partition(":")[0]) == (1013, "SOCKETS_TOO_MANY")
    async with dial(few) as again:
        await say(again, INIT)
        assert await hear(again) == '{"type":"connection_ack"}'
    assert any(line.get("codes") == ["SOCKETS_TOO_MANY"] for line in few.lines())


async def test_b7_subscriptions_are_counted_over_sockets_and_streams_together(few: Served) -> None:
    """Limit ± 1: two on a socket and one as a stream; the fourth is refused on either, and a query never is."""
    async with dial(few) as socket:
        await say(socket, INIT, subscribe("subscription { quiet }", "1"), subscribe("subscription { quiet }", "2"))
        for _ in range(5):
            await hear(socket)
        reader, writer = await few.raw(QUIET, Accept="text/event-stream")
        assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
        refused = await few.post(QUIET, accept="text/event-stream")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert refused.json()["errors"][0]["extensions"]["code"] == "STREAMS_TOO_MANY"
        await say(socket, subscribe("subscription { quiet }", "3"))
        message = json.loads(await hear(socket))
        assert (message["id"], message["type"]) == ("3", "error")
        assert message["payload"][0]["extensions"]["code"] == "STREAMS_TOO_MANY"
        assert (await few.post({"query": "{ ok }"})).status_code == 200
        await say(socket, {"id": "1", "type": "complete"})
        for number in range(4, 400):
            await say(socket, subscribe("subscription { quiet }", str(number)))
            if (kind := json.loads(await hear(socket))["type"]) == "next":
                break
            await asyncio.sleep(0.05)
        assert kind == "next"
        writer.close()
    await until(lambda: (len(few.app.desk.streams), len(few.app.desk.sockets)) == (0, 0))


async def test_b7_the_101st_subscription_of_a_socket_is_refused(usual: Served) -> None:
    async with dial(usual) as socket:
        await say(socket, INIT, *(subscribe("subscription { quiet }", str(number)) for number in range(101)))
        heard = [json.loads(await hear(socket)) for _ in range(1 + 2 * 100 + 1)]
        (refused,) = [message for message in heard if message["type"] == "error"]
        assert (refused["id"], refused["payload"][0]["extensions"]["code"]) == ("100", "OPERATIONS_TOO_MANY")
        assert {message["id"] for message in heard if message["type"] == "next"} == {str(number) for number in range(100)}


def test_b7_a_socket_has_ten_seconds_for_its_first_message() -> None:
    """That it is closed then with 4408, test_every_close_code shows."""
    assert Patience().init <= 10


async def test_b7_the_largest_message_that_passes_and_the_first_that_does_not() -> None:
    async for served in serving(Settings(port=0, drain_seconds=2, max_body=2_000)):
        async with dial(served) as socket:
            await say(socket, INIT)
            await hear(socket)
            for size in (2_000, 2_001):
                text = json.dumps(subscribe("{ ok }", "1"))
                await say(socket, text + " " * (size - len(text)))
                if size == 2_000:
                    assert json.loads(await hear(socket))["type"] == "next"
                    assert json.loads(await hear(socket))["type"] == "complete"
            assert (await closing(socket))[0] == 1009


def test_what_nobody_holds_takes_no_memory_and_no_limit_is_none() -> None:
    held = Held(2, "SOCKETS_TOO_MANY")
    with held.by("a"), held.by("a"):
        with pytest.raises(HubError, match="SOCKETS_TOO_MANY"), held.by("a"):
            pass
        with held.by("b"):
            assert len(held) == 2
    assert len(held) == 0
    free = Held(0, "SOCKETS_TOO_MANY")
    with free.by("a"), free.by("a"), free.by("a"):
        assert len(free) == 1
