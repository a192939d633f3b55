"""Rules on results: judging what the EPAO posts, the grade overall, the release, and what may follow a fail."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from hub.errors import Problem
from hub.plan.answers import Verdict, Window
from hub.plan.attempts import agree_resit, judge_attempt, latest_attempt
from hub.plan.components import judge_component
from hub.plan.dates import schedule, windows
from hub.plan.facts import AssessmentFacts, ComponentResult, MethodResult
from hub.plan.model import Plan
from hub.plan.parts import Component, Method
from hub.plan.verdicts import Findings, problem

__all__ = ["agree_resit", "judge_result", "overall", "release", "schedule", "windows"]


def judge_result(plan: Plan, facts: AssessmentFacts, result: MethodResult, today: date) -> Verdict:
    """What the plan says about a posted result: why it is refused, what is recorded as a breach, what is remarked on.

    The verdict's grade is the one that counts, capped after a re-sit or re-take (EPA-135). Values that cannot be,
    order and authorship refuse; lengths, counts, content and lateness are recorded, as the plan's severities say.
    """
    found = Findings(plan)
    method = plan.method(result.method)
    if method is None:
        found.refuse("METHOD_UNKNOWN", None, "method")
        return found.verdict()
    if facts.gateway_passed_on is None:
        found.refuse("GATEWAY_NOT_PASSED", None, None, plan.gateway.decision_rule)
        return found.verdict()
    _judge_grade(plan, method, result, found)
    judge_attempt(plan, facts, method, result, found)
    _judge_portfolio(plan, facts, method, result, found)
    for component, happened in _pairs(method, result):
        judge_component(plan, method, component, happened, result.assessor, found)
        _judge_dates(plan, facts.gateway_passed_on, happened, today, found)
    _judge_order(method, result, found)
    _judge_windows(plan, facts, method, result, found)
    return found.verdict(_capped(plan, method, result, found))


def overall(plan: Plan, method_grades: Mapping[str, str], any_resit: bool) -> str:
    """The overall grade by the plan's table (EPA-123), capped if any method was re-sat or re-taken (EPA-135).

    KeyError if a method has no grade; the methods' own caps are expected in their grades already and applied again.
    """
    wanted = {method.code: method_grades[method.code] for method in plan.methods}
    grade = next((row.overall for row in plan.grade_table if row.methods == wanted), None)
    if grade is None:
        raise KeyError(str(wanted))
    return cap(plan, grade, plan.resits.cap.overall) if any_resit else grade


def cap(plan: Plan, grade: str, highest: str) -> str:
    """A grade, or the highest allowed one where that is lower."""
    return min(grade, highest, key=plan.grade_rank)


def release(plan: Plan, facts: AssessmentFacts, today: date) -> tuple[Problem, ...]:
    """Why results cannot be released: a method has none, a breach is open, or there is nothing new to release."""
    if facts.gateway_passed_on is None or today < facts.gateway_passed_on:
        return (problem("GATEWAY_NOT_PASSED", rule=plan.gateway.decision_rule),)
    latest = {method.code: latest_attempt(facts, method.code) for method in plan.methods}
    problems = [
        problem("RELEASE_INCOMPLETE", f"There is no result for {method.label}.", rule=plan.grade_table_rule)
        for method in plan.methods
        if latest[method.code] is None
    ]
    problems += [
        problem("BREACH_OPEN", f"{plan.rule(each.rule).statement} No dispensation is recorded.", rule=each.rule)
        for each in facts.breaches
    ]
    if not problems and all(each is not None and each.released_on is not None for each in latest.values()):
        problems.append(problem("STATE_CONFLICT", "Everything there is has been released."))
    return tuple(problems)


def _pairs(method: Method, result: MethodResult) -> Iterable[tuple[Component, ComponentResult]]:
    for component in method.components:
        for happened in result.components:
            if happened.component == component.code:
                yield component, happened


def _judge_grade(plan: Plan, method: Method, result: MethodResult, found: Findings) -> None:
    grade, codes = plan.grade(result.grade), [each.component for each in result.components]
    if grade is None:
        found.refuse("GRADE_UNKNOWN", None, "grade", plan.grade_table_rule)
    if not result.assessor.strip():
        found.refuse("RULE_BROKEN", "The independent assessor's reference is missing.", "assessor", method.assessor_rule)
    for code in codes:
        if code not in {each.code for each in method.components}:
            found.refuse("COMPONENT_UNKNOWN", None, "component")
    if len(set(codes)) < len(codes):
        found.refuse("INPUT_INVALID", "A component stands twice.", "components")
    outcomes = [plan.grade(each.outcome) for each in result.components]
    if any(outcome is None for outcome in outcomes):
        found.refuse("GRADE_UNKNOWN", "A component's outcome is no grade of the plan.", "outcome")
    if not codes:
        found.refuse("INPUT_INVALID", "A result names at least one component.", "components")
    if grade is None or not grade.passing:
        return
    for component in method.components:
        if component.code not in codes:
            found.refuse("INPUT_INVALID", f"{component.label} is missing.", "components", method.holistic_rule)
    if any(outcome is not None and not outcome.passing for outcome in outcomes):
        found.add(method.holistic_rule, "RULE_BROKEN", "A component failed, so the method is failed.", "grade")


def _judge_portfolio(plan: Plan, facts: AssessmentFacts, method: Method, result: MethodResult, found: Findings) -> None:
    if not method.portfolio:
        return
    validated, known = facts.validation, facts.acknowledgement
    if known is None or validated is None or known.hash != validated.hash:
        sentence = "The assessment organisation has not acknowledged the portfolio that the employer validated."
        found.add(plan.portfolio.acknowledge_rule, "PORTFOLIO_NOT_ACKNOWLEDGED", sentence)
        return
    for each in result.components:
        if each.held_on is not None and each.held_on < known.on:
            sentence = f"Held before the portfolio was acknowledged on {known.on}."
            found.add(plan.portfolio.available_rule, "DATE_ORDER", sentence, "heldOn", each.component)


def _judge_dates(plan: Plan, gateway: date, happened: ComponentResult, today: date, found: Findings) -> None:
    days = {
        "heldOn": happened.held_on,
        "submittedOn": happened.submitted_on,
        "authenticityConfirmedOn": happened.authenticity_confirmed_on,
    }
    for name, day in days.items():
        if day is not None and day > today:
            found.refuse("DATE_IN_FUTURE", None, name)
        if day is not None and day < gateway:
            sentence = "The date is before the gateway."
            found.add(plan.gateway.decision_rule, "DATE_ORDER", sentence, name, happened.component)


def _judge_order(method: Method, result: MethodResult, found: Findings) -> None:
    if not method.ordered or method.order_rule is None:
        return
    before: tuple[Component, date] | None = None
    for component, happened in _pairs(method, result):
        days = [day for day in (happened.submitted_on, happened.held_on) if day is not None]
        if before and days and min(days) < before[1]:
            sentence = f"{component.label} comes after {before[0].label.lower()}."
            found.add(method.order_rule, "DATE_ORDER", sentence, "heldOn", component.code)
        if days:
            before = component, max(days)


def _judge_windows(plan: Plan, facts: AssessmentFacts, method: Method, result: MethodResult, found: Findings) -> None:
    happened = {each.component: each for each in result.components}
    submitted = {code: each.submitted_on for code, each in happened.items() if each.submitted_on is not None}
    # A correction of an earlier attempt is held against that attempt's own dates.
    own = replace(facts, resits=tuple(each for each in facts.resits if each.attempt == result.attempt))
    for window in windows(plan, own, method.code, submitted):
        days = _days(window, happened)
        if window.kind == "earliest" and days and min(days) < window.on:
            sentence = f"{window.label}: {window.on}."
        elif window.kind in ("due", "typical") and days and max(days) > window.on:
            sentence = f"{window.label}: {window.on}, not {max(days)}."
        else:
            continue
        found.add(window.rule, "RULE_BROKEN", sentence, "heldOn", window.component)


def _days(window: Window, happened: Mapping[str, ComponentResult]) -> list[date]:
    if window.component is None:
        # Only the end of the whole assessment is measured without a component; a notice leaves no date in a result.
        held = [each.held_on or each.submitted_on for each in happened.values()] if window.kind == "typical" else []
        return [day for day in held if day is not None]
    each = happened.get(window.component)
    if each is None:
        return []
    day = each.held_on if window.kind == "earliest" else each.submitted_on or each.held_on
    return [day] if day is not None else []


def _capped(plan: Plan, method: Method, result: MethodResult, found: Findings) -> str | None:
    if plan.grade(result.grade) is None or result.attempt <= 1:
        return result.grade
    grade = cap(plan, result.grade, plan.resits.cap.method)
    if grade != result.grade:
        sentence = f"{method.label}: the grade is capped after a re-sit or re-take."
        found.warn(plan.resits.cap.rule, sentence, "grade")
    return grade
