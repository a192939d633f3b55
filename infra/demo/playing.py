"""`hub demo` from start to stop: a world kept or made, then served with its pages on this machine alone."""

import contextlib
from collections.abc import AsyncIterator, Callable

from hub.errors import HubError
from hub.settings import Settings
from hub.store.plans import load_library
from infra.demo import keeping
from infra.demo.helper import Helper
from infra.demo.keeping import Beginning, Kept
from infra.demo.parties import PARTIES
from infra.demo.world import World
from infra.edge.pages import is_loopback
from infra.engines import engine_of, issuer_of, operator_of
from infra.runtime import Runtime, run_on
from infra.sealing.ring import folder_of
from infra.storage import Storage, bring_up_to_date, open_storage

Told = Callable[[str], None]
NOT_OURS = "This home holds a hub that is not the demonstration's: choose another with --home, or remove that folder."


def to_be_made(settings: Settings, *, fresh: bool) -> bool:
    """Whether a world will have to be made, as far as can be told before the database is open."""
    return fresh or bool(Beginning(settings)) or keeping.read(keeping.file_of(settings)) is None


def check_loopback(settings: Settings) -> None:
    """Raises HubError LOOPBACK_ONLY for any other host: the demonstration hands out tokens."""
    if not is_loopback(settings.host):
        raise HubError("LOOPBACK_ONLY")


@contextlib.asynccontextmanager
async def demonstration(
    settings: Settings, *, fresh: bool, told: Told, helper: Helper | None = None
) -> AsyncIterator[tuple[Runtime, Kept]]:
    """The demonstration at work, its file written; `fresh` makes its world anew, half of it in the helper."""
    check_loopback(settings)
    if settings.live:
        raise HubError("SANDBOX_CLIENTS", "A live hub plays no demonstration: unset HUB_LIVE.")
    async with open_storage(settings) as storage:
        try:
            kept = await _world(settings, storage, fresh, told, helper)
        finally:
            if helper is not None:
                helper.dismiss()
        keeping.write(keeping.file_of(settings), issuer_of(settings), kept)
        async with run_on(settings, storage) as runtime:
            yield runtime, kept


async def _world(settings: Settings, storage: Storage, fresh: bool, told: Told, helper: Helper | None) -> Kept:
    begun, file = Beginning(settings), keeping.file_of(settings)
    await bring_up_to_date(storage)
    kept = keeping.read(file)
    ours = kept is not None and await keeping.whole(storage, kept)
    if kept is not None and ours and not fresh and not begun:
        told("the world of the last start is kept (--fresh makes another)")
        return kept
    if not await keeping.empty(storage):
        if not ours and not begun:
            raise HubError("STATE_CONFLICT", NOT_OURS)
        await keeping.start_anew(storage)
        await bring_up_to_date(storage)
    begun.mark()
    await keeping.hasten(storage)
    world = World(storage.database, load_library(), engine_of(settings, storage), operator_of(settings, storage), told)
    shared = await world.make(folder_of(settings), helper)
    made = Kept(keeping.clients_of(world.clients), tuple(shared))
    keeping.write(file, issuer_of(settings), made)
    begun.clear()
    return made


def greeting(settings: Settings, kept: Kept) -> str:
    """What a person reads when all is ready: where it is, and for each party its client and a first command to paste."""
    url = issuer_of(settings)
    lines = [f"EPA Hub, the demonstration, on {url}   (Ctrl-C stops it)", ""]
    for party in PARTIES:
        client = kept.clients[party.name]
        lines += [f"{party.name}: {party.organisation}", *_first_command(url, client), ""]
    lines += [
        f"All clients and secrets: {keeping.file_of(settings)}",
        f"The whole story, in another terminal: hub tour --url {url}",
    ]
    return "\n".join(lines)


def _first_command(url: str, client: dict[str, str]) -> list[str]:
    query = {
        "employer": "{cohort{total ready notReady blockers{sentence:rule count}}}",
        "provider": "{apprentices(first:5,orderBy:DUE){nodes{givenNames familyName status nextParty dueOn}}}",
        "epao": "{apprentices(first:5){nodes{familyName status nextParty gateway{readiness{status}}}}}",
    }[client["party_kind"]]
    token = f"$(curl -s -u '{client['client_id']}:{client['client_secret']}' -d grant_type=client_credentials {url}/oauth/token"
    opened = ' | sed \'s/.*"access_token": *"\\([^"]*\\)".*/\\1/\')'
    body = f"""-d '{{"query":"{query}"}}'"""
    return [
        f"  TOKEN={token}{opened}",
        f"  curl -s {url}/graphql -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' {body}",
    ]
