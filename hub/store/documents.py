"""Trusted documents: what operators have registered for one client or for all, and which clients may send nothing else."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.store.auth import client, document

EVERYBODY = "*"
"""In the place of a client: a document that every client may send."""
RELOAD_SECONDS = 5.0
STAMP = select(func.count(), func.sum(func.hashtextextended(document.c.sha256 + document.c.client_id, 0)))


def hash_of(text: str) -> str:
    """The id of a document: SHA-256 of its bytes in UTF-8, in lower-case hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Listed:
    """What the operator sees of a trusted document; `client` is EVERYBODY's or a client's id."""

    sha256: str
    client: str
    name: str
    added_at: datetime


async def add_document(connection: AsyncConnection, text: str, name: str, client_id: str, now: datetime) -> bool:
    """Trust a document from now on; false when it was trusted already."""
    row = {"sha256": hash_of(text), "client_id": client_id, "name": name, "text": text, "added_at": now}
    done = await connection.execute(insert(document).values(row).on_conflict_do_nothing())
    return done.rowcount == 1


async def remove_document(connection: AsyncConnection, sha256: str, client_id: str | None = None) -> list[str]:
    """Trust a document no longer, for one client or for any; answers for which it was trusted."""
    gone = delete(document).where(document.c.sha256 == sha256).returning(document.c.client_id)
    return list(await connection.scalars(gone if client_id is None else gone.where(document.c.client_id == client_id)))


async def list_documents(connection: AsyncConnection) -> list[Listed]:
    """Every trusted document, by client and then by name."""
    columns = (document.c.sha256, document.c.client_id, document.c.name, document.c.added_at)
    rows = await connection.execute(select(*columns).order_by(document.c.client_id, document.c.name, document.c.sha256))
    return [Listed(*row) for row in rows]


class TrustedDocuments:
    """The trusted documents of one process in memory, never older than five seconds; their texts are read when they change."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float] = monotonic):
        self._engine, self._clock = engine, clock
        self._loading = asyncio.Lock()
        self._until = -1.0
        self._stamp: object = None
        self._texts: Mapping[str, Mapping[str, str]] = {}
        self._sent: Mapping[str, frozenset[str]] = {}
        self.locked: frozenset[str] = frozenset()

    def stale(self) -> bool:
        """Whether the documents must be read again."""
        return self._clock() >= self._until

    async def fresh(self) -> None:
        """Read again what is stale; callers that come meanwhile wait for the same reading."""
        async with self._loading:
            if self.stale():
                await self._load()

    def holds(self, client_id: str, text: str) -> bool:
        """Whether a text is one of a client's trusted documents, or one of everybody's."""
        return any(text in self._sent.get(each, ()) for each in (client_id, EVERYBODY))

    def text(self, client_id: str, sha256: str) -> str | None:
        """The trusted document of this hash, when the client may send it."""
        for each in (client_id, EVERYBODY):
            found = self._texts.get(each, {}).get(sha256)
            if found is not None:
                return found
        return None

    async def _load(self) -> None:
        until = self._clock() + RELOAD_SECONDS
        async with self._engine.connect() as connection:
            shut_in = client.c.documents_only & client.c.disabled_at.is_(None)
            self.locked = frozenset(await connection.scalars(select(client.c.id).where(shut_in)))
            stamp = (await connection.execute(STAMP)).one()
            if stamp != self._stamp:
                rows = (await connection.execute(select(document.c.client_id, document.c.sha256, document.c.text))).all()
                texts: dict[str, dict[str, str]] = {}
                for client_id, sha256, text in rows:
                    texts.setdefault(client_id, {})[sha256] = text
                self._texts, self._stamp = texts, stamp
                self._sent = {each: frozenset(known.values()) for each, known in texts.items()}
        self._until = until
