"""Generated worlds: a land recast by chance, in SQL, with every relation dated, opened and closed by chance.

What each party may see of such a world is known from how it was made, never from the hub's own slices.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from uuid import UUID

import asyncpg
from sqlalchemy.dialects import postgresql

from hub.store.pools import Database
from hub.store.tables import metadata
from tests.slices.filling import fill
from tests.slices.land import NOW, Land, apprentice_of
from tests.world import KEYS, Party, World

SUBJECTS = "create temp table subject (apprentice_id uuid primary key, keeps boolean not null)"
RECAST = "create temp table recast (apprentice_id uuid, old uuid, new uuid, primary key (apprentice_id, old))"
OPENED = "create temp table opened (party_id uuid, apprentice_id uuid, reach int, primary key (party_id, apprentice_id))"
# Columns of rows about apprentices that name no party, by hand; every other UUID column is recast.
NO_PARTY = {"id", "apprentice_id", "standard_id", "result_id", "merged_into"}
SAME_ULN = (
    "update apprentices.identity t set uln = $1 where apprentice_id = $2 and not exists"
    " (select 1 from apprentices.identity i where i.uln = $1 and i.registered_by = t.registered_by)"
)
PASSED = "update hub.card set readiness = 'PASSED'"
DAY = timedelta(days=1)


@dataclass
class Made(Land):
    """A world made by chance: a land whose parts are taken by others and whose cards are dated otherwise."""

    seed: int = 0
    twisted: dict[tuple[UUID, str], int | None] = field(default_factory=dict)

    def reach(self, party: Party, name: str) -> int | None:
        """How far the apprentice is open to a party today, as the world was made."""
        key = (party.viewer.party, name)
        return self.twisted[key] if key in self.twisted else super().reach(party, name)


@dataclass(frozen=True)
class Stock:
    """What worlds are made from: a land brought about by acts, and parties who play no part in it yet."""

    land: Land
    players: Mapping[str, list[Party]]


async def stock(land: Land, name: str, *, full: bool) -> Stock:
    """A copy of a land with, of each kind, four parties without a part; `full` gives every apprentice every row."""
    await land.cluster.create(name, land.template)
    database = Database(land.cluster.owner_url(name), land.cluster.secret, connections=10)
    database.name = name
    try:
        world = World(database)
        players = {kind: [await world.party(kind) for _ in range(4)] for kind in land.parties}
        connection = await land.superuser(database)
        if full:
            await fill(connection, land)
        # Whoever takes an EPAO's part opens what that EPAO has sealed.
        held = [key for each in land.parties["epao"] for key in KEYS._of.get(each.viewer.party, ())]
        for each in players["epao"]:
            KEYS._of[each.viewer.party] = held
        await connection.close()
    finally:
        await database.close()
    return Stock(replace(land, template=name), players)


async def ready(connection: asyncpg.Connection) -> None:
    """The tables in which a connection notes how a world was made."""
    for statement in (SUBJECTS, RECAST, OPENED):
        await connection.execute(statement)
    await connection.execute("grant select on subject, recast, opened to public")


async def make(connection: asyncpg.Connection, stock_: Stock, seed: int) -> Made:
    """Makes a world inside the connection's transaction."""
    chance = random.Random(seed)
    land = stock_.land
    names = chance.sample(sorted(land.stories), chance.randint(8, len(land.stories)))
    world = Made(land.cluster, land.template, seed=seed, parties={kind: list(each) for kind, each in stock_.players.items()})
    parts = []
    for name in sorted(land.stories):
        kept = name in names
        turned = {kind: chance.sample(each[:3], 3) for kind, each in stock_.players.items()}
        new = {old.viewer.party: turned[kind][place] for kind, olds in land.parties.items() for place, old in enumerate(olds)}
        parts.append((apprentice_of(land, name), kept, land.everyone, new))
        if kept:
            cast = tuple(new[each.viewer.party] for each in land.cast[name])
            world.stories[name] = replace(land.stories[name])
            world.cast[name], world.state[name] = cast, land.state[name]
    await _recast(connection, parts)
    await _twist(connection, world, chance)
    await _crowd(connection, world, chance)
    await note(connection, world)
    return world


async def _recast(connection: asyncpg.Connection, parts: list[tuple[UUID, bool, list[Party], dict[UUID, Party]]]) -> None:
    await connection.executemany("insert into subject values ($1, $2)", [(subject, kept) for subject, kept, _, _ in parts])
    rows = [
        row
        for subject, _, olds, new in parts
        for old in olds
        for row in (
            (subject, old.viewer.party, new[old.viewer.party].viewer.party),
            (subject, old.viewer.organisation, new[old.viewer.party].viewer.organisation),
        )
    ]
    await connection.executemany("insert into recast values ($1, $2, $3)", rows)
    for statement in _statements():
        await connection.execute(statement)


