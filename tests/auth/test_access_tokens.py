"""What the hub believes of an Authorization header, and what it answers otherwise (A11, A12, A15)."""

from base64 import urlsafe_b64encode
from uuid import uuid4

import orjson
import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import extract_compact

from auth import tokens
from auth.clients import disable_client
from auth.tokens import challenge
from hub.errors import HubError
from hub.slices.scopes import SCOPES
from hub.viewer import PartyKind, Viewer


async def code_of(desk, header):
    """The code a header is refused with, or None."""
    try:
        await desk.viewer(header)
    except HubError as refused:
        return refused.problem.code
    return None


async def good_claims(desk):
    """The claims of a token of ours, and the key and kid it was signed with."""
    token = await desk.token(await desk.new_client())
    signer = desk.authority.ring.signer(desk.clock.now)
    return orjson.loads(extract_compact(token.encode()).payload), signer.key, signer.kid


async def test_a_token_becomes_the_viewer_it_was_issued_to(desk):
    party, organisation = uuid4(), uuid4()
    client = await desk.new_client(PartyKind.PROVIDER, party=party, organisation=organisation)
    token = await desk.token(client, scope="gateway:read events:read")
    admitted = await desk.authority.admit(f"Bearer {token}")
    scopes = frozenset({"gateway:read", "events:read"})
    assert admitted.viewer == Viewer(party, PartyKind.PROVIDER, organisation, client.client_id, scopes)
    assert admitted.expires_at == desk.clock.now + 300
    assert await desk.viewer(f"bearer {token}") == admitted.viewer


@pytest.mark.parametrize("header", [None, "", "Basic abc", "Bearer", "Digest x"])
async def test_no_token(desk, header):
    assert await code_of(desk, header) == ("TOKEN_INVALID" if header == "Bearer" else "TOKEN_MISSING")


OTHER_CLAIMS = {
    "A11 iss": ({"iss": "https://evil.example"}, "TOKEN_INVALID"),
    "A11 iss absent": ({"iss": None}, "TOKEN_INVALID"),
    "A11 iss is a list": ({"iss": ["https://hub.example"]}, "TOKEN_INVALID"),
    "A11 aud": ({"aud": "https://hub.example"}, "TOKEN_AUDIENCE"),
    "A11 aud absent": ({"aud": None}, "TOKEN_AUDIENCE"),
    "A11 aud is a list": ({"aud": ["urn:epa-hub:graph"]}, "TOKEN_AUDIENCE"),
    "A11 exp past": ({"exp": 1_790_000_000}, "TOKEN_EXPIRED"),
    "A11 exp absent": ({"exp": None}, "TOKEN_INVALID"),
    "A11 exp is text": ({"exp": "1790000300"}, "TOKEN_INVALID"),
    "A11 exp is true": ({"exp": True}, "TOKEN_INVALID"),
    "A11 lives longer than five minutes": ({"exp": 1_790_000_301}, "TOKEN_INVALID"),
    "A11 iat absent": ({"iat": None}, "TOKEN_INVALID"),
    "A5 iat ahead": ({"iat": 1_790_000_061}, "TOKEN_INVALID"),
    "A5 nbf ahead": ({"nbf": 1_790_000_061}, "TOKEN_INVALID"),
    "A11 client_id": ({"client_id": "someone"}, "TOKEN_INVALID"),
    "A11 client_id absent": ({"client_id": None}, "TOKEN_INVALID"),
    "A11 client_id is not sub": ({"client_id": f"cli_{uuid4()}"}, "TOKEN_INVALID"),
    "A11 sub absent": ({"sub": None}, "TOKEN_INVALID"),
    "A11 jti absent": ({"jti": None}, "TOKEN_INVALID"),
    "A11 scope absent": ({"scope": None}, "TOKEN_INVALID"),
    "A11 scope is a list": ({"scope": ["gateway:read"]}, "TOKEN_INVALID"),
    "party absent": ({"party": None}, "TOKEN_INVALID"),
    "party of another prefix": ({"party": f"org_{uuid4()}"}, "TOKEN_INVALID"),
    "party kind unknown": ({"party_kind": "owner"}, "TOKEN_INVALID"),
    "party kind is a list": ({"party_kind": ["epao"]}, "TOKEN_INVALID"),
    "organisation absent": ({"organisation": None}, "TOKEN_INVALID"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "code"), OTHER_CLAIMS.values(), ids=OTHER_CLAIMS)
async def test_a11_every_claim_counts(desk, change, code):
    """Signed with our own key, so that nothing but the claim can be what is refused."""
    claims, key, kid = await good_claims(desk)
    for name, value in change.items():
        claims[name] = value
        if value is None:
            del claims[name]
    assert await code_of(desk, "Bearer " + desk.signed(key, claims, typ="at+jwt", kid=kid)) == code


OTHER_HEADERS = {
    "A11 no typ": {"typ": ...},
    "A11 typ JWT": {"typ": "JWT"},
    "A11 typ AT+JWT": {"typ": "AT+JWT"},
    "A12 no kid": {"kid": ...},
    "A12 unknown kid": {"kid": "key_0"},
    "A12 jwk": {"jwk": {"kty": "EC"}},
    "A12 jku": {"jku": "https://evil.example/jwks"},
    "A12 x5u": {"x5u": "https://evil.example/x"},
    "A12 crit of nothing": {"crit": []},
    "A12 crit": {"crit": ["mine"], "mine": 1},
    "A12 private header": {"mine": 1},
}


