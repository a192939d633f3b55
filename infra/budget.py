"""How many PostgreSQL connections one hub process may open, and whether the server has them to give."""

from dataclasses import dataclass

import asyncpg

from hub.store.pools import Database

READING = ("hub_employer", "hub_provider", "hub_epao", "hub_relay", "hub_operator")
WRITING = ("hub_employer", "hub_provider", "hub_epao", "hub_auth", "hub_operator")
RELAY, RECORDER = 1, 1
AVAILABLE = (
    "select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
    " - coalesce(current_setting('reserved_connections', true), '0')::int"
)


@dataclass(frozen=True, slots=True)
class Budget:
    """Connections by role, reading and writing, and what the server gives to ordinary roles in all."""

    shares: tuple[tuple[str, int, int], ...]
    available: int

    @property
    def most(self) -> int:
        """The most connections one process opens."""
        return RELAY + RECORDER + sum(reading + writing for _, reading, writing in self.shares)

    @property
    def processes(self) -> int:
        """How many processes the server has connections for."""
        return self.available // self.most


async def budget_of(database: Database, connection: asyncpg.Connection) -> Budget:
    """The budget of this process over the connected server."""
    shares = tuple(
        (role, database.readers * (role in READING), database.writers * (role in WRITING))
        for role in dict.fromkeys((*READING, *WRITING))
    )
    return Budget(shares, await connection.fetchval(AVAILABLE))
