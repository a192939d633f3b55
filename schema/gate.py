"""The field lock: one check of an operation before it runs, by its document alone, refusing what has no row in the slices."""

from collections.abc import Iterator

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    visit,
)

from hub.errors import Problem
from hub.slices.fields import FIELDS
from hub.viewer import PartyKind, Viewer

Coordinates = frozenset[tuple[str, str]]


def coordinates(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> Coordinates:
    """Every (type, field) that an operation can select, its fragments included; introspection left aside."""
    info = TypeInfo(schema)
    found = _Fields(info)
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode) or definition is operation:
            visit(definition, TypeInfoVisitor(info, found))
    return frozenset(found.seen)


class _Fields(Visitor):
    def __init__(self, info: TypeInfo):
        super().__init__()
        self.info = info
        self.seen: set[tuple[str, str]] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self.info.get_parent_type()
        if parent is not None and not node.name.value.startswith("__"):
            named = get_named_type(parent)
            if not named.name.startswith("__"):
                self.seen.add((named.name, node.name.value))


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


def admits(asked: Coordinates, viewer: Viewer) -> tuple[Problem, ...]:
    """The refusals for one viewer; none means the operation may run."""
    return refusals(asked, viewer.kind, viewer.scopes)
