"""A demonstration of the tour's own: on a free port, in a temporary home, gone when the tour is over."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from hub.errors import HubError
from infra.tour.running import Demonstration, read

START_SECONDS, STOP_SECONDS = 120.0, 30.0


@asynccontextmanager
async def spawned() -> AsyncIterator[Demonstration]:
    """A demonstration in a process of its own, ready to answer."""
    with tempfile.TemporaryDirectory(prefix="hub-tour-", ignore_cleanup_errors=True) as folder:
        async with spawned_in(Path(folder)) as demonstration:
            yield demonstration


@asynccontextmanager
async def spawned_in(home: Path, port: int = 0, **more: str) -> AsyncIterator[Demonstration]:
    """The same in a home that stays, perhaps on a port of one's choice, with more settings."""
    command = (sys.executable, "-m", "infra.cli", "demo", "--port", str(port), "--home", str(home))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **more}, stdout=asyncio.subprocess.DEVNULL, stderr=pipe
    )
    assert process.stderr is not None
    said = asyncio.create_task(process.stderr.read())
    try:
        # With a public address among the settings, the file tells that one and not where the demonstration listens.
        yield await _ready(home / "demo.json", process, said, f"http://127.0.0.1:{port}" if port else None)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
        await said


async def _ready(file: Path, process: asyncio.subprocess.Process, said: asyncio.Task[bytes], url: str | None) -> Demonstration:
    loop = asyncio.get_running_loop()
    until = loop.time() + START_SECONDS
    async with httpx2.AsyncClient(trust_env=False) as http:
        while loop.time() < until:
            if process.returncode is not None:
                raise HubError("HUB_UNAVAILABLE", f"The demonstration did not start: {(await said).decode()[-300:]}")
            # Until the file is there and something answers, there is nothing to tell.
            with contextlib.suppress(httpx2.TransportError, HubError):
                found = read(file, url)
                if (await http.get(f"{found.urls['url']}/readyz")).status_code == 200:
                    return found
            await asyncio.sleep(0.1)
    raise HubError("HUB_UNAVAILABLE", f"The demonstration was not ready in {START_SECONDS:.0f} s.")
