"""Resource-server mode (issue item 1): tokens of trusted issuers, by the same table as the hub's own (A5, A6, A11, A12)."""

from base64 import urlsafe_b64encode
from uuid import uuid4

import orjson
import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from auth.authority import Authority
from auth.clients import disable_client
from auth.issuers import TrustedIssuer, read_issuers
from auth.tokens import TokenCheck
from auth.verifier import Verifier
from hub.errors import HubError
from hub.viewer import PartyKind, Viewer
from tests.auth.conftest import AUDIENCE, ISSUER, SECRET, START, signed
from tests.auth.holding import GRAPH_URL, ath, proof
from tests.auth.test_published import Site

THEIRS = "https://login.party.example"
KEY = ECKey.generate_key("P-256", parameters={"kid": "theirs"})


async def opened(desk, **more):
    """An authority that trusts the party's issuer."""
    trusted = (TrustedIssuer(THEIRS, {"keys": [KEY.as_dict(private=False)]}),)
    return await Authority.open(desk.engine, ISSUER, AUDIENCE, SECRET, desk.clock, **{"trusted": trusted, **more})


@pytest.fixture
async def mapped(desk):
    """An authority, and a client of theirs that stands for one of ours; its tokens need no proof."""
    subject = f"svc-{uuid4()}"
    party, organisation = uuid4(), uuid4()
    ours = await desk.new_client(
        PartyKind.PROVIDER, party=party, organisation=organisation, issuer=THEIRS, subject=subject,
        scopes=["gateway:read", "apprentices:read"], bound=False,
    )  # fmt: skip
    assert ours.client_secret is None
    return await opened(desk), subject, ours.client_id, (party, organisation)


def claims(subject, **changes):
    """The claims of a good token of theirs, with changes; a change to None leaves one out."""
    good = {
        "iss": THEIRS, "aud": AUDIENCE, "sub": subject, "client_id": subject, "iat": int(START), "exp": int(START) + 600,
        "jti": str(uuid4()), "scope": "gateway:read grades:write openid",
    }  # fmt: skip
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def token(subject, header=None, key=KEY, algorithm="ES256", **changes):
    """A token of theirs."""
    head = {"typ": "at+jwt", "kid": "theirs", **(header or {})}
    return signed(key, claims(subject, **changes), algorithm, **{name: value for name, value in head.items() if value})


async def code_of(authority, text, *more):
    """The code a token is refused with, or None."""
    try:
        await authority.admit(f"Bearer {text}", *more)
    except HubError as refused:
        return refused.problem.code
    return None


async def test_their_client_is_the_viewer_it_is_mapped_to_with_no_more_than_both_grant(mapped):
    authority, subject, ours, (party, organisation) = mapped
    viewer = (await authority.admit(f"Bearer {token(subject)}")).viewer
    assert viewer == Viewer(party, PartyKind.PROVIDER, organisation, ours, frozenset({"gateway:read"}))


