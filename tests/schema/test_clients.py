"""The lifecycle of a party's own clients through the graph (issue item 1): by its administrators, and its own alone."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest
from joserfc.jwk import ECKey, RSAKey
from pydantic import ValidationError
from sqlalchemy import select, text

from auth.clients import add_client, find_client
from hub.acts.clients import SignsWith
from hub.slices.scopes import ADMIN, SCOPES, USUAL
from hub.store.auth import secret
from hub.store.bell import Bell
from hub.store.pools import Database
from schema.graph import Graph, Request
from tests.world import Party, World, new_world

SHOWN = "id name method scopes bound keys jwksUrl issuer documentsOnly createdAt expiresAt disabledAt"
ANSWER = f"{{ client {{ {SHOWN} }} replayed errors {{ code field message }} }}"
MODELS = {"addClient": "AddClientInput", "rotateClient": "RotateClientInput", "disableClient": "DisableClientInput"}


class Desk:
    """A party's administrator at the graph."""

    def __init__(self, world: World, party: Party):
        self.world, self.party = world, party
        self.graph = Graph(world.database, world.engine, b"k" * 32, lambda: world.today, Bell(world.database))

    async def send(self, document: str, **variables: Any) -> Any:
        """The whole answer."""
        answer = await self.graph.answer(self.party.viewer, Request(document, variables))
        return orjson.loads(answer.body)

    async def act(self, name: str, /, **given: Any) -> Any:
        """The payload of an act."""
        found = await self.send(f"mutation M($i: {MODELS[name]}!) {{ {name}(input: $i) {ANSWER} }}", i=given)
        assert "errors" not in found, found
        return found["data"][name]

    async def clients(self) -> Any:
        """The party's clients."""
        return (await self.send(f"{{ clients {{ {SHOWN} }} }}"))["data"]["clients"]


def jwk(kid: str, key: Any = None) -> dict[str, Any]:
    """The public part of a key."""
    made: dict[str, Any] = (key or ECKey.generate_key("P-256")).as_dict(private=False)
    return {**made, "kid": kid}


@pytest.fixture
async def world(database: Database) -> World:
    """The world that ordinary tests share."""
    return await new_world(database)


@pytest.fixture(params=["employer", "provider", "epao"])
async def desk(world: World, request: pytest.FixtureRequest) -> Desk:
    """An administrator of each kind of party."""
    return Desk(world, await world.party(request.param))


async def test_a_party_adds_turns_and_shuts_out_its_own_client(desk: Desk) -> None:
    one = jwk("one")
    made = await desk.act("addClient", name="HR system", keys=[one], scopes=["gateway:read"], expiresOn="2027-01-01")
    assert made["errors"] == [] and made["client"] == {
        "id": made["client"]["id"], "name": "HR system", "method": "private_key_jwt", "scopes": ["gateway:read"],
        "bound": True, "keys": ["one"], "jwksUrl": None, "issuer": None, "documentsOnly": False,
        "createdAt": made["client"]["createdAt"], "expiresAt": "2027-01-01T00:00:00.000000Z", "disabledAt": None,
    }  # fmt: skip
    name = made["client"]["id"]
    turned = await desk.act("rotateClient", clientId=name, add=[jwk("two", RSAKey.generate_key(2048))])
    assert turned["client"]["keys"] == ["one", "two"]
    turned = await desk.act("rotateClient", clientId=name, retire=["one"])
    assert turned["client"]["keys"] == ["two"]
    assert [each["keys"] for each in await desk.clients()] == [["two"]]
    # What it wrote is what the token endpoint reads.
    async with desk.world.database.engine("hub_auth").connect() as connection:
        row = await find_client(connection, name)
    assert (row.party, row.kind, row.organisation) == (
        desk.party.viewer.party, desk.party.viewer.kind, desk.party.viewer.organisation,
    )  # fmt: skip
    gone = await desk.act("disableClient", clientId=name)
    assert gone["client"]["disabledAt"] is not None and gone["replayed"] is False
    again = await desk.act("disableClient", clientId=name)
    assert again["replayed"] is True and again["client"]["disabledAt"] == gone["client"]["disabledAt"]
    refused = await desk.act("rotateClient", clientId=name, add=[jwk("three")])
    assert [each["code"] for each in refused["errors"]] == ["STATE_CONFLICT"]


