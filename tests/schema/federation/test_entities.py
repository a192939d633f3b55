"""The door `_entities`: one statement, the order asked, the caller's slice, and a code for whatever is hostile."""

import random
from typing import Any
from uuid import uuid4

import orjson
import pytest

from hub.store.bell import Bell
from hub.store.pools import Database
from hub.words import id_text
from schema.graph import Answer, Graph, Request
from schema.reader.entities import MOST
from tests.schema.test_one_statement import Counting
from tests.world import SEAL, Party, Story, World, new_story, new_world

FOUND = """query Found($these: [_Any!]!) { _entities(representations: $these) {
  __typename
  ... on Apprentice { id uln status gateway { passed nomination { epao { id name } } } }
  ... on GatewayItem { id requirement }
  ... on Evidence { id type }
} }"""
THERE = "query There($these: [_Any!]!) { _entities(representations: $these) { __typename } }"


class Asking:
    """A world with one apprentice at its gateway, another party's apprentice, and the graph over both."""

    def __init__(self, world: World, story: Story, foreign: Story):
        self.world, self.story, self.foreign = world, story, foreign
        self.graph = Graph(world.database, world.engine, SEAL, lambda: world.today, Bell(world.database))

    async def answer(self, party: Party, document: str, these: Any) -> Answer:
        return await self.graph.answer(party.viewer, Request(document, {"these": these}))

    async def found(self, party: Party, these: Any, document: str = FOUND) -> list[Any]:
        """The objects of an answer."""
        answer = await self.answer(party, document, these)
        assert answer.status == 200, answer.body
        listed: list[Any] = orjson.loads(answer.body)["data"]["_entities"]
        return listed

    async def refused(self, party: Party, these: Any, document: str = FOUND) -> tuple[int, list[str]]:
        """The codes of a refusal, which holds no data."""
        answer = await self.answer(party, document, these)
        body = orjson.loads(answer.body)
        assert set(body) == {"errors"} and "Error(" not in str(body) and "Traceback" not in str(body)
        return answer.status, [each["extensions"]["code"] for each in body["errors"]]

    async def ids(self, table: str, prefix: str, story: Story) -> list[str]:
        """The ids of a story's rows."""
        rows = await self.world.rows(f"select id from {table} where apprentice_id = $1 order by id", story.apprentice)
        return [id_text(prefix, row["id"]) for row in rows]


@pytest.fixture
async def asking(database: Database) -> Asking:
    """Two apprentices of different parties, both past the gateway."""
    world = await new_world(database)
    story, foreign = await new_story(world), await new_story(world)
    return Asking(world, await story.to_gateway(), await foreign.to_gateway())


def named(kind: str, **key: Any) -> dict[str, Any]:
    return {"__typename": kind, **key}


async def test_entities_are_found_by_every_key_in_the_order_asked(asking: Asking) -> None:
    """Issue 3, item 1: entities by every key."""
    story = asking.story
    (item, *_), (piece, *_) = (
        await asking.ids("gateway.item", "itm", story),
        await asking.ids("portfolios.evidence", "evd", story),
    )
    these = [named("Evidence", id=piece), named("Apprentice", uln=story.uln), named("GatewayItem", id=item)]
    found = await asking.found(story.employer, [*these, named("Apprentice", id=story.id), these[0]])
    assert [each["__typename"] for each in found] == ["Evidence", "Apprentice", "GatewayItem", "Apprentice", "Evidence"]
    assert [found[0]["id"], found[1]["id"], found[2]["id"], found[3]["id"]] == [piece, story.id, item, story.id]
    assert found[1] == found[3] and found[0] == found[4]
    assert found[1]["gateway"]["nomination"]["epao"]["name"].startswith("The epao")