WRONG = {
    "A11 another issuer": ({"iss": "https://evil.example"}, "TOKEN_INVALID"),
    "A11 the hub's own issuer under their key": ({"iss": ISSUER}, "TOKEN_INVALID"),
    "A11 iss is a list": ({"iss": [THEIRS]}, "TOKEN_INVALID"),
    "A11 no iss": ({"iss": None}, "TOKEN_INVALID"),
    "A11 aud": ({"aud": "urn:another"}, "TOKEN_AUDIENCE"),
    "A11 aud is a list": ({"aud": [AUDIENCE, "urn:another"]}, "TOKEN_AUDIENCE"),
    "A11 no aud": ({"aud": None}, "TOKEN_AUDIENCE"),
    "A11 exp past": ({"exp": int(START)}, "TOKEN_EXPIRED"),
    "A11 no exp": ({"exp": None}, "TOKEN_INVALID"),
    "A11 exp is text": ({"exp": "1790000600"}, "TOKEN_INVALID"),
    "A11 lives longer than ten minutes": ({"exp": int(START) + 601}, "TOKEN_INVALID"),
    "A11 no iat": ({"iat": None}, "TOKEN_INVALID"),
    "A5 iat ahead": ({"iat": int(START) + 61}, "TOKEN_INVALID"),
    "A5 nbf ahead": ({"nbf": int(START) + 61}, "TOKEN_INVALID"),
    "A11 no jti": ({"jti": None}, "TOKEN_INVALID"),
    "A11 no scope": ({"scope": None}, "TOKEN_INVALID"),
    "A11 scope is a list": ({"scope": ["gateway:read"]}, "TOKEN_INVALID"),
    "A11 no client_id": ({"client_id": None}, "TOKEN_INVALID"),
    "A11 a client nobody mapped": ({"client_id": "svc-unknown"}, "TOKEN_INVALID"),
    "A11 one of our client ids": ({"client_id": f"cli_{uuid4()}"}, "TOKEN_INVALID"),
    "A6 bound in a way we do not know": ({"cnf": {"x5t#S256": "x"}}, "TOKEN_INVALID"),
    "A11 no typ": ({"header": {"typ": None}}, "TOKEN_INVALID"),
    "A11 an id token": ({"header": {"typ": "JWT"}}, "TOKEN_INVALID"),
    "A12 no kid": ({"header": {"kid": None}}, "TOKEN_INVALID"),
    "A12 unknown kid": ({"header": {"kid": "another"}}, "TOKEN_INVALID"),
    "A12 jwk": ({"header": {"jwk": KEY.as_dict(private=False)}}, "TOKEN_INVALID"),
    "A12 jku": ({"header": {"jku": "https://evil.example/jwks"}}, "TOKEN_INVALID"),
    "A12 crit": ({"header": {"crit": ["mine"], "mine": 1}}, "TOKEN_INVALID"),
    "A12 another key": ({"key": ECKey.generate_key("P-256")}, "TOKEN_INVALID"),
    "A12 another kind of key": ({"key": OKPKey.generate_key("Ed25519"), "algorithm": "EdDSA"}, "TOKEN_INVALID"),
    "A4 RS256": ({"key": RSAKey.generate_key(2048), "algorithm": "RS256"}, "TOKEN_INVALID"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "code"), WRONG.values(), ids=WRONG)
async def test_a11_a12_the_same_table_holds_for_trusted_issuers(mapped, change, code):
    authority, subject, _, _ = mapped
    assert await code_of(authority, token(subject, **change)) == code
    assert await code_of(authority, token(subject)) is None


async def test_a12_none_and_hmac(mapped):
    authority, subject, _, _ = mapped
    for algorithm in (b"none", b"HS256"):
        _, body, signature = token(subject).split(".")
        head = urlsafe_b64encode(b'{"alg":"%s","typ":"at+jwt","kid":"theirs"}' % algorithm).decode().rstrip("=")
        for end in ("", signature):
            assert await code_of(authority, f"{head}.{body}.{end}") == "TOKEN_INVALID"


async def test_a6_a_client_of_theirs_shows_its_key_unless_its_row_says_otherwise(desk):
    subject, held = f"svc-{uuid4()}", ECKey.generate_key("P-256")
    await desk.new_client(issuer=THEIRS, subject=subject)
    authority = await opened(desk)
    assert await code_of(authority, token(subject)) == "TOKEN_INVALID"
    bound = token(subject, cnf={"jkt": held.thumbprint()})
    assert await code_of(authority, bound) == "PROOF_MISSING"
    shown = proof(held, desk.clock.now, htu=GRAPH_URL, ath=ath(bound))
    await authority.admit(f"DPoP {bound}", shown)
    with pytest.raises(HubError, match="PROOF_INVALID"):
        await authority.admit(f"DPoP {bound}", shown)


async def test_a15_their_client_is_shut_out_here_within_five_seconds(desk, mapped):
    authority, subject, ours, _ = mapped
    text = token(subject)
    admitted = await authority.admit(f"Bearer {text}")
    async with desk.engine.begin() as connection:
        await disable_client(connection, ours, desk.clock.moment())
    desk.clock.now += 2
    assert await code_of(authority, text) == "TOKEN_INVALID"
    with pytest.raises(HubError, match="TOKEN_INVALID"):
        await authority.still(admitted)


