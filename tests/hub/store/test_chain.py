"""The chain of the audit: gapless per party, independent of other parties, whole after a crash at any step (issue 4, 5)."""

import asyncio
import random
from uuid import UUID, uuid4

import asyncpg
import pytest

from hub.store.chain import BATCH, START, Chain, bound
from hub.store.pools import Database
from hub.store.recorder import Recorder
from hub.store.relay import Relay
from hub.store.verifying import digest_of
from tests.hub.store.recording import WHAT, above, chained, checked, faults, parties, recorded
from tests.hub.store.telling import now, until

STEPS = ("linking", "read", "linked", "marked", "chained", "showing", "shown", "kept", "told")
TABLES = ("audit", "audit_link", "audit_head", "audit_access")


async def links(database: Database) -> dict[UUID, list[asyncpg.Record]]:
    """Every chain."""
    connection = await database.connect("hub_operator")
    try:
        rows = await connection.fetch("select * from hub.audit_link order by party_id, seq")
    finally:
        await connection.close()
    found: dict[UUID, list[asyncpg.Record]] = {}
    for row in rows:
        found.setdefault(row["party_id"], []).append(row)
    return found


async def test_each_party_has_a_chain_of_its_own(world: Database) -> None:
    """Numbers begin at one for each party and have no gap; another party's rows change no hash of it."""
    one, other = await parties(world, "employer", "epao")
    for times in (1, 3, 2):
        await recorded(world, one, uuid4(), times=times)
        await recorded(world, other, uuid4(), times=times)
        await chained(world)
    found = await links(world)
    assert [row["seq"] for row in found[one.party]] == [row["seq"] for row in found[other.party]] == list(range(1, 7))
    before = START
    connection = await world.connect("hub_operator")
    for link in found[one.party]:
        row = await connection.fetchrow("select *, xid::text::bigint as number from hub.audit where id = $1", link["audit_id"])
        assert row is not None
        before = bound(before, one.party, link["seq"], link["n"], digest_of({**row, "xid": row["number"]}))
        assert link["hash"] == before
    await connection.close()


async def test_rows_of_many_writers_are_linked_once_each_while_transactions_are_open(world: Database) -> None:
    """A row of a transaction that ends late is linked all the same: the place never passes it (facts §4.1)."""
    viewers = await parties(world, "employer", "provider", "epao")
    stop = asyncio.Event()
    relay = asyncio.create_task(Relay(world, now).run(stop))
    dice = random.Random(7)

    async def reads(viewer: object) -> None:
        recorder = Recorder(world)
        for _ in range(60):
            await recorder.record(viewer, WHAT, (uuid4(),))  # type: ignore[arg-type]
            await asyncio.sleep(dice.random() * 0.01)
        await recorder.close()

    async def acts() -> None:
        connection = await world.connect("hub_operator")
        for _ in range(12):
            async with connection.transaction():
                await connection.execute(
                    "insert into hub.audit (id, party_id, client, act, subjects, fingerprint, at)"
                    " values (gen_random_uuid(), $1, 'c', 'act', '{}', '', now())", viewers[0].party
                )  # fmt: skip
                await asyncio.sleep(dice.random() * 0.1)
        await connection.close()

    await asyncio.gather(*(reads(viewer) for viewer in viewers), acts(), acts())

    async def whole() -> bool:
        verdict = await checked(world)
        return verdict.links == 3 * 60 + 24 and verdict.waiting == 0

    await until(whole)
    stop.set()
    await relay
    assert await faults(world) == []


@pytest.mark.parametrize("step", STEPS)
async def test_a_relay_killed_at_any_step_leaves_the_chain_whole(world: Database, step: str) -> None:
    """Issue 4, 5: nothing is linked twice, left out or shown twice."""
    (viewer,) = await parties(world, "employer")
    await recorded(world, viewer, uuid4(), uuid4(), times=3)

    async def failing(name: str) -> None:
        if name == step:
            raise ConnectionResetError(name)

    connection = await world.connect("hub_relay")
    chain = Chain(failing)
    with pytest.raises(ConnectionResetError):
        await chain.begin(connection)
        await chain.forge(connection)
    connection.terminate()
    await recorded(world, viewer, uuid4())
    await chained(world)
    verdict = await checked(world)
    assert (verdict.links, verdict.waiting, verdict.faults) == (4, 0, [])
    connection = await world.connect("hub_operator")
    assert await connection.fetchval("select count(*) from hub.audit_access") == 7
    await connection.close()


async def test_a_burst_is_linked_and_shown_in_pieces(world: Database) -> None:
    """More rows and more subjects than one step takes."""
    (viewer,) = await parties(world, "provider")
    await recorded(world, viewer, *(uuid4() for _ in range(30)), times=2 * BATCH + 3)
    await chained(world)
    verdict = await checked(world)
    assert (verdict.links, verdict.waiting, verdict.faults) == (2 * BATCH + 3, 0, [])


async def test_rows_from_before_a_restore_are_linked_on_a_server_whose_numbers_are_lower(world: Database) -> None:
    """After a dump is loaded elsewhere transaction numbers begin anew: what waited is linked, and so is what comes."""
    (viewer,) = await parties(world, "employer")
    await recorded(world, viewer, uuid4(), times=2)
    await chained(world)
    await recorded(world, viewer, uuid4())
    boss = await above(world)
    await boss.execute("update hub.audit set xid = '900000000000' where id not in (select audit_id from hub.audit_link)")
    await boss.execute("update hub.audit_place set xid = '800000000000'")
    await boss.close()
    await chained(world)
    await recorded(world, viewer, uuid4())
    await chained(world)
    verdict = await checked(world)
    assert (verdict.links, verdict.waiting, verdict.faults) == (4, 0, [])


async def test_nobody_may_change_or_delete_what_was_recorded(world: Database) -> None:
    """Issue 4, 5: no role of the hub has the right, whichever it takes on."""
    boss = await above(world)
    rows = await boss.fetch(
        "select t.name || ' ' || r.rolname || ' ' || p.name as found from unnest($1::text[]) t(name)"
        " cross join pg_roles r cross join unnest(array['update', 'delete', 'truncate', 'references', 'trigger']) p(name)"
        " where r.rolname like 'hub%' and r.rolname <> 'hub_owner' and not r.rolsuper"
        " and not exists (select 1 from pg_class c where c.oid = ('hub.' || t.name)::regclass and c.relowner = r.oid)"
        " and has_table_privilege(r.oid, 'hub.' || t.name, p.name)", list(TABLES)
    )  # fmt: skip
    assert [row["found"] for row in rows] == []
    readers = await boss.fetch(
        "select r.rolname from pg_roles r cross join pg_class c where c.oid = 'hub.audit'::regclass and c.relowner <> r.oid"
        " and r.rolname like 'hub%' and not r.rolsuper and has_table_privilege(r.oid, c.oid, 'select')"
    )
    assert {row["rolname"] for row in readers} == {"hub_relay", "hub_operator"}
    await boss.close()
    auditor = await world.connect("hub_audit")
    for statement in ("select * from hub.audit", "delete from hub.audit", "update hub.audit set client = ''"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await auditor.execute(statement)
    await auditor.close()
