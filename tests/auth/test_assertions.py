"""private_key_jwt: one client, one server, five minutes, one use (A3, A4, A5, A12)."""

import asyncio
import base64
import hmac
import json
from uuid import uuid4

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from sqlalchemy import func, select

from hub.store.auth import assertion

EVIL = "https://evil.example"


@pytest.fixture(scope="session")
def rsa_key():
    return RSAKey.generate_key(2048, parameters={"kid": "rsa"})


def spliced(token, header=None, payload=None):
    """The token with another header or payload under the old signature."""

    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    head, body, signature = token.split(".")
    return ".".join([part(header) if header else head, part(payload) if payload else body, signature])


def hmac_forged(token, public_key):
    """The token again, under an HMAC whose secret is a key that everyone may read."""
    signing = spliced(token, {"alg": "HS256"}).rpartition(".")[0]
    mac = hmac.digest(public_key, signing.encode(), "sha256")
    return signing + "." + base64.urlsafe_b64encode(mac).decode().rstrip("=")


@pytest.mark.parametrize("algorithm", ["ES256", "PS256", "EdDSA", "Ed25519"])
@pytest.mark.parametrize("named", [True, False])
async def test_a4_the_algorithms_we_take(desk, ec_key, rsa_key, algorithm, named):
    key = {"ES256": ec_key, "PS256": rsa_key}.get(algorithm) or OKPKey.generate_key("Ed25519", {"kid": "ed"})
    client = await desk.new_signer(key)
    header = {"kid": key.kid} if named else {}
    answer = await desk.present(desk.signed(key, desk.claims(client.client_id), algorithm, **header))
    assert answer.status_code == 200, answer.text
    assert (await desk.viewer("Bearer " + answer.json()["access_token"])).client == client.client_id


FORGED_CLAIMS = {
    "A3 aud is the token URL": {"aud": "https://hub.example/oauth/token"},
    "A3 aud is an array with the issuer": {"aud": ["https://hub.example", EVIL]},
    "A3 aud is an array of the issuer alone": {"aud": ["https://hub.example"]},
    "A3 aud has a trailing slash": {"aud": "https://hub.example/"},
    "A3 aud of another server": {"aud": EVIL},
    "A3 no aud": {"aud": None},
    "A3 iss is not the client": {"iss": f"cli_{uuid4()}"},
    "A3 no iss": {"iss": None},
    "A3 sub is not the client": {"sub": f"cli_{uuid4()}"},
    "A3 no sub": {"sub": None},
    "A3 sub is a number": {"sub": 7},
    "A3 sub holds a NUL": {"sub": "cli_\0"},
    "A3 no exp": {"exp": None},
    "A3 exp in a year": {"exp": 1_790_000_000 + 31_536_000},
    "A3 exp after 5 min and the leeway": {"exp": 1_790_000_000 + 311},
    "A3 exp is text": {"exp": "1790000060"},
    "A3 exp is true": {"exp": True},
    "A3 exp is beyond any date": {"exp": 10**30},
    "A3 exp is past the leeway": {"exp": 1_790_000_000 - 10},
    "A3 no jti": {"jti": None},
    "A3 jti is a number": {"jti": 12},
    "A3 jti is empty": {"jti": ""},
    "A3 jti holds a NUL": {"jti": "a\0b"},
    "A3 jti is a lone surrogate": {"jti": "\ud800"},
    "A3 jti is too long": {"jti": "x" * 201},
    "A5 nbf > 60 s ahead": {"nbf": 1_790_000_061},
    "A5 iat > 60 s ahead": {"iat": 1_790_000_061},
    "A5 iat is text": {"iat": "now"},
    "A17 a huge claim": {"note": "x" * 9000},
}  # fmt: skip


@pytest.mark.parametrize("change", FORGED_CLAIMS.values(), ids=FORGED_CLAIMS)
async def test_a3_claims_that_are_refused(desk, ec_key, change):
    client = await desk.new_signer(ec_key)
    claims = desk.claims(client.client_id, **{name: value for name, value in change.items() if value is not None})
    for name in [name for name, value in change.items() if value is None]:
        del claims[name]
    assert (await desk.present(desk.signed(ec_key, claims))).status_code == 401


