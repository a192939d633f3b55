"""Idempotency keys: what was done under a client's own key is answered again, never done again."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import astuple
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.acts.inputs import Input
from hub.errors import HubError, Problem
from hub.store.spine import idempotency


def fingerprint(seal: bytes, name: str, given: Input, unread: str = "") -> bytes:
    """A keyed digest of an act's input, which tells equal inputs from different ones and nothing else."""
    body = [name, given.model_dump(mode="json", exclude={"idempotency_key"}), *([ascii(unread)] if unread else [])]
    return hmac.new(seal, orjson.dumps(body, option=orjson.OPT_SORT_KEYS), hashlib.sha256).digest()


async def claim(connection: AsyncConnection, client: str, key: str, mark: bytes, **said: Any) -> dict[str, Any] | None:
    """Claims a key, or answers what was done under it; equal posts wait for one another here.

    Raises HubError IDEMPOTENCY_CONFLICT when the key stands for another body.
    """
    new = insert(idempotency).values(client=client, key=key, fingerprint=mark, **said)
    claimed = await connection.execute(new.on_conflict_do_nothing().returning(idempotency.c.key))
    if claimed.first() is not None:
        return None
    row = (await connection.execute(idempotency.select().filter_by(client=client, key=key))).one()
    if row.fingerprint != mark:
        raise HubError("IDEMPOTENCY_CONFLICT", field="input.idempotencyKey")
    kept: dict[str, Any] = row.outcome
    return kept


async def keep(connection: AsyncConnection, client: str, key: str, answer: Mapping[str, Any]) -> None:
    """Keeps the packed answer of an act under its key, in the act's own transaction."""
    mine = (idempotency.c.client == client, idempotency.c.key == key)
    await connection.execute(idempotency.update().where(*mine).values(outcome=answer))


def packed(value: Any) -> Any:
    """The value as JSON, rows and problems told apart from text by a tag."""
    if isinstance(value, Mapping):
        return {name: packed(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [packed(each) for each in value]
    if isinstance(value, UUID):
        return {"$id": str(value)}
    return {"$problem": list(astuple(value))} if isinstance(value, Problem) else value


def unpacked(value: Any) -> Any:
    """The value that was packed."""
    if isinstance(value, list):
        return [unpacked(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    if "$id" in value:
        return UUID(value["$id"])
    return Problem(*value["$problem"]) if "$problem" in value else {name: unpacked(each) for name, each in value.items()}
