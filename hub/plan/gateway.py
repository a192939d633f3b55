"""Gateway readiness: what is missing, by which rule, whose move it is and by when; and the acts that follow it."""

from collections.abc import Iterable, Iterator
from datetime import date

from hub.errors import Problem
from hub.plan.answers import Blocker, Readiness
from hub.plan.apprentices import minimum_duration
from hub.plan.checklist import Line, check_item, due, item_met, line
from hub.plan.facts import (
    EMPLOYER,
    EPAO,
    ON_BREAK,
    PROVIDER,
    WITHDRAWN,
    DecisionRequest,
    GatewayFacts,
    Nomination,
    Organisation,
)
from hub.plan.model import Plan
from hub.plan.overlays import Overlay, applicable, first_start
from hub.plan.verdicts import future_problems, problem, signatory_problems

__all__ = ["answer_nomination", "check_item", "decide", "item_met", "nominate", "readiness"]

NO_PLAN, CLAIMED, NOT_READY, READY, PASSED = "NO_PLAN", "CLAIMED", "NOT_READY", "READY", "PASSED"

CLAIM_RULE, BREAK_RULE = "HUB-CLAIM", "HUB-BREAK"
"""Rules of the hub itself: an unconfirmed claim opens nothing, and nobody passes a gateway on a break in learning."""

_NAMES = {EMPLOYER: "employer", PROVIDER: "training provider"}

_ANSWERS = {"NOMINATED": ("ACCEPTED", "DECLINED", "ENDED"), "ACCEPTED": ("ENDED",), "DECLINED": (), "ENDED": ()}


def readiness(plan: Plan | None, overlays: Iterable[Overlay], facts: GatewayFacts, today: date) -> Readiness:
    """Whether one apprentice may pass the gateway (EPA-010), and if not, everything that stands in the way.

    The answer names dates, so it stays true on later days until a fact changes; special-category reasons are in it
    nowhere.
    """
    if plan is None:
        return Readiness(WITHDRAWN if facts.apprenticeship.status == WITHDRAWN else NO_PLAN)
    chosen = applicable(plan, overlays, facts.apprenticeship)
    lines = [line(plan, chosen, requirement, facts, today) for requirement in plan.requirements]
    minimum = minimum_duration(plan, chosen, facts.apprenticeship)
    items = tuple(each.view for each in lines)
    won = dict.fromkeys(name for each in lines for name in each.overlays)
    overlay_ids = tuple(won | ({minimum.overlay: None} if minimum.overlay else {}))
    if facts.apprenticeship.status == WITHDRAWN:
        return Readiness(WITHDRAWN, items=items, overlays=overlay_ids)
    if facts.decided_on is not None:
        return Readiness(PASSED, facts.decided_on, items, overlays=overlay_ids, next_party=EPAO)
    blockers = tuple(_all_blockers(plan, chosen, facts, lines, today))
    ready_from = _ready_from(_basis(facts, lines, minimum.ends_on), blockers, today)
    next_party, next_due = _next_move(facts, blockers, ready_from, today)
    status = _status(facts, ready_from, today)
    return Readiness(status, ready_from, items, blockers, overlay_ids, next_party, next_due)


def decide(
    plan: Plan, overlays: Iterable[Overlay], facts: GatewayFacts, decision: DecisionRequest, today: date
) -> tuple[Problem, ...]:
    """Why the gateway decision is refused: not the employer (EPA-012), nobody named or nothing declared (EPA-015),
    an impossible date, or a requirement that is not met (EPA-010)."""
    rules = plan.gateway
    if decision.actor != EMPLOYER:
        return (problem("EMPLOYER_ONLY", rule=rules.employer_rule),)
    if facts.decided_on is not None:
        return (problem("STATE_CONFLICT", "The gateway decision has been taken.", rule=rules.decision_rule),)
    problems = [
        *signatory_problems(decision.signatory, rules.declaration_rule),
        *future_problems(decision.decided_on, today, "decidedOn", rules.decision_rule),
    ]
    if decision.declaration not in {each.version for each in plan.declarations}:
        problems.append(problem("DECLARATION_UNKNOWN", field="declaration", rule=rules.declaration_rule))
    answer = readiness(plan, overlays, facts, today)
    if answer.status == WITHDRAWN:
        problems.append(problem("STATE_CONFLICT", "The apprentice has withdrawn.", rule=rules.decision_rule))
    waiting = [each for each in answer.blockers if _holds(each, today)]
    problems += [problem("GATEWAY_NOT_READY", each.sentence, rule=each.rule) for each in waiting]
    if not waiting and answer.ready_from is not None and decision.decided_on < answer.ready_from:
        sentence = f"The decision is dated before {answer.ready_from}, when every requirement was met."
        problems.append(problem("DATE_ORDER", sentence, "decidedOn", rules.decision_rule))
    return tuple(problems)


