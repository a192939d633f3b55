"""What an operation costs, known before it runs: one point for each object that its answer may hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

from schema.reader.catalogue import Catalogue, source_of
from schema.reader.document import Operation
from schema.reader.entities import MOST
from schema.reader.kinds import Entities, Listed, Many, Page, Part, Source

LIST, ACT = 10, 10
"""Objects a list of a payload is taken to hold; what doing an act costs."""
INTROSPECTION: Mapping[str, int] = {"__schema": 1000, "__type": 50}
Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


@dataclass(frozen=True, slots=True)
class Size:
    """How many objects a variable asks for: `default` when absent or null, never more than `most`.

    `within` names the list that counts in a variable that is an object.
    """

    variable: str
    absent: int
    default: int
    most: int
    within: str | None = None

    def of(self, variables: Mapping[str, Any]) -> int:
        """The number in a request's variables; one that is no number is refused later, and counts as the most."""
        found = variables.get(self.variable, self.absent)
        if self.within is not None:
            found = found.get(self.within) if isinstance(found, dict) else None
        if isinstance(found, list):
            return min(len(found), self.most)
        if found is None:
            return self.default
        return int(max(0, min(found, self.most))) if isinstance(found, int | float) else self.most


Sizes = tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of an operation: a fixed part, and parts that grow with variables that size pages."""

    fixed: int
    growing: tuple[tuple[int, Sizes], ...] = ()

    def of(self, variables: Mapping[str, Any]) -> int:
        """What a request with these variables costs, 1 at least."""
        total = self.fixed
        for part, sizes in self.growing:
            for size in sizes:
                part *= size.of(variables)
            total += part
        return total or 1


def cost_of(catalogue: Catalogue, operation: Operation) -> Cost:
    """The cost of an operation within the limits: one for every object its answer may hold, whatever @skip leaves out.

    A page counts as itself and what it may hold at most; a total counts one; a list without pages counts the most it holds.
    """
    root = catalogue.schema.get_root_type(OperationType(operation.node.operation))
    found = _Walk(catalogue, operation)
    found.enter(operation.node.selection_set, root, _Times(1), _Times(1))
    return found.cost()


@dataclass(frozen=True, slots=True)
class _Times:
    """How often a selection is answered."""

    number: int
    sizes: Sizes = ()

    def by(self, other: "_Times") -> "_Times":
        return _Times(self.number * other.number, self.sizes + other.sizes)


class _Walk:
    """What is still to be counted: selections, how often they are answered, and how many entries their page holds."""

    def __init__(self, catalogue: Catalogue, operation: Operation):
        self._catalogue, self._fragments = catalogue, operation.document.fragments
        self._defaults = {each.variable.name.value: each.default_value for each in operation.node.variable_definitions or ()}
        self._found: dict[Sizes, int] = {}
        self._todo: list[tuple[SelectionSetNode, Composite, _Times, _Times]] = []

    def enter(self, chosen: SelectionSetNode | None, kind: object, times: _Times, entries: _Times) -> None:
        if chosen is not None and isinstance(kind, Composite):
            self._todo.append((chosen, kind, times, entries))

    def cost(self) -> Cost:
        while self._todo:
            chosen, kind, times, entries = self._todo.pop()
            for each in chosen.selections:
                self._select(each, kind, times, entries)
        return Cost(self._found.pop((), 0), tuple((number, sizes) for sizes, number in self._found.items() if number))

    def _select(self, each: SelectionNode, kind: Composite, times: _Times, entries: _Times) -> None:
        if isinstance(each, FieldNode):
            self._field(each, kind, times, entries)
        elif isinstance(each, FragmentSpreadNode):
            fragment = self._fragments[each.name.value]
            self.enter(fragment.selection_set, self._named(fragment.type_condition.name.value), times, entries)
        elif isinstance(each, InlineFragmentNode):
            within = self._named(each.type_condition.name.value) if each.type_condition else kind
            self.enter(each.selection_set, within, times, entries)

    def _named(self, name: str) -> object:
        return self._catalogue.schema.get_type(name)

    def _field(self, node: FieldNode, kind: Composite, times: _Times, entries: _Times) -> None:
        name = node.name.value
        if name.startswith("__") or isinstance(kind, GraphQLUnionType):
            self._add(times, INTROSPECTION.get(name, 0))
            return
        source, inner = source_of(kind.fields[name]), get_named_type(kind.fields[name].type)
        if kind is self._catalogue.schema.mutation_type:
            self._add(times.by(_batch(node, kind.fields[name])), ACT)
        if isinstance(source, Part):
            self._part(source.name, node, inner, times, entries)
        elif isinstance(source, Page):
            self._add(times)
            self.enter(node.selection_set, inner, times, self._first(node, source))
        elif isinstance(inner, Composite):
            inside = times.by(self._length(node, source))
            self._add(inside)
            self.enter(node.selection_set, inner, inside, entries)

    def _part(self, name: str, node: FieldNode, inner: object, times: _Times, entries: _Times) -> None:
        """A part of a connection: its lists hold the entries of the page."""
        if name in ("edges", "nodes"):
            times = times.by(entries)
        if name in ("node", "nodes", "total"):
            self._add(times)
        self.enter(node.selection_set, inner, times, entries)

    def _add(self, times: _Times, number: int = 1) -> None:
        self._found[times.sizes] = self._found.get(times.sizes, 0) + times.number * number

    def _first(self, node: FieldNode, source: Page) -> _Times:
        given = _argument(node, "first")
        if isinstance(given, VariableNode):
            return self._variable(given, source.default, source.maximum)
        size = int(given.value) if isinstance(given, IntValueNode) else source.default
        return _Times(max(0, min(size, source.maximum)))

    def _length(self, node: FieldNode, source: Source | None) -> _Times:
        if not isinstance(source, Entities):
            return _Times(source.most if isinstance(source, Many) else LIST if isinstance(source, Listed) else 1)
        given = _argument(node, "representations")
        if isinstance(given, VariableNode):
            return self._variable(given, 0, MOST)
        return _Times(len(given.values) if isinstance(given, ListValueNode) else MOST)

    def _variable(self, given: VariableNode, default: int, most: int) -> _Times:
        declared = self._defaults.get(given.name.value)
        absent = int(declared.value) if isinstance(declared, IntValueNode) else default
        return _Times(1, (Size(given.name.value, absent, default, most),))


def _batch(node: FieldNode, act: GraphQLField) -> _Times:
    """How many acts a mutation is: one, or the items of its input where its payload answers for each."""
    payload, argument = get_named_type(act.type), act.args.get("input")
    kind = get_named_type(argument.type) if argument is not None else None
    if not (isinstance(payload, GraphQLObjectType) and "items" in payload.fields and isinstance(kind, GraphQLInputObjectType)):
        return _Times(1)
    name = next(key for key, each in kind.fields.items() if isinstance(get_named_type(each.type), GraphQLInputObjectType))
    given = _argument(node, "input")
    if isinstance(given, VariableNode):
        return _Times(1, (Size(given.name.value, 0, 0, MOST, name),))
    listed = next((each.value for each in getattr(given, "fields", ()) if each.name.value == name), None)
    if isinstance(listed, VariableNode):
        return _Times(1, (Size(listed.name.value, 0, 0, MOST),))
    return _Times(len(listed.values) if isinstance(listed, ListValueNode) else 1)


def _argument(node: FieldNode, name: str) -> object:
    return next((each.value for each in node.arguments or () if each.name.value == name), None)
