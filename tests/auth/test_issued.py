"""Introspection (RFC 7662) and revocation (RFC 7009): what a client hears of tokens, and what it takes back (A15)."""

from uuid import uuid4

import orjson
import pytest
from joserfc.jws import extract_compact

from auth.forms import ASSERTION_TYPE
from hub.errors import HubError
from hub.viewer import PartyKind
from tests.auth.holding import Holder


async def post(desk, client, path, **fields):
    """A request to one of the endpoints as a client with a secret."""
    return await desk.http.post(f"/oauth/{path}", data=fields, auth=(client.client_id, client.client_secret or ""))


async def believed(desk, token):
    """Whether a bearer token is admitted."""
    try:
        await desk.viewer(f"Bearer {token}")
    except HubError as refused:
        assert refused.problem.code == "TOKEN_INVALID"
        return False
    return True


async def test_a_client_hears_of_its_own_partys_tokens(desk):
    party = uuid4()
    asks, other = await desk.new_client(party=party), await desk.new_client(party=party)
    token = await desk.token(other, scope="gateway:read")
    told = (await post(desk, asks, "introspect", token=token, token_type_hint="access_token")).json()
    assert told == {
        "active": True, "token_type": "Bearer", "iss": desk.issuer, "aud": desk.audience, "sub": other.client_id,
        "client_id": other.client_id, "iat": int(desk.clock.now), "exp": int(desk.clock.now) + 300, "jti": told["jti"],
        "scope": "gateway:read",
    }  # fmt: skip


async def test_a_bound_token_says_so(desk, ec_key):
    party = uuid4()
    holder = Holder(desk, (await desk.new_signer(ec_key, bound=True, party=party)).client_id, ec_key)
    told = (await post(desk, await desk.new_client(party=party), "introspect", token=await holder.token())).json()
    assert (told["token_type"], told["cnf"]) == ("DPoP", {"jkt": ec_key.thumbprint()})


async def test_of_every_other_token_it_hears_what_it_hears_of_nonsense(desk):
    asks = await desk.new_client(PartyKind.PROVIDER)
    foreign = await desk.token(await desk.new_client(PartyKind.EPAO))
    own = await desk.token(asks)
    for token in (foreign, foreign[:-4] + "AAAA", "x", "a.b.c", "e30.e30.e30", asks.client_id, own + "x"):
        answer = await post(desk, asks, "introspect", token=token)
        assert (answer.status_code, answer.content) == (200, b'{"active":false}'), token
        assert answer.headers["cache-control"] == "no-store"
    desk.clock.now += 300
    assert (await post(desk, asks, "introspect", token=own)).json() == {"active": False}


@pytest.mark.parametrize("change", [{"scope": ...}, {"jti": ...}, {"nbf": 30}, {"iat": 30}], ids=str)
async def test_a17_of_a_signed_token_that_lacks_a_claim_or_has_not_begun_it_hears_the_same(desk, change):
    """Signed with the hub's own key: neither a fault nor a refusal, but a token that does not hold."""
    client = await desk.new_client()
    signing, now = desk.authority.ring.signer(desk.clock.now), int(desk.clock.now)
    claims = orjson.loads(extract_compact((await desk.token(client)).encode()).payload)
    for moved in ({}, change):
        claims |= {name: now + ahead for name, ahead in moved.items() if ahead is not ...}
        kept = {name: value for name, value in claims.items() if moved.get(name) is not ...}
        token = desk.signed(signing.key, kept, typ="at+jwt", kid=signing.kid)
        answer = await post(desk, client, "introspect", token=token)
        assert (answer.status_code, answer.json()["active"]) == (200, not moved)
    assert answer.content == b'{"active":false}'
    answer = await post(desk, client, "revoke", token=token)
    assert (answer.status_code, answer.content) == (200, b"")


async def test_a15_a_revoked_token_is_refused_everywhere_within_five_seconds_and_on_open_streams(desk):
    client, two = await desk.new_client(), await desk.another()
    token, kept = await desk.token(client), await desk.token(client)
    admitted = [await one.authority.admit(f"Bearer {token}") for one in (desk, two)]
    answer = await post(desk, client, "revoke", token=token, token_type_hint="access_token")
    assert (answer.status_code, answer.content) == (200, b"")
    assert not await believed(desk, token)
    assert (await post(desk, client, "introspect", token=token)).json() == {"active": False}
    desk.clock.now += 2
    for one, before in zip((desk, two), admitted, strict=True):
        assert not await believed(one, token)
        with pytest.raises(HubError, match="TOKEN_INVALID"):
            await one.authority.still(before)
        assert await believed(one, kept)
    # For as long as it would have lived.
    desk.clock.now += 297
    assert not await believed(desk, token)
    await two.http.aclose()


async def test_nobody_takes_back_anothers_token(desk):
    party = uuid4()
    one, sibling, stranger = [await desk.new_client(party=each) for each in (party, party, uuid4())]
    token = await desk.token(one)
    for client, what in ((sibling, token), (stranger, token), (one, "nonsense"), (one, "a.b.c")):
        answer = await post(desk, client, "revoke", token=what)
        # RFC 7009 §2.2: an invalid token is no error.
        assert (answer.status_code, answer.content) == (200, b"")
    desk.clock.now += 3
    assert await believed(desk, token)


@pytest.mark.parametrize("path", ["introspect", "revoke"])
async def test_a3_these_endpoints_ask_who_as_the_token_endpoint_does(desk, ec_key, path):
    good, signer = await desk.new_client(), await desk.new_signer(ec_key)
    token = await desk.token(good)
    anonymous = await desk.http.post(f"/oauth/{path}", data={"token": token})
    wrong = await desk.http.post(f"/oauth/{path}", data={"token": token}, auth=(good.client_id, "wrong"))
    unknown = await desk.http.post(f"/oauth/{path}", data={"token": token}, auth=(f"cli_{uuid4()}", "wrong"))
    for answer in (anonymous, wrong, unknown):
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert wrong.content == unknown.content
    signed = desk.signed(ec_key, desk.claims(signer.client_id))
    fields = {"token": token, "client_assertion": signed, "client_assertion_type": ASSERTION_TYPE}
    first = await desk.http.post(f"/oauth/{path}", data=fields)
    again = await desk.http.post(f"/oauth/{path}", data=fields)
    assert (first.status_code, again.status_code) == (200, 401)
    missing = await desk.http.post(f"/oauth/{path}", data={}, auth=(good.client_id, good.client_secret))
    assert (missing.status_code, missing.json()["error"]) == (400, "invalid_request")
    assert (await desk.http.get(f"/oauth/{path}?token={token}")).status_code == 405
    in_url = await desk.http.post(f"/oauth/{path}?token={token}", auth=(good.client_id, good.client_secret))
    assert in_url.status_code == 400
