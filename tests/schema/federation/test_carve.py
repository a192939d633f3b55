"""Four subgraphs carved by ownership: together they are the whole, apart each holds its own and stubs of the rest."""

from itertools import combinations

import pytest
from graphql import GraphQLNamedType, GraphQLObjectType, GraphQLSchema, parse, print_type, validate_schema

from hub.slices.rows import NOUNS
from schema.assembly import build
from schema.federation.carve import subgraph
from schema.federation.ownership import VALUES, keys_of
from schema.federation.sdl import subgraph_sdl
from schema.reader.catalogue import Catalogue

WHOLE = build()._schema
CARVES = {noun: subgraph([noun]) for noun in NOUNS}


def own(schema: GraphQLSchema) -> dict[str, GraphQLNamedType]:
    """The types of a schema without introspection and a router's doors."""
    return {name: kind for name, kind in schema.type_map.items() if not name.startswith("_")}


def objects(schema: GraphQLSchema) -> dict[str, GraphQLObjectType]:
    return {name: kind for name, kind in own(schema).items() if isinstance(kind, GraphQLObjectType)}


def coordinates(schema: GraphQLSchema) -> set[tuple[str, str]]:
    """Every field of every object, stubs' ids aside."""
    return {
        (name, field)
        for name, kind in objects(schema).items()
        if not kind.extensions.get("stub")
        for field in kind.fields
        if not field.startswith("_")
    }


@pytest.mark.parametrize("count", range(1, 5))
def test_every_choice_of_nouns_is_a_valid_schema_that_says_what_it_reads(count: int) -> None:
    for nouns in combinations(NOUNS, count):
        schema = subgraph(nouns)
        assert validate_schema(schema) == [], nouns
        assert Catalogue(schema).silent() == [], nouns
        parse(subgraph_sdl(schema))


def test_all_four_in_one_process_are_the_whole_graph() -> None:
    """DESIGN §7: the whole graph in one process is the default; only a router's two doors are added."""
    carved = subgraph()
    assert own(carved).keys() == own(WHOLE).keys()
    for name, kind in own(WHOLE).items():
        made = carved.type_map[name]
        if isinstance(made, GraphQLObjectType):
            made = GraphQLObjectType(
                name,
                {key: each for key, each in made.fields.items() if not key.startswith("_")},
                made.interfaces,
                description=made.description,
            )
        assert print_type(made) == print_type(kind)


def test_every_field_has_one_owner() -> None:
    """DESIGN §7: a field belongs to the folder that declares it; only keys and shared values are in several."""
    held = {noun: coordinates(schema) for noun, schema in CARVES.items()}
    assert set().union(*held.values()) == coordinates(WHOLE)
    for one, other in combinations(NOUNS, 2):
        for type_, field in held[one] & held[other]:
            assert type_ in VALUES or field in keys_of(objects(WHOLE)[type_]), (one, other, type_, field)


def test_the_shared_values_are_those_that_several_subgraphs_hold() -> None:
    roots = {"Query", "Mutation", "Subscription"}
    several = {
        name
        for one, other in combinations(CARVES.values(), 2)
        for name in objects(one).keys() & objects(other).keys()
        if name not in roots and not keys_of(objects(WHOLE)[name])
    }
    assert several == VALUES


def test_a_stub_is_its_keys_and_cannot_be_resolved() -> None:
    """DESIGN §7: the carved SDL holds an entity of another folder as a stub."""
    gateway = CARVES["gateway"]
    stub = objects(gateway)["Organisation"]
    assert stub.extensions["stub"] and list(stub.fields) == ["id"]
    assert 'type Organisation implements Node @key(fields: "id", resolvable: false)' in subgraph_sdl(gateway)
    union = gateway.type_map["_Entity"]
    assert stub not in union.types  # type: ignore[attr-defined]


def test_every_entity_is_found_by_each_of_its_keys_in_the_noun_that_owns_it() -> None:
    keys = set().union(*(Catalogue(schema).entity_keys for schema in CARVES.values()))
    every = {(kind.name, key) for kind in objects(WHOLE).values() for key in keys_of(kind)}
    assert keys == every == Catalogue(subgraph()).entity_keys
    assert {("Apprentice", "id"), ("Apprentice", "uln")} <= set.intersection(
        *(set(Catalogue(schema).entity_keys) for schema in CARVES.values())
    )
