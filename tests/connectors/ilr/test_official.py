"""The official schema, where an operator gives it: true lines, no values, nothing loaded from elsewhere."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from connectors.ilr.official import OfficialSchema
from connectors.ilr.reading import check
from hub.errors import HubError

Write = Callable[..., Path]


def test_the_sample_is_in_order_by_the_official_schema(official_schema: Path, official_sample: Path) -> None:
    assert check(official_sample, OfficialSchema(official_schema)).in_order


def test_what_only_the_official_schema_knows_is_found_beyond_line_65535(
    write: Write, ilr: SimpleNamespace, official_schema: Path
) -> None:
    bad = ilr.learner(Ethnicity="CANARY", Sex="CANARY2")
    text = ilr.message(*[ilr.learner()] * 2600, bad, *[ilr.learner()] * 1500)
    checked = check(write(text), OfficialSchema(official_schema))
    expected = [ilr.line_of(text, "<Ethnicity>CANARY"), ilr.line_of(text, "<Sex>CANARY2")]
    assert expected[0] > 65535
    assert sorted({fault.line for fault in checked.faults}) == expected
    assert {fault.code for fault in checked.faults} == {"ILR_SCHEMA"}
    assert "CANARY" not in repr(checked)


def test_a_fault_in_the_head_is_told_once(write: Write, ilr: SimpleNamespace, official_schema: Path) -> None:
    text = ilr.message(*[ilr.learner()] * 1500).replace("<SerialNo>01", "<SerialNo>CANARY")
    checked = check(write(text), OfficialSchema(official_schema))
    assert [(fault.line, fault.element) for fault in checked.faults] == [(ilr.line_of(text, "<SerialNo>"), "SerialNo")]


def test_our_files_are_in_order_by_the_official_schema(write: Write, ilr: SimpleNamespace, official_schema: Path) -> None:
    for count in (1, 780, 781, 1500):
        assert check(write(ilr.message(*[ilr.learner()] * count)), OfficialSchema(official_schema)).faults == []


def test_a_hint_where_the_schema_lies_is_not_followed(write: Write, ilr: SimpleNamespace, official_schema: Path) -> None:
    hint = '<Message xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x no-such.xsd" '
    text = ilr.message(ilr.learner()).replace("<Message ", hint, 1)
    assert check(write(text), OfficialSchema(official_schema)).faults == []


XS = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<a/>",
        XS + "<xs:nothing/></xs:schema>",
        XS + '<xs:include schemaLocation="other.xsd"/></xs:schema>',
        XS + '<xs:import namespace="urn:x" schemaLocation="http://127.0.0.1:9/x.xsd"/></xs:schema>',
    ],
)
def test_a_schema_that_cannot_serve_is_refused(write: Write, content: str) -> None:
    with pytest.raises(HubError, match="ILR_SCHEMA_UNUSABLE"):
        OfficialSchema(write(content))


def test_a_schema_with_a_document_type_declaration_is_refused(write: Write) -> None:
    with pytest.raises(HubError, match="ILR_DOCTYPE"):
        OfficialSchema(write("<!DOCTYPE a []>" + XS + "</xs:schema>"))


def test_a_schema_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HubError, match="ILR_SCHEMA_UNUSABLE"):
        OfficialSchema(tmp_path / "none.xsd")
