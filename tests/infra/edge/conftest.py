"""A hub over a graph and an authority that play along, served by the real server on a free port."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import Any
from uuid import UUID

import httpx2
import pytest
from pydantic import SecretStr

from auth.authority import Authority
from auth.tokens import Admitted
from hub.errors import HubError, Problem
from hub.settings import Settings
from hub.viewer import PartyKind, Viewer
from infra.asgi import Hub, Server, configuration, create_app, listening
from infra.edge.following import Patience
from infra.edge.graph import Request
from infra.edge.logs import JsonLines
from schema.graph import NotAdmitted

METRICS = "a-token-of-the-operators-monitoring-only"
CANARY = "canary-9900000001"
VIEWER = Viewer(UUID(int=1), PartyKind.EMPLOYER, UUID(int=2), "cli_test", frozenset({"apprentices:read"}))
REFUSED = b'{"errors":[{"message":"No.","extensions":{"code":"ARGUMENT_INVALID"}}]}'
OUTSIDE = b'{"errors":[{"message":"No.","extensions":{"code":"FIELD_NOT_IN_SLICE"}}]}'
PATIENCE = Patience(alive=0.15, stall=0.4, last_word=3.0, init=2.0)


@dataclass(frozen=True)
class Answered:
    """An answer."""

    status: int
    body: bytes
    operation: str | None = None
    codes: tuple[str, ...] = ()
    retry_after: int | None = None


class FakeGraph:
    """Does what the document says."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew; a stream of an earlier test counts for that test alone."""
        self.asked: list[Request] = []
        self.ended: list[None] = []

    @property
    def closed(self) -> int:
        """How many subscriptions have ended."""
        return len(self.ended)

    def trusts(self, viewer: Viewer, request: Request) -> bool:
        """Whether the document says of itself that the operator registered it."""
        return "# registered" in request.document

    async def answer(self, viewer: Viewer, request: Request, *, elsewhere: bool = False) -> Answered:
        """Answer by what stands in the document."""
        self.asked.append(request)
        if "boom" in request.document:
            raise RuntimeError(f"duplicate key {CANARY}")
        if "down" in request.document:
            raise ConnectionRefusedError
        if "hang" in request.document:
            await asyncio.sleep(1.0)
        if "invalid" in request.document:
            return Answered(400, REFUSED, None, ("ARGUMENT_INVALID",))
        if "outside" in request.document:
            return Answered(403, OUTSIDE, None, ("FIELD_NOT_IN_SLICE",))
        if "scope" in request.document:
            return Answered(
                403, b'{"errors":[{"message":"No.","extensions":{"code":"SCOPE_MISSING"}}]}', "S", ("SCOPE_MISSING",)
            )
        return Answered(200, b'{"data":{"ok":true}}', request.operation_name or "Ok")

    async def listen(self, viewer: Viewer, request: Request) -> AsyncIterator[bytes]:
        """Tell events by what stands in the document."""
        ended = self.ended
        try:
            if "outside" in request.document:
                raise NotAdmitted((HubError("FIELD_NOT_IN_SLICE").problem,))
            if "deny" in request.document:
                raise HubError("SCOPE_MISSING")
            if "refuse" in request.document:
                yield REFUSED
                return
            if "boom" in request.document:
                raise RuntimeError(CANARY)
            for number in range(2):
                yield b'{"data":{"n":%d}}' % number
            filler = "x" * 200_000
            while "flood" in request.document:
                yield json.dumps({"data": {"n": filler}}).encode()
                await asyncio.sleep(0)
            if "quiet" in request.document:
                await asyncio.sleep(3600)
        finally:
            ended.append(None)


class FakeAuthority:
    """Believes `good`, `short` until it runs out, and nobody whom `shut_out` names."""

    issuer = "http://hub.example"

    def __init__(self) -> None:
        self.shut_out = False
        self.short_until = 0.0
        self.shown: list[tuple[str | None, str]] = []

    async def still(self, admitted: Admitted) -> None:
        """Whether somebody stays."""
        if self.shut_out:
            raise HubError("TOKEN_INVALID")
        if admitted.expires_at <= time.time():
            raise HubError("TOKEN_EXPIRED")

    async def admit(self, header: str | None, proof: str | None = None, method: str = "POST", *, once: bool = True) -> Admitted:
        """Who asks."""
        self.shown.append((proof, method))
        token = (header or "").removeprefix("Bearer ")
        code = {"": "TOKEN_MISSING", "expired": "TOKEN_EXPIRED", "foreign": "TOKEN_AUDIENCE"}.get(token)
        until = self.short_until if token == "short" else time.time() + 300
        if code is None and (self.shut_out or token not in ("good", "short")):
            code = "TOKEN_INVALID"
        if code is None and until <= time.time():
            code = "TOKEN_EXPIRED"
        if code is not None:
            raise HubError(code)
        return Admitted(VIEWER, until, "kid")

    async def token(self, request: Any) -> Any:
        """Unused."""

    revoke = introspect = token

    async def key_set(self) -> dict[str, Any]:
        """Unused."""
        return {"keys": []}

    def metadata(self) -> dict[str, Any]:
        """Unused."""
        return {}


