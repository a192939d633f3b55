"""DESIGN §1: the house is a wheel, and its arrows point one way."""

import ast
import importlib

import pytest

from tests.laws.house import FOLDERS, ROOT, imports, inside, modules

MAY_IMPORT = {
    "hub": {"hub"},
    "auth": {"hub", "auth"},
    "schema": {"hub", "schema"},
    "connectors": {"hub", "connectors"},
    "infra": set(FOLDERS),
}
LEAVES = (
    *("hub.words", "hub.errors", "hub.settings", "hub.viewer", "hub.seal", "hub.sealing", "hub.keyring", "hub.pace"),
    *("hub.keysets", "hub.outward", "hub.trace"),
)
STOREYS = ("hub.plan", "hub.slices", "hub.store", "hub.acts")
NOUNS = ("apprentices", "gateway", "portfolios", "grades")


@pytest.mark.parametrize("module", sorted(modules()))
def test_arrows(module: str) -> None:
    """The hub imports no other folder, and the spokes never one another."""
    allowed = MAY_IMPORT[module.split(".")[0]]
    assert {each for each in imports(module) if each.split(".")[0] not in allowed} == set()


@pytest.mark.parametrize("module", [each for each in sorted(modules()) if inside(each, "hub") and each != "hub"])
def test_storeys_of_the_hub(module: str) -> None:
    """Inside the hub: acts, store, slices, plan, then words and errors; nothing looks up."""
    floor = next((n for n, storey in enumerate(STOREYS) if inside(module, storey)), -1)
    allowed = (*LEAVES, *STOREYS[: floor + 1])
    if floor == STOREYS.index("hub.slices"):
        allowed = (*LEAVES, "hub.slices")
    assert {each for each in imports(module) if not any(inside(each, storey) for storey in allowed)} == set()


def test_no_import_cycles() -> None:
    graph = {module: set(imports(module)) - {module} for module in modules()}
    done: set[str] = set()

    def walk(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " → ".join((*path, module))
        if module not in done:
            for each in graph.get(module, ()):
                walk(each, (*path, module))
            done.add(module)

    for module in graph:
        walk(module, ())


@pytest.mark.parametrize("module", sorted(modules()))
def test_imports_stand_at_the_top(module: str) -> None:
    """An import inside a function hides a knot."""
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            hidden = [each.lineno for each in ast.walk(node) if isinstance(each, ast.Import | ast.ImportFrom)]
            assert hidden == [], f"{module}: lines {hidden}"


def test_the_four_nouns_have_one_shape() -> None:
    """Every noun has its rules, its acts, its tables and its part of the graph under its own name."""
    for noun in NOUNS:
        for place in (f"hub.plan.{noun}", f"hub.acts.{noun}", f"hub.store.{noun}"):
            assert place in modules(), place
        assert {f"schema.{noun}.types", f"schema.{noun}.mutations"} <= set(modules())
        shape = {f"schema.{noun}{part}" for part in ("", ".types", ".mutations")}
        extra = {each for each in modules() if inside(each, f"schema.{noun}")} - shape
        assert extra <= {"schema.apprentices.standards", "schema.apprentices.clients"}, extra


@pytest.mark.parametrize("folder", FOLDERS)
def test_top_level_names_are_ours(folder: str) -> None:
    """Our names are common words: no installed package may take their place."""
    found = importlib.import_module(folder).__file__
    assert found is not None and found.startswith(str(ROOT))
