"""Two worlds: deleting all that a party may not see leaves every byte it is sent as it was."""

import asyncpg
import pytest

from tests.slices.asking import front_of
from tests.slices.corpus import bytes_of, differing, foreign_to, ids_of, queries, refused, strangers, told_apart
from tests.slices.land import NOW, Land
from tests.slices.matrix import ROWS
from tests.slices.seeing import Oracle, everything, key_of
from tests.world import Party

# What the hub's own roles need to answer at all, and what says nothing of anybody.
KEPT = {"hub.epoch", "hub.schema_version"}


async def purge(connection: asyncpg.Connection, land: Land, party: Party) -> int:
    """Deletes every row that a party may not see; answers how many there were."""
    rows = await everything(connection)
    oracle = Oracle(land, rows, NOW)
    gone = 0
    await connection.execute("set session_replication_role = replica")
    for table in ROWS:
        if table in KEPT:
            continue
        doomed = sorted(set(rows[table]) - oracle.keys(table, party))
        gone += len(doomed)
        await connection.execute(f"delete from {table} t where {key_of(table)} = any($1)", doomed)
    await connection.execute("set session_replication_role = origin")
    return gone


async def purge_traces(connection: asyncpg.Connection) -> None:
    """Deletes unclaimed organisations and planless standards that only foreign apprentices have brought into being."""
    await connection.execute("set session_replication_role = replica")
    left = "select employer_id from apprentices.apprentice"
    await connection.execute(
        f"delete from apprentices.organisation_identifier where organisation_id in (select id from apprentices.organisation"
        f" where not claimed and id not in ({left}))"
    )
    await connection.execute(f"delete from apprentices.organisation where not claimed and id not in ({left})")
    used = "select standard_id from apprentices.apprentice union select standard_id from apprentices.leaver_record"
    await connection.execute(f"delete from apprentices.standard where not planned and id not in ({used})")
    await connection.execute("set session_replication_role = origin")


@pytest.mark.parametrize("number", range(9))
async def test_nothing_tells_a_party_that_anything_foreign_exists(land: Land, number: int) -> None:
    """(e) 2: every query, sort, filter, cursor, count, event, id and refusal, byte for byte, for each of nine parties."""
    party = land.everyone[number]
    async with land.clone() as whole, land.clone() as alone:
        connection = await land.superuser(whole)
        ids = await ids_of(connection)
        await connection.close()
        connection = await land.superuser(alone)
        assert await purge(connection, land, party) > 500
        await purge_traces(connection)
        # Random ids of organisations and standards: whoever knows one has seen it.
        ids |= {prefix: found for prefix, found in (await ids_of(connection)).items() if prefix in ("org", "std")}
        await connection.close()
        one, other = front_of(land, whole), front_of(land, alone)
        operations = [
            *queries(one, party, land), *strangers(land, ids), *refused(one, party, foreign_to(land, party))
        ]  # fmt: skip
        assert len(operations) > 300
        found = differing(await bytes_of(one, party, operations), await bytes_of(other, party, operations))
        assert not found, told_apart(found)


@pytest.mark.parametrize("table", ["hub.card", "hub.event", "apprentices.leaver_record", "grades.assessment"])
async def test_the_comparison_notices_an_open_lock(land: Land, table: str) -> None:
    """A law that cannot fail proves nothing: with one policy opened wide the two worlds differ."""
    party = land.parties["employer"][0]
    async with land.clone() as whole, land.clone() as alone:
        connection = await land.superuser(alone)
        await purge(connection, land, party)
        await connection.close()
        for database in (whole, alone):
            connection = await land.superuser(database)
            await connection.execute(f"alter policy sees_employer on {table} using (true)")
            await connection.close()
        one, other = front_of(land, whole), front_of(land, alone)
        for document, variables in queries(one, party, land):
            if (await one.raw(party, document, **variables)).body != (await other.raw(party, document, **variables)).body:
                return
        raise AssertionError("nothing differs")
