"""Which fields an object is asked for: fragments spread, conditions judged, equal response keys merged."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)

from hub.errors import HubError

WIDEST = 1600


class Selection:
    """The selections of one operation under the values that steer @skip and @include."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], values: Mapping[str, Any]):
        self._schema = schema
        self._fragments = fragments
        self._values = values

    def fields(self, kind: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """The merged fields by response key; refused when there are more than PostgreSQL puts together."""
        found: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for each in sets:
            self._collect(kind, each, found, seen)
        if len(found) > WIDEST:
            raise HubError("SELECTION_TOO_WIDE")
        return found

    def _collect(
        self, kind: GraphQLObjectType, chosen: SelectionSetNode, found: dict[str, list[FieldNode]], seen: set[str]
    ) -> None:
        for node in chosen.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                found.setdefault(key, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if self._applies(kind, node):
                    self._collect(kind, node.selection_set, found, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                fragment = self._fragments[node.name.value]
                if self._applies(kind, fragment):
                    self._collect(kind, fragment.selection_set, found, seen)

    def _included(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            name = directive.name.value
            if name in ("skip", "include"):
                value: Any = directive.arguments[0].value  # type: ignore[index]  # valid: it has its `if`
                holds = self._values.get(value.name.value) if isinstance(value, VariableNode) else value.value
                if not isinstance(holds, bool):
                    raise HubError("ARGUMENT_INVALID", f"The condition of @{name} is null.", field="if")
                if holds is (name == "skip"):
                    return False
        return True

    def _applies(self, kind: GraphQLObjectType, fragment: InlineFragmentNode | FragmentDefinitionNode) -> bool:
        condition = fragment.type_condition
        if condition is None or condition.name.value == kind.name:
            return True
        other = self._schema.get_type(condition.name.value)
        return is_abstract_type(other) and self._schema.is_sub_type(other, kind)


def subselections(nodes: Sequence[FieldNode]) -> list[SelectionSetNode]:
    """The selection sets of the nodes merged into one field."""
    return [node.selection_set for node in nodes if node.selection_set]
