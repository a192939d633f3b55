"""One land for all tests of this folder, cloned by each."""

from collections.abc import AsyncIterator
from datetime import date

import asyncpg
import pytest

from infra.postgres import EmbeddedPostgres
from tests.slices.asking import front_of
from tests.slices.brimming import brim
from tests.slices.filling import fill
from tests.slices.land import STATES, Land, build
from tests.slices.looking import Table
from tests.slices.rolled import above, undone
from tests.slices.seeing import DAYS, Oracle, everything
from tests.slices.worlds import Stock, note, ready, stock


@pytest.fixture(scope="session")
async def land(cluster: EmbeddedPostgres, template: str) -> Land:
    """Three parties of each kind and an apprentice in every state."""
    return await build(cluster, "land", template, list(STATES))


@pytest.fixture(scope="session")
async def assessing(cluster, template) -> Land:
    """A land on the way to its results."""
    return await build(cluster, "assessing", template, ["decided", "posted", "resit", "accepted"], rotate=0)


@pytest.fixture(scope="session")
async def stocks(land: Land) -> dict[bool, Stock]:
    """What worlds are made from: with the rows that acts have made, and with every row for every apprentice."""
    return {full: await stock(land, f"stock_{full}".lower(), full=full) for full in (False, True)}


@pytest.fixture(scope="session")
async def filled(land: Land) -> AsyncIterator[tuple[asyncpg.Connection, dict[date, Oracle]]]:
    """A connection above every lock to a land where every apprentice has a row in every table, and its oracles by day."""
    async with land.clone() as database:
        connection = await land.superuser(database)
        await fill(connection, land)
        rows = await everything(connection)
        yield connection, {day: Oracle(land, rows, day) for day in DAYS}
        await connection.close()


# For as long as its transaction lasts no relay of the cluster moves what comes after it.
@pytest.fixture(scope="module")
async def table(stocks: dict[bool, Stock]) -> AsyncIterator[Table]:
    """The brimming land inside a transaction."""
    land, strangers = stocks[True].land, [each[3] for each in stocks[True].players.values()]
    async with land.clone() as database, above(land, database) as rolled:
        await ready(rolled.connection)
        async with undone(rolled) as connection:
            await brim(connection, land, [*land.everyone, *strangers])
            await note(connection, land)
            yield Table(land, front_of(land, rolled), rolled, strangers)
