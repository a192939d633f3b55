"""A value passes our check exactly when an XML schema with the same facets lets it pass."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.ilr.description import Element, description
from connectors.ilr.facets import check_of, day, whole

YEAR = description("2526")
READ = {
    entry.element: entry
    for group in ("CollectionDetails", "Source", "Learner", "LearnerEmploymentStatus", "LearningDelivery")
    for entry in YEAR.groups[group]
    if entry.kind
}
TEXTS = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=14),
    st.text("0123456789-+ Z:T", max_size=14),
    st.integers(-(10**11), 10**11).map(str),
    st.dates().map(str),
    st.from_regex(r"[A-Za-z0-9 ]{0,13}", fullmatch=True),
    st.sampled_from(["ILR", "2526", "OFFICIAL-SENSITIVE-Personal", " 5 ", "005", "2025-02-29", "2024-02-29", "2025-1-1"]),
)


def _schema(entry: Element) -> etree.XMLSchema:
    facets = {
        "minInclusive": entry.least,
        "maxInclusive": entry.most,
        "totalDigits": entry.digits,
        "minLength": entry.shortest,
        "maxLength": entry.longest,
    }
    base = {"whole": "xs:long", "date": "xs:date", "text": "xs:string"}[entry.kind or ""]
    XS = "http://www.w3.org/2001/XMLSchema"
    root = etree.Element(f"{{{XS}}}schema", nsmap={"xs": XS})
    element = etree.SubElement(root, f"{{{XS}}}element", {"name": "v"})
    # Two steps, as in the official schema: what is allowed at all, then the element's own facets.
    inner = etree.SubElement(etree.SubElement(element, f"{{{XS}}}simpleType"), f"{{{XS}}}restriction")
    step = etree.SubElement(etree.SubElement(inner, f"{{{XS}}}simpleType"), f"{{{XS}}}restriction", {"base": base})
    if entry.kind == "text" and not entry.any_character:
        etree.SubElement(step, f"{{{XS}}}pattern", {"value": _xsd_class(YEAR.characters)})
    for value in entry.one_of:
        etree.SubElement(inner, f"{{{XS}}}enumeration", {"value": value})
    if entry.pattern:
        etree.SubElement(inner, f"{{{XS}}}pattern", {"value": entry.pattern})
    for name, limit in facets.items():
        if limit is not None:
            etree.SubElement(inner, f"{{{XS}}}{name}", {"value": str(limit)})
    return etree.XMLSchema(root)


def _xsd_class(pattern: str) -> str:
    return pattern.replace("()*+,", r"\(\)\*\+,").replace("./:", r"\./:").replace("?\\[", r"\?\[").replace("{}^", r"\{\}\^")


@pytest.mark.parametrize("name", sorted(READ))
def test_a_check_agrees_with_an_xml_schema_of_the_same_facets(name: str) -> None:
    schema, check = _schema(READ[name]), check_of(READ[name], YEAR)

    @given(TEXTS)
    def agree(text: str) -> None:
        element = etree.Element("v")
        element.text = text = "".join(each for each in text if each.isprintable())
        assert (check(text) is None) == schema.validate(element), repr(text)

    agree()


@pytest.mark.parametrize("name", sorted(READ))
def test_a_reason_never_repeats_the_value(name: str) -> None:
    assert "CANARY" not in str(check_of(READ[name], YEAR)("\x07CANARY1|\r"))


@pytest.mark.parametrize("text", ["１", "1_0", "", " ", "1.0", "0x1", "٣", "9" * 5000])
def test_a_whole_number_is_ascii_digits_only(text: str) -> None:
    assert check_of(READ["UKPRN"], YEAR)(text) is not None


def test_values_are_read_as_the_schema_means_them() -> None:
    assert whole(" 0005\n") == 5
    assert day("2025-08-01+01:00") == date(2025, 8, 1)
