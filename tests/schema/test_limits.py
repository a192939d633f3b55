"""Issue 3 item 4: limits on tokens, depth, selections, aliases and directives, counted before validation and any statement."""

import gc
import random
import re
import time
from collections.abc import Callable

import pytest
from graphql import get_introspection_query
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.limits import LIMITS, Limits
from schema.reader.document import Document, Refused
from tests.schema.untouched import Untouched, ask, codes, graph_on


def nested(levels: int) -> str:
    """A document of so many levels, every second one a fragment."""
    inner = "kind"
    for level in range(levels - 1, 1, -1):
        inner = f"... {{ {inner} }}" if level % 2 else f"... on Viewer {{ {inner} }}"
    return f"{{ viewer {{ {inner} }} }}"


BORDERS: dict[str, tuple[Callable[[int], str], int]] = {
    "DEPTH_TOO_GREAT": (nested, LIMITS.depth),
    "ROOT_FIELDS_TOO_MANY": (lambda n: "{ " + "__typename " * n + "}", LIMITS.roots),
    "ALIASES_TOO_MANY": (lambda n: "{ viewer { " + " ".join(f"a{k}: kind" for k in range(n)) + " } }", LIMITS.aliases),
    "SELECTIONS_TOO_MANY": (lambda n: "{ viewer { " + "kind " * (n - 1) + "} }", LIMITS.selections),
    "DIRECTIVES_TOO_MANY": (lambda n: "{ viewer { " + "kind @include(if: true) " * n + "} }", LIMITS.directives),
    "TOKENS_TOO_MANY": (lambda n: "{ viewer(a: [" + "1 " * (n - 12) + "]) { kind } }", LIMITS.tokens),
}


@pytest.mark.parametrize("code", BORDERS)
def test_the_last_that_passes_and_the_first_that_does_not(code: str) -> None:
    """B4: limit ± 1 for depth, root fields, aliases, selections, directives and tokens."""
    make, limit = BORDERS[code]
    LIMITS.parsed(make(limit))
    with pytest.raises(Refused) as refused:
        LIMITS.parsed(make(limit + 1))
    error = refused.value.errors[0]
    assert (error.extensions or {})["code"] == code and error.locations and len(refused.value.errors) == 1


@pytest.mark.parametrize(
    ("name", "document", "code"),
    [
        ("directives on one node", "{ viewer @a @a @a @a @a { kind } }", "DIRECTIVES_TOO_MANY"),
        ("directives on an operation", "query @a @a @a @a @a { viewer { kind } }", "DIRECTIVES_TOO_MANY"),
        ("directives on a variable", "query Q($v: Int @a @a @a @a @a) { viewer { kind } }", "DIRECTIVES_TOO_MANY"),
        ("one object again and again", "{ viewer { " + "organisation { id } " * 51 + "} }", "SELECTIONS_TOO_MANY"),
        ("roots in a fragment", "{ ...A } fragment A on Query { " + "__typename " * 51 + "}", "ROOT_FIELDS_TOO_MANY"),
        ("aliases in fragments", "{ ...A x: viewer { kind } } fragment A on Query { viewer { "
         + " ".join(f"a{n}: kind" for n in range(100)) + " } }", "ALIASES_TOO_MANY"),
        ("a chain of fragments", "{ viewer { ...F0 } } "
         + " ".join(f"fragment F{n} on Viewer {{ ...F{n + 1} }}" for n in range(900))
         + " fragment F900 on Viewer { kind }", "DEPTH_TOO_GREAT"),
        ("fragments that double", "{ viewer { ...F0 } } "
         + " ".join(f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }}" for n in range(30))
         + " fragment F30 on Viewer { kind }", "SELECTIONS_TOO_MANY"),
        ("fragments that double and hold nothing", "{ viewer { ...F0 } } "
         + " ".join(f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }}" for n in range(30))
         + " fragment F30 on Viewer { }", "SELECTIONS_TOO_MANY"),
        ("the second operation", "query A { viewer { kind } } query B { " + "__typename " * 51 + "}", "ROOT_FIELDS_TOO_MANY"),
        ("comments", "#\n" * 10_001 + "{ viewer { kind } }", "TOKENS_TOO_MANY"),
    ],
)  # fmt: skip
async def test_what_is_too_large_is_refused_before_anything_runs(name: str, document: str, code: str) -> None:
    """One coded error with its place, quickly, and no statement; the audit tool's overloads are among these."""
    database = Untouched()
    began = time.process_time()
    answer = await ask(graph_on(database), document)
    assert (answer.status, codes(answer), database.reads) == (400, [code], 0), answer.body
    assert b'"locations"' in answer.body
    assert time.process_time() - began < 2


