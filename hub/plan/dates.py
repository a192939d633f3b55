"""The dates a plan sets: what is due when, what may not be earlier, and what is booked too early."""

from collections.abc import Mapping
from datetime import date, timedelta

from hub.errors import Problem
from hub.plan.answers import Window
from hub.plan.facts import AgreedResit, AssessmentFacts, Booking
from hub.plan.model import Plan
from hub.plan.steps import WindowRule
from hub.plan.verdicts import problem
from hub.words import add_months, add_weeks, add_working_days


def windows(
    plan: Plan, facts: AssessmentFacts, method: str | None = None, submitted: Mapping[str, date] | None = None
) -> tuple[Window, ...]:
    """Every date that can be named for the facts as they are, in the plan's order; the day itself is included.

    `method` keeps that method's dates and those of the whole assessment; `submitted` says when which component's
    document reached the EPAO. Where a re-sit is agreed its dates replace the first attempt's (EPA-133).
    """
    chosen = [rule for rule in plan.windows if method is None or rule.method in (None, method)]
    named = {rule.code: _window(rule, facts, submitted or {}) for rule in chosen}
    replaced = {rule.replaces for rule in chosen if named[rule.code] is not None}
    return tuple(each for code, each in named.items() if each is not None and code not in replaced)


def schedule(plan: Plan, facts: AssessmentFacts, booking: Booking, today: date) -> tuple[Problem, ...]:
    """Why a component cannot be booked for a day: before the gateway, in the past, or too early (EPA-030).

    A booking past a due date is not refused: it is what happened that will be judged.
    """
    method = plan.method(booking.method)
    if method is None:
        return (problem("METHOD_UNKNOWN", field="method"),)
    if booking.component not in {each.code for each in method.components if each.held}:
        return (problem("COMPONENT_UNKNOWN", field="component"),)
    if facts.gateway_passed_on is None:
        return (problem("GATEWAY_NOT_PASSED", rule=plan.gateway.decision_rule),)
    problems = []
    if booking.on < max(today, facts.gateway_passed_on):
        problems.append(problem("DATE_ORDER", "The date has passed.", "on"))
    for each in windows(plan, facts, booking.method):
        if each.kind == "earliest" and each.component == booking.component and booking.on < each.on:
            problems.append(problem("DATE_ORDER", f"{each.label}: {each.on}.", "on", each.rule))
    return tuple(problems)


def _window(rule: WindowRule, facts: AssessmentFacts, submitted: Mapping[str, date]) -> Window | None:
    anchor = _anchor(rule, facts, submitted)
    if anchor is None:
        return None
    return Window(rule.code, rule.method, rule.component, rule.kind, _after(anchor, rule), rule.rule, rule.label)


def _anchor(rule: WindowRule, facts: AssessmentFacts, submitted: Mapping[str, date]) -> date | None:
    if rule.anchor == "gateway":
        return facts.gateway_passed_on
    if rule.anchor == "portfolio":
        return facts.portfolio_received_on
    if rule.anchor == "submission":
        return submitted.get(rule.anchor_component or "")
    latest = max((each for each in facts.resits if each.method == rule.method), key=_attempt, default=None)
    return latest.agreed_on if latest else None


def _attempt(resit: AgreedResit) -> int:
    return resit.attempt


def _after(day: date, rule: WindowRule) -> date:
    if rule.unit == "weeks":
        return add_weeks(day, rule.amount)
    if rule.unit == "months":
        return add_months(day, rule.amount)
    if rule.unit == "workingDays":
        return add_working_days(day, rule.amount)
    return day + timedelta(days=rule.amount)