def nominate(
    plan: Plan | None, epao: Organisation, employer: Organisation, providers: Iterable[Organisation]
) -> tuple[Problem, ...]:
    """Why an EPAO cannot be nominated: it is, or shares a group with, the employer or a provider (EPA-R11, PTA-022)."""
    rule = plan.gateway.conflict_rule if plan else None
    if any(_connected(epao, other) for other in (employer, *providers)):
        return (problem("CONFLICT_OF_INTEREST", field="epao", rule=rule),)
    return ()


def answer_nomination(current: Nomination, to: str, on: date, today: date) -> tuple[Problem, ...]:
    """Why a nomination cannot become ACCEPTED, DECLINED or ENDED on that day; nothing if it can."""
    if to not in _ANSWERS[current.state]:
        return (problem("STATE_CONFLICT", f"{to} does not follow {current.state}.", "state"),)
    if on < current.since:
        return (problem("DATE_ORDER", f"The date is before {current.since}, the last change.", "on"),)
    return future_problems(on, today, "on")


def _all_blockers(
    plan: Plan, overlays: tuple[Overlay, ...], facts: GatewayFacts, lines: list[Line], today: date
) -> Iterator[Blocker]:
    start, by = min(first_start(facts.apprenticeship), today), due(facts)
    for confirmed, party in ((facts.employer_confirmed, EMPLOYER), (facts.provider_confirmed, PROVIDER)):
        if not confirmed:
            yield Blocker(CLAIM_RULE, None, f"The {_NAMES[party]} has not confirmed this apprenticeship.", party, by, start)
    if facts.apprenticeship.status == ON_BREAK:
        yield Blocker(BREAK_RULE, None, "The apprentice is on a break in learning.", PROVIDER, by, start)
    for each in lines:
        yield from each.blockers
    state = facts.nomination.state if facts.nomination else None
    if state == "NOMINATED":
        sentence = "The nominated assessment organisation has not accepted yet."
        yield Blocker(plan.gateway.evidence_rule, None, sentence, EPAO, by, start)
    elif state != "ACCEPTED":
        sentence = "No assessment organisation has been nominated."
        yield Blocker(plan.gateway.evidence_rule, None, sentence, EMPLOYER, by, start)
    least = minimum_duration(plan, overlays, facts.apprenticeship)
    if today < least.ends_on:
        sentence = f"The minimum of {least.months} months on programme ends on {least.ends_on}."
        yield Blocker(least.rule, None, sentence, None, by, start, least.ends_on)


def _basis(facts: GatewayFacts, lines: list[Line], minimum_ends: date) -> date:
    """The earliest day that the facts as they are allow, blockers left aside."""
    days = [first_start(facts.apprenticeship), minimum_ends, *(each.since for each in lines)]
    if facts.nomination:
        days.append(facts.nomination.since)
    return max(day for day in days if day is not None)


def _ready_from(basis: date, blockers: tuple[Blocker, ...], today: date) -> date | None:
    # What holds today makes an earlier day without blockers worthless.
    day = max(basis, today) if any(_holds(each, today) for each in blockers) else basis
    while holding := [each for each in blockers if _holds(each, day)]:
        ends = [each.until_on for each in holding if each.until_on is not None]
        if len(ends) < len(holding):
            return None
        day = max(ends)
    return day


def _holds(blocker: Blocker, day: date) -> bool:
    return blocker.from_on <= day and (blocker.until_on is None or day < blocker.until_on)


def _status(facts: GatewayFacts, ready_from: date | None, today: date) -> str:
    if not (facts.employer_confirmed and facts.provider_confirmed):
        return CLAIMED
    if facts.apprenticeship.status == ON_BREAK:
        return ON_BREAK
    return READY if ready_from is not None and ready_from <= today else NOT_READY


def _next_move(
    facts: GatewayFacts, blockers: tuple[Blocker, ...], ready_from: date | None, today: date
) -> tuple[str | None, date | None]:
    open_now = [each for each in blockers if each.party is not None and each.until_on is None and _holds(each, today)]
    if open_now:
        return open_now[0].party, open_now[0].due_on
    # Nothing is left to do but to wait for a date and then decide.
    return EMPLOYER, max(due(facts), ready_from or due(facts))


def _connected(one: Organisation, other: Organisation) -> bool:
    groups, others = one.groups | {one.id}, other.groups | {other.id}
    return not groups.isdisjoint(others)
