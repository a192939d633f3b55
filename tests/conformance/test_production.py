"""Issue item 3, Must show: a hub served in earnest gives nothing of what auditors such as graphql-cop look for."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from tests.conformance.earnest import served
from tests.conformance.playing import Hub

pytestmark = pytest.mark.conformance
WRITE = 'mutation { setMyReference(input: {apprenticeId: "apr_x"}) { replayed } }'
LEAKS = ("Traceback", 'File "', "graphql-core", "strawberry", "asyncpg", "stacktrace", "tracing", "exception")


@pytest.fixture(scope="module")
def earnest() -> Iterator[Hub]:
    """One hub for the probes."""
    with served() as hub:
        yield hub


def refused(answer: httpx2.Response) -> list[str]:
    """The codes of an answer without data."""
    body = answer.json()
    assert "data" not in body and 400 <= answer.status_code < 500, answer.text[:500]
    return [each["extensions"]["code"] for each in body["errors"]]


def post(hub: Hub, document: str, **more: Any) -> httpx2.Response:
    """The answer to a document, as the employer."""
    return hub.send("employer", json={"query": document, **more})


def test_it_answers(earnest: Hub) -> None:
    """What the probes find closed is closed on purpose: the hub is at work."""
    assert post(earnest, "{ __typename viewer { kind } }").json() == {
        "data": {"__typename": "Query", "viewer": {"kind": "EMPLOYER"}}
    }


def test_alias_overloading(earnest: Hub) -> None:
    """101 aliases, at the root and below it."""
    many = " ".join(f"a{number}: __typename" for number in range(101))
    assert refused(post(earnest, f"{{ {many} }}")) in (["ALIASES_TOO_MANY"], ["ROOT_FIELDS_TOO_MANY"])
    below = " ".join(f"a{number}: kind" for number in range(101))
    assert refused(post(earnest, f"{{ viewer {{ {below} }} }}")) == ["ALIASES_TOO_MANY"]


def test_directive_overloading(earnest: Hub) -> None:
    """Ten directives on one field: one refusal, not one error for each."""
    for directives in ("@none" * 10, "@include(if: true)" * 10):
        assert refused(post(earnest, f"{{ __typename {directives} }}")) == ["DIRECTIVES_TOO_MANY"]


def test_field_duplication(earnest: Hub) -> None:
    """500 times the same field."""
    assert refused(post(earnest, "{ " + "__typename " * 500 + "}")) == ["ROOT_FIELDS_TOO_MANY"]


def test_batch_queries(earnest: Hub) -> None:
    """A list of requests is not taken."""
    answer = earnest.send("employer", json=[{"query": "{ __typename }"}] * 10)
    assert refused(answer) == ["BATCH_REFUSED"]


@pytest.mark.parametrize(
    "document",
    [
        "{ __schema { queryType { name } } }",
        '{ __type(name: "Apprentice") { fields { name } } }',
        '{ a: __schema { types { name } } viewer { kind } b: __type(name: "Query") { name } }',
        "query Q { ...F } fragment F on Query { __schema { types { name } } }",
        "{ __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }",
        "{ __schema { ...A } } fragment A on __Schema { __typename ...B } fragment B on __Schema { ...A }",
    ],
)
def test_introspection(earnest: Hub, document: str) -> None:
    """The schema is not told, however it is asked for; `__typename` in it changes nothing."""
    assert refused(post(earnest, document)) == ["INTROSPECTION_OFF"]


def test_words_are_not_introspection(earnest: Hub) -> None:
    """The names may stand in a string or a comment."""
    answer = post(earnest, '# __schema\n{ apprentice(by: {myReference: "__type"}) { id } }')
    assert answer.json() == {"data": {"apprentice": None}}


@pytest.mark.parametrize(
    ("document", "hidden"),
    [
        ("{ viewr { kind } }", "viewer"),
        ("{ viewer { knd } }", "kind"),
        ("{ apprentice(ulm: 1) { id } }", "uln"),
        ("mutation { releaseGrad { replayed } }", "releaseGrade"),
        ("{ apprentices(orderBy: NAM) { totalCount } }", "NAME"),
        ("query Q($f: ApprenticeFilte) { cohort(filter: $f) { total } }", "ApprenticeFilter"),
        ('mutation { setMyReference(input: {apprenticeI: "x"}) { replayed } }', "apprenticeId"),
        ("{ viewer { ... on Viewe { kind } } }", "Viewer"),
        ("{ viewer @includ(if: true) { kind } }", "include"),
    ],
)
def test_field_suggestions(earnest: Hub, document: str, hidden: str) -> None:
    """A slip of the pen is refused without the right word."""
    answer = post(earnest, document)
    refused(answer)
    told = [each["message"] for each in answer.json()["errors"]]
    assert not any("Did you mean" in each for each in told), told
    # That a required field is missing may be said; that a wrong one is nearly right may not.
    guessed = [each for each in told if f'"{hidden}"' in each or f"'{hidden}'" in each]
    assert hidden == "apprenticeId" or guessed == [], told


def test_suggestions_by_variables(earnest: Hub) -> None:
    """Nor do the values of variables learn more."""
    document = "query Q($f: ApprenticeFilter, $o: ApprenticeOrder!) { apprentices(filter: $f, orderBy: $o) { totalCount } }"
    answer = post(earnest, document, variables={"f": {"ulm": "1"}, "o": "NAM"})
    refused(answer)
    assert "Did you mean" not in answer.text


@pytest.mark.parametrize("document", ["{ __typename }", WRITE, "{ __schema { queryType { name } } }"])
def test_get(earnest: Hub, document: str) -> None:
    """Neither a query nor a mutation by GET."""
    answer = earnest.send("employer", "GET", f"?{urlencode({'query': document})}")
    assert (answer.status_code, answer.headers["allow"], refused(answer)) == (405, "POST", ["METHOD_NOT_ALLOWED"])


@pytest.mark.parametrize("document", ["{ __typename }", WRITE])
def test_posts_of_a_web_page(earnest: Hub, document: str) -> None:
    """What a form on any page can post is not taken."""
    assert refused(earnest.send("employer", data={"query": document})) == ["CONTENT_TYPE_UNSUPPORTED"]
    plain = earnest.send("employer", content=b'{"query":"{ __typename }"}', headers={"Content-Type": "text/plain"})
    assert refused(plain) == ["CONTENT_TYPE_UNSUPPORTED"]


@pytest.mark.parametrize("path", ["/graphiql", "/playground", "/console", "/graphql", "/explore", "/explore.html", "/"])
def test_no_explorer(earnest: Hub, path: str) -> None:
    """There is no page to explore the graph with."""
    with httpx2.Client(trust_env=False) as http:
        answer = http.get(earnest.urls["url"] + path, headers={"Accept": "text/html"})
    assert answer.status_code in (404, 405, 406) and "html" not in answer.headers["content-type"]
    assert "graphiql" not in answer.text.lower() and "playground" not in answer.text.lower()


@pytest.mark.parametrize(
    "body",
    [
        {"query": "qwerty cop { abc }"},
        {"query": "{ __typename }", "extensions": {"tracing": True, "debug": True}},
        {"query": '{ apprentices(after: "no cursor") { totalCount } }'},
        {"query": '{ node(id: "no id") { id } }'},
        {"query": "query Q($n: Int) { apprentices(first: $n) { totalCount } }", "variables": {"n": 10**30}},
        {"query": "{ " + "viewer { organisation { " * 3000},
    ],
)
def test_no_trace_of_the_inside(earnest: Hub, body: dict[str, Any]) -> None:
    """Errors have codes; tracing, debugging and stack traces are not for the asking."""
    headers = {"X-Apollo-Tracing": "1", "apollo-federation-include-trace": "ftv1", "X-Debug": "1"}
    answer = earnest.send("employer", json=body, headers=headers)
    assert answer.status_code < 500
    told = answer.json()
    assert not [leak for leak in LEAKS if leak.lower() in str(told.get("errors", "")).lower()], told
    assert "tracing" not in told.get("extensions", {}) and "ftv1" not in told.get("extensions", {})
    assert all(each["extensions"]["code"] for each in told.get("errors", ()))
    assert "server" not in answer.headers and "x-powered-by" not in answer.headers
