"""Who is taken and who is not: every learner ends as an apprenticeship or as a row that says why not."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.ilr.aims import STATUSES
from connectors.ilr.choosing import Choice, Chooser
from connectors.ilr.reading import check, learners
from hub.errors import CODES

Write = Callable[..., Path]


@pytest.fixture
def choose(write: Write, ilr: SimpleNamespace) -> Callable[..., list[Choice]]:
    """What the learners of one file come to."""

    def of(*people: dict[str, Any]) -> list[Choice]:
        path = write(ilr.message(*people))
        assert check(path).in_order
        chooser = Chooser("2526")
        return [chooser.choose(node) for node in learners(path)]

    return of


Choose = Callable[..., list[Choice]]


def test_an_apprentice_is_told_with_what_is_needed_and_no_more(choose: Choose, ilr: SimpleNamespace) -> None:
    [choice] = choose(ilr.learner(ilr.aim(EPAOrgID="EPA0001")))
    assert [each.input for each in choice.taken] == [
        {
            "uln": "9900000004",
            "givenNames": "Abrel",
            "familyName": "Ashmock",
            "myReference": "REF0001",
            "standard": {"larsCode": "648"},
            "startOn": "2024-09-02",
            "plannedEndOn": "2026-06-02",
            "status": "ON_PROGRAMME",
            "ageBand": "16-18",
            "employer": {"scheme": "EMPLOYER_NUMBER", "value": "900000001"},
        }
    ]
    assert (choice.left, [row.code for row in choice.notes]) == ([], ["ILR_EPAO_NOT_TAKEN"])
    assert "Ashmock" not in repr(choice)


LEARNERS = {
    "ILR_ULN_TEMPORARY": {"ULN": "9999999999"},
    "ILR_ULN_CHECK_DIGIT": {"ULN": "9900000005"},
    "ILR_NAME_MISSING": {"FamilyName": " "},
    "ILR_DATE_OF_BIRTH_MISSING": {"DateOfBirth": None},
}
AIMS = {
    "ILR_NO_PROGRAMME_AIM": {"AimType": "3"},
    "ILR_FRAMEWORK": {"ProgType": "3", "StdCode": None},
    "ILR_NOT_ON_STANDARD": {"ProgType": "31", "StdCode": None},
    "ILR_STANDARD_MISSING": {"StdCode": None},
    "ILR_FUNDING_OTHER": {"FundModel": "25"},
    "ILR_STATUS_UNKNOWN": {"CompStatus": "4"},
    "ILR_DATES_CONFLICT": {"LearnPlanEndDate": "2024-09-01"},
}


@pytest.mark.parametrize(("code", "changes"), LEARNERS.items())
def test_a_learner_who_cannot_be_taken_is_reported(choose: Choose, ilr: SimpleNamespace, code: str, changes: Any) -> None:
    [choice] = choose(ilr.learner(**changes))
    line = ilr.line_of(ilr.message(ilr.learner()), "<Learner>")
    assert choice.taken == []
    assert [(row.code, row.line, row.aim, row.message) for row in choice.left] == [(code, line, None, CODES[code])]


@pytest.mark.parametrize(("code", "changes"), AIMS.items())
def test_an_aim_that_is_no_apprenticeship_is_reported(choose: Choose, ilr: SimpleNamespace, code: str, changes: Any) -> None:
    [choice] = choose(ilr.learner(ilr.aim(**changes)))
    assert choice.taken == []
    assert [row.code for row in choice.left] == [code]
    assert choice.left[0].aim == (None if code == "ILR_NO_PROGRAMME_AIM" else 1)


@pytest.mark.parametrize("funding", ["36", "81", "99"])
def test_an_apprenticeship_on_a_standard_is_taken_however_it_is_paid(
    choose: Choose, ilr: SimpleNamespace, funding: str
) -> None:
    assert len(choose(ilr.learner(ilr.aim(FundModel=funding)))[0].taken) == 1


@pytest.mark.parametrize(("status", "word"), STATUSES.items())
def test_a_leaver_is_taken_with_the_status_and_its_day(choose: Choose, ilr: SimpleNamespace, status: int, word: str) -> None:
    end = None if status == 1 else "2025-01-31"
    [choice] = choose(ilr.learner(ilr.aim(CompStatus=status, LearnActEndDate=end)))
    assert (choice.taken[0].input["status"], choice.taken[0].input.get("statusOn")) == (word, end)


@pytest.mark.parametrize("changes", [{"CompStatus": "3"}, {"CompStatus": "3", "LearnActEndDate": "2024-09-01"}])
def test_an_end_without_a_possible_day_is_not_taken(choose: Choose, ilr: SimpleNamespace, changes: Any) -> None:
    assert choose(ilr.learner(ilr.aim(**changes)))[0].left[0].code == "ILR_DATES_CONFLICT"


def test_aims_on_different_standards_are_separate_apprenticeships(choose: Choose, ilr: SimpleNamespace) -> None:
    [choice] = choose(ilr.learner(ilr.aim(), ilr.aim(AimSeqNumber="2", StdCode="7")))
    assert [each.input["standard"]["larsCode"] for each in choice.taken] == ["648", "7"]


def test_a_restart_after_a_break_is_the_same_apprenticeship(choose: Choose, ilr: SimpleNamespace) -> None:
    """The start stays, so that the file before the break and the one after it mean the same record."""
    before = ilr.aim(CompStatus="6", LearnActEndDate="2025-01-10")
    after = ilr.aim(AimSeqNumber="2", LearnStartDate="2025-03-03", OrigLearnStartDate="2024-09-02", EPAOrgID="EPA0001")
    [choice] = choose(ilr.learner(after, before))
    [taken] = choice.taken
    assert (taken.input["startOn"], taken.input["status"], taken.input["statusOn"], taken.aim) == (
        "2024-09-02",
        "ON_PROGRAMME",
        "2025-03-03",
        2,
    )
    assert "originalStartOn" not in taken.input
    assert [(row.code, row.aim) for row in choice.notes] == [("ILR_EARLIER_PERIOD", 1), ("ILR_EPAO_NOT_TAKEN", 2)]


def test_a_start_elsewhere_is_told_as_the_original_start(choose: Choose, ilr: SimpleNamespace) -> None:
    [choice] = choose(ilr.learner(ilr.aim(OrigLearnStartDate="2024-01-08")))
    assert (choice.taken[0].input["startOn"], choice.taken[0].input["originalStartOn"]) == ("2024-09-02", "2024-01-08")


def test_a_withdrawal_and_a_new_start_are_two_apprenticeships(choose: Choose, ilr: SimpleNamespace) -> None:
    first = ilr.aim(CompStatus="3", LearnActEndDate="2024-12-01")
    [choice] = choose(ilr.learner(first, ilr.aim(AimSeqNumber="2", LearnStartDate="2025-06-02")))
    assert [each.input["status"] for each in choice.taken] == ["WITHDRAWN", "ON_PROGRAMME"]


def test_the_same_apprenticeship_twice_is_taken_once(choose: Choose, ilr: SimpleNamespace) -> None:
    first, second = choose(ilr.learner(), ilr.learner(LearnRefNumber="REF0002"))
    assert (len(first.taken), second.taken, second.left[0].code) == (1, [], "ILR_REPEATED")


def _jobs(*jobs: tuple[str, str | None]) -> list[dict[str, Any]]:
    return [{"EmpStat": "10", "DateEmpStatApp": since, "EmpId": number} for since, number in jobs]


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        (_jobs(("2023-01-01", "900000001"), ("2024-09-02", "900000002"), ("2024-10-01", "900000003")), "900000002"),
        (_jobs(("2024-09-02", "900000002"), ("2023-01-01", "900000001")), "900000002"),
        (_jobs(("2024-10-01", "900000003"), ("2024-09-20", "900000002")), "900000002"),
        (_jobs(("2023-01-01", "900000001"), ("2024-01-01", None), ("2024-09-05", "900000002")), "900000002"),
        (_jobs(("2024-01-01", "12345")), "000012345"),
        (_jobs(("2024-01-01", None)), "ILR_EMPLOYER_MISSING"),
        (_jobs(("2024-01-01", "0")), "ILR_EMPLOYER_MISSING"),
        ([], "ILR_EMPLOYER_MISSING"),
        (_jobs(("2024-01-01", "999999999")), "ILR_EMPLOYER_TEMPORARY"),
    ],
)
def test_the_employer_is_the_one_at_the_start(choose: Choose, ilr: SimpleNamespace, jobs: Any, expected: str) -> None:
    [choice] = choose(ilr.learner(LearnerEmploymentStatus=jobs))
    found = [each.input["employer"]["value"] for each in choice.taken] + [row.code for row in choice.left]
    assert found == [expected]


def test_a_malformed_assessment_organisation_is_left_out_with_a_note(choose: Choose, ilr: SimpleNamespace) -> None:
    [choice] = choose(ilr.learner(ilr.aim(EPAOrgID="EPA1")))
    assert "epao" not in choice.taken[0].input
    assert [row.code for row in choice.notes] == ["ILR_EPAO_UNREADABLE"]


@pytest.mark.parametrize(
    ("born", "band"),
    [("2005-09-02", "19+"), ("2005-09-03", "16-18"), ("2008-09-02", "16-18"), ("2008-09-03", "under-16")],
)
def test_the_age_band_is_that_of_the_start(choose: Choose, ilr: SimpleNamespace, born: str, band: str) -> None:
    assert choose(ilr.learner(DateOfBirth=born))[0].taken[0].input["ageBand"] == band


def test_a_birth_after_the_start_is_not_taken(choose: Choose, ilr: SimpleNamespace) -> None:
    assert choose(ilr.learner(DateOfBirth="2024-09-02"))[0].left[0].code == "ILR_DATES_CONFLICT"


DATES = st.dates(date(2020, 1, 1), date(2027, 1, 1)).map(str)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "AimType": st.sampled_from(["1", "1", "3"]),
                "ProgType": st.sampled_from(["25", "25", "3", None]),
                "FundModel": st.sampled_from(["36", "99", "25"]),
                "StdCode": st.sampled_from(["648", "7", None]),
                "CompStatus": st.sampled_from("1236"),
                "LearnStartDate": DATES,
                "OrigLearnStartDate": st.none() | DATES,
                "LearnPlanEndDate": DATES,
                "LearnActEndDate": st.none() | DATES,
            }
        ),
        min_size=1,
        max_size=4,
    )
)
def test_every_learner_is_accounted_for_and_every_aim_once(choose: Choose, ilr: SimpleNamespace, aims: Any) -> None:
    numbered = [ilr.aim(**each, AimSeqNumber=number) for number, each in enumerate(aims, 1)]
    [choice] = choose(ilr.learner(*numbered))
    assert choice.taken or choice.left
    told = [each.aim for each in choice.taken] + [row.aim for row in choice.left + choice.notes if row.aim]
    assert sorted(told) == [each["AimSeqNumber"] for each in numbered if each["AimType"] == "1"]
