"""The graph over WebSocket: graphql-transport-ws with every close code it knows (issue item 5; B7)."""

import asyncio
import json
import time
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.infra.edge.conftest import CANARY, Served, until

PROTOCOL = Subprotocol("graphql-transport-ws")
INIT = {"type": "connection_init", "payload": {"Authorization": "Bearer good"}}


def dial(hub: Served, *protocols: str, **more: Any) -> connect:
    """A connection in the making."""
    spoken = [Subprotocol(each) for each in protocols] or [PROTOCOL]
    return connect(hub.url.replace("http", "ws"), subprotocols=spoken, proxy=None, **more)


async def say(socket: ClientConnection, *messages: Any) -> None:
    """Send messages; text goes as it is."""
    for message in messages:
        await socket.send(message if isinstance(message, str | bytes) else json.dumps(message))


async def hear(socket: ClientConnection) -> str:
    """The next message."""
    return str(await asyncio.wait_for(socket.recv(), 30))


async def closing(socket: ClientConnection) -> tuple[int, str]:
    """The code and the reason with which the hub closes, whatever it says before."""
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await asyncio.wait_for(socket.recv(), 30)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


def subscribe(document: str, name: Any = "1", **payload: Any) -> dict[str, Any]:
    """A subscribe message."""
    return {"id": name, "type": "subscribe", "payload": {"query": document, **payload}}


async def test_a_subscription_from_beginning_to_end(hub: Served) -> None:
    async with dial(hub) as socket:
        assert socket.subprotocol == PROTOCOL
        await say(socket, INIT)
        assert await hear(socket) == '{"type":"connection_ack"}'
        await say(socket, subscribe("subscription { n }"))
        assert [await hear(socket) for _ in range(3)] == [
            '{"id":"1","type":"next","payload":{"data":{"n":0}}}',
            '{"id":"1","type":"next","payload":{"data":{"n":1}}}',
            '{"id":"1","type":"complete"}',
        ]
        await say(socket, subscribe("{ ok }", 'a"b'))
        assert await hear(socket) == '{"id":"a\\"b","type":"next","payload":{"data":{"ok":true}}}'
        assert await hear(socket) == '{"id":"a\\"b","type":"complete"}'
        await say(socket, subscribe("{ ok }"), {"type": "ping", "payload": {"a": 1}})
        heard = {await hear(socket) for _ in range(3)}
        assert '{"type":"pong","payload":{"a":1}}' in heard


async def test_the_token_may_come_in_the_handshake(hub: Served) -> None:
    async with dial(hub, additional_headers={"Authorization": "Bearer good"}) as socket:
        await say(socket, {"type": "ping"}, {"type": "pong"}, {"type": "connection_init"})
        assert await hear(socket) == '{"type":"pong"}'
        assert await hear(socket) == '{"type":"connection_ack"}'


@pytest.mark.parametrize(
    ("messages", "code", "reason"),
    [
        (["{"], 4400, "Invalid message"),
        (["123"], 4400, "Invalid message"),
        (["null"], 4400, "Invalid message"),
        (["[]"], 4400, "Invalid message"),
        ([b"{}"], 4400, "Invalid message"),
        ([{"type": ["ping"]}], 4400, "Invalid message"),
        ([{"type": "start"}], 4400, "Invalid message"),
        ([{"type": "connection_init", "payload": "x"}], 4400, "Invalid payload"),
        ([{"type": "connection_init", "payload": {"Authorization": 1}}], 4400, "Invalid payload"),
        ([{"type": "connection_init"}], 4403, "TOKEN_MISSING"),
        ([{"type": "connection_init", "payload": {"authorization": "Bearer no"}}], 4403, "TOKEN_INVALID"),
        ([{"type": "connection_init", "payload": {"authorization": "Bearer expired"}}], 4403, "TOKEN_EXPIRED"),
        ([{"type": "connection_init", "payload": {"authorization": "Bearer foreign"}}], 4403, "TOKEN_AUDIENCE"),
        ([subscribe("{ ok }")], 4401, "Unauthorized"),
        ([INIT, INIT], 4429, "Too many initialisation requests"),
        ([INIT, subscribe("subscription { quiet }"), subscribe("{ ok }")], 4409, "Subscriber for 1 already exists"),
        ([INIT, subscribe("{ ok }", None)], 4400, "Invalid id"),
        ([INIT, subscribe("{ ok }", "x" * 200)], 4400, "Invalid id"),
        ([INIT, {"id": "1", "type": "subscribe"}], 4400, "A GraphQL request is a JSON object."),
        ([INIT, subscribe("{ ok }", variables=[])], 4400, "`variables` is an object or null."),
        ([INIT, {"id": 5, "type": "complete"}], 4400, "Invalid id"),
        ([], 4408, "Connection initialisation timeout"),
        (["x" * 30_000], 1009, ""),
    ],
)
async def test_every_close_code(hub: Served, messages: list[Any], code: int, reason: str) -> None:
    """B7: a start without init is closed with 4401, silence with 4408, and every other breach with its code."""
    async with dial(hub) as socket:
        await say(socket, *messages)
        closed = await closing(socket)
        assert closed[0] == code
        assert closed[1].startswith(reason) if code != 1009 else True