FORGED_HEADERS = {
    "A12 unknown kid": {"kid": "nobody's"},
    "A12 kid is a number": {"kid": 1},
    "A12 embedded jwk": {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}},
    "A12 jku": {"jku": "https://evil.example/jwks"},
    "A12 x5u": {"x5u": "https://evil.example/x"},
    "A12 x5c": {"x5c": ["AA"]},
    "A12 crit of nothing": {"crit": []},
    "A12 crit unknown": {"crit": ["mine"], "mine": 1},
    "A12 b64 false": {"b64": False, "crit": ["b64"]},
    "A12 a private header name": {"mine": 1},
    "A12 a header too long": {"kid": "k" * 600},
}


@pytest.mark.parametrize("header", FORGED_HEADERS.values(), ids=FORGED_HEADERS)
async def test_a12_headers_that_are_refused(desk, ec_key, header):
    client = await desk.new_signer(ec_key)
    good = desk.signed(ec_key, desk.claims(client.client_id))
    token = spliced(good, {"alg": "ES256", **header})
    assert (await desk.present(token)).status_code == 401
    if header.get("b64") is not False:
        # Properly signed over that very header, it is refused too.
        token = compact(ec_key, {"alg": "ES256", **header}, json.dumps(desk.claims(client.client_id)))
        assert (await desk.present(token)).status_code == 401


