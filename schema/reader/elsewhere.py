"""The root fields that read no rows (introspection above all), answered by graphql-core."""

from collections.abc import Mapping, Sequence
from inspect import isawaitable
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    execute,
)

from schema.reader.document import Operation, Refused


async def elsewhere(
    schema: GraphQLSchema,
    operation: Operation,
    nodes: Sequence[FieldNode],
    variables: Mapping[str, Any] | None,
    context: Any,
) -> dict[str, Any]:
    """The data of some root fields of an operation; errors there refuse the whole."""
    whole = operation.node
    part = OperationDefinitionNode(
        operation=whole.operation,
        name=whole.name,
        variable_definitions=whole.variable_definitions,
        directives=(),
        selection_set=SelectionSetNode(selections=tuple(nodes)),
    )
    document = DocumentNode(definitions=(part, *operation.document.fragments.values()))
    result: Any = execute(schema, document, variable_values=dict(variables or {}), context_value=context)
    if isawaitable(result):
        result = await result
    if result.errors:
        raise Refused(result.errors)
    data: dict[str, Any] = result.data
    return data


def merged(keys: Sequence[str], body: bytes, other: Mapping[str, Any]) -> bytes:
    """One JSON object with the keys of both in the operation's order."""
    found = {**orjson.loads(body), **other}
    return orjson.dumps({key: found[key] for key in keys})
