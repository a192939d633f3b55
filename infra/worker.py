"""What runs beside the requests: the relay, the bell of the streams, and what a new day brings."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from hub.store import ticks
from hub.store.bell import Bell
from hub.store.lost import LOST
from hub.store.pools import Database
from hub.store.relay import Relay, pause
from infra import erasures

log = logging.getLogger("hub.worker")

Job = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
LOOK_AT_DATE = 15.0
LOOK_AT_ERASURES = 2.0
"""Seconds between looks; the jobs of a worker go on until they are told to stop."""


def utc_now() -> datetime:
    """The clock of a hub in service."""
    return datetime.now(UTC)


async def tick(database: Database, today: date, now: datetime) -> int:
    """Tells what the date has made new; answers how many apprentices that was, so that a second run answers 0."""
    told = 0
    while True:
        async with database.engine("hub_operator").begin() as connection:
            await connection.execute(text("set local role hub_rules"))
            due, newly = await ticks.tell_ready(connection, today, now)
        told += newly
        if not due:
            return told


class Worker:
    """The background work of one process; any number of processes may run it over one database.

    `today` answers the date in Europe/London, `now` the instant in UTC, `home` is where the list of erasures is kept,
    `beside` what else is to be kept going. Use as `async with Worker(…) as worker`.
    """

    def __init__(
        self,
        database: Database,
        today: Callable[[], date],
        now: Callable[[], datetime] = utc_now,
        home: Path | None = None,
        beside: Mapping[str, Job] | None = None,
    ) -> None:
        self.relay = Relay(database, now)
        self.bell = Bell(database)
        self._database = database
        self._today = today
        self._now = now
        self._home, self._beside = home, beside or {}
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Worker":
        self._stop.clear()
        jobs: dict[str, Job] = {"relay": self.relay.run, "bell": self.bell.run, "days": self._days, **self._beside}
        if self._home is not None:
            jobs["erasures"] = self._erasures
        self._tasks = [asyncio.create_task(_kept(name, run, self._stop), name=name) for name, run in jobs.items()]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Ends the work after the batch in hand; repeating it changes nothing."""
        self._stop.set()
        tasks, self._tasks = self._tasks, []
        await asyncio.gather(*tasks)

    async def run(self, stop: asyncio.Event) -> None:
        """Works until told to stop, for a process that does nothing else."""
        async with self:
            await stop.wait()

    async def _erasures(self, stop: asyncio.Event) -> None:
        """Keeps the list of erasures outside the database: what a restore brings back is erased again from it."""
        assert self._home is not None
        seen: int | None = None
        while not stop.is_set():
            try:
                if (found := await erasures.count(self._database)) != seen:
                    await erasures.catch_up(self._database, erasures.path_in(self._home))
                    seen = found
            except (*LOST, SQLAlchemyError) as error:
                log.warning("the list of erasures waits for the database: %s", type(error).__name__)
            await pause(stop, LOOK_AT_ERASURES)

    async def _days(self, stop: asyncio.Event) -> None:
        done: date | None = None
        while not stop.is_set():
            today = self._today()
            if today != done:
                try:
                    told = await tick(self._database, today, self._now())
                    log.info("the day has come", extra={"told": told})
                    done = today
                except (*LOST, SQLAlchemyError) as error:
                    log.warning("the day waits for the database: %s", type(error).__name__)
            await pause(stop, LOOK_AT_DATE if today == done else 1.0)


async def _kept(name: str, run: Job, stop: asyncio.Event) -> None:
    """A job that fails in a way nobody foresaw is logged and started again: the streams must not fall silent."""
    while not stop.is_set():
        try:
            await run(stop)
        except Exception:
            log.exception("%s failed and starts again", name)
            await pause(stop, 1.0)
