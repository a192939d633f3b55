"""Posting and correcting results: judged by the plan, kept as append-only versions, sealed, that only the EPAO can read."""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import Field
from sqlalchemy import update

from hub.acts.act import Act, act, batch, check_version, refusal, refuse
from hub.acts.components import ComponentOutcome
from hub.acts.inputs import Code, Input, OnApprentice, Person, Text, signatory
from hub.acts.keeping import ONLY_EPAO, keep_grades
from hub.acts.keys import fingerprint
from hub.acts.refresh import refresh
from hub.acts.sealing import close, opened
from hub.errors import Problem
from hub.plan import facts as f
from hub.plan import grades as rules
from hub.plan.answers import Finding
from hub.plan.ceilings import COMPONENTS
from hub.plan.model import Plan
from hub.store import grades as t
from hub.store import sealed
from hub.store.facts import Record, day
from hub.store.outcomes import Row, assessment, attempt_under_way, current
from hub.store.spine import new_id


class PostResult(OnApprentice):
    """Posts the result of one method; nobody but you sees it before its release."""

    method: Code = Field(description="The method's code.")
    attempt: int | None = Field(None, ge=1, le=99, description="Which attempt, from 1; the one under way when absent.")
    grade: Code = Field(description="The grade of the method.")
    assessor: Text = Field(description="Your reference of the independent assessor who made the grading decision.")
    components: list[ComponentOutcome] = Field(min_length=1, max_length=COMPONENTS, description="Its components.")
    by: Person = Field(description="Who posts for the EPAO.")


@batch("postResults", of="postResult")
class PostResults(Input):
    """Posts up to 100 results, each with its own outcome."""

    items: list[PostResult] = Field(min_length=1, max_length=100, description="The results.")
    each: ClassVar[str] = "items"


class CorrectResult(PostResult):
    """Corrects a posted result by a new version; the earlier one is kept."""

    version: int = Field(ge=1, le=10_000, description="The version you correct.")
    reason: Code = Field(description="A reason code, such as MODERATION or CLERICAL.")


@act("postResult", PostResult)
async def post_result(act: Act, given: PostResult) -> dict[str, Any]:
    """Posts a result once; the same post again is answered with the first, another one is refused."""
    record, plan = act.planned(given.apprentice_id, even_withdrawn=True)
    number = given.attempt or _attempt(record, given.method)
    known = _current(record, given.method, number)
    digest = fingerprint(act.seal, "postResult", given.model_copy(update={"attempt": number}))
    if known is not None:
        same = [each for each in _own_versions(act, record, given.method, number) if each["digest"] == "\\x" + digest.hex()]
        if not same:
            raise refusal("RESULT_EXISTS", where="input.method")
        return {"apprentice": record.id, "result": UUID(same[-1]["id"]), "replayed": True}
    result = await _post(act, record, plan, given, number, digest, None)
    act.tell("result.posted", record, method=given.method, attempt=number)
    return {"apprentice": record.id, "result": result}


@act("correctResult", CorrectResult)
async def correct_result(act: Act, given: CorrectResult) -> dict[str, Any]:
    """Makes a new version of a result with a reason (X-21); the version named must be the latest."""
    record, plan = act.planned(given.apprentice_id, even_withdrawn=True)
    number = given.attempt or _attempt(record, given.method)
    known = _current(record, given.method, number)
    if known is None or known["epao_party_id"] != str(act.viewer.party):
        raise refusal("NOT_FOUND", "There is no such result.", "input.method")
    check_version(given.version, known["version"])
    await act.save(update(t.result).where(t.result.c.id == UUID(known["id"])).values(current=False))
    digest = fingerprint(act.seal, "correctResult", given)
    result = await _post(act, record, plan, given, number, digest, given.reason)
    act.tell("result.corrected", record, method=given.method, attempt=number)
    return {"apprentice": record.id, "result": result}


def _attempt(record: Record, method: str) -> int:
    """The attempt a result without a number belongs to: the one under way."""
    posted = [result["attempt"] for result in current(record) if result["method"] == method]
    return int(max((attempt_under_way(record, method), *posted)))


def _current(record: Record, method: str, attempt: int) -> Row | None:
    return next((r for r in current(record) if (r["method"], r["attempt"]) == (method, attempt)), None)


def _own_versions(act: Act, record: Record, method: str, attempt: int) -> list[Row]:
    mine = (method, attempt, str(act.viewer.party))
    return [r for r in record.row["results"] if (r["method"], r["attempt"], r["epao_party_id"]) == mine]


async def _post(
    act: Act, record: Record, plan: Plan, given: PostResult, attempt: int, digest: bytes, reason: str | None
) -> UUID:
    record = await opened(act, record)
    verdict = rules.judge_result(plan, _facts(record, given.method, attempt), _result(record, given, attempt), act.today)
    _refuse(verdict.problems)
    result = new_id()
    row = {"id": result, "apprentice_id": record.id, "method": given.method, "attempt": attempt, "current": True}
    version = len(_own_versions(act, record, given.method, attempt)) + 1
    grades = {"grade": given.grade, "counts_as": verdict.grade or given.grade, "reason": reason}
    box = await close(act, sealed.RESULT, str(result), grades)
    who = {"assessor": given.assessor, "epao_party_id": act.viewer.party, **signatory(given.by), **act.actor}
    await act.save(t.result.insert(), {**row, "version": version, "sealed": box, "digest": digest, **who})
    parts = [await _component(act, record.id, result, n, each) for n, each in enumerate(given.components)]
    await act.save(t.result_component.insert(), parts)
    breaches = [await _breach(act, record.id, result, n, each) for n, each in enumerate(verdict.breaches)]
    await act.save(t.breach.insert(), breaches)
    await refresh(act, [record.id], rules=False, only=act.viewer.party)
    await keep_grades(act, await opened(act, act.records[record.id]), plan, ONLY_EPAO)
    return result


def _refuse(problems: tuple[Problem, ...]) -> None:
    """Refuses with fields of the input: what the rules say of a component's field lies below `components`."""
    own = {"method", "attempt", "grade", "assessor", "components"}
    refuse(
        Problem(p.code, p.message, p.field if p.field is None or p.field in own else f"components.{p.field}", p.rule)
        for p in problems
    )


def _facts(record: Record, method: str, attempt: int) -> f.AssessmentFacts:
    """The assessment without the attempt that is being judged."""
    return assessment(record, [r for r in current(record) if (r["method"], r["attempt"]) != (method, attempt)])


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


async def _component(act: Act, apprentice: UUID, result: UUID, position: int, each: ComponentOutcome) -> dict[str, Any]:
    values = each.model_dump(mode="json")
    row = {"apprentice_id": apprentice, "result_id": result, "position": position, "component": values.pop("component")}
    return {**row, "sealed": await close(act, sealed.COMPONENT, sealed.row_of(result, each.component), values)}


async def _breach(act: Act, apprentice: UUID, result: UUID, position: int, finding: Finding) -> dict[str, Any]:
    made = new_id()
    row = {"id": made, "apprentice_id": apprentice, "result_id": result, "position": position, "dispensed": False}
    box = await close(act, sealed.BREACH, str(made), {"sentence": finding.sentence})
    return {**row, "rule": finding.rule, "component": finding.component, "sealed": box}
