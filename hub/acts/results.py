"""Posting and correcting results: judged by the plan, kept as append-only versions that only the EPAO can read."""

from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from hub.acts.act import Act, Refused, act, batch, fingerprint, refuse
from hub.acts.inputs import Code, Day, Input, OnApprentice, Person, Sha256, Shape, Text, signatory
from hub.acts.refresh import refresh
from hub.errors import HubError
from hub.plan import facts as f
from hub.plan import grades as rules
from hub.plan.answers import Finding
from hub.plan.model import Plan
from hub.store import grades as t
from hub.store.facts import Record, assessment, day
from hub.store.spine import new_id

ONLY_EPAO, EVERYBODY = "epao", "all"


class ComponentOutcome(Shape):
    """What happened in one component of a method."""

    component: Code = Field(description="The component's code.")
    outcome: Code = Field(description="PASS or FAIL.")
    held_on: Day | None = Field(None, description="The day a discussion or presentation was held.")
    submitted_on: Day | None = Field(None, description="The day its document reached you.")
    minutes: int | None = Field(None, ge=0, le=1000, description="How long it took, in minutes.")
    presenting_minutes: int | None = Field(None, ge=0, le=1000, description="How much of that was presenting.")
    extra_minutes: int = Field(0, ge=0, le=1000, description="Minutes granted by a recorded adjustment.")
    bank_questions: int | None = Field(None, ge=0, le=1000, description="Questions from your question bank.")
    own_questions: int | None = Field(None, ge=0, le=1000, description="Questions the assessor generated.")
    words: int | None = Field(None, ge=0, le=100_000, description="The word count of a written component.")
    sections: list[Code] | None = Field(None, max_length=40, description="Content codes of the plan that it contains.")
    ksbs: list[Code] | None = Field(None, max_length=60, description="The KSBs it covered.")
    document: Sha256 | None = Field(None, description="The SHA-256 of its document.")
    theme: Code | None = Field(None, description="The theme that was chosen.")
    marker: Text | None = Field(None, description="Your reference of a competent marker who is not the assessor.")
    remote: bool = Field(False, description="Whether it was held by video.")
    identity_verified: bool | None = Field(None, description="Whether the apprentice's identity was verified.")
    audio_recorded: bool | None = Field(None, description="Whether an audio record was kept.")


class PostResult(OnApprentice):
    """Posts the result of one method; nobody but you sees it before its release."""

    method: Code = Field(description="The method's code.")
    attempt: int | None = Field(None, ge=1, le=99, description="Which attempt, from 1; the one under way when absent.")
    grade: Code = Field(description="The grade of the method.")
    assessor: Text = Field(description="Your reference of the independent assessor who made the grading decision.")
    components: list[ComponentOutcome] = Field(min_length=1, max_length=10, description="Its components.")
    by: Person = Field(description="Who posts for the EPAO.")


@batch("postResults", of="postResult")
class PostResults(Input):
    """Posts up to 100 results, each with its own outcome."""

    items: list[PostResult] = Field(min_length=1, max_length=100, description="The results.")


class CorrectResult(PostResult):
    """Corrects a posted result by a new version; the earlier one is kept."""

    version: int = Field(description="The version you correct.")
    reason: Code = Field(description="A reason code, such as MODERATION or CLERICAL.")


@act("postResult", PostResult)
async def post_result(act: Act, given: PostResult) -> dict[str, Any]:
    """Posts a result once; the same post again is answered with the first, another one is refused."""
    record, plan = act.planned(given.apprentice_id)
    number = given.attempt or attempt_under_way(record, given.method)
    known = _current(record, given.method, number)
    digest = fingerprint(act.seal, "postResult", given.model_copy(update={"attempt": number}))
    if known is not None:
        if known["digest"] != "\\x" + digest.hex():
            raise Refused(HubError("RESULT_EXISTS", field="input.method").problem)
        return {"apprentice": record.id, "result": UUID(known["id"]), "replayed": True}
    result = await _post(act, record, plan, given, number, digest, 1, None)
    act.tell("result.posted", record, method=given.method, attempt=number)
    return {"apprentice": record.id, "result": result}


