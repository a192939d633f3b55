"""`hub subgraph`: what the process of one subgraph needs."""

from enum import StrEnum
from typing import Annotated

import typer

from hub.slices.rows import NOUNS
from infra.commands.frame import operated, out, run, settings_with
from infra.subgraph import settings_of

app = typer.Typer(help="The subgraphs of which the graph is made.", no_args_is_help=True)


class Noun(StrEnum):
    """A subgraph."""

    APPRENTICES, GATEWAY, PORTFOLIOS, GRADES = NOUNS


@app.command("settings")
def settings_command(noun: Annotated[Noun, typer.Argument(metavar="SUBGRAPH", help="Which subgraph.")]) -> None:
    """Print the environment of one subgraph's process. It holds that subgraph's secret, from which no other's follows.

    Example:

      hub subgraph settings gateway > gateway.env
    """
    for name, value in run(_settings(noun)).items():
        out.print(f"{name}={value}", markup=False, soft_wrap=True)


async def _settings(noun: Noun) -> dict[str, str]:
    settings = settings_with()
    async with operated(settings) as storage:
        return settings_of(settings, storage, noun.value)
