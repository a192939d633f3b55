"""Every fault is found, on its true line, with a reason that repeats no value."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from connectors.ilr.reading import MOST_FAULTS, check, header
from hub.errors import HubError

Write = Callable[..., Path]


def test_a_file_in_order_has_no_fault_and_its_header_is_read(write: Write, ilr: SimpleNamespace) -> None:
    path = write(ilr.message(ilr.learner(), ilr.learner()))
    checked = check(path)
    assert (checked.faults, checked.learners, checked.header) == ([], 2, header(path))
    assert (header(path).ukprn, header(path).year, str(header(path).prepared_on)) == ("10009999", "2526", "2025-10-01")


VALUES = {
    "LearnRefNumber": "CANARY-1",
    "ULN": "999",
    "FamilyName": "CANARY1",
    "GivenNames": "a" * 101,
    "DateOfBirth": "05/03/2006",
}
AIM_VALUES = {
    "AimType": "10",
    "AimSeqNumber": "99",
    "LearnStartDate": "2025-02-29",
    "LearnPlanEndDate": "",
    "FundModel": "thirty-six",
    "StdCode": "1234567",
    "EPAOrgID": "EPA00001",
    "CompStatus": "",
}


@pytest.mark.parametrize(("name", "value"), VALUES.items())
def test_a_wrong_value_of_a_learner_is_a_fault_on_its_line(write: Write, ilr: SimpleNamespace, name: str, value: str) -> None:
    _one_value_fault(write, ilr, ilr.message(ilr.learner(), ilr.learner(**{name: value})), name, 1)


@pytest.mark.parametrize(("name", "value"), AIM_VALUES.items())
def test_a_wrong_value_of_an_aim_is_a_fault_on_its_line(write: Write, ilr: SimpleNamespace, name: str, value: str) -> None:
    _one_value_fault(write, ilr, ilr.message(ilr.learner(ilr.aim(**{name: value}))), name, 0)


def _one_value_fault(write: Write, ilr: SimpleNamespace, text: str, name: str, nth: int) -> None:
    checked = check(write(text))
    fault = checked.faults[0]
    assert (fault.code, fault.element, fault.line) == ("ILR_VALUE", name, ilr.line_of(text, f"<{name}>", nth))
    assert checked.fault_count == 1
    assert "CANARY" not in repr(checked)


@pytest.mark.parametrize("name", ["LearnRefNumber", "ULN", "Ethnicity", "Postcode"])
def test_a_required_element_is_missed(write: Write, ilr: SimpleNamespace, name: str) -> None:
    text = ilr.message(ilr.learner(**{name: None}))
    fault = check(write(text)).faults[0]
    assert (fault.code, fault.line) == ("ILR_ELEMENT_MISSING", ilr.line_of(text, "<Learner>"))
    assert (fault.element, fault.reason) == (name, "is missing in Learner")


MARKUP = {
    "ILR_ELEMENT_UNKNOWN": ("<Sex>F</Sex>", "<Sex>F</Sex>\n<Shoe>CANARY<deep/></Shoe>", "<Shoe>"),
    "ILR_ELEMENT_REPEATED": ("<Sex>F</Sex>", "<Sex>F</Sex>\n<Sex >CANARY</Sex>", "<Sex >"),
    "ILR_ELEMENT_ORDER": ("<Sex>F</Sex>", "<Sex>F</Sex>\n<CampId>CANARY</CampId>", "<CampId>"),
    "ILR_ATTRIBUTE_UNEXPECTED": ("<Sex>F</Sex>", '<Sex note="CANARY">F</Sex>', "<Sex note"),
    "ILR_TEXT_UNEXPECTED": ("<Sex>F</Sex>", "<Sex>F</Sex>CANARY", "<Sex>F"),
}


@pytest.mark.parametrize("code", MARKUP)
def test_wrong_markup_is_a_fault_on_its_line(write: Write, ilr: SimpleNamespace, code: str) -> None:
    old, new, mark = MARKUP[code]
    text = ilr.message(ilr.learner()).replace(old, new, 1)
    checked = check(write(text))
    assert code in [fault.code for fault in checked.faults if fault.line == ilr.line_of(text, mark)]
    assert "CANARY" not in repr(checked)


def test_an_element_inside_a_value_is_a_fault(write: Write, ilr: SimpleNamespace) -> None:
    text = ilr.message(ilr.learner(GivenNames="A<b>CANARY<c/></b>B"))
    assert [fault.code for fault in check(write(text)).faults] == ["ILR_ELEMENT_UNKNOWN"]


def test_a_foreign_namespace_inside_is_unknown(write: Write, ilr: SimpleNamespace) -> None:
    text = ilr.message(ilr.learner()).replace("<Sex>", '<Sex xmlns="urn:other">')
    assert {fault.code for fault in check(write(text)).faults} == {"ILR_ELEMENT_UNKNOWN", "ILR_ELEMENT_MISSING"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"namespace": "urn:other"}, "ILR_NAMESPACE"),
        ({"namespace": ""}, "ILR_NAMESPACE"),
        ({"namespace": "ESFA/ILR/2024-25", "year": "2425"}, "ILR_YEAR_UNKNOWN"),
        ({"namespace": "ESFA/ILR/2031-32", "year": "3132"}, "ILR_YEAR_UNKNOWN"),
    ],
)
def test_another_namespace_or_year_is_refused(write: Write, ilr: SimpleNamespace, changes: Any, code: str) -> None:
    path = write(ilr.message(ilr.learner(), **changes))
    for read in (check, header):
        with pytest.raises(HubError) as refused:
            read(path)
        assert refused.value.problem.code == code
        assert code != "ILR_YEAR_UNKNOWN" or "knows 2526" in refused.value.problem.message


def test_the_year_in_the_header_must_be_that_of_the_namespace(write: Write, ilr: SimpleNamespace) -> None:
    assert check(write(ilr.message(ilr.learner(), year="2425"))).faults[0].element == "Year"


def test_two_providers_in_one_file_are_a_fault(write: Write, ilr: SimpleNamespace) -> None:
    text = ilr.message(ilr.learner()).replace("10009999", "10008888", 1)
    assert [fault.code for fault in check(write(text)).faults] == ["ILR_PROVIDER_UNEQUAL"]


def test_a_file_without_learners_is_at_fault(write: Write, ilr: SimpleNamespace) -> None:
    assert [fault.code for fault in check(write(ilr.message())).faults] == ["ILR_ELEMENT_MISSING"]


def test_five_faults_beyond_line_65535_have_their_true_lines(write: Write, ilr: SimpleNamespace) -> None:
    """Line numbers kept in sixteen bits would all say 65535."""
    bad = ilr.learner(ilr.aim(LearnStartDate="2025-13-01", CompStatus="x"), ULN="12", FamilyName="N0BODY", DateOfBirth="never")
    text = ilr.message(*[ilr.learner()] * 2600, bad, *[ilr.learner()] * 10)
    names = ["ULN", "FamilyName", "DateOfBirth", "LearnStartDate", "CompStatus"]
    expected = [(name, ilr.line_of(text, f"<{name}>", 2600)) for name in names]
    assert expected[0][1] > 65535
    assert [(fault.element, fault.line) for fault in check(write(text)).faults] == expected


def test_many_faults_are_counted_and_only_the_first_kept(write: Write, ilr: SimpleNamespace) -> None:
    checked = check(write(ilr.message(*[ilr.learner(ULN="1")] * (MOST_FAULTS + 7))))
    assert (checked.fault_count, len(checked.faults)) == (MOST_FAULTS + 7, MOST_FAULTS)
