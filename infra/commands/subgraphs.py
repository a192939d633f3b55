"""`hub subgraph` and `hub federation`: what the process of a subgraph needs, and all of them behind a router."""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from infra.commands.frame import err, operated, out, run, settings_with
from infra.commands.naming import Noun
from infra.federation import federation, require_router
from infra.subgraph import settings_of
from infra.tour.running import tour as play

app = typer.Typer(help="The subgraphs of which the graph is made.", no_args_is_help=True)
federations = typer.Typer()


@app.command("settings")
def settings_command(
    nouns: Annotated[list[Noun], typer.Argument(metavar="SUBGRAPH...", help="Which subgraph, or which in one process.")],
) -> None:
    """Print the environment of a process that serves one subgraph, or several as one.

    It holds their secret, from which no other's follows. Of several it makes the database roles, when they are not there.

    Examples:

      hub subgraph settings gateway > gateway.env

      hub subgraph settings gateway portfolios > gateway_portfolios.env
    """
    for name, value in run(_settings(nouns)).items():
        out.print(f"{name}={value}", markup=False, soft_wrap=True)


async def _settings(nouns: list[Noun]) -> dict[str, str]:
    settings = settings_with()
    async with operated(settings) as storage:
        return await settings_of(settings, storage, nouns)


@federations.command("federation")
def federation_command(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The router's port; 0 takes a free one.")] = 4000,
    tour: Annotated[bool, typer.Option("--tour", help="Play the tour through the router, then stop.")] = False,
) -> None:
    """Start a demonstration, its four subgraphs and the router in front of them, on this machine alone.

    It needs Node 20 and the router's packages: `npm ci --prefix infra/router`, which `make federation` runs.

    Examples:

      hub federation

      hub federation --tour --port 0
    """
    require_router()
    with tempfile.TemporaryDirectory(prefix="hub-fed-", ignore_cleanup_errors=True) as folder:
        run(_federated(Path(folder), port, tour=tour))


async def _federated(home: Path, port: int, *, tour: bool) -> None:
    begun = time.perf_counter()

    def told(what: str) -> None:
        err.print(f"[dim]{time.perf_counter() - begun:5.1f} s[/]  {what}", soft_wrap=True)

    async with federation(home, told, port) as found:
        if tour:
            script = await play(found.demonstration, lambda line: out.print(line, markup=False, soft_wrap=True))
            out.print(f"\n{script.steps} steps, {script.checks} answers checked through the router, as in one process.")
            return
        urls = found.demonstration.urls
        out.print(f"The graph, through the router:  {urls['graphql']}", soft_wrap=True)
        out.print(f"Tokens:                         {urls['token_url']}", soft_wrap=True)
        out.print(f"Clients and secrets:            {home / 'demo.json'}   (Ctrl-C stops everything)", soft_wrap=True)
        await asyncio.Event().wait()
