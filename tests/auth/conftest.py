"""An authority over a database of its own, with a clock the tests turn and a client of each kind of party."""

import json
import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from joserfc.jwk import ECKey, Key
from joserfc.jws import JWSRegistry, serialize_compact
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from auth.authority import Authority
from auth.clients import NewClient, add_client
from auth.forms import ASSERTION_TYPE
from auth.routes import routes
from hub.slices.scopes import USUAL
from hub.store.clients import KEY_JWT
from hub.store.pools import Database
from hub.viewer import PartyKind, Viewer

ISSUER, AUDIENCE = "https://hub.example", "urn:epa-hub:graph"
SECRET = b"a secret for sealing in these tests, and for nothing else"
START = 1_790_000_000.0


class Clock:
    """Seconds since 1970, moved by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)


class AnyHeader(JWSRegistry):
    """Signs whatever header a forger writes."""

    def check_header(self, header: dict[str, Any]) -> None:
        """Nothing is refused."""


def signed(key: Key | None, claims: Any, algorithm: str = "ES256", **header: Any) -> str:
    """A compact JWS, made as a client would."""
    registry = AnyHeader(algorithms=[algorithm])
    with warnings.catch_warnings():
        # The library warns of algorithms that a forger would not shy away from.
        warnings.simplefilter("ignore")
        return serialize_compact({"alg": algorithm, **header}, json.dumps(claims), key, registry=registry)


@dataclass
class Desk:
    """One authority with its HTTP face, and what tests do with it."""

    authority: Authority
    engine: AsyncEngine
    http: httpx2.AsyncClient
    clock: Clock
    issuer: str = ISSUER
    audience: str = AUDIENCE
    secret: bytes = SECRET
    signed = staticmethod(signed)

    async def viewer(self, authorization: str | None) -> Viewer:
        """Who the door of the graph takes the bearer of a header for."""
        return (await self.authority.admit(authorization)).viewer

    async def another(self) -> "Desk":
        """A second process over the same database and clock."""
        return await opened_desk(self.engine, self.clock)

    async def new_client(self, kind: PartyKind = PartyKind.EMPLOYER, **details: Any) -> NewClient:
        """A client of a fresh party."""
        fresh = {"party": uuid4(), "organisation": uuid4(), "name": "Test", "now": self.clock.moment()}
        details = {**fresh, "scopes": USUAL[kind], **details}
        async with self.engine.begin() as connection:
            return await add_client(connection, kind=kind, **details)

    async def new_signer(self, key: Key, **details: Any) -> NewClient:
        """A client that authenticates with a key of its own."""
        details = {"bound": False, "jwks": {"keys": [key.as_dict(private=False)]}, **details}
        return await self.new_client(method=KEY_JWT, **details)

    async def ask(self, client: NewClient, **fields: str) -> httpx2.Response:
        """A token request with Basic credentials."""
        data = {"grant_type": "client_credentials", **fields}
        return await self.http.post("/oauth/token", data=data, auth=(client.client_id, client.client_secret or ""))

    async def present(self, assertion: str, **fields: str) -> httpx2.Response:
        """A token request with an assertion."""
        data = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
            **fields,
        }
        return await self.http.post("/oauth/token", data=data)

    async def token(self, client: NewClient, **fields: str) -> str:
        """An access token, known to be granted."""
        answer = await self.ask(client, **fields)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def claims(self, client_id: str, **changes: Any) -> dict[str, Any]:
        """The claims of a good assertion, with changes; a change to None leaves the claim out."""
        now = int(self.clock.now)
        good = {"iss": client_id, "sub": client_id, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": str(uuid4())}
        return {name: value for name, value in {**good, **changes}.items() if value is not None}


async def opened_desk(engine: AsyncEngine, clock: Clock) -> Desk:
    """An authority on a database, with its own clock."""
    authority = await Authority.open(engine, ISSUER, AUDIENCE, SECRET, clock)
    app = Starlette(routes=list(routes(authority)))
    return Desk(authority, engine, httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=ISSUER), clock)


@pytest.fixture(scope="session")
async def auth_engine(cluster: Any, template: str) -> AsyncIterator[AsyncEngine]:
    """Role hub_auth on a database of these tests' own, because their clock stands still."""
    await cluster.create("auth_hub", template)
    database = Database(cluster.owner_url("auth_hub"), b"a secret for tests only, of more than thirty-two bytes", 80)
    yield database.engine("hub_auth")
    await database.close()


@pytest.fixture
async def desk(auth_engine: AsyncEngine) -> AsyncIterator[Desk]:
    """An authority of the test's own, over clients and keys it shares with other tests."""
    opened = await opened_desk(auth_engine, Clock())
    yield opened
    await opened.http.aclose()


@pytest.fixture
async def lone_desk(world: Database) -> AsyncIterator[Desk]:
    """An authority over a database of the test's own, for tests that turn keys."""
    opened = await opened_desk(world.engine("hub_auth"), Clock())
    yield opened
    await opened.http.aclose()


@pytest.fixture(scope="session")
def ec_key() -> ECKey:
    """A client's own key."""
    return ECKey.generate_key("P-256", parameters={"kid": "mine"})
