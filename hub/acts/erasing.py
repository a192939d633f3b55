"""Erases apprentices: what it takes away and what stays is read from the data map, so that a new column is never forgotten.

Until the employer's gateway decision nothing is anybody's record of assessment, and everything goes; after it the record
of assessment stays, about an id.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Column, delete, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.slices.data import DATA
from hub.slices.uses import USES, Fate
from hub.store import apprentices as t
from hub.store import gateway
from hub.store.spine import card
from hub.store.tables import metadata
from hub.store.tombstones import Erased, Mark, digest, keep
from hub.viewer import PartyKind


def columns_of(table: str, fate: Fate) -> list[str]:
    """The columns of a table that erasure treats in this way."""
    return [name for use, names in DATA[table].items() if USES[use].fate is fate for name in names.split()]


REMOVED = tuple(table for name, table in metadata.tables.items() if columns_of(name, Fate.REMOVED))
"""The tables whose rows about an erased apprentice go."""
EMPTIED = tuple((table, found) for name, table in metadata.tables.items() if (found := columns_of(name, Fate.EMPTIED)))
"""The tables whose rows about an erased apprentice stay, and the columns of them that are emptied."""


async def persons(connection: AsyncConnection, apprentice: UUID) -> list[UUID]:
    """The record and those that were merged into it: they are about the same person."""
    merged = select(t.identity.c.apprentice_id).where(t.identity.c.merged_into == apprentice)
    return [apprentice, *sorted((await connection.execute(merged)).scalars())]


async def marks(connection: AsyncConnection, seal: bytes, apprentice: UUID) -> tuple[Mark, ...]:
    """By whom the apprentice is known: the parties of its ties and those that keep a copy."""
    identity = select(t.identity.c.uln, t.identity.c.registered_by).where(t.identity.c.apprentice_id == apprentice)
    row = (await connection.execute(identity)).first()
    if row is None:
        return ()
    tied = select(t.tie.c.party_id).where(t.tie.c.apprentice_id == apprentice)
    left = select(t.leaver_record.c.party_id).where(t.leaver_record.c.apprentice_id == apprentice)
    known = set((await connection.execute(tied.union(left))).scalars()) | {row.registered_by}
    return tuple(Mark(party, digest(seal, party, row.uln)) for party in sorted(known))


async def erase(connection: AsyncConnection, erased: Iterable[Erased]) -> None:
    """Erases apprentices and keeps that it was done; one that is not there or was erased before is left as it is."""
    for each in erased:
        await keep(connection, each)
        mine = gateway.decision.c.apprentice_id == each.apprentice
        assessed = (await connection.execute(select(gateway.decision.c.id).where(mine))).first() is not None
        await _empty(connection, each.apprentice)
        if assessed:
            await _strip(connection, each.apprentice)
        else:
            await connection.execute(delete(t.apprentice_table).where(t.apprentice_table.c.id == each.apprentice))


async def drop(connection: AsyncConnection, apprentices: Iterable[UUID]) -> None:
    """Removes whole records, those of assessment too: their time is over."""
    for each in apprentices:
        await _empty(connection, each)
        await connection.execute(delete(t.apprentice_table).where(t.apprentice_table.c.id == each))


async def _empty(connection: AsyncConnection, apprentice: UUID) -> None:
    """Empties what has to keep its place: copies of leavers, cards, and what events told."""
    for table, names in EMPTIED:
        values = {name: _nothing(table.c[name]) for name in names}
        await connection.execute(update(table).where(table.c.apprentice_id == apprentice).values(values))


async def _strip(connection: AsyncConnection, apprentice: UUID) -> None:
    """Takes away everything but the record of assessment, and every card but its EPAO's."""
    for table in REMOVED:
        await connection.execute(delete(table).where(table.c.apprentice_id == apprentice))
    mine = (card.c.apprentice_id == apprentice, card.c.kind != PartyKind.EPAO.value)
    await connection.execute(delete(card).where(*mine))


def _nothing(column: Column[Any]) -> Any:
    """The value that says nothing: null, or what stands for it where null is not allowed."""
    if isinstance(column.type, JSONB):
        return {}
    if column.nullable:
        return None
    return date.max if column.type.python_type is date else ""
