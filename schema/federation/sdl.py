"""A subgraph's own description in the schema language, with the directives that a composition reads."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    ConstDirectiveNode,
    FieldDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    parse,
    print_ast,
    print_schema,
)

from hub.slices.fields import FIELDS
from schema.federation.ownership import VALUES, keys_of

LINK = """extend schema
  @link(
    url: "https://specs.apollo.dev/federation/v2.9"
    import: ["@key", "@shareable", "@authenticated", "@requiresScopes"]
  )
"""
DOORS = frozenset({"_entities", "_service"})
OF_DOORS = frozenset({"_Any", "_Entity", "_Service"})


def subgraph_sdl(schema: GraphQLSchema) -> str:
    """The description of a carved schema: keys, stubs, the values that several subgraphs hold, the scope of each field."""
    definitions = parse(print_schema(schema), no_location=True).definitions
    shown = [_described(schema, each) for each in definitions if not _of_doors(each)]
    return "\n\n".join([LINK.strip(), *(print_ast(each) for each in shown if each is not None)]) + "\n"


def _of_doors(node: Any) -> bool:
    return not isinstance(node, SchemaDefinitionNode) and node.name.value in OF_DOORS


def _described(schema: GraphQLSchema, node: Any) -> Any:
    if not isinstance(node, ObjectTypeDefinitionNode):
        return node
    kind = schema.type_map[node.name.value]
    assert isinstance(kind, GraphQLObjectType)
    fields = tuple(_field(kind.name, each) for each in node.fields or () if each.name.value not in DOORS)
    if not fields:
        return None
    return ObjectTypeDefinitionNode(
        name=node.name,
        description=node.description,
        interfaces=node.interfaces,
        directives=_directives(" ".join(_of_type(schema, kind))),
        fields=fields,
    )


def _of_type(schema: GraphQLSchema, kind: GraphQLObjectType) -> Iterator[str]:
    if kind in (schema.query_type, schema.mutation_type, schema.subscription_type):
        return
    for key in keys_of(kind):
        if key in kind.fields:
            yield f'@key(fields: "{key}"{", resolvable: false" if kind.extensions["stub"] else ""})'
    if kind.name in VALUES:
        yield "@shareable"


def _field(type_: str, node: FieldDefinitionNode) -> FieldDefinitionNode:
    scope = FIELDS[type_, node.name.value].scope
    said = _directives(f'@requiresScopes(scopes: [["{scope}"]])' if scope is not None else "@authenticated")
    return FieldDefinitionNode(
        name=node.name,
        description=node.description,
        arguments=node.arguments,
        type=node.type,
        directives=(*(node.directives or ()), *said),
    )


def _directives(text: str) -> tuple[ConstDirectiveNode, ...]:
    """Directives as they are written."""
    definition = parse(f"type T {text} {{ f: Int }}", no_location=True).definitions[0]
    assert isinstance(definition, ObjectTypeDefinitionNode)
    return definition.directives or ()
