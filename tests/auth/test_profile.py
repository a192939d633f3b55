"""The profile as a whole: grants that are not there, moments, secrets in a live hub, timing, logs, keys under load (A2–A16)."""

import asyncio
import logging
import random
import statistics
import time
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.authority import Authority
from auth.clients import disable_client
from auth.keys import rotate_key
from hub.errors import HubError
from hub.slices.scopes import ADMIN, SCOPES
from infra.edge.logs import JsonLines
from tests.auth.conftest import AUDIENCE, ISSUER, SECRET
from tests.auth.holding import GRAPH_URL, Holder, ath, proof

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


MOMENTS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@MOMENTS
@given(offset=st.integers(-400, 400), claim=st.sampled_from(["iat", "nbf"]))
async def test_a5_an_assertion_begun_at_every_offset(desk, ec_key, offset, claim):
    """0 to 10 s ahead is taken, more is refused; however long ago it was made does not matter while it holds."""
    client = await signer(desk, ec_key)
    moment = {claim: int(desk.clock.now) + offset}
    answer = await desk.present(desk.signed(ec_key, desk.claims(client, **moment)))
    assert answer.status_code == (200 if offset <= 10 else 401)


@MOMENTS
@given(offset=st.integers(-400, 400))
async def test_a5_an_assertion_that_ends_at_every_offset(desk, ec_key, offset):
    client = await signer(desk, ec_key)
    answer = await desk.present(desk.signed(ec_key, desk.claims(client, exp=int(desk.clock.now) + offset)))
    assert answer.status_code == (200 if -10 < offset <= 310 else 401)


@MOMENTS
@given(offset=st.integers(-400, 400))
async def test_a5_a_proof_made_at_every_offset(desk, ec_key, offset):
    client = await signer(desk, ec_key)
    answer = await Holder(desk, client, ec_key).ask(proof(ec_key, desk.clock.now + offset))
    assert answer.status_code == (200 if -60 <= offset <= 10 else 400)


@MOMENTS
@given(offset=st.integers(-400, 400), claim=st.sampled_from(["iat", "nbf"]))
async def test_a5_an_access_token_begun_at_every_offset(desk, offset, claim):
    signing = desk.authority.ring.signer(desk.clock.now)
    now, client = int(desk.clock.now), f"cli_{uuid4()}"
    claims = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": client, "client_id": client, "jti": "x", "scope": "gateway:read", "iat": now,
        "party": f"pty_{uuid4()}", "organisation": f"org_{uuid4()}", "party_kind": "epao", claim: now + offset,
    }  # fmt: skip
    claims["exp"] = claims["iat"] + 300
    try:
        await desk.authority.admit("Bearer " + desk.signed(signing.key, claims, typ="at+jwt", kid=signing.kid))
        code = None
    except HubError as refused:
        code = refused.problem.code
    if offset > 10:
        assert code == "TOKEN_INVALID"
    else:
        assert code == ("TOKEN_EXPIRED" if claims["exp"] <= now else None)


async def signer(desk, key):
    """One signing client for a whole property, whose tokens need no proof."""
    if not hasattr(desk, "signer"):
        desk.signer = (await desk.new_signer(key, bound=False)).client_id
    return desk.signer


async def test_a_client_with_a_secret_runs_out_and_reads_unless_more_is_said(desk):
    details = {"scopes": None}
    token = await desk.token(client := await desk.new_client(**details))
    viewer = await desk.authority.viewer_from(f"Bearer {token}")
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


