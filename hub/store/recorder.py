"""Records who read what: one row per operation, many rows in one statement, and none of them lost unnoticed.

One task writes. It begins anew as soon as its last statement has returned, so that rows which come meanwhile share the
next commit. Whoever reads data that is not its own waits for its row; whoever reads its own does not, while the
rows that wait are bounded.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from time import monotonic
from uuid import UUID

import asyncpg

from hub.errors import HubError
from hub.store.lost import LOST
from hub.store.pools import Database
from hub.store.spine import ordered_ids
from hub.trace import TRACE
from hub.viewer import PartyKind, Viewer

log = logging.getLogger("hub.audit")

OWNERS = frozenset({PartyKind.EMPLOYER, PartyKind.PROVIDER})
"""The kinds of party that read data of their own; every other reads somebody else's."""
READ, EVENT = "read", "event"
MOST = 5_000
"""How many rows may wait; a reader that comes then waits too."""
FLUSH = 1_000
LINGER = 0.01
"""How long, in seconds, rows nobody waits for may gather before the next statement."""
SHARED, SHARE = 3, 0.003
"""After a statement of so many rows those who wait do so for so many seconds more, and share the next commit with others."""
PATIENCE = 2.0
"""For how many seconds the database may refuse rows before reads are refused instead of left unrecorded."""
RETRY = 0.1

# Every column comes as one array; the subjects of all rows stand in one, and each row has its stretch of it. A row that
# is sent once more, because nobody heard that it had arrived, is there already.
WRITE = """
insert into hub.audit (id, party_id, client, on_behalf_of, act, subjects, fingerprint, at, kind, classes, trace)
select r.id, r.party_id, r.client, r.on_behalf_of, r.act, ($12::uuid[])[r.low:r.high], r.fingerprint, r.at, r.kind,
  string_to_array(r.classes, ' '), r.trace
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::timestamptz[], $8::text[],
  $9::text[], $10::text[], $11::int[], $13::int[])
  as r(id, party_id, client, on_behalf_of, act, fingerprint, at, kind, classes, trace, low, high)
on conflict do nothing
"""
Subjects = tuple[str, ...]
"""Apprentices' UUIDs, as text."""
Row = tuple[UUID, str, str | None, str, bytes, datetime, str, str, str | None, Subjects]


class What:
    """What an operation reads, as far as its plan alone says it: worked out once, for all who send it."""

    __slots__ = ("classes", "fingerprint", "name", "words")

    def __init__(self, name: str, fingerprint: bytes, classes: tuple[str, ...]):
        self.name, self.fingerprint, self.classes = name, fingerprint, classes
        self.words = " ".join(classes)


