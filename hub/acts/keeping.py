"""What each audience may see of assessments and grade: for the EPAO at once, for everybody at release only (EPA-107)."""

from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, update
from sqlalchemy.dialects.postgresql import insert

from hub.acts.act import Act
from hub.plan import grades as rules
from hub.plan.model import Plan
from hub.store import grades as t
from hub.store.facts import Record
from hub.store.outcomes import current, latest, released

ONLY_EPAO, EVERYBODY = "epao", "all"


async def keep_grades(act: Act, record: Record, plan: Plan, audience: str, released_on: Any = None) -> str | None:
    """Keeps what one audience may see of assessments and grade. Answers the overall grade, once there is one."""
    found = latest(current(record))
    rows = [
        {"position": position, "method": method.code, "attempt": result["attempt"], "grade": result["counts_as"]}
        for position, method in enumerate(plan.methods)
        if (result := found.get(method.code)) is not None
    ]
    new = insert(t.assessment)
    changed = {name: new.excluded[name] for name in ("attempt", "grade")}
    statement = new.on_conflict_do_update(index_elements=["apprentice_id", "audience", "method"], set_=changed)
    await act.save(statement, [{"apprentice_id": record.id, "audience": audience, **row} for row in rows])
    if len(rows) < len(plan.methods):
        return None
    again = any(row["attempt"] > 1 for row in rows)
    overall = rules.overall(plan, {row["method"]: row["grade"] for row in rows}, again)
    values = {"overall": overall, "capped": again, "released_on": released_on}
    one = insert(t.grade).values(apprentice_id=record.id, audience=audience, **values)
    await act.save(one.on_conflict_do_update(index_elements=["apprentice_id", "audience"], set_=values))
    return overall


async def mark_released(act: Act, record: Record) -> None:
    """Marks the versions that a release lets out."""
    mine = (t.result.c.apprentice_id == record.id, t.result.c.current, t.result.c.released_on.is_(None))
    await act.save(update(t.result).where(*mine).values(released_on=act.today))


async def drop_unreleased(act: Act, record: Record) -> None:
    """Sets aside what an EPAO posted and did not release: from now on the released versions count again."""
    mine = t.result.c.apprentice_id == record.id
    await act.save(update(t.result).where(mine).values(current=False))
    stay = [UUID(result["id"]) for result in released(record)]
    await act.save(update(t.result).where(t.result.c.id.in_(stay)).values(current=True))
    for table in (t.assessment, t.grade):
        await _as_released(act, record, table)


async def _as_released(act: Act, record: Record, table: Table) -> None:
    mine = table.c.apprentice_id == record.id
    await act.save(delete(table).where(mine, table.c.audience == ONLY_EPAO))
    rows = await act.connection.execute(table.select().where(mine, table.c.audience == EVERYBODY))
    await act.save(table.insert(), [{**row, "audience": ONLY_EPAO} for row in rows.mappings()])
