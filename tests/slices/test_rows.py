"""The row lock in PostgreSQL: what each party's role sees of every table, against requirements d7 and X-20."""

import pytest

from hub.slices.rows import TABLES
from hub.store.tables import metadata
from hub.viewer import PartyKind
from tests.slices.land import NOW, Land
from tests.slices.matrix import KINDS, ROWS
from tests.slices.seeing import DAYS, seen, wrong


def test_every_table_has_a_row_in_the_matrix_and_in_the_slices() -> None:
    """DESIGN §1: no table without its row, no row without its table."""
    assert set(ROWS) == set(TABLES) == set(metadata.tables)


async def test_d7_x20_every_party_sees_exactly_its_rows_of_every_table(filled, land: Land) -> None:
    """d7, X-20: all tables × nine parties × today, long before, and after a relation that is still to come."""
    connection, oracles = filled
    problems = []
    async with connection.transaction():
        for day in DAYS:
            for party in land.everyone:
                problems += [await wrong(connection, oracles[day], table, party) for table in ROWS]
    assert [each for each in problems if each] == []


async def test_d7_the_land_holds_something_to_see_and_something_to_hide_in_every_table(filled, land: Land) -> None:
    """A comparison of empty sets proves nothing."""
    _, oracles = filled
    for table, told in ROWS.items():
        for kind, word in zip(KINDS, told, strict=True):
            if word in ("-", "public"):
                continue
            sets = [oracles[NOW].keys(table, party) for party in land.parties[kind]]
            assert any(sets), f"{kind} sees nothing of {table}"
            assert any(each < set(oracles[NOW].rows[table]) for each in sets), f"nothing of {table} is hidden from {kind}"


@pytest.mark.parametrize("kind", ["apprentice", "regulator"])
async def test_d7_roles_without_a_slice_read_no_table(filled, kind: str) -> None:
    """A kind of party that has no row in a table's slice may not even ask."""
    connection, _ = filled
    async with connection.transaction():
        for table in ROWS:
            assert await seen(connection, table, PartyKind(kind), None, NOW) is None, table


@pytest.mark.parametrize("kind", KINDS)
async def test_without_a_party_there_are_no_rows_about_anybody(filled, kind: str) -> None:
    """A connection without its context fails closed."""
    connection, _ = filled
    async with connection.transaction():
        for table, told in ROWS.items():
            if told[KINDS.index(kind)] not in ("-", "public"):
                assert await seen(connection, table, PartyKind(kind), None, NOW) == set(), table


async def test_row_level_security_is_on_and_forced_everywhere(filled) -> None:
    """facts/security §3.5: no table of the hub without its lock, and no policy for everybody but those that say so."""
    connection, _ = filled
    rows = await connection.fetch(
        "select n.nspname || '.' || c.relname as name, c.relrowsecurity and c.relforcerowsecurity as locked from pg_class c"
        " join pg_namespace n on n.oid = c.relnamespace where n.nspname = any($1) and c.relkind in ('r', 'p')",
        ["apprentices", "gateway", "portfolios", "grades", "hub", "auth"],
    )
    assert {row["name"] for row in rows} >= set(ROWS)
    assert [row["name"] for row in rows if not row["locked"]] == []
