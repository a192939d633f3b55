"""What was tampered with is found and named: every column, a deleted row, a cut tail, another order (issue 4, must show)."""

from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy.dialects import postgresql

from hub.store.chain import COLUMNS
from hub.store.pools import Database
from hub.store.tables import metadata
from hub.store.verifying import Fault, Head
from tests.hub.store.recording import above, chained, checked, faults, parties, recorded

OTHER = UUID(int=7)
# One changed byte, or one changed value, for a column of each type.
FLIPS = {
    "UUID": "overlay({0}::text placing case when right({0}::text, 1) = '0' then '1' else '0' end from 36)::uuid",
    "TEXT": "overlay(coalesce({0}, 'xx') placing '~' from 1 for 1)",
    "BYTEA": "set_byte({0}, 0, get_byte({0}, 0) # 1)",
    "TIMESTAMP WITH TIME ZONE": "{0} + interval '1 microsecond'",
    "UUID[]": "array_append({0}, '00000000-0000-0000-0000-000000000007')",
    "TEXT[]": "array_append({0}, 'x')",
    "xid8": "({0}::text::bigint + 1)::text::xid8",
    "BIGINT": "{0} + 1000",
}


async def filled(database: Database) -> tuple[UUID, UUID]:
    """Five rows in each of two chains; answers the parties."""
    one, other = await parties(database, "employer", "epao")
    for _ in range(5):
        await recorded(database, one, uuid4())
        await recorded(database, other, uuid4())
    await chained(database)
    assert (await checked(database)).faults == []
    return one.party, other.party


async def third(connection: asyncpg.Connection, party: UUID) -> UUID:
    """The row in the middle of a chain."""
    found: UUID = await connection.fetchval("select audit_id from hub.audit_link where party_id = $1 and seq = 3", party)
    return found


def columns(table: str) -> list[str]:
    """A table's columns."""
    return [column.name for column in metadata.tables[table].columns]


def flip(table: str, name: str) -> str:
    """SQL that changes one byte of a column."""
    return FLIPS[metadata.tables[table].c[name].type.compile(dialect=postgresql.dialect())].format(f't."{name}"')


def test_every_column_of_the_audit_is_in_its_digest() -> None:
    """A column that comes later must be bound too."""
    assert set(COLUMNS) == set(columns("hub.audit"))


@pytest.mark.parametrize("name", columns("hub.audit"))
async def test_one_flipped_byte_in_any_column_is_found_and_named(world: Database, name: str) -> None:
    """Issue 4, must show: by a superuser, in every column, also where it was null; the first fault names the row."""
    party, _ = await filled(world)
    boss = await above(world)
    row = await third(boss, party)
    await boss.execute(f"update hub.audit t set {name} = {flip('hub.audit', name)} where id = $1", row)
    await boss.close()
    first = (await faults(world))[0]
    assert (first.party, first.seq, first.row) == (party, 3, row)


@pytest.mark.parametrize("name", columns("hub.audit_link"))
async def test_one_flipped_byte_in_any_column_of_a_link_is_found(world: Database, name: str) -> None:
    """Issue 4, must show: the chain itself."""
    party, _ = await filled(world)
    boss = await above(world)
    row = await third(boss, party)
    await boss.execute(f'update hub.audit_link t set "{name}" = {flip("hub.audit_link", name)} where audit_id = $1', row)
    await boss.close()
    found = await faults(world)
    assert any(each.party == party and each.seq == 3 for each in found), found


@pytest.mark.parametrize("name", columns("hub.audit_access"))
async def test_one_flipped_byte_in_what_is_shown_is_found(world: Database, name: str) -> None:
    """What owners are told is what was recorded."""
    party, _ = await filled(world)
    boss = await above(world)
    changed = "'epao'" if name == "audience" else flip("hub.audit_access", name)
    await boss.execute(f"update hub.audit_access t set {name} = {changed} where party_id = $1 and seq = 3", party)
    await boss.close()
    assert any((each.party, each.seq) == (party, 3) for each in await faults(world))


