"""Sender-constrained tokens (A6, RFC 9449): what holds, and what is refused row by row, at both doors."""

import asyncio
import base64
import json
import warnings

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from sqlalchemy import func, select

from auth import once
from auth.tokens import ALGORITHMS
from auth.verifier import Verifier
from hub.errors import HubError
from hub.store.auth import proof as proofs
from tests.auth.conftest import AUDIENCE, ISSUER, START
from tests.auth.holding import GRAPH_URL, Holder, ath, proof


@pytest.fixture
async def holder(desk, ec_key):
    """A client whose tokens must be bound."""
    return Holder(desk, (await desk.new_signer(ec_key, bound=True)).client_id, ec_key)


async def code_of(awaited):
    """The code with which the door refuses, or None."""
    try:
        await awaited
    except HubError as refused:
        return refused.problem.code
    return None


def payload(token):
    """The claims of a token, unchecked."""
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


async def test_a6_a_bound_token_works_with_its_key_and_a_fresh_proof_each_time(holder):
    token = await holder.token()
    assert payload(token)["cnf"] == {"jkt": holder.key.thumbprint()}
    for _ in range(3):
        admitted = await holder.admit(token, holder.shown(token))
        assert (admitted.viewer.client, admitted.binding) == (holder.client_id, holder.key.thumbprint())
    await holder.admit(token, holder.shown(token, htm="GET"), "GET")


@pytest.mark.parametrize("algorithm", ["ES256", "PS256", "EdDSA", "Ed25519"])
async def test_a4_a6_proofs_by_each_algorithm_we_take(desk, algorithm):
    key = RSAKey.generate_key(4096 if algorithm == "PS256" else 2048) if algorithm == "PS256" else None
    key = key or (ECKey.generate_key("P-256") if algorithm == "ES256" else OKPKey.generate_key("Ed25519"))
    holder = Holder(desk, (await desk.new_signer(key, bound=True)).client_id, key, algorithm)
    token = await holder.token()
    assert (await holder.admit(token, holder.shown(token))).viewer.client == holder.client_id


async def test_a6_signing_clients_are_bound_unless_their_row_says_otherwise(desk, ec_key):
    by_default = await desk.new_client(method="private_key_jwt", jwks={"keys": [ec_key.as_dict(private=False)]})
    answer = await Holder(desk, by_default.client_id, ec_key).ask()
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")
    unbound = Holder(desk, (await desk.new_signer(ec_key, bound=False)).client_id, ec_key)
    answer = await unbound.ask()
    assert (answer.status_code, answer.json()["token_type"]) == (200, "Bearer")
    # Whoever shows a proof is bound by it, also where nobody asks for one.
    assert (await unbound.ask(unbound.proof())).json()["token_type"] == "DPoP"
    secret = await desk.new_client()
    bearer = await desk.http.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, auth=(secret.client_id, secret.client_secret),
        headers={"DPoP": proof(ec_key, desk.clock.now)},
    )  # fmt: skip
    assert bearer.json()["token_type"] == "DPoP"


