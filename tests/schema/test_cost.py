"""Issue 3 item 4: the cost of an operation is known before it runs, announced to who asks, and paid from a client's budget."""

import math
from typing import Any

import orjson
import pytest
from graphql import get_introspection_query
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.plan.ceilings import KSBS, STANDARDS
from schema.budget import HELD, Budget, TooDear
from schema.cost import ACT, LIST, Cost, cost_of
from schema.federation.carve import subgraph
from schema.graph import Graph
from schema.limits import LIMITS
from schema.reader.reader import Reader
from tests.schema.untouched import Untouched, ask, codes, graph_on, viewer

READER = Reader(subgraph(), b"k" * 32, parser=LIMITS.parsed)
SET = 'mutation { setMyReference(input: {apprenticeId: "x"}) { replayed } }'
VIEWER = "{ viewer { kind } }"
PAGE = "query P($n: Int) { apprentices(first: $n) { nodes { id standard { id } } } }"


class Clock:
    """Seconds, moved by hand."""

    now = 1_000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def cost(document: str) -> Cost:
    """The cost of a document's only operation."""
    return cost_of(READER.catalogue, READER.document(document).operation(None))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("{ __typename }", 1),
        ("{ viewer { kind } }", 1),
        ("{ viewer { kind organisation { id } } }", 2),
        ("{ a: viewer { kind } b: viewer { kind } }", 2),
        ("{ apprentices { nodes { id } } }", 1 + 50),
        ("{ apprentices(first: 7) { nodes { id } } }", 1 + 7),
        ("{ apprentices(first: 7) { edges { cursor node { id } } pageInfo { hasNextPage } } }", 1 + 7),
        ("{ apprentices(first: 7) { totalCount } }", 1 + 1),
        ("{ apprentices(first: 7) { nodes { id } edges { node { id } } } }", 1 + 7 + 7),
        ("{ apprentices(first: 1000000) { nodes { id } } }", 1 + 100),
        ("{ apprentices(first: -5) { nodes { id } } }", 1),
        ("{ apprentices(first: null) { nodes { id } } }", 1 + 50),
        ("{ apprentices(first: 7) { nodes { standard { ksbs { code } } } } }", 1 + 7 * (1 + 1 + KSBS)),
        ("{ cohort { apprentices { nodes { id } } } }", 1 + 1 + 100),
        ("{ cohort { apprentices(first: 500) { nodes { gateway { passed } } } } }", 1 + 1 + 500 * 2),
        ("{ standards { id } }", STANDARDS),
        ("{ apprentices(first: 7) { ...C ... { nodes { id } } } } fragment C on ApprenticeConnection { nodes { id } }", 1 + 14),
        ("{ viewer @skip(if: true) { kind } }", 1),
        ("query Q($s: Boolean!) { viewer @include(if: $s) { kind } }", 1),
        ('{ node(id: "x") { id ... on Apprentice { standard { id } } ... on Organisation { name } } }', 2),
        ('mutation { setMyReference(input: {apprenticeId: "x"}) { replayed } }', ACT + 1),
        (
            'mutation { ...M } fragment M on Mutation { setMyReference(input: {apprenticeId: "x"}) { errors { code } } }',
            11 + LIST,
        ),
        ("{ _entities(representations: [{}, {}]) { ... on Apprentice { id } } }", 2),
        ("subscription { progress { event { id } } }", 2),
        (get_introspection_query(), 1000),
    ],
)
def test_one_for_every_object_an_answer_may_hold(document: str, expected: int) -> None:
    assert cost(document).of({}) == expected


@pytest.mark.parametrize(
    ("variables", "entries"),
    [({}, 50), ({"n": None}, 50), ({"n": 0}, 0), ({"n": 7}, 7), ({"n": 7.0}, 7), ({"n": 100}, 100), ({"n": 101}, 100),
     ({"n": -1}, 0), ({"n": 10**400}, 100), ({"n": math.inf}, 100), ({"n": math.nan}, 0), ({"n": "7"}, 100), ({"n": {}}, 100)],
)  # fmt: skip
def test_a_variable_sizes_its_page(variables: dict[str, Any], entries: int) -> None:
    assert cost(PAGE).of(variables) == 1 + 2 * entries
    assert cost(PAGE.replace("$n: Int)", "$n: Int = 20)")).of({}) == 1 + 2 * 20


