"""A6 through a router: a client that signs with its own key, whose tokens are bound to it, and what becomes of its proofs."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from infra.federation import Federation
from infra.tour.streams import Stream
from tests.infra.federated import NEEDS, Bound, bound, clients

pytestmark = [NEEDS, pytest.mark.federation]

QUEUE = "query Queue { apprentices(first: 10) { nodes { id status gateway { readiness { status } } grade { overall } } } }"
KEEP = """mutation Keep($input: SetMyReferenceInput!) { setMyReference(input: $input) {
  apprentice { id myReference grade { overall } } errors { code } } }"""
UNFILED = "{ apprentices(first: 50, filter: {readiness: NOT_READY}) { nodes { id gateway { readiness { items { %s } } } } } }"
ASK = {"query": "{ viewer { kind } }"}


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as opened:
        yield opened


async def sent(client: Bound, http: httpx2.AsyncClient, headers: dict[str, str], **more: str) -> tuple[int, list[str]]:
    """The status of a small question, and the codes of its errors."""
    answer = await http.post(client.graphql, json=ASK, headers={**headers, **more})
    if answer.status_code == 401:
        assert "DPoP algs=" in answer.headers["www-authenticate"]
    return answer.status_code, [each["extensions"]["code"] for each in answer.json().get("errors", ())]


async def test_a6_a_bound_client_asks_and_acts_in_several_subgraphs(
    behind_a_router: Federation, http: httpx2.AsyncClient
) -> None:
    """One proof, made for the router's address, is good for every part of the operation, and the answer is the party's."""
    client, bearer = await bound(behind_a_router, http, "employer-a"), clients(behind_a_router, http)["employer-a"]
    reply = await client.ask(QUEUE)
    assert reply.data["apprentices"]["nodes"] and reply.body == (await bearer.ask(QUEUE)).body
    given = {"apprenticeId": reply.data["apprentices"]["nodes"][0]["id"], "myReference": "kept by a bound client"}
    done = (await client.ask(KEEP, input=given)).data["setMyReference"]
    assert (done["errors"], done["apprentice"]["myReference"]) == ([], given["myReference"])
    assert "grade" in done["apprentice"]


@pytest.mark.parametrize("transport", ["SSE", "WebSocket"])
async def test_a6_a_bound_client_follows_its_stream(
    behind_a_router: Federation, http: httpx2.AsyncClient, transport: str
) -> None:
    """Over both transports it hears what it did itself."""
    client = await bound(behind_a_router, http, "employer-a")
    listed = (await client.ask(UNFILED % "requirement state")).data["apprentices"]["nodes"]
    wanted = {"requirement": "PQIP", "state": "MISSING"}
    chosen = next(each["id"] for each in listed if wanted in each["gateway"]["readiness"]["items"])
    stream = Stream(client, transport, http)
    try:
        await stream.open()
        await client.do("fileGatewayItem", apprenticeId=chosen, requirement="PQIP", achievedOn="2026-01-05")
        await stream.hears(chosen, "gateway.item_filed")
    finally:
        await stream.close()


async def test_a6_a_proof_is_good_once_at_the_router(behind_a_router: Federation, http: httpx2.AsyncClient) -> None:
    """Must show: of 20 uses at once exactly one succeeds; later none does, as a query or as a stream."""
    client = await bound(behind_a_router, http, "employer-a")
    headers = await client.credentials()
    answers = await asyncio.gather(*(sent(client, http, headers) for _ in range(20)))
    assert sorted(answers) == [(200, [])] + [(401, ["PROOF_INVALID"])] * 19
    assert await sent(client, http, headers) == (401, ["PROOF_INVALID"])
    stream = {"query": "subscription { progress { cursor } }"}
    for accept in ("text/event-stream", "application/json"):
        answer = await http.post(client.graphql, json=stream, headers={**headers, "Accept": accept})
        assert b"PROOF_INVALID" in answer.content and b"cursor" not in answer.content


WRONG: dict[str, dict[str, Any]] = {
    "the method": {"htm": "GET"},
    "another token": {"ath": "x" * 43},
    "another address": {"htu": "https://elsewhere.example/graphql"},
    "no token": {"ath": None},
}


async def test_a6_a_proof_for_anything_else_is_refused(behind_a_router: Federation, http: httpx2.AsyncClient) -> None:
    """Nothing but a proof for the router's address, this method and this token; not the address the hub listens on."""
    client = await bound(behind_a_router, http, "employer-a")
    inside = f"{behind_a_router.demonstration.urls['url']}/graphql"
    for name, changes in {**WRONG, "the hub's own address": {"htu": inside}}.items():
        assert await sent(client, http, await client.credentials(**changes)) == (401, ["PROOF_INVALID"]), name
    authorization = (await client.credentials())["Authorization"]
    assert await sent(client, http, {"Authorization": authorization}) == (401, ["PROOF_MISSING"])
    stolen = await client.credentials()
    bearer = {"Authorization": stolen["Authorization"].replace("DPoP", "Bearer", 1)}
    assert await sent(client, http, bearer) == (401, ["PROOF_MISSING"])
    other = await bound(behind_a_router, http, "employer-b")
    assert await sent(client, http, stolen, DPoP=(await other.credentials())["DPoP"]) == (401, ["PROOF_INVALID"])
    assert await sent(client, http, stolen) == (200, [])


@pytest.mark.parametrize(("method", "code"), [("POST", "PROOF_INVALID"), (None, "PROOF_MISSING")])
async def test_a6_a_socket_needs_a_proof_of_its_own(
    behind_a_router: Federation, http: httpx2.AsyncClient, method: str | None, code: str
) -> None:
    """One made for a POST opens no stream on a socket, and neither does none."""
    client = await bound(behind_a_router, http, "employer-a")
    payload = await client.credentials(method or "GET")
    if method is None:
        del payload["DPoP"]
    url = client.graphql.replace("http", "ws", 1)
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
        await socket.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
        assert orjson.loads(await socket.recv())["type"] == "connection_ack"
        wanted = {"query": "subscription { progress { cursor } }"}
        await socket.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": wanted}).decode())
        said = orjson.loads(await asyncio.wait_for(socket.recv(), 30))
    assert [each["extensions"]["code"] for each in said["payload"].pop("errors")] == [code] and said["payload"] == {}
