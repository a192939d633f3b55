"""What the gateway and everything before it may know of an assessment: where it stands, and never a grade.

Acts that see the results keep it as a row; acts of a process that may know no grade read that row instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from hub.acts.act import Act
from hub.plan import facts as f
from hub.plan.dates import windows
from hub.store import grades as t
from hub.store.facts import Record, day
from hub.store.outcomes import RESIT, RETAKE, assessment, current, latest, released, resits_to_come

TOLD_OF = {f.EMPLOYER: (RESIT, RETAKE), f.PROVIDER: (RETAKE,)}


@dataclass(frozen=True, slots=True)
class Standing:
    """One assessment: passed or not, who may be told that another attempt is theirs to agree, what waits for release.

    `due_on` is the day by which it typically ends (EPA-040).
    """

    achieved: bool = False
    offered: tuple[str, ...] = ()
    to_release: bool = False
    due_on: date | None = None

    @property
    def row(self) -> dict[str, Any]:
        """The columns of `grades.standing`."""
        return {"achieved": self.achieved, "offered": list(self.offered), "to_release": self.to_release, "due_on": self.due_on}


def standing(record: Record) -> Standing:
    """Where an assessment stands: from its results where they were loaded, else as it was kept."""
    kept = _kept(record.row["standing"])
    if not record.graded:
        return kept or Standing(due_on=_due(record))
    known = released(record)
    offered = tuple(kind for kind, told in TOLD_OF.items() if known and not resits_to_come(record, known, told))
    return Standing(_achieved(record), offered, _to_release(record), _due(record))


async def keep_standing(act: Act, record: Record) -> None:
    """Keeps where an assessment stands, once there is one, for acts that may know no grade."""
    now = standing(record)
    if not record.graded or record.gateway.decided_on is None or now == _kept(record.row["standing"]):
        return
    new = insert(t.standing).values(apprentice_id=record.id, **now.row)
    await act.save(new.on_conflict_do_update(index_elements=["apprentice_id"], set_=now.row))


def _kept(row: Mapping[str, Any] | None) -> Standing | None:
    if row is None:
        return None
    return Standing(row["achieved"], tuple(row["offered"]), row["to_release"], day(row["due_on"]))


def _due(record: Record) -> date | None:
    if record.plan is None:
        return None
    dates = [each.on for each in windows(record.plan, assessment(record, released(record))) if each.kind == "typical"]
    return max(dates, default=None)


def _to_release(record: Record) -> bool:
    found = latest(current(record))
    waiting = any(result["released_on"] is None for result in found.values())
    methods = {method.code for method in record.plan.methods} if record.plan else set()
    return waiting and methods <= found.keys() and not resits_to_come(record, current(record))


def _achieved(record: Record) -> bool:
    last = record.row["releases"][-1]["overall"] if record.row["releases"] else ""
    grade = record.plan.grade(last) if record.plan else None
    return bool(grade and grade.passing)
