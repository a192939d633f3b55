"""Four subgraph processes behind a real router: the same graph, the same story, and to each party its own bytes."""

import asyncio
import signal
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from sqlalchemy import update
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from hub.errors import HubError
from hub.settings import Settings
from hub.store.auth import client as client_table
from hub.store.documents import RELOAD_SECONDS, add_document, hash_of
from infra.edge.addresses import Addresses
from infra.federation import Federation, federation
from infra.storage import open_storage
from infra.tour.clients import Client
from infra.tour.running import INSIDE, tour
from infra.tour.streams import Stream
from tests.infra.federated import NEEDS, clients

PROTOCOL = Subprotocol("graphql-transport-ws")
QUEUE = """query Queue { apprentices(first: 10) { nodes { id uln status
  gateway { readiness { status items { requirement state } } } portfolio { state } grade { overall } } } }"""
UNPASSED = """query Unpassed { apprentices(first: 50, filter: {readiness: NOT_READY}) { nodes { id
  gateway { readiness { items { requirement state } } } } } }"""
ONE = """query One($id: ID!) { apprentice(by: {id: $id}) { id status gateway { readiness { status } } grade { overall } } }"""


@NEEDS
@pytest.mark.federation
async def test_the_tour_tells_the_same_through_router_and_subgraphs_as_in_one_process(behind_a_router: Federation) -> None:
    """Issue 3, Must show: the same transcript; and of one subscription shared by six parties each hears its own events."""
    demonstration = behind_a_router.demonstration
    straight = replace(demonstration, urls={**demonstration.urls, "graphql": f"{demonstration.urls['url']}/graphql"})
    told: list[list[str]] = [[], []]
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as http, AsyncExitStack() as stack:
        streams = {}
        for name, client in clients(behind_a_router, http).items():
            for transport in ("SSE", "WebSocket"):
                streams[name, transport] = stream = Stream(client, transport, http)
                stack.push_async_callback(stream.close)
        await asyncio.gather(*(stream.open() for stream in streams.values()))
        assert (await tour(demonstration, told[0].append)).checks > 60
        heard = {key: [(each["id"], each["type"]) for each in stream._events] for key, stream in streams.items()}
    for name in demonstration.clients:
        assert heard[name, "SSE"] == heard[name, "WebSocket"]
        assert bool(heard[name, "SSE"]) == (name in INSIDE)
    assert len({tuple(heard[name, "SSE"]) for name in INSIDE}) == len(INSIDE)
    await tour(straight, told[1].append)
    assert told[0] == told[1]


@NEEDS
@pytest.mark.federation
async def test_six_parties_asking_the_same_at_once_each_get_their_own_bytes(behind_a_router: Federation) -> None:
    """Issue 3, Must show: 6 parties × 500 identical concurrent queries through the router."""
    limits = httpx2.Limits(max_connections=60)
    async with httpx2.AsyncClient(timeout=120, trust_env=False, limits=limits) as http:
        six = clients(behind_a_router, http)
        alone = {name: (await client.ask(QUEUE)).body for name, client in six.items()}
        assert len(set(alone.values())) == 6
        answers: dict[str, Counter[bytes]] = {name: Counter() for name in six}

        async def ask(name: str) -> None:
            answers[name][(await six[name].ask(QUEUE)).body] += 1

        await asyncio.gather(*(ask(name) for _ in range(500) for name in six))
    assert answers == {name: Counter({body: 500}) for name, body in alone.items()}


@NEEDS
@pytest.mark.federation
async def test_a_subgraph_knows_the_router_and_holds_no_pace_against_it(behind_a_router: Federation) -> None:
    """A18: all clients come through it, and would share the pace of one address."""
    for process in behind_a_router.subgraphs.values():
        told = await asyncio.to_thread(Path(f"/proc/{process.pid}/environ").read_bytes)
        held = dict(each.partition(b"=")[::2] for each in told.split(b"\0"))
        trusted = Settings(trusted_proxies=orjson.loads(held[b"HUB_TRUSTED_PROXIES"])).trusted_proxies
        addresses = Addresses(trusted)
        assert addresses.of({"client": ("127.0.0.1", 1), "headers": []}) is None
        assert addresses.of({"client": ("10.0.0.1", 1), "headers": []}) == "10.0.0.1"


PROBES: dict[str, tuple[dict[str, Any], int]] = {
    "introspection": ({"json": {"query": "{ __schema { types { name } } }"}}, 400),
    "types": ({"json": {"query": '{ __type(name: "Apprentice") { name } }'}}, 400),
    "suggestions": ({"json": {"query": "{ apprentice(by: {id: 1}) { familyNam } }"}}, 400),
    "urlencoded": ({"data": {"query": "{ viewer { kind } }"}}, 415),
    "plain text": ({"content": b"{ viewer { kind } }", "headers": {"content-type": "text/plain"}}, 415),
    "batch": ({"json": [{"query": "{ viewer { kind } }"}] * 10}, 400),
}


