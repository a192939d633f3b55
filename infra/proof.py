"""The proof that one statement can set its own context on this server, in this order, and leave nothing behind.

SQL promises no order between a materialized CTE and the rest of its statement. The hub's reads rely on it; a wrong order
fails closed (no party, no rows), and this shows which order the connected server takes.
"""

from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg

from hub.store.pools import Database
from hub.store.streams import HEAD
from hub.viewer import PartyKind
from schema.reader.plan import CONTEXT

ROUNDS = 24
KINDS = (PartyKind.EMPLOYER, PartyKind.PROVIDER, PartyKind.EPAO)
SEES = CONTEXT + (
    " select case when (select v from ctx) is not null then"
    " (select hub.party()::text || ' ' || hub.today()::text || ' ' || (select count(*) from hub.card)) end"
)
RESIDUE = "select coalesce(current_setting('hub.party', true), '') || coalesce(current_setting('hub.today', true), '')"
BLIND = "select count(*) from hub.card"
TRUTH = (
    "select party_id, count(*) from hub.card where kind = $1 and opened_on <= $2::text::date and closed_on > $2::text::date"
    " group by 1 order by 2 desc limit 3"
)


@dataclass(frozen=True, slots=True)
class Proof:
    """What one role showed: how many statements ran, and what went otherwise than it must."""

    kind: PartyKind
    statements: int
    failures: tuple[str, ...]


async def prove(database: Database, today: str) -> list[Proof]:
    """Runs the experiment as each kind of party, with parties that hold cards and parties that hold none."""
    return [await _prove(database, kind, today) for kind in KINDS]


async def _prove(database: Database, kind: PartyKind, today: str) -> Proof:
    held = await _truth(database, kind, today)
    failures: list[str] = []
    connection = await database.connect(f"hub_{kind}")
    try:
        parties = [*held, *(uuid4() for _ in range(ROUNDS))]
        # More than five rounds: the server changes from custom to generic plans on the way.
        statement = await connection.prepare(SEES)
        for party in parties:
            wanted = f"{party} {today} {held.get(party, 0)}"
            if await statement.fetchval(str(party), today) != wanted:
                failures.append("the context came after the rows")
            if await connection.fetchval(RESIDUE) or await connection.fetchval(BLIND):
                failures.append("the context outlived its statement")
            if len(await connection.fetch(HEAD, str(party), today)) != 1:
                failures.append("a stream's place was not found")
    finally:
        await connection.close()
    return Proof(kind, len(parties), tuple(sorted(set(failures))))


async def _truth(database: Database, kind: PartyKind, today: str) -> dict[UUID, int]:
    """How many cards a few parties of a kind hold, by the role that sees all rows."""
    connection: asyncpg.Connection = await database.connect("hub_operator")
    try:
        async with connection.transaction():
            await connection.execute("set local role hub_rules")
            return {row[0]: row[1] for row in await connection.fetch(TRUTH, kind.value, today)}
    finally:
        await connection.close()