@act("correctResult", CorrectResult)
async def correct_result(act: Act, given: CorrectResult) -> dict[str, Any]:
    """Makes a new version of a result with a reason (X-21); the version named must be the latest."""
    record, plan = act.planned(given.apprentice_id)
    number = given.attempt or attempt_under_way(record, given.method)
    known = _current(record, given.method, number)
    if known is None:
        raise Refused(HubError("NOT_FOUND", "There is no such result.", "input.method").problem)
    if known["version"] != given.version:
        raise Refused(HubError("VERSION_CONFLICT", field="input.version").problem)
    await act.save(update(t.result).where(t.result.c.id == UUID(known["id"])).values(current=False))
    digest = fingerprint(act.seal, "correctResult", given)
    result = await _post(act, record, plan, given, number, digest, known["version"] + 1, given.reason)
    act.tell("result.corrected", record, method=given.method, attempt=number)
    return {"apprentice": record.id, "result": result}


def attempt_under_way(record: Record, method: str) -> int:
    """The attempt a result of this method would belong to: agreed re-sits and re-takes begin a new one."""
    agreed = [resit["attempt"] for resit in record.row["resits"] if resit["method"] == method]
    posted = [result["attempt"] for result in record.row["results"] if result["method"] == method]
    return int(max((1, *agreed, *posted)))


def _current(record: Record, method: str, attempt: int) -> dict[str, Any] | None:
    return next((r for r in record.row["results"] if (r["method"], r["attempt"]) == (method, attempt)), None)


async def _post(
    act: Act,
    record: Record,
    plan: Plan,
    given: PostResult,
    attempt: int,
    digest: bytes,
    version: int,
    reason: str | None,
) -> UUID:
    verdict = rules.judge_result(plan, _facts(record, given.method, attempt), _result(record, given, attempt), act.today)
    refuse(verdict.problems)
    counts_as = verdict.grade or given.grade
    result = new_id()
    row = {"id": result, "apprentice_id": record.id, "method": given.method, "attempt": attempt, "version": version}
    judged = {"grade": given.grade, "counts_as": counts_as, "current": True, "digest": digest, "reason": reason}
    who = {"assessor": given.assessor, "epao_party_id": act.viewer.party, **signatory(given.by), **act.actor}
    await act.save(t.result.insert(), {**row, **judged, **who})
    await act.save(t.result_component.insert(), [_component(record.id, result, n, c) for n, c in enumerate(given.components)])
    await act.save(t.breach.insert(), [_breach(record.id, result, n, b) for n, b in enumerate(verdict.breaches)])
    await refresh(act, [record.id], rules=False)
    await keep_grades(act, act.records[record.id], plan, ONLY_EPAO)
    return result


def _facts(record: Record, method: str, attempt: int) -> f.AssessmentFacts:
    """The assessment without the attempt that is being judged."""
    whole = assessment(record)
    others = tuple(each for each in whole.attempts if (each.method, each.attempt) != (method, attempt))
    return f.AssessmentFacts(
        whole.gateway_passed_on,
        whole.portfolio_received_on,
        whole.validation,
        whole.acknowledgement,
        others,
        whole.resits,
        whole.breaches,
    )


def _result(record: Record, given: PostResult, attempt: int) -> f.MethodResult:
    confirmed = {
        (row["component"], row["sha256"]): day(row["on_date"])
        for row in record.row["authenticity"]
        if row["attempt"] == attempt
    }
    parts = []
    for each in given.components:
        values = each.model_dump()
        for name in ("sections", "ksbs"):
            values[name] = None if values[name] is None else tuple(values[name])
        on = confirmed.get((each.component, each.document or ""))
        parts.append(f.ComponentResult(**values, authenticity_confirmed_on=on))
    return f.MethodResult(given.method, attempt, given.grade, given.assessor, tuple(parts))


def _component(apprentice: UUID, result: UUID, position: int, each: ComponentOutcome) -> dict[str, Any]:
    return {"apprentice_id": apprentice, "result_id": result, "position": position, **each.model_dump()}


def _breach(apprentice: UUID, result: UUID, position: int, finding: Finding) -> dict[str, Any]:
    row = {"id": new_id(), "apprentice_id": apprentice, "result_id": result, "position": position, "dispensed": False}
    return {**row, "rule": finding.rule, "component": finding.component, "sentence": finding.sentence}


def latest(record: Record) -> dict[str, dict[str, Any]]:
    """The latest attempt's current result of each method."""
    return {result["method"]: result for result in sorted(record.row["results"], key=lambda each: each["attempt"])}


async def keep_grades(act: Act, record: Record, plan: Plan, audience: str, released_on: Any = None) -> str | None:
    """Keeps what one audience may see of assessments and grade; for everybody, only at release. Answers the grade."""
    found = latest(record)
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