@NEEDS
@pytest.mark.federation
async def test_the_router_in_service_describes_and_suggests_nothing(behind_a_router: Federation) -> None:
    """Issue 3, Must show: nothing of what graphql-cop looks for; and no address of a subgraph leaves the router."""
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as http:
        client = clients(behind_a_router, http)["employer-a"]
        bearer = {"authorization": f"Bearer {await client.token()}"}
        for name, (sent, status) in PROBES.items():
            answer = await http.post(client.graphql, **{**sent, "headers": {**bearer, **sent.get("headers", {})}})
            assert answer.status_code == status, (name, answer.text)
            assert "Did you mean" not in answer.text and "data" not in answer.json(), name
            assert "127.0.0.1" not in answer.text and all(each["extensions"]["code"] for each in answer.json()["errors"]), name
        for method in ("GET", "PUT", "DELETE"):
            answer = await http.request(method, client.graphql, params={"query": "{ viewer { kind } }"}, headers=bearer)
            assert (answer.status_code, answer.headers["allow"]) == (405, "POST"), method
        for aliases in (101, 1000):
            document = "{ " + " ".join(f"a{number}: viewer {{ kind }}" for number in range(aliases)) + " }"
            assert (await client.ask(document)).status == 400
        assert (await client.ask("{ viewer { kind " + "@skip(if: false) " * 10 + "} }")).status == 400


MOST = Settings().max_body
QUESTION = b'{"query": "{ viewer { kind } }"}'


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    """A body that says nothing of its length."""
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


