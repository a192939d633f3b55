"""Which of a learner's aims are apprenticeships on a standard, and what of them the hub is told.

Only what the registration needs leaves this module; the date of birth goes no further than the age band.
"""

from dataclasses import dataclass, field
from typing import Any

from connectors.ilr.aims import PROGRAMME_AIM, STATUSES, Aim, employer_on, joined
from connectors.ilr.checking import Node
from connectors.ilr.facets import day, whole
from hub.errors import CODES, HubError
from hub.words import age_band, parse_epao_id, parse_uln

EMPLOYER_NOT_YET_KNOWN = 999999999


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report: where in the file, which aim if one is meant, the code and the sentence."""

    line: int
    aim: int | None
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Apprenticeship:
    """One apprenticeship to register: where it stands in the file, and the input of the act, which its repr hides."""

    line: int
    aim: int
    input: dict[str, Any] = field(repr=False)


@dataclass(slots=True)
class Choice:
    """What one learner comes to: apprenticeships, rows that say what is not taken, and notes on what is."""

    taken: list[Apprenticeship] = field(default_factory=list)
    left: list[Row] = field(default_factory=list)
    notes: list[Row] = field(default_factory=list)


class Chooser:
    """Decides learner by learner; remembers only the keys of what it took, to tell a repetition in the file."""

    def __init__(self, year: str) -> None:
        self._year = int(year)
        self._taken: set[int] = set()

    def choose(self, learner: Node) -> Choice:
        """The apprenticeships of one learner; a learner without any has at least one row that says why."""
        choice = Choice()
        try:
            uln = parse_uln(str(whole(learner.values["ULN"])))
            person = _person(learner)
        except HubError as refusal:
            choice.left.append(_row(learner.line, None, _LEARNER_CODES[refusal.problem.code]))
            return choice
        aims = [Aim(node) for node in learner.all("LearningDelivery")]
        programmes = [aim for aim in aims if aim.type == PROGRAMME_AIM]
        if not programmes:
            choice.left.append(_row(learner.line, None, "ILR_NO_PROGRAMME_AIM"))
        whole_aims = []
        for aim in programmes:
            if code := aim.why_not():
                choice.left.append(_row(aim.line, aim.number, code))
            else:
                whole_aims.append(aim)
        for periods in joined(whole_aims):
            self._take(choice, learner, uln, person, periods)
        return choice

    def _take(self, choice: Choice, learner: Node, uln: str, person: dict[str, str], periods: list[Aim]) -> None:
        last, start = periods[-1], periods[0].began
        employer, born = employer_on(learner, last.start), day(learner.values["DateOfBirth"])
        # One number per key: a set of these stays small over the largest file.
        key = (int(uln) * 100_000 + last.standard) * 4_000_000 + start.toordinal()
        code = None
        if born >= start:
            code = "ILR_DATES_CONFLICT"
        elif employer is None or employer == EMPLOYER_NOT_YET_KNOWN:
            code = "ILR_EMPLOYER_MISSING" if employer is None else "ILR_EMPLOYER_TEMPORARY"
        elif key in self._taken:
            code = "ILR_REPEATED"
        if code or employer is None:
            choice.left += [_row(aim.line, aim.number, code or "ILR_EMPLOYER_MISSING") for aim in periods]
            return
        self._taken.add(key)
        choice.notes += [_row(aim.line, aim.number, "ILR_EARLIER_PERIOD") for aim in periods[:-1]]
        facts = {"uln": uln, **person, **_facts(periods), "employer": _named("EMPLOYER_NUMBER", f"{employer:09d}")}
        facts["ageBand"] = age_band(born, start)
        self._assessor(choice, last)
        choice.taken.append(Apprenticeship(last.line, last.number, facts))

    def _assessor(self, choice: Choice, aim: Aim) -> None:
        """The employer alone names the EPAO, so what a provider's file says of it is noted and not acted upon."""
        if aim.assessor is None:
            return
        try:
            parse_epao_id(aim.assessor.strip(), self._year)
            choice.notes.append(_row(aim.line, aim.number, "ILR_EPAO_NOT_TAKEN"))
        except HubError:
            choice.notes.append(_row(aim.line, aim.number, "ILR_EPAO_UNREADABLE"))


_LEARNER_CODES = {
    "ULN_TEMPORARY": "ILR_ULN_TEMPORARY",
    "ULN_INVALID": "ILR_ULN_CHECK_DIGIT",
    "ILR_NAME_MISSING": "ILR_NAME_MISSING",
    "ILR_DATE_OF_BIRTH_MISSING": "ILR_DATE_OF_BIRTH_MISSING",
}


def _person(learner: Node) -> dict[str, str]:
    values = {name: learner.values.get(name, "").strip() for name in ("GivenNames", "FamilyName", "LearnRefNumber")}
    if not values["GivenNames"] or not values["FamilyName"]:
        raise HubError("ILR_NAME_MISSING")
    if "DateOfBirth" not in learner.values:
        raise HubError("ILR_DATE_OF_BIRTH_MISSING")
    person = {"givenNames": values["GivenNames"], "familyName": values["FamilyName"]}
    return person | ({"myReference": values["LearnRefNumber"]} if values["LearnRefNumber"] else {})


def _facts(periods: list[Aim]) -> dict[str, Any]:
    first, last = periods[0], periods[-1]
    facts: dict[str, Any] = {
        "standard": {"larsCode": str(last.standard)},
        "startOn": first.start.isoformat(),
        "plannedEndOn": last.planned_end.isoformat(),
        "status": STATUSES[last.status],
    }
    if first.began < first.start:
        facts["originalStartOn"] = first.began.isoformat()
    since = last.end if last.status != 1 else (last.start if len(periods) > 1 else None)
    if since:
        facts["statusOn"] = since.isoformat()
    return facts


def _named(scheme: str, value: str) -> dict[str, str]:
    return {"scheme": scheme, "value": value}


def _row(line: int, aim: int | None, code: str) -> Row:
    return Row(line, aim, code, CODES[code])
