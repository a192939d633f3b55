"""What each audience may see of assessments and grade: for the EPAO at once, for everybody at release only (EPA-107).

Before the release it stands sealed under the EPAO's key (decision 0018); at the release what everybody may see is in clear.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, update
from sqlalchemy.dialects.postgresql import insert

from hub.acts.act import Act
from hub.acts.sealing import close
from hub.plan import grades as rules
from hub.plan.model import Plan
from hub.store import grades as t
from hub.store import sealed
from hub.store.facts import Record
from hub.store.outcomes import current, latest, released

ONLY_EPAO, EVERYBODY = "epao", "all"


async def keep_grades(act: Act, record: Record, plan: Plan, audience: str, released_on: Any = None) -> str | None:
    """Keeps what one audience may see of assessments and grade, sealed until there is a day of release.

    The record's unreleased results are opened. Answers the overall grade, once there is one.
    """
    found = latest(current(record))
    rows = [
        {"position": position, "method": method.code, "attempt": result["attempt"], "grade": result["counts_as"]}
        for position, method in enumerate(plan.methods)
        if (result := found.get(method.code)) is not None
    ]
    mine = {"apprentice_id": record.id, "audience": audience}
    await _keep_assessments(act, [{**mine, **row} for row in rows], secret=released_on is None)
    if len(rows) < len(plan.methods):
        return None
    again = any(row["attempt"] > 1 for row in rows)
    overall = rules.overall(plan, {row["method"]: row["grade"] for row in rows}, again)
    values: dict[str, Any] = {"overall": overall, "capped": again}
    if released_on is None:
        values = {"overall": None, "capped": None, "sealed": await close(act, sealed.GRADE, str(record.id), values)}
    values = {"sealed": None, **values, "released_on": released_on}
    one = insert(t.grade).values(**mine, **values)
    await act.save(one.on_conflict_do_update(index_elements=["apprentice_id", "audience"], set_=values))
    return overall


async def _keep_assessments(act: Act, rows: list[dict[str, Any]], *, secret: bool) -> None:
    for row in rows:
        row["sealed"] = None
        if secret:
            where = sealed.row_of(row["apprentice_id"], row["method"])
            row["sealed"] = await close(act, sealed.ASSESSMENT, where, {"grade": row.pop("grade")})
            row["grade"] = None
    new = insert(t.assessment)
    changed = {name: new.excluded[name] for name in ("attempt", "sealed", "grade")}
    await act.save(new.on_conflict_do_update(index_elements=["apprentice_id", "audience", "method"], set_=changed), rows)


async def mark_released(act: Act, record: Record) -> None:
    """Lets out the versions that a release is about: their grades, and the documents and themes that are now used up.

    The record's unreleased results are opened. All else of them stays sealed.
    """
    for result in current(record):
        if result["released_on"] is None:
            shown = {"released_on": act.today, "grade": result["grade"], "counts_as": result["counts_as"]}
            await act.save(update(t.result).where(t.result.c.id == UUID(result["id"])).values(shown))
            for part in result["components"]:
                await _mark_used(act, part)


async def _mark_used(act: Act, part: Mapping[str, Any]) -> None:
    used = {name: part[name] for name in ("document", "theme") if part[name] is not None}
    mine = (t.result_component.c.result_id == UUID(part["result_id"]), t.result_component.c.component == part["component"])
    if used:
        await act.save(update(t.result_component).where(*mine).values(used))


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
