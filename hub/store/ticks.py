"""What a date alone makes new: each thing is told once per apprentice, rule and date, however often one looks."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store import cards, spine

READY = "gateway.ready"
BATCH = 500

# Status READY is what an act stored, NOT_READY with a date that has come is what the calendar made of it since.
_ARRIVED = "r.status in ('READY', 'NOT_READY') and r.ready_from <= :today"
_TOLD = f"select 1 from hub.tick t where t.apprentice_id = r.apprentice_id and t.rule = '{READY}' and t.on_date = r.ready_from"
DUE = text(
    f"select r.apprentice_id from gateway.readiness r where {_ARRIVED} and not exists ({_TOLD}) "
    "order by r.apprentice_id limit :batch"
)
LOCK = text("select id, standard_id from apprentices.apprentice where id = any(:ids) order by id for update")
CLAIM = text(
    f"insert into hub.tick (apprentice_id, rule, on_date) select r.apprentice_id, '{READY}', r.ready_from "
    f"from gateway.readiness r where r.apprentice_id = any(:ids) and {_ARRIVED} on conflict do nothing returning apprentice_id"
)


async def newly_ready(connection: AsyncConnection, apprentices: Sequence[UUID], today: date) -> list[UUID]:
    """Those of the apprentices, locked by the caller, who are ready and of whom this was not told before.

    Whoever gets an apprentice back has to tell `gateway.ready` of it, in the same transaction (role hub_rules).
    """
    if not apprentices:
        return []
    found = await connection.execute(CLAIM, {"ids": list(apprentices), "today": today})
    return sorted(found.scalars())


async def tell_ready(connection: AsyncConnection, today: date, now: datetime, batch: int = BATCH) -> tuple[int, int]:
    """Tells of one batch of apprentices whose `ready_from` has come; answers how many were due and told (role hub_rules)."""
    due = (await connection.execute(DUE, {"today": today, "batch": batch})).scalars().all()
    if not due:
        return 0, 0
    standards = {row.id: row.standard_id for row in await connection.execute(LOCK, {"ids": list(due)})}
    ready = await newly_ready(connection, due, today)
    reaches = await cards.reaches(connection, ready, today)
    rows = [
        {
            "type": READY,
            "apprentice_id": each,
            "standard_id": standards[each],
            "recipients": cards.recipients(READY, reaches[each]),
            "facts": {},
            "at": now,
        }
        for each in ready
    ]
    told = [row for row in rows if row["recipients"]]
    if told:
        await connection.execute(spine.outbox.insert(), told)
    return len(due), len(ready)