async def test_a_thousand_mixed_ids_half_of_them_foreign(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 3, Must show: one statement per type at most, foreign ids null and like unknown ones."""
    mine, others = asking.story, asking.foreign
    own = [
        named("Apprentice", id=mine.id),
        *(named("GatewayItem", id=each) for each in await asking.ids("gateway.item", "itm", mine)),
    ]
    foreign = [
        named("Apprentice", id=others.id),
        *(named("GatewayItem", id=each) for each in await asking.ids("gateway.item", "itm", others)),
    ]
    unknown = [named("Apprentice", id=id_text("apr", uuid4())), named("GatewayItem", id=id_text("itm", uuid4()))]
    dice = random.Random(3)
    these = [dice.choice(own) if number % 2 else dice.choice(foreign + unknown) for number in range(MOST)]
    counting = Counting(await asking.world.database.party_reader(mine.provider.viewer.kind))
    monkeypatch.setitem(asking.world.database._pools, f"hub_{mine.provider.viewer.kind}", counting)
    await asking.found(mine.provider, these)
    # A connection that meets a type for the first time looks it up.
    counting.statements.clear()
    found = await asking.found(mine.provider, these)
    assert len(counting.statements) == 1
    assert [each is None for each in found] == [each not in own for each in these]
    assert all(each["id"] == sent["id"] for each, sent in zip(found, these, strict=True) if each is not None)


async def test_foreign_and_unknown_are_the_same_bytes(asking: Asking) -> None:
    """A row outside the slice does not exist."""
    for document in (FOUND, THERE):
        bodies = set()
        for sent in (asking.foreign.id, id_text("apr", uuid4()), "apr_x", "", "itm_" + str(uuid4()), "é\U0001f600"):
            bodies.add((await asking.answer(asking.story.provider, document, [named("Apprentice", id=sent)])).body)
        bodies.add((await asking.answer(asking.story.provider, document, [named("Apprentice", uln=asking.foreign.uln)])).body)
        assert bodies == {b'{"data":{"_entities":[null]}}'}


@pytest.mark.parametrize(
    "these",
    [
        [1], ["Apprentice"], [[]], [{}], [{"__typename": "Nobody"}], [{"__typename": ["Apprentice"]}], [{"__typename": None}],
        [{"__typename": "Apprentice"}], [{"__typename": "Apprentice", "id": 1}], [{"__typename": "Apprentice", "id": None}],
        [{"__typename": "Query", "id": "apr_1"}], [{"__typename": "PageInfo", "id": "x"}],
        [{"__typename": "__Schema", "id": "x"}], [{"id": "apr_1"}],
    ],
)  # fmt: skip
async def test_a_hostile_representation_is_refused_with_its_place(asking: Asking, these: Any) -> None:
    """Issue 3, item 1: hostile representations are answered with coded errors."""
    story = asking.story
    assert await asking.refused(story.employer, these) == (400, ["REPRESENTATION_INVALID"])
    body = (await asking.answer(story.employer, FOUND, [named("Apprentice", id=story.id), *these])).body
    assert orjson.loads(body)["errors"][0]["extensions"]["field"] == "representations.1"


async def test_more_than_a_thousand_are_refused(asking: Asking) -> None:
    one = named("Apprentice", id=asking.story.id)
    assert len(await asking.found(asking.story.employer, [one] * MOST)) == MOST
    assert await asking.refused(asking.story.employer, [one] * (MOST + 1)) == (400, ["REPRESENTATIONS_TOO_MANY"])
    assert await asking.found(asking.story.employer, []) == []


async def test_what_postgresql_cannot_hold_is_refused(asking: Asking) -> None:
    for sent in ("\0", "\ud800"):
        assert await asking.refused(asking.story.employer, [named("Apprentice", uln=sent)]) == (400, ["ARGUMENT_INVALID"])


async def test_whether_an_entity_is_there_needs_the_right_to_its_id(asking: Asking) -> None:
    """Type names alone tell of a row as well as its fields do; so does a fragment on the interface."""
    provider, these = asking.story.provider, [named("Result", id=id_text("res", uuid4()))]
    assert await asking.refused(provider, these, THERE) == (403, ["FIELD_NOT_IN_SLICE"])
    node = "query($these: [_Any!]!) { _entities(representations: $these) { ... on Node { id } } }"
    status, codes = await asking.refused(provider, [named("Apprentice", id=asking.story.id)], node)
    assert status == 403 and set(codes) == {"FIELD_NOT_IN_SLICE"}
    fields = "query($these: [_Any!]!) { _entities(representations: $these) { ... on Result { grade } } }"
    assert await asking.refused(provider, these, fields) == (403, ["FIELD_NOT_IN_SLICE"])


async def test_the_text_of_the_statement_depends_on_the_types_named_and_on_nothing_else(asking: Asking) -> None:
    """DESIGN §4: SQL text is a function of the plan key alone."""
    viewer = asking.story.employer.viewer

    def sql(*these: dict[str, Any]) -> str:
        return asking.graph.reader.plan(FOUND, None, {"these": list(these)}, viewer.kind, viewer.scopes).plan.sql

    one, other = named("Apprentice", id=asking.story.id), named("Apprentice", id=asking.foreign.id, more=["x"])
    assert sql(one) == sql(other) == sql(one, other) != sql(one, named("GatewayItem", id="itm_1"))
    assert "gateway.item" not in sql(one)


async def test_the_service_tells_what_it_is(asking: Asking) -> None:
    answer = await asking.graph.answer(asking.story.epao.viewer, Request("{ _service { sdl } }"))
    assert "specs.apollo.dev/federation/v2.9" in orjson.loads(answer.body)["data"]["_service"]["sdl"]