@pytest.mark.parametrize(("sent", "acts"), [(0, 0), (1, 1), (100, 100), (5_000, 1_000)])
def test_each_item_of_a_batch_is_an_act(sent: int, acts: int) -> None:
    """In a variable, in a list that is a variable, and written out."""
    item = '{apprenticeId: "x", requirement: "PQIP", achievedOn: "2026-02-01"}'
    whole = cost("mutation M($i: FileGatewayItemsInput!) { fileGatewayItems(input: $i) { replayed } }")
    assert whole.of({"i": {"items": [{}] * sent}}) == ACT * acts + 1
    listed = cost("mutation M($i: [FileGatewayItemInput!]!) { fileGatewayItems(input: {items: $i}) { replayed } }")
    assert listed.of({"i": [{}] * sent}) == ACT * acts + 1
    if sent <= 100:
        written = cost(f"mutation {{ fileGatewayItems(input: {{items: [{item * sent}]}}) {{ replayed }} }}")
        assert written.of({}) == ACT * acts + 1


def test_the_representations_of_a_router_are_counted() -> None:
    asked = cost("query E($r: [_Any!]!) { _entities(representations: $r) { ... on Apprentice { id standard { id } } } }")
    assert [asked.of({"r": [{}] * n}) for n in (0, 1, 250, 5_000)] == [1, 2, 500, 2_000]


@settings(max_examples=60)
@given(sizes=st.lists(st.integers(0, 100), min_size=2, max_size=2), pages=st.integers(1, 6))
def test_cost_grows_with_every_page(sizes: list[int], pages: int) -> None:
    """Whatever the document: more entries never cost less, and a variable costs what the number in its place costs."""
    less, more = sorted(sizes)
    listed = " ".join(f"p{n}: apprentices(first: FIRST) {{ nodes {{ id employer {{ id }} }} }}" for n in range(pages))
    varied = cost(f"query Q($n: Int!) {{ {listed.replace('FIRST', '$n')} }}")
    assert varied.of({"n": less}) <= varied.of({"n": more})
    assert varied.of({"n": more}) == cost(f"{{ {listed.replace('FIRST', str(more))} }}").of({})


def test_the_budget_is_spent_to_its_last_point_and_comes_back_with_time() -> None:
    clock = Clock()
    budget = Budget(100, 10, clock)
    budget.take("a", 60)
    budget.take("a", 40)
    with pytest.raises(TooDear) as refused:
        budget.take("a", 25)
    assert (refused.value.problem.code, refused.value.seconds) == ("THROTTLED", 3)
    assert refused.value.shown == {"requested": 25, "budget": {"maximum": 100, "available": 0, "restoreRate": 10}}
    budget.take("b", 100)
    clock.now += 2.4
    with pytest.raises(TooDear):
        budget.take("a", 25)
    clock.now += 0.1
    budget.take("a", 25)
    clock.now += 1_000
    assert budget.shown("a", 1)["budget"]["available"] == 100


def test_one_operation_above_the_whole_budget_is_refused_for_good() -> None:
    budget = Budget(100, 10, Clock())
    budget.take("a", 100)
    with pytest.raises(TooDear) as refused:
        budget.take("b", 101)
    assert (refused.value.problem.code, refused.value.seconds) == ("COST_EXCEEDED", None)


@settings(max_examples=100)
@given(asked=st.lists(st.tuples(st.integers(1, 120), st.floats(0, 5)), max_size=40))
def test_nobody_gets_more_than_the_budget_and_what_came_back(asked: list[tuple[int, float]]) -> None:
    """A client that waits as long as it is told is taken; what it spends is never more than what it was given."""
    clock = Clock()
    budget, spent, began = Budget(100, 10, clock), 0, clock.now
    for points, pause in asked:
        clock.now += pause
        try:
            budget.take("a", points)
        except TooDear as refused:
            assert (refused.seconds is None) == (points > 100)
            if refused.seconds is None:
                continue
            clock.now += refused.seconds
            budget.take("a", points)
        spent += points
        assert spent <= 100 + (clock.now - began) * 10 + 0.1


def test_the_buckets_of_many_clients_take_bounded_memory() -> None:
    clock = Clock()
    budget = Budget(100, 10, clock)
    budget.take("spent", 100)
    for number in range(3 * HELD):
        budget.take(f"c{number}", 1)
        assert len(budget._full_at) <= HELD
    assert budget.shown("spent", 1)["budget"]["available"] == 0