@pytest.mark.parametrize("name", ["self", "pair", "unknown"])
def test_what_only_validation_can_refuse_is_left_to_it(name: str) -> None:
    """Fragments that spread themselves, or are nowhere, end the count without being followed."""
    LIMITS.parsed(
        {
            "self": "{ viewer { ...A } } fragment A on Viewer { ...A }",
            "pair": "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A ...A }",
            "unknown": "{ viewer { ...A } }",
        }[name]
    )


def test_what_clients_ask_every_day_is_far_from_the_limits() -> None:
    """Introspection of the largest kind takes up half of each limit at most, but for its selections' depth of types."""
    half = Limits(tokens=5_000, depth=20, selections=500, roots=25, aliases=50, directives=50)
    half.parsed(get_introspection_query(input_value_deprecation=True, specified_by_url=True, directive_is_repeatable=True))


def _document(seed: int, parts: int) -> tuple[str, dict[str, str]]:
    """A random document whose fragments spread later ones, and the bodies of its parts."""
    rng, bodies = random.Random(seed), {}
    for n in range(parts):
        inner = []
        for _ in range(rng.randint(1, 4)):
            spread = f"...F{rng.randint(n + 1, parts)}" if n < parts else "kind"
            inner.append(rng.choice(["kind", "a: kind", "kind @x", "... { b: kind kind }", spread, spread]))
        bodies[f"F{n}"] = " ".join(inner)
    bodies[f"F{parts}"] = "kind"
    text = "{ ...F0 } " + " ".join(f"fragment {name} on Viewer {{ {body} }}" for name, body in bodies.items())
    return text, bodies


def _written_out(body: str, bodies: dict[str, str]) -> str:
    """A body with every fragment in its place, as one that is written there."""
    while "...F" in body:
        body = re.sub(r"\.\.\.(F\d+)", lambda found: f"...  {{ {bodies[found[1]]} }}", body)
    return body


@settings(max_examples=120)
@given(seed=st.integers(0, 10**9), parts=st.integers(1, 7))
def test_a_fragment_counts_wherever_it_is_spread(seed: int, parts: int) -> None:
    """A document passes the limits its written-out form just passes, and none that are one smaller."""
    text, bodies = _document(seed, parts)
    whole = "{ " + _written_out("...F0", bodies) + " }"
    free = {"tokens": 10**6, "depth": 10**6, "selections": 10**6, "again": 10**6, "roots": 10**6, "aliases": 10**6}
    for name, found in {
        "selections": len(re.findall(r"kind|\.\.\.", whole)),
        "aliases": whole.count(":"),
        "directives": whole.count("@"),
        "depth": max(whole[:n].count("{") - whole[:n].count("}") for n in range(len(whole))),
        "roots": len(re.findall("kind", whole)),
    }.items():
        Limits(**{**free, "directives": 10**6, name: found}).parsed(text)  # type: ignore[arg-type]
        if found:
            with pytest.raises(Refused):
                Limits(**{**free, "directives": 10**6, name: found - 1}).parsed(text)  # type: ignore[arg-type]


async def test_ten_thousand_documents_take_no_more_memory_than_two_thousand() -> None:
    """Issue 1: everything that is kept of documents is bounded."""
    graph = graph_on(Untouched())
    before = _held()
    for number in range(10_000):
        assert (await ask(graph, f"{{ viewer {{ kind }} }} # {number}")).status == 200
    kept = [len(each) for each in (graph.reader._documents, graph.reader._plans, graph._inside._asked, graph._inside._admitted)]
    assert all(each <= 2048 for each in kept), kept
    assert len(graph.entry._costs) <= 2048
    assert _held() - before <= 2048


def _held() -> int:
    gc.collect()
    return sum(isinstance(each, Document) for each in gc.get_objects())
