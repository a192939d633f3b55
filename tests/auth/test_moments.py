"""What is good when: assertions, proofs and tokens begun and ended at every offset from now (A5)."""

from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import HubError
from tests.auth.conftest import AUDIENCE, ISSUER
from tests.auth.holding import Holder, proof

MOMENTS = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


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
