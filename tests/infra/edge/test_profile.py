"""What only a demonstration answers unless a setting says otherwise: questions for the schema, and queries by GET."""

from collections.abc import AsyncIterator
from urllib.parse import urlencode

import httpx2
import pytest

from hub.errors import HubError
from infra.edge.introspection import refuse_introspection
from infra.edge.requests import MAX_TOKENS, only_asks
from schema.graph import Request
from tests.infra.edge.conftest import SETTINGS, Served, serving

GOOD = {"authorization": "Bearer good"}
SCHEMA = {"query": "{ __schema { queryType { name } } }"}


@pytest.fixture(scope="session")
async def shared_open_hub() -> AsyncIterator[Served]:
    """A hub that answers both."""
    async for served in serving(SETTINGS.model_copy(update={"get_queries": True, "introspection": True})):
        yield served


@pytest.fixture
def open_hub(shared_open_hub: Served) -> Served:
    """That hub, as if it had just begun."""
    shared_open_hub.graph.forget()
    return shared_open_hub


def code(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]


async def test_the_schema_is_not_told_in_earnest(hub: Served) -> None:
    """B5: a hub in service answers no introspection, over any root or alias."""
    for query in ("{ __schema { types { name } } }", '{ a: __type(name: "Query") { name } }', "{ _service { sdl } }"):
        assert code(await hub.post({"query": query})) == (400, "INTROSPECTION_OFF")
    assert code(await hub.post({"query": "{ __schema"})) == (400, "INTROSPECTION_OFF")
    assert hub.graph.asked == []
    assert (await hub.post({"query": "{ __typename }"})).status_code == 200


async def test_the_schema_is_told_when_a_setting_says_so(open_hub: Served) -> None:
    assert (await open_hub.post(SCHEMA)).status_code == 200


@pytest.mark.parametrize("stream", ["subscription { __schema { types { name } } }", "subscription { n __type }"])
async def test_nor_over_a_stream(hub: Served, stream: str) -> None:
    """B5: nor as a subscription."""
    answer = await hub.post({"query": stream}, accept="text/event-stream")
    assert '"INTROSPECTION_OFF"' in answer.text and '"data"' not in answer.text


def test_only_names_count() -> None:
    """A string, a comment or a longer name is no question for the schema; what cannot be read is left to the graph."""
    for document in ('{ a(b: "__schema") }', "{ a } # __type", '{ a(b: """__type""") }', "{ __typename }", '{ a(b: "__schema'):
        refuse_introspection(document)
    for document in ("{ __schema }", "{a:__type}", 'fragment F on Query { __type(name: "X") { name } }'):
        with pytest.raises(HubError, match="INTROSPECTION_OFF"):
            refuse_introspection(document)


def test_reading_for_names_is_bounded() -> None:
    with pytest.raises(HubError, match="INTROSPECTION_OFF"):
        refuse_introspection("{ " + "a " * MAX_TOKENS + "} # __schema")


async def test_a_query_by_get(open_hub: Served) -> None:
    sent = {"query": "query Mine($a: Int) { ok }", "variables": '{"a": [1, "é"]}', "operationName": "Mine", "extensions": "{}"}
    async with httpx2.AsyncClient() as client:
        answer = await client.get(f"{open_hub.url}?{urlencode(sent)}", headers=GOOD)
    assert (answer.status_code, answer.content) == (200, b'{"data":{"ok":true}}')
    asked = open_hub.graph.asked[-1]
    assert (asked.document, asked.variables, asked.operation_name) == (sent["query"], {"a": [1, "é"]}, "Mine")


@pytest.mark.parametrize(
    ("sent", "status", "expected"),
    [
        ("", 400, "BODY_INVALID"),
        ("query=", 400, "BODY_INVALID"),
        ("query=%7Bok%7D&variables=%7B", 400, "BODY_INVALID"),
        ("query=%7Bok%7D&variables=[1]", 400, "BODY_INVALID"),
        ("query=%7Bok%7D&extensions=1", 400, "BODY_INVALID"),
        ("query=%FF", 400, "BODY_INVALID"),
        ("query=" + "x" * 20_000, 413, "BODY_TOO_LARGE"),
        ("query=mutation%7Bok%7D", 405, "METHOD_NOT_ALLOWED"),
        ("query=subscription%7Bok%7D", 405, "METHOD_NOT_ALLOWED"),
        ("query=query+A%7Bok%7D+mutation+B%7Bok%7D&operationName=B", 405, "METHOD_NOT_ALLOWED"),
        ("query=query+A%7Bok%7D+mutation+B%7Bok%7D", 405, "METHOD_NOT_ALLOWED"),
    ],
)
async def test_what_get_does_not_do(open_hub: Served, sent: str, status: int, expected: str) -> None:
    async with httpx2.AsyncClient() as client:
        answer = await client.get(f"{open_hub.url}?{sent}", headers=GOOD)
    assert code(answer) == (status, expected)
    assert open_hub.graph.asked == []
    assert (answer.headers.get("allow") == "POST") is (status == 405)


@pytest.mark.parametrize(
    ("document", "name", "asks"),
    [
        ("{ ok }", None, True),
        ("query Q { mutation }", None, True),
        ("query Q { ok } mutation M { ok }", "Q", True),
        ("query Q { ok } mutation M { ok }", "M", False),
        ("mutation { ok }", None, False),
        ("subscription { ok }", None, False),
        ("{ mutation ", None, False),
    ],
)
def test_what_surely_asks(document: str, name: str | None, asks: bool) -> None:
    assert only_asks(Request(document, {}, name)) is asks


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("application/json, application/graphql-response+json;q=0.5", 200),
        ("application/graphql-response+json, application/json;q=0.9", 400),
        ("application/graphql-response+json, application/json", 400),
        ("*/*", 400),
        ("application/*", 400),
    ],
)
async def test_a_client_of_before_hears_200(hub: Served, accept: str, status: int) -> None:
    """Who likes plain JSON best is told by errors without data; who may not ask hears 403 all the same."""
    answer = await hub.post({"query": "{ invalid }"}, accept=accept)
    assert (answer.status_code, list(answer.json())) == (status, ["errors"])
    assert (await hub.post({"query": "{ outside }"}, accept=accept)).status_code == 403


@pytest.mark.parametrize("extensions", [0, False, "", []])
async def test_extensions_are_an_object(hub: Served, extensions: object) -> None:
    assert code(await hub.post({"query": "{ ok }", "extensions": extensions})) == (400, "BODY_INVALID")
