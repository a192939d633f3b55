"""Connections to PostgreSQL: one login role and one pool per party kind, opened when first needed."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import asyncpg
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from hub.store.roles import password
from hub.viewer import PartyKind

SERVER_SETTINGS = {"jit": "off", "timezone": "UTC", "application_name": "epa-hub"}
Pool = asyncpg.Pool


async def _leave_as_is(connection: asyncpg.Connection) -> None:
    """Reads run in autocommit with transaction-local settings, so a connection goes back clean."""


class Database:
    """The pools of one hub process over one database.

    `owner_url` names the server, the database and its owner; the hub itself never connects as the owner. `connections`
    is the budget of the process, shared out between reading and writing.
    """

    def __init__(self, owner_url: str, secret: bytes, connections: int = 40):
        self.url = make_url(owner_url).set(drivername="postgresql+asyncpg")
        self.secret = secret
        self.readers = max(2, connections // 4)
        self.writers = max(2, connections // 10)
        self._pools: dict[str, asyncio.Task[Pool]] = {}
        self._engines: dict[str, AsyncEngine] = {}

    def role_url(self, role: str) -> URL:
        """The same database, logged in as one of the hub's own roles."""
        return self.url.set(username=role, password=password(self.secret, role))

    async def reader(self, role: str) -> Pool:
        """The pool on which a role reads; opened once, however many ask at the same time."""
        if role not in self._pools:
            self._pools[role] = asyncio.create_task(self._open(role))
        try:
            return await asyncio.shield(self._pools[role])
        except (OSError, asyncpg.PostgresError):
            self._pools.pop(role, None)
            raise

    def party_reader(self, kind: PartyKind) -> Awaitable[Pool]:
        """The pool on which a kind of party reads."""
        return self.reader(f"hub_{kind}")

    def engine(self, role: str) -> AsyncEngine:
        """The engine on which a role writes."""
        if role not in self._engines:
            self._engines[role] = create_async_engine(
                self.role_url(role),
                pool_size=self.writers,
                max_overflow=0,
                pool_pre_ping=True,
                connect_args={"server_settings": SERVER_SETTINGS},
            )
        return self._engines[role]

    async def connect(self, role: str) -> asyncpg.Connection:
        """A single connection of its own, for the relay and the command line."""
        return await asyncpg.connect(**self._arguments(role))

    async def close(self) -> None:
        """Closes every pool."""
        for task in self._pools.values():
            await (await task).close()
        for engine in self._engines.values():
            await engine.dispose()
        self._pools.clear()
        self._engines.clear()

    async def _open(self, role: str) -> Pool:
        return await asyncpg.create_pool(
            **self._arguments(role),
            min_size=1,
            max_size=self.readers,
            max_cacheable_statement_size=0,
            reset=_leave_as_is,
        )

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
