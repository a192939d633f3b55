"""The pages of the demonstration, and the tokens they use; only for a hub that serves its own machine."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from auth.authority import Authority
from auth.forms import FORM

PAGES = files("infra.pages")
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SAFE = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
KINDS = ("employer", "provider", "epao")


@dataclass(frozen=True, slots=True)
class DemoClient:
    """One party of the demonstration and the client that speaks for it."""

    kind: str
    organisation: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Demo:
    """The parties of the demonstration by name, and the ULNs that several parties may see."""

    clients: Mapping[str, DemoClient]
    shared: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Self:
        """From the file that the demonstration writes."""
        held = json.loads(path.read_text())
        clients = {
            name: DemoClient(each["party_kind"], each["organisation"], each["client_id"], each["client_secret"])
            for name, each in held["clients"].items()
        }
        return cls(clients, tuple(held.get("shared", ())))


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def is_local(request: Request) -> bool:
    """Whether a request comes from this machine, was meant for it, and from no page of another site."""
    host, origin = request.headers.get("host", ""), request.headers.get("origin")
    return (
        request.client is not None
        and is_loopback(request.client.host)
        # A foreign name that resolves to this machine is a page of another site.
        and is_loopback(urlsplit(f"//{host}").hostname)
        and (origin is None or origin == f"http://{host}")
        and request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    )


def examples() -> dict[str, list[dict[str, Any]]]:
    """The example operations of each kind of party; the first comment of a file is its title and sentence."""
    return {kind: [example(file) for file in _documents(kind)] for kind in KINDS}


def _documents(kind: str) -> list[Traversable]:
    folder = PAGES / "examples" / kind
    return sorted((file for file in folder.iterdir() if file.name.endswith(".graphql")), key=lambda file: file.name)


def example(file: Traversable) -> dict[str, Any]:
    """Title, sentence, variables and document of one example: `# Title. Sentence.`, then perhaps `# {"variables"}`."""
    head, *lines = file.read_text(encoding="utf-8").splitlines()
    title, _, sentence = head.removeprefix("# ").partition(". ")
    variables = lines.pop(0).removeprefix("# ") if lines and lines[0].startswith("# {") else "{}"
    return {
        "name": file.name.partition(".")[0],
        "title": title,
        "sentence": sentence,
        "variables": json.loads(variables),
        "document": "\n".join(lines).strip() + "\n",
    }


class Pages:
    """Serves the pages and mints tokens for them with the demonstration's own clients."""

    def __init__(self, demo: Demo, authority: Authority):
        self._demo, self._authority = demo, authority
        listed = [{"name": name, "kind": c.kind, "organisation": c.organisation} for name, c in demo.clients.items()]
        self._facts = orjson.dumps({"parties": listed, "shared": demo.shared, "examples": examples()})

    def routes(self) -> list[Route]:
        """`/`, `/explore`, what they load, and what they ask."""
        files_ = [file for file in PAGES.iterdir() if Path(file.name).suffix in TYPES]
        served = {f"/pages/{file.name}": file for file in files_ if not file.name.endswith(".html")}
        served |= {"/": PAGES / "home.html", "/explore": PAGES / "explore.html"}
        return [
            *(Route(path, page(file), methods=["GET"]) for path, file in served.items()),
            Route("/demo/facts.json", self.facts, methods=["GET"]),
            Route("/demo/token", self.token, methods=["POST"]),
        ]

    async def facts(self, request: Request) -> Response:
        """Who the parties are and what they may try; no secret among it."""
        if not is_local(request):
            return _foreign()
        return Response(self._facts, 200, SAFE, "application/json")

    async def token(self, request: Request) -> Response:
        """A token of the party named by `as`, got as any client gets one."""
        client = self._demo.clients.get(request.query_params.get("as", ""))
        if not is_local(request):
            return _foreign()
        if client is None:
            return Response(b'{"error":"unknown_party"}', 404, SAFE, "application/json")
        answer = await self._authority.token(_token_request(client))
        return Response(answer.body, answer.status_code, SAFE, "application/json")


def page(file: Traversable) -> Any:
    """An endpoint that serves one file of the package."""
    content, kind = file.read_bytes(), TYPES[Path(file.name).suffix]

    async def serve(_: Request) -> Response:
        return Response(content, 200, SAFE, kind)

    return serve


def _foreign() -> Response:
    return Response(b'{"error":"loopback_only"}', 403, SAFE, "application/json")


def _token_request(client: DemoClient) -> Request:
    body = urlencode({"grant_type": "client_credentials"}).encode()
    basic = base64.b64encode(f"{client.client_id}:{client.client_secret}".encode())
    headers = [(b"content-type", FORM.encode()), (b"authorization", b"Basic " + basic)]
    scope = {"type": "http", "method": "POST", "path": "/oauth/token", "query_string": b"", "headers": headers}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(scope, receive)
