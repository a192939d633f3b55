"""`hub keys`: the keys with which the hub signs access tokens."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from auth.keys import rotate_key
from infra.commands.frame import operated, out, run

app = typer.Typer(help="The keys with which the hub signs access tokens.", no_args_is_help=True)
AtOnce = Annotated[bool, typer.Option("--at-once", help="For a stolen key: no older token is believed from now on.")]


@app.command()
def rotate(at_once: AtOnce = False) -> None:
    """Publish a new signing key; it signs once every copy of the published set is renewed.

    The older keys are believed until the last token they signed has run out, so no call fails.

    Examples:

      hub keys rotate

      hub keys rotate --at-once
    """
    kid = run(_rotate(at_once))
    out.print(f"{kid} is published" + (" and signs now." if at_once else "; it signs in about five minutes."), soft_wrap=True)


async def _rotate(at_once: bool) -> str:
    async with operated() as storage, storage.database.engine("hub_auth").begin() as connection:
        return await rotate_key(connection, storage.secret, datetime.now(UTC), at_once=at_once)