def rank_sum(one, two):
    """The normal deviate of Mann and Whitney's test: 0 for two samples alike."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in two])
    total = sum(rank for rank, (_, of) in enumerate(ranked, 1) if of == 0)
    n, m = len(one), len(two)
    return (total - n * (n + m + 1) / 2) / (n * m * (n + m + 1) / 12) ** 0.5


@pytest.mark.deep
async def test_a14_an_unknown_client_takes_as_long_as_a_wrong_secret(desk):
    """500 and 500 timings, in turn: the medians within a quarter, and a word when the ranks tell them apart."""
    known = await desk.new_client()
    asks = [type(known)(known.client_id, "wrong"), type(known)(f"cli_{uuid4()}", "wrong")]
    took: list[list[float]] = [[], []]
    for _ in range(500):
        for which in random.sample((0, 1), 2):
            began = time.perf_counter()
            await desk.ask(asks[which])
            took[which].append(time.perf_counter() - began)
    deviate, medians = rank_sum(*took), [statistics.median(each) for each in took]
    if abs(deviate) > 4:
        logging.getLogger("hub.auth").warning("timing.differs", extra={"fields": {"deviate": deviate}})
    assert abs(medians[0] - medians[1]) < 0.25 * max(medians), (medians, deviate)


@contextmanager
def everything_logged():
    """Every line of every log at every level, as the hub writes it."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(JsonLines().format(record) + repr(record.__dict__.get("fields")))

    root, keep = logging.getLogger(), Keep()
    before = root.level
    root.addHandler(keep)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(keep)
        root.setLevel(before)


async def test_a13_no_log_holds_a_token_an_assertion_a_proof_or_a_secret(desk, ec_key):
    """Every way through the endpoints and the door, good and bad, at DEBUG; then every canary is looked for."""
    client = await desk.new_client()
    holder = Holder(desk, (await desk.new_signer(ec_key, bound=True)).client_id, ec_key)
    canaries = [client.client_secret or "none"]
    with everything_logged() as lines:
        bearer = await desk.token(client)
        assertion = desk.signed(ec_key, desk.claims(holder.client_id))
        dpop = holder.proof()
        canaries += [bearer, assertion, dpop]
        for _ in range(2):
            answer = await desk.http.post(
                "/oauth/token", headers={"DPoP": dpop}, data={
                    "grant_type": "client_credentials", "client_assertion": assertion,
                    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                },
            )  # fmt: skip
        assert answer.status_code == 401
        bound = await holder.token()
        shown = holder.shown(bound)
        canaries += [bound, shown]
        ways = (("DPoP", bound, shown), ("DPoP", bound, shown), ("Bearer", bound, None), ("Bearer", bearer, None))
        for scheme, text, by in ways:
            try:
                await desk.authority.admit(f"{scheme} {text}", by)
            except HubError as refused:
                lines.append(str(refused))
        for path in ("introspect", "revoke"):
            for token in (bearer, bound):
                await desk.http.post(f"/oauth/{path}", data={"token": token}, auth=(client.client_id, client.client_secret))
    text = "\n".join(lines)
    assert "token.issued" in text and "proof.refused" in text and "revocation.answered" in text
    for canary in canaries:
        for part in (canary, *canary.split(".")[1:]):
            assert len(part) < 20 or part not in text


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/introspect", "/oauth/revoke"])
async def test_a13_nothing_issued_or_told_is_kept_by_a_cache(desk, path):
    client = await desk.new_client()
    for data in ({}, {"token": "x", "grant_type": "client_credentials"}):
        answer = await desk.http.post(path, data=data, auth=(client.client_id, client.client_secret))
        assert answer.headers["cache-control"] == "no-store"


