"""`hub audit`: sealed heads for parties to keep, the check of every record, and who saw whom."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import orjson
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from auth.heads import public_keys, read_head
from auth.keys import KeyRing, ensure_signing_key
from hub.errors import HubError
from hub.store.verifying import Fault, Head, Verdict, verify
from hub.words import id_text, parse_id
from infra.commands.frame import err, operated, out, read_text, run, settings_with
from infra.engines import issuer_of
from infra.heads import NEWEST, Sealer
from infra.storage import Storage

app = typer.Typer(help="The records of who read and did what: sealed, checked and searched.", no_args_is_help=True)
Party = Annotated[str | None, typer.Option("--party", metavar="PARTY", help="This party alone: pty_….")]
Json = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
Moment = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="In UTC.")]
DONE = "a.at, a.client, a.person, a.kind, a.act, a.thing, a.classes, a.subjects, a.trace"
FIELDS = f"{DONE}, a.party_id, p.kind as party_kind, o.name"
# What the relay has not linked yet was read or done all the same.
WHO = f"""
select {FIELDS} from hub.audit a
left join apprentices.party p on p.id = a.party_id left join apprentices.organisation o on o.id = p.organisation_id
where ($1::uuid is null or a.id in (select l.audit_id from hub.audit_access x
    join hub.audit_link l on l.party_id = x.party_id and l.seq = x.seq where x.apprentice_id = $1)
  or $1 = any(a.subjects) and (a.xid, a.id) > (coalesce((select xid from hub.audit_place), '0'),
    coalesce((select id from hub.audit_place), '00000000-0000-0000-0000-000000000000')))
  and ($2::text is null or $2 in (a.client, a.thing)) and ($3::uuid is null or a.party_id = $3)
  and ($4::timestamptz is null or a.at >= $4) and ($5::timestamptz is null or a.at < $5)
