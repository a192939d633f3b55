"""`hub serve` and `hub doctor`."""

import logging
import signal
import socket
from collections.abc import Awaitable, Collection
from pathlib import Path
from typing import Annotated

import typer

from hub.errors import HubError
from hub.settings import Settings
from infra.asgi import create_app, listening, serve
from infra.commands.frame import out, run, settings_with
from infra.commands.naming import Noun
from infra.doctor import FAIL, OK, WARN, examine
from infra.edge.health import database_probe
from infra.edge.logs import set_up_logs
from infra.edge.pages import Demo
from infra.runtime import Runtime, open_runtime
from infra.subgraph import open_subgraph

app = typer.Typer()
Host = Annotated[str | None, typer.Option(help="The address to serve on; HUB_HOST when absent.")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="The port; HUB_PORT when absent, 0 takes a free one.")]
Home = Annotated[Path | None, typer.Option(help="The folder for database, secret and keys; HUB_HOME when absent.")]
Subgraphs = Annotated[list[Noun] | None, typer.Option("--subgraph", help="Serve this one alone; repeat it for several in one.")]
COLOURS = {OK: "green", WARN: "yellow", FAIL: "bold red"}


@app.command("serve")
def serve_command(host: Host = None, port: Port = None, home: Home = None, subgraphs: Subgraphs = None) -> None:
    """Serve the hub until Ctrl-C or SIGTERM, which let requests under way finish.

    With --subgraph it serves that part alone, or several as one, under database roles of its own, for a router to put
    together again; it takes its settings from what `hub subgraph settings` prints for the same subgraphs.

    Without HUB_DATABASE_URL the hub runs its own PostgreSQL in HUB_HOME. With it, run `hub db upgrade` first.

    Examples:

      hub serve

      hub serve --host 0.0.0.0 --port 8443

      HUB_DATABASE_URL=postgresql://owner:secret@db/hub hub serve

      hub serve --subgraph gateway --port 4002

      hub serve --subgraph gateway --subgraph portfolios --port 4002
    """
    set_up_logs()
    settings = settings_with(host=host, port=port, home=home)
    run(_serve_subgraph(settings, subgraphs) if subgraphs else _serve(settings))


async def _serve(settings: Settings) -> None:
    opened, settings = bound(settings)
    async with open_runtime(settings) as runtime:
        logging.getLogger("hub").info("serving", extra={"fields": {"port": settings.port, "issuer": runtime.authority.issuer}})
        await serving(runtime, opened)


async def _serve_subgraph(settings: Settings, nouns: Collection[Noun]) -> None:
    opened, settings = bound(settings)
    async with open_subgraph(settings, nouns) as found:
        logging.getLogger("hub").info("serving", extra={"fields": {"port": settings.port, "subgraph": "+".join(nouns)}})
        probe = database_probe(found.database, settings.relay_lag_ms)
        await undisturbed(serve(create_app(settings, found.verifier, found.graph, probe=probe), settings, opened))


def bound(settings: Settings) -> tuple[socket.socket, Settings]:
    """The socket to serve on and the settings with its port; raises HubError PORT_TAKEN."""
    try:
        opened = listening(settings)
    except OSError as error:
        message = f"{settings.host}:{settings.port} cannot be served on ({error.strerror}); choose another with --port."
        raise HubError("PORT_TAKEN", message) from error
    return opened, settings.model_copy(update={"port": opened.getsockname()[1]})


async def serving(runtime: Runtime, opened: socket.socket, demo: Demo | None = None) -> None:
    """Serves an open hub until it is told to stop."""
    settings = runtime.settings
    probe = database_probe(runtime.storage.database, settings.relay_lag_ms)
    app_ = create_app(settings, runtime.authority, runtime.graph, probe=probe, demo=demo)
    await undisturbed(serve(app_, settings, opened))


async def undisturbed(work: Awaitable[None]) -> None:
    """Waits for the server, which takes the signals itself and raises them once more at its end, when nobody needs them."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: None)
    await work


@app.command("doctor")
def doctor_command(home: Home = None, port: Port = None) -> None:
    """Look at everything a hub needs, and say what to do about what is wrong.

    Each line is ok, warn or fail; the exit code is 1 when anything fails. It changes nothing but the hub's own folder.

    Example:

      HUB_DATABASE_URL=postgresql://owner:secret@db/hub hub doctor
    """
    findings = run(examine(settings_with(home=home, port=port)))
    for found in findings:
        out.print(f"[{COLOURS[found.state]}]{found.state:<4}[/]  {found.what:<20} {found.said}", soft_wrap=True)
        if found.todo:
            out.print(f"      {'':<20} → {found.todo}", soft_wrap=True)
    if any(found.state == FAIL for found in findings):
        raise typer.Exit(1)
