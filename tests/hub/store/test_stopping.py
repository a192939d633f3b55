"""Issue 4 item 7, B4: a statement nobody waits for, or that runs too long, is stopped in PostgreSQL itself."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest
from sqlalchemy import text

from hub.store.pools import Database, Pool
from hub.store.roles import password
from infra.postgres import EmbeddedPostgres
from tests.hub.store.telling import until

SLOW = "select pg_sleep(60)"
RUNNING = "select count(*) from pg_stat_activity where query = $1 and state = 'active' and datname = $2"


@pytest.fixture
async def watcher(cluster: EmbeddedPostgres) -> AsyncIterator[asyncpg.Connection]:
    """One who sees what every role runs."""
    opened = await asyncpg.connect(
        host=cluster.socket_folder, user="postgres", database="postgres", password=password(cluster.secret, "postgres")
    )
    yield opened
    await opened.close()


@dataclass
class Watched:
    """A database and what runs in it."""

    database: Database
    watcher: asyncpg.Connection

    async def running(self) -> int:
        """How many sessions sleep, as the server sees it."""
        return int(await self.watcher.fetchval(RUNNING, SLOW, self.database.url.database))

    async def begun(self) -> None:
        """Wait until somebody sleeps."""
        await self._until(1)

    async def settled(self) -> None:
        """Wait until nobody sleeps any more."""
        await self._until(0)

    async def _until(self, count: int) -> None:
        until = time.monotonic() + 30
        while await self.running() != count:
            assert time.monotonic() < until, f"{await self.running()} statements run in the server"
            await asyncio.sleep(0.02)


@pytest.fixture
def watched(world: Database, watcher: asyncpg.Connection) -> Watched:
    """A database of the test's own, watched."""
    return Watched(world, watcher)


@pytest.fixture
async def narrow(world: Database) -> AsyncIterator[Database]:
    """The same database with statements of one second at most."""
    opened = Database(world.url.render_as_string(hide_password=False), world.secret, longest=1.0)
    yield opened
    await opened.close()


async def left(pool: Pool, watched: Watched) -> None:
    """Somebody asks and leaves."""
    asking = asyncio.ensure_future(pool.fetchval(SLOW))
    await watched.begun()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_d7_a_reader_who_leaves_stops_the_statement_and_the_connection_serves_on(watched: Watched) -> None:
    pool = await watched.database.reader("hub_employer")
    before = await pool.fetchval("select pg_backend_pid()")
    await left(pool, watched)
    await watched.settled()

    async def idle() -> bool:
        return pool.get_idle_size() == 1

    # The server knows that the statement is stopped before the pool does.
    await until(idle)
    assert await pool.fetchval("select pg_backend_pid()") == before
    assert (pool.get_size(), pool.get_idle_size()) == (1, 1)


async def test_d7_no_further_connection_is_opened_while_a_statement_is_being_stopped(watched: Watched) -> None:
    """A client that asks and leaves in a loop never holds more of the server than its pool."""
    whole = await watched.database.reader("hub_provider")
    pool = Pool(whole._connect, 1)
    try:
        for _ in range(5):
            await left(pool, watched)
            assert pool.get_size() == 1
        await watched.settled()
        assert await pool.fetchval("select 1") == 1
    finally:
        await pool.close()


async def test_d7_a_read_that_lost_patience_is_stopped_too(watched: Watched) -> None:
    pool = await watched.database.reader("hub_epao")
    with pytest.raises(TimeoutError):
        await pool.fetch(SLOW, timeout=0.2)
    await watched.settled()
    assert len(await pool.fetch("select 1")) == 1


@pytest.mark.parametrize("role", ["hub_employer", "hub_provider", "hub_epao", "hub_auth"])
async def test_d7_a_statement_has_its_longest_time(narrow: Database, role: str) -> None:
    """Whatever becomes of this process, the server ends the statement; reading and writing alike."""
    pool = await narrow.reader(role)
    began = time.monotonic()
    with pytest.raises(asyncpg.QueryCanceledError):
        await pool.fetchval(SLOW)
    assert 0.8 < time.monotonic() - began < 40
    async with narrow.engine(role).connect() as connection:
        assert await connection.scalar(text("show statement_timeout")) == "1s"
    assert await pool.fetchval("select 1") == 1


async def test_d7_the_operator_and_the_relay_take_the_time_they_need(narrow: Database) -> None:
    for role in ("hub_operator", "hub_relay"):
        async with narrow.engine(role).connect() as connection:
            assert await connection.scalar(text("show statement_timeout")) == "0"


async def test_d7_an_act_that_is_left_is_undone_and_stopped(watched: Watched) -> None:
    """The writing side: the driver under SQLAlchemy."""
    engine = watched.database.engine("hub_employer")

    async def act() -> None:
        async with engine.connect() as connection:
            await connection.execute(text("select set_config('hub.party', 'x', true)"))
            await connection.execute(text(SLOW))

    acting = asyncio.ensure_future(act())
    await watched.begun()
    acting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await acting
    await watched.settled()
    async with engine.connect() as connection:
        assert await connection.scalar(text("select coalesce(current_setting('hub.party', true), '')")) == ""
