"""DESIGN §1, §2: rules are pure, statements know no clock, files stay small, and every code is in the catalogue."""

import ast
import re
import subprocess

import pytest

from hub.errors import CODES
from tests.laws.house import ROOT, inside, modules

IMPURE = {"os", "pathlib", "socket", "asyncio", "sqlalchemy", "asyncpg", "subprocess", "time", "random", "logging", "open"}
CLOCKS = {("date", "today"), ("datetime", "now"), ("datetime", "utcnow"), ("time", "time")}
SQL_CLOCK = re.compile(r"\b(now\(\)|current_date|current_timestamp|clock_timestamp|localtimestamp)", re.IGNORECASE)
LONGEST = 300


@pytest.mark.parametrize("module", [each for each in sorted(modules()) if inside(each, "hub.plan")])
def test_rules_do_no_io_and_know_no_clock(module: str) -> None:
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.Import):
            assert not {alias.name.split(".")[0] for alias in node.names} & IMPURE
        if isinstance(node, ast.ImportFrom) and node.module:
            assert node.module.split(".")[0] not in IMPURE
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert (node.value.id, node.attr) not in CLOCKS, f"{module}:{node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "open", f"{module}:{node.lineno}"


@pytest.mark.parametrize("module", [each for each in sorted(modules()) if inside(each, "schema") or inside(each, "hub")])
def test_no_statement_or_policy_reads_a_clock(module: str) -> None:
    """The date travels with the party: nothing goes stale at midnight, and tests can move the clock."""
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not SQL_CLOCK.search(node.value), f"{module}:{node.lineno}"


@pytest.mark.parametrize("module", sorted(modules()))
def test_files_are_small(module: str) -> None:
    last = max((getattr(node, "end_lineno", 0) or 0 for node in ast.walk(modules()[module])), default=0)
    assert last <= LONGEST, f"{module} has {last} lines"


def test_every_code_is_used_and_known() -> None:
    """A code that nobody raises is dead; a code outside the catalogue cannot be looked up."""
    texts = {
        node.value
        for module, tree in modules().items()
        if module != "hub.errors"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert sorted(set(CODES) - texts) == []
    assert list(CODES) == sorted(CODES)


def test_nothing_committed_names_an_index_or_a_machine() -> None:
    """House rule: no package index's host, no download address, no path of one machine."""
    parts = (("py", "pi.org"), ("python", "hosted.org"), ("npm", "js.org"), ("/wo", "rk/"), ("/ro", "ot/"))
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".png", ".ico"} or not path.exists():
            continue
        text = path.read_text(errors="replace")
        for start, end in parts:
            assert start + end not in text, f"{name} names {start}{end}"
