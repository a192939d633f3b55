"""Whether the hub lives, and whether it can serve: database, schema version and the relay's lag."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import asyncpg
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.errors import HubError, Problem
from hub.store.lost import LOST
from hub.store.pools import Database
from hub.store.relay import behind
from infra.database import expected_version, schema_version
from infra.edge.refusals import trouble
from infra.edge.stay import Drain

Probe = Callable[[], Awaitable[list[Problem]]]
PROBE_SECONDS = 2.0
KEEP_SECONDS = 1.0
NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def database_probe(database: Database, lag_ms: int) -> Probe:
    """What keeps this database from serving; `lag_ms` is how far the relay may be behind."""
    expected = expected_version()

    async def probe() -> list[Problem]:
        pool = await database.reader(database.seat.watcher)
        async with pool.acquire(timeout=PROBE_SECONDS) as connection:
            found = await schema_version(connection)
            if found != expected:
                return [HubError("SCHEMA_VERSION", f"The database is at version {found}, this hub at {expected}.").problem]
            # A subgraph's own process runs no relay.
            said = await behind(connection, datetime.now(UTC), lag_ms) if database.seat.whole else None
        return [HubError("RELAY_BEHIND", said).problem] if said else []

    return probe


class Health:
    """Answers probes; a probe of the database is made at most once a second, however many ask."""

    def __init__(self, probe: Probe, drain: Drain, clock: Callable[[], float] = time.monotonic):
        self._probe, self._drain, self._clock = probe, drain, clock
        self._asking = asyncio.Lock()
        self._found: tuple[float, list[Problem]] | None = None

    async def live(self, _: Request) -> Response:
        """The process answers."""
        return Response(b'{"status":"live"}', 200, NO_STORE, "application/json")

    async def ready(self, _: Request) -> Response:
        """200 when this process can serve, 503 and the reasons when it cannot."""
        reasons = [trouble("HUB_STOPPING")] if self._drain.begun else await self._reasons()
        listed = [{"code": reason.code, "message": reason.message} for reason in reasons]
        body = {"status": "unready", "reasons": listed} if listed else {"status": "ready"}
        return Response(orjson.dumps(body), 503 if listed else 200, NO_STORE, "application/json")

    async def _reasons(self) -> list[Problem]:
        async with self._asking:
            if self._found is None or self._clock() - self._found[0] >= KEEP_SECONDS:
                self._found = (self._clock(), await self._ask())
            return self._found[1]

    async def _ask(self) -> list[Problem]:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                return await self._probe()
        except (*LOST, asyncpg.PostgresError):
            return [trouble("DATABASE_UNREACHABLE")]


def routes(health: Health) -> list[Route]:
    """The probes, for anybody."""
    return [Route("/livez", health.live, methods=["GET"]), Route("/readyz", health.ready, methods=["GET"])]
