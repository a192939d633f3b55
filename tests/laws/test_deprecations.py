"""Issue 3 item 4: whatever is deprecated names what takes its place, by a schema coordinate that exists and is kept."""

import re
from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
)

from schema.federation.carve import subgraph

REASON = re.compile(r"Use `([A-Z_a-z0-9.():]+)`[^`]*\.")


def deprecated(schema: GraphQLSchema) -> dict[str, str]:
    """Every deprecated coordinate with its reason."""
    return {coordinate: reason for coordinate, reason in _members(schema) if reason is not None}


def _members(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{name}.{key}", each.deprecation_reason) for key, each in kind.values.items())
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            yield from ((f"{name}.{key}", each.deprecation_reason) for key, each in kind.fields.items())
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for key, field in kind.fields.items():
                yield from ((f"{name}.{key}({a}:)", each.deprecation_reason) for a, each in field.args.items())


def without_replacement(schema: GraphQLSchema) -> list[str]:
    """The deprecated coordinates whose reason sends nobody anywhere."""
    found, known = deprecated(schema), {coordinate for coordinate, _ in _members(schema)}
    named = {coordinate: REASON.match(reason) for coordinate, reason in found.items()}
    return [each for each, match in named.items() if match is None or match[1] not in known - set(found)]


def test_what_is_deprecated_names_its_replacement() -> None:
    assert without_replacement(subgraph()) == []


def test_the_law_finds_what_breaks_it() -> None:
    schema = build_schema("""
      type Query { a: Int  b: Int @deprecated(reason: "Use `Query.a`, which counts all.")  c(x: Int @deprecated, y: Int): Int
        d: Int @deprecated(reason: "Use `Query.nope`.")  e: Int @deprecated(reason: "Use `Query.b`.")  f: E }
      enum E { OLD @deprecated(reason: "It is old.")  NEW }""")
    assert sorted(without_replacement(schema)) == ["E.OLD", "Query.c(x:)", "Query.d", "Query.e"]
