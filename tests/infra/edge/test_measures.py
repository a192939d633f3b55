"""What the measures tell, and whom: the operator's monitoring, and never when an EPAO posts to anybody else (EPA-107)."""

import httpx2
import pytest
from pydantic import SecretStr, ValidationError

from hub.settings import Settings
from infra.edge.throttle import GUESS, SECONDS_AT_ONCE
from tests.infra.edge.conftest import CANARY, METRICS, SETTINGS, Served, serving
from tests.infra.edge.test_sockets import INIT, dial, hear, say, subscribe

RIGHT = [("authorization", f"Bearer {METRICS}")]
WRONG: dict[str, list[tuple[str, str]]] = {
    "none": [],
    "empty": [("authorization", "")],
    "scheme alone": [("authorization", "Bearer")],
    "another": [("authorization", "Bearer " + "x" * len(METRICS))],
    "cut": [("authorization", f"Bearer {METRICS[:-1]}")],
    "longer": [("authorization", f"Bearer {METRICS}x")],
    "another scheme": [("authorization", f"Basic {METRICS}")],
    "no scheme": [("authorization", METRICS)],
    "not ASCII": [("authorization", "Bearer caf\xe9")],
    "a client's": [("authorization", "Bearer good")],
    "two of them": [*RIGHT, ("authorization", "Bearer x")],
}
NAMED = "PostResultsOf" + CANARY.replace("-", "_")
"""A name that a client chooses; the long number in it is struck out, and the rest of it must not be seen either."""


async def ask(hub: Served, headers: list[tuple[str, str]], path: str = "/metrics") -> httpx2.Response:
    """GET with these headers, byte for byte."""
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    async with httpx2.AsyncClient() as client:
        return await client.get(f"http://127.0.0.1:{hub.port}{path}", headers=raw)


@pytest.mark.parametrize("why", WRONG)
async def test_epa_107_an_outsider_reads_no_measures(hub: Served, why: str) -> None:
    answer = await ask(hub, WRONG[why])
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="metrics"')
    code = "TOKEN_INVALID" if WRONG[why] else "TOKEN_MISSING"
    assert answer.json()["errors"][0]["extensions"] == {"code": code}
    lines = [line for line in hub.logged().splitlines() if "metrics.refused" in line]
    assert len(lines) == 1 and code in lines[0]
    assert "hub_" not in answer.text and METRICS not in hub.logged()
    assert "hub_requests_total" in (await ask(hub, RIGHT)).text


async def test_epa_107_without_a_token_of_its_own_there_is_no_such_address() -> None:
    """The same answer as for an address that never was, whatever is shown."""
    async for served in serving(Settings(port=0, drain_seconds=2)):
        for headers in (RIGHT, *WRONG.values()):
            found, nowhere = await ask(served, headers), await ask(served, headers, "/nowhere")
            assert (found.status_code, found.content) == (404, nowhere.content)


@pytest.mark.parametrize("short", ["", "x" * 31])
def test_a_token_short_enough_to_guess_is_no_setting(short: str) -> None:
    with pytest.raises(ValidationError, match="metrics_token"):
        Settings(metrics_token=SecretStr(short))
    assert METRICS not in repr(SETTINGS)


async def test_a18_guessing_this_token_is_dearer_than_asking_and_paced() -> None:
    paced = SETTINGS.model_copy(update={"address_rate": GUESS})
    async for served in serving(paced):
        served.app.desk.throttle._by_address._clock = lambda: 1000.0
        answers = [(await ask(served, WRONG["another"])).status_code for _ in range(SECONDS_AT_ONCE + 1)]
        assert answers == [401] * SECONDS_AT_ONCE + [429]
        assert (await ask(served, RIGHT)).status_code == 429


async def test_epa_107_the_measures_hold_no_text_of_a_clients_and_no_moment(lone_hub: Served) -> None:
    """Asked, streamed and over a socket: names count under one label, unless the operator registered their documents."""
    query, stream = {"operationName": NAMED, "query": f"query {NAMED} {{ ok }}"}, f"subscription {NAMED} {{ n }}"
    await lone_hub.post(query)
    await lone_hub.post({"operationName": NAMED, "query": "{ outside }"})
    await lone_hub.post({"query": stream}, accept="text/event-stream")
    async with dial(lone_hub) as socket:
        await say(socket, INIT, subscribe("{ ok }", "1", operationName=NAMED), subscribe(stream, "2"))
        heard = ""
        while heard.count('"complete"') < 2:
            heard += await hear(socket)
    await lone_hub.post({"operationName": "Registered", "query": "query Registered { ok } # registered"})
    text = await lone_hub.measures()
    assert "PostResultsOf" not in text and "_created" not in text and "cli_test" not in text
    assert 'hub_requests_total{kind="employer",operation="Registered",status="200"} 1.0' in text
    assert 'hub_requests_total{kind="employer",operation="unnamed",status="200"}' in text
    assert "PostResultsOf" in lone_hub.logged()
