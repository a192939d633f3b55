"""Where an apprentice stands, as a card may say it: the status, whose move is next, and by when."""

from dataclasses import dataclass, replace
from datetime import date

from hub.plan import facts as f
from hub.plan.answers import Readiness
from hub.plan.dates import windows
from hub.slices.rows import CHECKLIST
from hub.store.facts import Record, assessment

CLAIMED, IN_ASSESSMENT, RESIT_OFFERED, ACHIEVED = "CLAIMED", "IN_ASSESSMENT", "RESIT_OFFERED", "ACHIEVED"
NOMINATED, TO_RELEASE = "NOMINATED", "TO_RELEASE"


@dataclass(frozen=True, slots=True)
class Stage:
    """One apprentice's place on the way, for one kind of party."""

    status: str
    readiness: str
    ready_from: date | None = None
    next_party: str | None = None
    due_on: date | None = None


def stage(record: Record, verdict: Readiness) -> Stage:
    """The place that employer and provider may know: nothing here depends on a result before its release."""
    if verdict.status == "PASSED":
        return _after_gateway(record, verdict)
    status = CLAIMED if verdict.status == CLAIMED else record.identity["status"]
    return Stage(status, verdict.status, verdict.ready_from, verdict.next_party, verdict.next_due)


def _after_gateway(record: Record, verdict: Readiness) -> Stage:
    passed = Stage(IN_ASSESSMENT, verdict.status, verdict.ready_from, f.EPAO, assessment_due(record))
    releases = record.row["releases"]
    if not releases:
        return passed
    last = releases[-1]
    if record.plan is not None and _passing(record, last["overall"]):
        return Stage(ACHIEVED, verdict.status, verdict.ready_from)
    if any(resit["at"] > last["at"] for resit in record.row["resits"]):
        return passed
    return replace(passed, status=RESIT_OFFERED, next_party=f.EMPLOYER, due_on=None)


def epao_stage(record: Record, known: Stage, reach: int) -> Stage:
    """The place as the EPAO may know it: it alone knows that every result is in and waits for release."""
    if reach < CHECKLIST:
        return Stage(NOMINATED, "NOT_SHARED", next_party=f.EPAO)
    if known.status == IN_ASSESSMENT and _all_posted(record):
        return replace(known, status=TO_RELEASE)
    return known


def assessment_due(record: Record) -> date | None:
    """The day by which the end-point assessment typically ends (EPA-040)."""
    if record.plan is None:
        return None
    dates = [each.on for each in windows(record.plan, assessment(record)) if each.kind == "typical"]
    return max(dates, default=None)


def _all_posted(record: Record) -> bool:
    released = {str(release["at"]) for release in record.row["releases"]}
    latest = max(released, default="")
    fresh = {result["method"] for result in record.row["results"] if result["at"] > latest}
    expected = {r["method"] for r in record.row["resits"] if r["at"] > latest} if latest else _methods(record)
    return bool(expected) and expected <= fresh


def _methods(record: Record) -> set[str]:
    return {method.code for method in record.plan.methods} if record.plan else set()


def _passing(record: Record, grade: str) -> bool:
    found = record.plan.grade(grade) if record.plan else None
    return bool(found and found.passing)