def compact(key, header, payload):
    """A JWS signed over any header and payload, however odd."""

    def part(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    signing = part(head) + b"." + part(payload.encode() if isinstance(payload, str) else payload)
    return (signing + b"." + part(JWSRegistry.algorithms["ES256"].sign(signing, key))).decode()


@pytest.mark.parametrize("algorithm", ["RS256", "RS512", "PS384", "PS512", "HS256", "ES384", "none", "es256", "", None, 5])
async def test_a4_every_other_algorithm_is_refused(desk, ec_key, rsa_key, algorithm):
    key = rsa_key if algorithm in ("RS256", "RS512", "PS384", "PS512") else ec_key
    client = await desk.new_signer(key)
    claims = desk.claims(client.client_id)
    if key is rsa_key:
        token = desk.signed(key, claims, algorithm)
    elif algorithm == "HS256":
        token = hmac_forged(desk.signed(ec_key, claims), ec_key.as_pem(private=False))
    else:
        token = spliced(desk.signed(ec_key, claims), {"alg": algorithm})
    assert (await desk.present(token)).status_code == 401
    if algorithm == "none":
        assert (await desk.present(token.rpartition(".")[0] + ".")).status_code == 401


async def test_a12_a_key_of_another_client_or_a_changed_payload_is_refused(desk, ec_key):
    client, other = await desk.new_signer(ec_key), ECKey.generate_key("P-256", parameters={"kid": "mine"})
    assert (await desk.present(desk.signed(other, desk.claims(client.client_id), kid="mine"))).status_code == 401
    token = desk.signed(ec_key, desk.claims(client.client_id))
    assert (await desk.present(spliced(token, payload=desk.claims(client.client_id)))).status_code == 401


MALFORMED = {
    "one part": "abc",
    "five parts (JWE)": "a.b.c.d.e",
    "empty parts": "..",
    "not base64": "!!.??.##",
    "header is a number": lambda key: compact(key, b"5", "{}"),
    "header is text with alg in it": lambda key: compact(key, b'"alg"', "{}"),
    "header is an array": lambda key: compact(key, b'["alg"]', "{}"),
    "header is nested deeply": lambda key: compact(key, b"[" * 380, "{}"),
    "payload is nested deeply": lambda key: compact(key, {"alg": "ES256"}, "[" * 5000),
    "payload is a nested object": lambda key: compact(key, {"alg": "ES256"}, '{"sub":' + "[" * 1000 + "]" * 1000 + "}"),
    "payload is null": lambda key: compact(key, {"alg": "ES256"}, "null"),
    "payload is a list": lambda key: compact(key, {"alg": "ES256"}, '["sub"]'),
    "payload is not UTF-8": lambda key: compact(key, {"alg": "ES256"}, b"\xff\xfe"),
    "payload is UTF-16": lambda key: compact(key, {"alg": "ES256"}, '{"sub":"x"}'.encode("utf-16")),
    "payload has NaN": lambda key: compact(key, {"alg": "ES256"}, '{"sub":"x","exp":NaN}'),
    "too long": "a" * 20_000,
}


@pytest.mark.parametrize("token", MALFORMED.values(), ids=MALFORMED)
async def test_a17_malformed_assertions_are_refused(desk, ec_key, token):
    answer = await desk.present(token(ec_key) if callable(token) else token)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_client_that_turns_its_keys_names_the_one_it_signed_with(desk):
    keys = [ECKey.generate_key("P-256", parameters={"kid": kid}) for kid in ("old", "new")]
    jwks = {"keys": [key.as_dict(private=False) for key in keys]}
    client = await desk.new_client(method="private_key_jwt", jwks=jwks, bound=False)
    for key, named, status in [
        (keys[0], "old", 200),
        (keys[1], "new", 200),
        (keys[0], "new", 401),
        (keys[0], None, 401),
    ]:
        header = {"kid": named} if named else {}
        assert (await desk.present(desk.signed(key, desk.claims(client.client_id), **header))).status_code == status


async def test_another_assertion_type_is_refused(desk, ec_key):
    client = await desk.new_signer(ec_key)
    token = desk.signed(ec_key, desk.claims(client.client_id))
    answer = await desk.present(token, client_assertion_type="urn:ietf:params:oauth:client-assertion-type:saml2-bearer")
    assert answer.status_code == 401


@pytest.mark.parametrize("offset", range(-400, 401, 10))
async def test_a5_moments_around_now(desk, ec_key, offset):
    """iat and nbf: 10 s ahead is taken, more is not. exp: from the leeway's end to 5 min and the leeway."""
    client, moment = await desk.new_signer(ec_key), int(desk.clock.now) + offset
    for name in ("iat", "nbf"):
        answer = await desk.present(desk.signed(ec_key, desk.claims(client.client_id, **{name: moment})))
        assert (answer.status_code == 200) is (offset <= 10), name
    answer = await desk.present(desk.signed(ec_key, desk.claims(client.client_id, exp=moment)))
    assert (answer.status_code == 200) is (-10 < offset <= 310)


async def test_a3_an_assertion_works_once(desk, ec_key):
    client = await desk.new_signer(ec_key)
    token = desk.signed(ec_key, desk.claims(client.client_id))
    assert [(await desk.present(token)).status_code for _ in range(3)] == [200, 401, 401]


async def test_a3_the_same_jti_is_free_to_another_client(desk, ec_key):
    for client in (await desk.new_signer(ec_key), await desk.new_signer(ec_key)):
        claims = desk.claims(client.client_id, jti="same")
        assert (await desk.present(desk.signed(ec_key, claims))).status_code == 200


async def test_a3_twenty_uses_at_once_of_one_assertion_succeed_once(desk, ec_key):
    client = await desk.new_signer(ec_key)
    token, other = desk.signed(ec_key, desk.claims(client.client_id)), await desk.another()
    answers = await asyncio.gather(*((desk, other)[i % 2].present(token) for i in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 19
    await other.http.aclose()


async def test_a3_an_assertion_stays_used_when_its_request_is_refused(desk, ec_key):
    client = await desk.new_signer(ec_key, scopes=["gateway:read"])
    token = desk.signed(ec_key, desk.claims(client.client_id))
    refused = await desk.present(token, scope="grades:read")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")
    assert (await desk.present(token)).status_code == 401


async def test_a_forged_assertion_uses_up_nothing(desk, ec_key):
    client, claims = await desk.new_signer(ec_key), None
    claims = desk.claims(client.client_id)
    assert (await desk.present(desk.signed(ECKey.generate_key("P-256"), claims))).status_code == 401
    assert (await desk.present(desk.signed(ec_key, claims))).status_code == 200


async def test_used_assertions_are_forgotten_only_after_they_ran_out(lone_desk, ec_key):
    desk, client = lone_desk, await lone_desk.new_signer(ec_key)
    token = desk.signed(ec_key, desk.claims(client.client_id, exp=int(desk.clock.now) + 310))
    await desk.present(token)

    async def kept():
        async with desk.engine.connect() as connection:
            return await connection.scalar(select(func.count()).select_from(assertion))

    desk.clock.now += 319
    assert (await desk.present(token)).status_code == 401
    assert await kept() == 1
    desk.clock.now += 301
    await desk.present("x.y.z")
    assert await kept() == 0
