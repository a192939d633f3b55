"""The graph as an event stream: bytes, negotiation, and every way a stream ends (issue items 5 and 7)."""

import asyncio
import time

import pytest

from tests.infra.edge.conftest import CANARY, Served, until

STREAM = {"Accept": "text/event-stream"}
START = b'event: next\ndata: {"data":{"n":0}}\n\nevent: next\ndata: {"data":{"n":1}}\n\n'
COMPLETE = b"event: complete\ndata: \n\n"


async def whole(reader: asyncio.StreamReader, until: bytes = COMPLETE) -> tuple[bytes, bytes]:
    """The head and the body of a chunked answer, chunk marks taken out."""
    return await reader.readuntil(b"\r\n\r\n"), await rest(reader, until)


async def rest(reader: asyncio.StreamReader, until: bytes = COMPLETE) -> bytes:
    """What comes up to these bytes, chunk marks taken out."""
    body = b""
    while not body.endswith(until):
        size = int(await reader.readline(), 16)
        body += (await reader.readexactly(size + 2))[:-2]
    return body


async def play(hub: Served, document: str, **headers: str) -> bytes:
    """The body of a stream that ends by itself."""
    reader, writer = await hub.raw({"query": document}, **(headers or STREAM))
    head, body = await whole(reader)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"content-type: text/event-stream; charset=utf-8\r\n" in head
    assert b"cache-control: no-store\r\n" in head
    writer.close()
    return body


async def test_events_then_complete_in_lf_alone(hub: Served) -> None:
    body = await play(hub, "subscription S { n }")
    assert body == START + COMPLETE
    assert b"\r" not in body


async def test_a_query_for_those_who_prefer_a_stream(hub: Served) -> None:
    accept = {"Accept": "text/event-stream, application/json;q=0.9"}
    assert await play(hub, "{ ok }", **accept) == b'event: next\ndata: {"data":{"ok":true}}\n\n' + COMPLETE


@pytest.mark.parametrize("accept", ["application/json", "*/*", "application/graphql-response+json, multipart/mixed", None])
async def test_a_subscription_without_a_stream_is_406(hub: Served, accept: str | None) -> None:
    answer = await hub.post({"query": "subscription { n }"}, **({"accept": accept} if accept else {}))
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (406, "STREAM_REFUSED")


async def test_a_subscription_streams_wherever_a_stream_is_taken(hub: Served) -> None:
    assert await play(hub, "subscription { n }", Accept="application/json, text/event-stream;q=0.1") == START + COMPLETE


async def test_the_word_subscription_alone_starts_no_stream(hub: Served) -> None:
    answer = await hub.post({"query": 'query subscription { ok(a: "subscription") }'})
    assert answer.content == b'{"data":{"ok":true}}'
    both = "query A { ok } subscription B { n }"
    assert (await hub.post({"query": both, "operationName": "A"})).status_code == 200
    assert (await hub.post({"query": both, "operationName": "B"})).status_code == 406


async def test_a_stream_needs_a_token(hub: Served) -> None:
    answer = await hub.post({"query": "subscription { n }"}, token=None, accept="text/event-stream")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/json; charset=utf-8")


@pytest.mark.parametrize(
    ("document", "expected"),
    [("refuse", b"ARGUMENT_INVALID"), ("deny", b"SCOPE_MISSING"), ("outside", b"FIELD_NOT_IN_SLICE"), ("boom", b"INTERNAL")],
)
async def test_a_refusal_is_an_event_without_data(hub: Served, document: str, expected: bytes) -> None:
    body = await play(hub, f"subscription {{ {document} }}")
    assert expected in body and b'"data"' not in body and CANARY.encode() not in body
    assert body.endswith(COMPLETE)


async def test_a_quiet_stream_shows_that_it_lives(lone_hub: Served) -> None:
    reader, writer = await lone_hub.raw({"query": "subscription { quiet }"}, **STREAM)
    _, body = await whole(reader, b":\n\n:\n\n")
    assert body.startswith(START)
    assert 'hub_open_streams{transport="sse"} 1.0' in await lone_hub.measures()
    writer.close()
    await until(lambda: lone_hub.graph.closed == 1)


async def test_a_stream_ends_with_its_token(hub: Served) -> None:
    hub.authority.short_until = time.time() + 2
    reader, writer = await hub.raw({"query": "subscription { quiet }"}, Authorization="Bearer short", **STREAM)
    _, body = await whole(reader)
    assert b'"code":"TOKEN_EXPIRED"' in body
    assert hub.graph.closed == 1
    writer.close()


async def test_a_stream_ends_when_its_client_is_shut_out(hub: Served) -> None:
    reader, writer = await hub.raw({"query": "subscription { quiet }"}, **STREAM)
    await whole(reader, START)
    hub.authority.shut_out = True
    body = await rest(reader)
    assert b'"code":"TOKEN_INVALID"' in body
    writer.close()


async def test_a_stream_ends_with_a_word_when_the_hub_stops(lone_hub: Served) -> None:
    reader, writer = await lone_hub.raw({"query": "subscription { quiet }"}, **STREAM)
    await whole(reader, START)
    lone_hub.app.desk.drain.begin()
    body = await rest(reader)
    assert b'"code":"HUB_STOPPING"' in body
    assert (await lone_hub.get("/readyz")).status_code == 503
    writer.close()


async def test_a_slow_reader_is_told_to_resume(hub: Served) -> None:
    reader, writer = await hub.raw({"query": "subscription { flood }"}, **STREAM)
    transport = writer.transport
    transport.pause_reading()  # type: ignore[attr-defined]
    await until(lambda: hub.graph.closed == 1)
    transport.resume_reading()  # type: ignore[attr-defined]
    _, body = await asyncio.wait_for(whole(reader), 30)
    assert body.endswith(
        b'event: next\ndata: {"errors":[{"message":"This client reads too slowly; open the stream again from its last'
        b' cursor.","extensions":{"code":"STREAM_SLOW"}}]}\n\n' + COMPLETE
    )
    writer.close()
