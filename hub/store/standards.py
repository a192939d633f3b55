"""Finds standards as they are named; one the hub does not know is kept without a plan, never dropped."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store import apprentices as t
from hub.store.spine import new_id

Name = tuple[str | None, str | None, str | None]
"""Reference, version and LARS code, as somebody named a standard; the reference or the code is there."""

# The one with a plan first, then the latest version: 1.10 is later than 1.9.
FIND = text("""
select id from apprentices.standard
where (cast(:lars as text) is null or lars_code = :lars) and (cast(:reference as text) is null or reference = :reference)
  and (version = :version or (cast(:version as text) is null and (planned or version is null)))
order by planned desc, string_to_array(version, '.')::int[] desc nulls last, id limit 1
""")
SHARED = text("select pg_advisory_xact_lock_shared(hashtextextended('standards', 0))")
ALONE = text("select pg_advisory_xact_lock(hashtextextended('standards', 0))")


async def hold(connection: AsyncConnection, *, alone: bool = False) -> None:
    """Keeps standards as they are while apprentices are put on them; `alone`, to change which is which."""
    await connection.execute(ALONE if alone else SHARED)


async def find(connection: AsyncConnection, name: Name) -> UUID | None:
    """The standard of that name; without a version, the latest that has a plan."""
    asked = dict(zip(("reference", "version", "lars"), name, strict=True))
    found: UUID | None = (await connection.execute(FIND, asked)).scalar()
    return found


async def find_or_keep(connection: AsyncConnection, names: Iterable[Name]) -> dict[Name, UUID]:
    """The standards of these names; an unknown one is kept under its name."""
    return {name: await find(connection, name) or await _keep(connection, name) for name in sorted(set(names), key=repr)}


async def _keep(connection: AsyncConnection, name: Name) -> UUID:
    key = ":".join(("standard", *(part or "" for part in name)))
    await connection.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})
    reference, version, lars = name
    title = f"Standard {reference}" if reference else f"Standard with LARS code {lars}"
    found, made = await find(connection, name), new_id()
    if found is None:
        row = {"reference": reference, "version": version, "lars_code": lars, "title": title, "planned": False}
        await connection.execute(insert(t.standard).values(id=made, **row))
    return found or made
