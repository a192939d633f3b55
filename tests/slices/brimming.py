"""A land in which nothing is null: what is then absent from an answer is absent because of who asks."""

from collections.abc import Iterator

import asyncpg
from sqlalchemy.dialects import postgresql

from hub.store.tables import metadata
from tests.slices.land import Land
from tests.slices.worlds import about
from tests.unsealing import ROW, resealed
from tests.world import Party

# Codes that have to be one of a few, by hand.
CODES = {"next_party", "party", "filed_by"}
BY_TYPE = {
    "TEXT": "'x'",
    "INTEGER": "1",
    "SMALLINT": "1",
    "BIGINT": "1",
    "BOOLEAN": "true",
    "DATE": "date '2026-07-01'",
    "TEXT[]": "array['x']",
    "TIMESTAMP WITH TIME ZONE": "timestamptz '2026-01-01'",
    "BYTEA": "'\\x00'",
    "JSONB": "'{}'",
}
# Every result has a breach.
BREACHED = """insert into grades.breach select (jsonb_populate_record(null::grades.breach, to_jsonb(b) || jsonb_build_object(
  'id', gen_random_uuid(), 'result_id', r.id, 'apprentice_id', r.apprentice_id))).*
  from grades.result r cross join (select * from grades.breach limit 1) b
  where not exists (select 1 from grades.breach o where o.result_id = r.id)"""
# What stands in the boxes of an EPAO's rows, by hand.
BOXED = {
    "grades.result": {"grade": "PASS", "counts_as": "PASS", "reason": "MODERATION"},
    "grades.result_component": {
        **dict.fromkeys(("held_on", "submitted_on"), "2026-04-20"),
        **dict.fromkeys(("minutes", "extra_minutes", "words", "bank_questions", "own_questions"), 7),
        "outcome": "PASS",
        "document": "c" * 64,
        "theme": "T-1",
        "marker": "M-1",
    },
    "grades.breach": {"sentence": "It took too long.", "dispensation_reference": "D-1"},
}
TOLD = {"requirement": "MATHS", "reason": "ILLEGIBLE", "component": "PD", "method": "PD", "on": "2026-07-01"}


def _filled() -> Iterator[str]:
    for table in about():
        for column in metadata.tables[table].columns:
            if "sealed" in metadata.tables[table].columns:
                continue
            kind = str(column.type.compile(dialect=postgresql.dialect()))
            if kind == "UUID" or column.computed is not None:
                continue
            if column.nullable:
                assert kind in BY_TYPE, f"{column}: say in tests/slices/brimming.py what a {kind} may hold"
                value = "'employer'" if column.name in CODES else BY_TYPE[kind]
                yield f"update {table} set {column.name} = coalesce({column.name}, {value})"
            if kind == "TEXT[]":
                yield f"update {table} set {column.name} = array['x'] where cardinality({column.name}) = 0"


async def brim(connection: asyncpg.Connection, land: Land, everyone: list[Party]) -> None:
    """Fills whatever is empty, and tells every party one event about every apprentice."""
    for statement in _filled():
        await connection.execute(statement)
    for statement in (
        "update apprentices.organisation set region = coalesce(region, 'North')",
        "update apprentices.tie set until_on = '2030-01-01'",
        "update portfolios.validation set voided = false",
        "update gateway.blocker set from_on = '2020-01-01', until_on = '2030-01-01'",
        # What acts leave out of a card that opens no identity.
        "update hub.card set status = 'ON_PROGRAMME', readiness = 'WITHDRAWN', next_party = 'employer',"
        " due_on = '2026-07-01', due_sort = '2026-07-01', my_reference = 'mine-' || apprentice_id, region = 'North',"
        " intake = '2023-09', expected_gateway_on = '2026-07-01', gateway_sort = '2026-07-01', uln ="
        " (select i.uln from apprentices.identity i where i.apprentice_id = card.apprentice_id),"
        " given_names = 'Sam', family_name = 'Example', ready_from = '2030-01-01'",
        "update hub.card set uln = null, given_names = null, family_name = null, region = null, intake = null,"
        " expected_gateway_on = null, start_on = null,"
        " name_sort = '', gateway_sort = 'infinity', start_sort = 'infinity' where reach < 1",
        "update grades.grade set released_on = coalesce(released_on, '2026-05-01')",
        BREACHED,
        "delete from hub.event",
    ):
        await connection.execute(statement)
    await _box(connection)
    rows = ((each.viewer.party, number, story.apprentice) for each in everyone
            for number, story in enumerate(land.stories.values(), 1))  # fmt: skip
    facts = ", ".join(f"'{key}', '{value}'" for key, value in TOLD.items())
    await connection.executemany(
        "insert into hub.event (party_id, seq, id, type, apprentice_id, standard_id, facts, at) select $1, $2,"
        f" gen_random_uuid(), 'apprentice.changed', $3, standard_id, jsonb_build_object({facts}), '2026-05-01'"
        " from apprentices.apprentice where id = $3", list(rows),
    )  # fmt: skip


async def _box(connection: asyncpg.Connection) -> None:
    """Seals every value of every row that is the EPAO's alone."""
    epao = dict(await connection.fetch("select id, epao_party_id from grades.result"))
    for table, values in BOXED.items():
        for row in await connection.fetch(f"select * from {table}"):
            sealer = epao.get(row["id" if table == "grades.result" else "result_id"])
            if sealer is None:
                continue
            box = await resealed(table, row, sealer, **values)
            where = " and ".join(f"{name} = ${number}" for number, name in enumerate(ROW[table], 2))
            await connection.execute(f"update {table} set sealed = $1 where {where}", box, *(row[name] for name in ROW[table]))
