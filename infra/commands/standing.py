"""Values that stand in for the variables an operation needs, where only their types matter."""

from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    type_from_ast,
)

PLAIN: dict[str, Any] = {"Int": 1, "Float": 1.0, "Boolean": True, "Date": "2026-01-01", "ULN": "9900000001"}


def stand_ins(schema: GraphQLSchema, operation: OperationDefinitionNode) -> dict[str, Any]:
    """A value for every variable that must have one."""
    found = {}
    for definition in operation.variable_definitions or ():
        kind = type_from_ast(schema, definition.type)
        if isinstance(kind, GraphQLNonNull) and definition.default_value is None:
            found[definition.variable.name.value] = _value(kind)
    return found


def _value(kind: GraphQLInputType) -> Any:
    if isinstance(kind, GraphQLNonNull):
        return _value(kind.of_type)
    if isinstance(kind, GraphQLList):
        return [_value(kind.of_type)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        needed = {name: field for name, field in kind.fields.items() if isinstance(field.type, GraphQLNonNull)}
        return {name: _value(field.type) for name, field in needed.items()}
    return PLAIN.get(kind.name, "text")
