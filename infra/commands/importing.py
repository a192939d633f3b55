"""`hub import ilr` and `hub generate ilr`: apprentices from a provider's yearly return, and made-up returns to try with."""

from datetime import date
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from connectors.ilr import Report, header, import_ilr, progress_bar, write_cohort
from hub.errors import HubError
from hub.settings import Settings
from hub.slices.scopes import SCOPES
from hub.store import organisations
from hub.viewer import PartyKind, Viewer
from hub.words import add_months, parse_ukprn
from infra.clock import calendar
from infra.commands.frame import err, operated, out, run, settings_with
from infra.door import Door
from infra.engines import engine_of
from infra.storage import Storage

imports = typer.Typer(help="Take in files of other systems.", no_args_is_help=True)
generates = typer.Typer(help="Make up files to try the hub with.", no_args_is_help=True)
CLIENT = "hub import ilr"
MADE_UP_EMPLOYERS = ("900000001", "900000002")


@imports.callback()
def _imports() -> None:
    """Take in files of other systems."""


@generates.callback()
def _generates() -> None:
    """Make up files to try the hub with."""


@imports.command("ilr")
def ilr(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An ILR file of 2025-26.")],
    schema: Annotated[Path | None, typer.Option(metavar="XSD", help="Your copy of the official schema, to check with.")] = None,
    provider: Annotated[str | None, typer.Option(metavar="UKPRN", help="Refuse the file unless it is this provider's.")] = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the whole report there, as JSON.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and report, and change nothing.")] = False,
) -> None:
    """Register the apprentices of an ILR file for its provider, and report every learner that is not taken.

    The whole file is checked first; one with any fault changes nothing. Importing again changes nothing. Names, ULN,
    dates, aim, employer and an age band are kept, and nothing else of the file.

    Examples:

      hub import ilr ILR-10000007-2526-20260302-090000-01.xml --dry-run

      hub import ilr returns.xml --schema ilr-2025-26.xsd --report report.json
    """
    for missing in (each for each in (file, schema) if each is not None and not each.is_file()):
        raise HubError("FILE_UNREADABLE", f"There is no file {missing}.")
    found = run(_import(file, schema, provider, dry_run))
    found.render(out)
    if report is not None:
        report.write_bytes(found.to_json())
    if not found.in_order:
        raise HubError("ILR_INVALID", f"{found.fault_count:,} faults; nothing was changed.")


async def _import(file: Path, schema: Path | None, provider: str | None, dry_run: bool) -> Report:
    settings = settings_with()
    async with operated(settings) as storage:
        ukprn = provider or header(file).ukprn
        viewer = await provider_of(storage, ukprn)
        with progress_bar(err) as progress:
            act = Door(engine_of(settings, storage)).act
            return await import_ilr(file, act, viewer, ukprn=ukprn, schema=schema, dry_run=dry_run, progress=progress)


async def provider_of(storage: Storage, ukprn: str) -> Viewer:
    """The provider with this UKPRN, as the viewer for whom the operator imports; one nobody knows yet is kept."""
    key = ("UKPRN", parse_ukprn(ukprn))
    async with storage.database.engine("hub_operator").begin() as connection:
        organisation: UUID = (await organisations.find_or_keep(connection, [key], PartyKind.PROVIDER))[key]
        party = (await organisations.parties(connection, [organisation], PartyKind.PROVIDER))[organisation]
    return Viewer(party, PartyKind.PROVIDER, organisation, CLIENT, SCOPES[PartyKind.PROVIDER])


@generates.command("ilr")
def generate_ilr(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")],
    size: Annotated[int, typer.Option(min=1, max=220_000, help="How many apprentices.")] = 100,
    provider: Annotated[str, typer.Option(metavar="UKPRN", help="The provider whose file it is.")] = "10000007",
    lars: Annotated[str, typer.Option(help="The LARS code of the standard.")] = "287",
    seed: Annotated[int, typer.Option(help="The same seed gives the same people.")] = 0,
) -> None:
    """Write a valid ILR file of made-up apprentices; none of them exists.

    Example:

      hub generate ilr cohort.xml --size 5000 --seed 7
    """
    with progress_bar(err) as progress:
        write_cohort(
            file,
            provider_ukprn=parse_ukprn(provider),
            employers=MADE_UP_EMPLOYERS,
            size=size,
            starts=_starts(settings_with()),
            seed=seed,
            lars_code=lars,
            progress=progress,
        )
    out.print(f"{size:,} made-up apprentices in {file}", soft_wrap=True)


def _starts(settings: Settings) -> list[date]:
    """The first days of the twelve months that began a year and a half ago."""
    first = add_months(calendar(settings.today)().replace(day=1), -18)
    return [add_months(first, month) for month in range(12)]
