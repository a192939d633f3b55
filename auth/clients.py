"""The clients of parties: added, given other keys, shut out and listed by the operator; read at the token endpoint."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.errors import HubError
from hub.store.auth import client, secret
from hub.store.clients import BASIC, ISSUED, NewClient, Wanted, row_of, secret_hash, turned
from hub.viewer import PartyKind


@dataclass(frozen=True, slots=True)
class ClientRow:
    """What the operator sees of a client; `kids` name its keys."""

    client_id: str
    party: UUID
    kind: PartyKind
    organisation: UUID
    name: str
    method: str
    scopes: frozenset[str]
    documents_only: bool
    bound: bool
    kids: tuple[str, ...]
    jwks_url: str | None
    issuer: str | None
    created_at: datetime
    expires_at: datetime | None
    disabled_at: datetime | None


async def add_client(connection: AsyncConnection, **wanted: Any) -> NewClient:
    """Give a party the client that `Wanted` describes; raises INPUT_INVALID.

    One with `documents_only` may send its trusted documents and nothing else.
    """
    row, made = row_of(Wanted(**wanted))
    try:
        await connection.execute(insert(client).values(row))
        if made.client_secret is not None:
            kept = {"client_id": made.client_id, "sha256": secret_hash(made.client_secret)}
            await connection.execute(insert(secret).values(kept))
    except IntegrityError as error:
        raise HubError("INPUT_INVALID", "This issuer's client is a client of the hub already.", field="subject") from error
    return made


async def turn_keys(
    connection: AsyncConnection,
    client_id: str,
    *,
    added: Mapping[str, Any] | None = None,
    retired: Collection[str] = (),
    jwks_url: str | None = None,
) -> ClientRow:
    """Give a client further keys, retire others, or let it keep its set at a URL; raises NOT_FOUND, or as `turned` does."""
    row = await _row(connection, client_id, for_update=True)
    values = turned(dict(row), added, retired, jwks_url)
    await connection.execute(update(client).where(client.c.id == client_id).values(values))
    return await find_client(connection, client_id)


async def disable_client(connection: AsyncConnection, client_id: str, now: datetime) -> ClientRow:
    """Shut a client out: no token from now on, and within seconds none of its tokens is believed; raises NOT_FOUND.

    A client once shut out stays so, at its first moment. Answers with the client as it was.
    """
    found = await find_client(connection, client_id)
    still_open = (client.c.id == client_id) & client.c.disabled_at.is_(None)
    await connection.execute(update(client).where(still_open).values(disabled_at=now))
    return found


async def lock_client(connection: AsyncConnection, client_id: str, *, locked: bool) -> ClientRow:
    """Let a client send its trusted documents only, or whatever it likes again, within seconds; raises NOT_FOUND.

    Answers with the client as it was.
    """
    found = await find_client(connection, client_id)
    await connection.execute(update(client).where(client.c.id == client_id).values(documents_only=locked))
    return found


async def find_client(connection: AsyncConnection, client_id: str) -> ClientRow:
    """One client; raises NOT_FOUND."""
    return _listed(await _row(connection, client_id))


async def _row(connection: AsyncConnection, client_id: str, *, for_update: bool = False) -> RowMapping:
    query = select(client).where(client.c.id == client_id)
    found = await connection.execute(query.with_for_update() if for_update else query)
    row = found.mappings().one_or_none()
    if row is None:
        raise HubError("NOT_FOUND", "There is no client with this id.", field="client")
    return row


async def list_clients(connection: AsyncConnection, party: UUID | None = None) -> list[ClientRow]:
    """Every client, or one party's, oldest first; secrets and keys are not among what is listed."""
    query = select(client).order_by(client.c.created_at, client.c.id)
    if party is not None:
        query = query.where(client.c.party_id == party)
    return [_listed(row) for row in (await connection.execute(query)).mappings()]


async def count_sandboxes(connection: AsyncConnection, now: datetime) -> int:
    """How many clients with a secret may still ask for tokens."""
    lasting = client.c.expires_at.is_(None) | (client.c.expires_at > now)
    query = select(func.count()).where(client.c.method == BASIC, client.c.disabled_at.is_(None), lasting)
    return int(await connection.scalar(query) or 0)


def _listed(row: RowMapping) -> ClientRow:
    return ClientRow(
        client_id=row["id"],
        party=row["party_id"],
        kind=PartyKind(row["party_kind"]),
        organisation=row["organisation_id"],
        name=row["name"],
        method=row["method"],
        scopes=frozenset(row["scopes"]),
        documents_only=row["documents_only"],
        bound=row["bound"],
        kids=tuple(key["kid"] for key in (row["jwks"] or {"keys": ()})["keys"]),
        jwks_url=row["jwks_url"],
        issuer=row["issuer"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        disabled_at=row["disabled_at"],
    )


__all__ = [
    "BASIC", "ISSUED", "ClientRow", "NewClient", "add_client", "count_sandboxes", "disable_client", "find_client",
    "list_clients", "lock_client", "turn_keys",
]  # fmt: skip
