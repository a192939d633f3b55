"""`hub keys`: the keys that sign access tokens and the keys that seal each EPAO's unreleased results."""

import os
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from auth.keys import check_keys, rotate_key
from hub.errors import HubError
from hub.viewer import PartyKind
from hub.words import id_text
from infra.commands.frame import commanding, operated, out, read_bytes, run, settings_with
from infra.commands.naming import HELP, identifier_of
from infra.engines import operator_of
from infra.sealing.backup import close, gathered, open_backup, put_back
from infra.sealing.checking import Checked, check_all
from infra.sealing.ring import folder_of, ring_of
from infra.storage import secret_of

app = typer.Typer(help="The keys that sign access tokens, and those that seal results.", no_args_is_help=True)
AtOnce = Annotated[bool, typer.Option("--at-once", help="For a stolen key: no older token is believed from now on.")]
Sealing = Annotated[str | None, typer.Option("--sealing", metavar="EPAO", help=f"A new sealing key for this EPAO. {HELP}")]
Command = Annotated[
    str | None, typer.Option("--command", help="With --sealing: the EPAO's own key service, a command that wraps the key.")
]
File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]
VARIABLE = "HUB_BACKUP_PASSPHRASE"


@app.command()
def rotate(at_once: AtOnce = False, sealing: Sealing = None, command: Command = None) -> None:
    """Publish a new signing key; it signs once every copy of the published set is renewed.

    The older keys are believed until the last token they signed has run out, so no call fails.

    With --sealing, give an EPAO a new key: it seals what is posted from now on, and the earlier ones still open what
    they sealed. An EPAO that has none gets its first.

    Examples:

      hub keys rotate

      hub keys rotate --at-once

      hub keys rotate --sealing EPAO_ID:EPA9001

      hub keys rotate --sealing EPAO_ID:EPA9001 --command "/opt/epao/wrap --slot 1"
    """
    if sealing is not None:
        out.print(f"{sealing} seals with {run(_rotate_sealing(sealing, command))} from now on.", soft_wrap=True, markup=False)
        return
    kid = run(_rotate(at_once))
    out.print(f"{kid} is published" + (" and signs now." if at_once else "; it signs in about five minutes."), soft_wrap=True)


async def _rotate(at_once: bool) -> str:
    async with operated() as storage, commanding("keys rotate", storage) as command:
        kid = await rotate_key(command.connection, storage.secret, datetime.now(UTC), at_once=at_once)
        await command.touched(kid, at_once=at_once)
        return kid


async def _rotate_sealing(named: str, command: str | None) -> str:
    settings = settings_with()
    async with operated(settings) as storage:
        found = await operator_of(settings, storage).find(*identifier_of(named))
        party = found.parties.get(PartyKind.EPAO) if found else None
        if party is None:
            raise HubError("EPAO_UNKNOWN", f"No EPAO is known by {named}; see `hub organisation add`.")
        # The key is a file: it is made between the row and its commit, so that none is made whose row cannot be written.
        async with commanding("keys rotate", storage) as done:
            await done.touched(id_text("pty", party), party, sealing=named)
            made = await ring_of(settings, own=False).rotate(party, shlex.split(command) if command else None)
    return made.id.hex()


@app.command()
def check() -> None:
    """Open every sealed value and every signing key, and say which keys are missing. The exit code is 1 for any.

    Example:

      hub keys check
    """
    found = run(_check())
    for each in found:
        bad = [f"no key {key}" for key in sorted(each.missing)] + [f"altered: {row}" for row in each.altered]
        mark = "[bold red]fail[/]" if bad else "[green]ok  [/]"
        out.print(f"{mark}  {escape(each.name):<32} {each.opened} sealed values open", soft_wrap=True)
        for told in bad:
            out.print(f"        {escape(told)}", soft_wrap=True)
    if any(each.missing for each in found):
        raise HubError("SEALING_KEY_MISSING", "Some values cannot be opened: put their keys back with `hub keys restore`.")
    if any(each.altered for each in found):
        raise HubError("SEALED_VALUE_ALTERED")


async def _check() -> list[Checked]:
    settings = settings_with()
    async with operated(settings) as storage:
        async with storage.database.engine("hub_auth").begin() as connection:
            signing = await check_keys(connection, storage.secret)
        out.print(f"[green]ok  [/]  {'signing keys':<32} {signing} open", soft_wrap=True)
        return await check_all(storage.database, ring_of(settings, own=False))


@app.command()
def backup(file: File) -> None:
    """Write every key of this hub into one file, sealed under a passphrase: without it a restored database stays shut.

    It holds the secret and the folder of sealing keys; keys that come from the environment stay there, and an EPAO's own
    key service keeps its own. The passphrase is asked for, or read from HUB_BACKUP_PASSPHRASE.

    Example:

      hub keys backup keys.backup
    """
    settings = settings_with()
    secret = secret_of(settings).decode()
    sealed = close(gathered(folder_of(settings), secret), _passphrase(confirm=True))
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(sealed)
    except OSError as error:
        raise HubError("FILE_UNREADABLE", f"{file} cannot be written ({type(error).__name__}).") from error
    out.print(f"{file} holds every key. Keep it, and its passphrase, away from the database's backups.", soft_wrap=True)


@app.command()
def restore(file: File) -> None:
    """Put the keys of a backup back where they are missing; it overwrites nothing.

    Example:

      hub keys restore keys.backup
    """
    settings = settings_with()
    files = open_backup(read_bytes(file), _passphrase(confirm=False))
    secret = None if settings.secret is not None else settings.home / "secret"
    written = put_back(files, folder_of(settings), secret)
    out.print(f"Put back: {', '.join(written) or 'nothing was missing'}.", soft_wrap=True, markup=False)


def _passphrase(*, confirm: bool) -> str:
    given = os.environ.get(VARIABLE)
    return given or str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm))
