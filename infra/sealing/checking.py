"""Whether everything that is sealed can be opened: at once by the ids of the keys, or by opening every box."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.errors import HubError
from hub.keyring import Keys
from hub.sealing import key_id
from hub.store import sealed
from hub.store.pools import Database
from hub.viewer import PartyKind
from infra.sealing.ring import Ring

IDS = text("""
select r.epao_party_id as party, substring(r.sealed from 2 for 8) as key from grades.result r
union select r.epao_party_id, substring(b.sealed from 2 for 8) from grades.breach b join grades.result r on r.id = b.result_id
""")
NAMES = text("""
select p.id, o.name from apprentices.party p join apprentices.organisation o on o.id = p.organisation_id where p.id = any(:ids)
""")
# What an EPAO sees of assessments and grade is sealed by the one that assesses: the one whose results count.
ASSESSES = """cross join lateral (select r.epao_party_id as party from grades.result r
  where r.apprentice_id = x.apprentice_id and r.current order by r.at desc limit 1) e where x.sealed is not null"""
OF_RESULT = "join grades.result r on r.id = x.result_id"
BOXES = {
    sealed.RESULT: "select x.epao_party_id as party, x.id::text as row, x.sealed from grades.result x",
    sealed.COMPONENT: "select r.epao_party_id as party, x.result_id || '/' || x.component as row, x.sealed"
    f" from grades.result_component x {OF_RESULT}",
    sealed.BREACH: f"select r.epao_party_id as party, x.id::text as row, x.sealed from grades.breach x {OF_RESULT}",
    sealed.ASSESSMENT: "select e.party, x.apprentice_id || '/' || x.method as row, x.sealed"
    f" from grades.assessment x {ASSESSES}",
    sealed.GRADE: f"select e.party, x.apprentice_id::text as row, x.sealed from grades.grade x {ASSESSES}",
}


@dataclass(slots=True)
class Checked:
    """One EPAO's sealed values: how many open, which keys are missing for others, and which were altered."""

    party: UUID
    name: str = ""
    opened: int = 0
    missing: set[str] = field(default_factory=set)
    altered: list[str] = field(default_factory=list)


async def missing_keys(database: Database, ring: Ring) -> dict[str, list[str]]:
    """The ids of the keys that are not here and under which something is sealed, by the name of the EPAO."""
    async with _above(database) as connection:
        used = (await connection.execute(IDS)).all()
        lost = [(row.party, bytes(row.key)) for row in used if bytes(row.key) not in ring.held(row.party)]
        names = await _names(connection, {party for party, _ in lost})
    found: dict[str, list[str]] = {}
    for party, key in lost:
        found.setdefault(names[party], []).append(key.hex())
    return {name: sorted(keys) for name, keys in sorted(found.items())}


async def require_keys(database: Database, ring: Ring) -> None:
    """Raises HubError SEALING_KEY_MISSING, naming each EPAO, unless every key is here."""
    lost = await missing_keys(database, ring)
    if lost:
        raise HubError("SEALING_KEY_MISSING", told_of(lost))


def told_of(lost: dict[str, list[str]]) -> str:
    """What is missing, and what to do."""
    named = "; ".join(f"{name} ({', '.join(keys)})" for name, keys in lost.items())
    return (
        f"The database holds values sealed under keys that are not here: {named}. Put them back, with `hub keys restore`"
        " or into HUB_SEALING_KEYS; HUB_SEALING_REQUIRED=false serves without them, and what they seal stays unread."
    )


async def check_all(database: Database, keys: Keys) -> list[Checked]:
    """Opens every box there is, party by party."""
    found: dict[UUID, Checked] = {}
    async with _above(database) as connection:
        for table, query in BOXES.items():
            rows = await connection.stream(text(query))
            async for row in rows:
                one = found.setdefault(row.party, Checked(row.party))
                await _check(one, keys, table, row.row, bytes(row.sealed))
        for party, name in (await _names(connection, set(found))).items():
            found[party].name = name
    return sorted(found.values(), key=lambda each: each.name)


async def _check(one: Checked, keys: Keys, table: str, row: str, box: bytes) -> None:
    try:
        await sealed.opened(keys, one.party, table, row, box)
    except HubError as refused:
        if refused.problem.code == "SEALED_VALUE_ALTERED":
            one.altered.append(f"{table} {row}")
        else:
            one.missing.add(key_id(box).hex())
    else:
        one.opened += 1


async def _names(connection: AsyncConnection, parties: set[UUID]) -> dict[UUID, str]:
    return {row.id: row.name for row in await connection.execute(NAMES, {"ids": list(parties)})}


@asynccontextmanager
async def _above(database: Database) -> AsyncIterator[AsyncConnection]:
    """A connection to which every row is open, as acts have it; it changes nothing."""
    async with database.party_engine(PartyKind.EPAO).connect() as connection:
        await connection.execute(text("set transaction read only"))
        await connection.execute(text(f"set local role {database.seat.rules}"))
        yield connection
        await connection.rollback()
