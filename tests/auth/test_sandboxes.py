"""Clients with a secret: for how long, for how much, and never in a live hub."""

from datetime import timedelta
from uuid import uuid4

import pytest

from auth.authority import Authority
from auth.clients import disable_client
from hub.errors import HubError
from hub.slices.scopes import ADMIN, SCOPES
from tests.auth.conftest import AUDIENCE, ISSUER, SECRET


async def test_a_client_with_a_secret_runs_out_and_reads_unless_more_is_said(desk):
    details = {"scopes": None}
    token = await desk.token(client := await desk.new_client(**details))
    viewer = await desk.viewer(f"Bearer {token}")
    assert viewer.scopes and all(scope.endswith(":read") for scope in viewer.scopes)
    desk.clock.now += timedelta(days=30).total_seconds()
    assert (await desk.ask(client)).status_code == 401
    with pytest.raises(HubError, match="INPUT_INVALID"):
        await desk.new_client(expires=desk.clock.moment() + timedelta(days=367))


async def test_no_secret_administers_and_nobody_does_by_default(desk, ec_key):
    with pytest.raises(HubError, match="INPUT_INVALID"):
        await desk.new_client(scopes=[ADMIN])
    usual = await desk.new_signer(ec_key, scopes=None)
    answer = await desk.present(desk.signed(ec_key, desk.claims(usual.client_id)))
    assert ADMIN not in answer.json()["scope"].split()
    named = await desk.new_signer(ec_key, scopes=[ADMIN])
    answer = await desk.present(desk.signed(ec_key, desk.claims(named.client_id)))
    assert answer.json()["scope"] == ADMIN
    assert all(ADMIN in scopes for scopes in SCOPES.values() if scopes)


async def test_a_live_hub_takes_no_secret_and_does_not_start_with_one(lone_desk, ec_key):
    desk = lone_desk
    secret, keyed = await desk.new_client(), await desk.new_signer(ec_key)
    with pytest.raises(HubError, match="SANDBOX_CLIENTS"):
        await Authority.open(desk.engine, ISSUER, AUDIENCE, SECRET, desk.clock, live=True)
    desk.authority._live = True
    refused = await desk.ask(secret)
    unknown = await desk.ask(type(secret)(f"cli_{uuid4()}", secret.client_secret))
    assert (refused.status_code, refused.content) == (401, unknown.content)
    assert (await desk.present(desk.signed(ec_key, desk.claims(keyed.client_id)))).status_code == 200
    told = (await desk.http.get("/.well-known/oauth-authorization-server")).json()
    assert told["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    async with desk.engine.begin() as connection:
        await disable_client(connection, secret.client_id, desk.clock.moment())
    await Authority.open(desk.engine, ISSUER, AUDIENCE, SECRET, desk.clock, live=True)
