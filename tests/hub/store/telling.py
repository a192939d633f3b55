"""Plays an act's part towards the relay: writes outbox rows under the rules' role, and reads back what came of them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import monotonic
from uuid import UUID, uuid4

import asyncpg
import orjson

from hub.store.pools import Database
from hub.viewer import PartyKind, Viewer

TELL = (
    "insert into hub.outbox (type, apprentice_id, standard_id, recipients, facts, at) "
    "values ('gateway.item_filed', $1, null, $2, $3, $4)"
)


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def viewer(party: UUID, kind: PartyKind = PartyKind.EMPLOYER) -> Viewer:
    """A viewer of one party."""
    return Viewer(party, kind, uuid4(), "test", frozenset({"events:read"}))


async def teller(database: Database) -> asyncpg.Connection:
    """A connection that writes as acts do."""
    connection = await database.connect("hub_operator")
    await connection.execute("set role hub_rules")
    return connection


async def tell(connection: asyncpg.Connection, parties: list[UUID], number: int, at: datetime | None = None) -> None:
    """One outbox row that carries a number to know it by."""
    await connection.execute(TELL, uuid4(), parties, orjson.dumps({"n": number}).decode(), at or now())


async def told(database: Database) -> dict[UUID, list[int]]:
    """The numbers in every party's stream in order; a gap or a repeated event id fails."""
    connection = await database.connect("hub_relay")
    try:
        rows = await connection.fetch("select party_id, seq, id, facts from hub.event order by party_id, seq")
        heads = {row["party_id"]: row["last_seq"] for row in await connection.fetch("select * from hub.stream")}
    finally:
        await connection.close()
    found: dict[UUID, list[int]] = {}
    for row in rows:
        stream = found.setdefault(row["party_id"], [])
        stream.append(orjson.loads(row["facts"])["n"])
        assert row["seq"] == len(stream)
    assert len({row["id"] for row in rows}) == len(rows)
    assert heads == {party: len(stream) for party, stream in found.items()}
    return found


async def until(what: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    """Waits until something is so; fails when it does not become so."""
    end = monotonic() + seconds
    while not await what():
        assert monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)


async def drained(database: Database, seconds: float = 60) -> None:
    """Waits until the outbox is empty."""
    connection = await database.connect("hub_relay")

    async def empty() -> bool:
        return not await connection.fetchval("select exists (select 1 from hub.outbox)")

    try:
        await until(empty, seconds)
    finally:
        await connection.close()
