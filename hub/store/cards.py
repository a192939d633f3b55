"""The cards: what each party may know of each apprentice, for lists, filters, counts and work queues."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.slices.events import EVENTS
from hub.store import spine
from hub.viewer import PartyKind

card = spine.card
KEPT = {"party_id", "apprentice_id", "my_reference"}


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one party's card opens an apprentice."""

    party: UUID
    kind: PartyKind
    reach: int


async def write(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    """Writes cards; one that would not change is not touched, and a private reference is never overwritten."""
    if not rows:
        return
    new = insert(card)
    changing = [column for column in card.c if column.name not in KEPT]
    differs = text(" or ".join(f"card.{column.name} is distinct from excluded.{column.name}" for column in changing))
    statement = new.on_conflict_do_update(
        index_elements=["party_id", "apprentice_id"],
        set_={column.name: new.excluded[column.name] for column in changing},
        where=differs,
    )
    await connection.execute(statement, rows)


async def close(connection: AsyncConnection, party: UUID, apprentice: UUID, on: date) -> Any:
    """Closes a party's card from a day on and answers it as it stays."""
    mine = (card.c.party_id == party, card.c.apprentice_id == apprentice)
    return (await connection.execute(update(card).where(*mine).values(closed_on=on).returning(card))).one()


async def refer(connection: AsyncConnection, party: UUID, apprentice: UUID, text_: str | None) -> None:
    """Sets a party's private reference on its own card, and nowhere else."""
    mine = (card.c.party_id == party, card.c.apprentice_id == apprentice)
    await connection.execute(update(card).where(*mine).values(my_reference=text_))


async def reaches(connection: AsyncConnection, apprentices: Iterable[UUID], today: date) -> dict[UUID, list[Reach]]:
    """The cards open on a day, by apprentice."""
    ids = list(apprentices)
    found: dict[UUID, list[Reach]] = {each: [] for each in ids}
    if ids:
        rows = await connection.execute(
            text(
                "select apprentice_id, party_id, kind, reach from hub.card where apprentice_id = any(:ids) "
                "and opened_on <= :today and closed_on > :today order by apprentice_id, party_id"
            ),
            {"ids": ids, "today": today},
        )
        for row in rows:
            found[row.apprentice_id].append(Reach(row.party_id, PartyKind(row.kind), row.reach))
    return found


def recipients(event: str, cards: Iterable[Reach], only: UUID | None = None) -> list[UUID]:
    """The parties that hear an event: those whose kind and reach stand in its row of `hub/slices/events`."""
    told: Mapping[PartyKind, int] = EVENTS[event]
    return [each.party for each in cards if each.kind in told and each.reach >= told[each.kind] and only in (None, each.party)]
