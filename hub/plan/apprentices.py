"""Rules on apprenticeships themselves: registration, status and the least time on programme."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hub.errors import Problem
from hub.plan.answers import Finding, Verdict
from hub.plan.facts import (
    COMPLETED,
    ON_BREAK,
    ON_PROGRAMME,
    RESTARTED,
    WITHDRAWN,
    Apprenticeship,
    Break,
    StatusChange,
)
from hub.plan.model import Plan
from hub.plan.overlays import Overlay, applicable, first_start, minimum_months
from hub.plan.verdicts import future_problems, problem
from hub.words import add_months

EARLIEST_START = date(2014, 9, 1)
"""No apprenticeship standard existed before this day, so an earlier start is a typing error."""

FARTHEST_START = 24
"""How many months ahead a start may be announced."""

_NEXT = {
    ON_PROGRAMME: (ON_BREAK, WITHDRAWN, COMPLETED),
    ON_BREAK: (ON_PROGRAMME, WITHDRAWN),
    WITHDRAWN: (RESTARTED,),
    COMPLETED: (),
}


@dataclass(frozen=True, slots=True)
class MinimumDuration:
    """The least time on programme: in months, and the first day on which it has been served."""

    months: int
    ends_on: date
    rule: str
    overlay: str | None


def check_registration(plan: Plan | None, overlays: Iterable[Overlay], apprenticeship: Apprenticeship, today: date) -> Verdict:
    """Whether the dates of a registration are possible; a planned time below the minimum is a warning (EPA-005)."""
    start, end = apprenticeship.start_on, apprenticeship.planned_end_on
    problems: list[Problem] = []
    if end < start:
        problems.append(problem("DATE_ORDER", "The planned end is before the start.", "plannedEndOn"))
    if not EARLIEST_START <= start <= add_months(today, FARTHEST_START):
        problems.append(problem("INPUT_INVALID", "The start is not a possible date.", "startOn"))
    if first_start(apprenticeship) > start:
        problems.append(problem("DATE_ORDER", "The first start is after the restart.", "originalStartOn"))
    warnings: list[Finding] = []
    if plan is not None:
        least = minimum_duration(plan, overlays, apprenticeship)
        if end < least.ends_on:
            sentence = f"The planned end is before {least.ends_on}, when the minimum of {least.months} months is served."
            warnings.append(Finding(least.rule, sentence, field="plannedEndOn"))
    return Verdict(tuple(problems), warnings=tuple(warnings))


def change_status(apprenticeship: Apprenticeship, change: StatusChange, today: date) -> tuple[Problem, ...]:
    """Why a status cannot follow the present one on that day; nothing if it can."""
    if change.status not in {status for following in _NEXT.values() for status in following}:
        return (problem("STATUS_UNKNOWN", field="status"),)
    if change.status not in _NEXT[apprenticeship.status]:
        return (problem("STATE_CONFLICT", f"{change.status} does not follow {apprenticeship.status}.", "status"),)
    if change.on < _latest(apprenticeship):
        return (problem("DATE_ORDER", f"The date is before {_latest(apprenticeship)}, the last change.", "on"),)
    return future_problems(change.on, today, "on")


def apply_status(apprenticeship: Apprenticeship, change: StatusChange) -> Apprenticeship:
    """The apprenticeship after an allowed change; a restart is on programme again and keeps its first start."""
    if change.status == ON_BREAK:
        return replace(apprenticeship, status=ON_BREAK, breaks=(*apprenticeship.breaks, Break(change.on)))
    closed = tuple(each if each.returned_on else replace(each, returned_on=change.on) for each in apprenticeship.breaks)
    if change.status == WITHDRAWN:
        return replace(apprenticeship, status=WITHDRAWN, breaks=closed, withdrawn_on=change.on)
    if change.status == RESTARTED:
        return _restarted(apprenticeship, change.on)
    if change.status == COMPLETED:
        return replace(apprenticeship, status=COMPLETED, completed_on=change.on)
    return replace(apprenticeship, status=ON_PROGRAMME, breaks=closed)


def minimum_duration(plan: Plan, overlays: Iterable[Overlay], apprenticeship: Apprenticeship) -> MinimumDuration:
    """The least time on programme (EPA-005), counted in calendar months from the first start.

    A month too short ends the count on its last day. Days on a break, or between a withdrawal and a restart, move the
    end; a break that has not ended yet moves nothing so far.
    """
    months, overlay = minimum_months(plan, applicable(plan, overlays, apprenticeship))
    ends_on = add_months(first_start(apprenticeship), months)
    for away in sorted(_absences(apprenticeship), key=lambda each: each.started_on):
        if away.started_on < ends_on and away.returned_on is not None:
            ends_on += max(away.returned_on - away.started_on, timedelta())
    return MinimumDuration(months, ends_on, plan.gateway.minimum_rule, overlay)


def _restarted(apprenticeship: Apprenticeship, day: date) -> Apprenticeship:
    # The time away is kept as a break, so that a second withdrawal does not lose it.
    return replace(
        apprenticeship,
        status=ON_PROGRAMME,
        breaks=(*apprenticeship.breaks, Break(apprenticeship.withdrawn_on or day, day)),
        restarted_on=day,
    )


def _absences(apprenticeship: Apprenticeship) -> set[Break]:
    left, back = apprenticeship.withdrawn_on, apprenticeship.restarted_on
    gap = {Break(left, back)} if left and back and left <= back else set()
    return {*apprenticeship.breaks, *gap}


def _latest(apprenticeship: Apprenticeship) -> date:
    known = [apprenticeship.start_on, apprenticeship.withdrawn_on, apprenticeship.restarted_on]
    known += [day for each in apprenticeship.breaks for day in (each.started_on, each.returned_on)]
    return max(day for day in known if day is not None)
