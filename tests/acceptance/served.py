"""A real hub over a database of the test's own: its graph, its authority and its worker, behind the real server."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from auth.authority import Authority
from auth.clients import NewClient, add_client
from hub.acts.engine import Engine
from hub.errors import Problem
from hub.settings import Settings
from hub.slices.scopes import ADMINS
from hub.store.plans import load_library
from hub.store.pools import Database
from infra.asgi import Hub, Server, configuration, create_app, listening
from infra.worker import Worker
from schema.graph import Graph
from tests.world import SEAL, TODAY, Party

ISSUER = "http://127.0.0.1:8000"
SECRET = b"a secret for the signing keys of these tests alone"


@dataclass
class Standing:
    """A running hub, and how its clients reach it."""

    app: Hub
    database: Database
    port: int
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    async def client_of(self, party: Party) -> NewClient:
        """A new client of a party."""
        viewer = party.viewer
        async with self.database.engine("hub_auth").begin() as connection:
            return await add_client(
                connection,
                party=viewer.party,
                kind=viewer.kind,
                organisation=viewer.organisation,
                name="Test",
                now=datetime.now(UTC),
                scopes=viewer.scopes - ADMINS,
            )

    async def grant(self, client: NewClient, **headers: str) -> httpx2.Response:
        """Ask for a token."""
        async with httpx2.AsyncClient() as http:
            credentials = (client.client_id, client.client_secret or "")
            form = {"grant_type": "client_credentials"}
            return await http.post(f"{self.address}/oauth/token", data=form, auth=credentials, headers=headers)

    async def token(self, client: NewClient) -> str:
        """A token."""
        return str((await self.grant(client)).json()["access_token"])

    async def post(self, token: str, document: str, **variables: Any) -> httpx2.Response:
        """Ask the graph."""
        async with httpx2.AsyncClient(timeout=20) as http:
            body = {"query": document, "variables": variables}
            return await http.post(f"{self.address}/graphql", json=body, headers={"authorization": f"Bearer {token}"})

    @asynccontextmanager
    async def socket(self, token: str) -> AsyncIterator[ClientConnection]:
        """An open socket whose token was taken."""
        url = self.address.replace("http", "ws") + "/graphql"
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as opened:
            await opened.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
            assert json.loads(await asyncio.wait_for(opened.recv(), 30))["type"] == "connection_ack"
            yield opened

    async def raw(self, token: str, document: str, accept: str, **variables: Any) -> tuple[Any, Any]:
        """Ask over a connection of the test's own."""
        content = json.dumps({"query": document, "variables": variables}).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
            f"Accept: {accept}\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        writer.write(head.encode() + content)
        return reader, writer


@asynccontextmanager
async def standing(database: Database, settings: Settings, today: Callable[[], Any] = lambda: TODAY) -> AsyncIterator[Standing]:
    """A hub at work until the context ends."""

    async def probe() -> list[Problem]:
        return []

    authority = await Authority.open(database.engine("hub_auth"), ISSUER, settings.audience, SECRET)
    async with Worker(database, today) as worker:
        graph = Graph(database, Engine(database, load_library(), SEAL, today), SEAL, today, worker.bell)
        app = create_app(settings, authority, graph, probe=probe)
        opened = listening(settings)
        server = Server(configuration(app, settings), app.desk.drain)
        task = asyncio.ensure_future(server._serve([opened]))
        until = time.monotonic() + 5
        while not server.started:
            assert time.monotonic() < until
            await asyncio.sleep(0.01)
        try:
            yield Standing(app, database, opened.getsockname()[1])
        finally:
            server.should_exit = True
            await task