@pytest.mark.parametrize("change", OTHER_HEADERS.values(), ids=OTHER_HEADERS)
async def test_a11_a12_every_header_counts(desk, change):
    claims, key, kid = await good_claims(desk)
    header = {name: value for name, value in {"typ": "at+jwt", "kid": kid, **change}.items() if value is not ...}
    assert await code_of(desk, "Bearer " + desk.signed(key, claims, **header)) == "TOKEN_INVALID"


@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "PS256", "EdDSA", "none", "ES256 with another key"])
async def test_a12_every_other_signature_is_refused(desk, algorithm):
    claims, _, kid = await good_claims(desk)
    header = {"typ": "at+jwt", "kid": kid}
    if algorithm in ("none", "HS256"):
        token = desk.signed(ECKey.generate_key("P-256"), claims, **header)
        forged = b'{"alg":"%s","typ":"at+jwt","kid":"%s"}' % (algorithm.encode(), kid.encode())
        token = ".".join([tokens_part(forged), *token.split(".")[1:]])
        assert await code_of(desk, "Bearer " + token.rpartition(".")[0] + ".") == "TOKEN_INVALID"
    elif algorithm in ("RS256", "PS256"):
        token = desk.signed(RSAKey.generate_key(2048), claims, algorithm, **header)
    elif algorithm == "EdDSA":
        token = desk.signed(OKPKey.generate_key("Ed25519"), claims, algorithm, **header)
    else:
        token = desk.signed(ECKey.generate_key("P-256"), claims, **header)
    assert await code_of(desk, "Bearer " + token) == "TOKEN_INVALID"


def tokens_part(value):
    """One segment of a compact JWS."""
    return urlsafe_b64encode(value).decode().rstrip("=")


@pytest.mark.parametrize("token", ["x", "a.b.c", "..", "é.é.é", "\ud800", "a b", "x" * 100_000, "1.2.3.4.5", "\0"])
async def test_a17_malformed_tokens(desk, token):
    assert await code_of(desk, "Bearer " + token) == "TOKEN_INVALID"


async def test_every_bit_of_a_token_counts(desk):
    token = await desk.token(await desk.new_client())
    for place in range(0, len(token), 13):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert await code_of(desk, "Bearer " + changed) == "TOKEN_INVALID"


async def test_a_client_assertion_is_no_access_token(desk, ec_key):
    client = await desk.new_signer(ec_key)
    token = desk.signed(ec_key, desk.claims(client.client_id, aud=desk.audience), typ="at+jwt")
    assert await code_of(desk, "Bearer " + token) == "TOKEN_INVALID"


async def test_scopes_never_exceed_what_the_kind_may_have_now(desk, monkeypatch):
    token = await desk.token(await desk.new_client(PartyKind.EMPLOYER))
    narrowed = {**SCOPES, PartyKind.EMPLOYER: frozenset({"gateway:read"})}
    monkeypatch.setattr(tokens, "SCOPES", narrowed)
    assert (await desk.viewer(f"Bearer {token}")).scopes == {"gateway:read"}


async def test_a_token_runs_out_to_the_second_also_when_seen_before(desk):
    token = "Bearer " + await desk.token(await desk.new_client())
    desk.clock.now += 299
    assert await code_of(desk, token) is None
    desk.clock.now += 1
    assert await code_of(desk, token) == "TOKEN_EXPIRED"
    other = await desk.another()
    assert await code_of(other, token) == "TOKEN_EXPIRED"
    await other.http.aclose()


async def test_a15_a_client_shut_out_is_refused_within_five_seconds_by_every_process(desk):
    client, other = await desk.new_client(), await desk.another()
    token = "Bearer " + await desk.token(client)
    assert [await code_of(one, token) for one in (desk, other)] == [None, None]
    async with desk.engine.begin() as connection:
        await disable_client(connection, client.client_id, desk.clock.moment())
    desk.clock.now += 5
    assert [await code_of(one, token) for one in (desk, other)] == ["TOKEN_INVALID"] * 2
    desk.clock.now += 290
    assert [await code_of(one, token) for one in (desk, other)] == ["TOKEN_INVALID"] * 2
    await other.http.aclose()


async def test_a_token_seen_before_is_not_read_again(desk, monkeypatch):
    token = "Bearer " + await desk.token(await desk.new_client())
    seen = await desk.viewer(token)
    monkeypatch.setattr(tokens.TokenCheck, "_read_any", None)
    assert await desk.viewer(token) == seen


async def test_the_memory_of_tokens_is_bounded(desk, monkeypatch):
    monkeypatch.setattr(tokens, "CACHED_TOKENS", 3)
    client = await desk.new_client()
    for _ in range(10):
        await desk.viewer("Bearer " + await desk.token(client))
    for number in range(10):
        await code_of(desk, f"Bearer {number}")
    assert len(desk.authority.check._seen) == 3


def test_the_challenge_is_bare_without_a_token_and_coded_with_one():
    assert challenge("TOKEN_MISSING") == 'Bearer, DPoP algs="ES256 PS256 EdDSA Ed25519"'
    for code in ("PROOF_MISSING", "PROOF_INVALID"):
        assert challenge(code).startswith('DPoP algs="ES256 PS256 EdDSA Ed25519", error="invalid_dpop_proof", ')
    assert challenge("TOKEN_EXPIRED").startswith('Bearer error="invalid_token", error_description="')
    needed = frozenset({"grades:read", "events:read"})
    assert challenge("SCOPE_MISSING", needed) == 'Bearer error="insufficient_scope", scope="events:read grades:read"'
