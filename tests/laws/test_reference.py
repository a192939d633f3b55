"""The reference page says what the code does: every setting, scope, act, event, field and error code."""

from infra.reference import reference
from tests.laws.house import ROOT


def test_reference_page_is_up_to_date() -> None:
    """`hub docs write` brings it up to date."""
    assert (ROOT / "docs" / "reference.md").read_text() == reference()
