"""Exactly one data statement for each read operation, counted on the connections themselves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
import pytest

from hub.store.bell import Bell
from hub.store.pools import Database, Pool
from hub.viewer import PartyKind
from schema.graph import Graph, Request
from tests.world import Story, new_story, new_world

ONE = """query One($uln: String!) { apprentice(uln: $uln) { id givenNames status standard { reference ksbs { code } }
 employer { name identifiers { value } } providers { organisation { name } } contact { email }
 gateway { passed readiness { status items { requirement } blockers { rule } } nomination { state epao { name } }
  decision { by { name } } }
 portfolio { state evidence { type } coverage { ksb } validation { hash } }
 assessments { method grade } grade { overall } resits { kind } } }"""
PAGE = """{ apprentices(first: 50) { totalCount edges { cursor node { id standard { title }
  gateway { readiness { items { state } } } } }
 pageInfo { hasNextPage endCursor } } }"""
COHORT = """{ cohort(filter: {readiness: NOT_READY}) { total ready blockers { rule count }
 apprentices(first: 500) { nodes { id gateway { readiness { blockers { rule party dueOn } } } } } } }"""
MANY_ROOTS = """{ viewer { kind organisation { name } } standards { reference methods { themes { criteria { grade } } } }
 a: apprentices(first: 1) { totalCount } b: apprentices(first: 2, orderBy: DUE) { nodes { id } } cohort { total }
 formerApprentices { totalCount } __typename }"""


class Counting:
    """A pool that passes everything on and notes every statement its connections send."""

    def __init__(self, pool: Pool):
        self._pool = pool
        self.statements: list[str] = []

    async def fetchval(self, query: str, *args: Any) -> Any:
        """The first value of the first row."""
        async with self.acquire() as connection:
            return await connection.fetchval(query, *args)

    async def fetch(self, query: str, *args: Any) -> Any:
        """The rows of a query."""
        async with self.acquire() as connection:
            return await connection.fetch(query, *args)

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection whose statements are noted while it is lent."""
        async with self._pool.acquire() as connection:
            with connection.query_logger(lambda record: self.statements.append(record.query)):
                yield connection
        # The driver tells its loggers a turn of the loop later.
        await asyncio.sleep(0)


class Counted(Database):
    """A database whose reading pools count."""

    def __init__(self, database: Database):
        super().__init__(database.url.render_as_string(hide_password=False), database.secret)
        self.counting: dict[PartyKind, Counting] = {}

    async def party_reader(self, kind: PartyKind) -> Any:
        """The counting pool of a kind of party."""
        if kind not in self.counting:
            self.counting[kind] = Counting(await super().party_reader(kind))
        return self.counting[kind]


@pytest.fixture
async def counted(database: Database) -> AsyncIterator[Counted]:
    """The shared database, counted."""
    found = Counted(database)
    yield found
    await found.close()


async def _story(database: Database) -> Story:
    story = await new_story(await new_world(database))
    return await story.to_gateway()


@pytest.mark.parametrize("document", [ONE, PAGE, COHORT, MANY_ROOTS], ids=["one", "page", "cohort", "many roots"])
@pytest.mark.parametrize("kind", ["employer", "provider", "epao"])
async def test_a_read_operation_is_one_statement(database: Database, counted: Counted, kind: str, document: str) -> None:
    """DESIGN §4: one operation, one SQL statement, however much it asks; the same the second time."""
    story = await _story(database)
    graph = Graph(counted, story.world.engine, b"k" * 32, lambda: story.world.today, Bell(counted))
    viewer = getattr(story, kind).viewer
    for times in (1, 2):
        answer = await graph.answer(viewer, Request(document, {"uln": story.uln} if document == ONE else {}))
        assert answer.status == 200 and "errors" not in orjson.loads(answer.body), answer.body
        assert len(counted.counting[viewer.kind].statements) == times
    assert all(each.startswith("with ctx") for each in counted.counting[viewer.kind].statements)


async def test_the_edge_of_the_pool_sends_nothing_of_its_own(database: Database, counted: Counted) -> None:
    """A connection that comes back is neither reset nor asked anything."""
    story = await _story(database)
    pool = await counted.party_reader(story.employer.viewer.kind)
    before = len(pool.statements)
    for _ in range(5):
        assert await pool.fetchval("select 1") == 1
    assert len(pool.statements) - before == 5
