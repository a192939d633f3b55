"""The corpus in few documents: every kind of question in bundles whose text never changes, for worlds by the hundred."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import asyncpg
import orjson
from graphql import GraphQLSchema

from hub.store.streams import Place
from hub.words import id_text
from schema.assembly import build
from schema.graph import Request
from tests.slices.asking import Front, selection
from tests.slices.corpus import ORDERS, PREFIXED, READINESS, STATUSES, UNKNOWN, may
from tests.slices.land import STATES, Land, apprentice_of
from tests.world import Party

PLACES = range(len(STATES))
NODES, MARKS = range(36), range(8)
OF_THE_EPAO = ("res", "brc")
# A third of the filters in each world.
TURNS = 3
PAGE = "totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node"
THIN = "id uln status nextParty dueOn myReference"
COHORT = "total ready notReady passed noPlan overdue blockers { rule requirement party count }"
WALK = (
    "query Walk($a: String, $o: ApprenticeOrder!) { apprentices(first: 3, after: $a, orderBy: $o)"
    " { totalCount pageInfo { hasNextPage endCursor } edges { cursor node { id } } } }"
)
EVENTS = (
    "query Events($a: String) { events(first: 9, after: $a) { totalCount pageInfo { hasNextPage endCursor }"
    " edges { cursor node { id type at requirement reason component method on apprentice { id } } } } }"
)
PROGRESS = """subscription Live($a: String) { progress(after: $a) { cursor event { id type at requirement reason component
 method on apprentice { id uln status nextParty dueOn version } } } }"""
ENTITIES = {
    "Apprentice": "id uln status nextParty dueOn gateway { passed readiness { status readyFrom } }",
    "GatewayItem": "id requirement state met",
    "Evidence": "id type link",
}
FILTERS = (
    *(f"nextParty: {each}" for each in ("EMPLOYER", "PROVIDER", "EPAO")),
    *(f"status: [{each}]" for each in STATUSES),
    *(f"readiness: {each}" for each in READINESS),
    'dueBefore: "2026-05-01"',
    'region: "North"',
    'intake: "2023-09"',
    'expectedGatewayFrom: "2026-01-01", expectedGatewayBefore: "2026-12-31"',
    'myReference: "ref-posted"',
    f'standard: "std_{UNKNOWN}"',
)


@dataclass
class Values:
    """What a world's questions are asked with, of everybody's: the same before and after anything is changed."""

    variables: dict[str, dict[str, Any]]
    order: str
    turn: int
    cursors: list[str] = field(default_factory=list)


# Public, long and the same in every answer.
PUBLIC_LISTS = {"ksbs", "methods", "requirements", "evidenceTypes", "gradeTable", "rules"}


def thin(may_: Callable[[str, str], bool]) -> Callable[[str, str], bool]:
    """The same leave, without the public lists of a standard."""
    return lambda type_, name: may_(type_, name) and not (type_ == "Standard" and name in PUBLIC_LISTS)


@cache
def _documents(kind: str) -> Mapping[str, str]:
    return dict(_written(build()._schema, kind))


def _written(schema: GraphQLSchema, kind: str) -> Iterator[tuple[str, str]]:
    allowed = thin(may(kind))
    whole = selection(schema, schema.get_type("Apprentice"), allowed, 4, ("Event",))
    event = selection(schema, schema.get_type("Event"), allowed, 2)
    former = selection(schema, schema.get_type("FormerApprentice"), allowed, 1)
    viewer = selection(schema, schema.query_type.fields["viewer"].type, allowed, 3)
    head = selection(schema, schema.get_type("AuditHead"), allowed, 1)
    clients = selection(schema, schema.get_type("Client"), allowed, 1)
    yield "Own", f"query Own {{ auditHead {{ {head} }} clients {{ {clients} }} }}"
    yield (
        "Whole",
        (
            f"query Whole {{ viewer {{ {viewer} }} apprentices(first: 100) {{ {PAGE} {{ {whole} }} }} }}"
            f" formerApprentices {{ {PAGE} {{ {former} }} }} }}"
            " standards { id reference planVersion title } }"
        ),
    )
    yield "Told", f"query Told {{ events(first: 100) {{ {PAGE} {{ {event} }} }} }} }}"
    shown = f"{{ {PAGE} {{ {THIN} }} }} }}"
    orders = " ".join(f"o{n}: apprentices(first: 100, orderBy: {order}) {shown}" for n, order in enumerate(ORDERS))
    yield "Orders", f"query Orders {{ {orders} all: cohort {{ {COHORT} }} }}"
    for turn in range(TURNS):
        part = list(enumerate(FILTERS))[turn::TURNS]
        lists = " ".join(f"f{n}: apprentices(filter: {{{each}}}) {shown}" for n, each in part)
        counts = " ".join(f"c{n}: cohort(filter: {{{each}}}) {{ {COHORT} }}" for n, each in part)
        yield f"Filters {turn}", f"query Filters {{ {lists} {counts} }}"
    ulns = " ".join(f"u{n}: cohort(filter: {{uln: $u{n}}}) {{ total }}" for n in PLACES)
    given = ", ".join(f"$u{n}: String!" for n in PLACES)
    yield "Known", f"query Known({given}) {{ {ulns} }}"
    ids = ", ".join(f"$i{n}: ID!" for n in PLACES)
    by_id = " ".join(f"i{n}: apprentice(id: $i{n}) {{ {THIN} version }}" for n in PLACES)
    by_uln = " ".join(f"u{n}: apprentice(uln: $u{n}) {{ {THIN} }}" for n in PLACES)
    yield "Single", f"query Single({ids}, {given}) {{ {by_id} {by_uln} }}"
    references = " ".join(f'r{n}: apprentice(myReference: "ref-{each}") {{ {THIN} }}' for n, each in enumerate(STATES))
    yield "Mine", f"query Mine {{ {references} }}"
    for name, places in (("Nodes", NODES), ("Marks", MARKS)):
        nodes = " ".join(f"n{n}: node(id: $n{n}) {{ __typename id }}" for n in places)
        given = ", ".join(f"$n{n}: ID!" for n in places)
        yield name, f"query {name}({given}) {{ {nodes} }}"
    named = " ".join(f"... on {type_} {{ {fields} }}" for type_, fields in ENTITIES.items())
    yield "Found", f"query Found($these: [_Any!]!) {{ _entities(representations: $these) {{ __typename {named} }} }}"
    names = " ".join(f"g{n}: organisation(by: {{scheme: $s{n}, value: $v{n}}}) {{ id name region claimed }}" for n in range(12))
    given = ", ".join(f"$s{n}: String!, $v{n}: String!" for n in range(12))
    yield "Named", f"query Named({given}) {{ {names} }}"


async def values(connection: asyncpg.Connection, world: Land, seed: int = 0) -> Values:
    """The values to ask with; ids of rows are everybody's, those of organisations and standards only what all may know."""
    stories = list(world.stories.items())
    subjects = [(id_text("apr", apprentice_of(world, name)), story.uln) for name, story in stories]
    subjects += [(f"apr_{UNKNOWN}", "9999999999")] * (len(PLACES) - len(subjects))
    ulns = {f"u{n}": uln for n, (_, uln) in enumerate(subjects)}
    ids = {f"i{n}": id_ for n, (id_, _) in enumerate(subjects)}
    rows = await _ids(connection)
    named = [each.identifier for each in world.everyone]
    kinds = dict(zip(("itm", "evd"), ("GatewayItem", "Evidence"), strict=True))
    these = [{"__typename": "Apprentice", "id": id_} for id_, _ in subjects]
    these += [{"__typename": "Apprentice", "uln": uln} for _, uln in subjects]
    these += [{"__typename": kinds[each[:3]], "id": each} for each in rows if each[:3] in kinds]
    these += [{"__typename": each, "id": "nonsense"} for each in ("Apprentice", *kinds.values())]
    open_ = [each for each in rows if each[:3] not in OF_THE_EPAO] + [f"apr_{UNKNOWN}"] * len(NODES)
    marks = [each for each in rows if each[:3] in OF_THE_EPAO] + [f"res_{UNKNOWN}"] * len(MARKS)
    return Values(
        {
            "Known": ulns,
            "Single": {**ids, **ulns},
            "Nodes": {f"n{n}": open_[n] for n in NODES},
            "Marks": {f"n{n}": marks[n] for n in MARKS},
            "Found": {"these": these},
            "Named": {
                key: value
                for n, each in enumerate(named)
                for key, value in ((f"s{n}", each["scheme"]), (f"v{n}", each["value"]))
            },
        },
        ORDERS[seed % len(ORDERS)],
        seed % TURNS,
    )


