"""A world inside one transaction that is never committed: made, asked, changed and asked again, and then it never was."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from hub.store.pools import Database
from hub.store.roles import password
from hub.viewer import PartyKind
from tests.slices.land import Land

# A statement is planned once for each role and then kept: the worlds differ in their rows alone.
KEPT = {
    "statement_cache_size": 4000,
    "max_cacheable_statement_size": 0,
    "server_settings": {"timezone": "UTC", "jit": "off", "plan_cache_mode": "force_generic_plan"},
}


class Rolled:
    """What a front door needs of a database, over a single connection above every lock that takes on the party's role."""

    def __init__(self, connection: asyncpg.Connection):
        self.connection = connection
        self.role = ""

    async def party_reader(self, kind: PartyKind) -> "Desk":
        """Where a kind of party reads."""
        return Desk(self, f"hub_{kind}")

    async def take(self, role: str) -> asyncpg.Connection:
        """The connection under a role; under none it is above every lock."""
        if role != self.role:
            await self.connection.execute(f"set local role {role or 'none'}")
            self.role = role
        return self.connection


class Desk:
    """The reads of one role."""

    def __init__(self, rolled: Rolled, role: str):
        self.rolled, self.role = rolled, role

    async def fetchval(self, query: str, *args: Any) -> Any:
        """The first value of the first row."""
        return await (await self.rolled.take(self.role)).fetchval(f"/* {self.role} */ {query}", *args)

    async def fetch(self, query: str, *args: Any, timeout: float | None = None) -> list[Any]:  # noqa: ASYNC109  (the pool's shape)
        """The rows of a query."""
        return list(await (await self.rolled.take(self.role)).fetch(f"/* {self.role} */ {query}", *args))


@asynccontextmanager
async def above(land: Land, database: Database) -> AsyncIterator[Rolled]:
    """A connection above every lock to a clone of a land, without the locks between tables."""
    connection = await asyncpg.connect(
        host=land.cluster.socket_folder, user="postgres", database=database.name,
        password=password(land.cluster.secret, "postgres"), **KEPT,
    )  # fmt: skip
    try:
        await connection.execute("set session_replication_role = replica")
        yield Rolled(connection)
    finally:
        await connection.close()


@asynccontextmanager
async def undone(rolled: Rolled) -> AsyncIterator[asyncpg.Connection]:
    """Whatever happens within never was."""
    await rolled.take("")
    transaction = rolled.connection.transaction()
    await transaction.start()
    try:
        yield rolled.connection
    finally:
        await transaction.rollback()
        rolled.role = ""
        await rolled.connection.execute("reset role")
