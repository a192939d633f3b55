"""What a connection may do with SQL of its own: as the role it logs in under, and after SET ROLE to the one its acts take on.

A login role is held to its own slice, but the role of acts sees every party's rows: what is left to say of it is which
rights it has, on which tables, and who may take it on. All three are written by hand here and in `rights.py`.
"""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from hub.store.pools import Database
from hub.store.roles import LOGIN_ROLES, role_sql
from tests.hub.store.recording import above
from tests.slices import rights

KINDS = ("employer", "provider", "epao")
# Whose acts may know results, and whose may not.
GRADED, UNGRADED = ("gateway", "grades"), ("apprentices", "portfolios")
ADOPTS = {
    **{f"hub_{kind}": "hub_rules" for kind in (*KINDS, "operator")},
    **{f"hub_{noun}_{kind}": "hub_rules" for noun in GRADED for kind in KINDS},
    **{f"hub_{noun}_{kind}": "hub_ungraded" for noun in UNGRADED for kind in KINDS},
}
ALONE = (
    "hub_apprentice",
    "hub_regulator",
    "hub_relay",
    "hub_auth",
    "hub_audit",
    *(f"hub_{noun}_process" for noun in rights.NOUNS),
)
EVERYBODY = ("hub.schema_version", "*", "SELECT")

RELATIONS = (
    "from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname not in ('pg_catalog', 'information_schema')"
    " and n.nspname !~ '^pg_toast'"
)
OF_TABLES = (
    f"select n.nspname || '.' || c.relname, '*', p {RELATIONS} and c.relkind not in ('i', 'I', 'c'),"
    " unnest($1::text[]) p where has_table_privilege(c.oid, p)"
)
OF_COLUMNS = (
    f"select n.nspname || '.' || c.relname, a.attname, p {RELATIONS}"
    " join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and c.relkind not in ('i', 'I', 'c'),"
    " unnest(array['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) p"
    " where has_column_privilege(c.oid, a.attnum, p) and not has_table_privilege(c.oid, p)"
)
EVERY = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
Right = tuple[str, str, str]


@pytest.fixture
async def boss(world: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection that may log in as anybody."""
    connection = await above(world)
    yield connection
    await connection.close()


async def held(connection: asyncpg.Connection) -> set[Right]:
    """Every (table, column or `*`, right) of the role that a connection has taken on, wherever it comes from."""
    every = EVERY + (["MAINTAIN"] if connection.get_server_version().major >= 17 else [])
    return {tuple(row) for row in [*await connection.fetch(OF_TABLES, every), *await connection.fetch(OF_COLUMNS)]}


async def reached(boss: asyncpg.Connection, login: str) -> dict[str, set[Right]]:
    """What a connection of a login role can do, under each role that it can take on."""
    found = {}
    everyone = [row[0] for row in await boss.fetch("select rolname from pg_roles")]
    async with boss.transaction():
        await boss.execute(f"set local session authorization {login}")
        for role in everyone:
            try:
                async with boss.transaction():
                    await boss.execute(f'set local role "{role}"')
            except asyncpg.InsufficientPrivilegeError:
                continue
            found[role] = await held(boss)
    return found


def written(login: str) -> dict[str, set[Right]]:
    """The same, as it is written by hand."""
    every = [(role, (table, column, right)) for table in rights.MAY for role, column, right in rights.rights(table)]
    roles = {login, ADOPTS.get(login, login)}
    return {role: {EVERYBODY, *(right for who, right in every if who == role)} for role in roles}


def test_every_login_role_is_written_by_hand() -> None:
    """DESIGN §3: nobody connects under a role of which it is not said here what it may take on."""
    assert sorted([*ADOPTS, *ALONE]) == sorted(LOGIN_ROLES)


@pytest.mark.parametrize("login", [*ADOPTS, *ALONE])
async def test_d7_with_sql_of_its_own_a_connection_has_the_rights_written_by_hand(boss: asyncpg.Connection, login: str) -> None:
    """d7, issue 3 Must show: its own, and after SET ROLE those of the acts; on no relation of the database any other."""
    assert await reached(boss, login) == written(login)


def test_the_acts_that_may_know_no_grade_have_no_right_on_one() -> None:
    """Issue 3, Must show: of the tables of results `hub_ungraded` reads where an assessment stands, and nothing else."""
    of_grades = {each for each in written("hub_portfolios_employer")["hub_ungraded"] if each[0].startswith("grades.")}
    assert of_grades == {("grades.standing", "*", "SELECT")}


NEW = {
    "a table to the acts": "grant select on hub.audit to hub_rules",
    "a table of results to acts that know none": "grant select on grades.result to hub_ungraded",
    "a column of it": "grant select (sealed) on grades.result to hub_ungraded",
    "a way to empty a table": "grant truncate on gateway.item to hub_rules",
    "a table to everybody": "grant select on auth.secret to public",
    "a table of no slice": "create table public.copies (id int); grant select on public.copies to hub_rules",
    "a view": "create view grades.told as select id from grades.result; grant select on grades.told to hub_ungraded",
    "a role to take on": "grant hub_rules to hub_portfolios_employer",
    "a role that reads everything": "grant pg_read_all_data to hub_ungraded",
    "a right less": "revoke insert on hub.audit from hub_rules, hub_ungraded",
}


@pytest.mark.parametrize("change", NEW.values(), ids=NEW)
async def test_every_new_right_of_the_acts_is_noticed(boss: asyncpg.Connection, change: str) -> None:
    transaction = boss.transaction()
    await transaction.start()
    try:
        await boss.execute(change)
        logins = ("hub_employer", "hub_portfolios_employer")
        assert [await reached(boss, login) for login in logins] != [written(login) for login in logins]
    finally:
        await transaction.rollback()


async def test_what_an_earlier_release_let_a_role_take_on_is_taken_from_it(world: Database, boss: asyncpg.Connection) -> None:
    """d7: the statements that make the roles also end whatever membership is none of theirs, and no other."""
    given = "select member::regrole::text, roleid::regrole::text from pg_auth_members"
    before = {tuple(row) for row in await boss.fetch(given)}
    await boss.execute("grant hub_rules to hub_regulator, hub_portfolios_epao")
    for statement in role_sql(world.secret):
        await boss.execute(statement)
    assert {tuple(row) for row in await boss.fetch(given)} == before