@cache
def about() -> dict[str, str]:
    """Every table with rows about apprentices, and the column that says which."""
    found = {}
    for name, table in metadata.tables.items():
        if "apprentice_id" in table.columns and name not in ("hub.outbox",):
            found[name] = "apprentice_id"
    return {**found, "apprentices.apprentice": "id"}


@cache
def _statements() -> tuple[str, ...]:
    return tuple(_recasting())


def _recasting() -> Iterator[str]:
    for table, key in about().items():
        yield f"delete from {table} where {key} in (select apprentice_id from subject where not keeps)"
    for table, key in about().items():
        if table == "hub.event":
            continue
        for column in metadata.tables[table].columns:
            if isinstance(column.type, postgresql.UUID) and column.name not in NO_PARTY:
                yield (
                    f"update {table} t set {column.name} = r.new from recast r"
                    f" where r.apprentice_id = t.{key} and r.old = t.{column.name}"
                )
    others = [c.name for c in metadata.tables["hub.event"].columns if c.name not in ("party_id", "seq")]
    shown = ", ".join(others)
    yield (
        "with gone as (delete from hub.event returning *)"
        f" insert into hub.event (party_id, seq, {shown}) select r.new,"
        f" row_number() over (partition by r.new order by g.at, g.party_id, g.seq), {', '.join(f'g.{c}' for c in others)}"
        " from gone g join recast r on r.apprentice_id = g.apprentice_id and r.old = g.party_id"
    )


async def _twist(connection: asyncpg.Connection, world: Made, chance: random.Random) -> None:
    """Dates and opens some of the cards otherwise: still to come, from today, until today, over, less or more open."""
    for name in world.stories:
        for party in world.cast[name]:
            reach = world.reach(party, name)
            if reach is None or chance.random() > 0.35:
                continue
            other = chance.randint(0, 3)
            change, seen = chance.choice(
                [
                    ({"opened_on": NOW + DAY}, None),
                    ({"opened_on": NOW + 200 * DAY}, None),
                    ({"opened_on": NOW}, reach),
                    ({"closed_on": NOW}, None),
                    ({"closed_on": NOW - 30 * DAY}, None),
                    ({"closed_on": NOW + DAY}, reach),
                    ({"reach": other}, other),
                ]
            )
            ((column, value),) = change.items()
            await connection.execute(
                f"update hub.card set {column} = $1 where party_id = $2 and apprentice_id = $3",
                value, party.viewer.party, apprentice_of(world, name),
            )  # fmt: skip
            world.twisted[party.viewer.party, name] = seen


async def _crowd(connection: asyncpg.Connection, world: Made, chance: random.Random) -> None:
    """Equal ULNs, equal sort keys and equal references, so that nothing foreign can hide behind being different."""
    names = sorted(world.stories)
    for one, other in (chance.sample(names, 2) for _ in range(chance.randint(0, 3))):
        subject, uln = apprentice_of(world, one), world.stories[other].uln
        if await connection.execute(SAME_ULN, uln, subject) == "UPDATE 0":
            continue
        world.stories[one].uln = uln
        await connection.execute("update hub.card set uln = $1 where apprentice_id = $2 and uln is not null", uln, subject)
    if chance.random() < 0.5:
        await connection.execute(
            "update hub.card set name_sort = 'same', due_sort = '2026-07-01', start_sort = '2026-01-01',"
            " gateway_sort = '2026-08-01' where get_byte(uuid_send(apprentice_id), 0) > $1", chance.randint(0, 200),
        )  # fmt: skip
    if chance.random() < 0.5:
        # A card that says so is asked for grades, whatever the state its apprentice was in.
        await connection.execute(PASSED)
    if chance.random() < 0.5:
        await connection.execute(
            "update hub.card set my_reference = 'ref-posted' where get_byte(uuid_send(apprentice_id), 1) > $1",
            chance.randint(100, 250),
        )  # fmt: skip


async def note(connection: asyncpg.Connection, world: Land) -> None:
    """Notes how far each apprentice is open to each party, for the oracle's SQL."""
    rows = [
        (party.viewer.party, apprentice_of(world, name), reach)
        for party in world.everyone
        for name in world.stories
        if (reach := world.reach(party, name)) is not None
    ]
    await connection.execute("delete from opened")
    await connection.executemany("insert into opened values ($1, $2, $3)", rows)
