"""`hub unseal`: breaking the glass, for whoever holds an EPAO's key and must open one of its results."""

from typing import Annotated, Any

import orjson
import typer

from hub.acts.unsealing import unseal_result
from infra.commands.frame import operated, out, run, settings_with
from infra.engines import operator_of
from infra.sealing.ring import ring_of

app = typer.Typer()
ROLE = "operator"


@app.command("unseal")
def unseal_command(
    result: Annotated[str, typer.Argument(metavar="RESULT", help="The result's id, res_….")],
    reason: Annotated[str, typer.Option(help="Why it must be opened; the EPAO reads it.")],
    by: Annotated[str, typer.Option(help="Who opens it: a name that the EPAO can ask for.")],
) -> None:
    """Open one sealed result in an emergency, and print it. The EPAO is told: an audit row and an event of its own.

    Example:

      hub unseal res_5f0c… --reason "Court order 17 of 2 March" --by "Robin Example"
    """
    told = run(_unseal(result, reason, by))
    out.print(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode(), markup=False, soft_wrap=True)


async def _unseal(result: str, reason: str, by: str) -> dict[str, Any]:
    settings = settings_with()
    async with operated(settings) as storage:
        person = {"reference": by, "name": by, "role": ROLE}
        return await unseal_result(operator_of(settings, storage), ring_of(settings, own=False), result, reason, person)
