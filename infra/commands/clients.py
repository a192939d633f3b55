"""`hub client`: the OAuth clients through which parties speak to the hub."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from auth.clients import BASIC, ISSUED, ClientRow, NewClient, add_client, disable_client, list_clients, lock_client, turn_keys
from hub.errors import HubError
from hub.settings import Settings
from hub.store import organisations
from hub.viewer import PartyKind
from hub.words import id_text
from infra.commands.frame import commanding, operated, out, read_text, run, settings_with
from infra.commands.naming import Named, organisation_of

app = typer.Typer(help="The OAuth clients through which parties speak to the hub.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(metavar="CLIENT_ID", help="Such as cli_….")]
Jwks = Annotated[Path | None, typer.Option(metavar="FILE", help="Its public keys (a JWK set).")]
JwksUrl = Annotated[str | None, typer.Option(metavar="URL", help="Where it publishes its keys, by https.")]

Bound = Annotated[
    bool | None,
    typer.Option(
        "--bound/--bearer",
        help="--bound: a token is good only with a proof of the client's key (DPoP), so a copied one is worth nothing. "
        "--bearer: it is good for whoever holds it. Bound when neither is said, unless the client has a secret.",
        show_default=False,
    ),
]


@app.command("add")
def add(
    organisation: Named,
    kind: Annotated[PartyKind, typer.Option("--as", help="As which kind of party it speaks.")],
    name: Annotated[str, typer.Option(help="What the client is, such as 'HR system'.")],
    scopes: Annotated[
        str | None, typer.Option(help="Scopes between spaces; all but those of administrators when absent.")
    ] = None,
    jwks: Jwks = None,
    jwks_url: JwksUrl = None,
    issuer: Annotated[str | None, typer.Option(help="The trusted issuer whose tokens it brings.")] = None,
    subject: Annotated[str | None, typer.Option(help="With --issuer: the client's own id there.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="How long it may ask for tokens.")] = None,
    documents_only: Annotated[bool, typer.Option(help="It may send its trusted documents and nothing else.")] = False,
    bound: Bound = None,
) -> None:
    """Give a party a client. With --jwks or --jwks-url it signs assertions with its own key, and its tokens are bound to it.

    With --issuer and --subject it brings tokens of a trusted issuer, which that issuer must bind to the client's key; say
    --bearer for one that cannot.

    Without any of these it has a secret, which is for sandboxes: shown this once, good for 30 days unless --days says more,
    and for reading unless --scopes says more. A hub with HUB_LIVE takes none.

    Examples:

      hub client add EMPLOYER_NUMBER:900000001 --as employer --name "HR" --jwks hr.jwks.json --days 365

      hub client add UKPRN:10000007 --as provider --name "Learner records" --jwks-url https://college.example/jwks.json

      hub client add EPAO_ID:EPA9001 --as epao --name "Results" --issuer https://login.example --subject svc-1 --bearer

      hub client add EPAO_ID:EPA9001 --as epao --name "Trying out" --scopes "apprentices:read grades:read"
    """
    wanted = {
        "name": name, "scopes": scopes.split() if scopes else None, "jwks": _keys(jwks), "jwks_url": jwks_url,
        "issuer": issuer, "subject": subject, "documents_only": documents_only, "bound": bound,
    }  # fmt: skip
    made = run(_add(organisation, kind, days, wanted))
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


async def _add(named: str, kind: PartyKind, days: int | None, wanted: Mapping[str, Any]) -> NewClient:
    now, settings = datetime.now(UTC), settings_with()
    async with operated(settings) as storage:
        async with storage.database.engine("hub_operator").begin() as connection:
            organisation = await organisation_of(connection, named)
            party = await organisations.party_of(connection, organisation, kind.value)
        if party is None:
            raise HubError("NOT_FOUND", f"This organisation is no {kind.value}; see `hub organisation add --as`.", field="as")
        _check_live(settings, wanted)
        expires = now + timedelta(days=days) if days else None
        async with commanding("client add", storage) as command:
            made = await add_client(
                command.connection, party=party, kind=kind, organisation=organisation, now=now, expires=expires, **wanted
            )
            await command.touched(made.client_id, party, kind=kind, days=days, **wanted)
            return made


def _check_live(settings: Settings, wanted: Mapping[str, Any]) -> None:
    if settings.live and not any(wanted[name] for name in ("jwks", "jwks_url", "issuer")):
        raise HubError("SANDBOX_CLIENTS", "A live hub takes no client with a secret: give its keys with --jwks or --jwks-url.")


@app.command("list")
def list_command() -> None:
    """List every client: to whom it belongs, what it may do, which keys it has, and whether it is shut out.

    Example:

      hub client list
    """
    for row in run(_list()):
        out.print(f"{row.client_id}  {row.kind.value}, {row.method}, {_state(row)}: {row.name}", markup=False, soft_wrap=True)
        out.print(f"    {id_text('pty', row.party)}  {' '.join(sorted(row.scopes))}{_bound(row)}", markup=False, soft_wrap=True)
        for line in _held(row):
            out.print(f"    {line}", markup=False, soft_wrap=True)


async def _list() -> list[ClientRow]:
    async with operated() as storage, storage.database.engine("hub_auth").connect() as connection:
        return await list_clients(connection)


def _held(row: ClientRow) -> list[str]:
    """What it shows to be who it is, a line for each."""
    named = [f"key {kid}" for kid in row.kids]
    if row.jwks_url is not None:
        named.append(f"keys at {row.jwks_url}")
    return [*named, f"tokens of {row.issuer}"] if row.method == ISSUED else named


def _bound(row: ClientRow) -> str:
    return ("; tokens bound to its key" if row.bound else "") + ("; trusted documents only" if row.documents_only else "")


def _state(row: ClientRow) -> str:
    if row.disabled_at is not None:
        return f"shut out since {row.disabled_at:%Y-%m-%d}"
    if row.expires_at is not None:
        return f"until {row.expires_at:%Y-%m-%d}"
    return "open"


@app.command()
def rotate(
    client: Id,
    jwks: Jwks = None,
    retire: Annotated[list[str] | None, typer.Option(metavar="KID", help="A key to be believed no longer.")] = None,
    jwks_url: JwksUrl = None,
) -> None:
    """Give a client further keys and retire others; in between, old and new hold side by side, so no call fails.

    Examples:

      hub client rotate cli_3f0c… --jwks next.jwks.json

      hub client rotate cli_3f0c… --retire key-of-last-year
    """
    if jwks is None and not retire and jwks_url is None:
        raise HubError("INPUT_INVALID", "Say what changes: --jwks, --retire or --jwks-url.", field="jwks")
    row = run(_rotate(client, _keys(jwks), retire or [], jwks_url))
    for line in _held(row):
        out.print(line, markup=False, soft_wrap=True)


async def _rotate(client: str, added: dict[str, Any] | None, retired: Collection[str], url: str | None) -> ClientRow:
    async with operated() as storage, commanding("client rotate", storage) as command:
        row = await turn_keys(command.connection, client, added=added, retired=retired, jwks_url=url)
        await command.touched(client, row.party, added=added, retired=list(retired), jwks_url=url)
        return row


@app.command()
def disable(
    client: Annotated[str | None, typer.Argument(metavar="CLIENT_ID", help="Such as cli_….")] = None,
    secrets: Annotated[bool, typer.Option("--with-secret", help="Every client with a secret, before going live.")] = False,
) -> None:
    """Shut a client out for good: no token from now on, and within seconds none of its tokens is believed.

    Examples:

      hub client disable cli_3f0c…

      hub client disable --with-secret
    """
    if (client is None) != secrets:
        raise HubError("INPUT_INVALID", "Name one client, or all --with-secret.", field="client")
    for each in run(_disable(client)):
        out.print(f"{each} is shut out.", soft_wrap=True, markup=False)


async def _disable(client: str | None) -> list[str]:
    async with operated() as storage, commanding("client disable", storage) as command:
        open_ = [row for row in await list_clients(command.connection) if row.disabled_at is None]
        named = [client] if client is not None else [row.client_id for row in open_ if row.method == BASIC]
        for each in named:
            row = await disable_client(command.connection, each, datetime.now(UTC))
            await command.touched(each, row.party)
        return named


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
    async with operated() as storage, commanding("client lock" if locked else "client unlock", storage) as command:
        row = await lock_client(command.connection, client, locked=locked)
        await command.touched(client, row.party)
