"""Several nouns in one process: its roles have the rights of those nouns' own roles, and no others."""

from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from hub.acts.engine import Engine
from hub.slices.rows import NOUNS, PARTY_KINDS
from hub.store.bell import Bell
from hub.store.plans import load_library
from hub.store.pools import Database, owner_connection
from hub.store.roles import LOGIN_ROLES, RULES, SEATS, SETS, UNGRADED, WHOLE, Seat, subgraph_seal
from hub.viewer import PartyKind
from infra.lint import lint
from infra.postgres import EmbeddedPostgres
from schema.federation.ownership import owner_of_field
from schema.graph import Graph
from tests.infra.test_subgraphs import CARDS, GRADED, Parted, alike, keys_of, played, seated
from tests.world import KEYS, SEAL, new_world

TABLES = (
    "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r'"
    " and n.nspname in ('apprentices', 'gateway', 'portfolios', 'grades', 'hub', 'auth') and has_table_privilege(c.oid, $1)"
)
CHOSEN = [seat for seat in SETS if seat.nouns in {("gateway", "portfolios"), ("apprentices", "portfolios"), NOUNS}]
named = pytest.mark.parametrize("seat", CHOSEN, ids=lambda seat: seat.name)
Sat = Callable[[Seat], Database]


@pytest.fixture
async def sat(cluster: EmbeddedPostgres, world: Database) -> AsyncIterator[Sat]:
    """Opens the database as the process of a set of nouns does."""
    for seat in CHOSEN:
        await cluster.seat_in(seat)
    opened: list[Database] = []

    def open_(seat: Seat) -> Database:
        opened.append(seated(world, *seat.nouns))
        return opened[-1]

    yield open_
    for each in opened:
        await each.close()


async def tables(database: Database, role: str, right: str = "select") -> set[str]:
    """The tables on which a role has a right."""
    connection = await database.connect(role)
    try:
        return {row[0] for row in await connection.fetch(TABLES, right)}
    finally:
        await connection.close()


@named
async def test_a_set_answers_what_the_whole_hub_answers_and_acts_with_the_same_end(
    world: Database, sat: Sat, seat: Seat
) -> None:
    """Issue 3, item 1: one process serves several nouns, one statement to an operation, and the story ends alike."""
    whole = await new_world(world)
    graph = Graph(world, whole.engine, SEAL, lambda: whole.today, Bell(world))
    mutations = graph.schema.mutation_type
    assert mutations is not None
    database = sat(seat)
    acting = Parted(world, whole.today)
    own = Engine(database, load_library(), subgraph_seal(SEAL, *seat.nouns), lambda: acting.today, keys_of(*seat.nouns))
    other = Engine(world, load_library(), SEAL, lambda: acting.today, KEYS)
    acting.engines = {name: own if owner_of_field(mutations, name) in seat.nouns else other for name in mutations.fields}
    story, plain = await played(acting), await played(whole)
    assert await whole.rows(CARDS, story.apprentice) == await whole.rows(CARDS, plain.apprentice)
    part = Graph(database, own, SEAL, lambda: acting.today, Bell(database), nouns=seat.nouns)
    await alike(part, Graph(world, other, SEAL, lambda: acting.today, Bell(world)), story)


@named
async def test_a_role_of_a_set_has_the_rights_of_its_nouns_and_no_more(world: Database, sat: Sat, seat: Seat) -> None:
    """Issue 3, item 1: a set's process cannot read a table outside its set with SQL of its own."""
    database = sat(seat)
    for role, *own in zip(seat.roles, *(SEATS[noun].roles for noun in seat.nouns), strict=True):
        parts = [await tables(seated(world, noun), each) for noun, each in zip(seat.nouns, own, strict=True)]
        assert await tables(database, role) == set().union(*parts)
        # A process records reads, as each of its nouns' does; nothing else is written but as the rules' role.
        assert await tables(database, role, "insert") == ({"hub.audit"} if role == seat.process else set())
        assert await tables(database, role, "update, delete") == set()
    pool = await database.party_reader(PartyKind.EPAO)
    for table in {"gateway.item", "portfolios.evidence", "grades.result", "apprentices.identity"}:
        if table.partition(".")[0] in seat.nouns:
            await pool.fetch(f"select * from {table}")
        else:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await pool.fetch(f"select * from {table}")


async def test_a_set_without_grades_selects_none_whichever_role_it_takes_on(sat: Sat) -> None:
    """Issue 3, Must show, for a set: nobody gets from `apprentices` with `portfolios` to a grade."""
    (seat,) = (each for each in CHOSEN if each.nouns == ("apprentices", "portfolios"))
    may = {role for noun in seat.nouns for role in SEATS[noun].roles} | {UNGRADED}
    for role in seat.roles:
        connection = await sat(seat).connect(role)
        try:
            for other in (*LOGIN_ROLES, RULES, UNGRADED, "hub_owner", "postgres"):
                try:
                    await connection.execute(f"set role {other}")
                except asyncpg.InsufficientPrivilegeError:
                    continue
                assert other in may, (role, other)
                for sql in GRADED:
                    with pytest.raises(asyncpg.InsufficientPrivilegeError):
                        await connection.execute(sql)
        finally:
            await connection.close()


@named
async def test_the_secret_of_a_set_opens_its_own_roles_alone(world: Database, sat: Sat, seat: Seat) -> None:
    others = [*LOGIN_ROLES, *(role for each in CHOSEN if each != seat for role in each.roles)]
    for role in seat.roles:
        await (await sat(seat).connect(role)).close()
        for noun in seat.nouns:
            with pytest.raises(asyncpg.InvalidPasswordError):
                await seated(world, noun).connect(role)
    for role in others:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await sat(seat).connect(role)


async def test_the_lint_knows_what_a_set_may_inherit(world: Database, cluster: EmbeddedPostgres, sat: Sat) -> None:
    """Issue 3, item 1: `hub db check` finds a set with rights beyond its nouns'."""
    owner = await owner_connection(world.url.render_as_string(hide_password=False))
    root = await cluster._superuser()
    try:
        assert not any(found.breaches for found in await lint(owner))
        await root.execute("grant hub_grades_epao to hub_gateway_portfolios_epao")
        broken = {found.name for found in await lint(owner) if found.breaches}
        assert broken == {"memberships"}
        await owner.execute("grant select on grades.grade to hub_gateway_portfolios_provider")
        assert {"memberships", "grants"} <= {found.name for found in await lint(owner) if found.breaches}
    finally:
        await root.execute("revoke hub_grades_epao from hub_gateway_portfolios_epao")
        await root.close()
        await owner.close()


async def test_every_role_a_seat_names_is_there(world: Database, sat: Sat) -> None:
    """The whole hub's too: `process` reads which keys sign, and there is no role of a noun called nothing."""
    for seat in (WHOLE, *SEATS.values(), *CHOSEN):
        database = world if seat.whole else seated(world, *seat.nouns)
        for role in {*(seat.party(kind) for kind in PARTY_KINDS), seat.process, seat.listener, seat.watcher, seat.auditor}:
            await (await database.connect(role)).close()
        connection = await database.connect(seat.process)
        await connection.fetch("select kid, public from auth.signing_key")
        await connection.close()


def test_names_of_roles_fit_and_are_told_apart() -> None:
    roles = [role for seat in (*SEATS.values(), *SETS) for role in seat.roles]
    assert len(set(roles)) == len(roles) and max(map(len, roles)) < 63
    assert len({subgraph_seal(SEAL, *seat.nouns) for seat in (*SEATS.values(), *SETS)}) == len(SEATS) + len(SETS)
