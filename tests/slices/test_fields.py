"""The field lock: every field × party kind × scope, against a matrix copied by hand from requirements d7."""

from typing import Any

import orjson
import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, build_schema, parse

from hub.slices import fields as slices
from hub.slices.acts import ACTS as ACT_SLICES
from hub.slices.events import EVENTS as EVENT_SLICES
from hub.slices.scopes import SCOPES
from hub.viewer import PartyKind
from schema.gate import coordinates, refusals
from tests.slices.asking import Front, field_document, front_of
from tests.slices.fields import ACTS, EVENTS, LETTER, flat
from tests.slices.land import Land
from tests.slices.matrix import KINDS

MATRIX = flat()
# A router's ways in, which stand in no API: tests/schema/federation is about them.
DOORS = {("Query", "_entities"), ("Query", "_service"), ("_Service", "sdl")}
PAYLOAD_FIELDS = "apprentice items replayed errors item nomination decision evidence result outcome client"


@pytest.fixture(scope="module")
async def front(land: Land):
    """The front door over a clone of the land."""
    async with land.clone() as database:
        yield front_of(land, database)


def shown(front: Front) -> dict[tuple[str, str], Any]:
    """Every field the schema declares, introspection aside."""
    return {
        (kind.name, name): field
        for kind in front.schema.type_map.values()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not kind.name.startswith("__")
        for name, field in kind.fields.items()
    }


def told(type_: str, name: str) -> tuple[str, str | None]:
    """The matrix's row of a field; a payload's is its act's."""
    if type_.endswith("Payload"):
        return ACTS[type_[0].lower() + type_[1:].removesuffix("Payload")]
    return MATRIX[type_, name]


def test_every_field_of_the_schema_has_a_row_and_no_row_is_dead(front: Front) -> None:
    """DESIGN §1: no field without its row in the slices, no row without its field."""
    declared = set(shown(front))
    assert declared - set(slices.FIELDS) == set()
    dead = {each for each in set(slices.FIELDS) - declared if not each[0].endswith("Payload")}
    assert dead == DOORS
    written = {type_ for type_, _ in shown(front) if type_.endswith("Payload")}
    assert {type_ for type_, _ in slices.FIELDS if type_.endswith("Payload")} == written
    of_payloads = {name for type_, name in declared if type_.endswith("Payload")}
    assert of_payloads == {name for type_, name in slices.FIELDS if type_.endswith("Payload")} == set(PAYLOAD_FIELDS.split())


def test_every_mutation_has_its_act_row_and_every_act_its_mutation(front: Front) -> None:
    """DESIGN §1: acts, their slices and their fields are the same set, and so are they by hand."""
    mutations = {name for type_, name in shown(front) if type_ == "Mutation"}
    assert mutations == set(ACT_SLICES) == set(ACTS)


def test_d7_every_field_and_scope_is_as_the_matrix_has_it(front: Front) -> None:
    """d7: every (type, field) × kind of party × scope."""
    wrong = []
    for type_, name in shown(front):
        kinds, scope = told(type_, name)
        row = slices.FIELDS[type_, name]
        if {LETTER[kind] for kind in row.kinds} != set(kinds) or row.scope != scope:
            wrong.append((type_, name))
    assert wrong == []


def test_epa_107_events_reach_no_kind_of_party_that_the_matrix_does_not_name() -> None:
    """EPA-107, X-07: event type × party kind by hand; a provider hears no attendance, outcome or re-sit."""
    assert {name: {LETTER[kind] for kind in row} for name, row in EVENT_SLICES.items()} == {
        name: set(kinds) for name, kinds in EVENTS.items()
    }


async def test_d7_every_root_and_apprentice_field_is_refused_or_answered_by_kind(front: Front, land: Land) -> None:
    """d7 through the front door: one document for each field; refused before execution, or answered."""
    problems = []
    for kind in KINDS:
        party = land.parties[kind][0]
        for (type_, name), field in shown(front).items():
            document = field_document(front.schema, type_, name, field)
            if document is None:
                continue
            status, body = await front.ask(party, document)
            may = LETTER[kind] in told(type_, name)[0]
            parents = all(LETTER[kind] in kinds for kinds in front.parents(document, told))
            refused = status == 403 and "data" not in body
            if refused == (may and parents):
                problems.append((kind, type_, name, status))
    assert problems == []


@pytest.mark.parametrize("kind", KINDS)
async def test_scope_missing_is_its_own_answer_and_holds_no_data(front: Front, land: Land, kind: str) -> None:
    """Each scope left out in turn: SCOPE_MISSING with the scope's name, and not a byte of data."""
    party = land.parties[kind][0]
    tried = 0
    for (type_, name), field in shown(front).items():
        kinds, scope = told(type_, name)
        document = field_document(front.schema, type_, name, field)
        if document is None or scope is None or LETTER[kind] not in kinds:
            continue
        if not all(LETTER[kind] in each for each in front.parents(document, told)):
            continue
        status, body = await front.ask(party, document, scopes=SCOPES[PartyKind(kind)] - {scope})
        assert (status, set(body)) == (403, {"errors"}), (type_, name)
        assert scope in {each["message"].split()[-1].rstrip(".") for each in body["errors"]}
        assert {each["extensions"]["code"] for each in body["errors"]} == {"SCOPE_MISSING"}
        tried += 1
    assert tried > 60


