"""The graph is described everywhere, and the SDL in the repository is the one the code prints."""

from pathlib import Path

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

from hub.acts.all import REGISTRY
from infra.commands.writing import router_files, sdl_files
from schema.assembly import build
from tests.laws.house import ROOT

SCHEMA = build()


WRITTEN = {**sdl_files(), **router_files()}


@pytest.mark.parametrize("path", sorted(WRITTEN), ids=lambda path: str(path.relative_to(ROOT)))
def test_committed_sdl_is_the_printed_one(path: Path) -> None:
    """`hub schema write` brings the files up to date."""
    assert path.read_text() == WRITTEN[path]


def test_everything_has_a_description() -> None:
    bare = []
    for name, kind in SCHEMA._schema.type_map.items():
        if name.startswith("__"):
            continue
        if not kind.description:
            bare.append(name)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            bare += [f"{name}.{key}" for key, each in kind.fields.items() if not each.description]
        if isinstance(kind, GraphQLObjectType):
            arguments = ((key, each.args) for key, each in kind.fields.items())
            bare += [f"{name}.{key}({a})" for key, args in arguments for a, each in args.items() if not each.description]
        if isinstance(kind, GraphQLEnumType):
            bare += [f"{name}.{key}" for key, each in kind.values.items() if not each.description]
    assert bare == []


def test_every_act_is_a_mutation_and_takes_one_input() -> None:
    kind = SCHEMA._schema.mutation_type
    assert kind is not None
    assert set(kind.fields) == set(REGISTRY)
    assert all(list(each.args) == ["input"] for each in kind.fields.values())


def test_input_fields_are_those_of_the_models() -> None:
    """One source: the graph's inputs are made from the acts' models."""
    for known in REGISTRY.values():
        name = known.model.__name__ + "Input"
        kind = SCHEMA._schema.type_map[name]
        assert isinstance(kind, GraphQLInputObjectType)
        aliases = {info.alias or key for key, info in known.model.model_fields.items()}
        assert set(kind.fields) == aliases, name
