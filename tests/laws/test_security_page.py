"""Issue 4 Must show: `docs/security.md` maps each control to its test, and names no test that does not exist."""

import ast
import re

import pytest

from tests.laws.house import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))
CHECKLIST = [f"A{n}" for n in (*range(1, 7), *range(11, 20))] + [f"B{n}" for n in range(1, 9)]
# What the authorization library's own classes do and the hub does not: one number for each (issue 4, item 1).
STOCK = [f"S{n}" for n in range(1, 19)]


@pytest.mark.parametrize(("path", "test"), NAMED, ids=lambda each: each)
def test_a_named_test_exists(path: str, test: str) -> None:
    assert (ROOT / path).is_file(), f"docs/security.md names {path}, which does not exist"
    tree = ast.parse((ROOT / path).read_text())
    found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert test in found, f"docs/security.md names {path}::{test}, which does not exist"


@pytest.mark.parametrize("control", [*CHECKLIST, *STOCK])
def test_every_control_of_the_checklist_has_a_test(control: str) -> None:
    """A7 to A10 are about people who log in; they come with the console."""
    rows = [line for line in PAGE.splitlines() if re.match(rf"\| [^|]*\b{control}\b", line)]
    assert any("::" in row for row in rows), f"{control} has no test in docs/security.md"


def test_a_row_names_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| control", "| ---"))]
    assert rows
    assert not [row for row in rows if "::" not in row]
