"""What the three contenders share: the database with its roles, the token check, and the server that runs them."""

import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute

from auth.authority import Authority
from bench.world import TODAY
from hub.errors import HubError
from hub.settings import Settings
from hub.store.pools import Database
from hub.viewer import Viewer

ISSUER = "http://127.0.0.1:8000"
CONNECTIONS = 40


def settings() -> Settings:
    """The settings of a contender: all from the environment the bench gives it."""
    return Settings(issuer=ISSUER, today=TODAY, connections=CONNECTIONS)


def secret_of(found: Settings) -> bytes:
    """The secret of the bench's cluster."""
    assert found.secret is not None
    return found.secret.get_secret_value().encode()


def open_database(found: Settings) -> Database:
    """The same roles and the same number of connections for every contender."""
    assert found.database_url is not None
    return Database(found.database_url, secret_of(found), found.connections)


async def open_authority(found: Settings, database: Database) -> Authority:
    """The same check of the same ES256 tokens, with the same cache."""
    return await Authority.open(database.engine("hub_auth"), ISSUER, found.audience, secret_of(found))


@dataclass(slots=True)
class Shared:
    """What a contender's routes reach for."""

    database: Database
    authority: Authority

    async def viewer(self, request: Request, *scopes: str) -> Viewer:
        """Who asks; HubError when there is no good token or it lacks a scope."""
        viewer = (await self.authority.admit(request.headers.get("authorization"))).viewer
        if not viewer.scopes.issuperset(scopes):
            raise HubError("SCOPE_MISSING")
        return viewer


def run(make: Callable[[Shared], Iterable[BaseRoute]], **options: Any) -> None:
    """Serves routes with one worker on uvloop and httptools until it is told to stop."""
    found = settings()
    database = open_database(found)
    routes: list[BaseRoute] = []

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        routes.extend(make(Shared(database, await open_authority(found, database))))
        app.router.routes.extend(routes)
        yield
        await database.close()

    app = Starlette(lifespan=lifespan, **options)
    uvicorn.run(
        app, host=found.host, port=found.port, loop="uvloop", http="httptools",
        log_config=None, access_log=False, server_header=False, proxy_headers=False,
    )  # fmt: skip
    sys.exit(0)
