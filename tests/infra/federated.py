"""The clients that ask a federation through its router: the demonstration's own, and one that holds a key."""

import shutil
import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from joserfc.jwk import ECKey
from sqlalchemy import select

from auth.clients import add_client
from auth.forms import ASSERTION_TYPE
from hub.settings import Settings
from hub.slices.scopes import USUAL
from hub.store.auth import client as client_table
from hub.viewer import PartyKind
from infra.federation import GATEWAY, Federation
from infra.storage import open_storage
from infra.tour.clients import Client
from tests.auth.conftest import signed
from tests.auth.holding import ath, proof

NEEDS = pytest.mark.skipif(
    shutil.which("node") is None or not GATEWAY.exists(), reason="needs Node and the router's packages: make federation"
)


def clients(found: Federation, http: httpx2.AsyncClient) -> dict[str, Client]:
    """The six parties' clients, at the router."""
    demonstration = found.demonstration
    return {name: Client(name, held, demonstration.urls, http) for name, held in demonstration.clients.items()}


class Bound(Client):
    """A client that signs with its own key and shows with each request that it holds it; it knows the router's address alone.

    Tokens it asks of the hub itself, where a proxy would hand it on to.
    """

    def __init__(self, held: dict[str, Any], found: Federation, http: httpx2.AsyncClient, key: ECKey):
        super().__init__("bound", held, found.demonstration.urls, http)
        self.origin, self.key = self.graphql.removesuffix("/graphql"), key

    async def token(self) -> str:
        """A token bound to the key."""
        now, name = int(time.time()), self._held["client_id"]
        claims = {"iss": name, "sub": name, "aud": self.origin, "iat": now, "exp": now + 60, "jti": str(uuid4())}
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
        answer = await self._http.post(
            self._token_url,
            data={**form, "client_assertion": signed(self.key, claims)},
            headers={"DPoP": proof(self.key, now, htu=f"{self.origin}/oauth/token")},
        )
        assert answer.status_code == 200 and answer.json()["token_type"] == "DPoP", answer.text
        return str(answer.json()["access_token"])

    async def credentials(self, method: str = "POST", **changes: Any) -> dict[str, str]:
        """A fresh token with a fresh proof, perhaps with changes."""
        token = await self.token()
        shown = proof(self.key, time.time(), **{"htm": method, "htu": self.graphql, "ath": ath(token), **changes})
        return {"Authorization": f"DPoP {token}", "DPoP": shown}


async def bound(found: Federation, http: httpx2.AsyncClient, party: str) -> Bound:
    """A new client of a party, which holds a key and was never given a secret."""
    held, key = found.demonstration.clients[party], ECKey.generate_key("P-256", parameters={"kid": "mine"})
    c = client_table.c
    settings = Settings.model_validate({"home": found.home})
    async with open_storage(settings) as storage, storage.database.engine("hub_auth").begin() as connection:
        of = (await connection.execute(select(client_table).where(c.id == held["client_id"]))).mappings().one()
        kind = PartyKind(of["party_kind"])
        made = await add_client(
            connection, party=of["party_id"], kind=kind, organisation=of["organisation_id"], name="Bound", scopes=USUAL[kind],
            now=datetime.now(UTC), jwks={"keys": [key.as_dict(private=False)]},
        )  # fmt: skip
    return Bound({**held, "client_id": made.client_id, "client_secret": None}, found, http, key)
