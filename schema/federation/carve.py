"""Carves one schema into that of some nouns: their own fields, the values they use, and stubs of the others' entities."""

import re
from collections.abc import Collection
from functools import cache
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
)

from schema.assembly import build
from schema.federation.doors import entity_door, service_door
from schema.federation.ownership import WHOLE, keys_of, owner_of_field, owner_of_type
from schema.federation.sdl import subgraph_sdl
from schema.reader.catalogue import READS, rows_of, source_of
from schema.reader.kinds import DEFINITION, One, Pointer

BY_KEY = re.compile(r"\{(\w+)\}\.id = (.+)")


def subgraph(nouns: Collection[str] = WHOLE) -> GraphQLSchema:
    """The hub's own schema as these nouns serve it, all four when none is named."""
    return carve(build()._schema, nouns)


def carve(whole: GraphQLSchema, nouns: Collection[str]) -> GraphQLSchema:
    """The schema of some nouns, or of all, with the two doors through which a router enters a subgraph."""
    return _Carving(whole, nouns).schema()


class _Carving:
    """One carve: every object type is made anew, all other types are the whole's own."""

    def __init__(self, whole: GraphQLSchema, nouns: Collection[str]):
        self._whole, self._nouns = whole, frozenset(nouns)
        self._made: dict[str, GraphQLObjectType] = {}

    def schema(self) -> GraphQLSchema:
        """The carved schema."""
        every = [
            kind
            for kind in self._whole.type_map.values()
            if isinstance(kind, GraphQLObjectType) and DEFINITION in kind.extensions
        ]
        entities = [self._object(kind) for kind in every if keys_of(kind) and self._owns(kind)]
        query = self._root(self._whole.query_type)
        assert query is not None
        query.fields["_entities"] = entity_door(self._whole, entities)
        query.fields["_service"] = service_door(cache(lambda: subgraph_sdl(schema)))
        schema = GraphQLSchema(
            query,
            self._root(self._whole.mutation_type),
            self._root(self._whole.subscription_type),
            types=[*entities, *self._stubs_of_node(every, query)],
            directives=self._whole.directives,
            description=self._whole.description,
        )
        return schema

    def _owns(self, kind: GraphQLObjectType) -> bool:
        owner = owner_of_type(kind)
        # The entity that all nouns share is declared in no noun's folder.
        return owner is None or owner in self._nouns

    def _root(self, kind: GraphQLObjectType | None) -> GraphQLObjectType | None:
        made = self._object(kind) if kind is not None else None
        return made if made is not None and (made.fields or made.name == "Query") else None

    def _stubs_of_node(self, every: list[GraphQLObjectType], query: GraphQLObjectType) -> list[GraphQLObjectType]:
        """Whatever `node` may find: a noun that answers it knows every entity by its id."""
        return [self._object(kind) for kind in every if kind.interfaces] if "node" in query.fields else []

    def _object(self, kind: GraphQLObjectType) -> GraphQLObjectType:
        if kind.name not in self._made:
            self._made[kind.name] = GraphQLObjectType(
                kind.name,
                lambda: self._fields(kind),
                kind.interfaces,
                description=kind.description,
                extensions={**kind.extensions, "stub": not self._owns(kind)},
            )
        return self._made[kind.name]

    def _fields(self, kind: GraphQLObjectType) -> dict[str, GraphQLField]:
        return {name: self._field(each) for name, each in kind.fields.items() if self._keeps(kind, name)}

    def _keeps(self, kind: GraphQLObjectType, name: str) -> bool:
        if not self._owns(kind):
            if not keys_of(kind):
                raise LookupError(f"{kind.name} belongs to a noun that others cannot reach: it has no id.")
            return name in keys_of(kind)
        owner = owner_of_field(kind, name)
        return owner is None or owner in self._nouns

    def _field(self, field: GraphQLField) -> GraphQLField:
        kind = self._wrapped(field.type)
        extensions: dict[str, Any] = dict(field.extensions)
        named = kind
        while isinstance(named, GraphQLList | GraphQLNonNull):
            named = named.of_type
        if isinstance(named, GraphQLObjectType) and named.extensions["stub"]:
            extensions[READS] = _pointer(field, named)
        return GraphQLField(
            kind,
            field.args,
            description=field.description,
            deprecation_reason=field.deprecation_reason,
            extensions=extensions,
        )

    def _wrapped(self, kind: Any) -> Any:
        if isinstance(kind, GraphQLList | GraphQLNonNull):
            return type(kind)(self._wrapped(kind.of_type))
        return self._object(kind) if isinstance(kind, GraphQLObjectType) else kind


def _pointer(field: GraphQLField, kind: GraphQLObjectType) -> Pointer:
    """How a field says which of another noun's objects it means, without reading that noun's table."""
    source = source_of(field)
    found = BY_KEY.fullmatch(source.on) if isinstance(source, One) else None
    if found is None or found[1] != rows_of(kind).alias:
        raise LookupError(f"A field that leads to {kind.name} of another noun must find it by its id alone.")
    return Pointer(found[2])