async def test_b8_the_record_of_an_act_on_a_client_names_the_client(desk: Desk) -> None:
    name = (await desk.act("addClient", name="HR system", keys=[jwk("one")]))["client"]["id"]
    await desk.act("rotateClient", clientId=name, add=[jwk("two")])
    await desk.act("disableClient", clientId=name)
    async with desk.world.database.engine("hub_operator").connect() as connection:
        query = text("select act, party_id from hub.audit where thing = :name order by at")
        told = (await connection.execute(query, {"name": name})).all()
    assert list(told) == [(act, desk.party.viewer.party) for act in ("addClient", "rotateClient", "disableClient")]


async def test_keys_may_be_at_a_url_and_come_back(desk: Desk) -> None:
    made = await desk.act("addClient", name="Reports", jwksUrl="https://keys.party.example/jwks")
    assert (made["client"]["jwksUrl"], made["client"]["keys"]) == ("https://keys.party.example/jwks", [])
    assert set(made["client"]["scopes"]) == USUAL[desk.party.viewer.kind]
    turned = await desk.act("rotateClient", clientId=made["client"]["id"], add=[jwk("one")])
    assert (turned["client"]["jwksUrl"], turned["client"]["keys"]) == (None, ["one"])
    turned = await desk.act("rotateClient", clientId=made["client"]["id"], jwksUrl="https://two.party.example/")
    assert (turned["client"]["jwksUrl"], turned["client"]["keys"]) == ("https://two.party.example/", [])


async def test_b3_another_partys_client_does_not_exist(world: World, desk: Desk) -> None:
    """B1, B3: neither seen, nor turned, nor shut out, and told apart in nothing from one that never was."""
    made = await desk.act("addClient", name="Mine", keys=[jwk("one")])
    for kind in ("employer", "provider", "epao"):
        other = Desk(world, await world.party(kind))
        assert await other.clients() == []
        for act, more in (("rotateClient", {"retire": ["one"]}), ("disableClient", {})):
            theirs = await other.act(act, clientId=made["client"]["id"], **more)
            nobodys = await other.act(act, clientId=f"cli_{uuid4()}", **more)
            assert theirs == nobodys and theirs["errors"][0]["code"] == "NOT_FOUND"
    assert [each["disabledAt"] for each in await desk.clients()] == [None]


async def test_b3_without_the_scope_there_is_neither_question_nor_act(desk: Desk) -> None:
    desk.party = Party(replace(desk.party.viewer, scopes=USUAL[desk.party.viewer.kind]), desk.party.identifier)
    asked = await desk.send("{ clients { id } }")
    assert asked["errors"][0]["extensions"]["code"] == "SCOPE_MISSING"
    for act, given in (("addClient", {"name": "x"}), ("rotateClient", {"clientId": "x"}), ("disableClient", {"clientId": "x"})):
        found = await desk.send(f"mutation M($i: {MODELS[act]}!) {{ {act}(input: $i) {{ replayed }} }}", i=given)
        assert found["errors"][0]["extensions"]["code"] == "SCOPE_MISSING", act


PRIVATE = ECKey.generate_key("P-256").as_dict(private=True)
URL = "https://keys.party.example/"
WRONG = [
    ({}, "input.keys"),
    ({"keys": []}, "input.keys"),
    ({"keys": [jwk("a")], "jwksUrl": "https://keys.party.example/"}, "input.keys"),
    ({"keys": [jwk("a"), jwk("a")]}, "input.keys"),
    ({"keys": [jwk("a", ECKey.generate_key("P-384"))]}, "input.keys"),
    ({"keys": [{**jwk("a"), "use": "enc"}]}, "input.keys"),
    ({"keys": [{"kty": "oct", "kid": "a", "n": "AAAA"}]}, "input.keys"),
    ({"jwksUrl": "http://keys.party.example/"}, "input.jwksUrl"),
    ({"keys": [jwk("a")], "scopes": []}, "input.scopes"),
    ({"signsWith": {"keys": [jwk("a")]}, "jwksUrl": URL}, "input.signsWith"),
    ({"signsWith": {"keys": [jwk("a")]}, "keys": [jwk("a")]}, "input.signsWith"),
    ({"signsWith": {"keys": [jwk("a"), jwk("a")]}}, "input.signsWith.keys"),
    ({"signsWith": {"jwksUrl": "http://keys.party.example/"}}, "input.signsWith.jwksUrl"),
    ({"keys": [jwk("a")], "scopes": ["everything:write"]}, "input.scopes"),
]


