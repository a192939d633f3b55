"""Each connection is an open file: the hub does not stop at the few that a process starts with."""

import asyncio

from tests.infra.edge.test_drain import started

CONNECTIONS = 400
HEALTH = b"GET /livez HTTP/1.1\r\nHost: hub\r\n\r\n"
FEW = ("sh", "-c", 'ulimit -Sn 128 && exec "$@"', "sh")


async def test_more_connections_are_served_at_a_time_than_a_process_may_open_files_at_first() -> None:
    process, port = await started(*FEW)
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS)]
    async with asyncio.timeout(60):
        for reader, writer in held:
            writer.write(HEALTH)
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
    for _, writer in held:
        writer.close()
    process.terminate()
    await process.communicate()
    assert process.returncode == 0
