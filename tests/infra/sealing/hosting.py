"""A hub on a cluster of its own, over HTTP, with everything it writes on the side in reach."""

import asyncio
import logging
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import httpx2
from pydantic import SecretStr

from auth.tokens import Admitted
from hub.acts.engine import Engine
from hub.keyring import HeldKeys, Keys
from hub.settings import Settings
from hub.store.bell import Bell
from hub.store.plans import Library, install
from hub.store.pools import Database
from hub.viewer import Viewer
from infra.asgi import Server, configuration, create_app, listening
from infra.database import upgrade
from infra.edge.logs import JsonLines
from infra.postgres import EmbeddedPostgres
from schema.graph import Graph
from tests.conftest import SECRET
from tests.infra.edge.conftest import METRICS, FakeAuthority, until
from tests.world import SEAL, Story, World


@dataclass
class HostedWorld(World):
    """A world whose acts know plans of a test's own, and whose keys are at hand."""

    library: Library = field(kw_only=True)
    keys: Keys = field(default_factory=HeldKeys)

    @property
    def engine(self) -> Engine:
        return Engine(self.database, self.library, SEAL, lambda: self.today, self.keys)


class Believes(FakeAuthority):
    """Admits everybody as the viewer that the token names."""

    def __init__(self) -> None:
        super().__init__()
        self.viewers: dict[str, Viewer] = {}

    async def admit(self, header: str | None, proof: str | None = None, method: str = "POST", *, once: bool = True) -> Admitted:
        """Who asks."""
        return Admitted(self.viewers[(header or "").removeprefix("Bearer ")], 4e9, "kid")


@dataclass
class Host:
    """A hub on a cluster of its own, over HTTP, with what it writes on the side."""

    cluster: EmbeddedPostgres
    world: HostedWorld
    graph: Graph
    authority: Believes
    url: str = ""
    log: StringIO = field(default_factory=StringIO)
    app: Any = None
    answers: list[bytes] = field(default_factory=list)

    async def ask(self, party: Any, document: str, **variables: Any) -> bytes:
        """One answer over HTTP."""
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
            sent = {"query": document, "variables": variables}
            token = {"authorization": f"Bearer {party.viewer.kind}"}
            self.answers.append((await http.post(f"{self.url}/graphql", json=sent, headers=token)).content)
        return self.answers[-1]

    async def do(self, story: Story, name: str, payload: str = "replayed errors { code message }", **given: Any) -> bytes:
        """One act of the EPAO's over HTTP."""
        shape = f"{name[0].upper()}{name[1:]}Input"
        document = f"mutation D($input: {shape}!) {{ {name}(input: $input) {{ {payload} }} }}"
        return await self.ask(story.epao, document, input=given)

    async def metrics(self) -> bytes:
        """The measures."""
        async with httpx2.AsyncClient(trust_env=False) as http:
            answer = await http.get(f"{self.url}/metrics", headers={"authorization": f"Bearer {METRICS}"})
        assert answer.status_code == 200
        return answer.content

    def logged(self) -> bytes:
        """The log so far."""
        self.app.desk.finished.write()
        return self.log.getvalue().encode()


@asynccontextmanager
async def hosted(library: Library) -> AsyncIterator[Host]:
    """Such a hub for a while, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="hubs"))
    cluster = EmbeddedPostgres(folder / "pg", SECRET)
    # Statistics would copy the plan's own grades about; hint bits of its pages are written below, before the story.
    await cluster.prepare(fsync="off", autovacuum="off", wal_keep_size="1GB", log_min_messages="info", log_connections="off")
    await cluster.create("hub")
    database = Database(cluster.owner_url("hub"), SECRET)
    await upgrade(database)
    world = HostedWorld(database, library=library)
    async with database.engine("hub_operator").begin() as connection:
        await install(connection, world.library)
    graph = Graph(database, world.engine, SEAL, lambda: world.today, Bell(database))
    made = Host(cluster, world, graph, Believes())
    try:
        async with serving(made):
            yield made
    finally:
        await database.close()
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def serving(host: Host) -> AsyncIterator[None]:
    """Serves a host for a while, every line of its log captured."""

    async def probe() -> list[Any]:
        return []

    settings = Settings(port=0, metrics_token=SecretStr(METRICS))
    host.app = create_app(settings, host.authority, host.graph, probe=probe)  # type: ignore[arg-type]
    opened = listening(settings)
    server = Server(configuration(host.app, settings), host.app.desk.drain)
    handler, log = logging.StreamHandler(host.log), logging.getLogger("hub")
    handler.setFormatter(JsonLines())
    log.addHandler(handler)
    level, _ = log.level, log.setLevel(logging.DEBUG)
    task = asyncio.ensure_future(server._serve([opened]))
    await until(lambda: server.started)
    host.url = f"http://127.0.0.1:{opened.getsockname()[1]}"
    try:
        yield
    finally:
        server.should_exit = True
        await task
        log.removeHandler(handler)
        log.setLevel(level)
