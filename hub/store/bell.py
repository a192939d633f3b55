"""The bell of one process: wakes whoever follows a stream when the stream has grown."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import asyncpg

from hub.store.lost import LOST
from hub.store.pools import Database
from hub.store.relay import pause

log = logging.getLogger("hub.bell")

RING, RING_SLOW = 0.05, 0.1
RETRY, PATIENCE = 0.5, 10.0

HEADS = (
    "select coalesce((select epoch from hub.epoch), 1) as epoch, party_id, coalesce(last_seq, 0) as last_seq "
    "from unnest($1::uuid[]) as listened (party_id) left join hub.stream using (party_id)"
)


class Ear:
    """One subscriber's wait for its party's stream to grow beyond what it has read, in the epoch it reads in."""

    __slots__ = ("_ended", "_head", "_woken", "epoch", "expired")

    def __init__(self, head: int, epoch: int) -> None:
        self.epoch = epoch
        self.expired = False
        self._head = head
        self._woken = asyncio.Event()
        self._ended = False

    def tell(self, head: int) -> None:
        """The stream reaches so far now."""
        self._head = max(head, self._head)
        self._woken.set()

    def end(self, *, expired: bool = False) -> None:
        """Ends every wait for good: the subscriber is to stop, or its epoch is over."""
        self._ended, self.expired = True, expired or self.expired
        self._woken.set()

    async def beyond(self, seq: int) -> None:
        """Waits until the stream reaches beyond a number, or the waiting ends."""
        while self._head <= seq and not self._ended:
            self._woken.clear()
            await self._woken.wait()


class Bell:
    """Wakes the subscribers of this process: one light query a beat, for all parties that anyone here listens to."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ears: dict[UUID, set[Ear]] = {}
        self._heads: dict[UUID, int] = {}
        self._listened = asyncio.Event()

    @contextmanager
    def listening(self, party: UUID, epoch: int) -> Iterator[Ear]:
        """An ear for one party's stream, for as long as the context lasts."""
        ear = Ear(self._heads.get(party, 0), epoch)
        self._ears.setdefault(party, set()).add(ear)
        self._listened.set()
        try:
            yield ear
        finally:
            ears = self._ears[party]
            ears.discard(ear)
            if not ears:
                del self._ears[party]
                self._heads.pop(party, None)

    async def run(self, stop: asyncio.Event) -> None:
        """Looks and rings until told to stop; with nobody listening it asks nothing."""
        rest = RING
        while not stop.is_set():
            if not self._ears:
                self._listened.clear()
                await _either(self._listened, stop)
                continue
            try:
                rest = RING if await self.look() else min(rest * 1.2, RING_SLOW)
            except LOST as error:
                log.warning("bell without database, trying again: %s", type(error).__name__)
                rest = RETRY
            await pause(stop, rest)

    async def look(self) -> bool:
        """One look at the streams' heads; whether any had grown. Whoever listens in another epoch is told it is over."""
        pool = await self._database.reader(self._database.seat.listener)
        rows = await pool.fetch(HEADS, list(self._ears), timeout=PATIENCE)
        grown = [row for row in rows if row["last_seq"] > self._heads.get(row["party_id"], 0)]
        for row in grown:
            self._ring(row["party_id"], row["last_seq"])
        self._note_epoch(rows)
        return bool(grown)

    def _note_epoch(self, rows: list[asyncpg.Record]) -> None:
        for row in rows:
            for ear in self._ears.get(row["party_id"], ()):
                if ear.epoch < row["epoch"]:
                    ear.end(expired=True)

    def _ring(self, party: UUID, reached: int) -> None:
        # The last subscriber may have left during the query.
        if party in self._ears:
            self._heads[party] = reached
            for ear in self._ears[party]:
                ear.tell(reached)


async def _either(*events: asyncio.Event) -> None:
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
