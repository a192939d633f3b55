"""Shutting out an organisation: every client of it at once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store.auth import client


async def shut_out(connection: AsyncConnection, organisation: UUID, now: datetime) -> int:
    """Disable the organisation's clients, as whichever party they speak; answers how many were open."""
    mine = (client.c.organisation_id == organisation, client.c.disabled_at.is_(None))
    found = await connection.execute(update(client).where(*mine).values(disabled_at=now))
    return int(found.rowcount)
