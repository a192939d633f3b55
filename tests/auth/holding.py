"""A client that holds a key and proves it, as a careful client or as a forger would."""

import base64
import hashlib
from typing import Any
from uuid import uuid4

import httpx2
from joserfc.jwk import Key

from auth.forms import ASSERTION_TYPE
from auth.tokens import Admitted
from tests.auth.conftest import ISSUER, Desk, signed

TOKEN_URL, GRAPH_URL = f"{ISSUER}/oauth/token", f"{ISSUER}/graphql"


def ath(token: str) -> str:
    """What ties a proof to one access token."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")


def proof(key: Key, now: float, header: dict[str, Any] | None = None, algorithm: str = "ES256", **changes: Any) -> str:
    """A proof for the token endpoint, with changes; a change to None leaves the claim or header out."""
    good = {"htm": "POST", "htu": TOKEN_URL, "iat": int(now), "jti": str(uuid4())}
    claims = {name: value for name, value in {**good, **changes}.items() if value is not None}
    head = {"typ": "dpop+jwt", "jwk": key.as_dict(private=False), **(header or {})}
    return signed(key, claims, algorithm, **{name: value for name, value in head.items() if value is not None})


class Holder:
    """One client with its own key, at one desk."""

    def __init__(self, desk: Desk, client_id: str, key: Key, algorithm: str = "ES256"):
        self.desk, self.client_id, self.key, self.algorithm = desk, client_id, key, algorithm

    def proof(self, **changes: Any) -> str:
        """A proof for the token endpoint."""
        return proof(self.key, self.desk.clock.now, algorithm=self.algorithm, **changes)

    def shown(self, token: str, **changes: Any) -> str:
        """A proof for the graph."""
        return self.proof(**{"htu": GRAPH_URL, "ath": ath(token), **changes})

    async def ask(self, dpop: str | list[str] | None = None, **fields: str) -> httpx2.Response:
        """A token request with a fresh assertion, and with these proofs."""
        assertion = signed(self.key, self.desk.claims(self.client_id), self.algorithm)
        data = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
        headers = [("DPoP", each) for each in ([dpop] if isinstance(dpop, str) else dpop or [])]
        return await self.desk.http.post("/oauth/token", data={**data, **fields}, headers=headers)

    async def token(self) -> str:
        """A bound access token, known to be granted."""
        answer = await self.ask(self.proof())
        assert answer.status_code == 200 and answer.json()["token_type"] == "DPoP", answer.text
        return str(answer.json()["access_token"])

    async def admit(self, token: str, dpop: str | None, method: str = "POST", scheme: str = "DPoP") -> Admitted:
        """What the door of the graph makes of it."""
        return await self.desk.authority.admit(f"{scheme} {token}", dpop, method)
