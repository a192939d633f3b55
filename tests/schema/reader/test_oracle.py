"""The reader answers as graphql-core does, on generated operations, for every kind of party (issue item 6)."""

import json
import random
from collections.abc import AsyncIterator, Iterable
from typing import Any

import asyncpg
import pytest
from graphql import GraphQLError, GraphQLSchema, parse, validate

from hub.errors import HubError
from hub.viewer import Viewer
from schema.reader.cursor import Seal
from schema.reader.reader import Reader
from tests.schema.reader import toy
from tests.schema.reader.conftest import TODAY
from tests.schema.reader.generator import Generator, Made
from tests.schema.reader.oracle import Session, answer, oracle_schema

OPERATIONS = 700
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
        found[role] = Session(connection, reader.catalogue, Seal(b"toy key"))
    yield found
    for role, pool in pools.items():
        await pool.release(found[role].connection)


class Known:
    """Values seen in answers, offered again as arguments."""

    def __init__(self) -> None:
        self.values: dict[str, list[Any]] = {
            "id": ["apr_x", "std_00000000-0000-4000-8000-000000000000", "zzz", ""],
            "after": [], "uln": ["0000000003", "none"], "myReference": ["dup", "ref-4"],
            "first": [0, 1, 2, 3, 5, 20], "nextParty": ["employer", "provider", "nobody"],
            "code": ["ST0001", "x"], "kind": ["knowledge", "skill"], "standard": ["x"], "suffix": ["!", "ü'\""],
        }  # fmt: skip

    def offer(self, owner: str, name: str, key: str) -> Iterable[Any]:
        """Values for an argument: cursors only of the very list."""
        if key == "after":
            return self.values.get(f"after:{owner}.{name}", [None])
        return self.values.get(key, [])

    def learn(self, data: Any) -> None:
        """Remember ids."""
        if isinstance(data, dict):
            for each in data.values():
                self.learn(each)
        elif isinstance(data, list):
            for each in data:
                self.learn(each)
        elif isinstance(data, str) and data[:4] in ("apr_", "std_", "itm_") and len(self.values["id"]) < 60:
            self.values["id"].append(data)
            if data.startswith("std_"):
                self.values["standard"].append(data)


def equal(left: Any, right: Any) -> bool:
    """Equality of JSON values that minds the order of keys and tells true from 1."""
    if isinstance(left, dict):
        return isinstance(right, dict) and list(left) == list(right) and all(equal(left[k], right[k]) for k in left)
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(equal, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def code_of(error: GraphQLError) -> str | None:
    """The code of an error of the oracle."""
    cause = error.original_error
    return cause.problem.code if isinstance(cause, HubError) else (error.extensions or {}).get("code")


async def both(
    reader: Reader, core: GraphQLSchema, pool: asyncpg.Pool, viewer: Viewer, session: Session, made: Made,
    given: dict[str, Any] | None = None,
) -> Any:  # fmt: skip
    """Ask both; fail unless they agree; the data, or the code with which both refused."""
    session.given = given or {}
    expected = await answer(core, session, made.text, made.variables)
    try:
        body = await reader.read(pool, viewer, TODAY, made.text, made.variables, given=given)
    except HubError as refused:
        assert expected.errors, (refused, made)
        codes = {code_of(each) for each in expected.errors}
        assert refused.problem.code in codes, (expected.errors, made)
        return refused.problem.code
    assert not expected.errors, (expected.errors, made, [each.original_error for each in expected.errors])
    found = json.loads(body)
    assert equal(found, expected.data), (made, found, expected.data)
    return found


@pytest.mark.parametrize("role", toy.ROLES)
async def test_reader_is_the_oracle(
    role: str, reader: Reader, core: GraphQLSchema, pools: dict[str, asyncpg.Pool],
    viewers: dict[str, Viewer], sessions: dict[str, Session],
) -> None:  # fmt: skip
    known = Known()
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
        given = {"apprentice": None, "errors": GIVEN_ERRORS, "outcomes": [{"apprentice": None, "errors": GIVEN_ERRORS}]}
        found = await both(reader, core, pools[role], viewers[role], sessions[role], made, given)
        if isinstance(found, str):
            refused += 1
        else:
            agreed += 1
            known.learn(found)
    assert refused + invalid < agreed / 2


async def learn_cursors(known: Known, reader: Reader, pool: asyncpg.Pool, viewer: Viewer) -> None:
    """Cursors of the default order, offered to calls that may name another order."""
    for name, path, coordinate in (
        ("apprentices", ["apprentices"], "Query.apprentices"),
        ("cohort { apprentices", ["cohort", "apprentices"], "Cohort.apprentices"),
    ):
        text = "{ " + name + "(first: 20) { edges { cursor } } }" + (" }" if "{" in name else "")
        data = json.loads(await reader.read(pool, viewer, TODAY, text))
        for each in path:
            data = data[each]
        known.values[f"after:{coordinate}"] = [each["cursor"] for each in data["edges"]][::4]
    text = "{ apprentices(first: 20) { nodes { items(first: 20) { edges { cursor } } } } }"
    data = json.loads(await reader.read(pool, viewer, TODAY, text))["apprentices"]["nodes"]
    known.values["after:Apprentice.items"] = [edge["cursor"] for each in data for edge in each["items"]["edges"]]
