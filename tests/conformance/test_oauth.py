"""A1, A3, A4, A6, A11 by other people's software: openid-client and oauth4webapi against a hub served in earnest."""

from pathlib import Path

import orjson
import pytest
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from tests.conformance.earnest import EMPLOYER, served_from
from tests.conformance.playing import node
from tests.infra.running import hub

pytestmark = pytest.mark.conformance
AUDIENCE = "urn:epa-hub:graph"


def test_strict_clients_hold_the_hub_to_the_profile(tmp_path: Path) -> None:
    """Issue item 2: discovery, private_key_jwt with ES256, PS256 and EdDSA, DPoP end to end, RFC 9068, 7662 and 7009."""
    keys: dict[str, Key] = {
        "ES256": ECKey.generate_key("P-256", parameters={"kid": "es"}),
        "PS256": RSAKey.generate_key(2048, parameters={"kid": "ps"}),
        "EdDSA": OKPKey.generate_key("Ed25519", parameters={"kid": "ed"}),
    }
    with served_from() as (served, home):
        clients = {}
        for algorithm, key in keys.items():
            file = tmp_path / f"{algorithm}.json"
            file.write_bytes(orjson.dumps({"keys": [key.as_dict(private=False)]}))
            made = hub(home, "client", "add", EMPLOYER, "--as", "employer", "--name", algorithm, "--jwks", str(file))
            assert made.code == 0, made
            clients[algorithm] = {"client_id": made.out.split()[1], "jwk": key.as_dict(private=True)}
        told = orjson.dumps(clients).decode()
        said = node("oauth.mjs", HUB_ISSUER=served.urls["url"], HUB_AUDIENCE=AUDIENCE, HUB_CLIENTS=told)
    assert said.splitlines() == ["ES256: both hold", "PS256: both hold", "EdDSA: both hold"]
