"""SIGTERM: requests under way finish, streams end with a word, and the process exits cleanly (issue item 11)."""

import asyncio
import contextlib
import json
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from pathlib import Path

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

ROOT = Path(__file__).parents[3]
BODY = json.dumps({"query": "{ hang }"}).encode()
STREAM = json.dumps({"query": "subscription { quiet }"}).encode()


def head(body: bytes, accept: str) -> bytes:
    """A whole request."""
    return (
        b"POST /graphql HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer good\r\nContent-Type: application/json\r\n"
        b"Accept: %s\r\nContent-Length: %d\r\n\r\n" % (accept.encode(), len(body)) + body
    )


async def started(*before: str) -> tuple[Process, int]:
    """A hub in its own process, and its port once it listens; `before` is what starts it."""
    command = (*before, sys.executable, "-m", "tests.infra.edge.served")
    process = await create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, cwd=ROOT)
    assert process.stdout is not None
    port = int(await asyncio.wait_for(process.stdout.readline(), 60))
    while True:
        with contextlib.suppress(OSError):
            (await asyncio.open_connection("127.0.0.1", port))[1].close()
            return process, port
        await asyncio.sleep(0.05)


async def test_sigterm_drains() -> None:
    process, port = await started()
    events, events_out = await asyncio.open_connection("127.0.0.1", port)
    events_out.write(head(STREAM, "text/event-stream"))
    await events.readuntil(b'{"n":1}}\n\n')
    async with connect(
        f"ws://127.0.0.1:{port}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None
    ) as socket:
        await socket.send('{"type":"connection_init","payload":{"Authorization":"Bearer good"}}')
        await socket.recv()
        under_way, under_way_out = await asyncio.open_connection("127.0.0.1", port)
        under_way_out.write(head(BODY, "application/json"))
        await asyncio.sleep(0.3)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert (await under_way.read()).endswith(b'{"data":{"ok":true}}')
        try:
            await asyncio.wait_for(socket.recv(), 30)
        except ConnectionClosed as closed:
            assert closed.rcvd is not None and closed.rcvd.code == 1001
    rest = await events.read()
    assert b"HUB_STOPPING" in rest and rest.endswith(b"event: complete\ndata: \n\n\r\n0\r\n\r\n")
    out, logged = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert out == b"cleaned up\n"
    assert time.monotonic() - began < 3
    lines = [json.loads(line) for line in logged.splitlines()]
    assert {line.get("stream") for line in lines} >= {"sse", "socket"}
    assert b"good" not in logged
    for writer in (events_out, under_way_out):
        writer.close()