async def limited(maximum: int, restore: int = 10) -> tuple[Graph, Untouched, Clock]:
    """A front door with a small budget, which knows the documents of these tests already."""
    database, clock = Untouched(), Clock()
    graph = graph_on(database, budget=Budget(10**9, 10**9))
    for document in (PAGE, SET, VIEWER):
        await ask(graph, document)
    graph.entry._budget, database.reads = Budget(maximum, restore, clock), 0
    return graph, database, clock


async def test_who_asks_for_too_much_is_refused_before_anything_runs() -> None:
    """Issue 3 item 4: a coded refusal before execution, of queries and of acts alike."""
    graph, database, clock = await limited(101)
    assert (await ask(graph, PAGE, n=50)).status == 200
    refused = await ask(graph, PAGE, n=51)
    assert (refused.status, codes(refused), refused.retry_after) == (400, ["COST_EXCEEDED"], None)
    waits = await ask(graph, PAGE, n=1)
    assert (waits.status, codes(waits), waits.retry_after) == (429, ["THROTTLED"], 1)
    shown = orjson.loads(waits.body)["errors"][0]["extensions"]
    assert shown["retryAfter"] == 1
    assert shown["cost"] == {"requested": 3, "budget": {"maximum": 101, "available": 0, "restoreRate": 10}}
    act = await ask(graph, SET)
    assert (act.status, codes(act)) == (429, ["THROTTLED"])
    assert database.reads == 1
    assert (await ask(graph, PAGE, client="cli_two", n=50)).status == 200
    clock.now += 1
    assert (await ask(graph, PAGE, n=1)).status == 200


def left(graph: Graph) -> int:
    """The points a client has left."""
    return int(graph.entry._budget.shown(viewer().client, 0)["budget"]["available"])


async def test_an_operation_that_is_refused_otherwise_costs_its_reading_alone() -> None:
    """Reading a document that is new costs a point for four characters, whatever comes of it; then never again."""
    graph, _, _ = await limited(1_000)
    for document, cost in (("{" * 41, 10), ("{ viewer { nope } }  ", 5), (VIEWER + " " * 61, 21), (VIEWER + " " * 61, 1)):
        before = left(graph)
        await ask(graph, document)
        assert before - left(graph) == cost, document


async def test_who_sends_nothing_but_rubbish_is_not_read_for_ever() -> None:
    """Issue 3 item 4: also work that ends before an operation is paid for, and refused before it is done again."""
    graph, database, clock = await limited(100)
    for _ in range(9):
        assert (await ask(graph, "{" * 41)).status == 400
    assert codes(await ask(graph, "{" * 400)) == ["GRAPHQL_PARSE_FAILED"]
    for document in ("{" * 41, VIEWER, PAGE):
        answer = await ask(graph, document)
        assert (answer.status, codes(answer), answer.retry_after) == (429, ["THROTTLED"], 1), document
    assert (await ask(graph, VIEWER, client="cli_two")).status == 200
    clock.now += 1
    assert (await ask(graph, VIEWER)).status == 200
    assert database.reads == 2


async def test_the_cost_is_announced_to_who_asks() -> None:
    """`extensions.cost` of the request asks for `extensions.cost` of the answer; without it answers are the same bytes."""
    graph, _, _ = await limited(1_000)
    silent, told = await ask(graph, PAGE, n=7), await ask(graph, PAGE, costs=True, n=7)
    assert orjson.loads(silent.body) == {"data": {}}
    still = {"maximum": 1_000, "available": 1_000 - 2 * 15, "restoreRate": 10}
    assert orjson.loads(told.body) == {"data": {}, "extensions": {"cost": {"requested": 15, "budget": still}}}
    act = await ask(graph, SET, costs=True)
    assert orjson.loads(act.body)["extensions"]["cost"]["requested"] == ACT + 1


async def test_without_a_budget_nothing_is_refused_and_the_cost_is_still_told() -> None:
    """HUB_COST_BUDGET=0."""
    graph, _, _ = await limited(0)
    for _ in range(50):
        assert (await ask(graph, "{ cohort { apprentices(first: 500) { nodes { id } } } }")).status == 200
    told = await ask(graph, VIEWER, costs=True)
    assert orjson.loads(told.body)["extensions"] == {"cost": {"requested": 1}}
