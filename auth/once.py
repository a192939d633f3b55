"""Each proof is taken once, whichever process of the hub hears of it first.

The marks of proofs lie in one table for a minute. A process writes down those that come together in one statement, and
each waits for its own statement alone, so that many at once cost little more than one.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.jose import TokenRefused
from auth.proofs import Proof
from hub.store.auth import proof

REPLAYED = "proof replayed"
SWEEP_SECONDS = 5.0
SWEPT_AT_ONCE = 20_000
MOST_AT_ONCE = 1_000
# Whoever waits for the disk waits longer than for everything else here; what a crash of the database may lose is the
# marks of its last half second.
NOTE = """
with soon as materialized (select set_config('synchronous_commit', 'off', true))
insert into auth.proof (mark, expires_at)
select given.mark, given.expires_at from soon, unnest($1::uuid[], $2::timestamptz[]) as given (mark, expires_at)
order by given.mark on conflict do nothing returning mark
"""
SWEEP = """
with soon as materialized (select set_config('synchronous_commit', 'off', true))
delete from auth.proof where mark in (
  select old.mark from soon, auth.proof old where old.expires_at < $1 order by old.expires_at limit $2 for update of old
  skip locked)
"""


def use_proof(connection: Connection, shown: Proof) -> None:
    """Note a proof as used within a transaction; raises TokenRefused when it was used before."""
    row = {"mark": shown.mark, "expires_at": shown.until}
    if connection.execute(insert(proof).values(row).on_conflict_do_nothing().returning(proof.c.mark)).first() is None:
        raise TokenRefused(REPLAYED)


class ProofBook:
    """The marks as one process writes them down."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float]):
        self._engine, self._clock = engine, clock
        self._waiting: list[tuple[Proof, asyncio.Future[bool]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._swept_at = clock()

    async def use(self, shown: Proof) -> None:
        """Note a proof as used; raises TokenRefused when it was used before, here or in any other process."""
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((shown, turn))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        if not await turn:
            raise TokenRefused(REPLAYED)

    async def _write(self) -> None:
        try:
            while self._waiting:
                together, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
                try:
                    fresh = await self._note([shown for shown, _ in together])
                except Exception as error:
                    _tell(together, lambda turn, _, error=error: turn.set_exception(error))
                else:
                    _tell(together, lambda turn, shown, fresh=fresh: turn.set_result(_first(shown, fresh)))
        finally:
            self._writing = None

    async def _note(self, shown: list[Proof]) -> set[Any]:
        now = self._clock()
        async with self._engine.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            if not 0 <= now - self._swept_at < SWEEP_SECONDS:
                self._swept_at = now
                await raw.execute(SWEEP, datetime.fromtimestamp(now, UTC), SWEPT_AT_ONCE)
            rows = await raw.fetch(NOTE, [each.mark for each in shown], [each.until for each in shown])
            return {row["mark"] for row in rows}


def _first(shown: Proof, fresh: set[Any]) -> bool:
    """Whether a mark was fresh; of two alike that came together, the first takes it."""
    if shown.mark not in fresh:
        return False
    fresh.remove(shown.mark)
    return True


def _tell(together: list[tuple[Proof, asyncio.Future[bool]]], tell: Callable[..., None]) -> None:
    for shown, turn in together:
        if not turn.done():
            tell(turn, shown)
