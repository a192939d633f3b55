"""The pages of the demonstration: safe headers, this machine only, examples that the graph understands (issue item 10)."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from starlette.responses import JSONResponse

from hub.settings import Settings
from infra.asgi import create_app
from infra.edge.pages import PAGES, Demo, DemoClient, is_loopback
from tests.infra.edge.conftest import FakeAuthority, FakeGraph

DEMO = Demo({"oak": DemoClient("employer", "Oak & Sons", "cli_oak", "a secret: with % and :")}, ("9900000001",))


class Granting(FakeAuthority):
    """Remembers who asked for a token, and grants it."""

    asked: list[tuple[str, bytes]]

    async def token(self, request: Any) -> Any:
        """Grant a token."""
        self.asked = [(request.headers["authorization"], await request.body())]
        return JSONResponse({"access_token": "good", "expires_in": 300})


@pytest.fixture
async def pages() -> AsyncIterator[tuple[httpx2.AsyncClient, Granting]]:
    """The pages, asked as from this machine."""
    authority = Granting()
    app = create_app(Settings(), authority, FakeGraph(), probe=lambda: None, demo=DEMO)  # type: ignore
    transport = httpx2.ASGITransport(app, client=("127.0.0.1", 5))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client, authority


Given = tuple[httpx2.AsyncClient, Granting]


@pytest.mark.parametrize("path", ["/", "/explore", "/explore?as=oak", "/pages/hub.css", "/pages/api.js", "/pages/mark.svg"])
async def test_pages_are_served_safely(pages: Given, path: str) -> None:
    answer = await pages[0].get(path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_pages_load_nothing_from_another_host_and_run_nothing_inline() -> None:
    for file in PAGES.iterdir():
        if file.name.endswith((".html", ".css", ".js")):
            text = file.read_text(encoding="utf-8")
            assert "//" not in text.replace("// ", "").replace("http://www.w3.org/2000/svg", ""), file.name
            assert " style=" not in text and " onclick=" not in text and "innerHTML" not in text, file.name


async def test_a_token_for_the_page(pages: Given) -> None:
    client, authority = pages
    answer = await client.post("/demo/token?as=oak", headers={"origin": "http://127.0.0.1:8000"})
    assert answer.json() == {"access_token": "good", "expires_in": 300}
    assert authority.asked == [("Basic Y2xpX29hazphIHNlY3JldDogd2l0aCAlIGFuZCA6", b"grant_type=client_credentials")]
    assert (await client.post("/demo/token?as=nobody")).status_code == 404
    assert (await client.get("/demo/token?as=oak")).status_code == 405
    assert "secret" not in (await client.get("/demo/facts.json")).text


@pytest.mark.parametrize(
    "headers",
    [{"host": "evil.example"}, {"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}],
)
async def test_tokens_go_to_this_machines_own_pages_only(pages: Given, headers: dict[str, str]) -> None:
    assert (await pages[0].post("/demo/token?as=oak", headers=headers)).status_code == 403
    assert (await pages[0].get("/demo/facts.json", headers=headers)).status_code == 403


async def test_tokens_go_to_this_machine_only() -> None:
    app = create_app(Settings(), Granting(), FakeGraph(), probe=lambda: None, demo=DEMO)  # type: ignore
    transport = httpx2.ASGITransport(app, client=("192.0.2.7", 5))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        assert (await client.post("/demo/token?as=oak")).status_code == 403


def test_a_demonstration_serves_on_loopback_only() -> None:
    assert [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "192.0.2.7", None)] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
    with pytest.raises(ValueError, match="loopback"):
        create_app(Settings(host="0.0.0.0"), Granting(), FakeGraph(), probe=lambda: None, demo=DEMO)  # type: ignore


async def test_without_a_demonstration_there_are_no_pages() -> None:
    app = create_app(Settings(), Granting(), FakeGraph(), probe=lambda: None)  # type: ignore
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1:8000") as client:
        assert [(await client.get(path)).status_code for path in ("/", "/explore", "/demo/facts.json")] == [404] * 3
