"""The reader answers as graphql-core does, on generated operations, for every kind of party (issue item 6)."""

import json
import random
from collections.abc import AsyncIterator
from gc import collect
from uuid import UUID

import asyncpg
import pytest
from graphql import GraphQLSchema, parse, validate

from hub.viewer import Viewer
from schema.reader.cursor import Seal
from schema.reader.reader import Reader
from tests.schema.reader import toy, toy_tables
from tests.schema.reader.comparing import Known, both
from tests.schema.reader.conftest import TODAY
from tests.schema.reader.generator import Generator
from tests.schema.reader.oracle import Session, oracle_schema

OPERATIONS = 500
GIVEN_ERRORS = [{"code": "A", "message": 'b "c" ü'}, {"code": "D", "message": "e"}]


@pytest.fixture(scope="session")
def core() -> GraphQLSchema:
    """The toy's schema over plain resolvers."""
    return oracle_schema(toy.schema())


@pytest.fixture(scope="session")
async def sessions(
    pools: dict[str, asyncpg.Pool], viewers: dict[str, Viewer], reader: Reader
) -> AsyncIterator[dict[str, Session]]:
    """One connection per role whose session is the viewer's."""
    found = {}
    for role, pool in pools.items():
        connection = await pool.acquire()
        await connection.execute("select set_config('hub.party', $1, false)", str(viewers[role].party))
        await connection.execute("select set_config('hub.today', $1, false)", TODAY.isoformat())
        found[role] = Session(connection, reader.catalogue, Seal(b"toy key"), viewers[role])
    yield found
    for role, pool in pools.items():
        await pool.release(found[role].connection)


@pytest.mark.parametrize("role", toy_tables.ROLES)
async def test_reader_is_the_oracle(
    role: str, reader: Reader, core: GraphQLSchema, pools: dict[str, asyncpg.Pool],
    viewers: dict[str, Viewer], sessions: dict[str, Session],
) -> None:  # fmt: skip
    known = Known(
        ("apr", "std", "itm"),
        {
            "id": ["apr_x", "std_00000000-0000-4000-8000-000000000000", "zzz", ""],
            "uln": ["0000000003", "none"], "myReference": ["dup", "ref-4"],
            "first": [0, 1, 2, 3, 5, 20], "nextParty": ["employer", "provider", "nobody"],
            "code": ["ST0001", "x"], "kind": ["knowledge", "skill"], "suffix": ["!", "ü'\""],
            "standard": ["x", *await standards(reader, pools[role], viewers[role])],
        },
    )  # fmt: skip
    await learn_cursors(known, reader, pools[role], viewers[role])
    dice = random.Random(f"{role} 1")
    generator = Generator(core, dice, known.offer)
    agreed = refused = invalid = 0
    while agreed < OPERATIONS:
        keyword = "mutation" if dice.random() < 0.05 else "query"
        made = generator.operation(keyword)
        if validate(core, parse(made.text)):
            invalid += 1
            continue
        key = next((each[4:] for each in reversed(known.values["id"]) if each.startswith("apr_") and len(each) == 40), None)
        given = {
            "apprentice": key and UUID(key),
            "errors": GIVEN_ERRORS,
            "outcomes": [{"apprentice": key, "errors": GIVEN_ERRORS}, {"errors": []}],
        }
        for variables in (made.variables, made.again)[: 1 + bool(made.variables or made.again)]:
            found = await both(reader, core, pools[role], viewers[role], sessions[role], TODAY, made, variables, given)
            refused += isinstance(found, str)
            agreed += not isinstance(found, str)
            known.learn(found)
    assert refused + invalid < agreed / 2
    collect()


async def standards(reader: Reader, pool: asyncpg.Pool, viewer: Viewer) -> list[str]:
    """The ids of the standards."""
    found = json.loads((await reader.read(pool, viewer, TODAY, "{ standards { id } }"))[0])
    return [each["id"] for each in found["standards"]]


async def learn_cursors(known: Known, reader: Reader, pool: asyncpg.Pool, viewer: Viewer) -> None:
    """Cursors of every order, offered to calls that may name another."""
    for order in toy.Order:
        page = f"apprentices(first: 20, orderBy: {order.name}) {{ edges {{ cursor }} }}"
        data = json.loads((await reader.read(pool, viewer, TODAY, f"{{ {page} cohort {{ {page} }} }}"))[0])
        for coordinate, found in (("Query", data), ("Cohort", data["cohort"])):
            cursors = [each["cursor"] for each in found["apprentices"]["edges"]]
            known.values.setdefault(f"after:{coordinate}.apprentices", []).extend(cursors[::4])
    text = "{ apprentices(first: 20) { nodes { items(first: 20) { edges { cursor } } } } }"
    data = json.loads((await reader.read(pool, viewer, TODAY, text))[0])["apprentices"]["nodes"]
    known.values["after:Apprentice.items"] = [edge["cursor"] for each in data for edge in each["items"]["edges"]]