@dataclass
class Served:
    """A running hub and what tests do with it."""

    app: Hub
    graph: FakeGraph
    authority: FakeAuthority
    port: int
    log: StringIO
    problems: list[Problem] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the graph is asked."""
        return f"http://127.0.0.1:{self.port}/graphql"

    async def post(self, body: Any, token: str | None = "good", **headers: str) -> httpx2.Response:
        """Ask the graph; `body` is bytes, or anything JSON."""
        sent = {"content-type": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with httpx2.AsyncClient() as client:
            return await client.post(self.url, content=content, headers=sent)

    async def get(self, path: str, **more: Any) -> httpx2.Response:
        """Fetch a page."""
        async with httpx2.AsyncClient() as client:
            return await client.get(f"http://127.0.0.1:{self.port}{path}", **more)

    async def measures(self) -> str:
        """What the operator's monitoring reads."""
        answer = await self.get("/metrics", headers={"authorization": f"Bearer {METRICS}"})
        assert answer.status_code == 200
        return answer.text

    async def raw(self, body: Any, **headers: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Ask over a socket of our own, to read the bytes as they come."""
        content = json.dumps(body).encode()
        head = {"Host": "hub", "Authorization": "Bearer good", "Content-Type": "application/json", **headers}
        lines = [f"{name}: {value}" for name, value in {**head, "Content-Length": str(len(content))}.items()]
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        writer.write("\r\n".join(["POST /graphql HTTP/1.1", *lines, "", ""]).encode() + content)
        await writer.drain()
        return reader, writer

    def logged(self) -> str:
        """The log so far."""
        self.app.desk.finished.write()
        return self.log.getvalue()

    def lines(self) -> list[dict[str, Any]]:
        """The lines of the log so far."""
        return [json.loads(line) for line in self.logged().splitlines()]


async def until(held: Callable[[], Any], seconds: float = 30.0) -> None:
    """Wait until something holds, and fail when it does not come to hold."""
    ends = time.monotonic() + seconds
    while not held():
        assert time.monotonic() < ends
        await asyncio.sleep(0.01)


async def serving(settings: Settings, real: Authority | None = None) -> AsyncIterator[Served]:
    """A hub on a free port, drained afterwards; with a real authority its streams ask as often as in service."""
    graph: Any = FakeGraph()
    authority: Any = real or FakeAuthority()
    problems: list[Problem] = []

    async def probe() -> list[Problem]:
        return problems

    app = create_app(settings, authority, graph, probe=probe, patience=PATIENCE)
    if real is None:
        app.desk.stay._recheck = 0.2
    opened = listening(settings)
    server = Server(configuration(app, settings), app.desk.drain)
    log = StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("hub")
    logger.addHandler(handler)
    level, _ = logger.level, logger.setLevel(logging.INFO)
    # Not `serve`, which would take the signals of the test run.
    task = asyncio.ensure_future(server._serve([opened]))
    await until(lambda: server.started)
    yield Served(app, graph, authority, opened.getsockname()[1], log, problems)
    server.should_exit = True
    await task
    logger.removeHandler(handler)
    logger.setLevel(level)


SETTINGS = Settings(
    port=0,
    max_body=20_000,
    operations=3,
    drain_seconds=2,
    origins=("https://friend.example",),
    metrics_token=SecretStr(METRICS),
)


@pytest.fixture(scope="session")
async def shared_hub() -> AsyncIterator[Served]:
    """A hub with small limits for the whole run."""
    async for served in serving(SETTINGS):
        yield served


@pytest.fixture
def hub(shared_hub: Served) -> Served:
    """The shared hub, as if it had just begun, but for its measures."""
    shared_hub.graph.forget()
    shared_hub.authority.shut_out = False
    shared_hub.logged()
    shared_hub.problems.clear()
    shared_hub.log.seek(0)
    shared_hub.log.truncate()
    return shared_hub


@pytest.fixture
async def lone_hub() -> AsyncIterator[Served]:
    """A hub of the test's own, to count and to stop."""
    async for served in serving(SETTINGS):
        yield served


@pytest.fixture(autouse=True)
def quiet_server() -> Iterator[None]:
    """The server's own words are not under test."""
    log = logging.getLogger("uvicorn.error")
    level, _ = log.level, log.setLevel(logging.CRITICAL)
    yield
    log.setLevel(level)