async def test_a_deleted_row_is_named(world: Database) -> None:
    """In the middle, with its link and without."""
    party, other = await filled(world)
    boss = await above(world)
    row = await third(boss, party)
    await boss.execute("delete from hub.audit where id = $1", row)
    first = (await faults(world))[0]
    assert (first.party, first.seq, first.row, first.what) == (party, 3, row, "The row is missing.")
    await boss.execute("delete from hub.audit_link where audit_id = $1", row)
    first = (await faults(world))[0]
    assert (first.party, first.seq, first.what) == (party, 3, "Missing from the chain: number 3.")
    assert all(each.party in (party, None) for each in await faults(world)), other
    await boss.close()


async def test_a_link_taken_from_its_row_is_named(world: Database) -> None:
    """A row that stands there unlinked does not pass for one that still waits."""
    party, _ = await filled(world)
    boss = await above(world)
    row = await boss.fetchval("delete from hub.audit_link where party_id = $1 and seq = 5 returning audit_id", party)
    await boss.execute("delete from hub.audit_access where party_id = $1 and seq = 5", party)
    await boss.close()
    assert Fault(party, None, row, "The row is in no chain: its link was taken away.") in await faults(world)


async def test_another_order_is_named(world: Database) -> None:
    """Two rows change places."""
    party, _ = await filled(world)
    boss = await above(world)
    rows = [row["audit_id"] for row in await boss.fetch(
        "select audit_id from hub.audit_link where party_id = $1 order by seq", party
    )]  # fmt: skip
    await boss.execute("update hub.audit_link set audit_id = $2 where audit_id = $1", rows[1], OTHER)
    await boss.execute("update hub.audit_link set audit_id = $2 where audit_id = $1", rows[3], rows[1])
    await boss.execute("update hub.audit_link set audit_id = $2 where audit_id = $1", OTHER, rows[3])
    await boss.close()
    altered = [(each.seq, each.row) for each in await faults(world) if each.what == "The row or its link was altered."]
    assert altered == [(2, rows[3]), (4, rows[1])]


async def test_a_cut_tail_is_found_by_a_kept_head(world: Database) -> None:
    """Issue 4, must show: rows, links and the relay's own place cut off together leave no gap; the head still tells."""
    party, _ = await filled(world)
    boss = await above(world)
    kept = Head(party, 5, await boss.fetchval("select hash from hub.audit_link where party_id = $1 and seq = 5", party))
    assert await faults(world, [kept]) == []
    await boss.execute("delete from hub.audit where id in (select audit_id from hub.audit_link where seq > 4)")
    for table in ("audit_link", "audit_access"):
        await boss.execute(f"delete from hub.{table} where seq > 4")
    assert [each.what for each in await faults(world)] == ["The relay made 10 links; there are 8 of them."]
    await boss.execute("update hub.audit_place set linked = 8, shown = 8")
    await boss.close()
    assert await faults(world) == []
    (found,) = await faults(world, [kept])
    assert (found.party, found.seq) == (party, 5)
    assert found.what == "The tail is cut off: the kept head is number 5, the chain ends at 4."


async def test_a_chain_forged_anew_is_found_by_a_kept_head(world: Database) -> None:
    """Whoever can rewrite every hash cannot rewrite what a party keeps."""
    party, _ = await filled(world)
    boss = await above(world)
    kept = Head(party, 5, await boss.fetchval("select hash from hub.audit_link where party_id = $1 and seq = 5", party))
    await boss.execute("update hub.audit set act = 'Nothing' where id = $1", await third(boss, party))
    await boss.execute("truncate hub.audit_link, hub.audit_access")
    await boss.execute("update hub.audit_place set linked = 0, shown = 0, xid = '0'")
    await boss.close()
    await chained(world)
    assert await faults(world) == []
    (found,) = await faults(world, [kept])
    assert (found.party, found.seq, found.what) == (party, 5, "The chain is not the one whose head was kept.")