async def test_a16_five_rotations_under_load_and_no_failed_call(lone_desk, ec_key):
    """Two processes issue, two believe, bound and unbound, while the keys turn five times; and a removed key is refused."""
    one = lone_desk
    two = await one.another()
    client = await one.new_client()
    bound = (await one.new_signer(ec_key, bound=True)).client_id
    calls, kids = 0, set()
    oldest = await one.token(client)

    async def call(desk, other):
        token = await desk.token(client)
        await other.authority.admit(f"Bearer {token}")
        held = await Holder(desk, bound, ec_key).token()
        await other.authority.admit(f"DPoP {held}", Holder(other, bound, ec_key).shown(held))
        return token

    for turn in range(5):
        async with one.engine.begin() as connection:
            await rotate_key(connection, SECRET, one.clock.moment())
        kept: list[tuple[str, float]] = []
        for _ in range(32):
            one.clock.now += 10 + random.random() * 10
            made = await asyncio.gather(*(call(desk, other) for desk, other in ((one, two), (two, one), (one, one))))
            kept = [(token, until) for token, until in kept if until > one.clock.now]
            for token, _ in kept[::4]:
                await two.authority.admit(f"Bearer {token}")
            kept += [(token, one.clock.now + 299) for token in made]
            calls += len(made)
            kids.add(one.authority.ring.signer(one.clock.now).kid)
        assert len(kids) >= turn + 1
    assert (calls, len(kids)) == (5 * 32 * 3, 6)
    with pytest.raises(HubError, match="TOKEN_INVALID"):
        await two.authority.admit(f"Bearer {oldest}")
    await two.http.aclose()


NAMES = st.sampled_from(
    ["grant_type", "token", "token_type_hint", "scope", "client_id", "client_assertion", "client_assertion_type", "x"]
)
VALUES = st.one_of(
    st.binary(max_size=30),
    st.sampled_from([b"client_credentials", b"%00", b"%", b"a.b.c", b"e30.e30.e30", b"x" * 20_000, b"%ff"]),
    st.sampled_from([b"[" * 3000, orjson.dumps({"a": [[[[]]]]}), b"eyJhbGciOiJub25lIn0.e30."]),
)
BODIES = st.one_of(
    st.lists(st.tuples(NAMES, VALUES), max_size=8).map(lambda pairs: b"&".join(n.encode() + b"=" + v for n, v in pairs)),
    st.binary(max_size=300),
)
HEADERS = st.one_of(st.none(), st.binary(max_size=60), st.sampled_from([b"a.b.c", b"e30.e30.e30", b"." * 100, b"x" * 9000]))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(["token", "introspect", "revoke"]), body=BODIES, dpop=HEADERS, signed_in=st.booleans())
async def test_a17_no_generated_request_to_any_endpoint_makes_the_hub_stumble(desk, path, body, dpop, signed_in):
    if not hasattr(desk, "asking"):
        desk.asking = await desk.new_client()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    if dpop is not None:
        headers["dpop"] = bytes(byte for byte in dpop if 32 <= byte != 127)
    auth = (desk.asking.client_id, desk.asking.client_secret) if signed_in else None
    answer = await desk.http.post(f"/oauth/{path}", content=body, headers=headers, auth=auth)
    assert answer.status_code in (200, 400, 401, 413), answer.text
    assert "Traceback" not in answer.text and 'File "' not in answer.text


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dpop=st.one_of(st.text(max_size=80), HEADERS.map(lambda raw: (raw or b"").decode("latin-1"))))
async def test_a17_generated_proofs_are_never_believed(desk, ec_key, dpop):
    if not hasattr(desk, "bound"):
        desk.holder = Holder(desk, (await desk.new_signer(ec_key, bound=True)).client_id, ec_key)
        desk.bound = await desk.holder.token()
    with pytest.raises(HubError, match="PROOF_INVALID"):
        await desk.holder.admit(desk.bound, dpop)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    claim=st.sampled_from(["htm", "htu", "iat", "jti", "ath", "nbf"]),
    value=st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20), st.just([[]]), st.just({})
    ),
)
async def test_a17_no_claim_of_a_signed_proof_makes_the_door_stumble(desk, ec_key, claim, value):
    if not hasattr(desk, "bound"):
        desk.holder = Holder(desk, (await desk.new_signer(ec_key, bound=True)).client_id, ec_key)
        desk.bound = await desk.holder.token()
    claims = {"htu": GRAPH_URL, "ath": ath(desk.bound), claim: value if value is not None else []}
    try:
        await desk.holder.admit(desk.bound, desk.holder.proof(**claims))
    except HubError as refused:
        assert refused.problem.code == "PROOF_INVALID"
    else:
        assert claim in ("jti", "nbf", "iat")
