"""Named corners of the reader: names and widths PostgreSQL cannot hold, nulls and defaults, conditions, cursors, caches."""

import json
from typing import Any

import asyncpg
import pytest

from hub.errors import HubError
from hub.viewer import PartyKind, Viewer
from schema.reader.document import Refused
from schema.reader.reader import Reader
from tests.schema.reader import toy
from tests.schema.reader.conftest import TODAY

NOBODY = PartyKind.EMPLOYER, frozenset[str]()


@pytest.fixture
def ask(reader: Reader, pools: dict[str, asyncpg.Pool], viewers: dict[str, Viewer]) -> Any:
    """Read as the employer; the data."""

    async def read(text: str, variables: dict[str, Any] | None = None, **more: Any) -> Any:
        return json.loads((await reader.read(pools["employer"], viewers["employer"], TODAY, text, variables, **more))[0])

    return read


@pytest.fixture
def refused(ask: Any) -> Any:
    """Read as the employer; the code of the refusal."""

    async def read(text: str, variables: dict[str, Any] | None = None) -> str:
        with pytest.raises(HubError) as caught:
            await ask(text, variables)
        return caught.value.problem.code

    return read


async def test_an_alias_longer_than_a_name_in_postgresql_is_kept(ask: Any) -> None:
    long, other = "a" * 64, "a" * 64 + "b"
    assert list((await ask(f"{{ standards {{ {long}: code {other}: code }} }}"))["standards"][0]) == [long, other]
    assert await ask(f"{{ {long}: __typename }}") == {long: "Query"}
    assert list((await ask(f"{{ cohort {{ {long}: total {other}: total }} }}"))["cohort"]) == [long, other]


async def test_1600_fields_are_served_and_1665_refused(ask: Any, refused: Any) -> None:
    wide = " ".join(f"a{n}: code" for n in range(1600))
    assert len((await ask("{ standards { " + wide + " } }"))["standards"][0]) == 1600
    wider = " ".join(f"a{n}: code" for n in range(1665))
    assert await refused("{ standards { " + wider + " } }") == "SELECTION_TOO_WIDE"
    assert await refused("{ " + " ".join(f"a{n}: __typename" for n in range(1665)) + " }") == "SELECTION_TOO_WIDE"


async def test_null_absent_and_defaulted_arguments(ask: Any) -> None:
    text = (
        "query ($f: Int, $n: Int = 2) { a: apprentices(first: $f) { nodes { id } } b: apprentices(first: $n) { nodes { id } } }"
    )
    for variables, counts in (
        ({}, (5, 2)),
        ({"f": None}, (5, 2)),
        ({"n": None}, (5, 5)),
        ({"f": 0, "n": 3}, (0, 3)),
    ):
        found = await ask(text, variables)
        assert (len(found["a"]["nodes"]), len(found["b"]["nodes"])) == counts


async def test_an_absent_variable_leaves_the_arguments_default(ask: Any) -> None:
    text = "query ($o: Order) { a: apprentices(orderBy: $o) { nodes { id } } b: apprentices { nodes { id } } }"
    found = await ask(text)
    assert found["a"] == found["b"]


async def test_one_document_meets_every_shape_of_its_variables(ask: Any) -> None:
    text = "query ($a: ApprenticeFilter) { apprentices(filter: $a, first: 0) { totalCount } }"
    every = (await ask(text))["apprentices"]["totalCount"]
    for given in (None, {}, {"status": None}, {"nextParty": None, "withReference": False}):
        assert (await ask(text, {"a": given}))["apprentices"]["totalCount"] == every
    parts = [(await ask(text, {"a": {"status": each}}))["apprentices"]["totalCount"] for each in toy.Status.__members__]
    assert sum(parts) == every and all(parts)
    assert (await ask(text, {"a": {"standard": "nonsense"}}))["apprentices"]["totalCount"] == 0


async def test_node_finds_every_type_by_one_document(ask: Any) -> None:
    some = await ask("{ apprentices { nodes { id } } standards { id } }")
    for key, name in ((some["apprentices"]["nodes"][0]["id"], "Apprentice"), (some["standards"][0]["id"], "Standard")):
        for each in (key, "zzz", key.upper(), key[:4] + "x"):
            found = await ask("query ($i: ID!) { node(id: $i) { __typename id } }", {"i": each})
            assert found == {"node": {"__typename": name, "id": key} if each == key else None}


