"""Issue item 3: other people's clients, each doing the employer's, the provider's and the EPAO's main act."""

import shutil
from pathlib import Path

import orjson
import pytest

from tests.conformance.playing import DOCUMENTS, HERE, STORY, Hub, Story, node, python, run

pytestmark = pytest.mark.conformance
SDL = HERE.parents[1] / "schema" / "hub.graphql"


def test_graphql_http_finds_nothing_to_say(demonstration: Hub) -> None:
    """graphql-http's audit: every MUST, SHOULD and MAY it checks, 61 of 61."""
    assert "graphql-http: 61/61" in node("audit.mjs", **demonstration.environment())


def test_graphql_ws(demonstration: Hub, story: Story) -> None:
    """graphql-transport-ws from connection_init to complete, and 4400, 4401, 4403, 4406, 4408, 4409 and 4429."""
    said = node("sockets.mjs", **demonstration.environment(story))
    assert {f"{line[:4]}" for line in said.splitlines() if line[:2] == "44"} == {
        "4400", "4401", "4403", "4406", "4408", "4409", "4429",
    }  # fmt: skip


def test_graphql_sse(demonstration: Hub, story: Story) -> None:
    """GraphQL over SSE in distinct connections, resumed from a cursor."""
    assert "hears it again" in node("streams.mjs", **demonstration.environment(story))


def test_apollo_client(demonstration: Hub, story: Story) -> None:
    """Apollo Client 4: HTTP, cache and socket."""
    assert "provider hears gateway.passed" in node("apollo.mjs", **demonstration.environment(story))
    story.has_come_true(demonstration)


def test_relay_compiler(demonstration: Hub, story: Story, tmp_path: Path) -> None:
    """Relay's compiler takes the committed SDL as it is; what it makes is answered."""
    shutil.copytree(HERE / "relay", tmp_path, dirs_exist_ok=True)
    shutil.copy(SDL, tmp_path / "hub.graphql")
    (tmp_path / "__generated__").mkdir()
    (tmp_path / "package.json").write_text('{"type": "module"}')
    run("node", str(HERE / "node_modules/relay-compiler/cli.js"), cwd=tmp_path)
    said = node("relay.mjs", HUB_ARTIFACTS=str(tmp_path), **demonstration.environment(story))
    assert "fetched again through node" in said
    story.has_come_true(demonstration)


def test_gql(demonstration: Hub, story: Story) -> None:
    """Python's gql, against the schema that it asks the hub for."""
    assert "provider hears gateway.passed" in python("clients", "gql_story.py", **demonstration.environment(story))
    story.has_come_true(demonstration)


def test_ariadne_codegen(demonstration: Hub, story: Story, tmp_path: Path) -> None:
    """A typed client generated from the committed SDL and the story's documents."""
    settings = f'[tool.ariadne-codegen]\nschema_path = "{SDL}"\nqueries_path = "{DOCUMENTS}"\n'
    (tmp_path / "pyproject.toml").write_text(settings + 'target_package_name = "generated"\ninclude_comments = "none"\n')
    python("codegen", "-m", "ariadne_codegen", cwd=tmp_path)
    more = {"PYTHONPATH": str(tmp_path), **demonstration.environment(story)}
    assert "epao posts a result" in python("codegen", "codegen_story.py", **more)
    story.has_come_true(demonstration)


def test_curl(demonstration: Hub, story: Story) -> None:
    """curl, with nothing but a token and a file of JSON."""

    def send(party: str, name: str) -> dict[str, object]:
        body = {"query": (DOCUMENTS / f"{name}.graphql").read_text(), "variables": story.variables[name]}
        bearer = f"Authorization: Bearer {demonstration.token(STORY[party])}"
        form = ("-H", bearer, "-H", "Content-Type: application/json", "-d", orjson.dumps(body).decode())
        answer = orjson.loads(run("curl", "-sS", "--fail-with-body", "--noproxy", "*", demonstration.graphql, *form))
        assert "errors" not in answer
        found: dict[str, object] = answer["data"]
        return found

    send("provider", "file")
    assert send("employer", "cohort")["cohort"]["ready"] == 1  # type: ignore[index]
    send("employer", "decide")
    send("epao", "post")
    story.has_come_true(demonstration)
