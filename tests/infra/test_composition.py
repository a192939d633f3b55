"""The subgraphs, composed by the router's own means, are the whole graph, and it breaks nothing that was released."""

import subprocess
from pathlib import Path

import pytest
from graphql import build_schema
from graphql.utilities import find_breaking_changes

from hub.slices.rows import NOUNS
from hub.store.roles import SETS
from infra.federation import ROUTER
from schema.federation.carve import subgraph
from schema.federation.sdl import subgraph_sdl
from tests.infra.federated import NEEDS
from tests.laws.house import ROOT


def test_the_graph_breaks_nothing_that_was_released() -> None:
    """Issue 3, item 2: `schema/released.graphql` is what clients were promised; leaving it needs a decision."""
    released, now = (build_schema((ROOT / "schema" / name).read_text()) for name in ("released.graphql", "hub.graphql"))
    assert [each.description for each in find_breaking_changes(released, now)] == []


def node(*words: str) -> tuple[int, str]:
    """Runs a script of the router's folder."""
    done = subprocess.run(["node", *words], cwd=ROUTER, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


@NEEDS
@pytest.mark.federation
def test_the_four_subgraphs_compose_into_the_whole_graph() -> None:
    """Issue 3, Must show: composition of the four SDLs equals the whole graph's API schema."""
    assert node("compare.mjs") == (0, "")


@NEEDS
@pytest.mark.federation
@pytest.mark.parametrize("count", [2, 3])
def test_so_do_three_or_two_of_which_one_serves_several_nouns(tmp_path: Path, count: int) -> None:
    """Issue 3, item 1: a process may serve any choice; what is composed is the same graph."""
    for seat in (each for each in SETS if len(each.nouns) == count):
        file = tmp_path / f"{seat.name}.graphql"
        file.write_text(subgraph_sdl(subgraph(seat.nouns)))
        rest = [noun for noun in NOUNS if noun not in seat.nouns]
        assert node("compare.mjs", f"{seat.name}={file}", *rest) == (0, ""), seat


@NEEDS
@pytest.mark.federation
def test_a_breaking_change_is_found_by_the_inspector_too(tmp_path: Path) -> None:
    assert node("compare.mjs", "--released", str(ROOT / "schema" / "released.graphql")) == (0, "")
    richer = tmp_path / "released.graphql"
    richer.write_text((ROOT / "schema" / "hub.graphql").read_text().replace("type Query {", "type Query {\n  gone: Int\n"))
    code, said = node("compare.mjs", "--released", str(richer))
    assert code == 1 and "gone" in said
