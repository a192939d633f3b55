"""Re-sits and re-takes: which attempt may follow, what must be new in it, and whose agreement it needs."""

from datetime import date

from hub.errors import Problem
from hub.plan.facts import (
    EMPLOYER,
    AgreedResit,
    AssessmentFacts,
    Attempt,
    MethodResult,
    ResitRequest,
)
from hub.plan.model import Plan
from hub.plan.parts import Method
from hub.plan.verdicts import Findings, future_problems, problem, signatory_problems


def latest_attempt(facts: AssessmentFacts, method: str) -> Attempt | None:
    """The last recorded attempt at a method, if there is one."""
    return max((each for each in facts.attempts if each.method == method), key=lambda each: each.attempt, default=None)


def agree_resit(plan: Plan, facts: AssessmentFacts, request: ResitRequest, today: date) -> tuple[Problem, ...]:
    """Why a re-sit or re-take cannot be agreed: not the employer (EPA-132), not failed and released (EPA-130,
    EPA-134), a pass to be improved (EPA-136), or one attempt too many (EPA-137)."""
    rules = plan.resits
    if request.actor != EMPLOYER:
        return (problem("EMPLOYER_ONLY", rule=rules.agree_rule),)
    problems = [
        *signatory_problems(request.signatory, rules.agree_rule),
        *future_problems(request.agreed_on, today, "agreedOn", rules.agree_rule),
    ]
    if request.kind not in rules.kinds:
        sentence = f"The plan knows {' and '.join(rules.kinds)}."
        problems.append(problem("INPUT_INVALID", sentence, "kind", rules.agree_rule))
    if not request.methods or len(set(request.methods)) < len(request.methods):
        problems.append(problem("INPUT_INVALID", "Name each method once.", "methods", rules.failed_only_rule))
    for method in dict.fromkeys(request.methods):
        problems += _method_problems(plan, facts, request, method)
    return tuple(problems)


def judge_attempt(plan: Plan, facts: AssessmentFacts, method: Method, result: MethodResult, found: Findings) -> None:
    """Files whatever speaks against this attempt following those before it (EPA-130 to EPA-138)."""
    before = [each for each in facts.attempts if each.method == result.method and each.attempt < result.attempt]
    if result.attempt < 1 or len(before) != result.attempt - 1:
        sentence = f"Attempt {len(before) + 1} is the next."
        found.refuse("ATTEMPT_INVALID", sentence, "attempt", plan.resits.offered_rule)
        return
    if any(each.method == result.method and each.attempt > result.attempt for each in facts.attempts):
        found.refuse("ATTEMPT_INVALID", "A later attempt is recorded.", "attempt", plan.resits.offered_rule)
    if result.attempt > 1:
        _judge_resit(plan, facts, method, result, before, found)


def resit_of(facts: AssessmentFacts, method: str, attempt: int) -> AgreedResit | None:
    """The agreement to an attempt at a method, if there is one."""
    return next((each for each in facts.resits if each.method == method and each.attempt == attempt), None)


def _method_problems(plan: Plan, facts: AssessmentFacts, request: ResitRequest, method: str) -> tuple[Problem, ...]:
    rules, last = plan.resits, latest_attempt(facts, method)
    if plan.method(method) is None:
        return (problem("METHOD_UNKNOWN", field="methods"),)
    if last is None or last.released_on is None:
        # An unreleased result does not exist outside the EPAO, so it gets the same answer as none.
        return (problem("STATE_CONFLICT", "There is no released result for this method.", rule=rules.offered_rule),)
    if _passing(plan, last.grade):
        return (_passed_problem(plan, facts),)
    problems = []
    if request.agreed_on < last.released_on:
        problems.append(problem("DATE_ORDER", "The date is before the release.", "agreedOn", rules.agree_rule))
    if resit_of(facts, method, last.attempt + 1) is not None:
        problems.append(problem("STATE_CONFLICT", "The next attempt is agreed already.", rule=rules.agree_rule))
    if rules.maximum_attempts is not None and last.attempt >= rules.maximum_attempts:
        sentence = f"The plan allows {rules.maximum_attempts} attempts."
        problems.append(problem("RULE_BROKEN", sentence, rule=rules.attempts_rule))
    return tuple(problems)


def _passed_problem(plan: Plan, facts: AssessmentFacts) -> Problem:
    last = [latest_attempt(facts, each.code) for each in plan.methods]
    if any(each is not None and each.released_on and not _passing(plan, each.grade) for each in last):
        return problem("RESIT_FAILED_METHODS_ONLY", field="methods", rule=plan.resits.failed_only_rule)
    return problem("RESIT_NOT_FOR_IMPROVEMENT", field="methods", rule=plan.resits.improvement_rule)


def _judge_resit(
    plan: Plan,
    facts: AssessmentFacts,
    method: Method,
    result: MethodResult,
    before: list[Attempt],
    found: Findings,
) -> None:
    last, agreed = max(before, key=lambda each: each.attempt), resit_of(facts, result.method, result.attempt)
    if _passing(plan, last.grade):
        found.refuse("RESIT_FAILED_METHODS_ONLY", None, "method", plan.resits.failed_only_rule)
    elif last.released_on is None:
        sentence = "The attempt before has not been released."
        found.refuse("STATE_CONFLICT", sentence, "attempt", plan.resits.offered_rule)
    elif agreed is None:
        found.refuse("RESIT_NOT_AGREED", None, "attempt", plan.resits.agree_rule)
    else:
        _judge_dates(plan, agreed, result, found)
    _judge_documents(plan, method, result, before, found)


def _judge_dates(plan: Plan, agreed: AgreedResit, result: MethodResult, found: Findings) -> None:
    for each in result.components:
        if any(day is not None and day < agreed.agreed_on for day in (each.held_on, each.submitted_on)):
            sentence = "A date of this attempt is before it was agreed."
            found.add(plan.resits.agree_rule, "DATE_ORDER", sentence, "heldOn", each.component)


def _judge_documents(plan: Plan, method: Method, result: MethodResult, before: list[Attempt], found: Findings) -> None:
    if method.redo_all_rule is None:
        return
    documents = {document for attempt in before for document in attempt.documents}
    themes = {theme for attempt in before for theme in attempt.themes}
    for each in result.components:
        if each.document in documents:
            sentence = "The document is the one of an earlier attempt; a new one is needed."
            found.refuse("ATTEMPT_INVALID", sentence, "document", plan.resits.new_document_rule)
        if each.theme in themes:
            sentence = "The theme is the one of an earlier attempt."
            found.warn(plan.resits.new_document_rule, sentence, "theme", each.component)


def _passing(plan: Plan, grade: str) -> bool:
    known = plan.grade(grade)
    return known is not None and known.passing