async def test_null_where_a_value_is_needed_is_refused(refused: Any) -> None:
    assert (
        await refused("query ($o: Order = NAME) { apprentices(orderBy: $o) { totalCount } }", {"o": None}) == "ARGUMENT_INVALID"
    )
    assert await refused("query ($s: Boolean = true) { standards @skip(if: $s) { id } }", {"s": None}) == "ARGUMENT_INVALID"


async def test_first_outside_its_bounds_is_refused(refused: Any) -> None:
    for first in (-1, 21):
        assert await refused("query ($f: Int) { apprentices(first: $f) { totalCount } }", {"f": first}) == "ARGUMENT_INVALID"


async def test_exactly_one_key_is_asked_for(ask: Any, refused: Any) -> None:
    assert await refused("{ apprentice { id } }") == "ARGUMENT_INVALID"
    assert await refused('{ apprentice(id: "x", uln: "y") { id } }') == "ARGUMENT_INVALID"
    assert await ask('{ apprentice(id: "x", uln: null) { id } }') == {"apprentice": None}


CHOSEN = {
    "alone": ('{ apprentice(by: {uln: "%s"}) { uln } }', None),
    "in an object": ("query ($u: String!) { apprentice(by: {uln: $u}) { uln } }", {"u": "%s"}),
    "as an object": ("query ($b: ApprenticeBy) { apprentice(by: $b) { uln } }", {"b": {"uln": "%s"}}),
    "the old way": ("query ($u: String) { apprentice(uln: $u) { uln } }", {"u": "%s"}),
}
UNCHOSEN = {
    "nothing": ("{ apprentice(by: {}) { uln } }", None),
    "two": ('{ apprentice(by: {uln: "a", id: "b"}) { uln } }', None),
    "null": ("{ apprentice(by: {uln: null}) { uln } }", None),
    "what may be null": ("query ($u: String) { apprentice(by: {uln: $u}) { uln } }", {"u": "a"}),
    "nothing sent": ("query ($b: ApprenticeBy!) { apprentice(by: $b) { uln } }", {"b": {}}),
    "two sent": ("query ($b: ApprenticeBy!) { apprentice(by: $b) { uln } }", {"b": {"uln": "a", "id": "b"}}),
    "null sent": ("query ($b: ApprenticeBy!) { apprentice(by: $b) { uln } }", {"b": {"uln": None}}),
}


@pytest.mark.parametrize("way", CHOSEN)
async def test_one_of_several_keys_finds_the_same(ask: Any, way: str) -> None:
    """Issue 3, item 4: `@oneOf` where it fits, beside the arguments it takes the place of."""
    listed = await ask("{ apprentices(first: 20) { nodes { uln } } }")
    uln = next(each["uln"] for each in listed["apprentices"]["nodes"] if each["uln"])
    document, variables = json.loads(json.dumps(CHOSEN[way]).replace("%s", uln))
    assert await ask(document, variables) == {"apprentice": {"uln": uln}}


@pytest.mark.parametrize("way", UNCHOSEN)
async def test_anything_but_exactly_one_key_is_no_valid_request(ask: Any, way: str) -> None:
    document, variables = UNCHOSEN[way]
    with pytest.raises(Refused):
        await ask(document, variables)


async def test_the_new_way_and_the_old_at_once_are_two(refused: Any) -> None:
    assert await refused('{ apprentice(by: {uln: "a"}, id: "b") { id } }') == "ARGUMENT_INVALID"
    assert await refused("query ($b: ApprenticeBy) { apprentice(by: $b) { id } }", {"b": None}) == "ARGUMENT_INVALID"


async def test_text_that_postgresql_cannot_hold_is_refused(refused: Any) -> None:
    for text in ("\0", "\ud800"):
        assert await refused("query ($u: String) { apprentice(uln: $u) { id } }", {"u": text}) == "ARGUMENT_INVALID"


