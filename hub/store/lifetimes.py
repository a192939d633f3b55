"""When apprenticeships ended, what there is that may be over its time, and the statements that remove it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Life:
    """One person's apprenticeship: its end, its last release, whether anybody holds or restricts it, which classes it has."""

    apprentice: UUID
    ended_on: date | None
    released_on: date | None
    held: bool
    has: frozenset[str]


# Assessment may still come a year after training, and a record that nobody brings up to date is not kept for ever.
TO_COME, FORGOTTEN = "interval '12 months'", "interval '36 months'"
HELD = (
    "exists (select 1 from apprentices.hold h where h.apprentice_id = {id})"
    " or exists (select 1 from apprentices.restriction r where r.apprentice_id = {id})"
)
# A record that was merged into another lives and ends with that one.
LIVES = text(f"""
select found.* from (
  select a.id,
    case
      when i.apprentice_id is null then (select e.erased_on from apprentices.erasure e where e.apprentice_id = a.id)
      when s.achieved then greatest(r.released_on, case when i.status = 'WITHDRAWN' then c.on_date end)
      when i.status = 'WITHDRAWN' then greatest(coalesce(c.on_date, i.start_on), r.released_on)
      when i.status = 'COMPLETED' then
        (greatest(coalesce(c.on_date, i.planned_end_on), d.decided_on, r.released_on) + {TO_COME})::date
      when t.open then (greatest(i.planned_end_on, d.decided_on, r.released_on) + {FORGOTTEN})::date
      else t.until_on
    end as ended_on,
    r.released_on,
    exists (
      select 1 from (select a.id union all select m.apprentice_id from apprentices.identity m where m.merged_into = a.id) p
      where {HELD.format(id="p.id")}) as held,
    array_remove(array[
      case when exists (select 1 from apprentices.contact x where x.apprentice_id = a.id) then 'CONTACT' end,
      case when exists (select 1 from gateway.basis x where x.apprentice_id = a.id) then 'REASONS' end,
      case when exists (select 1 from portfolios.evidence x where x.apprentice_id = a.id)
             or exists (select 1 from portfolios.coverage x where x.apprentice_id = a.id) then 'EVIDENCE' end,
      case when i.apprentice_id is not null then 'RECORD' end,
      'RESULT'], null) as has
  from apprentices.apprentice a
  left join apprentices.identity i on i.apprentice_id = a.id
  left join grades.standing s on s.apprentice_id = a.id
  left join lateral (select max(on_date) as released_on from grades.release x where x.apprentice_id = a.id) r on true
  left join lateral (select max(decided_on) as decided_on from gateway.decision x where x.apprentice_id = a.id) d on true
  left join lateral (select max(on_date) as on_date from apprentices.status_change x
    where x.apprentice_id = a.id and x.status = i.status) c on true
  left join lateral (select bool_or(until_on = 'infinity') as open, max(until_on) as until_on from apprentices.tie x
    where x.apprentice_id = a.id) t on true
  where i.merged_into is null and (:every or a.id = any(:ids))
) as found where found.ended_on is not null
""")
LOCK = text("select id from apprentices.apprentice where id = any(:ids) order by id for update")
REMOVE = {
    "CONTACT": ("delete from apprentices.contact where apprentice_id = any(:ids)",),
    "REASONS": ("delete from gateway.basis where apprentice_id = any(:ids)",),
    "EVIDENCE": (
        "delete from portfolios.evidence where apprentice_id = any(:ids)",
        "delete from portfolios.coverage where apprentice_id = any(:ids)",
    ),
}
# Streams have no gaps: a party's events go from the first on, up to one that is young or held; its last one stays.
_EVENTS = f"""hub.event e using (
  select party_id, max(seq) as last,
    min(seq) filter (where at >= :before or {HELD.format(id="x.apprentice_id")}) as first
  from hub.event x group by party_id) k
where e.party_id = k.party_id and e.seq < coalesce(k.first, k.last)"""
_OLD = {
    "COPY": f"apprentices.leaver_record l where until_on < :before and not ({HELD.format(id='l.apprentice_id')})",
    "REPLAYS": "hub.idempotency where at < :before",
}
BY_ROW = {"EVENTS": text(f"delete from {_EVENTS}"), **{name: text(f"delete from {old}") for name, old in _OLD.items()}}
COUNT = {
    "EVENTS": text("select count(*) from " + _EVENTS.replace("hub.event e using (", "hub.event e cross join lateral (", 1)),
    **{name: text(f"select count(*) from {old}") for name, old in _OLD.items()},
}


async def lives(connection: AsyncConnection, ids: Sequence[UUID] | None = None) -> list[Life]:
    """The apprenticeships that have an end, among these or all; read under the rules' role."""
    rows = await connection.execute(LIVES, {"ids": list(ids or []), "every": ids is None})
    return [Life(row.id, row.ended_on, row.released_on, row.held, frozenset(row.has)) for row in rows]


async def hold_still(connection: AsyncConnection, ids: Sequence[UUID]) -> None:
    """Locks apprentices in id order, as every act does."""
    await connection.execute(LOCK, {"ids": list(ids)})


async def remove(connection: AsyncConnection, keep: str, ids: Sequence[UUID]) -> None:
    """Removes one class of these apprentices' data."""
    for statement in REMOVE[keep]:
        await connection.execute(text(statement), {"ids": list(ids)})
