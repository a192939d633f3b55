"""Connections to PostgreSQL: one login role and one pool per party kind, opened when first needed."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from hub.store.roles import WHOLE, Seat, derived, password
from hub.store.stopping import stopped as cleared
from hub.viewer import PartyKind

SERVER_SETTINGS = {"jit": "off", "timezone": "UTC", "application_name": "epa-hub"}
# Every value is a bind, so one plan serves them all: a connection plans a statement once and not at each of its first
# executions, and a party of twenty thousand gets the plan that a party of a hundred gets.
# What a list looks up is another row each time, so remembering what was found only costs.
POOL_SETTINGS = {**SERVER_SETTINGS, "plan_cache_mode": "force_generic_plan", "enable_memoize": "off"}


class Pool:
    """At most `size` connections for reading, opened when needed, each lent to one reader at a time.

    Reads run in autocommit with transaction-local settings, so a connection comes back clean and goes straight to the
    next reader. asyncpg's own pool spends a task and a reset on every return: a tenth of what a small read costs.
    """

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]], size: int):
        self._connect, self._size = connect, size
        self._known: set[asyncpg.Connection] = set()
        self._idle: list[asyncpg.Connection] = []
        self._opening = 0
        self._stopping: set[asyncio.Task[None]] = set()
        self._waiting: deque[asyncio.Future[asyncpg.Connection | None]] = deque()

    async def fetchval(self, query: str, *args: Any) -> Any:
        """The first value of the first row."""
        # Every read of the graph comes through here, so what `acquire` does stands here without its generator.
        connection = self._ready() or await self._next()
        try:
            found = await connection.fetchval(query, *args)
        except BaseException as stopped:
            self._give_back(connection, stopped)
            raise
        self._give_back(connection)
        return found

    async def fetch(self, query: str, *args: Any, timeout: float | None = None) -> list[asyncpg.Record]:  # noqa: ASYNC109  (asyncpg has it so)
        """The rows of a query; TimeoutError when they took longer, in seconds."""
        async with self.acquire(timeout) as connection:
            rows: list[asyncpg.Record] = await connection.fetch(query, *args, timeout=timeout)
            return rows

    @asynccontextmanager
    async def acquire(self, timeout: float | None = None) -> AsyncIterator[asyncpg.Connection]:  # noqa: ASYNC109  (asyncpg has it so)
        """A connection for a while; TimeoutError when none came free in so many seconds."""
        connection = self._ready()
        if connection is None:
            async with asyncio.timeout(timeout):
                connection = await self._next()
        try:
            yield connection
        except BaseException as stopped:
            self._give_back(connection, stopped)
            raise
        self._give_back(connection)

    async def close(self) -> None:
        """Closes every connection; one that is lent is cut off."""
        idle, self._idle = self._idle, []
        for connection in self._known.difference(idle):
            connection.terminate()
        for connection in idle:
            await connection.close()
        await asyncio.gather(*self._stopping)
        self._known.clear()

    def get_size(self) -> int:
        """How many connections are open."""
        return len(self._known)

    def get_idle_size(self) -> int:
        """How many of them nobody uses."""
        return len(self._idle)

    def _ready(self) -> asyncpg.Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._known.discard(connection)
        return None

    async def _next(self) -> asyncpg.Connection:
        if len(self._known) + self._opening < self._size:
            return await self._open()
        turn: asyncio.Future[asyncpg.Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            given = await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._pass_on(turn.result())
            raise
        return given or await self._open()

    async def _open(self) -> asyncpg.Connection:
        self._opening += 1
        try:
            connection = await self._connect()
        except BaseException:
            self._pass_on(None)
            raise
        finally:
            self._opening -= 1
        self._known.add(connection)
        return connection

    def _give_back(self, connection: asyncpg.Connection, stopped: BaseException | None = None) -> None:
        if isinstance(stopped, TimeoutError) or not isinstance(stopped, Exception | None):
            # Whoever was cancelled or lost patience left the connection at work on something nobody waits for.
            task = asyncio.ensure_future(self._clear(connection))
            self._stopping.add(task)
            task.add_done_callback(self._stopping.discard)
            return
        self._return(connection)

    async def _clear(self, connection: asyncpg.Connection) -> None:
        await cleared(connection)
        self._return(connection)

    def _return(self, connection: asyncpg.Connection) -> None:
        if connection.is_closed():
            self._known.discard(connection)
            self._pass_on(None)
        else:
            self._pass_on(connection)

    def _pass_on(self, connection: asyncpg.Connection | None) -> None:
        """To whoever waits longest; without a connection it is the leave to open one."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return
        if connection is not None:
            self._idle.append(connection)