@NEEDS
@pytest.mark.federation
async def test_b4_the_largest_body_that_passes_the_router_and_the_first_that_does_not(behind_a_router: Federation) -> None:
    """B4: the edge's own bound; what says that it is longer is not waited for, and neither is a longer message on a socket."""
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as http:
        client = clients(behind_a_router, http)["employer-a"]
        headers = {**await client.credentials(), "Content-Type": "application/json"}
        for size, expected in ((MOST, (200, [])), (MOST + 1, (413, ["BODY_TOO_LARGE"]))):
            body = QUESTION.ljust(size)
            for content in (body, in_pieces(body)):
                answer = await http.post(client.graphql, content=content, headers=headers)
                codes = [each["extensions"]["code"] for each in answer.json().get("errors", ())]
                assert (answer.status_code, codes) == expected
        port = int(client.graphql.split(":")[2].partition("/")[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST /graphql HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: {MOST + 1}\r\n\r\n"
        writer.write(head.encode())
        assert await asyncio.wait_for(reader.readexactly(12), 30) == b"HTTP/1.1 413"
        writer.close()
        async with connect(client.graphql.replace("http", "ws", 1), subprotocols=[PROTOCOL], proxy=None) as socket:
            await socket.send('{"type":"ping"}'.ljust(MOST))
            assert orjson.loads(await socket.recv())["type"] == "pong"
            with pytest.raises(ConnectionClosed) as closed:
                await socket.send('{"type":"ping"}'.ljust(MOST + 1))
                await socket.recv()
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009


GRADED = "query Graded($id: ID!) { apprentice(by: {id: $id}) { id assessments { grade } } }"
REFERENCE = """mutation Keep($input: SetMyReferenceInput!) { setMyReference(input: $input) {
  apprentice { id %s } errors { code } } }"""
MINE = "query Mine($id: ID!) { apprentice(by: {id: $id}) { myReference } }"


@NEEDS
@pytest.mark.federation
async def test_a_mutation_that_asks_another_subgraph_too_much_is_not_begun(behind_a_router: Federation) -> None:
    """Issue 3: an operation is refused as a whole before anything is done, whichever subgraph the refused field is of."""
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as http:
        client = clients(behind_a_router, http)["employer-a"]
        listed = (await client.ask("{ apprentices(first: 1) { nodes { id } } }")).data["apprentices"]["nodes"]
        before = (await client.ask(MINE, id=listed[0]["id"])).data
        given = {"apprenticeId": listed[0]["id"], "myReference": "not to be kept"}
        reply = await client.ask(REFERENCE % "results { id grade }", input=given)
        assert (reply.status, reply.codes, "data" in reply.json) == (403, ["FIELD_NOT_IN_SLICE"], False)
        assert (await client.ask(MINE, id=listed[0]["id"])).data == before
        done = await client.ask(REFERENCE % "grade { overall }", input={**given, "myReference": "kept"})
        assert done.data["setMyReference"]["errors"] == []
        assert (await client.ask(MINE, id=listed[0]["id"])).data == {"apprentice": {"myReference": "kept"}}


DEAR = "{ apprentices(first: 100) { nodes { portfolio { evidence { id } coverage { ksb } } standard { rules { code } } } } }"


@NEEDS
@pytest.mark.federation
async def test_the_routers_clients_have_the_budgets_and_trusted_documents_of_the_whole_hub(behind_a_router: Federation) -> None:
    """Issue 3, item 4: cost, announced and refused before execution, and trusted documents, where the operation is known."""
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as http:
        held = clients(behind_a_router, http)
        client, locked = held["employer-a"], held["provider-a"]
        told = await client.post({"query": "{ viewer { kind } }", "extensions": {"cost": True}})
        assert told.data == {"viewer": {"kind": "EMPLOYER"}} and told.json["extensions"]["cost"]["requested"] == 1
        for _ in range(20):
            dear = await client.ask(DEAR)
            if dear.status != 200:
                break
        assert (dear.status, dear.codes) == (429, ["THROTTLED"])
        assert dear.json["errors"][0]["extensions"]["retryAfter"] >= 1
        text = "query Known { viewer { kind } }"
        await trust(behind_a_router, text, locked)
        await asyncio.sleep(RELOAD_SECONDS + 0.5)
        assert (await locked.ask("{ viewer { kind } }")).codes == ["DOCUMENT_NOT_TRUSTED"]
        assert (await locked.ask(text)).data == {"viewer": {"kind": "PROVIDER"}}
        assert (await locked.post({"documentId": f"sha256:{hash_of(text)}"})).data == {"viewer": {"kind": "PROVIDER"}}
        assert (await locked.post({"documentId": f"sha256:{hash_of('other')}"})).codes == ["DOCUMENT_UNKNOWN"]
        stream = Stream(locked, "WebSocket", http)
        with pytest.raises(HubError, match="DOCUMENT_NOT_TRUSTED"):
            await stream.open()
        await stream.close()
        await trust(behind_a_router, text, locked, only=False)


async def trust(found: Federation, text: str, of: Client, *, only: bool = True) -> None:
    """What `hub documents add` and `hub client lock` do."""
    settings = Settings.model_validate({"home": found.home})
    async with open_storage(settings) as storage, storage.database.engine("hub_auth").begin() as connection:
        name = of._held["client_id"]
        await add_document(connection, text, "known", name, datetime.now(UTC))
        await connection.execute(update(client_table).where(client_table.c.id == name).values(documents_only=only))


@NEEDS
@pytest.mark.federation
async def test_without_the_grades_readiness_still_answers(behind_a_router: Federation) -> None:
    """Issue 3, Must show: with `grades` killed, readiness still answers, with one coded partial error."""
    behind_a_router.subgraphs["grades"].send_signal(signal.SIGKILL)
    await behind_a_router.subgraphs["grades"].wait()
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as http:
        client = clients(behind_a_router, http)["employer-a"]
        listed = (await client.ask(UNPASSED)).data["apprentices"]["nodes"]
        fileable = {"requirement": "PQIP", "state": "MISSING"}
        chosen = next(each["id"] for each in listed if fileable in each["gateway"]["readiness"]["items"])
        reply = await client.ask(ONE, id=chosen)
        graded = await client.ask("query($id: ID!) { apprentice(by: {id: $id}) { id assessments { grade } } }", id=chosen)
        item = {"apprenticeId": chosen, "requirement": "PQIP", "achievedOn": "2026-01-05"}
        act = await client.attempt("fileGatewayItem", "apprentice { id }", **item)
    body: dict[str, Any] = orjson.loads(reply.body)
    assert reply.status == 200 and body["data"]["apprentice"]["gateway"]["readiness"]["status"]
    assert body["data"]["apprentice"]["grade"] is None
    assert [each["extensions"]["code"] for each in body["errors"]] == ["HUB_UNAVAILABLE"]
    assert body["errors"][0]["path"] == ["apprentice", "grade"]
    # What cannot be null takes its parent along; acts on gateways are still done.
    assert graded.json["data"] == {"apprentice": None} and graded.codes == ["HUB_UNAVAILABLE"]
    assert act.data["fileGatewayItem"]["errors"] == [] and act.codes == []


@NEEDS
@pytest.mark.federation
async def test_without_the_apprentices_a_cohort_still_counts(behind_a_router: Federation) -> None:
    """What docs/federation.md says of a subgraph that is away."""
    behind_a_router.subgraphs["apprentices"].send_signal(signal.SIGKILL)
    await behind_a_router.subgraphs["apprentices"].wait()
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as http:
        client = clients(behind_a_router, http)["employer-a"]
        assert (await client.ask("{ cohort { total ready } }")).data["cohort"]["total"] > 0
        reply = await client.ask('{ apprentice(by: {uln: "1000000000"}) { id } }')
        assert (reply.status, reply.json["data"], reply.codes) == (200, {"apprentice": None}, ["HUB_UNAVAILABLE"])


@NEEDS
@pytest.mark.federation
async def test_the_tour_passes_with_three_processes_of_which_one_serves_two_nouns() -> None:
    """Issue 3, item 1: `hub serve --subgraph gateway --subgraph portfolios` is one subgraph of the supergraph."""
    with tempfile.TemporaryDirectory(prefix="hubf", ignore_cleanup_errors=True) as folder:
        parts = (("apprentices",), ("gateway", "portfolios"), ("grades",))
        async with federation(Path(folder), lambda _: None, parts=parts) as found:
            assert set(found.subgraphs) == {"apprentices", "gateway_portfolios", "grades"}
            assert (await tour(found.demonstration, lambda _: None)).checks > 60
