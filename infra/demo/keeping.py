"""What the demonstration keeps between two starts: its file of clients, and the rule of when a world is kept or made anew."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import func, select

from auth.clients import NewClient, list_clients
from hub.errors import HubError
from hub.settings import Settings
from hub.slices.scopes import USUAL
from hub.store.apprentices import organisation
from hub.store.pools import owner_connection
from infra.demo.parties import PARTIES
from infra.storage import OWN, Storage


@dataclass(frozen=True, slots=True)
class Kept:
    """The clients of the six parties as the file holds them, and the ULNs that several parties of a kind may see."""

    clients: Mapping[str, dict[str, Any]]
    shared: tuple[str, ...]


def file_of(settings: Settings) -> Path:
    """The demonstration's file."""
    return settings.home / "demo.json"


def read(path: Path) -> Kept | None:
    """What the file holds; none when there is no such file or it is not whole."""
    try:
        held = orjson.loads(path.read_bytes())
        return Kept(held["clients"], tuple(held["shared"]))
    except (OSError, ValueError, LookupError):
        return None


def write(path: Path, url: str, kept: Kept) -> None:
    """Writes the file whole, readable by its owner alone."""
    body = {"url": url, "graphql": f"{url}/graphql", "token_url": f"{url}/oauth/token"}
    text = orjson.dumps({**body, "clients": kept.clients, "shared": list(kept.shared)}, option=orjson.OPT_INDENT_2)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text + b"\n")
    new.replace(path)


def clients_of(made: Mapping[str, NewClient]) -> dict[str, dict[str, Any]]:
    """The clients as the file holds them."""
    return {
        party.name: {
            "party_kind": party.kind.value,
            "organisation": party.organisation,
            "client_id": made[party.name].client_id,
            "client_secret": made[party.name].client_secret,
            "scopes": sorted(USUAL[party.kind]),
        }
        for party in PARTIES
    }


async def whole(storage: Storage, kept: Kept) -> bool:
    """Whether the database holds the world that the file speaks of."""
    async with storage.database.engine("hub_auth").connect() as connection:
        now = datetime.now(UTC)
        lasting = [row for row in await list_clients(connection) if row.expires_at is None or row.expires_at > now]
        known = {row.client_id for row in lasting if row.disabled_at is None}
    return set(kept.clients) == {party.name for party in PARTIES} and all(
        c["client_id"] in known for c in kept.clients.values()
    )


async def empty(storage: Storage) -> bool:
    """Whether nothing has been entered yet."""
    async with storage.database.engine("hub_operator").connect() as connection:
        return not (await connection.execute(select(func.count()).select_from(organisation))).scalar()


class Beginning:
    """The mark of a world being made: what it stands beside may be thrown away, for it was never finished."""

    def __init__(self, settings: Settings):
        self._path = settings.home / "demo-begun"

    def __bool__(self) -> bool:
        return self._path.exists()

    def mark(self) -> None:
        """A world is being made from here on."""
        self._path.touch()

    def clear(self) -> None:
        """It is made."""
        self._path.unlink(missing_ok=True)


async def start_anew(storage: Storage) -> None:
    """Drops the hub's own database and makes an empty one; raises HubError STATE_CONFLICT for one that is not its own."""
    if storage.own is None:
        raise HubError("STATE_CONFLICT", "The demonstration throws away no database but its own.")
    await storage.database.close()
    await storage.own.drop(OWN)
    await storage.own.create(OWN)


async def hasten(storage: Storage) -> None:
    """Lets a made-up world be written without waiting for the disk: after a power cut it is made again."""
    connection = await owner_connection(storage.owner_url)
    try:
        await connection.execute(f'alter database "{storage.database.url.database}" set synchronous_commit = off')
    finally:
        await connection.close()
    await storage.database.close()