async def _ids(connection: asyncpg.Connection) -> list[str]:
    found = []
    for prefix, table in PREFIXED.items():
        if prefix not in ("org", "std"):
            rows = await connection.fetch(f"select id from {table} order by md5(id::text) limit 4")
            found += [id_text(prefix, row["id"]) for row in rows]
    return found


async def asked(front: Front, party: Party, given: Values) -> dict[str, bytes]:
    """Every answer to a party as it is sent, by question."""
    found, order = {}, given.order
    for name, document in _documents(party.viewer.kind.value).items():
        if name.startswith("Filters") and name != f"Filters {given.turn}":
            continue
        answer = await front.raw(party, document, **given.variables.get(name, {}))
        found[name] = f"{answer.status} ".encode() + answer.body
    found |= await _walked(front, party, WALK, "apprentices", {"o": order})
    found |= await _walked(front, party, EVENTS, "events", {})
    for number, cursor in enumerate((*given.cursors, "nonsense")):
        for document, variables in ((WALK, {"o": order}), (EVENTS, {})):
            answer = await front.raw(party, document, a=cursor, **variables)
            found[f"cursor {number} {document[:12]}"] = f"{answer.status} ".encode() + answer.body
    return found


async def _walked(front: Front, party: Party, walk: str, name: str, variables: dict[str, Any]) -> dict[str, bytes]:
    after, found = None, {}
    for number in range(60):
        answer = await front.raw(party, walk, a=after, **variables)
        found[f"{name} {number}"] = f"{answer.status} ".encode() + answer.body
        info = orjson.loads(answer.body)["data"][name]["pageInfo"]
        if not info["hasNextPage"]:
            return found
        after = info["endCursor"]
    raise AssertionError("a page without end")


async def heard(front: Front, party: Party, most: int = 12) -> list[bytes]:
    """The end of a party's stream as a subscription sends it."""
    _, body = await front.ask(party, "{ events(first: 0) { totalCount } }")
    count = body["data"]["events"]["totalCount"]
    start = front.graph.streams.cursors.close(party.viewer.party, Place(1, max(0, count - most)))
    stream = front.graph.listen(party.viewer, Request(PROGRESS, {"a": start}))
    found = [await anext(stream) for _ in range(min(count, most))]
    await stream.aclose()
    return found


def apart(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> str:
    """The first difference, short enough to read; empty where there is none."""
    for name in dict.fromkeys((*one, *other)):
        a, b = one.get(name, b""), other.get(name, b"")
        if a != b:
            place = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
            shown = slice(max(0, place - 160), place + 160)
            return f"{name}\n{a[shown]!r}\n{b[shown]!r}"
    return ""
