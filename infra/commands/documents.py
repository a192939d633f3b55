"""`hub documents`: the documents that clients may send by an id, and that some clients are bound to."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from auth.clients import find_client
from hub.acts.commanding import Command
from hub.acts.operating import OPERATOR
from hub.errors import HubError, Problem
from hub.slices.rows import PARTY_KINDS
from hub.slices.scopes import SCOPES
from hub.store.documents import EVERYBODY, Listed, add_document, hash_of, list_documents, remove_document
from hub.viewer import PartyKind
from infra.commands.frame import commanding, operated, out, read_text, run, settings_with
from infra.commands.refusing import not_taken
from schema.cost import cost_of
from schema.federation.carve import subgraph
from schema.gate import coordinates, refusals
from schema.limits import LIMITS
from schema.reader.document import Refused
from schema.reader.reader import Reader

app = typer.Typer(help="Trusted documents: clients send them by their id, and can be bound to them.", no_args_is_help=True)
Client = Annotated[str | None, typer.Option(metavar="CLIENT_ID", help="For this client alone; for every client when absent.")]
Asks = tuple[PartyKind, frozenset[str]]
MANIFEST = "apollo-persisted-query-manifest"


@app.command()
def add(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Documents, or a manifest of Relay or Apollo (.json).")],
    client: Client = None,
) -> None:
    """Trust documents, byte for byte as they stand in the files, and print their ids.

    Each is checked as the hub checks a request: the schema, the limits, the slice and scopes of who may send it, and its
    cost. When one is refused, none is added. A hub that serves knows them within five seconds.

    Examples:

      hub documents add queue.graphql cohort.graphql

      hub documents add persisted.json --client cli_3f0c…
    """
    for hash_, name, fresh in run(_add(files, client)):
        out.print(f"sha256:{hash_}  {name}{'' if fresh else '  (known already)'}", markup=False, soft_wrap=True)


async def _add(files: list[Path], client: str | None) -> list[tuple[str, str, bool]]:
    now = datetime.now(UTC)
    async with operated() as storage, commanding("documents add", storage) as command:
        checked, told = _Check(await _who(command.connection, client)), []
        for name, text in [(name, text) for file in files for name, text in _texts(file) if checked.take(file, text)]:
            fresh = await add_document(command.connection, text, name, client or EVERYBODY, now)
            if fresh:
                await _touched(command, hash_of(text), client or EVERYBODY)
            told.append((hash_of(text), name, fresh))
        return told


async def _touched(command: Command, sha256: str, client: str) -> None:
    """Puts a document on record: on its client's party's chain, or on the operator's own when it is everybody's."""
    party = OPERATOR.party if client == EVERYBODY else (await find_client(command.connection, client)).party
    await command.touched(f"sha256:{sha256}", party, client=client)


async def _who(connection: AsyncConnection, client: str | None) -> list[Asks]:
    """Who must be able to ask: the client, or any kind of party there is."""
    if client is None:
        return [(kind, SCOPES[kind]) for kind in PARTY_KINDS]
    known = await find_client(connection, client)
    return [(known.kind, known.scopes)]


class _Check:
    """Takes the documents that at least one of those who ask may send."""

    def __init__(self, who: list[Asks]):
        self._who, self._budget = who, settings_with().cost_budget
        self._reader = Reader(subgraph(), b"of no use here", parser=LIMITS.parsed)

    def take(self, file: Path, text: str) -> bool:
        """Whether it is taken, which it is; raises HubError, once every reason is written, for one that is not."""
        try:
            document = self._reader.document(text)
        except Refused as refused:
            raise not_taken(refused, file) from refused
        for operation in document.operations:
            asked = coordinates(self._reader.catalogue.schema, document.node, operation.node)
            refused_to = [refusals(asked, kind, scopes) for kind, scopes in self._who]
            if all(refused_to):
                first: Problem = refused_to[0][0]
                raise HubError(first.code, f"{file}: {first.message}", first.field)
            if 0 < self._budget < cost_of(self._reader.catalogue, operation).of({}):
                raise HubError("COST_EXCEEDED")
        return True


def _texts(file: Path) -> Iterator[tuple[str, str]]:
    """The documents in a file by name; raises HubError INPUT_INVALID for JSON that is no manifest."""
    text = read_text(file)
    if file.suffix != ".json":
        yield file.name, text
        return
    try:
        held = orjson.loads(text)
        yield from [(str(name), str(body)) for name, body in _listed(held)]
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError) as error:
        raise HubError("INPUT_INVALID", f"{file} is no manifest of persisted documents.", field="file") from error


def _listed(held: Any) -> list[tuple[Any, Any]]:
    if held.get("format") == MANIFEST:
        return [(each["name"], each["body"]) for each in held["operations"]]
    return list(held.items())


@app.command("list")
def list_command() -> None:
    """List every trusted document: its id, who may send it, and since when.

    Example:

      hub documents list
    """
    for row in run(_list()):
        who = "every client" if row.client == EVERYBODY else row.client
        line = f"sha256:{row.sha256}  {row.name}: {who}, since {row.added_at:%Y-%m-%d}"
        out.print(line, markup=False, soft_wrap=True)


async def _list() -> list[Listed]:
    async with operated() as storage, storage.database.engine("hub_auth").connect() as connection:
        return await list_documents(connection)


@app.command()
def remove(
    document: Annotated[str, typer.Argument(metavar="HASH", help="The id, with or without sha256:.")], client: Client = None
) -> None:
    """Trust a document no longer: for one client, or for whoever it was trusted.

    Example:

      hub documents remove sha256:6c2d… --client cli_3f0c…
    """
    if not run(_remove(document.removeprefix("sha256:"), client)):
        raise HubError("NOT_FOUND", "No such document is trusted.", field="document")
    out.print(f"{document} is trusted no longer.", markup=False, soft_wrap=True)


async def _remove(sha256: str, client: str | None) -> int:
    async with operated() as storage, commanding("documents remove", storage) as command:
        gone = await remove_document(command.connection, sha256, client)
        for each in gone:
            await _touched(command, sha256, each)
        return len(gone)