@pytest.mark.parametrize(("given", "field"), WRONG)
async def test_a4_what_is_not_taken(desk: Desk, given: dict[str, Any], field: str) -> None:
    made = await desk.act("addClient", name="x", **given)
    assert made["client"] is None and {each["code"] for each in made["errors"]} == {"INPUT_INVALID"}
    assert {each["field"] for each in made["errors"]} == {field}
    assert await desk.clients() == []


async def test_a4_what_a_client_signs_with_is_one_thing_and_the_old_way_of_saying_it_does_the_same(desk: Desk) -> None:
    """Issue 3, item 4: `@oneOf` where exactly one is meant."""
    for given in ({"keys": [jwk("a")]}, {"jwksUrl": URL}):
        made = [await desk.act("addClient", name="x", **each) for each in ({"signsWith": given}, given)]
        shown = [{key: each["client"][key] for key in ("method", "keys", "jwksUrl", "bound", "scopes")} for each in made]
        assert shown[0] == shown[1] and (shown[0]["keys"], shown[0]["jwksUrl"]) == (
            ["a"] if "keys" in given else [],
            given.get("jwksUrl"),
        )


@pytest.mark.parametrize("signs", [{}, {"keys": None}, {"keys": [jwk("a")], "jwksUrl": URL}, {"keys": None, "jwksUrl": URL}])
async def test_a4_anything_but_exactly_one_is_no_valid_request(desk: Desk, signs: dict[str, Any]) -> None:
    found = await desk.send("mutation M($i: AddClientInput!) { addClient(input: $i) { replayed } }",
                            i={"name": "x", "signsWith": signs})  # fmt: skip
    assert "data" not in found and await desk.clients() == []


@pytest.mark.parametrize("signs", [{}, {"keys": [jwk("a")], "jwksUrl": URL}])
def test_a4_nor_does_an_act_take_it(signs: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="exactly one"):
        SignsWith.model_validate(signs)


async def test_a4_a_private_key_is_not_even_a_value_of_the_input(desk: Desk) -> None:
    found = await desk.send("mutation M($i: AddClientInput!) { addClient(input: $i) { replayed } }",
                            i={"name": "x", "keys": [{**PRIVATE, "kid": "a"}]})  # fmt: skip
    assert "data" not in found and PRIVATE["d"] not in orjson.dumps(found).decode()


async def test_no_scope_above_the_ceiling_of_the_kind(world: World) -> None:
    provider = Desk(world, await world.party("provider"))
    made = await provider.act("addClient", name="x", keys=[jwk("a")], scopes=["gateway:read", "grades:write"])
    assert made["errors"][0]["code"] == "INPUT_INVALID" and "grades:write" in made["errors"][0]["message"]
    made = await provider.act("addClient", name="x", keys=[jwk("a")], scopes=sorted(SCOPES[provider.party.viewer.kind]))
    assert ADMIN in made["client"]["scopes"]


async def test_an_act_sent_again_adds_one_client(desk: Desk) -> None:
    key, given = jwk("a"), {"name": "x", "idempotencyKey": f"add-{uuid4()}"}
    first = await desk.act("addClient", **given, keys=[key])
    second = await desk.act("addClient", **given, keys=[key])
    assert second["replayed"] is True and second["client"] == first["client"]
    assert len(await desk.clients()) == 1
    async with desk.world.database.engine("hub_auth").connect() as connection:
        assert (await connection.execute(select(secret).where(secret.c.client_id == first["client"]["id"]))).all() == []


async def test_a_party_sees_its_clients_with_a_secret_and_never_the_secret(desk: Desk) -> None:
    viewer = desk.party.viewer
    async with desk.world.database.engine("hub_auth").begin() as connection:
        made = await add_client(
            connection, party=viewer.party, kind=viewer.kind, organisation=viewer.organisation, name="Sandbox",
            now=datetime.now(UTC),
        )  # fmt: skip
    (found,) = await desk.clients()
    assert found["method"] == "client_secret_basic" and made.client_secret not in orjson.dumps(found).decode()
