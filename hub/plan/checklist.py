"""The gateway checklist: when each requirement counts as met, and what it blocks while it is not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from hub.errors import Problem
from hub.plan.answers import Blocker, ItemView
from hub.plan.facts import EMPLOYER, EPAO, GatewayFacts, Item
from hub.plan.model import Plan
from hub.plan.overlays import Overlay, Span, first_start, requirement_spans
from hub.plan.portfolios import coverage, validation_holds
from hub.plan.steps import Requirement
from hub.plan.verdicts import problem

MISSING, SUBMITTED, ACCEPTED, REJECTED, NOT_REQUIRED = "MISSING", "SUBMITTED", "ACCEPTED", "REJECTED", "NOT_REQUIRED"


@dataclass(frozen=True, slots=True)
class Line:
    """One requirement judged: its view, what it blocks, and the day from which it has been as it is."""

    view: ItemView
    blockers: tuple[Blocker, ...]
    since: date | None
    overlays: tuple[str, ...]


def item_met(plan: Plan, requirement: str, attained: str | None, entitlement: str | None) -> bool:
    """Whether what was attained is enough for a requirement (EPA-017), for this person (EPA-019, EPA-020).

    A requirement without levels is met by being filed; an unknown requirement or level never is.
    """
    known = plan.requirement(requirement)
    if known is None:
        return False
    if not known.levels:
        return True
    level = next((each for each in known.levels if each.code == attained), None)
    return level is not None and (level.enough or entitlement in level.enough_with)


def check_item(plan: Plan, requirement: str, actor: str, attained: str | None, entitlement: str | None) -> tuple[Problem, ...]:
    """Why an item cannot be filed: unknown requirement, level or entitlement, or not this party's to file."""
    known = plan.requirement(requirement)
    if known is None or known.met_by != "item":
        return (problem("REQUIREMENT_UNKNOWN", field="requirement"),)
    if actor not in known.files:
        sentence = f"{known.label}: to be filed by {' or '.join(known.files)}."
        return (problem("RULE_BROKEN", sentence, rule=known.rule),)
    problems = []
    if known.levels and attained not in {level.code for level in known.levels}:
        problems.append(problem("INPUT_INVALID", f"{known.label}: no such level.", "attained", known.rule))
    if not known.levels and attained is not None:
        problems.append(problem("INPUT_INVALID", f"{known.label} has no levels.", "attained", known.rule))
    if entitlement is not None and entitlement not in {each.code for each in plan.entitlements}:
        problems.append(problem("INPUT_INVALID", "There is no such entitlement.", "entitlement", known.rule))
    return tuple(problems)


def line(plan: Plan, overlays: tuple[Overlay, ...], requirement: Requirement, facts: GatewayFacts, today: date) -> Line:
    """One requirement judged for one apprentice."""
    spans = requirement_spans(overlays, requirement.code, first_start(facts.apprenticeship))
    now = next((span for span in reversed(spans) if span.from_on <= today), spans[0])
    state, met, since = _state(plan, requirement, facts)
    won = (now.overlay,) if now.overlay else ()
    if not now.required:
        view = ItemView(requirement.code, requirement.label, NOT_REQUIRED, True, now.overlay)
    else:
        view = ItemView(requirement.code, requirement.label, state, met, None)
    if met or requirement.met_by == "decision":
        return Line(view, (), since if now.required else None, won)
    blockers = tuple(_blockers(plan, requirement, facts, state, spans, today))
    return Line(view, blockers, now.from_on if not now.required else None, won)


def due(facts: GatewayFacts) -> date:
    """The day by which the gateway is expected."""
    return facts.apprenticeship.expected_gateway_on or facts.apprenticeship.planned_end_on


def _state(plan: Plan, requirement: Requirement, facts: GatewayFacts) -> tuple[str, bool, date | None]:
    if requirement.met_by == "decision":
        return (ACCEPTED, True, facts.decided_on) if facts.decided_on else (MISSING, False, None)
    if requirement.met_by == "portfolio":
        return _portfolio_state(plan, facts)
    item = next((each for each in facts.items if each.requirement == requirement.code), None)
    if item is None or item.state == MISSING:
        return MISSING, False, None
    return item.state, _counts(plan, requirement, item), item.since


def _counts(plan: Plan, requirement: Requirement, item: Item) -> bool:
    good = (ACCEPTED,) if requirement.needs_acceptance else (SUBMITTED, ACCEPTED)
    return item.state in good and item_met(plan, requirement.code, item.attained, item.entitlement)


def _portfolio_state(plan: Plan, facts: GatewayFacts) -> tuple[str, bool, date | None]:
    if not facts.pieces:
        return MISSING, False, None
    if coverage(plan, facts.pieces).missing or not validation_holds(facts.pieces, facts.validation):
        return SUBMITTED, False, None
    return ACCEPTED, True, facts.validation.on if facts.validation else None


def _blockers(
    plan: Plan,
    requirement: Requirement,
    facts: GatewayFacts,
    state: str,
    spans: tuple[Span, ...],
    today: date,
) -> Iterator[Blocker]:
    rule, sentence, party = requirement.rule, requirement.unmet, str(requirement.move)
    if requirement.met_by == "portfolio" and facts.pieces:
        rule, sentence, party = _portfolio_blocker(plan, requirement, facts)
    elif requirement.needs_acceptance and state == SUBMITTED:
        party = EPAO
    for span in spans:
        if span.required and (span.until_on is None or span.until_on > today):
            from_on = min(span.from_on, today) if span is spans[0] else span.from_on
            yield Blocker(rule, requirement.code, sentence, party, due(facts), from_on, span.until_on)


def _portfolio_blocker(plan: Plan, requirement: Requirement, facts: GatewayFacts) -> tuple[str, str, str]:
    missing = coverage(plan, facts.pieces).missing
    if missing:
        return plan.portfolio.coverage_rule, f"No evidence in the portfolio for {', '.join(missing)}.", requirement.move
    if facts.validation is None:
        return plan.portfolio.validation_rule, "The employer has not validated the portfolio.", EMPLOYER
    return plan.portfolio.unchanged_rule, "The portfolio has changed since the employer validated it.", EMPLOYER
