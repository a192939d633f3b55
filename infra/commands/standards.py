"""`hub standard`: the standards the hub knows."""

from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy import select

from hub.store.apprentices import standard
from infra.commands.frame import operated, operating, out, run

app = typer.Typer(help="The standards the hub knows, with or without an assessment plan.", no_args_is_help=True)


@app.command("set-lars")
def set_lars(
    reference: Annotated[str, typer.Argument(help="Such as ST0648.")],
    code: Annotated[str, typer.Argument(metavar="LARS_CODE", help="The DfE's code of the standard.")],
) -> None:
    """Set a standard's LARS code; apprentices kept under the bare code move to it.

    ILR files name standards by this code alone, so an import before it was set keeps them without a plan.

    Example:

      hub standard set-lars ST0648 287
    """
    moved = run(_set(reference, code))
    out.print(f"{reference} has the LARS code {code}; {moved} apprentices moved to it.", markup=False)


async def _set(reference: str, code: str) -> int:
    async with operating() as operator:
        return await operator.set_lars(reference, code)


@app.command("list")
def list_command() -> None:
    """List every standard the hub knows.

    Example:

      hub standard list
    """
    table = Table("reference", "version", "LARS code", "plan", "title")
    for row in run(_list()):
        plan = "yes" if row["planned"] else "NO_PLAN"
        table.add_row(row["reference"] or "", row["version"] or "", row["lars_code"] or "", plan, row["title"])
    out.print(table)


async def _list() -> list[dict[str, Any]]:
    query = select(standard).order_by(standard.c.reference, standard.c.version, standard.c.lars_code)
    async with operated() as storage, storage.database.engine("hub_operator").connect() as connection:
        return [dict(row) for row in (await connection.execute(query)).mappings()]
