"""A18, issue 4 item 7: requests are paced per client and per address, over POST, event stream and socket alike."""

import json
from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest
from websockets.exceptions import InvalidStatus

from hub.settings import Settings
from infra.edge.throttle import GUESS, SECONDS_AT_ONCE, Throttle
from tests.infra.edge.conftest import Served, serving
from tests.infra.edge.test_sockets import INIT, closing, dial, hear, say, subscribe

ASK = {"query": "{ ok }"}
PACED = Settings(port=0, drain_seconds=2, client_rate=4, address_rate=60, trusted_proxies=(ip_network("127.0.0.0/8"),))


@pytest.fixture
async def paced() -> AsyncIterator[Served]:
    """A hub where a client may ask eight times at once, behind a proxy that may say from where; nothing comes back."""
    async for served in serving(PACED):
        throttle = served.app.desk.throttle
        for pace in (throttle._by_client, throttle._by_address):
            pace._clock = lambda: 1000.0
        yield served


def throttled(answer: object) -> bool:
    """Whether a response is the one refusal: 429, when to come again, and the code."""
    if answer.status_code != 429:  # type: ignore[attr-defined]
        return False
    error = answer.json()["errors"][0]  # type: ignore[attr-defined]
    assert error["extensions"]["code"] == "THROTTLED"
    assert str(error["extensions"]["retryAfter"]) == answer.headers["retry-after"]  # type: ignore[attr-defined]
    return True


async def test_a18_one_client_is_paced_and_told_when_to_come_again(paced: Served) -> None:
    """Limit ± 1: eight pass, the ninth does not and runs nothing."""
    for _ in range(SECONDS_AT_ONCE * PACED.client_rate):
        assert (await paced.post(ASK)).status_code == 200
    asked = len(paced.graph.asked)
    assert throttled(await paced.post(ASK))
    assert len(paced.graph.asked) <= asked + 1
    assert any(line.get("codes") == ["THROTTLED"] for line in paced.lines())


async def test_a18_one_address_is_paced_whoever_asks(paced: Served) -> None:
    """Also who has no token; another address goes on, and so does a probe from anywhere."""
    here, there = {"x_forwarded_for": "198.51.100.1"}, {"x_forwarded_for": "198.51.100.2"}
    most = SECONDS_AT_ONCE * PACED.address_rate
    assert {(await paced.post(ASK, token=None, **here)).status_code for _ in range(most)} == {401}
    assert throttled(await paced.post(ASK, token=None, **here))
    assert throttled(await paced.get("/nowhere", headers={"x-forwarded-for": "198.51.100.1"}))
    assert (await paced.post(ASK, token=None, **there)).status_code == 401
    assert (await paced.get("/livez", headers={"x-forwarded-for": "198.51.100.1"})).status_code == 200


async def test_a18_guessing_tokens_is_dearer_than_asking(paced: Served) -> None:
    """A token that is not believed counts as many requests; one that has run out is no guess."""
    here = {"x_forwarded_for": "198.51.100.3"}
    most = SECONDS_AT_ONCE * PACED.address_rate // GUESS
    codes = [(await paced.post(ASK, token="nonsense", **here)).status_code for _ in range(most + 2)]
    assert codes == [401] * (most + 1) + [429]
    old = {"x_forwarded_for": "198.51.100.4"}
    assert {(await paced.post(ASK, token="expired", **old)).status_code for _ in range(2 * most)} == {401}


async def test_a18_a_router_without_forwarding_is_paced_by_its_clients_alone(paced: Served) -> None:
    """Every request of a router comes from one address: named as a proxy, it has no pace of its own."""
    assert {(await paced.post(ASK, token="expired")).status_code for _ in range(SECONDS_AT_ONCE * PACED.address_rate + 5)} == {
        401
    }


async def test_a18_a_socket_is_paced_as_requests_are(paced: Served) -> None:
    async with dial(paced) as socket:
        await say(socket, INIT)
        await hear(socket)
        await say(socket, *(subscribe("{ ok }", str(number)) for number in range(9)))
        heard = [json.loads(await hear(socket)) for _ in range(17)]
        (refused,) = [message for message in heard if message["type"] == "error"]
        assert refused["id"] == "8" and refused["payload"][0]["extensions"]["code"] == "THROTTLED"
        assert refused["payload"][0]["extensions"]["retryAfter"] == 1
        # And whoever goes on knocking is shown out, to come again later.
        await say(socket, *({"type": "ping"} for _ in range(20)))
        code, reason = await closing(socket)
        assert (code, reason.partition(":")[0]) == (1013, "THROTTLED")


async def test_a18_sockets_are_turned_away_before_they_open(paced: Served) -> None:
    headers = {"X-Forwarded-For": "198.51.100.5"}
    for _ in range(SECONDS_AT_ONCE * PACED.address_rate // GUESS + 1):
        await paced.post(ASK, token="nonsense", x_forwarded_for="198.51.100.5")
    with pytest.raises(InvalidStatus) as refused:
        await dial(paced, additional_headers=headers)
    assert refused.value.response.status_code == 429
    assert int(refused.value.response.headers["retry-after"]) >= 1
    async with dial(paced, additional_headers={"X-Forwarded-For": "198.51.100.6"}) as socket:
        await say(socket, INIT)
        assert await hear(socket) == '{"type":"connection_ack"}'


async def test_a18_guesses_on_sockets_count_too(paced: Served) -> None:
    headers = {"X-Forwarded-For": "198.51.100.7"}
    guess = {"type": "connection_init", "payload": {"Authorization": "Bearer nonsense"}}
    for _ in range(3):
        async with dial(paced, additional_headers=headers) as socket:
            await say(socket, guess)
            assert (await closing(socket))[0] == 4403
    assert throttled(await paced.post(ASK, x_forwarded_for="198.51.100.7"))


def test_no_rate_is_no_limit_and_costs_nothing() -> None:
    free = Throttle(Settings(client_rate=0, address_rate=0))
    for _ in range(100_000):
        free.arrived({"client": ("192.0.2.1", 1), "headers": []})
        free.asked("cli_test")
