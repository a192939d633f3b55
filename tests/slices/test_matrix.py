"""The matrix of d7 at the front door: every field × kind of party × state of the relation, by every way in."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from functools import cache
from time import monotonic
from typing import Any

import orjson
from graphql import GraphQLObjectType, get_named_type, is_leaf_type

from hub.store.streams import Place
from schema.graph import Request
from tests.counting import counted
from tests.slices import shown
from tests.slices.asking import selection
from tests.slices.bundles import thin
from tests.slices.corpus import may
from tests.slices.fields import LETTER, flat
from tests.slices.land import FULL, IDENTITY, NAMED
from tests.slices.looking import LEAST, Table
from tests.slices.matrix import KINDS
from tests.world import Party

# way: the type of its variable, which of an apprentice's own keys it takes, and the question
KEYS = {
    "id": ("ID", "ID", "apprentice(id: $v) { FIELDS }", NAMED),
    "uln": ("String", "uln", "apprentice(uln: $v) { FIELDS }", IDENTITY),
    "mine": ("String", "mine", "apprentice(myReference: $v) { FIELDS }", NAMED),
    "by id": ("ID", "ID", "apprentice(by: {id: $v}) { FIELDS }", NAMED),
    "by uln": ("String", "uln", "apprentice(by: {uln: $v}) { FIELDS }", IDENTITY),
    "by mine": ("String", "mine", "apprentice(by: {myReference: $v}) { FIELDS }", NAMED),
    "node": ("ID", "ID", "node(id: $v) { ... on Apprentice { FIELDS } }", NAMED),
}


def check(table: Table, party: Party, name: str, type_: str, found: dict[str, Any], reach: int) -> Iterator[str]:
    """What is wrong with the fields of one object and of all that stands in it."""
    kind = KINDS.index(party.viewer.kind.value)
    declared = table.front.schema.get_type(type_).fields
    assert set(found) - {"__typename"} == set(asked_of(type_, KINDS[kind])), type_
    for key, value in found.items():
        if key == "__typename":
            continue
        told = shown.word(type_, key, kind)
        if told == "sometimes":
            continue
        there = reach >= LEAST[told]
        table.cells[(type_, key, KINDS[kind], table.relation(party, name), "value" if there else "absent")] += 1
        if (value not in shown.EMPTY) != there:
            yield f"{type_}.{key} of {name} for {KINDS[kind]} at {reach}: {'missing' if there else value}"
        inner = get_named_type(declared[key].type)
        if isinstance(inner, GraphQLObjectType) and inner.name not in shown.PUBLIC:
            for each in value if isinstance(value, list) else [value] if value else []:
                yield from check(table, party, name, inner.name, each, reach)


@cache
def asked_of(type_: str, kind: str) -> tuple[str, ...]:
    """The fields of a type that a kind of party may ask for."""
    return tuple(name for (owner, name), (kinds, _) in flat().items() if owner == type_ and LETTER[kind] in kinds)


def whole(table: Table, party: Party) -> str:
    """Everything of an apprentice that a party may ask."""
    schema = table.front.schema
    return selection(schema, schema.get_type("Apprentice"), thin(may(party.viewer.kind.value)), 6, ("Event",))


async def ways(table: Table, party: Party) -> AsyncIterator[tuple[str, str, dict[str, Any] | None, int]]:
    """Every way to an apprentice: its name, the apprentice's, what was found, and how open the card must be to find it."""
    fields, names = whole(table, party), list(table.land.stories)
    ids = {name: table.land.stories[name].id for name in names}
    listed_ = f"apprentices(first: 100) {{ totalCount nodes {{ {fields} }} edges {{ node {{ id }} }} }}"
    cohort_ = "cohort { total apprentices { nodes { id } } }"
    _, body = await table.front.ask(party, f"{{ {listed_} {cohort_} }}")
    listed = {each["id"]: each for each in body["data"]["apprentices"]["nodes"]}
    visible = {ids[name] for name in names if table.reach(party, name) is not None}
    cohort = body["data"]["cohort"]
    assert set(listed) == visible == {each["node"]["id"] for each in body["data"]["apprentices"]["edges"]}
    assert visible == {each["id"] for each in cohort["apprentices"]["nodes"]}
    assert body["data"]["apprentices"]["totalCount"] == cohort["total"] == len(visible)
    for name in names:
        yield "apprentices", name, listed.get(ids[name]), NAMED
    for name in names:
        story = table.land.stories[name]
        own = {"ID": story.id, "uln": story.uln, "mine": f"mine-{story.apprentice}"}
        for way, (kind, value, call, least) in KEYS.items():
            document = f"query Q($v: {kind}!) {{ found: {call.replace('FIELDS', fields)} }}"
            _, body = await table.front.ask(party, document, v=own[value])
            yield way, name, body["data"]["found"], least
    keys = [{"id": ids[name]} for name in names] + [{"uln": table.land.stories[name].uln} for name in names]
    document = f"query E($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on Apprentice {{ {fields} }} }} }}"
    _, body = await table.front.ask(party, document, r=[{"__typename": "Apprentice", **each} for each in keys])
    for place, found in enumerate(body["data"]["_entities"]):
        yield "_entities", names[place % len(names)], found, NAMED if place < len(names) else IDENTITY
    _, body = await table.front.ask(party, f"{{ events(first: 100) {{ nodes {{ apprentice {{ {fields} }} }} }} }}")
    for name, found in zip(names, body["data"]["events"]["nodes"], strict=True):
        yield "events", name, found["apprentice"], NAMED