class Database:
    """The pools of one hub process over one database.

    `owner_url` names the server, the database and its owner; the hub itself never connects as the owner. `connections`
    is the budget of the process, shared out between reading and writing. `seat` is the roles it connects under; with a
    seat of a subgraph, `secret` is that subgraph's own. `longest` is how many seconds one statement of a party, or of who
    checks its tokens, may run; without it the server's own limit holds.
    """

    def __init__(self, owner_url: str, secret: bytes, connections: int = 60, seat: Seat = WHOLE, longest: float | None = None):
        self.url = make_url(owner_url).set(drivername="postgresql+asyncpg")
        self.secret = secret
        self.seat = seat
        self._longest = {} if longest is None else {"statement_timeout": str(int(longest * 1000))}
        self._bounded = frozenset((*(seat.party(kind) for kind in PartyKind), "hub_auth"))
        # Five roles read and five write; of two connections more one is the relay's, one the recorder's.
        share = (connections - 2) // 5
        self.writers = max(2, share // 3)
        self.readers = max(2, share - self.writers)
        self._pools: dict[str, Pool] = {}
        self._engines: dict[str, AsyncEngine] = {}

    def role_url(self, role: str) -> URL:
        """The same database, logged in as one of the hub's own roles."""
        derive = password if self.seat.whole else derived
        return self.url.set(username=role, password=derive(self.secret, role))

    async def reader(self, role: str) -> Pool:
        """The pool on which a role reads."""
        pool = self._pools.get(role)
        if pool is None:
            arguments = {**self._arguments(role), "server_settings": self._session(role), "max_cacheable_statement_size": 0}
            pool = self._pools[role] = Pool(lambda: asyncpg.connect(**arguments), self.readers)
        return pool

    def party_reader(self, kind: PartyKind) -> Awaitable[Pool]:
        """The pool on which a kind of party reads."""
        return self.reader(self.seat.party(kind))

    def party_engine(self, kind: PartyKind) -> AsyncEngine:
        """The engine on which a kind of party acts."""
        return self.engine(self.seat.party(kind))

    def engine(self, role: str) -> AsyncEngine:
        """The engine on which a role writes."""
        if role not in self._engines:
            self._engines[role] = create_async_engine(
                self.role_url(role),
                pool_size=self.writers,
                max_overflow=0,
                pool_pre_ping=True,
                connect_args={"server_settings": self._session(role)},
            )
        return self._engines[role]

    async def connect(self, role: str) -> asyncpg.Connection:
        """A single connection of its own, for the relay and the command line."""
        return await asyncpg.connect(**self._arguments(role))

    async def close(self) -> None:
        """Closes every pool."""
        for pool in self._pools.values():
            await pool.close()
        for engine in self._engines.values():
            await engine.dispose()
        self._pools.clear()
        self._engines.clear()

    def _session(self, role: str) -> dict[str, str]:
        return {**POOL_SETTINGS, **self._longest} if role in self._bounded else POOL_SETTINGS

    def _arguments(self, role: str) -> dict[str, Any]:
        return connection_arguments(self.role_url(role))


def connection_arguments(url: URL) -> dict[str, Any]:
    """asyncpg's arguments for a SQLAlchemy URL; a socket folder may stand in the query as `host`."""
    host = url.host or url.query.get("host")
    return {
        "host": host,
        "port": url.port or url.query.get("port"),
        "user": url.username,
        "password": url.password,
        "database": url.database,
        "server_settings": SERVER_SETTINGS,
    }


async def owner_connection(url: str) -> asyncpg.Connection:
    """A connection as the owner, for migrations only."""
    return await asyncpg.connect(**connection_arguments(make_url(url).set(drivername="postgresql+asyncpg")))
