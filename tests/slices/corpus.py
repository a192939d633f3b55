"""A large fixed set of operations for one party, and the bytes of every answer to it."""

import hashlib
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import orjson

from hub.words import id_text
from tests.slices.asking import Front, literal, selection
from tests.slices.fields import LETTER, flat
from tests.slices.land import Land, apprentice_of
from tests.world import Party

UNKNOWN = "00000000-0000-4000-8000-000000000000"
STATUSES = [
    "CLAIMED",
    "ON_PROGRAMME",
    "ON_BREAK",
    "WITHDRAWN",
    "COMPLETED",
    "IN_ASSESSMENT",
    "RESIT_OFFERED",
    "ACHIEVED",
    "NOMINATED",
    "TO_RELEASE",
]
READINESS = ["NO_PLAN", "CLAIMED", "ON_BREAK", "WITHDRAWN", "NOT_READY", "READY", "PASSED", "NOT_SHARED"]
ORDERS = ["NAME", "DUE", "EXPECTED_GATEWAY", "START"]
PREFIXED = {
    "org": "apprentices.organisation",
    "std": "apprentices.standard",
    "itm": "gateway.item",
    "nom": "gateway.nomination",
    "dec": "gateway.decision",
    "evd": "portfolios.evidence",
    "val": "portfolios.validation",
    "ack": "portfolios.acknowledgement",
    "res": "grades.result",
    "brc": "grades.breach",
    "rst": "grades.resit",
    "evt": "hub.event",
}
Operation = tuple[str, dict[str, Any]]


def may(kind: str):
    """What the matrix lets a kind of party ask for."""
    matrix, letter = flat(), LETTER[kind]
    return lambda type_, name: letter in matrix.get((type_, name), ("EPA", None))[0]


def filters() -> Iterator[dict[str, Any]]:
    """Every filter there is, and some together."""
    yield {}
    yield from ({"nextParty": party} for party in ("EMPLOYER", "PROVIDER", "EPAO"))
    yield from ({"status": [status]} for status in STATUSES)
    yield from ({"readiness": readiness} for readiness in READINESS)
    yield {"status": STATUSES[:5], "dueBefore": "2027-01-01"}
    yield {"dueBefore": "2026-05-01"}
    yield {"region": "North"}
    yield {"intake": "2023-09"}
    yield {"expectedGatewayFrom": "2026-01-01", "expectedGatewayBefore": "2026-12-31"}
    yield {"myReference": "ref-posted"}


def queries(front: Front, party: Party, land: Land) -> Iterator[Operation]:
    """Every question of the graph, about one's own and about everybody's."""
    allowed = may(party.viewer.kind.value)
    query = front.schema.query_type.fields
    whole = selection(front.schema, front.schema.get_type("Apprentice"), allowed, 4, ("Event",))
    thin = "id uln status nextParty dueOn myReference"
    page = "totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node"
    yield f"{{ viewer {{ {selection(front.schema, query['viewer'].type, allowed, 3)} }} }}", {}
    yield f"{{ apprentices(first: 100) {{ {page} {{ {whole} }} }} }} }}", {}
    cohort = "total ready notReady passed noPlan overdue blockers { rule requirement party count }"
    shown = f"{{ {page} {{ {thin} }} }} }}"
    listed = f"query L($f: ApprenticeFilter, $o: ApprenticeOrder!) {{ apprentices(filter: $f, orderBy: $o) {shown} }}"
    counted = f"query C($f: ApprenticeFilter) {{ cohort(filter: $f) {{ {cohort} apprentices {{ {page} {{ {thin} }} }} }} }} }}"
    for order in ORDERS:
        for given in filters():
            yield listed, {"f": given, "o": order}
    for given in (*filters(), *({"uln": story.uln} for story in land.stories.values())):
        yield counted, {"f": given}
    for key, argument in (("id", "ID"), ("uln", "String"), ("myReference", "String")):
        one = f"query O($v: {argument}!) {{ apprentice({key}: $v) {{ {whole} }} }}"
        for name, story in land.stories.items():
            yield one, {"v": {"id": story.id, "uln": story.uln, "myReference": f"ref-{land.state[name]}"}[key]}
        for value in ("", "nonsense", f"apr_{UNKNOWN}", "9999999999", "\u00e9"):
            yield one, {"v": value}
    head = selection(front.schema, query["auditHead"].type, allowed, 1)
    yield f"{{ auditHead {{ {head} }} }}", {}
    seen = selection(front.schema, front.schema.get_type("Access"), allowed, 1)
    who = f"query A($v: ID!) {{ apprentice(id: $v) {{ accesses(first: 100) {{ {page} {{ {seen} }} }} }} }} }}"
    yield from ((who, {"v": story.id}) for story in land.stories.values())
    former = selection(front.schema, front.schema.get_type("FormerApprentice"), allowed, 1)
    yield f"{{ formerApprentices {{ {page} {{ {former} }} }} }} }}", {}
    event = selection(front.schema, front.schema.get_type("Event"), allowed, 2)
    yield f"{{ events(first: 100) {{ {page} {{ {event} }} }} }} }}", {}
    yield "{ standards { id reference planVersion title } }", {}
    yield from (
        (f'{{ standard(reference: "{each}") {{ id planVersion title hasPlan }} }}', {}) for each in ("ST0648", "ST9999")
    )


