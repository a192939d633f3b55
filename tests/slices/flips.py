"""Changes what an EPAO keeps to itself until the release: every column, by its type, and whether the rows are there at all."""

import random
from functools import cache

import asyncpg
from sqlalchemy import Column
from sqlalchemy.dialects import postgresql

from hub.store.tables import metadata
from tests.slices.land import FULL, apprentice_of
from tests.slices.worlds import Made
from tests.world import Party

# What is told to nobody else before the release (d7: marks, provisional grades, attendance), and which of its rows.
HIDDEN = {
    "grades.result": "true",
    "grades.result_component": "true",
    "grades.breach": "true",
    "grades.assessment": "t.audience = 'epao'",
    "grades.grade": "t.audience = 'epao'",
    "grades.standing": "true",
    "hub.audit_access": "t.audience = 'epao'",
}
# Columns that say which row it is, and whose.
KEYS = {"id", "apprentice_id", "result_id", "epao_party_id", "party_id", "seq", "audience", "method", "attempt", "version"}
BY_TYPE = {
    "TEXT": "coalesce({c}, '') || '~'",
    "INTEGER": "coalesce({c}, 0) + 7",
    "BIGINT": "coalesce({c}, 0) + 7",
    "SMALLINT": "coalesce({c}, 0) + 1",
    "BOOLEAN": "{c} is not true",
    "DATE": "coalesce({c}, date '2026-01-01') + 3",
    "TEXT[]": "array_append({c}, '~')",
    "BYTEA": "sha256(coalesce({c}, ''))",
    "JSONB": "jsonb_build_object('was', {c})",
    "TIMESTAMP WITH TIME ZONE": "coalesce({c}, timestamptz '2026-01-01') + interval '1 hour'",
    "UUID": "gen_random_uuid()",
}
NEW_IDS = {"id": "md5({c}::text || $1)::uuid", "result_id": "md5({c}::text || $1)::uuid", "version": "{c} + 50"}


def flipped(column: Column) -> str:
    """Another value for a column, in SQL."""
    kind = str(column.type.compile(dialect=postgresql.dialect()))
    assert kind in BY_TYPE, f"{column.table}.{column.name} is {kind}: say in tests/slices/flips.py how to change one"
    return BY_TYPE[kind].format(c=f"t.{column.name}")


@cache
def _changed(table: str) -> str:
    columns = [each for each in metadata.tables[table].columns if each.name not in KEYS]
    # What is computed from other columns changes with them.
    # What is empty stays so: whether a row is sealed or in clear is checked by the database.
    changes = ", ".join(
        f"{each.name} = case when t.{each.name} is not null then {flipped(each)} end"
        for each in columns
        if each.computed is None
    )
    return f"update {table} t set {changes} where t.apprentice_id = any($1) and {HIDDEN[table]}"


@cache
def _added(table: str) -> str:
    columns = [each.name for each in metadata.tables[table].columns if each.computed is None]
    shown = [NEW_IDS.get(each, "{c}").format(c=f"t.{each}") for each in columns]
    return (
        f"insert into {table} ({', '.join(columns)}) select {', '.join(shown)} from {table} t"
        f" where t.apprentice_id = any($2) and {HIDDEN[table]} on conflict do nothing"
    )


async def flip(connection: asyncpg.Connection, world: Made, chance: random.Random) -> tuple[list[Party], bool]:
    """Changes, removes or multiplies what is hidden of some apprentices.

    Answers the EPAOs that may notice, and whether they can still read their own: a box that was changed opens no more.
    """
    names = chance.sample(sorted(world.stories), chance.randint(1, len(world.stories)))
    subjects = [apprentice_of(world, name) for name in names]
    noticing = [each for each in world.parties["epao"] if any(world.reach(each, name) == FULL for name in names)]
    # An EPAO that does not assess yet still knows when it has looked.
    others = [each for each in world.parties["epao"] if each not in noticing]
    looked = [apprentice_of(world, name) for name in names if all(world.reach(each, name) is None for each in others)]
    how = chance.choice(["changed", "changed", "removed", "added"])
    for table in HIDDEN:
        about = looked if table == "hub.audit_access" else subjects
        if how == "changed":
            await connection.execute(_changed(table), about)
        elif how == "removed":
            await connection.execute(f"delete from {table} t where t.apprentice_id = any($1) and {HIDDEN[table]}", about)
        elif "id" in metadata.tables[table].columns or table == "grades.result_component":
            await connection.execute(_added(table), str(world.seed), about)
    for epao in noticing:
        await _told(connection, epao, subjects, chance)
    return noticing, how == "removed"


async def _told(connection: asyncpg.Connection, epao: Party, subjects: list, chance: random.Random) -> None:
    """The EPAO's own card and its own stream follow its own results."""
    me = epao.viewer.party
    await connection.execute(
        "update hub.card set status = 'TO_RELEASE', next_party = 'epao', due_on = '2026-06-02', due_sort = '2026-06-02'"
        " where party_id = $1 and apprentice_id = any($2)", me, subjects,
    )  # fmt: skip
    columns = [each.name for each in metadata.tables["hub.event"].columns if each.name not in ("party_id", "seq", "id")]
    shown = ", ".join(columns)
    kept = "type not like 'result.%'" if chance.random() < 0.5 else "true"
    more = f" union all select seq, 'result.posted' as type, {', '.join(c for c in columns if c != 'type')} from gone"
    await connection.execute("update hub.event set seq = seq + 1000000 where party_id = $1", me)
    await connection.execute(
        "with gone as (delete from hub.event where party_id = $1 returning *),"
        f" now as (select seq, type, {', '.join(c for c in columns if c != 'type')} from gone where {kept}{more})"
        f" insert into hub.event (party_id, seq, id, {shown})"
        f" select $1, row_number() over (order by seq), gen_random_uuid(), {shown} from now", me,
    )  # fmt: skip
