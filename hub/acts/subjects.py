"""Gathers what is held about one person: every row that the data map says is about apprentices, from the whole catalogue.

Nothing in it depends on a result that is not released: not a row, not an act, not a read, not an event, not a card's next step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import Table, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.acts.act import Act
from hub.acts.erasing import persons
from hub.acts.inputs import ApprenticeId, Input
from hub.acts.keys import fingerprint
from hub.acts.operating import CONTEXT, OPERATOR, Operator
from hub.acts.record import audit
from hub.errors import HubError
from hub.slices.data import DATA
from hub.slices.events import EVENTS
from hub.slices.rows import TABLES
from hub.slices.uses import USES
from hub.store.facts import FOREVER
from hub.store.roles import RULES
from hub.store.tables import metadata
from hub.viewer import PartyKind
from hub.words import id_text

Rows = list[dict[str, Any]]
# Events, acts and cards have parts of their own in an export; digests and standings say nothing to a person.
ELSEWHERE = {"hub.event", "hub.outbox", "hub.audit", "hub.tick", "grades.standing", "apprentices.tombstone"}
RELEASED = "result_id in (select id from grades.result where released_on is not null)"
ONLY = {
    "grades.result": "released_on is not null",
    "grades.result_component": RELEASED,
    "grades.breach": RELEASED,
    "grades.assessment": "audience = 'all'",
    "grades.grade": "audience = 'all'",
}
"""The rows of results that exist outside the EPAO."""
# A correction that is not released marks the released version as no longer the EPAO's latest.
UNTOLD_COLUMNS = {("grades.result", "current")}
TIED = ("party_id", "kind", "reach", "opened_on", "closed_on", "my_reference")
EPAO_ALONE = {name for name, told in EVENTS.items() if set(told) == {PartyKind.EPAO}}
UNTOLD_ACTS = ["postResult", "postResults", "correctResult", "grantDispensation", "unsealResult"]
# When an EPAO reads tells that there is a result: of reads only those are told that the owners of the data are told of.
DONE = text("""
select a.at, a.party_id, a.act, a.kind = 'act' as acted from hub.audit a
where :id = any(a.subjects) and case when a.kind = 'act' then a.act <> all(:untold) else exists (
  select 1 from hub.audit_link l join hub.audit_access x on x.party_id = l.party_id and x.seq = l.seq
  where l.audit_id = a.id and x.apprentice_id = :id and x.audience <> 'epao') end
order by a.at, a.id
""")
KNOWN = text("select 1 from apprentices.apprentice where id = :id")
PARTIES = text(
    "select p.id, o.name, p.kind from apprentices.party p join apprentices.organisation o on o.id = p.organisation_id"
)


class ExportSubject(Input):
    """Whose data is exported."""

    apprentice_id: ApprenticeId = Field(description="The apprentice.")


@dataclass(frozen=True, slots=True)
class Exported:
    """What is held about one person: rows by table, who supplied it, who receives it, who did what."""

    apprentice: UUID
    rows: dict[str, Rows]
    sources: dict[str, list[str]]
    recipients: Rows
    audit: Rows


async def export(operator: Operator, apprentice: UUID) -> Exported:
    """Gathers what is held and leaves an audit row; raises HubError NOT_FOUND."""
    async with operator.database.engine("hub_operator").begin() as connection:
        await connection.execute(CONTEXT, {"today": operator.today().isoformat()})
        done = (await connection.execute(DONE, {"id": apprentice, "untold": UNTOLD_ACTS})).all()
        await connection.execute(text("set local role hub_rules"))
        if (await connection.execute(KNOWN, {"id": apprentice})).first() is None:
            raise HubError("NOT_FOUND", "The hub knows no such apprentice.")
        ids, names = await persons(connection, apprentice), await _names(connection)
        rows = {name: found for name, table in metadata.tables.items() if (found := await _rows(connection, table, ids, names))}
        recipients = await _recipients(connection, ids, names)
        act = Act(connection, OPERATOR, operator.today(), datetime.now(UTC), operator.library, operator.seal)
        act.subjects |= set(ids)
        given = ExportSubject.model_validate({"apprenticeId": id_text("apr", apprentice)})
        await audit(act, "exportSubject", fingerprint(operator.seal, "exportSubject", given))
    sources: dict[str, list[str]] = {}
    told = [{"at": row.at, "by": names.get(row.party_id, "the operator"), "what": row.act} for row in done]
    for row, each in zip(done, told, strict=True):
        if row.acted:
            sources[row.act] = sorted({*sources.get(row.act, []), each["by"]})
    return Exported(apprentice, rows, sources, recipients, told)


async def _names(connection: AsyncConnection) -> Mapping[UUID, str]:
    """Parties by what their organisation is called."""
    return {row.id: f"{row.name} ({row.kind})" for row in await connection.execute(PARTIES)}


def exported(table: str) -> list[str]:
    """The columns of a table that are about the apprentice and that an export shows."""
    about = [name for use, names in DATA[table].items() if USES[use].whose == "apprentice" for name in names.split()]
    return [name for name in about if (table, name) not in UNTOLD_COLUMNS]


async def _rows(connection: AsyncConnection, table: Table, ids: Sequence[UUID], names: Mapping[UUID, str]) -> Rows:
    key = table.c.get("id" if table.fullname == "apprentices.apprentice" else "apprentice_id")
    readable = "select" in TABLES[table.fullname].services.get(RULES, "")
    if key is None or not readable or table.fullname in ELSEWHERE or not (columns := exported(table.fullname)):
        return []
    mine = select(table).where(key.in_(ids), text(ONLY.get(table.fullname, "true"))).order_by(*table.primary_key.columns)
    found = (await connection.execute(mine)).mappings().all()
    return [{name: _told(row[name], names) for name in columns if _shown(table, row, name)} for row in found]


def _shown(table: Table, row: Mapping[Any, Any], name: str) -> bool:
    """An EPAO's card says what it has still to do, which depends on results: only that it is tied is told."""
    return table.fullname != "hub.card" or row["kind"] != PartyKind.EPAO.value or name in TIED


def _told(value: Any, names: Mapping[UUID, str]) -> Any:
    if isinstance(value, bytes):
        return "sealed"
    if value == FOREVER:
        return None
    return names.get(value, str(value)) if isinstance(value, UUID) else value


async def _recipients(connection: AsyncConnection, ids: Sequence[UUID], names: Mapping[UUID, str]) -> Rows:
    """Every party that could or can see anything, since when, and of which events it was told."""
    card, event = metadata.tables["hub.card"], metadata.tables["hub.event"]
    spans = select(card.c.party_id, card.c.opened_on, card.c.closed_on).where(card.c.apprentice_id.in_(ids))
    cards = (await connection.execute(spans)).all()
    told = await connection.execute(select(event.c.party_id, event.c.type).where(event.c.apprentice_id.in_(ids)).distinct())
    heard: dict[UUID, list[str]] = {}
    for party, kind in told:
        if kind not in EPAO_ALONE:
            heard.setdefault(party, []).append(kind)
    rows = [
        {
            "party": names[row.party_id],
            "from": row.opened_on,
            "until": _told(row.closed_on, names),
            "told of": sorted(heard.get(row.party_id, [])),
        }
        for row in cards
    ]
    return sorted(rows, key=lambda row: (row["from"], row["party"]))
