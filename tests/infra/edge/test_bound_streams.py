"""A6, A15 with the real authority behind the real server: bound tokens at every door, and streams that end in five seconds."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from joserfc.jwk import ECKey
from sqlalchemy.ext.asyncio import AsyncEngine
from websockets.exceptions import ConnectionClosed

from auth.authority import Authority
from auth.clients import add_client, disable_client
from auth.forms import ASSERTION_TYPE
from hub.store.pools import Database
from hub.viewer import PartyKind
from tests.auth.conftest import signed
from tests.auth.holding import ath, proof
from tests.infra.edge.conftest import SETTINGS, Served, serving
from tests.infra.edge.test_sockets import dial, hear, say, subscribe

ISSUER = "http://127.0.0.1:8000"
GRAPH, TOKEN = f"{ISSUER}/graphql", f"{ISSUER}/oauth/token"
QUIET = {"query": "subscription { quiet }"}


@dataclass
class Real:
    """A served hub with a client that holds a key."""

    hub: Served
    engine: AsyncEngine
    client_id: str
    key: ECKey

    def assertion(self) -> str:
        """A fresh assertion."""
        now = int(time.time())
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": str(uuid4())}
        return signed(self.key, claims)

    async def post(self, path: str, **fields: str) -> httpx2.Response:
        """A request to one of the authority's endpoints."""
        data = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion(), **fields}
        headers = {"DPoP": proof(self.key, time.time(), htu=TOKEN)}
        async with httpx2.AsyncClient() as http:
            return await http.post(f"http://127.0.0.1:{self.hub.port}{path}", data=data, headers=headers)

    async def token(self) -> str:
        """A bound token."""
        answer = await self.post("/oauth/token", grant_type="client_credentials")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def shown(self, token: str, method: str = "POST") -> str:
        """A proof for the graph."""
        return proof(self.key, time.time(), htu=GRAPH, ath=ath(token), htm=method)

    async def ask(self, token: str, dpop: str | None, scheme: str = "DPoP", **more: Any) -> httpx2.Response:
        """A request to the graph."""
        headers = {"authorization": f"{scheme} {token}", **({"dpop": dpop} if dpop else {}), **more}
        async with httpx2.AsyncClient() as http:
            return await http.post(self.hub.url, json={"query": "{ ok }"}, headers=headers)


@pytest.fixture
async def real(database: Database) -> AsyncIterator[Real]:
    """A hub that believes nobody but its own authority."""
    engine, key = database.engine("hub_auth"), ECKey.generate_key("P-256", parameters={"kid": "mine"})
    authority = await Authority.open(engine, ISSUER, "urn:epa-hub:graph", b"a secret for sealing in these tests")
    async with engine.begin() as connection:
        made = await add_client(
            connection, party=uuid4(), kind=PartyKind.EMPLOYER, organisation=uuid4(), name="Test", now=datetime.now(UTC),
            jwks={"keys": [key.as_dict(private=False)]},
        )  # fmt: skip
    async for served in serving(SETTINGS, authority):
        yield Real(served, engine, made.client_id, key)


async def test_a6_a_bound_token_at_the_graph(real: Real) -> None:
    """The whole way by HTTP: good once, then never; not as a Bearer, not with another key, not without its proof."""
    token = await real.token()
    shown = real.shown(token)
    assert (await real.ask(token, shown)).json() == {"data": {"ok": True}}
    other = proof(ECKey.generate_key("P-256"), time.time(), htu=GRAPH, ath=ath(token))
    for dpop, scheme, code in [
        (shown, "DPoP", "PROOF_INVALID"),
        (other, "DPoP", "PROOF_INVALID"),
        (real.shown(token, "GET"), "DPoP", "PROOF_INVALID"),
        (None, "DPoP", "PROOF_MISSING"),
        (None, "Bearer", "PROOF_MISSING"),
        (real.shown(token), "Bearer", "PROOF_MISSING"),
    ]:
        answer = await real.ask(token, dpop, scheme)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, code)
    assert len(real.hub.graph.asked) == 1


async def test_a6_twenty_at_once_over_http_and_one_succeeds(real: Real) -> None:
    """Must show: 20 parallel uses of one DPoP proof: exactly one success."""
    token = await real.token()
    shown = real.shown(token)
    answers = await asyncio.gather(*(real.ask(token, shown) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 19
    assert len(real.hub.graph.asked) == 1


async def shut_out(real: Real, token: str) -> None:
    """By its operator."""
    async with real.engine.begin() as connection:
        await disable_client(connection, real.client_id, datetime.now(UTC))


async def revoked(real: Real, token: str) -> None:
    """By itself, as every other process of the hub hears of it: by reading."""
    answer = await real.post("/oauth/revoke", token=token)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("ending", [shut_out, revoked])
async def test_a15_streams_on_both_transports_end_within_five_seconds(real: Real, ending: Any) -> None:
    """Must show: a client shut out, or a token revoked, in mid-stream: refused, and the open stream closed, within 5 s."""
    token = await real.token()
    head = {"Authorization": f"DPoP {token}", "DPoP": real.shown(token), "Accept": "text/event-stream"}
    reader, writer = await real.hub.raw(QUIET, **head)
    assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
    async with dial(real.hub) as socket:
        payload = {"Authorization": f"DPoP {token}", "dpop": real.shown(token, "GET")}
        await say(socket, {"type": "connection_init", "payload": payload})
        assert await hear(socket) == '{"type":"connection_ack"}'
        await say(socket, subscribe("subscription { quiet }"))
        await asyncio.sleep(0.2)
        began = time.monotonic()
        await ending(real, token)
        body = b""
        async with asyncio.timeout(5):
            while b"complete" not in body:
                body += await reader.read(1000)
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    await socket.recv()
        assert time.monotonic() - began < 5
    assert b'"code":"TOKEN_INVALID"' in body
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 4403
    answer = await real.ask(token, real.shown(token))
    assert json.loads(answer.content)["errors"][0]["extensions"]["code"] == "TOKEN_INVALID"
    writer.close()
