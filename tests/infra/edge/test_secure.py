"""Issue 4 item 7, ASVS 14: every response of every route carries the headers that keep a browser from misusing it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.settings import Settings
from infra.asgi import Hub, create_app
from infra.edge.pages import Demo
from tests.infra.edge.conftest import METRICS, PATIENCE, FakeAuthority, FakeGraph, Served, serving

DATA = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}
OWN = {"cross-origin-resource-policy": "same-origin"}
"""What all but the graph's own answers carry besides."""
PAGE = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
}
KEPT = {"cache-control": "public, max-age=300"}
PUBLIC = {"/oauth/jwks", "/.well-known/oauth-authorization-server"}
"""What anybody may keep for a while: public keys, and where things are."""


class Granting(FakeAuthority):
    """Answers at the OAuth endpoints too."""

    async def token(self, request: Request) -> Response:
        """What stands for a token, or for what is said of one."""
        return JSONResponse({}, headers={"Cache-Control": "no-store"})

    introspect = revoke = token


async def nothing_wrong() -> list[Any]:
    """A probe that finds nothing."""
    return []


def demonstration() -> Hub:
    """A hub with its pages, and so with every route there is."""
    return create_app(
        Settings(port=0, metrics_token=SecretStr(METRICS)),
        Granting(),
        FakeGraph(),
        probe=nothing_wrong,
        demo=Demo({}),
        patience=PATIENCE,  # type: ignore[arg-type]
    )


def routes(app: Hub) -> Iterator[tuple[str, str]]:
    """Every method and path of the application, those of the graph among them."""
    for route in app.routes:
        assert isinstance(route, Route)
        for method in sorted(route.methods or ()):
            yield method, route.path
    for method in ("POST", "GET"):
        yield method, "/graphql"
    yield from (("GET", "/nowhere"), ("DELETE", "/oauth/token"), ("PUT", "/livez"))


def expected(path: str) -> dict[str, str]:
    """What a response of this path carries."""
    page = path in ("/", "/explore") or path.startswith(("/pages/", "/demo/"))
    own = {} if path == "/graphql" else OWN
    return {**DATA, **own, **(PAGE if page else {}), **(KEPT if path in PUBLIC else {})}


async def test_d7_every_route_answers_with_secure_headers_and_each_of_them_once() -> None:
    """One table over all routes, right and wrong methods, refusals and faults: none is forgotten when one is added."""
    app = demonstration()
    transport = httpx2.ASGITransport(app=app, client=("127.0.0.1", 1))
    tried = sorted(set(routes(app)))
    assert len(tried) > 12
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        for method, path in tried:
            answer = await client.request(method, path)
            wanted = expected(path)
            if answer.status_code in (404, 405) and path not in ("/graphql",):
                wanted = {**DATA, **OWN} if path != "/demo/token" else wanted
            found = {name: answer.headers.get_list(name) for name in wanted}
            assert found == {name: [value] for name, value in wanted.items()}, (method, path, answer.status_code)


@pytest.fixture
async def secured() -> AsyncIterator[Served]:
    """A hub whose public address is https."""
    async for served in serving(Settings(port=0, drain_seconds=2, issuer="https://hub.example", max_head=2_000)):
        yield served


@pytest.mark.parametrize(
    ("document", "status"), [("{ ok }", 200), ("{ boom }", 500), ("{ down }", 503), ("{ outside }", 403), ("{ invalid }", 400)]
)
async def test_d7_every_answer_of_the_graph_says_so_over_https(secured: Served, document: str, status: int) -> None:
    answer = await secured.post({"query": document})
    assert answer.status_code == status
    for name, value in {**DATA, "strict-transport-security": "max-age=31536000"}.items():
        assert answer.headers.get_list(name) == [value], name


async def test_d7_streams_and_the_servers_own_refusals_say_so_too(secured: Served) -> None:
    stream = await secured.post({"query": "subscription { n }"}, accept="text/event-stream")
    too_large = await secured.post({"query": "{ ok }"}, x_fill="x" * 3_000)
    assert (stream.status_code, too_large.status_code) == (200, 431)
    for answer in (stream, too_large, await secured.get("/livez"), await secured.get("/nowhere")):
        for name, value in {**DATA, "strict-transport-security": "max-age=31536000"}.items():
            assert answer.headers.get_list(name) == [value], name


async def test_d7_a_hub_without_https_does_not_claim_it(hub: Served) -> None:
    assert "strict-transport-security" not in (await hub.get("/livez")).headers
    await asyncio.sleep(0)
