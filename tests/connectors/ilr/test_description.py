"""The description of a year says what the official schema says, for what is read."""

import pytest
from lxml import etree

from connectors.ilr.description import Year, description, known_years, year_of_namespace
from hub.errors import HubError

XS = "{http://www.w3.org/2001/XMLSchema}"
NEVER_READ = [
    *("NINumber", "Ethnicity", "Sex", "LLDDHealthProb", "LLDDandHealthProblem", "Postcode", "PostcodePrior"),
    *("AddLine1", "AddLine2", "AddLine3", "AddLine4", "TelNo", "Email", "LearnerFAM", "LearnerHE", "PriorAttain"),
]


def test_the_year_2025_26_is_known() -> None:
    assert known_years() == ("2526",)


@pytest.mark.parametrize("year", ["2425", "2627", "../2526", ""])
def test_an_unknown_year_is_refused_and_the_known_ones_are_named(year: str) -> None:
    with pytest.raises(HubError) as refused:
        description(year)
    assert refused.value.problem.code == "ILR_YEAR_UNKNOWN"
    assert "2526" in refused.value.problem.message


def test_the_namespace_tells_the_year() -> None:
    assert year_of_namespace("ESFA/ILR/2025-26") == "2526"


@pytest.mark.parametrize("namespace", ["", "ESFA/ILR", "ESFA/ILR/2025", "ESFA/ILR/2025-2026", "esfa/ilr/2025-26", "x/y"])
def test_another_namespace_is_no_ilr_file(namespace: str) -> None:
    with pytest.raises(HubError) as refused:
        year_of_namespace(namespace)
    assert refused.value.problem.code == "ILR_NAMESPACE"


def test_what_is_not_needed_is_known_and_passed_over() -> None:
    passed = set(description("2526").passed_over())
    assert {f"Learner/{name}" for name in NEVER_READ} <= passed
    assert "LearningDelivery/DelLocPostCode" in passed


def test_order_occurrence_and_facets_are_the_official_ones(official_schema: object) -> None:
    year = description("2526")
    root = etree.parse(str(official_schema)).getroot().find(f"{XS}element")
    assert root is not None
    seen = list(_compare(year, root, year.root))
    assert set(seen) == set(year.groups)


def _compare(year: Year, element: "etree._Element", group: str) -> "list[str]":
    official = element.findall(f"{XS}complexType/{XS}sequence/{XS}element")
    assert [each.get("name") for each in official] == [entry.element for entry in year.groups[group]]
    seen = [group]
    for each, entry in zip(official, year.groups[group], strict=True):
        most = each.get("maxOccurs", "1")
        assert (entry.min, entry.max) == (int(each.get("minOccurs", "1")), 0 if most == "unbounded" else int(most))
        if entry.group:
            seen += _compare(year, each, entry.group)
        elif entry.kind:
            assert _facets(each) == _own(entry), entry.element
    return seen


def _facets(element: "etree._Element") -> dict[str, object]:
    if element.get("type") == "xs:date":
        return {"kind": "date"}
    restriction = element.find(f"{XS}simpleType/{XS}restriction")
    assert restriction is not None
    base = restriction.get("base")
    found: dict[str, object] = {"kind": "whole" if base in ("xs:int", "xs:long") else "text"}
    names = {"minInclusive": "least", "maxInclusive": "most", "totalDigits": "digits"}
    names |= {"minLength": "shortest", "maxLength": "longest"}
    for facet in restriction:
        local, value = etree.QName(facet).localname, facet.get("value", "")
        if local in names:
            found[names[local]] = int(value)
        elif local == "pattern":
            found["pattern"] = value.replace("&quot;", '"')
        elif local == "enumeration":
            found["one_of"] = (*found.get("one_of", ()), value)  # type: ignore[misc]
    if base == "xs:string":
        found["any_character"] = True
    return found


def _own(entry: object) -> dict[str, object]:
    names = ("kind", "least", "most", "digits", "shortest", "longest", "pattern", "one_of", "any_character")
    return {name: getattr(entry, name) for name in names if getattr(entry, name) not in (None, (), False)}
