"""The way from an operation's variables to the value of one argument, found once and walked on every request."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_named_type,
    is_non_null_type,
)
from graphql.execution.values import VariableValues
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal

from hub.errors import HubError
from hub.viewer import Viewer
from schema.reader.catalogue import Slot
from schema.reader.cursor import Seal

Way = Callable[[Mapping[str, Any]], Any]


class Run:
    """What one execution binds: coerced variables, values handed over, and the mark under which cursors and boxes are left."""

    __slots__ = ("given", "nonce", "seal", "values", "viewer")

    def __init__(self, values: Mapping[str, Any], given: Mapping[str, Any], viewer: Viewer, seal: Seal, nonce: str = ""):
        self.values = values
        self.viewer = viewer
        self.given = given
        self.seal = seal
        self.nonce = nonce


def way_to(slot: Slot, arguments: Mapping[str, GraphQLArgument], node: FieldNode) -> Way:
    """The way to the value in a slot of a field as it stands in a document; Undefined at its end means not given."""
    declared = arguments[slot.argument]
    found = next((each.value for each in node.arguments or () if each.name.value == slot.argument), None)
    if slot.field is None:
        return _way(declared, found)
    inner: GraphQLInputObjectType = get_named_type(declared.type)  # type: ignore[assignment]  # a slot within an argument is one of an input
    if isinstance(found, ObjectValueNode):
        value = next((each.value for each in found.fields if each.name.value == slot.field), None)
        return _way(inner.fields[slot.field], value)
    return _inside(_way(declared, found), slot.field)


def is_given(way: Way, values: Mapping[str, Any]) -> bool:
    """Whether the way ends at a value that is neither absent nor null."""
    return way(values) not in (None, Undefined)


def plain(value: Any) -> Any:
    """A coerced value as it is bound: enum members become their values."""
    if isinstance(value, Enum):
        return value.value
    return [plain(each) for each in value] if isinstance(value, list) else value


def _inside(outer: Way, name: str) -> Way:
    def walk(values: Mapping[str, Any]) -> Any:
        found = outer(values)
        return found.get(name, Undefined) if isinstance(found, dict) else Undefined

    return walk


def _way(declared: GraphQLArgument | GraphQLInputField, node: ValueNode | None) -> Way:
    default = coerce_default_value(declared)
    if node is None:
        return lambda _: default
    if isinstance(node, VariableNode):
        return _variable(node.name.value, default, required=is_non_null_type(declared.type))
    if _holds_variable(node):
        return _literal(node, declared)
    fixed = coerce_input_literal(node, declared.type)
    return lambda _: fixed


def _variable(name: str, default: Any, *, required: bool) -> Way:
    def walk(values: Mapping[str, Any]) -> Any:
        found = values.get(name, default)
        if found is None and required:
            raise HubError("ARGUMENT_INVALID", "A null was given where a value is needed.", field=name)
        return found

    return walk


def _literal(node: ValueNode, declared: GraphQLArgument | GraphQLInputField) -> Way:
    def walk(values: Mapping[str, Any]) -> Any:
        found = coerce_input_literal(node, declared.type, VariableValues({}, dict(values)))
        if found is Undefined:
            raise HubError("ARGUMENT_INVALID", "A null was given where a value is needed.")
        return found

    return walk


def _holds_variable(node: ValueNode) -> bool:
    if isinstance(node, ListValueNode):
        return any(_holds_variable(each) for each in node.values)
    if isinstance(node, ObjectValueNode):
        return any(_holds_variable(each.value) for each in node.fields)
    return isinstance(node, VariableNode)
