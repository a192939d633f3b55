"""Records reads as the graph does, links them as the relay does, and looks at what came of it."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg

from hub.slices.scopes import SCOPES
from hub.store.pools import Database, connection_arguments
from hub.store.recorder import Recorder, What
from hub.store.relay import Relay, ensure_epoch
from hub.store.roles import password
from hub.store.verifying import Fault, Verdict, verify
from hub.viewer import PartyKind, Viewer
from tests.hub.store.telling import now

WHAT = What("Queue", b"f" * 32, ("gateway", "identity"))


async def parties(database: Database, *kinds: str) -> list[Viewer]:
    """A fresh party of each kind, as who may read."""
    found = []
    connection = await database.connect("hub_operator")
    try:
        for kind in kinds:
            organisation, party = uuid4(), uuid4()
            await connection.execute(
                "insert into apprentices.organisation (id, name, claimed) values ($1, 'Made up', true)", organisation
            )
            await connection.execute(
                "insert into apprentices.party (id, organisation_id, kind) values ($1, $2, $3)", party, organisation, kind
            )
            who = PartyKind(kind)
            found.append(Viewer(party, who, organisation, f"cli_{uuid4()}", SCOPES[who]))
    finally:
        await connection.close()
    return found


async def recorded(database: Database, viewer: Viewer, *subjects: UUID, what: What = WHAT, times: int = 1) -> None:
    """So many reads of these apprentices, written."""
    recorder = Recorder(database, now)
    for _ in range(times):
        await recorder.record(viewer, what, subjects)
    await recorder.close()


async def chained(database: Database) -> None:
    """Everything there is, linked and shown."""
    relay = Relay(database, now)
    connection = await database.connect("hub_relay")
    try:
        await ensure_epoch(connection, now())
        await relay.chain.begin(connection)
        while await relay.chain.forge(connection) or relay.chain.behind:
            pass
    finally:
        await connection.close()


async def checked(database: Database, heads: Any = ()) -> Verdict:
    """What the verifier says."""
    connection = await database.connect("hub_operator")
    try:
        return await verify(connection, heads)
    finally:
        await connection.close()


async def faults(database: Database, heads: Any = ()) -> list[Fault]:
    """What is wrong."""
    return (await checked(database, heads)).faults


async def above(database: Database) -> asyncpg.Connection:
    """A connection above every lock: the owner, who may set row security aside as a superuser does."""
    connection = await asyncpg.connect(
        **{
            **connection_of(database),
            "user": "postgres",
            "password": password(database.secret, "postgres"),
        }
    )
    await connection.execute("set session_replication_role = replica")
    return connection


def connection_of(database: Database) -> dict[str, Any]:
    """Where the database is."""
    return connection_arguments(database.url)


async def rows(database: Database) -> list[asyncpg.Record]:
    """The audit in the order in which it was written."""
    connection = await database.connect("hub_operator")
    try:
        return list(await connection.fetch("select * from hub.audit order by xid, id"))
    finally:
        await connection.close()