async def streamed(table: Table, party: Party) -> AsyncIterator[tuple[str, dict[str, Any] | None]]:
    """What a subscription says of each apprentice, from the beginning of the stream."""
    fields = whole(table, party)
    document = f"subscription S($a: String) {{ progress(after: $a) {{ event {{ apprentice {{ {fields} }} }} }} }}"
    start = table.front.graph.streams.cursors.close(party.viewer.party, Place(1, 0))
    stream = table.front.graph.listen(party.viewer, Request(document, {"a": start}))
    for name in table.land.stories:
        yield name, orjson.loads(await anext(stream))["data"]["progress"]["event"]["apprentice"]
    await stream.aclose()


async def test_d7_every_field_kind_and_relation_by_every_way(table: Table) -> None:
    """d7, X-20, B1, B2: value, refused or absent, for each field, by lists, ids, keys, entities, events and streams."""
    problems, began = [], monotonic()
    for party in table.parties:
        async for way, name, found, least in ways(table, party):
            problems += wrong(table, party, way, name, found, least)
        async for name, found in streamed(table, party):
            problems += wrong(table, party, "progress", name, found, NAMED)
    assert dict(Counter(each.split(" of ")[0] for each in problems)) == {}, problems[:20]
    relations = {(kind, relation) for _, _, kind, relation, _ in table.cells} | {
        (party.viewer.kind.value, table.relation(party, name)) for party in table.parties for name in table.land.stories
    }
    for kind in KINDS:
        for relation in ("claimed", "future", "former", "foreign", "none", f"current, open to {FULL}"):
            assert (kind, relation) in relations, (kind, relation)
    fields_ = {each[:2] for each in table.cells}
    counted(
        f"matrix: {len(fields_)} fields, {len(relations)} kinds × relations, {len(table.cells)} cells,"
        f" {sum(table.cells.values())} values compared in {monotonic() - began:.1f} s"
    )


def wrong(table: Table, party: Party, way: str, name: str, found: dict[str, Any] | None, least: int) -> list[str]:
    """What is wrong with what one way found of an apprentice."""
    reach = table.reach(party, name)
    if reach is None or reach < least:
        return [] if found is None else [f"{way} finds {name} for {party.viewer.kind}"]
    if found is None or found["id"] != table.land.stories[name].id:
        return [f"{way} does not find {name} for {party.viewer.kind}"]
    return [f"{way}: {each}" for each in check(table, party, name, "Apprentice", found, reach)]


def test_d7_every_field_of_an_apprentice_has_its_words(table: Table) -> None:
    """d7: no field without what it takes, no line without its field; refused is refused in both tables by hand."""
    matrix = flat()
    for type_, rows in shown.SHOWN.items():
        kind = table.front.schema.get_type(type_)
        assert {name for _, names in rows for name in names.split()} == set(kind.fields), type_
        for words, names in rows:
            for name in names.split():
                kinds = matrix[type_, name][0]
                assert {letter for letter, each in zip("EPA", words, strict=True) if each != "-"} == set(kinds), (type_, name)
    todo, seen = ["Apprentice"], set()
    while todo:
        type_ = todo.pop()
        seen.add(type_)
        inner = {get_named_type(each.type) for each in table.front.schema.get_type(type_).fields.values()}
        todo += [each.name for each in inner if not is_leaf_type(each) and each.name not in seen | shown.PUBLIC]
    assert seen == set(shown.SHOWN), "a type of an apprentice needs its rows in SHOWN in tests/slices/shown.py"
