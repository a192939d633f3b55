"""Seals the heads of the audit's chains: every minute in a hub at work, and whenever it is asked."""

import asyncio
import logging
import time
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from auth.heads import sealed_head
from auth.keys import KeyRing
from hub.store.lost import LOST
from hub.store.pools import Database
from hub.store.relay import pause
from hub.store.verifying import Head

log = logging.getLogger("hub.audit")

SECONDS = 60.0
# A chain that has not grown since its last head has that one still.
GROWN = """
select l.party_id, l.seq, l.hash from hub.audit_link l
where ($1::uuid is null or l.party_id = $1) and l.seq = (select max(k.seq) from hub.audit_link k where k.party_id = l.party_id)
  and not exists (select 1 from hub.audit_head h where h.party_id = l.party_id and h.seq = l.seq)
order by l.party_id
"""
KEEP = "insert into hub.audit_head (party_id, seq, at, hash, jws) values ($1, $2, $3, $4, $5) on conflict do nothing"
NEWEST = (
    "select distinct on (party_id) party_id, seq, at, hash, jws from hub.audit_head"
    " where $1::uuid is null or party_id = $1 order by party_id, seq desc"
)


class Sealer:
    """Seals what has grown since the last time, with the key that signs tokens now. Any number of processes may."""

    def __init__(self, database: Database, ring: KeyRing, issuer: str):
        self._database, self._ring, self._issuer = database, ring, issuer

    async def seal(self, party: UUID | None = None) -> int:
        """Seals the head of one party's chain, or of every chain that has grown; answers how many were sealed."""
        await self._ring.fresh()
        connection = await self._database.connect("hub_operator")
        try:
            grown = await connection.fetch(GROWN, party)
            for row in grown:
                at, head = datetime.now(UTC), Head(row["party_id"], row["seq"], row["hash"])
                jws = sealed_head(self._ring.signer(time.time()), self._issuer, head, at)
                await connection.execute(KEEP, head.party, head.seq, at, head.hash, jws)
            return len(grown)
        finally:
            await connection.close()

    async def run(self, stop: asyncio.Event) -> None:
        """Seals every minute until told to stop."""
        while not stop.is_set():
            try:
                await self.seal()
            except (*LOST, SQLAlchemyError) as error:
                log.warning("heads wait for the database: %s", type(error).__name__)
            await pause(stop, SECONDS)
