"""Hostile documents and variables at the front door: coded answers, and never an exception."""

import asyncio
from typing import Any

import pytest

from hub.errors import CODES
from tests.slices.corpus import bytes_of, queries
from tests.slices.land import Land

GRAPHQL = {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"}

DEEP = 400
DOCUMENTS = {
    "deep": "{ apprentices { nodes " + "{ employer " * DEEP + "{ id }" + " }" * DEEP + " } }",
    "deeper": "{" + "a{" * 50_000,
    "brackets": "query Q($a: " + "[" * 20_000 + "Int" + "]" * 20_000 + ") { viewer { kind } }",
    "deep value": "{ apprentices(filter: " + "{a:" * 20_000 + "1" + "}" * 20_000 + ") { totalCount } }",
    "aliases": "{ " + " ".join(f"a{n}: viewer {{ kind }}" for n in range(10_000)) + " }",
    "same field": "{ viewer { " + "kind " * 10_000 + "} }",
    "fragment cycle": "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }",
    "self cycle": "{ viewer { ...A } } fragment A on Viewer { ...A }",
    "fragment chain": "{ viewer { ...F0 } } "
    + " ".join(f"fragment F{n} on Viewer {{ ...F{n + 1} }}" for n in range(3000))
    + " fragment F3000 on Viewer { kind }",
    "fragment doubling": "{ viewer { ...F0 } } "
    + " ".join(f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40))
    + " fragment F40 on Viewer { kind }",
    "unknown fragment": "{ viewer { ...Nope } }",
    "duplicate variables": "query Q($a: Int, $a: Int) { apprentices(first: $a) { totalCount } }",
    "duplicate operations": "query Q { viewer { kind } } query Q { viewer { kind } }",
    "two operations": "query A { viewer { kind } } query B { viewer { party } }",
    "empty": "",
    "spaces": " \n\t",
    "nul": "{ viewer { kind } }\u0000",
    "nul in a string": '{ apprentice(uln: "\u0000") { id } }',
    "escaped nul": '{ apprentice(uln: "\\u0000") { id } }',
    "lone surrogate": '{ apprentice(uln: "\\ud800") { id } }',
    "raw surrogate": '{ apprentice(uln: "\ud800") { id } }',
    "int out of range": "{ apprentices(first: 99999999999999999999) { totalCount } }",
    "negative": "{ apprentices(first: -1) { totalCount } }",
    "too many": "{ apprentices(first: 1000000) { totalCount } }",
    "float for int": "{ apprentices(first: 1.5) { totalCount } }",
    "bad date": '{ apprentices(filter: {dueBefore: "2026-02-30"}) { totalCount } }',
    "old date": '{ apprentices(filter: {dueBefore: "0001-01-01"}) { totalCount } }',
    "bad cursor": '{ apprentices(after: "AAAA") { totalCount } }',
    "bad event cursor": '{ events(after: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA") { totalCount } }',
    "long alias": "{ " + "a" * 64 + ": viewer { kind } }",
    "no argument": "{ apprentice { id } }",
    "two arguments": '{ apprentice(id: "x", uln: "y") { id } }',
    "subscription": "subscription { progress { cursor } }",
    "unknown directive": "{ viewer @nope { kind } }",
    "many directives": "{ viewer " + "@include(if: true) " * 5000 + "{ kind } }",
    "schema definition": "type Query { a: Int }",
    "introspection bomb": "{ __schema { types " + "{ fields { type " * 4 + "{ name }" + " } }" * 4 + " } }",
    "huge list": "{ apprentices(filter: {status: [" + "ON_PROGRAMME " * 50_000 + "]}) { totalCount } }",
    "empty selection": "{ viewer { } }",
    "mutation twice": 'mutation { a: setMyReference(input: {apprenticeId: "x"}) { errors { code } }'
    ' b: setMyReference(input: {apprenticeId: "y"}) { errors { code } } }',
}


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_hostile_document_is_answered_with_a_code(stage, name: str) -> None:
    """(e) 1, issue 2: an answer or a coded refusal within seconds, never an exception."""
    front, _, story = stage
    async with asyncio.timeout(20):
        status, body = await front.ask(story.provider, DOCUMENTS[name])
    _answered(status, body)


@pytest.mark.parametrize("name", ["nope", "", "A\u0000", "x" * 100_000])
async def test_an_unknown_operation_name_is_refused(stage, name: str) -> None:
    """A request that names no operation of its document runs none."""
    front, _, story = stage
    status, body = await front.ask(story.provider, "query A { viewer { kind } } query B { viewer { party } }", operation=name)
    assert status == 400
    _answered(status, body)


VARIABLES: dict[str, Any] = {
    "nul": "\u0000",
    "surrogate": "\ud800",
    "5 MB": "x" * 5_000_000,
    "list": ["a", "b"],
    "object": {"a": 1},
    "number": 5,
    "big": 10**400,
    "float": 1.5,
    "infinity": float("inf"),
    "nan": float("nan"),
    "true": True,
    "null": None,
}


@pytest.mark.parametrize("name", VARIABLES)
async def test_a_hostile_variable_is_answered_with_a_code(stage, name: str) -> None:
    """Every value in every kind of place: a string, an id, a number, an enum, an input object."""
    front, _, story = stage
    value = VARIABLES[name]
    for document in (
        "query Q($v: String) { apprentice(uln: $v) { id } }",
        "query Q($v: ID!) { node(id: $v) { id } }",
        "query Q($v: Int) { apprentices(first: $v) { totalCount } }",
        "query Q($v: String) { apprentices(after: $v) { totalCount } }",
        "query Q($v: String) { events(after: $v) { totalCount } }",
        "query Q($v: ApprenticeOrder!) { apprentices(orderBy: $v) { totalCount } }",
        "query Q($v: ApprenticeFilter) { apprentices(filter: $v) { totalCount } }",
        "query Q($v: String) { apprentices(filter: {myReference: $v}) { totalCount } }",
        "query Q($v: Boolean!) { viewer @include(if: $v) { kind } }",
        "mutation M($v: SetMyReferenceInput!) { setMyReference(input: $v) { errors { code } } }",
        'mutation M($v: String) { setMyReference(input: {apprenticeId: "x", myReference: $v}) { errors { code } } }',
        'mutation M($v: String) { setMyReference(input: {apprenticeId: "x", idempotencyKey: $v}) { errors { code } } }',
    ):
        status, body = await front.ask(story.provider, document, v=value)
        _answered(status, body)


def _answered(status: int, body: dict[str, Any]) -> None:
    assert status in (200, 400, 403), body
    assert "data" in body or body["errors"]
    for each in body.get("errors", ()):
        assert each["extensions"]["code"] in GRAPHQL | set(CODES) - {"INTERNAL"}, each


async def test_hostile_requests_change_nothing_for_anybody(stage, scene: Land) -> None:
    """The answers to a corpus are the same bytes after every hostile document as before."""
    front, _, story = stage
    operations = list(queries(front, story.employer, scene))[:40]
    before = await bytes_of(front, story.employer, operations)
    for document in DOCUMENTS.values():
        await front.raw(story.provider, document)
    assert await bytes_of(front, story.employer, operations) == before
