"""The whole federation on one machine: a demonstration, its four subgraphs, each a process of its own, and the router."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import orjson

from hub.errors import HubError
from hub.settings import LEAST_CONNECTIONS, Settings
from hub.slices.rows import NOUNS
from hub.store.roles import SETS, seat_of
from infra.asgi import ADMISSION_PATH
from infra.ports import free_port
from infra.storage import open_storage
from infra.subgraph import settings_of
from infra.tour.running import Demonstration
from infra.tour.spawning import spawned_in
from schema.federation.carve import subgraph
from schema.federation.sdl import subgraph_sdl

ROUTER = Path(__file__).parent / "router"
GATEWAY = ROUTER / "node_modules" / ".bin" / "hive-gateway"
START_SECONDS, STOP_SECONDS = 60.0, 20.0
Told = Callable[[str], None]
ROUTED = {"HUB_TRUSTED_PROXIES": '["127.0.0.1"]'}
"""All that a subgraph is asked comes from the router, which is no client with a pace of its own."""
EACH = tuple((noun,) for noun in NOUNS)
"""A process for each noun."""


@dataclass(frozen=True, slots=True)
class Federation:
    """What runs: the demonstration whose graph is asked through the router, its home, and each subgraph's process."""

    demonstration: Demonstration
    home: Path
    subgraphs: Mapping[str, asyncio.subprocess.Process]


def require_router() -> None:
    """Raises HubError ROUTER_MISSING, with what to run, unless Node and the router's packages are here."""
    if shutil.which("node") is None or not GATEWAY.exists():
        raise HubError("ROUTER_MISSING")


@asynccontextmanager
async def federation(
    home: Path, told: Told, port: int = 0, parts: Collection[tuple[str, ...]] = EACH, origin: str | None = None
) -> AsyncIterator[Federation]:
    """Everything started in order and ready to answer, in a home of its own; `port` is the router's, 0 takes a free one.

    `parts` are the nouns of each subgraph's process; `origin` is under which clients see the hub and the router, which is
    what they make their proofs for: the hub's own address when absent.
    """
    require_router()
    async with AsyncExitStack() as stack:
        told("a demonstration: its world, its tokens, its relay")
        own = free_port()
        public = {"HUB_ISSUER": origin or f"http://127.0.0.1:{own}"}
        starting = spawned_in(home, own, HUB_CONNECTIONS=str(LEAST_CONNECTIONS), **public)
        demonstration = await stack.enter_async_context(starting)
        processes, urls = {}, {}
        for nouns, given in (await _settings(home, public["HUB_ISSUER"], parts)).items():
            told(f"the subgraph {' with '.join(nouns)}")
            name = seat_of(nouns).name
            processes[name], urls[name] = await stack.enter_async_context(_subgraph(nouns, given))
        told("the router")
        router = await stack.enter_async_context(_router(home, urls, demonstration.urls["url"], port or free_port()))
        yield Federation(Demonstration({**demonstration.urls, "graphql": router}, demonstration.clients), home, processes)


async def _settings(home: Path, issuer: str, parts: Collection[tuple[str, ...]]) -> dict[tuple[str, ...], dict[str, str]]:
    settings = Settings.model_validate({"home": home, "issuer": issuer})
    async with open_storage(settings) as storage:
        return {nouns: await settings_of(settings, storage, nouns) for nouns in parts}


@asynccontextmanager
async def _subgraph(nouns: tuple[str, ...], given: Mapping[str, str]) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    named = [word for noun in nouns for word in ("--subgraph", noun)]
    command = (sys.executable, "-m", "infra.cli", "serve", *named, "--port", "0")
    async with _running(command, {**given, **ROUTED}, stdout=asyncio.subprocess.PIPE) as process:
        assert process.stdout is not None
        port = orjson.loads(await process.stdout.readline())["port"]
        drain = asyncio.create_task(_drained(process.stdout))
        try:
            await _answering(f"http://127.0.0.1:{port}/readyz", process)
            yield process, f"http://127.0.0.1:{port}/graphql"
        finally:
            drain.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await drain


async def _drained(stream: asyncio.StreamReader) -> None:
    while await stream.read(65_536):
        pass


@asynccontextmanager
async def _router(home: Path, urls: Mapping[str, str], hub: str, port: int) -> AsyncIterator[str]:
    named = {f"SUBGRAPH_URL_{name.upper()}": url for name, url in urls.items()}
    supergraph = home / "supergraph.graphql"
    supergraph.write_bytes(await composed(named, [_described(home, name) for name in urls]))
    given = {"SUPERGRAPH": str(supergraph), "HOST": "127.0.0.1", "PORT": str(port), "ADMISSION_URL": hub + ADMISSION_PATH}
    command = (str(GATEWAY), "supergraph", "-c", str(ROUTER / "gateway.config.mjs"))
    async with _running(command, given, stdout=asyncio.subprocess.DEVNULL, cwd=ROUTER) as process:
        await _answering(f"http://127.0.0.1:{port}/readiness", process)
        yield f"http://127.0.0.1:{port}/graphql"


def _described(home: Path, name: str) -> str:
    """A subgraph as the composition takes it: a committed one by its name, one of several nouns with its description."""
    seat = next((each for each in SETS if each.name == name), None)
    if seat is None:
        return name
    file = home / f"{name}.graphql"
    file.write_text(subgraph_sdl(subgraph(seat.nouns)))
    return f"{name}={file}"


async def composed(urls: Mapping[str, str], subgraphs: Collection[str] = ()) -> bytes:
    """The supergraph of these subgraphs, or of the four committed; raises HubError COMPOSITION_FAILED with every reason."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        "node", "compose.mjs", *subgraphs, cwd=ROUTER, env={**os.environ, **urls}, stdout=pipe, stderr=pipe
    )
    out, said = await process.communicate()
    if process.returncode:
        raise HubError("COMPOSITION_FAILED", said.decode())
    return out


@asynccontextmanager
async def _running(
    command: tuple[str, ...], given: Mapping[str, str], *, stdout: int, cwd: Path | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process with no setting but those given, ended when the context is left."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_") and name != "PORT"}
    process = await asyncio.create_subprocess_exec(
        *command, env={**kept, **given}, cwd=cwd, stdout=stdout, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _answering(url: str, process: asyncio.subprocess.Process) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + START_SECONDS
    async with httpx2.AsyncClient(trust_env=False) as http:
        while loop.time() < until and process.returncode is None:
            with contextlib.suppress(httpx2.TransportError):
                if (await http.get(url)).status_code == 200:
                    return
            await asyncio.sleep(0.1)
    raise HubError("HUB_UNAVAILABLE", f"Nothing answers at {url}.")