@pytest.mark.parametrize("protocols", [["graphql-ws"], ["other"]])
async def test_only_the_one_protocol_is_spoken(hub: Served, protocols: list[str]) -> None:
    """B7: the legacy protocol of subscriptions-transport-ws is not."""
    async with connect(hub.url.replace("http", "ws"), proxy=None) as socket:
        assert await closing(socket) == (4406, "Subprotocol not acceptable")


@pytest.mark.parametrize(
    ("origin", "taken"), [("https://evil.example", False), ("null", False), ("https://friend.example", True)]
)
async def test_pages_of_other_sites_are_kept_out(hub: Served, origin: str, taken: bool) -> None:
    """B7: the list of origins, before the socket is accepted."""
    if taken:
        async with dial(hub, origin=origin) as socket:
            await say(socket, INIT)
            assert await hear(socket) == '{"type":"connection_ack"}'
        return
    with pytest.raises(InvalidStatus) as refused:
        await dial(hub, origin=origin)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("subscription { refuse }", "ARGUMENT_INVALID"),
        ("subscription { deny }", "SCOPE_MISSING"),
        ("subscription { outside }", "FIELD_NOT_IN_SLICE"),
        ("subscription { boom }", "INTERNAL"),
        ("{ invalid }", "ARGUMENT_INVALID"),
        ("{ boom }", "INTERNAL"),
        ("{ down }", "HUB_UNAVAILABLE"),
    ],
)
async def test_a_refused_operation_ends_in_one_error(hub: Served, document: str, expected: str) -> None:
    async with dial(hub) as socket:
        await say(socket, INIT, subscribe(document))
        await hear(socket)
        heard = await hear(socket)
        message = json.loads(heard)
        assert (message["id"], message["type"]) == ("1", "error")
        assert [error["extensions"]["code"] for error in message["payload"]] == [expected]
        assert CANARY not in heard and CANARY not in hub.logged()
        await say(socket, subscribe("{ ok }"))
        assert json.loads(await hear(socket))["type"] == "next"


async def test_operations_on_a_socket_are_bounded_and_complete_frees_one(hub: Served) -> None:
    async with dial(hub) as socket:
        await say(socket, INIT, *(subscribe("subscription { quiet }", str(number)) for number in range(4)))
        heard = [json.loads(await hear(socket)) for _ in range(8)]
        refused = next(message for message in heard if message["type"] == "error")
        assert (refused["id"], refused["payload"][0]["extensions"]["code"]) == ("3", "OPERATIONS_TOO_MANY")
        await say(socket, {"id": "0", "type": "complete"}, {"id": "unknown", "type": "complete"}, subscribe("{ ok }", "3"))
        assert json.loads(await hear(socket))["payload"] == {"data": {"ok": True}}
        assert hub.graph.closed == 1


async def test_a_socket_closes_with_its_token(hub: Served) -> None:
    hub.authority.short_until = time.time() + 0.5
    async with dial(hub) as socket:
        await say(socket, {"type": "connection_init", "payload": {"Authorization": "Bearer short"}})
        code, reason = await closing(socket)
        assert (code, reason.partition(":")[0]) == (4403, "TOKEN_EXPIRED")


async def test_a_socket_closes_when_its_client_is_shut_out(hub: Served) -> None:
    async with dial(hub) as socket:
        await say(socket, INIT, subscribe("subscription { quiet }"))
        await hear(socket)
        hub.authority.shut_out = True
        code, reason = await closing(socket)
        assert (code, reason.partition(":")[0]) == (4403, "TOKEN_INVALID")
    assert hub.graph.closed == 1


async def test_a_socket_closes_1001_when_the_hub_stops(lone_hub: Served) -> None:
    async with dial(lone_hub) as socket:
        await say(socket, INIT)
        await hear(socket)
        lone_hub.app.desk.drain.begin()
        code, reason = await closing(socket)
        assert (code, reason.partition(":")[0]) == (1001, "HUB_STOPPING")


async def test_a_slow_reader_is_told_to_resume(hub: Served) -> None:
    async with dial(hub, max_size=None, max_queue=1, ping_interval=None) as socket:
        await say(socket, INIT, subscribe("subscription { flood }"))
        await until(lambda: hub.graph.closed == 1)
        code, reason = await closing(socket)
        assert (code, reason) == (
            1013,
            "STREAM_SLOW: This client reads too slowly; open the stream again from its last cursor.",
        )


async def test_a_client_that_leaves_leaves_nothing_behind(hub: Served) -> None:
    async with dial(hub) as socket:
        await say(socket, INIT, subscribe("subscription { quiet }"))
        await hear(socket)
        await hear(socket)
    await until(lambda: hub.graph.closed == 1)
    assert 'hub_open_streams{transport="socket"} 0.0' in await hub.measures()