EC = ECKey.generate_key("P-256")
OTHER_CURVE = ECKey.generate_key("P-384")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    WEAK = RSAKey.generate_key(1024)
FORGED = {
    "htm of another method": {"htm": "GET"},
    "htm in small letters": {"htm": "post"},
    "no htm": {"htm": None},
    "htm is a list": {"htm": ["POST"]},
    "htu of another address": {"htu": "https://evil.example/oauth/token"},
    "htu of another path": {"htu": f"{ISSUER}/oauth/other"},
    "htu with a user": {"htu": "https://a@hub.example/oauth/token"},
    "htu of another port": {"htu": "https://hub.example:444/oauth/token"},
    "htu with an impossible port": {"htu": "https://hub.example:99999999/oauth/token"},
    "htu over http": {"htu": "http://hub.example/oauth/token"},
    "htu is a number": {"htu": 7},
    "no htu": {"htu": None},
    "A5 iat stale": {"iat": int(START) - 61},
    "A5 iat > 60 s ahead": {"iat": int(START) + 61},
    "A5 nbf > 60 s ahead": {"nbf": int(START) + 61},
    "iat is text": {"iat": str(int(START))},
    "iat is true": {"iat": True},
    "no iat": {"iat": None},
    "no jti": {"jti": None},
    "jti is a number": {"jti": 5},
    "jti is empty": {"jti": ""},
    "jti holds a NUL": {"jti": "a\0b"},
    "jti is too long": {"jti": "x" * 201},
    "typ JWT": {"header": {"typ": "JWT"}},
    "no typ": {"header": {"typ": None}},
    "typ of an access token": {"header": {"typ": "at+jwt"}},
    "no jwk": {"header": {"jwk": None}},
    "jwk is text": {"header": {"jwk": "x"}},
    "private JWK in the header": {"header": {"jwk": EC.as_dict(private=True)}},
    "a symmetric key in the header": {"header": {"jwk": OctKey.generate_key(256).as_dict(private=True)}},
    "a symmetric key without its value": {"header": {"jwk": {"kty": "oct"}}},
    "another's key in the header": {"header": {"jwk": ECKey.generate_key("P-256").as_dict(private=False)}},
    "a point off the curve": {"header": {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}},
    "a coordinate that is a number": {"header": {"jwk": {"kty": "EC", "crv": "P-256", "x": 1, "y": 2}}},
    "a key without a coordinate": {"header": {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA"}}},
    "A12 jku beside it": {"header": {"jku": "https://evil.example/jwks"}},
    "A12 x5u beside it": {"header": {"x5u": "https://evil.example/x"}},
    "A12 crit": {"header": {"crit": ["jwk"]}},
    "A12 crit of nothing": {"header": {"crit": []}},
    "A12 b64 false": {"header": {"b64": False, "crit": ["b64"]}},
}  # fmt: skip


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
async def test_a6_forged_proofs_at_the_token_endpoint(desk, change):
    change = dict(change)
    client = await desk.new_signer(EC, bound=True)
    answer = await Holder(desk, client.client_id, EC).ask(proof(EC, desk.clock.now, change.pop("header", None), **change))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof"), answer.text
    assert "access_token" not in answer.text and answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
async def test_a6_forged_proofs_at_the_graph(desk, change):
    change = dict(change)
    holder = Holder(desk, (await desk.new_signer(EC, bound=True)).client_id, EC)
    token = await holder.token()
    claims = {"htu": GRAPH_URL, "ath": ath(token), **change}
    claims = {**claims, "htu": str(claims["htu"]).replace("/oauth/token", "/graphql")} if claims["htu"] else claims
    if change.get("htu") == 7:
        claims["htu"] = 7
    forged = proof(EC, desk.clock.now, claims.pop("header", None), **claims)
    assert await code_of(holder.admit(token, forged)) == "PROOF_INVALID"
    # The token itself is good: nothing but the proof was refused.
    assert await code_of(holder.admit(token, holder.shown(token))) is None


@pytest.mark.parametrize("algorithm", ["HS256", "none", "RS256", "ES384", "a weak RSA key", "another's signature"])
async def test_a6_a12_other_signatures_under_a_proof(desk, algorithm):
    holder = Holder(desk, (await desk.new_signer(EC, bound=True)).client_id, EC)
    token = await holder.token()
    good = holder.shown(token)
    if algorithm in ("HS256", "none"):
        head = json.dumps({"alg": algorithm, "typ": "dpop+jwt", "jwk": EC.as_dict(private=False)}).encode()
        first = base64.urlsafe_b64encode(head).decode().rstrip("=")
        forged = ".".join([first, good.split(".")[1], "" if algorithm == "none" else good.split(".")[2]])
    elif algorithm == "another's signature":
        thief, named = ECKey.generate_key("P-256"), {"jwk": EC.as_dict(private=False)}
        forged = proof(thief, desk.clock.now, named, htu=GRAPH_URL, ath=ath(token))
    else:
        key = {"RS256": RSAKey.generate_key(2048), "ES384": OTHER_CURVE}.get(algorithm, WEAK)
        name = "PS256" if key is WEAK else algorithm
        forged = proof(key, desk.clock.now, None, name, htu=GRAPH_URL, ath=ath(token))
    assert await code_of(holder.admit(token, forged)) == "PROOF_INVALID"


async def test_a6_a_token_is_good_for_nobody_else(desk, holder, ec_key):
    token, thief = await holder.token(), ECKey.generate_key("P-256")
    assert await code_of(desk.authority.admit(f"Bearer {token}")) == "PROOF_MISSING"
    assert await code_of(desk.authority.admit(f"Bearer {token}", holder.shown(token))) == "PROOF_MISSING"
    assert await code_of(desk.authority.admit(f"DPoP {token}")) == "PROOF_MISSING"
    by_thief = proof(thief, desk.clock.now, htu=GRAPH_URL, ath=ath(token))
    assert await code_of(holder.admit(token, by_thief)) == "PROOF_INVALID"
    assert await code_of(holder.admit(token, holder.shown(token, ath=ath(token + "x")))) == "PROOF_INVALID"
    assert await code_of(holder.admit(token, holder.shown(token, ath=None))) == "PROOF_INVALID"
    assert await code_of(holder.admit(token, holder.shown(token), "GET")) == "PROOF_INVALID"
    # A proof for the token endpoint opens no graph, and one for the graph no token endpoint.
    assert await code_of(holder.admit(token, holder.proof(ath=ath(token)))) == "PROOF_INVALID"
    assert (await holder.ask(holder.shown(token))).json()["error"] == "invalid_dpop_proof"
    # An unbound token gains nothing by being called DPoP.
    bearer = await desk.token(await desk.new_client())
    shown = proof(ec_key, desk.clock.now, htu=GRAPH_URL, ath=ath(bearer))
    assert await code_of(desk.authority.admit(f"DPoP {bearer}", shown)) == "TOKEN_INVALID"


async def test_a6_a_token_bound_in_a_way_we_do_not_know_is_refused(desk):
    token = await desk.token(await desk.new_client())
    signer = desk.authority.ring.signer(desk.clock.now)
    for cnf in ({}, {"x5t#S256": "x"}, {"jkt": 7}, {"jkt": ""}, {"jkt": "x", "kid": "y"}, "x", None, []):
        forged = desk.signed(signer.key, {**payload(token), "cnf": cnf}, typ="at+jwt", kid=signer.kid)
        assert await code_of(desk.authority.admit(f"Bearer {forged}")) == "TOKEN_INVALID", cnf
    assert "jwk" not in ALGORITHMS.header_registry


async def test_a6_two_proofs_in_one_request_are_refused(holder):
    answer = await holder.ask([holder.proof(), holder.proof()])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("door", ["token", "graph"])
async def test_a6_twenty_parallel_uses_of_one_proof_over_two_processes_succeed_once(desk, holder, door):
    """Must show: 20 parallel uses of one DPoP proof, exactly one success."""
    two = await desk.another()
    other = Holder(two, holder.client_id, holder.key)
    if door == "token":
        one_proof = holder.proof()
        answers = await asyncio.gather(*((holder, other)[n % 2].ask(one_proof) for n in range(20)))
        granted = [answer for answer in answers if answer.status_code == 200]
        assert {answer.json().get("error") for answer in answers} == {None, "invalid_dpop_proof"}
    else:
        token = await holder.token()
        one_proof = holder.shown(token)
        codes = await asyncio.gather(*(code_of((holder, other)[n % 2].admit(token, one_proof)) for n in range(20)))
        granted = [code for code in codes if code is None]
        assert set(codes) == {None, "PROOF_INVALID"}
    assert len(granted) == 1
    await two.http.aclose()


async def test_a6_a_proof_is_used_up_for_as_long_as_it_would_be_taken(desk, holder):
    token = await holder.token()
    ahead = holder.shown(token, iat=int(desk.clock.now) + 10)
    assert await code_of(holder.admit(token, ahead)) is None
    for _ in range(8):
        assert await code_of(holder.admit(token, ahead)) == "PROOF_INVALID"
        await holder.admit(token, holder.shown(token))
        desk.clock.now += 10


async def test_a6_behind_a_router_single_use_is_checked_at_the_admission_and_all_else_at_the_subgraph(desk, holder):
    """Decision 17: one request becomes several, so a subgraph takes its proof again, while it is fresh and its key's."""
    subgraph = Verifier(desk.engine, ISSUER, AUDIENCE, desk.clock)
    token = await holder.token()
    shown = holder.shown(token)
    assert [await code_of(holder.admit(token, shown)) for _ in range(2)] == [None, "PROOF_INVALID"]
    assert [await code_of(subgraph.admit(f"DPoP {token}", shown)) for _ in range(2)] == [None, None]
    others = Holder(desk, holder.client_id, ECKey.generate_key("P-256")).shown(token)
    assert await code_of(subgraph.admit(f"DPoP {token}", others)) == "PROOF_INVALID"
    assert await code_of(subgraph.admit(f"DPoP {token}", None)) == "PROOF_MISSING"
    desk.clock.now += 61
    assert await code_of(subgraph.admit(f"DPoP {token}", shown)) == "PROOF_INVALID"


async def test_a6_marks_that_have_run_out_are_swept(desk, holder):
    token = await holder.token()
    for _ in range(3):
        await holder.admit(token, holder.shown(token))
    desk.clock.now += 100
    await holder.admit(token, holder.shown(token))
    async with desk.engine.connect() as connection:
        old = select(func.count()).where(proofs.c.expires_at < desk.clock.moment())
        assert await connection.scalar(old) == 0


async def test_a6_proofs_that_come_together_share_a_statement_and_each_hears_its_own_fate(desk, holder, monkeypatch):
    token = await holder.token()
    together = []
    note = once.ProofBook._note

    async def counted(self, shown):
        together.append(len(shown))
        return await note(self, shown)

    monkeypatch.setattr(once.ProofBook, "_note", counted)
    many = [holder.shown(token) for _ in range(40)]
    codes = await asyncio.gather(*(code_of(holder.admit(token, each)) for each in [*many, *many]))
    assert (codes.count(None), codes.count("PROOF_INVALID")) == (40, 40)
    assert sum(together) == 80 and len(together) < 10


async def test_a6_whoever_waits_hears_when_the_database_fails(desk, holder, monkeypatch):
    token = await holder.token()
    broken = once.NOTE.replace("auth.proof", "auth.gone")
    monkeypatch.setattr(once, "NOTE", broken)
    with pytest.raises(Exception, match=r"auth\.gone"):
        await holder.admit(token, holder.shown(token))
    monkeypatch.undo()
    assert await code_of(holder.admit(token, holder.shown(token))) is None


async def test_a15_an_open_stream_asks_without_another_proof(desk, holder):
    token = await holder.token()
    admitted = await holder.admit(token, holder.shown(token, htm="GET"), "GET")
    await desk.authority.still(admitted)
    desk.clock.now += 300
    assert await code_of(desk.authority.still(admitted)) == "TOKEN_EXPIRED"
