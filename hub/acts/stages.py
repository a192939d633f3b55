"""Where an apprentice stands, as a card may say it: the status, whose move is next, and by when."""

from dataclasses import dataclass, replace
from datetime import date

from hub.acts.standing import Standing, standing
from hub.plan import facts as f
from hub.plan.answers import Readiness
from hub.plan.checklist import due
from hub.slices.rows import CHECKLIST
from hub.store.facts import Record

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


def stage(record: Record, verdict: Readiness, kind: str = f.EMPLOYER) -> Stage:
    """The place that employer and provider may know: nothing here depends on a result before its release.

    A provider knows of a re-take, which it teaches for, and not of a re-sit (d7).
    """
    now = standing(record)
    if now.achieved:
        return Stage(ACHIEVED, verdict.status, verdict.ready_from)
    if verdict.status == "PASSED":
        return _after_gateway(record, verdict, kind, now)
    if not (record.gateway.employer_confirmed and record.gateway.provider_confirmed):
        missing = f.PROVIDER if record.gateway.employer_confirmed else f.EMPLOYER
        return Stage(CLAIMED, verdict.status, verdict.ready_from, missing, due(record.gateway))
    return Stage(record.identity["status"], verdict.status, verdict.ready_from, verdict.next_party, verdict.next_due)


def claim_stage(record: Record, kind: str) -> Stage:
    """The place as a party knows it that was named and has not confirmed: that there is something to confirm."""
    return Stage(CLAIMED, CLAIMED, next_party=kind, due_on=due(record.gateway))


def epao_stage(record: Record, known: Stage, reach: int) -> Stage:
    """The place as the EPAO may know it: it alone knows that every result is in and waits for release."""
    if reach < CHECKLIST:
        return Stage(NOMINATED, "NOT_SHARED", next_party=f.EPAO)
    return replace(known, status=TO_RELEASE, next_party=f.EPAO) if standing(record).to_release else known


def _after_gateway(record: Record, verdict: Readiness, kind: str, now: Standing) -> Stage:
    passed = Stage(IN_ASSESSMENT, verdict.status, verdict.ready_from, f.EPAO, now.due_on)
    if record.nomination is None or record.nomination["state"] == "DECLINED":
        return replace(passed, next_party=f.EMPLOYER)
    if kind not in now.offered:
        return passed
    return replace(passed, status=RESIT_OFFERED, next_party=f.EMPLOYER, due_on=None)
