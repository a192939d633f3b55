"""The two fields through which a router enters a subgraph: `_service` says what it is, `_entities` finds its objects."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
)

from schema.federation.ownership import SHARED, keys_of
from schema.reader.catalogue import READS, rows_of, source_of
from schema.reader.kinds import Entities, Entity, One, Where
from schema.reader.sources import identifier

ANY = GraphQLScalarType("_Any", description="An entity by its `__typename` and one of its keys.")


def entity_door(whole: GraphQLSchema, entities: list[GraphQLObjectType]) -> GraphQLField:
    """`_entities`: the objects of some entities by their keys, in the order asked, null for what is not in the slice."""
    kind = GraphQLUnionType("_Entity", entities)
    known = {each.name: _entity(whole, each) for each in entities}
    return GraphQLField(
        GraphQLNonNull(GraphQLList(kind)),
        {"representations": GraphQLArgument(GraphQLNonNull(GraphQLList(GraphQLNonNull(ANY))))},
        description="Objects by their keys, for a router.",
        extensions={READS: Entities(known)},
    )


def service_door(describe: Callable[[], str]) -> GraphQLField:
    """`_service`: this subgraph's own description."""
    kind = GraphQLObjectType("_Service", {"sdl": GraphQLField(GraphQLNonNull(GraphQLString))})
    return GraphQLField(
        GraphQLNonNull(kind), description="What this subgraph is, for a router.", resolve=lambda *_: {"sdl": describe()}
    )


def _entity(whole: GraphQLSchema, kind: GraphQLObjectType) -> Entity:
    rows = rows_of(kind)
    by = {"id": Where(f"{rows.key} = {{value:uuid}}", identifier(rows.prefix))}
    if kind.name != SHARED:
        return Entity(by)
    # By its other keys an apprentice is found as the question `apprentice` finds it.
    assert whole.query_type is not None
    question: Any = source_of(whole.query_type.fields["apprentice"])
    assert isinstance(question, One)
    asked: Mapping[str, Any] = question.by
    return Entity({**by, **{key: asked[key].where for key in keys_of(kind) if key not in by}}, question.order)
