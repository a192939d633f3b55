"""The aims and employments of one learner, as numbers and dates: what each is, and which belong together."""

from datetime import date

from connectors.ilr.checking import Node
from connectors.ilr.facets import day, whole

PROGRAMME_AIM = 1
STANDARD = 25
FRAMEWORKS = frozenset({2, 3, 20, 21, 22, 23})
FUNDING = frozenset({36, 81, 99})
"""Apprenticeships from May 2017, those on a standard from before, and those that are not publicly funded."""
STATUSES = {1: "ON_PROGRAMME", 2: "COMPLETED", 3: "WITHDRAWN", 6: "ON_BREAK"}


class Aim:
    """One aim of a learner, its values as numbers and dates."""

    def __init__(self, node: Node):
        values, self.line = node.values, node.line
        self.type, self.number = whole(values["AimType"]), whole(values["AimSeqNumber"])
        self.programme = whole(values.get("ProgType", "0"))
        self.standard, self.funding = whole(values.get("StdCode", "0")), whole(values["FundModel"])
        self.start, self.planned_end = day(values["LearnStartDate"]), day(values["LearnPlanEndDate"])
        self.first_start = _day_or_none(values.get("OrigLearnStartDate"))
        self.end = _day_or_none(values.get("LearnActEndDate"))
        self.status = whole(values["CompStatus"])
        self.assessor = values.get("EPAOrgID")

    @property
    def began(self) -> date:
        """The day the apprenticeship first began, whichever provider it was with."""
        return min(self.start, self.first_start or self.start)

    def why_not(self) -> str | None:
        """The code of why this programme aim is no apprenticeship the hub can take, or None."""
        reasons = {
            "ILR_FRAMEWORK": self.programme in FRAMEWORKS,
            "ILR_NOT_ON_STANDARD": self.programme != STANDARD,
            "ILR_STANDARD_MISSING": self.standard <= 0,
            "ILR_FUNDING_OTHER": self.funding not in FUNDING,
            "ILR_STATUS_UNKNOWN": self.status not in STATUSES,
            "ILR_DATES_CONFLICT": self._dates_conflict(),
        }
        return next((code for code, holds in reasons.items() if holds), None)

    def _dates_conflict(self) -> bool:
        ended_without_day = self.status != 1 and self.end is None
        ended_too_early = self.end is not None and self.end < self.start
        return ended_without_day or ended_too_early or self.planned_end < self.start

    def goes_on_from(self, earlier: "Aim") -> bool:
        """Whether this is the same apprenticeship as an earlier aim, after a break or a restart."""
        if self.standard != earlier.standard or self.start <= earlier.start:
            return False
        restarted = self.first_start is not None and self.first_start in (earlier.start, earlier.first_start)
        return restarted or STATUSES[earlier.status] == "ON_BREAK"


def joined(aims: list[Aim]) -> list[list[Aim]]:
    """The aims grouped into apprenticeships, each in the order of its periods."""
    chains: list[list[Aim]] = []
    for aim in sorted(aims, key=lambda each: each.start):
        chain = next((chain for chain in chains if aim.goes_on_from(chain[-1])), None)
        if chain:
            chain.append(aim)
        else:
            chains.append([aim])
    return sorted(chains, key=lambda chain: chain[-1].line)


def employer_on(learner: Node, start: date) -> int | None:
    """The employer on a day: the latest employment dated on or before it, else the earliest after it."""
    statuses = [node.values for node in learner.all("LearnerEmploymentStatus")]
    known = sorted(((day(each["DateEmpStatApp"]), each.get("EmpId")) for each in statuses), key=lambda each: each[0])
    before = [number for since, number in known if since <= start]
    after = [number for since, number in known if since > start and number]
    text = (before[-1] if before else None) or (after[0] if after else None)
    return whole(text) if text and whole(text) > 0 else None


def _day_or_none(text: str | None) -> date | None:
    return day(text) if text is not None else None
