"""What was erased, as far as the hub may remember it: an id, a day, and keyed digests by which an import is recognised."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store import custody as t


@dataclass(frozen=True, slots=True)
class Mark:
    """By whom an erased apprentice was known: a party, and a digest that only the holder of its key can make of a ULN."""

    party: UUID
    digest: bytes


@dataclass(frozen=True, slots=True)
class Erased:
    """One erasure, as it is kept in the database and in the list outside it."""

    apprentice: UUID
    ground: str
    on: date
    at: datetime
    marks: tuple[Mark, ...]


def digest(seal: bytes, party: UUID, uln: str) -> bytes:
    """A keyed digest of a ULN, another one for every party: nobody learns from it what another party has erased."""
    return hmac.new(seal, b"tombstone:" + party.bytes + uln.encode(), hashlib.sha256).digest()


async def found(connection: AsyncConnection, seal: bytes, party: UUID, ulns: Iterable[str]) -> Mapping[str, date]:
    """Those of the ULNs that a party has had erased, each with the last day on which it had."""
    digests = {digest(seal, party, uln): uln for uln in ulns}
    mine = (t.tombstone.c.party_id == party, t.tombstone.c.digest.in_(list(digests)))
    rows = await connection.execute(select(t.tombstone).where(*mine).order_by(t.tombstone.c.erased_on))
    return {digests[bytes(row.digest)]: row.erased_on for row in rows}


async def keep(connection: AsyncConnection, erased: Erased) -> None:
    """Keeps what is left of an erased apprentice; repeating it changes nothing."""
    row: dict[str, Any] = {"apprentice_id": erased.apprentice, "erased_on": erased.on}
    await connection.execute(insert(t.erasure).values(**row, ground=erased.ground, at=erased.at).on_conflict_do_nothing())
    marks = [{**row, "party_id": mark.party, "digest": mark.digest} for mark in erased.marks]
    if marks:
        await connection.execute(insert(t.tombstone).on_conflict_do_nothing(), marks)


async def kept(connection: AsyncConnection, but: Sequence[UUID] = ()) -> list[Erased]:
    """Every erasure in the database but those of these apprentices, oldest first."""
    rows = (await connection.execute(select(t.erasure).order_by(t.erasure.c.at, t.erasure.c.apprentice_id))).all()
    wanted = [row for row in rows if row.apprentice_id not in set(but)]
    marks: dict[UUID, list[Mark]] = {row.apprentice_id: [] for row in wanted}
    query = select(t.tombstone).where(t.tombstone.c.apprentice_id.in_(list(marks))).order_by(t.tombstone.c.party_id)
    for row in await connection.execute(query):
        marks[row.apprentice_id].append(Mark(row.party_id, bytes(row.digest)))
    return [Erased(r.apprentice_id, r.ground, r.erased_on, r.at, tuple(marks[r.apprentice_id])) for r in wanted]
