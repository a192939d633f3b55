"""The row lock in PostgreSQL: what each party's role sees of every table, against requirements d7 and X-20, and its mutants."""

from collections.abc import Iterator
from datetime import date

import asyncpg
import pytest

from hub.slices.rows import TABLES, Sees
from hub.store.policies import condition
from hub.store.tables import metadata
from hub.viewer import PartyKind
from tests.slices.filling import fill
from tests.slices.land import NOW, Land
from tests.slices.matrix import KINDS, ROWS
from tests.slices.seeing import Oracle, everything, seen
from tests.world import Party

DAYS = (NOW, date(2022, 1, 1), date(2027, 2, 1))


@pytest.fixture(scope="module")
async def filled(land: Land):
    """A connection above every lock to a land where every apprentice has a row in every table, and its oracles by day."""
    async with land.clone() as database:
        connection = await land.superuser(database)
        await fill(connection, land)
        rows = await everything(connection)
        yield connection, {day: Oracle(land, rows, day) for day in DAYS}
        await connection.close()


async def wrong(connection: asyncpg.Connection, oracle: Oracle, table: str, party: Party) -> str | None:
    """What is wrong with what a party's role sees of a table; none if it is as the matrix has it."""
    try:
        found = await seen(connection, table, party.viewer.kind, party.viewer.party, oracle.today)
    except asyncpg.PostgresError as error:
        return f"{table} {party.viewer.kind}: {error}"
    denied = ROWS[table][KINDS.index(party.viewer.kind.value)] == "-"
    if denied:
        return None if found is None else f"{table} may be asked by {party.viewer.kind}"
    expected = oracle.keys(table, party)
    if found == expected:
        return None
    more, less = sorted((found or set()) - expected)[:3], sorted(expected - (found or set()))[:3]
    return f"{table} {party.viewer.kind} on {oracle.today}: too many {more}, too few {less}"


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


def mutants(table: str, sees: Sees) -> Iterator[tuple[str, str | None]]:
    """Broken policies: dropped, widened, inverted, each part left out, and one step too generous."""
    whole = condition(table, sees)
    yield "dropped", None
    if whole == "true":
        yield "inverted", "false"
        return
    yield "widened", "true"
    yield "inverted", f"not ({whole})"
    if sees.reach is not None:
        yield "any card of anybody", condition(table, sees).replace("c.party_id = (select hub.party()) and ", "")
        if sees.reach > 0:
            yield "reach lowered", condition(table, Sees(sees.reach - 1, sees.where))
        if sees.reach < 3:
            yield "reach raised", condition(table, Sees(sees.reach + 1, sees.where))
        if sees.where is not None:
            yield "condition dropped", condition(table, Sees(sees.reach, None))
            yield "card dropped", condition(table, Sees(None, sees.where))
            yield "or for and", condition(table, Sees(sees.reach, None)) + f" or ({sees.where})"
    elif " and " in sees.where:
        parts = sees.where.split(" and ")
        for number in range(len(parts)):
            yield f"part {number} dropped", " and ".join(parts[:number] + parts[number + 1 :])
        yield "opens a day late", sees.where.replace("opened_on <=", "opened_on <")
        yield "closes a day late", sees.where.replace("closed_on >", "closed_on >=")


# A lock behind a lock hides that the first is broken: to try one, the other is opened.
CARD_OPENED = "opened_on <= (select hub.today()) and closed_on > (select hub.today())"
BEHIND_RESULT = ("grades.result_component", "grades.breach")


def opened(table: str, kind: str, name: str) -> Iterator[str]:
    """The statements that open the other locks behind which a mutant would hide."""
    if name == "any card of anybody":
        yield f"alter policy sees_{kind} on hub.card using ({CARD_OPENED})"
    if table in BEHIND_RESULT and name in ("any card of anybody", "reach lowered", "card dropped"):
        yield f"alter policy sees_{kind} on grades.result using (epao_party_id = (select hub.party()))"


async def killed(
    connection: asyncpg.Connection, oracles, parties: list[Party], table: str, name: str, using: str | None
) -> bool:
    """Whether the oracle notices the broken policy; it is undone at once."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        for statement in opened(table, parties[0].viewer.kind.value, name):
            await connection.execute(statement)
        policy = f"sees_{parties[0].viewer.kind} on {table}"
        await connection.execute(f"drop policy {policy}" if using is None else f"alter policy {policy} using ({using})")
        for party in parties:
            for oracle in oracles:
                if await wrong(connection, oracle, table, party):
                    return True
        return False
    finally:
        await transaction.rollback()


async def test_d7_every_mutant_of_every_policy_is_noticed(filled, land: Land) -> None:
    """facts/security §3.5: dropped, widened, inverted, lowered, loosened: each broken policy is caught by the oracle."""
    connection, oracles = filled
    survivors, tried = [], 0
    for table, slice_ in TABLES.items():
        for kind, sees in slice_.sees.items():
            parties = land.parties[kind.value]
            for name, using in mutants(table, sees):
                tried += 1
                if not await killed(connection, list(oracles.values()), parties, table, name, using):
                    survivors.append((table, str(kind), name))
    assert tried > 250
    assert survivors == []


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
