"""The field lock: one check of an operation before it runs, by its document alone, refusing what has no row in the slices."""

from collections.abc import Iterator

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
)

from hub.errors import Problem
from hub.slices.fields import FIELDS
from hub.viewer import PartyKind

Coordinates = frozenset[tuple[str, str]]
Composite = GraphQLObjectType | GraphQLInterfaceType


def coordinates(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> Coordinates:
    """Every (type, field) that an operation can select, its fragments included; introspection left aside.

    A fragment on an interface asks for the fields of the object it stands in.
    """
    walk = _Walk(schema, document)
    root = schema.get_root_type(OperationType(operation.operation))
    walk.enter(operation.selection_set, root)
    while walk.todo:
        selected, kind = walk.todo.pop()
        for each in selected.selections:
            walk.select(each, kind)
    return frozenset(walk.found)


class _Walk:
    """What is still to be looked into, without recursion: a document may nest deeper than Python does."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode):
        self.schema = schema
        self.fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        self.found: set[tuple[str, str]] = set()
        self.todo: list[tuple[SelectionSetNode, Composite]] = []
        self._entered: set[tuple[str, str]] = set()

    def enter(self, selected: SelectionSetNode | None, kind: object) -> None:
        if selected is not None and isinstance(kind, GraphQLUnionType):
            # Whatever is asked of an interface's fields there is asked of every type that may stand there.
            self.todo.extend((selected, each) for each in kind.types)
        elif selected is not None and isinstance(kind, Composite):
            self.todo.append((selected, kind))

    def select(self, each: SelectionNode, kind: Composite) -> None:
        if isinstance(each, FieldNode):
            name = each.name.value
            if not name.startswith("__"):
                self.found.add((kind.name, name))
                self.enter(each.selection_set, get_named_type(kind.fields[name].type) if name in kind.fields else None)
        elif isinstance(each, FragmentSpreadNode):
            fragment = self.fragments[each.name.value]
            within = self._narrowed(kind, fragment.type_condition.name.value)
            if within is not None and (each.name.value, within.name) not in self._entered:
                self._entered.add((each.name.value, within.name))
                self.enter(fragment.selection_set, within)
        else:
            condition = getattr(each, "type_condition", None)
            self.enter(getattr(each, "selection_set", None), self._narrowed(kind, condition.name.value) if condition else kind)

    def _narrowed(self, kind: Composite, condition: str) -> Composite | None:
        """What a fragment asks about where this type stands; None when it never applies to it."""
        found = self.schema.get_type(condition)
        if isinstance(kind, GraphQLInterfaceType) and isinstance(found, Composite):
            return found
        return None if isinstance(found, GraphQLObjectType) and found is not kind else kind


def refusals(asked: Coordinates, kind: PartyKind, scopes: frozenset[str]) -> tuple[Problem, ...]:
    """Why an operation is refused as a whole: fields outside the slice first, else scopes that are missing."""
    hidden = sorted(each for each in asked if each not in FIELDS or kind not in FIELDS[each].kinds)
    if hidden:
        return tuple(
            Problem("FIELD_NOT_IN_SLICE", f"{type_}.{field} is not in the slice of this kind of party.", f"{type_}.{field}")
            for type_, field in hidden
        )
    return tuple(_missing(asked, scopes))


def _missing(asked: Coordinates, scopes: frozenset[str]) -> Iterator[Problem]:
    needed: dict[str, str] = {}
    for type_, field in sorted(asked):
        scope = FIELDS[type_, field].scope
        if scope is not None and scope not in scopes:
            needed.setdefault(scope, f"{type_}.{field}")
    for scope, where in sorted(needed.items()):
        yield Problem("SCOPE_MISSING", f"This operation needs the scope {scope}.", where)