async def test_twenty_include_variables(reader: Reader, ask: Any) -> None:
    names = [f"v{n}" for n in range(20)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: code @include(if: ${name})" for name in names)
    text = f"query ({declared}) {{ standards {{ {fields} }} }}"
    for mask in (0, 1, 0b10101010101010101010, 2**20 - 1):
        chosen = {name: bool(mask >> n & 1) for n, name in enumerate(names)}
        found = await ask(text, chosen)
        assert list(found["standards"][0]) == [name for name in names if chosen[name]]


async def test_nothing_selected_is_an_empty_object(ask: Any) -> None:
    assert await ask("{ standards @skip(if: true) { id } }") == {}
    assert await ask('{ standard(code: "ST0000") { id @skip(if: true) } }') == {"standard": {}}
    assert await ask("{ cohort { total @skip(if: true) } }") == {"cohort": {}}


async def test_fields_that_do_not_merge_are_refused(ask: Any) -> None:
    with pytest.raises(Refused):
        await ask("{ apprentices(first: 1) { totalCount } apprentices(first: 2) { totalCount } }")
    merged = await ask("{ standards { code } standards { title code } standards { __typename } }")
    assert list(merged["standards"][0]) == ["code", "title", "__typename"]


async def test_introspection_stands_in_its_place(ask: Any) -> None:
    found = await ask(
        '{ a: __typename __schema { queryType { name } } standards { code } greeting(name: "x") __type(name: "Ksb") { name } }'
    )
    assert list(found) == ["a", "__schema", "standards", "greeting", "__type"]
    assert found["greeting"] == "hello x" and found["__type"] == {"name": "Ksb"}


async def test_pages_follow_one_another_in_every_order(ask: Any) -> None:
    text = """query ($o: Order!, $after: String) { apprentices(first: 3, orderBy: $o, after: $after) {
      totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
    seen: dict[str, set[str]] = {}
    for order in toy.Order:
        after, ids = None, []
        while True:
            found = (await ask(text, {"o": order.name, "after": after}))["apprentices"]
            ids += [each["id"] for each in found["nodes"]]
            assert found["pageInfo"]["hasPreviousPage"] is (after is not None)
            after = found["pageInfo"]["endCursor"]
            if not found["pageInfo"]["hasNextPage"]:
                break
        assert len(ids) == len(set(ids)) == found["totalCount"]
        seen[order.name] = set(ids)
    assert len({frozenset(each) for each in seen.values()}) == 1


async def test_a_page_that_ends_the_list_has_no_next(ask: Any) -> None:
    text = "query ($n: Int) { apprentices(filter: {status: DONE}, first: $n) { totalCount pageInfo { hasNextPage } } }"
    count = (await ask(text))["apprentices"]["totalCount"]
    for first in (count - 1, count, count + 1):
        assert (await ask(text, {"n": first}))["apprentices"]["pageInfo"]["hasNextPage"] is (first < count)


async def test_cursors_of_another_order_list_or_hand_are_refused(ask: Any, refused: Any) -> None:
    text = "query ($o: Order!, $a: String) { apprentices(first: 1, orderBy: $o, after: $a) { pageInfo { endCursor } } }"
    cursor = (await ask(text, {"o": "NAME"}))["apprentices"]["pageInfo"]["endCursor"]
    assert await refused(text, {"o": "DUE", "a": cursor}) == "CURSOR_INVALID"
    assert (
        await refused("query ($a: String) { cohort { apprentices(after: $a) { totalCount } } }", {"a": cursor})
        == "CURSOR_INVALID"
    )
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    edges = (await ask("{ apprentices(first: 9) { edges { cursor } } }"))["apprentices"]["edges"]
    for sealed in {len(each["cursor"]): each["cursor"] for each in edges}.values():
        for last in letters.replace(sealed[-1], ""):
            assert await refused(text, {"o": "NAME", "a": sealed[:-1] + last}) == "CURSOR_INVALID"
    bad = [cursor[:n] + ("A" if cursor[n] != "A" else "B") + cursor[n + 1 :] for n in range(len(cursor))]
    for each in [*bad, "", " ", cursor + "=", cursor + "A", cursor[:-1], "é", "a" * 5000, "bm90IGEgY3Vyc29yIGF0IGFsbA"]:
        assert await refused(text, {"o": "NAME", "a": each}) == "CURSOR_INVALID"


async def test_cursors_tell_nothing_and_are_the_same_every_time(ask: Any) -> None:
    text = "{ apprentices(first: 9) { edges { cursor node { uln familyName } } pageInfo { startCursor } } }"
    first, again = await ask(text), await ask(text)
    assert first == again
    assert first["apprentices"]["edges"][0]["cursor"] == first["apprentices"]["pageInfo"]["startCursor"]


async def test_a_row_shows_the_cursor_it_has_in_a_page(reader: Reader, ask: Any) -> None:
    text = "{ apprentices(first: 20) { nodes { items(first: 9) { edges { cursor node { id place } } } } } }"
    edges = [each for node in (await ask(text))["apprentices"]["nodes"] for each in node["items"]["edges"]]
    assert edges
    for each in edges:
        assert each["cursor"] == each["node"]["place"]


def test_every_field_says_what_it_reads(reader: Reader) -> None:
    assert reader.catalogue.silent() == []


async def test_payloads_are_read_from_what_an_act_hands_over(ask: Any) -> None:
    some = await ask("{ apprentices(first: 1) { nodes { id } } }")
    key = some["apprentices"]["nodes"][0]["id"]
    given = {
        "apprentice": key.removeprefix("apr_"),
        "errors": [{"code": "B", "message": "b"}, {"code": "A", "message": 'é"'}],
        "outcomes": [{"apprentice": key.removeprefix("apr_"), "errors": []}, {"errors": [{"code": "C", "message": ""}]}],
    }
    text = """mutation ($r: String!) { one: touch(reason: $r) { apprentice { id } errors { code message } }
      two: touch(reason: "x") { outcomes { apprentice { id } errors { code } } } }"""
    found = await ask(text, {"r": "because"}, given=given, root="one")
    assert found == {"one": {"apprentice": {"id": key}, "errors": given["errors"]}}
    found = await ask(text, {"r": "because"}, given=given, root="two")
    assert found["two"]["outcomes"] == [
        {"apprentice": {"id": key}, "errors": []},
        {"apprentice": None, "errors": [{"code": "C"}]},
    ]


def test_root_fields_carry_their_arguments(reader: Reader) -> None:
    text = 'mutation ($r: String!) { one: touch(reason: $r) { __typename } touch(reason: "x") { __typename } }'
    found = reader.root_fields(text, None, {"r": "because"})
    assert [(each.key, each.name, each.arguments) for each in found] == [
        ("one", "touch", {"reason": "because"}),
        ("touch", "touch", {"reason": "x"}),
    ]


async def test_a_payload_is_read_inside_the_acts_transaction(
    reader: Reader, pools: dict[str, asyncpg.Pool], viewers: dict[str, Viewer]
) -> None:
    async with pools["employer"].acquire() as connection, connection.transaction():
        body = (await reader.read(connection, viewers["employer"], TODAY, "{ cohort { total } }"))[0]
    assert json.loads(body)["cohort"]["total"] > 10


async def test_no_context_stays_behind(pools: dict[str, asyncpg.Pool], reader: Reader, viewers: dict[str, Viewer]) -> None:
    async with pools["employer"].acquire() as connection:
        await reader.read(connection, viewers["employer"], TODAY, "{ cohort { total } }")
        assert await connection.fetchval("select count(*) from hub.card") == 0


async def test_a_read_names_whom_its_answer_is_about_and_no_mark_is_left(
    reader: Reader, pools: dict[str, asyncpg.Pool], viewers: dict[str, Viewer]
) -> None:
    text = """{ apprentices(first: 3) { nodes { id status items { nodes { apprentice { uln } } } }
      edges { node { __typename } } } }"""
    body, subjects = await reader.read(pools["employer"], viewers["employer"], TODAY, text)
    nodes = json.loads(body)["apprentices"]["nodes"]
    assert sorted(str(key) for key in subjects) == sorted(each["id"].removeprefix("apr_") for each in nodes)
    assert b'"!"' not in body
