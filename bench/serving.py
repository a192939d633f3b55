"""What the three contenders share: the database with its roles, the token check, and the server that runs them."""

import contextlib
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID, uuid4

import asyncpg
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute

from auth.authority import Authority
from bench.world import TODAY
from hub.errors import HubError
from hub.settings import Settings
from hub.store.pools import POOL_SETTINGS, Database, connection_arguments
from hub.viewer import Viewer

ISSUER = "http://127.0.0.1:8000"
CONNECTIONS = 22
"""Two to read with for each kind of party, as many as there are cores on the machine of the committed results."""
BOUNDLESS = 1_000_000_000
"""A pace that is kept and never reached: the load comes from one address, and in part from one client."""
UNLIMITED = "BENCH_UNLIMITED"
"""With this variable in its environment the hub limits nothing and counts no costs."""
UNRECORDED = "BENCH_UNRECORDED"
"""With this variable in its environment the hub records no read, as a contender that has no audit does not."""
SUBJECT = re.compile(rb'"apr_([0-9a-f-]{36})"')
RECORD = (
    "insert into hub.audit (id, party_id, client, act, subjects, fingerprint, at, kind, classes)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
)


def settings() -> Settings:
    """The settings of a contender: all from the environment the bench gives it."""
    paces = dict.fromkeys(("client_rate", "address_rate"), BOUNDLESS)
    return Settings(issuer=ISSUER, today=TODAY, connections=CONNECTIONS, **paces)


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


async def _leave_as_is(connection: asyncpg.Connection) -> None:
    """Nothing stays behind in a connection after a read."""


@dataclass(slots=True)
class Shared:
    """What a contender's routes reach for: asyncpg's own pools, one a role, set up as well as they can be."""

    database: Database
    authority: Authority
    pools: dict[str, asyncpg.Pool]
    audit: asyncpg.Pool

    @classmethod
    async def open(cls, found: Settings, database: Database) -> Self:
        """Open everything, with no more connections than the hub has."""
        pools = {}
        for kind in ("employer", "provider", "epao"):
            arguments = {**connection_arguments(database.role_url(f"hub_{kind}")), "server_settings": POOL_SETTINGS}
            pools[kind] = await asyncpg.create_pool(
                **arguments, min_size=1, max_size=database.readers, max_cacheable_statement_size=0, reset=_leave_as_is
            )
        recording = {**connection_arguments(database.role_url("hub_audit")), "server_settings": POOL_SETTINGS}
        audit = await asyncpg.create_pool(**recording, min_size=1, max_size=database.readers, reset=_leave_as_is)
        return cls(database, await open_authority(found, database), pools, audit)

    async def record(self, viewer: Viewer, act: str, body: bytes) -> None:
        """The row that the hub writes for every read of personal data, written for each request before it is answered."""
        subjects = [UUID(each.decode()) for each in SUBJECT.findall(body)]
        row = (uuid4(), viewer.party, viewer.client, act, subjects, b"", datetime.now(UTC), "read", ["identity"])
        await self.audit.execute(RECORD, *row)

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

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        shared = await Shared.open(found, database)
        app.router.routes.extend(make(shared))
        yield
        for pool in (*shared.pools.values(), shared.audit):
            await pool.close()
        await database.close()

    app = Starlette(lifespan=lifespan, **options)
    uvicorn.run(
        app, host=found.host, port=found.port, loop="uvloop", http="httptools",
        log_config=None, access_log=False, server_header=False, proxy_headers=False,
    )  # fmt: skip
    sys.exit(0)
