"""Shutting out an organisation: every client of it at once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store.auth import client


async def shut_out(connection: AsyncConnection, organisation: UUID, now: datetime) -> dict[str, UUID]:
    """Disable the organisation's clients, as whichever party they speak; answers which were open, and whose they are."""
    mine = (client.c.organisation_id == organisation, client.c.disabled_at.is_(None))
    shut = update(client).where(*mine).values(disabled_at=now).returning(client.c.id, client.c.party_id)
    return {row.id: row.party_id for row in await connection.execute(shut)}
