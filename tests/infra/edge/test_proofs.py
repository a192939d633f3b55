"""A6 at every door of the graph: what the edge hands over as the proof of possession, and how it says no."""

import json
from typing import Any

import httpx2
import pytest

from auth.tokens import Admitted
from hub.errors import HubError
from tests.infra.edge.conftest import SETTINGS, Served, serving
from tests.infra.edge.test_sockets import closing, dial, hear, say

ASK = {"query": "{ ok }"}


async def test_a_post_and_a_stream_hand_over_the_header(hub: Served) -> None:
    hub.authority.shown.clear()
    await hub.post(ASK, DPoP="a.b.c")
    await hub.post({"query": "subscription { n }"}, DPoP="d.e.f", accept="text/event-stream")
    await hub.post(ASK)
    assert hub.authority.shown == [("a.b.c", "POST"), ("d.e.f", "POST"), (None, "POST")]


async def test_two_proofs_are_refused(hub: Served) -> None:
    headers = [("authorization", "Bearer good"), ("dpop", "a.b.c"), ("dpop", "a.b.c"), ("content-type", "application/json")]
    async with httpx2.AsyncClient() as client:
        answer = await client.post(hub.url, content=json.dumps(ASK).encode(), headers=headers)
    assert answer.status_code == 401 and answer.json()["errors"][0]["extensions"]["code"] == "PROOF_INVALID"
    assert answer.headers["www-authenticate"].startswith('DPoP algs="ES256 PS256 EdDSA Ed25519", error="invalid_dpop_proof"')


@pytest.mark.parametrize("name", ["dpop", "DPoP"])
async def test_a_socket_proves_by_a_member_of_its_first_message(hub: Served, name: str) -> None:
    hub.authority.shown.clear()
    async with dial(hub) as socket:
        await say(socket, {"type": "connection_init", "payload": {"Authorization": "Bearer good", name: "a.b.c"}})
        assert await hear(socket) == '{"type":"connection_ack"}'
    assert hub.authority.shown == [("a.b.c", "GET")]


async def test_a_socket_may_prove_in_its_handshake(hub: Served) -> None:
    hub.authority.shown.clear()
    async with dial(hub, additional_headers={"Authorization": "Bearer good", "DPoP": "a.b.c"}) as socket:
        await say(socket, {"type": "connection_init"})
        assert await hear(socket) == '{"type":"connection_ack"}'
    assert hub.authority.shown == [("a.b.c", "GET")]


async def test_a_hub_that_issues_no_tokens_has_no_endpoints_for_them() -> None:
    """Resource-server mode: HUB_ISSUE_TOKENS=false."""
    async for served in serving(SETTINGS.model_copy(update={"issue_tokens": False})):
        for path in ("/oauth/token", "/oauth/revoke", "/oauth/introspect", "/oauth/jwks"):
            async with httpx2.AsyncClient() as client:
                assert (await client.post(f"http://127.0.0.1:{served.port}{path}")).status_code == 404
        assert (await served.post(ASK)).status_code == 200


@pytest.mark.parametrize("code", ["PROOF_MISSING", "PROOF_INVALID"])
async def test_a_proof_that_is_refused_closes_every_door(hub: Served, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    async def admit(*_: Any) -> Admitted:
        raise HubError(code)

    monkeypatch.setattr(hub.authority, "admit", admit)
    for more in ({}, {"accept": "text/event-stream"}):
        answer = await hub.post(ASK, **more)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, code)
        assert 'error="invalid_dpop_proof"' in answer.headers["www-authenticate"]
    async with dial(hub) as socket:
        await say(socket, {"type": "connection_init", "payload": {"Authorization": "DPoP x", "dpop": "y"}})
        assert await closing(socket) == (4403, code)
    async with dial(hub) as socket:
        await say(socket, {"type": "connection_init", "payload": {"Authorization": "DPoP x", "dpop": 7}})
        assert (await closing(socket))[0] == 4400
