"""The operator's side of clients."""

from uuid import uuid4

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from auth.clients import disable_client, list_clients
from hub.errors import HubError
from hub.keysets import public_keys
from hub.slices.scopes import USUAL
from hub.viewer import PartyKind


async def test_a_client_is_listed_with_what_it_may_do_and_without_what_it_knows(desk, ec_key):
    party = uuid4()
    first = await desk.new_client(PartyKind.EPAO, party=party, scopes=["grades:read"])
    second = await desk.new_signer(ec_key, kind=PartyKind.EPAO, party=party)
    async with desk.engine.begin() as connection:
        await disable_client(connection, first.client_id, desk.clock.moment())
        desk.clock.now += 60
        await disable_client(connection, first.client_id, desk.clock.moment())
        rows = {row.client_id: row for row in await list_clients(connection, party)}
        assert {first.client_id, second.client_id} == set(rows)
        assert set(rows) < {row.client_id for row in await list_clients(connection)} or len(rows) == 2
    assert rows[first.client_id].scopes == {"grades:read"}
    assert rows[first.client_id].disabled_at.timestamp() == desk.clock.now - 60
    assert rows[second.client_id].scopes == USUAL[PartyKind.EPAO]
    assert second.client_secret is None
    assert first.client_secret not in repr(rows)


async def test_shutting_out_a_client_nobody_has_is_an_error(desk):
    async with desk.engine.begin() as connection:
        with pytest.raises(HubError, match="NOT_FOUND"):
            await disable_client(connection, f"cli_{uuid4()}", desk.clock.moment())


@pytest.mark.parametrize(
    "details",
    [
        {"scopes": ["grades:write"], "kind": PartyKind.PROVIDER},
        {"scopes": ["everything"]},
        {"scopes": []},
        {"kind": PartyKind.APPRENTICE},
        {"kind": PartyKind.REGULATOR},
        {"method": "client_secret_post"},
        {"method": "none"},
        {"method": "private_key_jwt"},
        {"jwks": {"keys": []}},
        {"method": "private_key_jwt", "jwks": {"keys": []}},
    ],
)
async def test_a_client_that_must_not_be_is_not_added(desk, details):
    with pytest.raises(HubError, match="INPUT_INVALID"):
        await desk.new_client(**details)


def weak_keys():
    """Key sets we do not take, by name."""
    ec, rsa = ECKey.generate_key("P-256"), RSAKey.generate_key(2048)
    public = ec.as_dict(private=False)
    return {
        "private": {"keys": [ec.as_dict(private=True)]},
        "one private of two": {"keys": [public, rsa.as_dict(private=True)]},
        "symmetric": {"keys": [OctKey.generate_key(256).as_dict(private=True)]},
        "RSA of 1024 bits": {"keys": [{"kty": "RSA", "e": "AQAB", "n": "u" * 171}]},
        "RSA of 8192 bits": {"keys": [{"kty": "RSA", "e": "AQAB", "n": "u" * 1365 + "w"}]},
        "P-384": {"keys": [ECKey.generate_key("P-384").as_dict(private=False)]},
        "X25519": {"keys": [OKPKey.generate_key("X25519").as_dict(private=False)]},
        "Ed448": {"keys": [OKPKey.generate_key("Ed448").as_dict(private=False)]},
        "RSA for RS256": {"keys": [{**rsa.as_dict(private=False), "alg": "RS256"}]},
        "for encryption": {"keys": [{**public, "use": "enc"}]},
        "not on the curve": {"keys": [{**public, "x": public["y"]}]},
        "same kid": {"keys": [{**public, "kid": "a"}, {**rsa.as_dict(private=False), "kid": "a"}]},
        "unknown type": {"keys": [{"kty": "AKP"}]},
        "type is a list": {"keys": [{"kty": []}]},
        "kid is a number": {"keys": [{**public, "kid": 1}]},
        "no keys": {"keys": []},
        "eleven keys": {"keys": [public] * 11},
        "no set": {},
        "not a list": {"keys": public},
        "not objects": {"keys": ["a"]},
    }


@pytest.mark.parametrize("name", list(weak_keys()))
def test_a4_keys_that_are_not_taken(name):
    with pytest.raises(HubError, match="INPUT_INVALID") as refused:
        public_keys(weak_keys()[name])
    assert refused.value.problem.field == "jwks"


def test_keys_are_kept_without_what_could_point_elsewhere():
    key = {**ECKey.generate_key("P-256").as_dict(private=False), "x5u": "https://evil.example/x", "note": "n"}
    (kept,) = public_keys({"keys": [key]})["keys"]
    assert sorted(kept) == ["crv", "kid", "kty", "x", "y"]
