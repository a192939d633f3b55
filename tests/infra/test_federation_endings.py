"""What is asked of a router in a stream or on a socket is refused, and ends, with the hub's own words and codes."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import orjson
import pytest

from infra.federation import Federation
from infra.tour.clients import Client
from tests.infra.edge.conftest import until
from tests.infra.federated import NEEDS, clients
from tests.infra.following import TRANSPORTS, Followers

pytestmark = [NEEDS, pytest.mark.federation]

FOLLOW = (
    "subscription { progress { cursor event { type apprentice { id gateway { readiness { status } } grade { overall } } } } }"
)
REFUSED = {
    'subscription { progress(after: "no cursor") { cursor } }': "CURSOR_INVALID",
    'subscription { progress(apprentice: "apr_00000000-0000-4000-8000-000000000000") { cursor } }': "NOT_FOUND",
    '{ apprentices(first: 1, after: "no cursor") { nodes { status } } }': "CURSOR_INVALID",
}
ANY = "{ apprentices(first: 1) { nodes { id } } }"


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    """What the clients ask with."""
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as opened:
        yield opened


def at_the_hub(found: Federation, client: Client, http: httpx2.AsyncClient) -> Client:
    """The same client with the hub itself, in one process."""
    urls = found.demonstration.urls
    return Client(client.name, client._held, {**urls, "graphql": f"{urls['url']}/graphql"}, http)


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("document", REFUSED)
async def test_what_is_asked_in_a_stream_or_on_a_socket_is_refused_in_the_same_words_as_by_the_hub_itself(
    behind_a_router: Federation, http: httpx2.AsyncClient, document: str, transport: str
) -> None:
    """And ends: what only the subgraph can know is told with its code, of no place inside."""
    client = clients(behind_a_router, http)["employer-a"]
    told = []
    for each, over in ((client, transport), (at_the_hub(behind_a_router, client, http), "SSE")):
        stream = Followers(each, over, document, http)
        await stream.over()
        told.append(stream.payloads[0])
    routed, own = told
    assert routed == own and [each["extensions"] for each in orjson.loads(own[0])["errors"]] == [{"code": REFUSED[document]}]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a15_a_stream_ends_with_its_token(behind_a_router: Federation, http: httpx2.AsyncClient, transport: str) -> None:
    """Issue 4, Must show: within seconds of the revocation, with its code."""
    client = clients(behind_a_router, http)["provider-a"]
    stream = Followers(client, transport, FOLLOW, http)
    await stream.heard(1)
    urls, held = behind_a_router.demonstration.urls, client._held
    revoked = {"token": await client.token()}
    answer = await http.post(f"{urls['url']}/oauth/revoke", data=revoked, auth=(held["client_id"], held["client_secret"]))
    assert answer.status_code == 200
    await stream.over()
    last = orjson.loads(stream.payloads[0][-1])
    assert ([each["extensions"] for each in last["errors"]], "data" in last) == ([{"code": "TOKEN_INVALID"}], False)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks where Linux tells what a process holds open")
async def test_what_clients_leave_the_router_leaves(behind_a_router: Federation, http: httpx2.AsyncClient) -> None:
    """B4: of a hundred subscriptions whose clients hang up the subgraph holds none."""
    client = clients(behind_a_router, http)["epao-a"]
    open_files = Path(f"/proc/{behind_a_router.subgraphs['apprentices'].pid}/fd")

    def held() -> int:
        return len(list(open_files.iterdir()))

    before = held()
    streams = [Followers(client, "WebSocket", FOLLOW, http, 80), *(Followers(client, "SSE", FOLLOW, http) for _ in range(20))]
    for each in streams:
        await each.heard(1)
    assert held() >= before + 60
    for each in streams:
        await each.close()
    await until(lambda: held() <= before + 30)


async def bereft(found: Federation, noun: str, client: Client, http: httpx2.AsyncClient) -> list[Followers]:
    """A client's streams over both transports, whose subgraph is killed once they have begun."""
    streams = [Followers(client, transport, FOLLOW, http) for transport in TRANSPORTS]
    for each in streams:
        await each.heard(1)
    found.subgraphs[noun].send_signal(signal.SIGKILL)
    await found.subgraphs[noun].wait()
    return streams


async def test_without_the_grades_a_stream_goes_on(behind_a_router: Federation, http: httpx2.AsyncClient) -> None:
    """An event is told with all but the grade, and one coded error that names no place inside."""
    client = clients(behind_a_router, http)["employer-a"]
    streams = await bereft(behind_a_router, "grades", client, http)
    chosen = (await client.ask(ANY)).data["apprentices"]["nodes"][0]["id"]
    for name in ("one", "two"):
        await client.do("setContact", apprenticeId=chosen, email=f"{name}@people.example")
    for each in streams:
        await each.heard(3)
        for payload in each.payloads[0][1:]:
            told = orjson.loads(payload)
            assert told["data"]["progress"]["event"]["apprentice"]["gateway"]["readiness"]["status"]
            assert told["data"]["progress"]["event"]["apprentice"]["grade"] is None
            (error,) = told["errors"]
            assert (error["extensions"], error["path"][-1]) == ({"code": "HUB_UNAVAILABLE"}, "grade")
        await each.close()


async def test_without_the_apprentices_a_stream_ends_with_a_word(behind_a_router: Federation, http: httpx2.AsyncClient) -> None:
    """Its reader hears that it ended, and opens it again from its last cursor: nothing is opened again behind its back."""
    client = clients(behind_a_router, http)["employer-a"]
    for each in await bereft(behind_a_router, "apprentices", client, http):
        await each.over()
        codes = [error["extensions"] for error in orjson.loads(each.payloads[0][-1])["errors"]]
        assert codes == [{"code": "HUB_UNAVAILABLE"}]
