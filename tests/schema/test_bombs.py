"""B4: documents made to hurt are refused, or answered for what they are, quickly and before any statement."""

import time

import pytest

from tests.schema.untouched import Untouched, ask, codes, graph_on

ALIASES = "{ viewer { " + " ".join(f"a{number}: kind" for number in range(10_000)) + " } }"
MANY_ROOTS = "{ " + " ".join(f"a{number}: viewer {{ kind }}" for number in range(10_000)) + " }"
BOMBS = {
    "10k aliases": (ALIASES, {"TOKENS_TOO_MANY"}),
    "10k aliased roots": (MANY_ROOTS, {"TOKENS_TOO_MANY"}),
    "900 aliases, within all else": (ALIASES[: ALIASES.index("a900:")] + "} }", {"ALIASES_TOO_MANY"}),
    "a fragment that spreads itself": ("{ viewer { ...A } } fragment A on Viewer { kind ...A }", {"GRAPHQL_VALIDATION_FAILED"}),
    "three fragments in a ring": (
        "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...C } fragment C on Viewer { ...A }",
        {"GRAPHQL_VALIDATION_FAILED"},
    ),
    "thirty fragments, each spreading all": (
        "{ viewer { ...F0 } } "
        + " ".join(f"fragment F{n} on Viewer {{ {' '.join(f'...F{m}' for m in range(30))} }}" for n in range(30)),
        {"SELECTIONS_TOO_MANY"},
    ),
    "@include on one field a thousand times": (
        "{ viewer { kind " + "@include(if: true) " * 1_000 + "} }",
        {"DIRECTIVES_TOO_MANY"},
    ),
    "@include on a thousand fields": (
        "{ viewer { " + "kind @include(if: false) " * 1_000 + "} }",
        {"SELECTIONS_TOO_MANY", "DIRECTIVES_TOO_MANY"},
    ),
    "braces without end": ("{ viewer " * 5_000, {"DEPTH_TOO_GREAT", "GRAPHQL_PARSE_FAILED", "TOKENS_TOO_MANY"}),
    "a value nested without end": ("{ viewer(a: " + "[" * 9_000, {"DEPTH_TOO_GREAT"}),
}


@pytest.mark.parametrize("name", BOMBS)
async def test_b4_a_bomb_is_refused_quickly_and_nothing_runs(name: str) -> None:
    document, expected = BOMBS[name]
    database = Untouched()
    began = time.process_time()
    answer = await ask(graph_on(database), document)
    assert answer.status == 400 and set(codes(answer)) <= expected, answer.body[:300]
    assert database.reads == 0
    assert time.process_time() - began < 2


async def test_b4_every_combination_of_included_fields_takes_bounded_memory() -> None:
    """@include by twenty variables is a million plans: those in use are kept, and each answer is as quick as the last."""
    database = Untouched()
    graph = graph_on(database)
    names = [f"v{number}" for number in range(20)]
    variables = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: kind @include(if: ${name})" for name in names)
    document = f"query Q({variables}) {{ viewer {{ kind {fields} }} }}"
    began = time.process_time()
    for number in range(1_500):
        answer = await ask(graph, document, **{name: bool(number >> place & 1) for place, name in enumerate(names)})
        assert answer.status == 200, answer.body
    assert database.reads == 1_500
    assert len(graph.reader._plans) <= 1024 and len(graph.reader._documents) == 1
    assert time.process_time() - began < 15


async def test_b5_a_wrong_name_suggests_nothing() -> None:
    """Neither a field, an argument, a type nor a value is told to whoever guesses near it."""
    graph = graph_on(Untouched())
    for document in (
        "{ viewr { kind } }",
        "{ viewer { knd } }",
        "{ apprentices(frst: 1) { nodes { id } } }",
        "{ viewer { ... on Viewr { kind } } }",
        "mutation { postResul(input: {}) { replayed } }",
    ):
        answer = await ask(graph, document)
        assert answer.status == 400 and b"Did you mean" not in answer.body, answer.body
