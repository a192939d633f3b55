"""Canaries: what stands in a column that a party may not see is in no byte it is sent, and in none that is logged."""

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import pytest

from hub.store.tables import metadata
from infra.edge.logs import JsonLines
from tests.counting import counted
from tests.slices.asking import front_of
from tests.slices.birds import BOXED, HIDDEN, SHOWN, unnamed, written
from tests.slices.corpus import bytes_of, foreign_to, ids_of, queries, refused, strangers
from tests.slices.filling import fill
from tests.slices.land import Land
from tests.slices.matrix import KINDS, ROWS
from tests.slices.seeing import LEAST, key_of
from tests.slices.test_streams import streamed
from tests.unsealing import ROW, opened, resealed, sealer_of
from tests.world import Party

CANARY = re.compile(rb"zq([a-z]+):([a-z_]+\.[a-z_]+)\.([a-z0-9_]+):([0-9a-f-]*)[^:]*:qz")
MAY = {"employer": {b"notprovider"}, "provider": set(), "epao": {b"notprovider", b"epao"}}


async def plant(connection: asyncpg.Connection) -> int:
    """Writes a canary into every such column of every row; how many columns there are."""
    await connection.execute("set session_replication_role = replica")
    planted = 0
    for mark, columns in {**HIDDEN, "shown": SHOWN}.items():
        for table, names in columns.items():
            own = "apprentice_id" if "apprentice_id" in metadata.tables[table].columns else f"md5({key_of(table)})"
            for name in names.split():
                await connection.execute(written(table, name, mark, f"{own}::text"))
                planted += 1
    for table, names in BOXED.items():
        await plant_boxes(connection, table, names.split())
        planted += len(names.split())
    await connection.execute("set session_replication_role = origin")
    return planted


async def plant_boxes(connection: asyncpg.Connection, table: str, names: list[str]) -> None:
    """Seals a canary in each of these values of every row of a table."""
    for row in await connection.fetch(f"select * from {table}"):
        place = {name: row[name] for name in (*ROW[table], "sealed")}
        told = await opened(table, place, sealer_of(row["sealed"]))
        values = {name: told[name] for name in told.keys() - place.keys()}
        values |= {name: f"zqepao:{table}.{name}:{row['apprentice_id']}:qz" for name in names}
        box = await resealed(table, row, sealer_of(row["sealed"]), **values)
        where = " and ".join(f"{name} = ${number}" for number, name in enumerate(ROW[table], 2))
        await connection.execute(f"update {table} set sealed = $1 where {where}", box, *(row[name] for name in ROW[table]))


@contextmanager
def listening() -> Iterator[io.StringIO]:
    """Everything that anybody logs meanwhile, down to the least, as the hub writes its lines and as plain text."""
    heard, root = io.StringIO(), logging.getLogger()
    plain, lines = logging.StreamHandler(heard), logging.StreamHandler(heard)
    lines.setFormatter(JsonLines())
    level = root.level
    root.setLevel(logging.DEBUG)
    for handler in (plain, lines):
        root.addHandler(handler)
    try:
        yield heard
    finally:
        root.setLevel(level)
        for handler in (plain, lines):
            root.removeHandler(handler)


def wrong(land: Land, party: Party, body: bytes) -> Iterator[str]:
    """The canaries in some bytes that a party should not have been sent."""
    kind = party.viewer.kind.value
    subjects = {str(story.apprentice): name for name, story in land.stories.items()}
    for mark, table, column, key in set(CANARY.findall(body)):
        if mark == b"shown":
            word = ROWS[table.decode()][KINDS.index(kind)]
            if word == "own":
                continue
            reach = land.reach(party, subjects[key.decode()])
            if reach is None or reach < LEAST.get(word, 0 if word == "card" else 3):
                yield f"{table.decode()}.{column.decode()} of {subjects[key.decode()]} for {kind} at {reach}"
        elif mark not in MAY[kind]:
            yield f"{table.decode()}.{column.decode()} for {kind}"


async def test_every_text_of_the_database_has_its_canary_or_its_reason(land: Land) -> None:
    """d7: a new text column is sealed, somebody's alone, or shown on purpose; it is read from the live catalogue."""
    async with land.clone() as database:
        connection = await land.superuser(database)
        missing = await unnamed(connection)
        await connection.close()
    assert missing == set(), "each needs its place in SEALED, EPAO_ONLY, NOT_PROVIDER, SHOWN or CODES in tests/slices/birds.py"


@pytest.mark.parametrize("kind", KINDS)
async def test_d7_no_canary_leaves_the_hub(land: Land, kind: str) -> None:
    """d7, X-24, B2: the whole corpus and the stream of each party, and every line logged meanwhile."""
    async with land.clone() as database:
        connection = await land.superuser(database)
        await fill(connection, land)
        planted = await plant(connection)
        ids = await ids_of(connection)
        await connection.close()
        front = front_of(land, database)
        found: set[bytes] = set()
        size = 0
        with listening() as heard:
            for party in land.parties[kind]:
                operations = list(queries(front, party, land))
                if party is land.parties[kind][0]:
                    operations += [*strangers(land, ids), *refused(front, party, foreign_to(land, party)[:1])]
                bodies = [body for _, body in await bytes_of(front, party, operations)] + await streamed(front, party)
                for body in bodies:
                    size += len(body)
                    assert list(wrong(land, party, body)) == []
                    found.update(mark for mark, *_ in CANARY.findall(body))
        assert found == MAY[kind] | {b"shown"}, "canaries that may sing do, and no others"
        assert "zq" not in heard.getvalue()
    counted(f"canaries for {kind}s: {planted} columns planted, {size:,} bytes and {len(heard.getvalue()):,} logged searched")


async def test_a_canary_that_should_not_sing_is_heard(land: Land) -> None:
    """A law that cannot fail proves nothing: with one policy opened, the same search finds what it should not."""
    async with land.clone() as database:
        connection = await land.superuser(database)
        await fill(connection, land)
        await plant(connection)
        await connection.execute("alter policy sees_provider on apprentices.contact using (true)")
        await connection.close()
        front = front_of(land, database)
        heard: list[str] = []
        for party in land.parties["provider"]:
            for _, body in await bytes_of(front, party, list(queries(front, party, land))[:2]):
                heard += wrong(land, party, body)
        assert any(each.startswith("apprentices.contact") for each in heard)
