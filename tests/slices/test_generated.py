"""Generated worlds: the row matrix and the two worlds, over random casts and states (played by `make prove`)."""

import random

import pytest

from infra.postgres import EmbeddedPostgres
from tests.slices.asking import front_of
from tests.slices.corpus import bytes_of, differing, queries, told_apart
from tests.slices.land import NOW, STATES, build
from tests.slices.matrix import ROWS
from tests.slices.seeing import Oracle, everything
from tests.slices.test_rows import wrong
from tests.slices.test_two_worlds import purge, purge_traces


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(200))
async def test_d7_rows_and_two_worlds_of_a_generated_land(cluster: EmbeddedPostgres, template: str, seed: int) -> None:
    """d7, (e) 2: in each of 200 worlds every party sees exactly its rows, and one of them nothing of the others."""
    chance = random.Random(seed)
    land = await build(cluster, f"generated_{seed}", template, chance.choices(list(STATES), k=4), rotate=chance.randint(1, 9))
    try:
        async with land.clone() as whole, land.clone() as alone:
            connection = await land.superuser(whole)
            oracle = Oracle(land, await everything(connection), NOW)
            async with connection.transaction():
                problems = [await wrong(connection, oracle, table, party) for party in land.everyone for table in ROWS]
            await connection.close()
            assert [each for each in problems if each] == []
            party = chance.choice(land.everyone)
            connection = await land.superuser(alone)
            await purge(connection, land, party)
            await purge_traces(connection)
            await connection.close()
            one, other = front_of(land, whole), front_of(land, alone)
            operations = chance.sample(list(queries(one, party, land)), 40)
            found = differing(await bytes_of(one, party, operations), await bytes_of(other, party, operations))
            assert not found, told_apart(found)
    finally:
        await cluster.drop(land.template)
