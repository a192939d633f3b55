"""`hub db`: the database's schema, roles and locks."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from hub.acts.commanding import Command
from hub.errors import HubError
from hub.store.pools import owner_connection
from hub.store.relay import bump_epoch
from hub.store.roles import role_sql, seat_of, set_sql
from infra.budget import Budget, budget_of
from infra.clock import calendar
from infra.commands.custody import replay_list
from infra.commands.frame import operated, out, run, settings_with
from infra.commands.naming import Noun
from infra.database import expected_version
from infra.engines import seal_of
from infra.lint import lint
from infra.proof import prove
from infra.sealing.checking import missing_keys, require_keys, told_of
from infra.sealing.ring import ring_of
from infra.storage import bring_up_to_date, open_storage, require_version, secret_of

app = typer.Typer(help="The database: its schema, its roles and its locks.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Bring schema, roles, rights and row policies to this release; repeating it changes nothing.

    The owner in HUB_DATABASE_URL need not be a superuser. One that may not create roles needs a DBA to run what
    `hub db roles` prints, once for the server.

    Example:

      HUB_DATABASE_URL=postgresql://owner:secret@db/hub hub db upgrade
    """
    run(_upgrade())
    out.print(f"The database is at version {expected_version()}.")


async def _upgrade() -> None:
    async with open_storage(settings_with()) as storage:
        await bring_up_to_date(storage)


@app.command()
def roles(nouns: Annotated[list[Noun] | None, typer.Argument(metavar="[SUBGRAPH]...")] = None) -> None:
    """Print the SQL with which a DBA creates the hub's roles, once for a server. It holds passwords.

    With several subgraphs it prints the roles of one process that serves them all, for a server that has the others.

    Examples:

      HUB_SECRET=… hub db roles | psql -U postgres

      HUB_SECRET=… hub db roles gateway portfolios | psql -U postgres
    """
    out.print("-- The roles of EPA Hub. Passwords are derived from HUB_SECRET; treat this as a secret.", soft_wrap=True)
    secret, chosen = secret_of(settings_with()), seat_of(nouns or ())
    for statement in set_sql(secret, chosen) if len(chosen.nouns) > 1 else role_sql(secret):
        out.print(f"{statement};", markup=False, soft_wrap=True)


@app.command()
def check() -> None:
    """Check every lock the hub relies on in this database, and prove that one statement can set its own context.

    It reads the catalogue and changes nothing. The exit code is 1 when a lock is missing.

    Example:

      hub db check
    """
    run(_check())


async def _check() -> None:
    settings = settings_with()
    async with open_storage(settings) as storage:
        await require_version(storage)
        owner = await owner_connection(storage.owner_url)
        try:
            findings = await lint(owner)
            budget = await budget_of(storage.database, owner)
        finally:
            await owner.close()
        proofs = await prove(storage.database, calendar(settings.today)().isoformat())
        lost = await missing_keys(storage.database, ring_of(settings, own=False))
    for found in findings:
        _line(found.name, found.sentence, found.breaches)
    for proof in proofs:
        _line(
            f"one statement, {proof.kind}", f"{proof.statements} reads set their context and left none behind.", proof.failures
        )
    shut = tuple(f"{name}: {key}" for name, keys in lost.items() for key in keys)
    _line("sealing keys", "The key of every sealed value is at hand.", shut)
    out.print(_shares(budget))
    broken = [found.name for found in findings if found.breaches] + [str(proof.kind) for proof in proofs if proof.failures]
    if broken:
        raise HubError("DATABASE_UNSAFE", f"Not as it must be: {', '.join(broken)}. Run `hub db upgrade`, then look again.")
    if lost:
        raise HubError("SEALING_KEY_MISSING", told_of(lost))


@app.command()
def restored() -> None:
    """Tell the hub that its database was restored from a backup: every event cursor given out before then expires.

    A subscriber that comes with one is refused with CURSOR_EXPIRED and starts anew, instead of missing events without
    knowing it. What was erased since the backup is erased again, from the list in HUB_HOME. Run it once after each restore,
    before `hub serve`.

    It refuses when a key is missing under which something in the database is sealed: put the keys back first, with
    `hub keys restore`.

    Example:

      hub db restored
    """
    run(_restored())
    out.print("Every event cursor from before the restore has expired.")
    out.print(f"Erased again: {run(replay_list())}.")


async def _restored() -> None:
    settings = settings_with()
    async with operated(settings) as storage:
        if settings.sealing_required:
            await require_keys(storage.database, ring_of(settings, own=False))
        async with storage.database.engine("hub_operator").begin() as connection:
            await Command("db restored", connection, seal_of(storage.secret)).touched(None)
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            await bump_epoch(raw, datetime.now(UTC))


def _line(name: str, sentence: str, breaches: tuple[str, ...]) -> None:
    mark = "[bold red]fail[/]" if breaches else "[green]ok  [/]"
    out.print(f"{mark}  {name:<24} {escape(sentence)}", soft_wrap=True)
    for each in breaches:
        out.print(f"        {escape(each)}", soft_wrap=True)


def _shares(budget: Budget) -> Table:
    table = Table(title=f"Connections: at most {budget.most} a process, {budget.available} on this server")
    for column in ("role", "reading", "writing"):
        table.add_column(column, justify="left" if column == "role" else "right")
    for role, reading, writing in budget.shares:
        table.add_row(role, str(reading), str(writing))
    return table