def strangers(land: Land, rows: dict[str, list[str]]) -> Iterator[Operation]:
    """Organisations by reference, and anything by its id."""
    for party in land.everyone:
        yield (
            "query G($s: String!, $v: String!) { organisation(scheme: $s, value: $v) { id name region claimed } }",
            {"s": party.identifier["scheme"], "v": party.identifier["value"]},
        )
        yield (
            "query G($by: IdentifierInput) { organisation(by: $by) { id name region claimed } }",
            {"by": dict(party.identifier)},
        )
    for story in land.stories.values():
        scheme = "EMPLOYER_NUMBER"
        yield f'{{ organisation(scheme: "{scheme}", value: "9{story.uln[:8]}") {{ id name claimed }} }}', {}
    for ids in rows.values():
        yield from (("query N($id: ID!) { node(id: $id) { __typename id } }", {"id": each}) for each in ids)


def refused(front: Front, party: Party, foreign: list[str]) -> Iterator[Operation]:
    """Every mutation the party may do, on apprentices it may not see, and with malformed ids."""
    allowed = may(party.viewer.kind.value)
    for name, declared in front.schema.mutation_type.fields.items():
        kind = declared.args["input"].type
        given = literal(kind)
        if not allowed("Mutation", name) or "apprenticeId" not in given:
            continue
        given = _plausible(given)
        shown = (
            "errors { code field message rule }"
            if "items:" not in given
            else "errors { code } items { errors { code field message } }"
        )
        for each in (*foreign, f"apr_{UNKNOWN}", "nonsense", "apr_1"):
            yield f"mutation {{ {name}(input: {given.replace('<id>', each)}) {{ {shown} }} }}", {}


def _plausible(given: str) -> str:
    given = re.sub(r'([aA]pprenticeId): "x"', r'\1: "<id>"', given)
    given = re.sub(r'(sha256|hash): "x"', rf'\1: "{"a" * 64}"', given)
    given = given.replace('breachId: "x"', f'breachId: "brc_{UNKNOWN}"').replace(
        'evidenceId: "x"', f'evidenceId: "evd_{UNKNOWN}"'
    )
    return given.replace('link: "x"', 'link: "https://x.example/1"')


async def ids_of(connection: Any) -> dict[str, list[str]]:
    """A few ids of every kind of row, of everybody's."""
    found = {}
    for prefix, table in PREFIXED.items():
        rows = await connection.fetch(f"select id from {table} order by md5(id::text) limit 24")
        found[prefix] = [id_text(prefix, row["id"]) for row in rows]
    return found


async def answers(front: Front, party: Party, operations: list[Operation]) -> AsyncIterator[tuple[Operation, bytes]]:
    """Every answer as it is sent, its status before it; pages are walked to their end."""
    for document, variables in operations:
        answer = await front.raw(party, document, **variables)
        yield (document, variables), f"{answer.status} ".encode() + answer.body
    for order in ORDERS:
        walk = (
            "query W($a: String, $o: ApprenticeOrder!) { apprentices(first: 2, after: $a, orderBy: $o)"
            " { totalCount pageInfo { hasNextPage endCursor } edges { cursor node { id } } } }"
        )
        async for each in _walked(front, party, walk, "apprentices", {"o": order}):
            yield each
    walk = (
        "query E($a: String) { events(first: 7, after: $a) { totalCount pageInfo { hasNextPage endCursor }"
        " edges { cursor node { id type at requirement reason component method on apprentice { id } } } } }"
    )
    async for each in _walked(front, party, walk, "events", {}):
        yield each


async def _walked(
    front: Front, party: Party, walk: str, name: str, variables: dict[str, Any]
) -> AsyncIterator[tuple[Operation, bytes]]:
    after = None
    for _ in range(60):
        answer = await front.raw(party, walk, a=after, **variables)
        yield (walk, {**variables, "a": after}), f"{answer.status} ".encode() + answer.body
        info = orjson.loads(answer.body)["data"][name]["pageInfo"]
        if not info["hasNextPage"]:
            return
        after = info["endCursor"]
    raise AssertionError("a page without end")


async def bytes_of(front: Front, party: Party, operations: list[Operation]) -> list[tuple[Operation, bytes]]:
    """All answers."""
    return [each async for each in answers(front, party, operations)]


def differing(one: list[tuple[Operation, bytes]], other: list[tuple[Operation, bytes]]) -> list[tuple[Operation, bytes, bytes]]:
    """The operations whose answers differ in any byte."""
    assert len(one) == len(other)
    return [(a[0], a[1], b[1]) for a, b in zip(one, other, strict=True) if a != b]


def told_apart(found: list[tuple[Operation, bytes, bytes]]) -> str:
    """The first difference, short enough to read."""
    if not found:
        return ""
    (document, variables), one, other = found[0]
    place = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    shown = slice(max(0, place - 150), place + 150)
    return f"{len(found)} differ; {document[:200]} {variables}\n{one[shown]!r}\n{other[shown]!r}"


def digest(found: list[tuple[Operation, bytes]]) -> str:
    """One number for many answers."""
    return hashlib.sha256(b"\n".join(body for _, body in found)).hexdigest()


def foreign_to(land: Land, party: Party) -> list[str]:
    """The ids of the apprentices a party may not see."""
    return [id_text("apr", apprentice_of(land, name)) for name in land.stories if land.reach(party, name) is None]
