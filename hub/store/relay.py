"""The relay: moves what acts left in the outbox into each recipient's own numbered stream.

One relay leads, by a session advisory lock held on the very connection that writes, so one that lost its lock has lost
the means to write. A batch is one transaction: a crash at any point loses nothing and repeats nothing.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from time import monotonic

import asyncpg

from hub.store.chain import Chain, Step, no_step
from hub.store.lost import LOST
from hub.store.pools import Database

log = logging.getLogger("hub.relay")

LOCK = 0x6570615F68756201
BATCH = 500
FAST, SLOW = 0.05, 0.15
CANDIDACY = 0.4
FIRST_RETRY, LAST_RETRY = 0.05, 1.0
HANGING = 30.0
BEAT = 5.0

EPOCH = 'insert into hub.epoch ("only", epoch, relay_at) values (1, 1, $1) on conflict do nothing'
BUMP = "update hub.epoch set epoch = greatest(epoch + 1, $1) returning epoch"
# Everything counts as pending that is committed, also what waits below for an older transaction to end.
OLDEST = "select at from hub.outbox order by id limit 1"
LAG = "update hub.epoch set relay_lag_ms = $1 where relay_lag_ms <> $1"
RELAY = "select relay_lag_ms, relay_at from hub.epoch"
ALIVE = "update hub.epoch set relay_at = $1"

# A row is taken once every transaction that began before its own has ended. Numbers of transactions are given out before
# locks are granted, numbers of rows after, so of two acts on one apprentice the later always has the higher row: rows go
# in their own order, and none overtakes a committed one that still waits.
MOVE = """
with horizon as materialized (
  select pg_snapshot_xmin(pg_current_snapshot()) as xmin
), waiting as materialized (
  select min(id) as id from hub.outbox where xid >= (select xmin from horizon)
), taken as (
  delete from hub.outbox where id in (
    select id from hub.outbox
    where xid < (select xmin from horizon) and id < coalesce((select id from waiting), 9223372036854775807)
    order by id limit $1)
  returning id, type, apprentice_id, standard_id, recipients, facts, at
), heard as (
  select taken.*, party_id,
    row_number() over (partition by party_id order by taken.id) as place,
    count(*) over (partition by party_id) as total
  from taken cross join lateral (select distinct unnest(recipients) as party_id) as recipient
), numbered as (
  insert into hub.stream (party_id, last_seq)
  select distinct party_id, total from heard
  on conflict (party_id) do update set last_seq = stream.last_seq + excluded.last_seq
  returning party_id, last_seq
), written as (
  insert into hub.event (party_id, seq, id, type, apprentice_id, standard_id, facts, at)
  select party_id, last_seq - total + place, gen_random_uuid(), type, apprentice_id, standard_id, facts, at
  from heard join numbered using (party_id)
)
select count(*) from taken
"""


async def ensure_epoch(connection: asyncpg.Connection, now: datetime) -> None:
    """Creates the row that holds the streams' epoch, unless it is there (role hub_relay)."""
    await connection.execute(EPOCH, now)


async def bump_epoch(connection: asyncpg.Connection, now: datetime) -> int:
    """Starts a new epoch, as a restore must: every cursor given out before has expired (role hub_operator or hub_relay).

    The minute is part of it, so that two restores of one backup never share an epoch.
    """
    epoch: int = await connection.fetchval(BUMP, int(now.timestamp()) // 60)
    return epoch


async def lag_ms(connection: asyncpg.Connection, now: datetime) -> int:
    """The age in milliseconds of the oldest row not yet relayed, 0 if there is none (role hub_relay)."""
    oldest: datetime | None = await connection.fetchval(OLDEST)
    return 0 if oldest is None else max(0, int((now - oldest).total_seconds() * 1000))


async def behind(connection: asyncpg.Connection, now: datetime, allowed_ms: int) -> str | None:
    """In a sentence, what is wrong with the relay of this database, whichever process runs it; None when nothing is."""
    found = await connection.fetchrow(RELAY)
    if found is None:
        return "No relay has worked on this database yet."
    if (now - found["relay_at"]).total_seconds() > HANGING:
        return f"No relay has been at work since {found['relay_at']:%Y-%m-%d %H:%M:%S} UTC."
    if found["relay_lag_ms"] > allowed_ms:
        return f"The relay is {found['relay_lag_ms']} ms behind; {allowed_ms} ms are allowed."
    return None


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Waits so long, or until told to stop."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


class Relay:
    """One candidate for the lead. `now` is the clock, in UTC; `step` is told each step, for tests that fail there."""

    def __init__(self, database: Database, now: Callable[[], datetime], *, batch: int = BATCH, step: Step = no_step) -> None:
        self.leading = False
        self._database = database
        self._now = now
        self._batch = batch
        self._step = step
        self._clear = False
        self.chain = Chain(step)

    async def run(self, stop: asyncio.Event) -> None:
        """Leads or waits to lead until told to stop, through every restart of PostgreSQL."""
        retry = FIRST_RETRY
        while not stop.is_set():
            try:
                connection = await self._database.connect("hub_relay")
                try:
                    await self._serve(connection, stop)
                finally:
                    retry = FIRST_RETRY if self.leading else retry
                    self.leading = False
                    await _leave(connection)
            except LOST as error:
                log.warning("relay without database, trying again: %s", type(error).__name__)
                await pause(stop, retry)
                retry = min(retry * 2, LAST_RETRY)

    async def _serve(self, connection: asyncpg.Connection, stop: asyncio.Event) -> None:
        while not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK):
            await pause(stop, CANDIDACY)
            if stop.is_set():
                return
        self.leading, self._clear = True, False
        await ensure_epoch(connection, self._now())
        await self.chain.begin(connection)
        rest, beat = FAST, 0.0
        while not stop.is_set():
            # A connection that hangs is cut, since it may hold the lead while nothing moves.
            watch = asyncio.get_running_loop().call_later(HANGING, connection.terminate)
            try:
                if monotonic() >= beat:
                    # By the clock alone, so that nobody can tell from it when others' events move.
                    await connection.execute(ALIVE, self._now())
                    beat = monotonic() + BEAT
                moved = await self.move(connection)
                # Little at a time, so that no event waits long behind a burst of reads.
                chained = await self.chain.forge(connection)
            finally:
                watch.cancel()
            rest = FAST if moved or chained or not self._clear else min(rest * 1.2, SLOW)
            if moved < self._batch and not self.chain.behind:
                await pause(stop, rest)

    async def move(self, connection: asyncpg.Connection) -> int:
        """Relays one batch in one transaction; answers how many rows left the outbox."""
        await self._step("polling")
        if self._clear and await connection.fetchval(OLDEST) is None:
            return 0
        async with connection.transaction():
            await self._step("begun")
            moved: int = await connection.fetchval(MOVE, self._batch)
            await self._step("moved")
            lag = await lag_ms(connection, self._now())
            await connection.execute(LAG, lag)
            await self._step("measured")
        self._clear = lag == 0
        await self._step("committed")
        return moved


async def _leave(connection: asyncpg.Connection) -> None:
    with suppress(*LOST):
        await connection.close(timeout=1)
