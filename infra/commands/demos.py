"""`hub demo` and `hub tour`."""

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from hub.errors import HubError
from hub.settings import Settings
from infra.commands.frame import err, out, run, settings_with
from infra.commands.serving import bound, serving
from infra.demo.helper import Helper, hired
from infra.demo.keeping import file_of
from infra.demo.playing import check_loopback, demonstration, greeting, to_be_made
from infra.edge.logs import set_up_logs
from infra.edge.pages import Demo
from infra.tour.running import read, tour
from infra.tour.script import Script
from infra.tour.spawning import spawned

app = typer.Typer()
Home = Annotated[Path | None, typer.Option(help="The folder for the world and its file; HUB_HOME when absent.")]


@app.command("demo")
def demo_command(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port; PORT when absent, 0 takes a free one.")] = None,
    host: Annotated[str | None, typer.Option(help="An address of this machine's own; any other is refused.")] = None,
    home: Home = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Throw the world of the last start away and make another.")] = False,
) -> None:
    """Start a whole made-up world: two employers, two providers, two EPAOs and 240 apprentices at every stage.

    It serves http://127.0.0.1:8000 with pages to look at, and writes demo.json (mode 0600) with a client for each party.
    The world is kept between two starts. Ctrl-C stops it.

    Examples:

      hub demo

      PORT=9000 hub demo --fresh
    """
    begun = time.perf_counter()
    settings = settings_with(port=port if port is not None else _port(), host=host or "127.0.0.1", home=home)
    check_loopback(settings)
    settings.home.mkdir(parents=True, exist_ok=True)
    helper = hired() if to_be_made(settings, fresh=fresh) else None
    log = (settings.home / "demo.log").open("a", encoding="utf-8")
    set_up_logs(log)
    run(_demo(settings, fresh, begun, helper))
    out.print("Stopped.")


def _port() -> int | None:
    text = os.environ.get("PORT")
    if text is None:
        return None
    if not text.isdecimal() or int(text) > 65535:
        raise HubError("SETTING_INVALID", "PORT is a number from 0 to 65535.")
    return int(text)


async def _demo(settings: Settings, fresh: bool, begun: float, helper: Helper | None) -> None:
    opened, settings = bound(settings)

    def told(what: str) -> None:
        err.print(f"[dim]{time.perf_counter() - begun:5.1f} s[/]  {what}", soft_wrap=True)

    told("starting PostgreSQL" if settings.database_url is None else "opening the database")
    async with demonstration(settings, fresh=fresh, told=told, helper=helper) as (runtime, kept):
        out.print(greeting(settings, kept), markup=False, soft_wrap=True)
        told("ready")
        await serving(runtime, opened, Demo.read(file_of(settings)))


@app.command("tour")
def tour_command(
    url: Annotated[str | None, typer.Option(help="Where the demonstration serves; what its file says when absent.")] = None,
    home: Home = None,
    spawn: Annotated[bool, typer.Option("--spawn", help="Bring a demonstration of its own, on a free port.")] = False,
) -> None:
    """Play the whole story against a running demonstration, with three real clients at once, and check every answer.

    It registers an apprentice of its own, so it passes any number of times. The exit code is 1 as soon as an answer is
    not as it must be.

    Examples:

      hub tour

      hub tour --spawn
    """
    settings = settings_with(home=home)
    script = run(_spawned() if spawn else tour(read(file_of(settings), url), _write))
    out.print(f"\n{script.steps} steps, {script.checks} answers checked, and every one is as it must be.")


async def _spawned() -> Script:
    async with spawned() as demonstration:
        return await tour(demonstration, _write)


def _write(line: str) -> None:
    out.print(line, markup=False, soft_wrap=True)
