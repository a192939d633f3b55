"""The clients of parties: added, shut out and listed by the operator; read at the token endpoint."""

import hashlib
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet
from sqlalchemy import insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from auth.jose import fits
from hub.errors import HubError
from hub.slices.scopes import SCOPES
from hub.store.auth import client
from hub.viewer import PartyKind
from hub.words import id_text

BASIC, KEY_JWT = "client_secret_basic", "private_key_jwt"
METHODS = (BASIC, KEY_JWT)
ASSERTION_ALGORITHMS = ("ES256", "PS256", "EdDSA", "Ed25519")
CLIENT_ID = re.compile(r"cli_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MAX_KEYS = 10


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client just added; its secret, absent when it signs with its own key, is shown this once and kept nowhere."""

    client_id: str
    client_secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientRow:
    """What the operator sees of a client."""

    client_id: str
    party: UUID
    kind: PartyKind
    organisation: UUID
    name: str
    method: str
    scopes: frozenset[str]
    documents_only: bool
    created_at: datetime
    expires_at: datetime | None
    disabled_at: datetime | None


def secret_hash(secret: str) -> bytes:
    """SHA-256 of a secret: enough for 256 random bits, and it does not hold up the loop as a password hash would."""
    return hashlib.sha256(secret.encode()).digest()


def _verifies(key: Key) -> bool:
    algorithms = [name for name in ASSERTION_ALGORITHMS if fits(key, name) and key.alg in (None, name)]
    return bool(algorithms) and key.get("use") in (None, "sig") and "verify" in (key.get("key_ops") or ["verify"])


def public_keys(jwks: Mapping[str, Any]) -> dict[str, Any]:
    """A client's key set reduced to what verifies its assertions; raises INPUT_INVALID for any key we would not take.

    Taken are P-256, RSA of 2048 to 4096 bits and Ed25519, public parts only, each with its own `kid`.
    """
    listed = jwks.get("keys")
    if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_KEYS or not all(isinstance(k, dict) for k in listed):
        raise HubError("INPUT_INVALID", f"A key set holds 1 to {MAX_KEYS} keys.", field="jwks")
    try:
        keys = [key for one in listed for key in KeySet.import_key_set({"keys": [one]})]
        if any(key.is_private for key in keys):
            raise HubError("INPUT_INVALID", "The key set holds a private key: send the public part only.", field="jwks")
    except (JoseError, ValueError, TypeError, LookupError) as error:
        raise HubError("INPUT_INVALID", "A key of the set cannot be read.", field="jwks") from error
    if not all(_verifies(key) for key in keys):
        raise HubError("INPUT_INVALID", "Keys are P-256, RSA of 2048 to 4096 bits or Ed25519.", field="jwks")
    if len({key.kid for key in keys}) != len(keys):
        raise HubError("INPUT_INVALID", "Two keys of the set have the same kid.", field="jwks")
    kept = ("kty", "kid", "alg", "crv", "x", "y", "n", "e")
    return {"keys": [{name: value for name, value in key.as_dict().items() if name in kept} for key in keys]}


def _granted(kind: PartyKind, scopes: Collection[str] | None) -> frozenset[str]:
    ceiling = SCOPES[kind]
    granted = ceiling if scopes is None else frozenset(scopes)
    if not granted or not granted <= ceiling:
        above = ", ".join(sorted(granted - ceiling)) or "none at all"
        raise HubError("INPUT_INVALID", f"A client of this kind of party cannot be granted {above}.", field="scopes")
    return granted


async def add_client(
    connection: AsyncConnection,
    *,
    party: UUID,
    kind: PartyKind,
    organisation: UUID,
    name: str,
    now: datetime,
    scopes: Collection[str] | None = None,
    method: str = BASIC,
    jwks: Mapping[str, Any] | None = None,
    expires: datetime | None = None,
    documents_only: bool = False,
) -> NewClient:
    """Give a party a client with these scopes, or with all its kind may have; raises INPUT_INVALID.

    One with `documents_only` may send its trusted documents and nothing else.
    """
    if method not in METHODS:
        raise HubError("INPUT_INVALID", f"A client authenticates by {' or '.join(METHODS)}.", field="method")
    if (method == KEY_JWT) != (jwks is not None):
        raise HubError("INPUT_INVALID", f"A key set belongs to {KEY_JWT}, and to no other method.", field="jwks")
    secret = secrets.token_urlsafe(32) if method == BASIC else None
    client_id = id_text("cli", uuid4())
    row = {
        "id": client_id, "party_id": party, "party_kind": kind.value, "organisation_id": organisation,
        "name": name, "method": method, "scopes": sorted(_granted(kind, scopes)),
        "secret_sha256": secret_hash(secret) if secret is not None else None,
        "jwks": public_keys(jwks) if jwks is not None else None,
        "created_at": now, "expires_at": expires, "documents_only": documents_only,
    }  # fmt: skip
    await connection.execute(insert(client).values(row))
    return NewClient(client_id, secret)


async def disable_client(connection: AsyncConnection, client_id: str, now: datetime) -> None:
    """Shut a client out: no token from now on, and within seconds none of its tokens is believed; raises NOT_FOUND.

    A client once shut out stays so, at its first moment.
    """
    await find_client(connection, client_id)
    still_open = (client.c.id == client_id) & client.c.disabled_at.is_(None)
    await connection.execute(update(client).where(still_open).values(disabled_at=now))


async def lock_client(connection: AsyncConnection, client_id: str, *, locked: bool) -> None:
    """Let a client send its trusted documents only, or whatever it likes again, within seconds; raises NOT_FOUND."""
    await find_client(connection, client_id)
    await connection.execute(update(client).where(client.c.id == client_id).values(documents_only=locked))


async def find_client(connection: AsyncConnection, client_id: str) -> ClientRow:
    """One client; raises NOT_FOUND."""
    row = (await connection.execute(select(client).where(client.c.id == client_id))).mappings().one_or_none()
    if row is None:
        raise HubError("NOT_FOUND", "There is no client with this id.", field="client")
    return _listed(row)


async def list_clients(connection: AsyncConnection, party: UUID | None = None) -> list[ClientRow]:
    """Every client, or one party's, oldest first; secrets and keys are not among what is listed."""
    query = select(client).order_by(client.c.created_at, client.c.id)
    if party is not None:
        query = query.where(client.c.party_id == party)
    return [_listed(row) for row in (await connection.execute(query)).mappings()]


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
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        disabled_at=row["disabled_at"],
    )
