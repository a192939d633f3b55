"""Canaries: what stands in a column that a party may not see is in no byte it is sent."""

import re

import asyncpg
import pytest

from hub.store.tables import metadata
from tests.slices.asking import front_of
from tests.slices.corpus import bytes_of, foreign_to, ids_of, queries, refused, strangers
from tests.slices.filling import fill
from tests.slices.land import Land
from tests.slices.seeing import key_of
from tests.unsealing import ROW, opened, resealed, sealer_of

# Text columns that no field of the graph shows to anybody, by hand.
SEALED = {
    "gateway.basis": "attained entitlement",
    "gateway.decision": "actor_client",
    "portfolios.validation": "actor_client",
    "portfolios.acknowledgement": "actor_client",
    "grades.authenticity": "actor_client",
    "grades.result": "actor_client",
    "grades.result_component": "document theme",
    "grades.release": "actor_client by_reference by_name by_role",
    "grades.resit": "actor_client by_reference by_name by_role",
    "hub.audit": "client person on_behalf_of act",
    "hub.idempotency": "act",
    "apprentices.identity": "age_band",
}
# Text columns that only the EPAO which assesses ever sees, by hand (d7: criterion marks, assessor notes, chosen theme).
EPAO_ONLY = {
    "grades.result": "assessor by_reference by_name by_role",
}
# And what stands sealed in the boxes of its rows.
BOXED = {
    "grades.result": "reason",
    "grades.result_component": "document theme marker",
    "grades.breach": "sentence dispensation_reference",
}
# And what a provider does not see though employer and EPAO do.
NOT_PROVIDER = {"grades.authenticity": "sha256 by_reference by_name by_role"}


def canaries(columns: dict[str, str], mark: str) -> list[tuple[str, str, str]]:
    """A canary for each column."""
    return [(table, name, f"zq{mark}{table}.{name}") for table, names in columns.items() for name in names.split()]


ALL = [*canaries(SEALED, "sealed:"), *canaries(EPAO_ONLY, "epao:"), *canaries(NOT_PROVIDER, "notprovider:")]


async def plant(connection: asyncpg.Connection) -> None:
    """Writes a canary into every such column of every row, each with the key of its row."""
    await connection.execute("set session_replication_role = replica")
    for table, name, canary in ALL:
        await connection.execute(f"update {table} t set {name} = '{canary}:' || md5({key_of(table)})")
    for table in BOXED:
        await plant_boxes(connection, table)
    await connection.execute("set session_replication_role = origin")


async def plant_boxes(connection: asyncpg.Connection, table: str) -> None:
    """Seals a canary in every such value of every row of a table."""
    hidden = {name: canary for where, name, canary in canaries(BOXED, "epao:") if where == table}
    for row in await connection.fetch(f"select * from {table}"):
        place = {name: row[name] for name in (*ROW[table], "sealed")}
        told = await opened(table, place, sealer_of(row["sealed"]))
        values = {name: told[name] for name in told.keys() - place.keys()} | hidden
        box = await resealed(table, row, sealer_of(row["sealed"]), **values)
        where = " and ".join(f"{name} = ${number}" for number, name in enumerate(ROW[table], 2))
        await connection.execute(f"update {table} set sealed = $1 where {where}", box, *(row[name] for name in ROW[table]))


def test_every_text_column_of_the_grades_is_named_here() -> None:
    """d7: a new column of results, components or breaches is sealed, the EPAO's alone, or shown on purpose."""
    named = {(table, name) for table, name, _ in ALL}
    for table in BOXED:
        texts = {column.name for column in metadata.tables[table].columns if str(column.type) == "TEXT"}
        shown = {"method", "grade", "counts_as", "component", "outcome", "rule"}
        assert texts - shown - {name for where, name in named if where == table} == set(), table


@pytest.mark.parametrize("kind", ["employer", "provider", "epao"])
async def test_d7_no_canary_leaves_the_hub(land: Land, kind: str) -> None:
    """d7, X-24: the whole corpus of each party, over a land in which every apprentice has a row in every table."""
    async with land.clone() as database:
        connection = await land.superuser(database)
        await fill(connection, land)
        await plant(connection)
        ids = await ids_of(connection)
        await connection.close()
        front = front_of(land, database)
        found: set[bytes] = set()
        for party in land.parties[kind]:
            operations = list(queries(front, party, land))
            if party is land.parties[kind][0]:
                operations += [*strangers(land, ids), *refused(front, party, foreign_to(land, party)[:1])]
            for _, body in await bytes_of(front, party, operations):
                found.update(re.findall(rb"zq([a-z]+):", body))
        expected = {"employer": {b"notprovider"}, "provider": set(), "epao": {b"notprovider", b"epao"}}[kind]
        assert found == expected
