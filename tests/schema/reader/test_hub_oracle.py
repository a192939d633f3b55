"""The hub's own schema over its own rows and policies: the reader answers as graphql-core does, for every kind of party."""

import random
from collections.abc import AsyncIterator
from gc import collect

import pytest
from graphql import GraphQLSchema, parse, validate

from hub.slices.fields import FIELDS
from hub.store.pools import Database
from schema.assembly import build
from schema.federation.carve import subgraph
from schema.reader.cursor import Seal
from schema.reader.reader import Reader
from tests.hub.acts.conftest import to_assessment
from tests.schema.reader.comparing import Known, both
from tests.schema.reader.generator import Generator
from tests.schema.reader.oracle import Session, oracle_schema
from tests.world import KEYS, Party, Story, World, new_uln, new_world

OPERATIONS = 200
KINDS = ("employer", "provider", "epao")


@pytest.fixture(scope="module")
async def cast(database: Database) -> dict[str, Party]:
    """One party of each kind with apprentices at every stage, and a foreign one beside them."""
    world = await new_world(database)
    found = {kind: await world.party(kind) for kind in KINDS}
    for stage in range(6):
        await _brought_to(stage, world, found)
    for posts in range(3):
        await _assessed(posts, world, found)
    return found


async def _assessed(posts: int, world: World, cast: dict[str, Party]) -> None:
    """One with a result and a breach, one with all of them sealed, one with all of them released and one corrected since."""
    story = Story(World(world.database), cast["employer"], cast["provider"], cast["epao"], uln=new_uln())
    await post_results(await to_assessment(story), posts)


async def post_results(story: Story, posts: int) -> None:
    await story.world.do(story.epao, "postResult", **story.discussion("PASS", minutes=101 if posts < 2 else 90))
    if posts:
        await story.world.do(story.epao, "postResult", **story.case_study("DISTINCTION"))
    if posts > 1:
        await story.release()
        await story.world.do(story.epao, "correctResult", **story.discussion("FAIL"), version=1, reason="APPEAL")


async def _brought_to(stage: int, world: World, cast: dict[str, Party]) -> None:
    story = Story(world, cast["employer"], cast["provider"], cast["epao"], uln=new_uln())
    await story.register(familyName=("Ash", "Beck")[stage % 2])
    steps = (story.confirm, story.file_items, story.nominate, story.accept, story.file_portfolio)
    for step in steps[:stage]:
        await step()


@pytest.fixture(scope="module")
def core() -> GraphQLSchema:
    """The hub's schema over plain resolvers."""
    return oracle_schema(build())


@pytest.fixture(scope="module")
def hub_reader() -> Reader:
    """A reader of the hub's schema."""
    return Reader(subgraph(), b"hub key")


@pytest.fixture
async def session(
    request: pytest.FixtureRequest, database: Database, cast: dict[str, Party], hub_reader: Reader
) -> AsyncIterator[Session]:
    """A connection of the role whose session is the party's."""
    viewer = cast[request.param].viewer
    connection = await database.connect(f"hub_{viewer.kind}")
    await connection.execute("select set_config('hub.party', $1, false)", str(viewer.party))
    await connection.execute("select set_config('hub.today', $1, false)", World(database).today.isoformat())
    yield Session(connection, hub_reader.catalogue, Seal(b"hub key"), viewer, keys=KEYS)
    await connection.close()


@pytest.mark.parametrize("session", KINDS, indirect=True)
async def test_reader_is_the_oracle_on_the_hubs_schema(
    session: Session, database: Database, core: GraphQLSchema, hub_reader: Reader
) -> None:
    viewer, today = session.viewer, World(database).today
    pool = await database.party_reader(viewer.kind)
    known = Known(
        hub_reader.catalogue.prefixes,
        {"id": ["apr_x", "zzz"], "first": [0, 1, 2, 5], "reference": ["ST0648"], "standard": ["std_x"], "uln": ["x"]},
    )
    generator = Generator(core, random.Random(f"{viewer.kind} hub"), known.offer)
    generator.allowed = lambda kind, field: (kind, field) not in FIELDS or viewer.kind in FIELDS[kind, field].kinds
    agreed = refused = opened = 0
    while agreed < OPERATIONS:
        made = generator.operation()
        if validate(core, parse(made.text)):
            continue
        for variables in (made.variables, made.again)[: 1 + bool(made.variables or made.again)]:
            found = await both(hub_reader, core, pool, viewer, session, today, made, variables)
            refused += isinstance(found, str)
            agreed += not isinstance(found, str)
            opened += any(told in str(found) for told in ("'DISTINCTION'", "'APPEAL'", "101 minutes"))
            known.learn(found)
    assert refused < agreed
    assert opened or viewer.kind != "epao", "the EPAO came across nothing that is sealed"
    collect()


def test_every_field_of_the_hub_says_what_it_reads(hub_reader: Reader) -> None:
    assert hub_reader.catalogue.silent() == []