class Recorder:
    """Records the reads of one process. `now` is the clock, in UTC."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)):
        self._database, self._now = database, now
        self._rows: list[Row] = []
        self._flushing: list[Row] = []
        self._hurry: asyncio.Future[None] | None = None
        self._flushed: asyncio.Future[None] | None = None
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._failing: float | None = None
        self._last = 0
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many rows are not written yet."""
        return len(self._rows) + len(self._flushing)

    def open(self) -> None:
        """Raises HUB_UNAVAILABLE while the database takes no rows: what cannot be recorded is not read."""
        if self._failing is not None and monotonic() - self._failing > PATIENCE:
            raise HubError("HUB_UNAVAILABLE", "Reads cannot be recorded now; try again.")

    async def record(self, viewer: Viewer, what: What, subjects: Subjects, kind: str = READ) -> None:
        """Records one read; for whoever reads what is not its own it returns once the row is safe.

        Raises HubError HUB_UNAVAILABLE when the row cannot be written; the answer must not leave then.
        """
        self.open()
        if len(self._rows) >= MOST:
            await self._roomy()
        self._rows.append(
            (viewer.party, viewer.client, viewer.on_behalf, what.name, what.fingerprint, self._now(), kind, what.words,
             TRACE.get(), subjects)
        )  # fmt: skip
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write(), name="audit")
        self._wake.set()
        if viewer.kind not in OWNERS:
            await self._safe()

    async def close(self) -> None:
        """Writes what waits and ends; what the database does not take within the patience is logged as lost."""
        self._closing = True
        self._hasten()
        self._wake.set()
        if self._task is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._task, PATIENCE * 2)
        if self.waiting:
            log.error("reads unrecorded", extra={"fields": {"rows": self.waiting}})

    async def _roomy(self) -> None:
        self._room.clear()
        await _within(self._room.wait())

    async def _safe(self) -> None:
        """Waits for the statement that will hold every row there is now."""
        self._hasten()
        if self._flushed is None:
            self._flushed = asyncio.get_running_loop().create_future()
        await _within(asyncio.shield(self._flushed))

    def _hasten(self) -> None:
        if self._hurry is not None and not self._hurry.done():
            self._hurry.set_result(None)

    async def _write(self) -> None:
        connection: asyncpg.Connection | None = None
        try:
            while True:
                await self._wake.wait()
                if not self._rows:
                    if self._closing:
                        if connection is not None:
                            await connection.close(timeout=1)
                        return
                    self._wake.clear()
                    continue
                connection = await self._flush(connection)
        finally:
            self._rows, self._flushing = self._flushing + self._rows, []
            if connection is not None:
                connection.terminate()

    async def _flush(self, connection: asyncpg.Connection | None) -> asyncpg.Connection | None:
        await self._gather()
        flushed, self._flushed = self._flushed, None
        self._flushing, self._rows = self._rows, []
        self._last = len(self._flushing)
        while self._flushing:
            columns = columns_of(self._flushing[:FLUSH])
            connection = await self._persist(connection, columns)
            del self._flushing[:FLUSH]
        self._room.set()
        if flushed is not None:
            flushed.set_result(None)
        return connection

    async def _gather(self) -> None:
        """Lets rows gather for a moment: when nobody waits for them, or when the last ones were many."""
        if self._flushed is None and not self._closing and len(self._rows) < FLUSH:
            self._hurry = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._hurry], timeout=LINGER)
            self._hurry = None
        if self._last >= SHARED and not self._closing and len(self._rows) < FLUSH:
            await asyncio.sleep(SHARE)

    async def _persist(self, connection: asyncpg.Connection | None, columns: list[list[object]]) -> asyncpg.Connection:
        """Writes until it is written: the same rows with the same ids, so that none is written twice."""
        while True:
            began = monotonic()
            try:
                if connection is None or connection.is_closed():
                    connection = await self._database.connect(self._database.seat.auditor)
                    await connection.execute("set synchronous_commit = on")
                await connection.execute(WRITE, *columns, timeout=PATIENCE)
            except (*LOST, asyncpg.PostgresError) as error:
                self._failing = self._failing or began
                log.warning("audit not written, trying again: %s", type(error).__name__)
                if connection is not None:
                    connection.terminate()
                connection = None
                await asyncio.sleep(RETRY)
            else:
                self._failing = None
                return connection


@asynccontextmanager
async def recording(database: Database) -> AsyncIterator[Recorder]:
    """A recorder at work, that has written what it took when the block is left."""
    recorder = Recorder(database)
    try:
        yield recorder
    finally:
        await recorder.close()


async def _within(waiting: Awaitable[object]) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            await waiting
    except TimeoutError:
        raise HubError("HUB_UNAVAILABLE", "Reads cannot be recorded now; try again.") from None


def columns_of(rows: list[Row]) -> list[list[object]]:
    """The rows as columns in the order of the statement's binds, their subjects in one list."""
    *columns, subjects = map(list, zip(*rows, strict=True))
    low, high, every, place = [], [], [], 0
    for each in subjects:
        low.append(place + 1)
        place += len(each)
        high.append(place)
        every.extend(each)
    return [ordered_ids(len(rows)), *columns, low, every, high]
