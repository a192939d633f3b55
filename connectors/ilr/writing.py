"""Writes made-up apprentices as a valid ILR file of 2025-26; the same seed gives the same bytes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

from connectors.door import Progress, silent
from connectors.ilr.description import description
from connectors.ilr.people import MadeUpLearner, cohort
from hub.words import TEMPORARY_ULN, parse_uln

YEAR = "2526"
_YEAR_BEGINS = date(2025, 8, 1)
_NOBODYS_POSTCODE = "ZZ99 9ZZ"


def write_cohort(
    path: Path,
    *,
    provider_ukprn: str,
    employers: Sequence[str],
    size: int,
    starts: Sequence[date],
    seed: int,
    lars_code: str,
    assessor: str | None = None,
    progress: Progress = silent,
) -> None:
    """Writes a made-up cohort on the standard with that LARS code; progress counts learners here, not bytes."""
    people = cohort(employers=employers, size=size, starts=starts, seed=seed, assessor=assessor)
    write_learners(path, _counted(people, size, progress), provider_ukprn=provider_ukprn, lars_code=lars_code)


def write_learners(
    path: Path,
    learners: Iterable[MadeUpLearner],
    *,
    provider_ukprn: str,
    lars_code: str,
    prepared_on: date = _YEAR_BEGINS,
) -> None:
    """Writes these learners, one at a time, as one provider's ILR file; at least one is needed for it to be valid."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<Message xmlns="{description(YEAR).namespace}">\n')
        file.writelines(_lines("Header", _header(provider_ukprn, prepared_on)))
        file.writelines(_lines("LearningProvider", [("UKPRN", provider_ukprn)]))
        for learner in learners:
            file.writelines(_lines("Learner", _learner(learner, lars_code)))
        file.write("</Message>\n")


Content = str | Sequence["tuple[str, Content]"]


def _lines(name: str, content: Content, depth: int = 1) -> Iterator[str]:
    pad = "  " * depth
    if isinstance(content, str):
        yield f"{pad}<{name}>{escape(content)}</{name}>\n"
        return
    yield f"{pad}<{name}>\n"
    for inner, value in content:
        yield from _lines(inner, value, depth + 1)
    yield f"{pad}</{name}>\n"


def _header(ukprn: str, prepared_on: date) -> Content:
    details = [("Collection", "ILR"), ("Year", YEAR), ("FilePreparationDate", prepared_on.isoformat())]
    source = [
        ("ProtectiveMarking", "OFFICIAL-SENSITIVE-Personal"),
        ("UKPRN", ukprn),
        ("SoftwareSupplier", "EPA Hub"),
        ("SoftwarePackage", "made-up cohort"),
        ("SerialNo", "01"),
        ("DateTime", f"{prepared_on.isoformat()}T09:00:00"),
    ]
    return [("CollectionDetails", details), ("Source", source)]


def _learner(learner: MadeUpLearner, lars_code: str) -> Content:
    if learner.uln != TEMPORARY_ULN:
        parse_uln(learner.uln)
    employment = [("EmpStat", "10"), ("DateEmpStatApp", learner.started.isoformat()), ("EmpId", learner.employer)]
    return [
        ("LearnRefNumber", learner.reference),
        ("ULN", learner.uln),
        ("FamilyName", learner.family_name),
        ("GivenNames", learner.given_names),
        ("DateOfBirth", learner.date_of_birth.isoformat()),
        ("Ethnicity", "99"),
        ("Sex", "F" if int(learner.uln) % 2 else "M"),
        ("LLDDHealthProb", "9"),
        ("PostcodePrior", _NOBODYS_POSTCODE),
        ("Postcode", _NOBODYS_POSTCODE),
        ("LearnerEmploymentStatus", employment),
        ("LearningDelivery", _aim("ZPROG001", 1, learner, lars_code)),
        ("LearningDelivery", _aim("ZMADEUP1", 3, replace(learner, assessor=None), lars_code)),
    ]


def _aim(reference: str, kind: int, learner: MadeUpLearner, lars_code: str) -> Content:
    """An aim of the programme: type 1 stands for it as a whole, type 3 is a part of it."""
    started = learner.started.isoformat()
    content: list[tuple[str, Content]] = [
        ("LearnAimRef", reference),
        ("AimType", str(kind)),
        ("AimSeqNumber", "1" if kind == 1 else "2"),
        ("LearnStartDate", started),
        ("LearnPlanEndDate", learner.planned_end.isoformat()),
        ("FundModel", "36"),
        ("ProgType", "25"),
        ("StdCode", lars_code),
        ("DelLocPostCode", _NOBODYS_POSTCODE),
    ]
    content += [("EPAOrgID", learner.assessor)] if learner.assessor else []
    content.append(("CompStatus", str(learner.status)))
    content += [("LearnActEndDate", learner.ended.isoformat())] if learner.ended else []
    act = [("LearnDelFAMType", "ACT"), ("LearnDelFAMCode", "1"), ("LearnDelFAMDateFrom", started)]
    content.append(("LearningDeliveryFAM", act))
    if kind == 1:
        content += [("AppFinRecord", _price(code, started)) for code in ("1", "2")[: 2 if learner.assessor else 1]]
    return content


def _price(code: str, started: str) -> Content:
    return [("AFinType", "TNP"), ("AFinCode", code), ("AFinDate", started), ("AFinAmount", "1000")]


def _counted(people: Iterable[MadeUpLearner], size: int, progress: Progress) -> Iterator[MadeUpLearner]:
    for number, person in enumerate(people, 1):
        if number % 500 == 0 or number == size:
            progress("writing", number, size)
        yield person
