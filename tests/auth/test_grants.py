"""One grant and no other (A2)."""

import pytest

GRANTS = [
    "password", "authorization_code", "refresh_token", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange",
    "Client_Credentials", "x",
]  # fmt: skip


@pytest.mark.parametrize("grant", GRANTS)
async def test_a2_no_other_grant(desk, grant):
    client = await desk.new_client()
    answer = await desk.ask(client, grant_type=grant, username="a", password="b", code="c", refresh_token="d")
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


async def test_a2_no_authorization_endpoint_and_no_token_in_a_redirect(desk):
    for path in ("/oauth/authorize", "/authorize"):
        for kind in ("token", "code", "id_token token"):
            assert (await desk.http.get(path, params={"response_type": kind, "client_id": "x"})).status_code == 404
    told = (await desk.http.get("/.well-known/oauth-authorization-server")).json()
    assert told["response_types_supported"] == [] and "authorization_endpoint" not in told