async def test_an_issuers_client_stands_for_one_client_of_ours(desk, mapped):
    _, subject, ours, _ = mapped
    with pytest.raises(HubError, match="INPUT_INVALID"):
        await desk.new_client(issuer=THEIRS, subject=subject)
    for half in ({"issuer": THEIRS}, {"subject": "x"}):
        with pytest.raises(HubError, match="INPUT_INVALID"):
            await desk.new_client(**half)
    # It has no way in at our own token endpoint.
    answer = await desk.http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=(ours, "x"))
    assert answer.status_code == 401


async def test_the_hubs_own_tokens_hold_beside_theirs_unless_it_issues_none(desk, mapped):
    authority, subject, _, _ = mapped
    own = await desk.token(await desk.new_client())
    assert await code_of(authority, own) is None
    alone = await opened(desk, issues=False)
    assert await code_of(alone, own) == "TOKEN_INVALID"
    assert await code_of(alone, token(subject)) is None


async def test_their_keys_may_be_at_a_url_and_turn(desk, mapped):
    _, subject, _, _ = mapped
    site = Site(KEY)
    authority = await opened(desk, trusted=(TrustedIssuer(THEIRS, None, f"{THEIRS}/jwks"),), outward=site)
    assert await code_of(authority, token(subject)) is None
    following = ECKey.generate_key("P-256", parameters={"kid": "next"})
    site.publish([KEY, following])
    desk.clock.now += 31
    assert await code_of(authority, token(subject, {"kid": "next"}, following)) is None
    assert site.asked == [f"{THEIRS}/jwks"] * 2


async def test_a_process_without_secrets_believes_them_too(desk, mapped):
    """A subgraph's process reads the map under a role that sees no key and no secret."""
    _, subject, _, _ = mapped
    trusted = (TrustedIssuer(THEIRS, {"keys": [KEY.as_dict(private=False)]}),)
    verifier = Verifier(desk.engine, ISSUER, AUDIENCE, desk.clock, trusted=trusted)
    assert await code_of(verifier, token(subject)) is None


async def test_a_token_of_theirs_seen_before_is_not_read_again(mapped, monkeypatch):
    authority, subject, _, _ = mapped
    header = "Bearer " + token(subject)
    seen = await authority.admit(header)
    monkeypatch.setattr(TokenCheck, "_read_any", None)
    assert await authority.admit(header) == seen


def test_the_file_of_issuers(tmp_path):
    file = tmp_path / "issuers.json"
    by_value = {"issuer": THEIRS, "jwks": {"keys": [KEY.as_dict(private=False)]}}
    by_url = {"issuer": "https://two.example", "jwks_url": "https://two.example/jwks"}
    file.write_bytes(orjson.dumps([by_value, by_url]))
    one, two = read_issuers(file)
    assert (one.issuer, two.jwks_url) == (THEIRS, "https://two.example/jwks")
    assert read_issuers(None) == ()
    wrong = [
        b"", b"{}", b"[7]", b'[{"issuer":"https://x.example"}]', orjson.dumps([{**by_value, "jwks_url": "https://x.example"}]),
        orjson.dumps([{**by_value, "issuer": "http://x.example"}]), orjson.dumps([by_value, by_value]),
        orjson.dumps([{**by_url, "jwks_url": "http://two.example"}]), orjson.dumps([{**by_url, "more": 1}]),
        orjson.dumps([{"issuer": THEIRS, "jwks": {"keys": [KEY.as_dict(private=True)]}}]),
    ]  # fmt: skip
    for content in wrong:
        file.write_bytes(content)
        with pytest.raises(HubError, match="SETTING_INVALID"):
            read_issuers(file)
    with pytest.raises(HubError, match="SETTING_INVALID"):
        read_issuers(tmp_path / "none.json")