async def test_the_refusal_has_the_same_bytes_whether_or_not_the_row_exists(front: Front, land: Land) -> None:
    """DESIGN §2a, §3: a refused field is refused by the document alone."""
    document = "query Q($id: ID!) { apprentice(id: $id) { id results { id grade } } }"
    provider = land.cast["posted"][1]
    asked = [land.stories["posted"].id, land.stories["claimed"].id, "apr_00000000-0000-4000-8000-000000000000", "nonsense"]
    answers = {(await front.raw(provider, document, id=each)).body for each in asked}
    assert len(answers) == 1
    answers = {(await front.raw(provider, document, scopes=frozenset(), id=each)).body for each in asked}
    assert len(answers) == 1


async def test_a_refused_field_refuses_the_whole_operation_however_it_is_hidden(front: Front, land: Land) -> None:
    """d7: aliases, fragments, directives and other operations of the document open nothing."""
    provider = land.cast["posted"][1]
    for document in (
        "{ a: apprentices { b: nodes { c: results { d: grade } } } }",
        "query A { apprentices { ...F } } fragment F on ApprenticeConnection { nodes { ...G } }"
        " fragment G on Apprentice { results { grade } }",
        "{ apprentices { nodes { ... on Apprentice { results { grade } } } } }",
        "{ apprentices { nodes { id results @skip(if: true) { grade } } } }",
        "query Q($x: Boolean = false) { apprentices { nodes { id results @include(if: $x) { grade } } } }",
        "{ viewer { kind } apprentices(first: 0) { nodes { results { __typename } } } }",
        '{ node(id: "res_00000000-0000-4000-8000-000000000000") { ... on Result { grade } } }',
        "{ events { nodes { apprentice { results { id } } } } }",
        "{ cohort { apprentices { nodes { results { breaches { sentence } } } } } }",
        'mutation { setMyReference(input: {apprenticeId: "x"}) { apprentice { results { id } } } }',
    ):
        status, body = await front.ask(provider, document)
        assert status == 403 and set(body) == {"errors"}, document
        assert {each["extensions"]["code"] for each in body["errors"]} == {"FIELD_NOT_IN_SLICE"}, document


async def test_interfaces_are_as_strict_as_their_members(front: Front, land: Land) -> None:
    """What `node` finds needs the scope and the kind of the type the id is of, also for `id` and `__typename` alone."""
    unknown = "00000000-0000-4000-8000-000000000000"
    documents = ("query Q($id: ID!) { node(id: $id) { id } }", "query Q($id: ID!) { node(id: $id) { __typename } }")
    for prefix, type_ in front.prefixes().items():
        kinds, scope = told(type_, "id")
        for kind in KINDS:
            party = land.parties[kind][0]
            for document in documents:
                status, body = await front.ask(party, document, id=f"{prefix}_{unknown}")
                expected = 200 if LETTER[kind] in kinds else 403
                assert status == expected, (kind, prefix, body)
                if scope is not None and expected == 200:
                    less = SCOPES[PartyKind(kind)] - {scope}
                    status, body = await front.ask(party, document, scopes=less, id=f"{prefix}_{unknown}")
                    assert status == 403 and set(body) == {"errors"}, (kind, prefix)
                    literal = document.replace("($id: ID!)", "").replace("$id", f'"{prefix}_{unknown}"')
                    status, body = await front.ask(party, literal, scopes=less)
                    assert status == 403, (kind, prefix)


async def test_an_interface_fragment_inside_an_object_asks_for_the_objects_own_field(front: Front, land: Land) -> None:
    """`... on Node { id }` on a result is a question for Result.id."""
    epao = land.cast["posted"][2]
    document = "mutation { postResult(input: %s) { result { ... on Node { id } } } }"
    given = (
        '{apprenticeId: "x", method: "PD", grade: "PASS", assessor: "A", components: [], by: {reference: "a", name: "b",'
        ' role: "c"}}'
    )
    scopes = frozenset({"grades:write"})
    status, body = await front.ask(epao, document % given, scopes=scopes)
    assert status == 403 and body["errors"][0]["extensions"]["code"] == "SCOPE_MISSING"


def test_a_new_field_without_a_row_is_refused() -> None:
    """Default refuse: what the slices do not name does not exist for anybody."""
    schema = build_schema("type Query { viewer: Viewer apprentices: Int } type Viewer { party: ID secret: String }")
    document = parse("{ viewer { party secret } }")
    asked = coordinates(schema, document, document.definitions[0])
    for kind in PartyKind:
        assert [each.code for each in refusals(asked, kind, frozenset({"apprentices:read"}))][:1] == ["FIELD_NOT_IN_SLICE"]
    only = parse("{ viewer { party } }")
    assert refusals(coordinates(schema, only, only.definitions[0]), PartyKind.EMPLOYER, frozenset()) == ()


@pytest.mark.parametrize("kind", ["apprentice", "regulator"])
async def test_kinds_without_a_slice_are_refused_everything(front: Front, land: Land, kind: str) -> None:
    """A kind of party that no row names may ask for nothing."""
    for (type_, name), field in shown(front).items():
        document = field_document(front.schema, type_, name, field)
        if document is not None:
            status, body = await front.ask(land.parties["employer"][0], document, kind=PartyKind(kind))
            assert status == 403 and set(body) == {"errors"}


def test_the_ceiling_of_scopes_is_what_the_matrix_needs() -> None:
    """A client is never granted a scope that opens nothing to its kind of party, save as the matrix needs it."""
    for kind in KINDS:
        needed = {scope for kinds, scope in MATRIX.values() if scope and LETTER[kind] in kinds}
        assert SCOPES[PartyKind(kind)] == needed


async def test_error_messages_suggest_no_field(front: Front, land: Land) -> None:
    """A misspelt field is refused without naming a field that exists."""
    status, body = await front.ask(land.parties["provider"][0], "{ apprentices { nodes { result } } }")
    assert status == 400 and "results" not in orjson.dumps(body).decode()
