"""What the token endpoint grants, and what it publishes (A1, A2, A11)."""

from datetime import timedelta

import orjson
import pytest
from joserfc.jws import extract_compact

from hub.slices.scopes import SCOPES, USUAL
from hub.viewer import PartyKind

SERVED = [PartyKind.EMPLOYER, PartyKind.PROVIDER, PartyKind.EPAO]
EVERY_SCOPE = sorted(frozenset().union(*SCOPES.values()))


def read(token):
    """The header and claims of a token, unverified."""
    found = extract_compact(token.encode())
    return found.headers(), orjson.loads(found.payload)


async def test_a11_the_token_is_an_rfc_9068_token_of_five_minutes(desk):
    client = await desk.new_client(PartyKind.EPAO)
    answer = await desk.ask(client)
    body = answer.json()
    header, claims = read(body["access_token"])
    now = int(desk.clock.now)
    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": desk.authority.ring.signer(now).kid}
    assert (claims["iss"], claims["aud"]) == (desk.issuer, desk.audience)
    assert claims["sub"] == claims["client_id"] == client.client_id
    assert (claims["iat"], claims["exp"], body["expires_in"]) == (now, now + 300, 300)
    assert claims["party"].startswith("pty_") and claims["organisation"].startswith("org_")
    assert claims["party_kind"] == "epao"
    assert claims["scope"] == body["scope"] == " ".join(sorted(USUAL[PartyKind.EPAO]))
    assert sorted(body) == ["access_token", "expires_in", "scope", "token_type"]
    assert answer.headers["cache-control"] == "no-store"


async def test_no_two_tokens_have_the_same_id(desk):
    client = await desk.new_client()
    ids = {read(await desk.token(client))[1]["jti"] for _ in range(5)}
    assert len(ids) == 5


@pytest.mark.parametrize("kind", SERVED)
@pytest.mark.parametrize("scope", EVERY_SCOPE)
async def test_scope_matrix(desk, kind, scope):
    answer = await desk.ask(await desk.new_client(kind), scope=scope)
    if scope in USUAL[kind]:
        assert (answer.status_code, answer.json()["scope"]) == (200, scope)
    else:
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize("scope", ["gateway:read grades:read", "grades:read", "all", " ", "GATEWAY:READ"])
async def test_a_scope_above_the_clients_own_grant_is_refused(desk, scope):
    client = await desk.new_client(scopes=["gateway:read"])
    answer = await desk.ask(client, scope=scope)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


async def test_scopes_asked_for_twice_are_granted_once(desk):
    answer = await desk.ask(await desk.new_client(), scope="gateway:read gateway:read events:read")
    assert answer.json()["scope"] == "events:read gateway:read"


async def test_a_token_does_not_outlive_its_client(desk):
    client = await desk.new_client(expires=desk.clock.moment() + timedelta(seconds=90))
    answer = await desk.ask(client)
    assert answer.json()["expires_in"] == 90
    assert read(answer.json()["access_token"])[1]["exp"] == int(desk.clock.now) + 90


@pytest.mark.parametrize("grant", ["password", "authorization_code", "refresh_token", "implicit", "x", "client_credential"])
async def test_a2_every_other_grant_is_refused(desk, grant):
    answer = await desk.ask(await desk.new_client(), grant_type=grant, username="a", password="b", code="c")
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


async def test_a1_the_published_keys_hold_public_parts_only(desk):
    answer = await desk.http.get("/oauth/jwks")
    keys = answer.json()["keys"]
    assert keys and answer.headers["cache-control"] == "public, max-age=300"
    for key in keys:
        assert sorted(key) == ["alg", "crv", "kid", "kty", "use", "x", "y"]
        assert (key["alg"], key["crv"], key["use"]) == ("ES256", "P-256", "sig")


async def test_a1_the_metadata_names_the_exact_issuer_and_what_is_offered(desk):
    answer = await desk.http.get("/.well-known/oauth-authorization-server")
    assert answer.json() == {
        "issuer": desk.issuer,
        "token_endpoint": desk.issuer + "/oauth/token",
        "jwks_uri": desk.issuer + "/oauth/jwks",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "revocation_endpoint": desk.issuer + "/oauth/revoke",
        "introspection_endpoint": desk.issuer + "/oauth/introspect",
        "dpop_signing_alg_values_supported": ["ES256", "PS256", "EdDSA", "Ed25519"],
        **{
            f"{endpoint}_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"]
            for endpoint in ("token", "revocation", "introspection")
        },
        **{
            f"{endpoint}_endpoint_auth_signing_alg_values_supported": ["ES256", "PS256", "EdDSA", "Ed25519"]
            for endpoint in ("token", "revocation", "introspection")
        },
        "scopes_supported": EVERY_SCOPE,
    }


@pytest.mark.parametrize(
    "issuer",
    ["http://hub.example", "https://hub.example/", "https://hub.example/x", "https://a@hub.example", "hub", ""],
)
async def test_an_issuer_that_could_be_read_two_ways_is_refused(desk, issuer):
    with pytest.raises(ValueError, match="issuer"):
        await type(desk.authority).open(desk.engine, issuer, desk.audience, desk.secret, desk.clock)


async def test_the_answer_does_not_depend_on_the_host_the_request_names(desk):
    answer = await desk.http.get("/.well-known/oauth-authorization-server", headers={"host": "evil.example"})
    assert answer.json()["issuer"] == desk.issuer
