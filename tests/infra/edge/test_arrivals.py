"""B4, issue 4 item 7: a request arrives whole, in time and within bounds, or is refused with a code and shown out."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest

from hub.settings import Settings
from tests.infra.edge.conftest import Served, serving
from tests.infra.edge.test_sockets import INIT, dial, hear, say

BOUND = Settings(port=0, drain_seconds=2, max_head=2_000, max_body=5_000, arrival_seconds=1.0, address_connections=5)
POST = b"POST /graphql HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer good\r\nContent-Type: application/json\r\n"


@pytest.fixture
async def narrow() -> AsyncIterator[Served]:
    """A hub that waits for a second, with small heads and bodies and five connections an address."""
    async for served in serving(BOUND):
        yield served


Pipe = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def open_(hub: Served) -> Pipe:
    """A bare connection."""
    return await asyncio.open_connection("127.0.0.1", hub.port)


async def answered(reader: asyncio.StreamReader) -> tuple[int, str | None, dict[str, str]]:
    """The status, the code and the headers of one answer."""
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)).decode()
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = json.loads(await reader.readexactly(int(headers["content-length"])))
    code = body["errors"][0]["extensions"]["code"] if "errors" in body else None
    return int(first.split()[1]), code, headers


def asking(head: int, body: int = 0) -> bytes:
    """A request whose head and body are exactly so long, as the hub counts them: without the first line's ends."""
    content = b'{"query":"{ ok }"}'
    content += b" " * max(0, body - len(content))
    lines = POST + b"Content-Length: %d\r\n" % len(content)
    # Counted are the target, and each header with the four bytes that go around it.
    counted = len(b"/graphql") + len(lines) - len(b"POST /graphql HTTP/1.1\r\n")
    filler = b"x" * max(0, head - counted - len(b"X-Fill") - 4)
    return lines + b"X-Fill: " + filler + b"\r\n\r\n" + content


async def test_b4_the_largest_head_that_passes_and_the_first_that_does_not(narrow: Served) -> None:
    """431 with its code, on a new connection and on one that has served before."""
    for before in (0, 1):
        for size, expected in ((BOUND.max_head, (200, None)), (BOUND.max_head + 1, (431, "HEADERS_TOO_LARGE"))):
            reader, writer = await open_(narrow)
            for _ in range(before):
                writer.write(asking(500))
                assert (await answered(reader))[0] == 200
            # With a body behind it, which does not count.
            writer.write(asking(size, 4_000))
            status, code, headers = await answered(reader)
            assert (status, code) == expected, (before, size)
            assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"
            assert (await reader.read() == b"") == (status == 431) if status == 431 else True
            writer.close()
    assert len(narrow.graph.asked) == 4


async def test_b4_a_head_that_never_ends_is_cut_off(narrow: Served) -> None:
    reader, writer = await open_(narrow)
    writer.write(POST)
    for _ in range(7):
        writer.write(b"X-More: " + b"y" * 300 + b"\r\n")
        await asyncio.sleep(0.01)
    assert (await answered(reader))[:2] == (431, "HEADERS_TOO_LARGE")
    assert await reader.read() == b""
    writer.close()


async def test_b4_the_largest_body_that_passes_and_the_first_that_does_not(narrow: Served) -> None:
    for size, expected in ((BOUND.max_body, (200, None)), (BOUND.max_body + 1, (413, "BODY_TOO_LARGE"))):
        reader, writer = await open_(narrow)
        writer.write(asking(0, size))
        assert (await answered(reader))[:2] == expected
        writer.close()


async def test_b4_a_body_in_pieces_does_not_count_for_the_next_head(narrow: Served) -> None:
    reader, writer = await open_(narrow)
    for _ in range(3):
        whole = asking(1_500, 4_500)
        for start in range(0, len(whole), 1_100):
            writer.write(whole[start : start + 1_100])
            await asyncio.sleep(0.02)
        assert (await answered(reader))[:2] == (200, None)
    writer.close()


@pytest.mark.parametrize(
    "sent", [POST, POST[:5], POST + b"Content-Length: 100\r\n\r\n{", POST + b"Transfer-Encoding: chunked\r\n\r\nfff\r\n{"]
)
async def test_b4_a_request_that_trickles_is_closed_in_time(narrow: Served, sent: bytes) -> None:
    """A slow head (slowloris) and a slow body: 408 with its code, however steadily a byte more arrives."""
    reader, writer = await open_(narrow)
    began = time.monotonic()
    writer.write(sent)

    async def trickle() -> None:
        while not writer.is_closing():
            await asyncio.sleep(0.1)
            writer.write(b"a" if b"\r\n\r\n" in sent else b"X")

    trickling = asyncio.ensure_future(trickle())
    try:
        assert (await answered(reader))[:2] == (408, "REQUEST_SLOW")
        assert BOUND.arrival_seconds * 0.9 < time.monotonic() - began < BOUND.arrival_seconds + 10
    finally:
        trickling.cancel()
        writer.close()
    assert narrow.graph.asked == []


async def test_b4_who_says_nothing_or_nothing_more_is_closed_without_a_word(narrow: Served) -> None:
    """A connection without a request, and one that trickles line ends between two requests."""
    reader, writer = await open_(narrow)
    assert await asyncio.wait_for(reader.read(), 30) == b""
    writer.close()
    reader, writer = await open_(narrow)
    writer.write(asking(0))
    assert (await answered(reader))[0] == 200

    async def trickle() -> None:
        while True:
            writer.write(b"\r\n")
            await asyncio.sleep(0.1)

    trickling = asyncio.ensure_future(trickle())
    try:
        rest = await asyncio.wait_for(reader.read(), 30)
        assert rest == b"" or b" 408 " in rest
    finally:
        trickling.cancel()
        writer.close()


async def test_b4_an_answer_may_take_longer_than_a_request(narrow: Served) -> None:
    """Only what has yet to arrive is waited for; a stream and a socket outlive it."""
    reader, writer = await narrow.raw({"query": "subscription { quiet }"}, Accept="text/event-stream")
    async with dial(narrow) as socket:
        await say(socket, INIT)
        await hear(socket)
        await asyncio.sleep(BOUND.arrival_seconds + 1)
        await say(socket, {"type": "ping"})
        assert await hear(socket) == '{"type":"pong"}'
    assert not reader.at_eof()
    writer.close()


async def test_b4_connections_of_one_address_are_bounded(narrow: Served) -> None:
    """Limit ± 1, and one that closes makes room for another; sockets have a bound of their own."""
    held = [await open_(narrow) for _ in range(5)]
    for each in held:
        each[1].write(asking(0))
        assert (await answered(each[0]))[0] == 200
    reader, writer = await open_(narrow)
    status, code, headers = await answered(reader)
    assert (status, code, headers["retry-after"]) == (429, "THROTTLED", "1")
    writer.close()
    held.pop()[1].close()
    for _ in range(200):
        reader, writer = await open_(narrow)
        writer.write(asking(0))
        if (status := (await answered(reader))[0]) == 200:
            break
        writer.close()
        await asyncio.sleep(0.05)
    assert status == 200
    for _, each in [*held, (reader, writer)]:
        each.close()


async def test_a17_what_is_no_http_is_a_coded_400(narrow: Served) -> None:
    for junk in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nBad Header\r\n\r\n",
    ):
        reader, writer = await open_(narrow)
        writer.write(junk)
        status, code, headers = await answered(reader)
        assert (status, code) == (400, "REQUEST_MALFORMED")
        assert headers["x-content-type-options"] == "nosniff"
        assert await reader.read() == b""
        writer.close()
