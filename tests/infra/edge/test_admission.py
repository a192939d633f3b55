"""A router asks whether an operation may run: it is judged and paid for as the hub's own, and nothing is read or done."""

import time
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from auth.tokens import Admitted
from hub.settings import Settings
from infra.asgi import ADMISSION_PATH, create_app
from schema.budget import Budget
from schema.graph import Graph
from tests.infra.edge.conftest import FakeAuthority
from tests.schema.untouched import Untouched, graph_on, viewer

QUERY = "{ viewer { kind } }"
RESULTS = "apprentice { id results { id } }"
ACT = 'mutation { setMyReference(input: {apprenticeId: "x"}) { %s } }'
REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "another subgraph's field": ({"query": ACT % RESULTS}, 403, "FIELD_NOT_IN_SLICE"),
    "in a stream": ({"query": f"subscription {{ progress {{ event {{ {RESULTS} }} }} }}"}, 403, "FIELD_NOT_IN_SLICE"),
    "by its id": ({"query": '{ node(id: "res_x") { __typename } }'}, 403, "FIELD_NOT_IN_SLICE"),
    "nothing valid": ({"query": "{ nope }"}, 400, "GRAPHQL_VALIDATION_FAILED"),
    "nothing readable": ({"query": "{"}, 400, "GRAPHQL_PARSE_FAILED"),
    "too many aliases": (
        {"query": "{" + " ".join(f"a{n}: viewer {{ kind }}" for n in range(101)) + "}"},
        400,
        "ROOT_FIELDS_TOO_MANY",
    ),
    "too dear": ({"query": "{ apprentices { nodes { standard { rules { code } } } } }"}, 400, "COST_EXCEEDED"),
    "the schema": ({"query": "{ __schema { types { name } } }"}, 400, "INTROSPECTION_OFF"),
    "an id nobody knows": ({"documentId": "sha256:" + "0" * 64}, 400, "DOCUMENT_UNKNOWN"),
    "no request": ({"nope": 1}, 400, "BODY_INVALID"),
}


class Admitting(FakeAuthority):
    """Believes every token."""

    async def admit(self, header: str | None, proof: str | None = None, method: str = "POST", *, once: bool = True) -> Admitted:
        """An employer asks."""
        return Admitted(viewer(), time.time() + 60, "kid")


@pytest.fixture
def untouched() -> Untouched:
    """A database that counts."""
    return Untouched()


@pytest.fixture
def graph(untouched: Untouched) -> Graph:
    """The front door, with a budget."""
    return graph_on(untouched, budget=Budget(1_000, 1))


@pytest.fixture
async def post(graph: Graph) -> AsyncIterator[Any]:
    """POSTs a body to the address that routers ask."""
    app = create_app(Settings(), Admitting(), graph, probe=lambda: None)  # type: ignore[arg-type]
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://hub") as client:

        async def send(body: Any) -> Any:
            return await client.post(ADMISSION_PATH, json=body, headers={"authorization": "Bearer x"})

        send.client = client  # type: ignore[attr-defined]
        yield send


@pytest.mark.parametrize("why", REFUSED)
async def test_what_the_hub_would_refuse_it_refuses_for_a_router(post: Any, untouched: Untouched, why: str) -> None:
    body, status, code = REFUSED[why]
    answer = await post(body)
    assert (answer.status_code, {each["extensions"]["code"] for each in answer.json()["errors"]}) == (status, {code})
    assert "query" not in answer.json() and untouched.reads == 0


@pytest.mark.parametrize("document", [QUERY, ACT % "replayed", "subscription { progress { cursor } }"])
async def test_what_may_run_is_paid_for_and_not_run(post: Any, graph: Graph, untouched: Untouched, document: str) -> None:
    """Issue 3, item 4: the cost is known and taken before execution, and told to who asks."""
    answer = await post({"query": document, "extensions": {"cost": True}})
    assert (answer.status_code, answer.json()["query"]) == (200, document)
    shown = answer.json()["extensions"]["cost"]
    assert shown["requested"] >= 1 and shown["budget"]["available"] < 1_000
    assert untouched.reads == 0


async def test_a_client_without_budget_is_told_when_to_come_again(post: Any, graph: Graph) -> None:
    graph.entry._budget.take("cli_one", 1_000)
    answer = await post({"query": QUERY})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (429, "THROTTLED")
    assert int(answer.headers["retry-after"]) >= 1


async def test_only_a_post_asks(post: Any) -> None:
    answer = await post.client.get(ADMISSION_PATH, params={"query": QUERY})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (405, "METHOD_NOT_ALLOWED")
