"""B3: every mutation names a scope, and whoever lacks it is refused at both doors of acts, before anything is looked at."""

from uuid import UUID

import orjson
import pytest
from graphql import GraphQLSchema, build_schema

from hub.acts.act import Outcome
from hub.acts.all import REGISTRY
from hub.acts.engine import Engine
from hub.errors import HubError
from hub.slices.acts import ACTS as SLICES
from hub.slices.fields import FIELDS
from hub.store.plans import load_library
from hub.viewer import PartyKind, Viewer
from schema.assembly import build
from tests.slices.asking import field_document, front_of
from tests.slices.fields import ACTS, LETTER
from tests.slices.land import NOW, Land
from tests.slices.matrix import KINDS
from tests.slices.mutants import SCOPES
from tests.world import SEAL

WRITING = {scope for scope in SCOPES if not scope.endswith(":read")}


def scopeless(schema: GraphQLSchema) -> set[str]:
    """The mutations of a schema for which no scope is declared, as an act and as a field."""
    assert schema.mutation_type is not None
    return {
        name
        for name in schema.mutation_type.fields
        if name not in SLICES
        or SLICES[name].scope not in WRITING
        or ("Mutation", name) not in FIELDS
        or FIELDS["Mutation", name].scope != SLICES[name].scope
    }


def test_b3_no_mutation_without_a_scope() -> None:
    """B3: the build fails when a mutation declares no scope, or a reading one; and such a mutation would be named."""
    assert scopeless(build()._schema) == set()
    broken = build_schema("type Query { a: Int } type Mutation { setMyReference: Int, steal: Int }")
    assert scopeless(broken) == {"steal"}


@pytest.mark.parametrize("kind", KINDS)
async def test_b3_each_act_without_its_scope_is_refused_at_the_door_of_acts(kind: str) -> None:
    """B3: through `act(viewer, name, input)`: each act × each scope missing, and with every scope but its own alone."""

    async def read(_: object, outcome: Outcome) -> Outcome:
        raise AssertionError("a refused act has no outcome")

    engine, tried = Engine(None, load_library(), SEAL, lambda: NOW), 0
    for name in REGISTRY:
        kinds, scope = ACTS[name]
        for given in (frozenset(SCOPES) - {scope}, frozenset(), *(frozenset({each}) for each in SCOPES if each != scope)):
            viewer = Viewer(UUID(int=1), PartyKind(kind), UUID(int=2), "cli", given)
            with pytest.raises(HubError) as refused:
                await engine.do(viewer, name, {}, read)
            expected = "SCOPE_MISSING" if LETTER[kind] in kinds else "FIELD_NOT_IN_SLICE"
            assert refused.value.problem.code == expected, (name, given)
            tried += 1
    assert tried == len(REGISTRY) * (len(SCOPES) + 1)


@pytest.mark.parametrize("kind", KINDS)
async def test_b3_each_act_without_its_scope_is_refused_at_the_front_door(land: Land, kind: str) -> None:
    """B3: through a document: the whole operation is refused, whatever else it asks, and nothing is done."""
    async with land.clone() as database:
        front, party = front_of(land, database), land.parties[kind][0]
        mutations = front.schema.mutation_type.fields
        count = "select (select count(*) from hub.audit) + (select count(*) from hub.outbox)"
        connection = await land.superuser(database)
        before = await connection.fetchval(count)
        for name, declared in mutations.items():
            kinds, scope = ACTS[name]
            document = field_document(front.schema, "Mutation", name, declared)
            assert document is not None
            answer = await front.raw(party, document, scopes=frozenset(SCOPES) - {scope})
            codes = {each["extensions"]["code"] for each in orjson.loads(answer.body)["errors"]}
            assert (answer.status, codes) == (403, {"SCOPE_MISSING" if LETTER[kind] in kinds else "FIELD_NOT_IN_SLICE"}), name
            assert b'"data"' not in answer.body
        assert await connection.fetchval(count) == before
        await connection.close()
