"""Every row of a database as text, for tests that say nothing has changed, and every row that one party can read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from hub.slices.rows import TABLES
from hub.store.pools import Database
from hub.store.roles import password
from tests.conftest import SECRET
from tests.world import Party, World

Dump = dict[str, list[str]]
NOT_COMPARED = {"hub.idempotency"}


@asynccontextmanager
async def everything(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's connection, which no policy binds."""
    url = database.url
    options = {"host": url.query["host"], "database": url.database, "user": "postgres"}
    connection = await asyncpg.connect(**options, password=password(SECRET, "postgres"))
    try:
        yield connection
    finally:
        await connection.close()


async def dump(database: Database) -> Dump:
    """All rows of all tables."""
    async with everything(database) as connection:
        return {table: await _rows(connection, table) for table in TABLES if table not in NOT_COMPARED}


async def seen_by(world: World, party: Party) -> Dump:
    """All rows of all tables that one party can read under its policies."""
    kind = party.viewer.kind
    connection = await world.database.connect(f"hub_{kind}")
    try:
        async with connection.transaction():
            await connection.execute("select set_config('hub.party', $1, true)", str(party.viewer.party))
            await connection.execute("select set_config('hub.today', $1, true)", world.today.isoformat())
            return {table: await _rows(connection, table) for table, row in TABLES.items() if kind in row.sees}
    finally:
        await connection.close()


async def _rows(connection: asyncpg.Connection, table: str) -> list[str]:
    return [row["r"] for row in await connection.fetch(f"select x::text as r from {table} x order by 1")]


def differences(before: Dump, after: Dump) -> dict[str, list[str]]:
    """The rows that came or went, by table."""
    return {table: sorted(set(before[table]) ^ set(after[table])) for table in before if before[table] != after[table]}


async def told(world: World, party: Party) -> list[tuple[str, str]]:
    """The (type, apprentice) of every event on its way to a party, in order."""
    async with everything(world.database) as connection:
        rows = await connection.fetch(
            "select type, apprentice_id from hub.outbox where $1 = any(recipients) order by xid, id", party.viewer.party
        )
    return [(row["type"], str(row["apprentice_id"])) for row in rows]