order by a.at, a.id
"""


@app.command()
def heads(party: Party = None) -> None:
    """Seal the heads of the chains now, and print the newest of each as a JWS a line, for the parties to keep.

    Examples:

      hub audit heads > heads.jws

      hub audit heads --party pty_3f0c…
    """
    for line in run(_heads(None if party is None else parse_id(party, "pty"))):
        out.print(line, markup=False, soft_wrap=True)


async def _heads(party: UUID | None) -> list[str]:
    async with operated() as storage:
        async with storage.database.engine("hub_auth").begin() as connection:
            await ensure_signing_key(connection, storage.secret, datetime.now(UTC))
        await sealer_of(storage).seal(party)
        rows = await _fetch(storage, NEWEST, party)
        return [row["jws"] for row in rows]


def sealer_of(storage: Storage) -> Sealer:
    """What seals heads beside a running hub."""
    ring = KeyRing(storage.database.engine("hub_auth"), storage.secret, lambda: datetime.now(UTC).timestamp())
    return Sealer(storage.database, ring, issuer_of(settings_with()))


@app.command("verify")
def verify_command(
    head: Annotated[list[Path] | None, typer.Option("--head", metavar="FILE", help="Heads that somebody kept.")] = None,
    json: Json = False,
) -> None:
    """Check every record against its chain, the sealed heads and what was shown; name the first that is not as it was.

    It reads and changes nothing. The exit code is 0 when all is whole, 1 when anything was altered, is missing or cut off.

    Examples:

      hub audit verify

      hub audit verify --head heads.jws --json
    """
    verdict = run(_verify([text for file in head or () for text in read_text(file).split()]))
    if json:
        out.print(orjson.dumps(_told(verdict)).decode(), markup=False, soft_wrap=True)
    else:
        _say(verdict)
    if verdict.faults:
        raise typer.Exit(1)


async def _verify(kept: list[str]) -> Verdict:
    async with operated() as storage:
        async with storage.database.engine("hub_auth").connect() as connection:
            keys = await public_keys(connection)
        brought = [read_head(text, keys) for text in kept]
        held: list[Head] = []
        forged: list[Head] = []
        for row in await _fetch(storage, "select * from hub.audit_head order by party_id, seq"):
            said = Head(row["party_id"], row["seq"], row["hash"])
            try:
                genuine = read_head(row["jws"], keys) == said
            except HubError:
                genuine = False
            (held if genuine else forged).append(said)
        verdict = await _watched(storage, [*brought, *held])
        verdict.faults += [Fault(each.party, each.seq, None, "This head is not the one the hub has signed.") for each in forged]
        return verdict


async def _watched(storage: Storage, kept: list[Head]) -> Verdict:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    connection = await storage.database.connect("hub_operator")
    try:
        with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
            task = progress.add_task("records", total=None)
            return await verify(connection, kept, lambda done, total: progress.update(task, completed=done, total=total))
    finally:
        await connection.close()


def _say(verdict: Verdict) -> None:
    for fault in verdict.faults:
        party = id_text("pty", fault.party) if fault.party else "-"
        row = f" (record {fault.row})" if fault.row else ""
        out.print(f"{party} number {fault.seq or '-'}: {fault.what}{row}", markup=False, soft_wrap=True)
    state = f"{len(verdict.faults)} faults" if verdict.faults else "whole"
    out.print(f"{verdict.links} records in {verdict.chains} chains, {verdict.waiting} not linked yet: {state}.", soft_wrap=True)


def _told(verdict: Verdict) -> dict[str, Any]:
    faults = [
        {
            "party": id_text("pty", each.party) if each.party else None,
            "seq": each.seq,
            "record": str(each.row) if each.row else None,
            "what": each.what,
        }
        for each in verdict.faults
    ]
    return {"records": verdict.links, "chains": verdict.chains, "waiting": verdict.waiting, "faults": faults}


@app.command()
def who(
    saw: Annotated[str | None, typer.Option(metavar="APPRENTICE", help="Who saw this apprentice, apr_….")] = None,
    client: Annotated[
        str | None, typer.Option(metavar="CLIENT_ID", help="What this client read and did, and what was done to it.")
    ] = None,
    party: Party = None,
    since: Moment = None,
    until: Moment = None,
    json: Json = False,
) -> None:
    """Search the records, for whoever must answer for a breach: who saw an apprentice, what did a client read and when.

    Examples:

      hub audit who --saw apr_00000000-0000-4000-8000-000000000000

      hub audit who --client cli_3f0c… --since 2026-03-01 --until 2026-03-02T12:00:00 --json
    """
    given = (
        parse_id(saw, "apr") if saw else None, client, parse_id(party, "pty") if party else None, _utc(since), _utc(until),
    )  # fmt: skip
    for row in run(_who(given)):
        out.print(orjson.dumps(_shown(row)).decode() if json else _line(row), markup=False, soft_wrap=True)


async def _who(given: tuple[Any, ...]) -> list[asyncpg.Record]:
    async with operated() as storage:
        return await _fetch(storage, WHO, *given)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None else None


def _shown(row: asyncpg.Record) -> dict[str, Any]:
    subjects = [id_text("apr", each) for each in row["subjects"]]
    return {**dict(row), "party_id": id_text("pty", row["party_id"]), "subjects": subjects}


def _line(row: asyncpg.Record) -> str:
    whom = f"{len(row['subjects'])} apprentices" if len(row["subjects"]) != 1 else id_text("apr", row["subjects"][0])
    whom = row["thing"] if row["thing"] and not row["subjects"] else whom
    who_ = f"{row['name'] or 'the operator'} ({row['party_kind'] or '-'}), {row['client']}"
    return f"{row['at']:%Y-%m-%dT%H:%M:%S.%fZ}  {row['kind']} {row['act']}: {who_}: {' '.join(row['classes'])}: {whom}"


async def _fetch(storage: Storage, sql: str, *given: Any) -> list[asyncpg.Record]:
    connection = await storage.database.connect("hub_operator")
    try:
        return list(await connection.fetch(sql, *given))
    finally:
        await connection.close()
