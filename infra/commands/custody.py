"""`hub retention`, `hub erasures` and `hub export`: data whose time is over, what was erased, and one person's own data."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from hub.acts.replaying import replay
from hub.acts.retention import STEPS, Over, Retention
from hub.errors import HubError
from hub.slices.uses import KEEPS, periods
from hub.words import id_text, parse_id
from infra import erasures
from infra.commands.frame import operated, out, run, settings_with
from infra.datamap import months
from infra.engines import operator_of
from infra.storage import Storage
from infra.subject import write_subject

retentions = typer.Typer(help="Data whose time is over, by retention class.", invoke_without_command=True)
erased = typer.Typer(help="What was erased, as the list outside the database has it.", no_args_is_help=True)
exports = typer.Typer(help="What the hub holds about one person, for that person.", no_args_is_help=True)
File = Annotated[Path | None, typer.Option("--file", help="Another place of the list than the hub's home.")]


@retentions.callback()
def look(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go; what is shown without it, too.")] = False,
) -> None:
    """Show what is over its time, by class and why, and change nothing.

    Example:

      hub retention --dry-run
    """
    if dry_run and context.invoked_subcommand is not None:
        raise HubError("ARGUMENT_INVALID", "A dry run removes nothing: leave out either --dry-run or run.")
    if context.invoked_subcommand is None:
        run(_look())


@retentions.command("run")
def run_retention() -> None:
    """Remove what is over its time; what a party holds or restricts stays. Run it daily; a second run finds nothing.

    Example:

      hub retention run
    """
    done = run(_run())
    removed = ", ".join(f"{count} {name}" for name, count in done.items() if count)
    out.print(f"Removed: {removed or 'nothing'}.")


@asynccontextmanager
async def _retention() -> AsyncIterator[tuple[Retention, Storage]]:
    settings = settings_with()
    kept = periods(settings.retention)
    async with operated(settings) as storage:
        yield Retention(operator_of(settings, storage), kept), storage


async def _look() -> None:
    async with _retention() as (retention, _):
        due, aged = await retention.over(), await retention.aged()
        out.print(_counts(due, aged, retention))
        for each in [each for each in due if each.held]:
            out.print(f"held: {id_text('apr', each.apprentice)} {each.keep} since {each.until}", markup=False, soft_wrap=True)


def _counts(due: list[Over], aged: dict[str, int], retention: Retention) -> Table:
    table = Table(title="Over its time")
    for column in ("class", "to go", "held", "kept for", "counted from"):
        table.add_column(column, justify="right" if column in ("to go", "held") else "left")
    for name in (*STEPS, *aged):
        held = sum(each.keep == name and each.held for each in due)
        count = aged[name] if name in aged else sum(each.keep == name for each in due) - held
        table.add_row(name, str(count), str(held), months(retention.periods[name]), KEEPS[name].since)
    return table


async def _run() -> dict[str, int]:
    async with _retention() as (retention, storage):
        done = await retention.run()
        await erasures.catch_up(storage.database, erasures.path_in(settings_with().home))
        return done


@erased.command("list")
def list_erasures(file: File = None) -> None:
    """List what was erased: ids and days, nobody's name.

    Example:

      hub erasures list
    """
    for each in erasures.read(file or erasures.path_in(settings_with().home)):
        out.print(f"{each.on}  {id_text('apr', each.apprentice)}  {each.ground}", markup=False, soft_wrap=True)


@erased.command("replay")
def replay_erasures(file: File = None) -> None:
    """Erase again what a restored database has brought back. `hub db restored` does it too; repeating it changes nothing.

    Example:

      hub erasures replay --file /mnt/kept-apart/erasures.jsonl
    """
    out.print(f"Erased again: {run(replay_list(file))}.")


async def replay_list(file: Path | None = None) -> int:
    """Erases what stands in the list and not in the database; answers how many that were."""
    settings = settings_with()
    path = file or erasures.path_in(settings.home)
    async with operated(settings) as storage:
        count = await replay(operator_of(settings, storage), erasures.read(path))
        await erasures.catch_up(storage.database, erasures.path_in(settings.home))
        return count


@exports.command("subject")
def export_subject(
    apprentice: Annotated[str, typer.Argument(metavar="APPRENTICE", help="The apprentice's id, apr_…")],
    folder: Annotated[Path, typer.Option("--out", help="The folder to write to.")],
) -> None:
    """Write everything held about one person, with sources, recipients, purposes and periods, as JSON and as a page.

    Unreleased results are withheld (DPA 2018 Sch. 2 para 25), and so is what is about other people. The export is audited.

    Example:

      hub export subject apr_00000000-0000-4000-8000-000000000000 --out for-sam
    """
    for path in run(_export(apprentice, folder)):
        out.print(str(path), markup=False, soft_wrap=True)


async def _export(apprentice: str, folder: Path) -> list[Path]:
    settings = settings_with()
    wanted = parse_id(apprentice, "apr")
    async with operated(settings) as storage:
        return await write_subject(operator_of(settings, storage), wanted, folder, settings.retention, settings.bases)
