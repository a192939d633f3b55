"""Issue item 3: GraphQL over HTTP in detail, as the demonstration answers it."""

from urllib.parse import urlencode

import httpx2
import pytest

from tests.conformance.playing import Hub

pytestmark = pytest.mark.conformance
EMPLOYER = "employer-a"
JSON, GRAPHQL_JSON = "application/json; charset=utf-8", "application/graphql-response+json; charset=utf-8"
ASK = {"query": "{ viewer { kind } }"}
WRITE = 'mutation { setMyReference(input: {apprenticeId: "apr_x"}) { replayed } }'


def code(answer: httpx2.Response) -> str:
    """The code of a refusal without data."""
    body = answer.json()
    assert "data" not in body and len(body["errors"]) == 1
    return str(body["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/json", JSON),
        ("application/graphql-response+json", GRAPHQL_JSON),
        ("application/graphql-response+json,application/json;q=0.9", GRAPHQL_JSON),
        ("text/html, application/json;q=0.2", JSON),
    ],
)
def test_media_types(demonstration: Hub, accept: str | None, media: str) -> None:
    """The answer has the form the client likes best, always in UTF-8."""
    answer = demonstration.send(EMPLOYER, json=ASK, headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media)


@pytest.mark.parametrize(
    ("accept", "status"), [("application/graphql-response+json", 400), ("application/json", 200), ("*/*", 400)]
)
@pytest.mark.parametrize("document", ["{ nonsense }", "{", "query Q($id: ID!) { node(id: $id) { id } }"])
def test_a_document_that_is_not_executed(demonstration: Hub, accept: str, status: int, document: str) -> None:
    """4xx and no data; 200 for a client of before, that names application/json as what it likes best."""
    answer = demonstration.send(EMPLOYER, json={"query": document}, headers={"Accept": accept})
    assert (answer.status_code, "data" in answer.json()) == (status, False)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_405(demonstration: Hub, method: str) -> None:
    """Other methods are told which one is taken."""
    answer = demonstration.send(EMPLOYER, method, json=ASK)
    assert (answer.status_code, answer.headers["allow"], code(answer)) == (405, "POST", "METHOD_NOT_ALLOWED")


def test_406(demonstration: Hub) -> None:
    """Nothing the client takes is on offer."""
    answer = demonstration.send(EMPLOYER, json=ASK, headers={"Accept": "text/html"})
    assert (answer.status_code, code(answer)) == (406, "NOT_ACCEPTABLE")
    answer = demonstration.send(EMPLOYER, json={"query": "subscription { progress { cursor } }"})
    assert (answer.status_code, code(answer)) == (406, "STREAM_REFUSED")


def test_413(demonstration: Hub) -> None:
    """A body over the cap, with a length and without."""
    body = b'{"query": "{ viewer { kind } }", "variables": {"x": "' + b"x" * 1_100_000 + b'"}}'
    headers = {"Content-Type": "application/json"}
    for content in (body, iter([body])):
        answer = demonstration.send(EMPLOYER, content=content, headers=headers)
        assert (answer.status_code, code(answer)) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/graphql", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_415(demonstration: Hub, kind: str) -> None:
    """What a web page may send without being asked is not taken."""
    answer = demonstration.send(EMPLOYER, content=b'{"query":"{ viewer { kind } }"}', headers={"Content-Type": kind})
    assert (answer.status_code, code(answer)) == (415, "CONTENT_TYPE_UNSUPPORTED")


def test_get_asks_and_never_acts(demonstration: Hub) -> None:
    """Queries by GET, with variables as JSON; 405 and Allow for a mutation or a subscription, however it is dressed up."""
    query = urlencode({"query": "query Q($n: Int) { apprentices(first: $n) { nodes { id } } }", "variables": '{"n": 1}'})
    answer = demonstration.send(EMPLOYER, "GET", f"?{query}")
    assert (answer.status_code, len(answer.json()["data"]["apprentices"]["nodes"])) == (200, 1)
    several = f"query Q {{ viewer {{ kind }} }} {WRITE.replace('mutation', 'mutation M')}"
    refused = [{"query": WRITE}, {"query": several, "operationName": "M"}, {"query": "subscription { progress { cursor } }"}]
    for each in refused:
        answer = demonstration.send(EMPLOYER, "GET", f"?{urlencode(each)}", headers={"Accept": "text/event-stream, */*"})
        assert (answer.status_code, answer.headers["allow"], code(answer)) == (405, "POST", "METHOD_NOT_ALLOWED")
    answer = demonstration.send(EMPLOYER, "GET", f"?{urlencode({'query': several, 'operationName': 'Q'})}")
    assert answer.json() == {"data": {"viewer": {"kind": "EMPLOYER"}}}
    for bad in ("", "?query=%FF", "?query={viewer{kind}}&variables={", "?query={viewer{kind}}&variables=[]"):
        answer = demonstration.send(EMPLOYER, "GET", bad)
        assert (answer.status_code, code(answer)) == (400, "BODY_INVALID"), bad


def test_who_asks_comes_first(demonstration: Hub) -> None:
    """Without a token there is no answer, by GET or by POST, and none to whoever asks for the schema."""
    for answer in (
        demonstration.send(None, json={"query": "{ __schema { types { name } } }"}),
        demonstration.send(None, "GET", "?query={__typename}"),
    ):
        assert (answer.status_code, code(answer)) == (401, "TOKEN_MISSING")
