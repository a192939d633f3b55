"""A hub that is looked at from above before and after each of the operator's commands, and the commands there are."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from hub.slices.rows import TABLES
from hub.store.pools import Database
from hub.store.roles import password
from infra.cli import Commands
from infra.postgres import EmbeddedPostgres, read_secret
from tests.infra.running import Ran, hub

NOBODY = UUID(int=0)
"""The operator's own chain: what concerns no party."""
NAME, TEXT = "Canary records", "query Canary { viewer { kind } }"
"""What is given to commands and must stand in no record."""


def commands() -> set[str]:
    """Every command there is, by its words."""

    def below(words: str, found: Any) -> Iterator[str]:
        if not (each := getattr(found, "commands", None)):
            yield words
            return
        if found.invoke_without_command:
            yield words
        for name, command in each.items():
            yield from below(f"{words} {name}", command)

    return {words for name, found in Commands().items() for words in below(name, found)}


Rows = dict[str, list[str]]


@dataclass
class House:
    """A hub with a posted result, looked at from above before and after each command."""

    home: Path
    server: EmbeddedPostgres
    result: str = ""
    apprentice: str = ""
    epao: tuple[str, UUID] = ("", NOBODY)
    ran: set[str] = field(default_factory=set)

    @asynccontextmanager
    async def above(self) -> AsyncIterator[asyncpg.Connection]:
        """A superuser, whom no policy binds."""
        database = Database(self.server.owner_url("hub"), read_secret(self.home))
        url = database.url
        options = {"host": url.query["host"], "database": url.database, "user": "postgres"}
        connection = await asyncpg.connect(**options, password=password(read_secret(self.home), "postgres"))
        try:
            yield connection
        finally:
            await connection.close()

    async def seen(self) -> tuple[Rows, list[asyncpg.Record]]:
        """Every row of every table as text, and the records in their order."""
        async with self.above() as connection:
            kept = {
                table: [row["r"] for row in await connection.fetch(f"select x::text as r from {table} x order by 1")]
                for table in TABLES
            }
            return kept, await connection.fetch("select * from hub.audit order by id")

    async def above_all(self, statement: str) -> None:
        """Runs one statement that no role of the hub may."""
        async with self.above() as connection:
            await connection.execute(statement)

    async def party(self, named: str) -> UUID:
        """The party that an organisation is, when it is one."""
        async with self.above() as connection:
            found = await connection.fetchval(
                "select p.id from apprentices.party p join apprentices.organisation_identifier i using (organisation_id)"
                " where i.scheme || ':' || i.value = $1", named,
            )  # fmt: skip
            assert isinstance(found, UUID)
            return found

    def does(self, *words: str, **more: str) -> tuple[Ran, set[str], list[asyncpg.Record]]:
        """Runs a command that must succeed: what it said, which tables it changed, and what it left on record."""
        before, records = asyncio.run(self.seen())
        ran = hub(self.home, *words, **more)
        assert ran.code == 0, (words, ran)
        after, later = asyncio.run(self.seen())
        self.ran |= {each for each in commands() if words[: len(each.split())] == tuple(each.split())}
        known = {row["id"] for row in records}
        return ran, {name for name in after if before[name] != after[name]}, [row for row in later if row["id"] not in known]

    def changes(self, *words: str, on: Callable[[Ran], list[tuple[UUID, str, str | None]]], **more: str) -> Ran:
        """Runs a command that changes something, and holds its records to the chain, act and thing that they must name."""
        ran, changed, records = self.does(*words, **more)
        told = sorted((row["party_id"], row["act"], row["thing"]) for row in records)
        assert told == sorted(on(ran)), words
        assert {row["client"] for row in records} == {"operator"}, words
        assert changed - {"hub.audit"} or words[:3] == ("keys", "rotate", "--sealing"), (words, "changed nothing")
        for said in (*ran.out.split("client_secret")[1:], NAME, "Canary"):
            assert not any(said.strip() in str(dict(row)) for row in records), words
        return ran
