"""`hub organisation`: the organisations the hub knows, as which parties, and in which groups."""

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from auth.shutting import shut_out
from hub.acts.operating import Organisation
from hub.errors import HubError
from hub.store import organisations
from hub.viewer import PartyKind
from hub.words import id_text
from infra.commands.frame import commanding, operated, operating, out, run
from infra.commands.naming import HELP, identifier_of

app = typer.Typer(help="The organisations the hub knows, as which parties, and in which groups.", no_args_is_help=True)
Identifiers = Annotated[
    list[str], typer.Option("--id", metavar="SCHEME:VALUE", help=HELP.partition(", or")[0] + "; may repeat.")
]
Kinds = Annotated[list[PartyKind], typer.Option("--as", help="A kind of party it is; may repeat.")]
Identifier = Annotated[str, typer.Argument(metavar="SCHEME:VALUE", help="One of its identifiers.")]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Its name.")],
    kinds: Kinds,
    identifiers: Identifiers,
    region: Annotated[str | None, typer.Option(help="Its region.")] = None,
    group: Annotated[str | None, typer.Option(help="A group it belongs to from today on.")] = None,
) -> None:
    """Add an organisation, or claim the one that an import has kept under one of its identifiers.

    Examples:

      hub organisation add "Northfable College" --as provider --id UKPRN:10000007

      hub organisation add "Vale University" --as provider --as epao --id UKPRN:10000008 --id EPAO_ID:EPA9001 --group VALE
    """
    found = run(_add(name, kinds, [identifier_of(each) for each in identifiers], region, group))
    _show(name if not found.was_unclaimed else f"{name} (claimed, with what was kept for it)", found)


async def _add(
    name: str, kinds: list[PartyKind], identifiers: list[tuple[str, str]], region: str | None, group: str | None
) -> Organisation:
    async with operating() as operator:
        return await operator.add_organisation(name, [kind.value for kind in kinds], identifiers, region, group)


@app.command()
def link(
    organisation: Identifier,
    group: Annotated[str, typer.Argument(help="The group's code.")],
    since: Annotated[str | None, typer.Option("--from", metavar="DATE", help="The first day; today when absent.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="The day from which it no longer holds.")] = None,
) -> None:
    """Link an organisation to a group; one of the same group as employer or provider is never its EPAO.

    Example:

      hub organisation link EMPLOYER_NUMBER:900000001 VALE --from 2026-01-01
    """
    run(_link(identifier_of(organisation), group, _day(since), _day(until)))
    out.print(f"{organisation} belongs to {group}.", soft_wrap=True, markup=False)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise HubError("ARGUMENT_INVALID", f"{text} is not a date such as 2026-03-01.") from error


async def _link(identifier: tuple[str, str], group: str, since: date | None, until: date | None) -> None:
    async with operating() as operator:
        await operator.link_group(identifier, group, since, until)


@app.command()
def disable(organisation: Identifier) -> None:
    """Shut out every client of an organisation: no tokens from now on, and within seconds its open streams close.

    Its records stay. Give it a new client to let it in again.

    Example:

      hub organisation disable UKPRN:10000007
    """
    count = run(_disable(identifier_of(organisation)))
    out.print(f"{organisation} is shut out: clients that were open: {count}.", soft_wrap=True, markup=False)


async def _disable(identifier: tuple[str, str]) -> int:
    async with operated() as storage:
        async with storage.database.engine("hub_operator").begin() as connection:
            found = (await organisations.find(connection, [identifier])).get(identifier)
        if found is None:
            raise HubError("NOT_FOUND", f"No organisation is known by {':'.join(identifier)}.")
        async with commanding("organisation disable", storage) as command:
            shut = await shut_out(command.connection, found, datetime.now(UTC))
            for client, party in shut.items():
                await command.touched(client, party)
            return len(shut)


@app.command()
def show(organisation: Identifier) -> None:
    """Show an organisation and the parties it is, by an identifier you know; there is no list of them.

    Example:

      hub organisation show UKPRN:10000007
    """
    found = run(_find(identifier_of(organisation)))
    if found is None:
        raise HubError("NOT_FOUND", f"No organisation is known by {organisation}.")
    _show(organisation, found)


async def _find(identifier: tuple[str, str]) -> Organisation | None:
    async with operating() as operator:
        return await operator.find(*identifier)


def _show(name: str, found: Organisation) -> None:
    out.print(name, markup=False)
    out.print(f"  {id_text('org', found.id)}")
    for kind, party in sorted(found.parties.items()):
        out.print(f"  {id_text('pty', party)}  {kind.value}")
