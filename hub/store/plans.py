"""The plan documents this release carries, and their copy in the tables that the graph reads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import Table, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.plan.document import content_hash, load_plan
from hub.plan.model import Plan
from hub.plan.overlays import Overlay, load_overlay
from hub.store import apprentices as t
from hub.store.spine import new_id


@dataclass(frozen=True, slots=True)
class Library:
    """Every plan by (reference, version), and the overlays of national policy."""

    plans: Mapping[tuple[str, str], Plan]
    overlays: tuple[Overlay, ...]

    def plan(self, reference: str | None, version: str | None) -> Plan | None:
        """The plan of a standard's version, if there is one."""
        return self.plans.get((reference or "", version or ""))


@cache
def load_library() -> Library:
    """The library of this release, read once."""
    here = files("hub.plan")
    plans = [load_plan(each.read_text(), each.name) for each in _documents(here / "plans")]
    overlays = [load_overlay(each.read_text(), each.name) for each in _documents(here / "overlays")]
    return Library({(plan.reference, plan.version): plan for plan in plans}, tuple(overlays))


def _documents(folder: Any) -> list[Any]:
    return sorted((each for each in folder.iterdir() if each.name.endswith(".yaml")), key=lambda each: each.name)


async def install(connection: AsyncConnection, library: Library) -> None:
    """Writes every plan into the tables of the graph; a plan already there in this form is left alone."""
    for plan in library.plans.values():
        await _install(connection, plan)


async def _install(connection: AsyncConnection, plan: Plan) -> None:
    mark = content_hash(plan)
    known = (
        await connection.execute(
            select(t.standard.c.id, t.standard.c.plan_hash).where(
                t.standard.c.reference == plan.reference, t.standard.c.version == plan.version
            )
        )
    ).first()
    if known is not None and known.plan_hash == mark:
        return
    standard = known.id if known else new_id()
    row = {
        "title": plan.title,
        "level": plan.level,
        "planned": True,
        "plan_hash": mark,
        "typical_months": plan.typical_months,
        "minimum_months": plan.minimum_months,
    }
    await connection.execute(
        insert(t.standard)
        .values(id=standard, reference=plan.reference, version=plan.version, **row)
        .on_conflict_do_update(index_elements=["id"], set_=row)
    )
    for table, rows in _parts(plan):
        await connection.execute(delete(table).where(table.c.standard_id == standard))
        if rows:
            await connection.execute(table.insert(), [{"standard_id": standard, **each} for each in rows])


def _parts(plan: Plan) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    yield (
        t.ksb,
        _numbered(
            {
                "code": k.code,
                "kind": k.kind,
                "statement": k.statement,
                "methods": list(k.methods),
                "notes": list(k.notes),
            }
            for k in plan.ksbs
        ),
    )
    grades = [grade.code for grade in plan.grades]
    yield t.method, _numbered({"code": m.code, "name": m.name, "grades": grades} for m in plan.methods)
    yield (
        t.component,
        _numbered({"code": c.code, "method_code": m.code, "name": c.label} for m in plan.methods for c in m.components),
    )
    yield (
        t.theme,
        _numbered(
            {"code": each.id, "method_code": each.method, "name": each.name, "ksbs": list(each.ksbs)} for each in plan.themes
        ),
    )
    yield (
        t.criterion,
        [
            {"theme_code": theme.id, "grade": grade, "position": position, "statement": statement}
            for theme in plan.themes
            for grade, statements in (("PASS", theme.passes), ("DISTINCTION", theme.distinctions))
            for position, statement in enumerate(statements)
        ],
    )
    yield t.requirement, _numbered({"code": r.code, "label": r.label, "rule": r.rule} for r in plan.requirements)
    yield (
        t.evidence_type,
        _numbered({"code": e.code, "label": e.label, "allowed": e.allowed} for e in plan.evidence_types),
    )
    yield (
        t.rule,
        _numbered(
            {
                "code": r.id,
                "severity": r.severity,
                "statement": r.statement,
                "quote": r.quote,
                "source": r.source or plan.source,
                "notes": list(r.notes),
            }
            for r in plan.rules
        ),
    )
    order = [method.code for method in plan.methods]
    yield (
        t.grade_combination,
        _numbered({"grades": [row.methods[code] for code in order], "overall": row.overall} for row in plan.grade_table),
    )


def _numbered(rows: Any) -> list[dict[str, Any]]:
    return [{"position": position, **row} for position, row in enumerate(rows)]
