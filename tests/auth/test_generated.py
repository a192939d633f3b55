"""Requests, proofs and claims made at random: refused in order, never stumbled over (A17)."""

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import HubError
from tests.auth.holding import GRAPH_URL, Holder, ath

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


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dpop=st.one_of(st.text(max_size=80), HEADERS.map(lambda raw: (raw or b"").decode("latin-1"))))
async def test_a17_generated_proofs_are_never_believed(desk, ec_key, dpop):
    if not hasattr(desk, "bound"):
        desk.holder = Holder(desk, (await desk.new_signer(ec_key, bound=True)).client_id, ec_key)
        desk.bound = await desk.holder.token()
    with pytest.raises(HubError, match="PROOF_INVALID"):
        await desk.holder.admit(desk.bound, dpop)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
