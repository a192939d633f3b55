"""`hub client`: the OAuth clients through which parties speak to the hub."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from auth.clients import BASIC, KEY_JWT, ClientRow, NewClient, add_client, disable_client, list_clients, lock_client
from hub.errors import HubError
from hub.store import organisations
from hub.viewer import PartyKind
from hub.words import id_text
from infra.commands.frame import operated, out, read_text, run
from infra.commands.naming import Named, organisation_of

app = typer.Typer(help="The OAuth clients through which parties speak to the hub.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(metavar="CLIENT_ID", help="Such as cli_….")]


@app.command("add")
def add(
    organisation: Named,
    kind: Annotated[PartyKind, typer.Option("--as", help="As which kind of party it speaks.")],
    name: Annotated[str, typer.Option(help="What the client is, such as 'HR system'.")],
    scopes: Annotated[str | None, typer.Option(help="Scopes between spaces; all its kind may have when absent.")] = None,
    jwks: Annotated[Path | None, typer.Option(metavar="FILE", help="Its public keys (a JWK set): private_key_jwt.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="How long it may ask for tokens.")] = None,
    documents_only: Annotated[bool, typer.Option(help="It may send its trusted documents and nothing else.")] = False,
) -> None:
    """Give a party a client. A secret is shown this once and kept nowhere.

    With --jwks the client signs assertions with its own key instead; prefer that.

    Examples:

      hub client add UKPRN:10000007 --as provider --name "Learner records"

      hub client add EMPLOYER_NUMBER:900000001 --as employer --name "HR" --jwks hr.jwks.json --days 365

      hub client add EPAO_ID:EPA9001 --as epao --name "Reports" --scopes "apprentices:read grades:read"
    """
    keys = _keys(jwks)
    made = run(_add(organisation, kind, name, scopes.split() if scopes else None, keys, days, documents_only))
    out.print(f"client_id      {made.client_id}", soft_wrap=True)
    if made.client_secret is not None:
        out.print(f"client_secret  {made.client_secret}", soft_wrap=True, markup=False)


def _keys(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        found = orjson.loads(read_text(path))
    except orjson.JSONDecodeError as error:
        raise HubError("INPUT_INVALID", f"{path} is not JSON.", field="jwks") from error
    if not isinstance(found, dict):
        raise HubError("INPUT_INVALID", f"{path} does not hold a JWK set.", field="jwks")
    return found


async def _add(
    named: str,
    kind: PartyKind,
    name: str,
    scopes: list[str] | None,
    keys: dict[str, Any] | None,
    days: int | None,
    documents_only: bool,
) -> NewClient:
    now = datetime.now(UTC)
    async with operated() as storage:
        async with storage.database.engine("hub_operator").begin() as connection:
            organisation = await organisation_of(connection, named)
            party = await organisations.party_of(connection, organisation, kind.value)
        if party is None:
            raise HubError("NOT_FOUND", f"This organisation is no {kind.value}; see `hub organisation add --as`.", field="as")
        async with storage.database.engine("hub_auth").begin() as connection:
            return await add_client(
                connection,
                party=party,
                kind=kind,
                organisation=organisation,
                name=name,
                now=now,
                scopes=scopes,
                method=KEY_JWT if keys is not None else BASIC,
                jwks=keys,
                expires=now + timedelta(days=days) if days else None,
                documents_only=documents_only,
            )


@app.command("list")
def list_command() -> None:
    """List every client: to whom it belongs, what it may do, and whether it is shut out.

    Example:

      hub client list
    """
    for row in run(_list()):
        out.print(f"{row.client_id}  {row.kind.value}, {row.method}, {_state(row)}: {row.name}", markup=False, soft_wrap=True)
        out.print(f"    {id_text('pty', row.party)}  {' '.join(sorted(row.scopes))}{_bound(row)}", markup=False, soft_wrap=True)


async def _list() -> list[ClientRow]:
    async with operated() as storage, storage.database.engine("hub_auth").connect() as connection:
        return await list_clients(connection)


def _bound(row: ClientRow) -> str:
    return "; trusted documents only" if row.documents_only else ""


def _state(row: ClientRow) -> str:
    if row.disabled_at is not None:
        return f"shut out since {row.disabled_at:%Y-%m-%d}"
    if row.expires_at is not None:
        return f"until {row.expires_at:%Y-%m-%d}"
    return "open"


@app.command()
def disable(client: Id) -> None:
    """Shut a client out for good: no token from now on, and within seconds none of its tokens is believed.

    Example:

      hub client disable cli_3f0c…
    """
    run(_disable(client))
    out.print(f"{client} is shut out.", soft_wrap=True, markup=False)


async def _disable(client: str) -> None:
    async with operated() as storage, storage.database.engine("hub_auth").begin() as connection:
        await disable_client(connection, client, datetime.now(UTC))


@app.command()
def lock(client: Id) -> None:
    """Bind a client to its trusted documents: within seconds it may send nothing else.

    Example:

      hub client lock cli_3f0c…
    """
    run(_lock(client, locked=True))
    out.print(f"{client} may send its trusted documents only.", soft_wrap=True, markup=False)


@app.command()
def unlock(client: Id) -> None:
    """Let a client send documents of its own again.

    Example:

      hub client unlock cli_3f0c…
    """
    run(_lock(client, locked=False))
    out.print(f"{client} may send any document.", soft_wrap=True, markup=False)


async def _lock(client: str, *, locked: bool) -> None:
    async with operated() as storage, storage.database.engine("hub_auth").begin() as connection:
        await lock_client(connection, client, locked=locked)
