"""Documents parsed and validated once, and what of a request's variables decides the SQL of their operations."""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from itertools import count
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    OperationDefinitionNode,
    Undefined,
    ValidationRule,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_named_type,
    get_nullable_type,
    is_non_null_type,
    parse,
    type_from_ast,
    validate,
    visit,
)
from graphql.execution.values import get_variable_values
from graphql.utilities.coerce_input_value import coerce_input_literal, coerce_input_value

from schema.reader.catalogue import Catalogue

Parser = Callable[[str], DocumentNode]
Shaper = Callable[[Any], Any]
ANY = "_Any"
ABSENT, NULL, GIVEN = 0, 1, 2
_serials = count(1)


class Refused(Exception):
    """A request that is not a valid operation of the schema, with GraphQL's own errors."""

    def __init__(self, errors: Iterable[GraphQLError]):
        self.errors = list(errors)
        super().__init__("; ".join(each.message for each in self.errors))


class Operation:
    """One operation of a document: how its variables are coerced, and which of them steer its SQL."""

    def __init__(self, catalogue: Catalogue, document: "Document", node: OperationDefinitionNode):
        self.serial = next(_serials)
        self.document = document
        self.node = node
        self._schema = catalogue.schema
        self._variables: list[tuple[str, Any, Any, bool]] = []
        self._shapers: list[tuple[str, Shaper]] = []
        for each in node.variable_definitions or ():
            self._declare(catalogue, each)

    def coerce(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The coerced variables of a request; `Refused` when they do not fit."""
        found = {}
        for name, kind, default, required in self._variables:
            if name in variables:
                value = self._value(variables[name], kind)
                if value is Undefined:
                    return self._slowly(variables)
                found[name] = value
            elif default is not Undefined:
                found[name] = default
            elif required:
                return self._slowly(variables)
        return found

    def shape(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Everything about the variables that the SQL may depend on."""
        return tuple([shaper(values.get(name, Undefined)) for name, shaper in self._shapers])

    def _value(self, value: Any, kind: Any) -> Any:
        try:
            return coerce_input_value(value, kind)
        except RecursionError:
            return Undefined

    def _slowly(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        found = get_variable_values(self._schema, self.node.variable_definitions or (), dict(variables), max_errors=20)
        if isinstance(found, list):
            raise Refused(found)
        return found.coerced

    def _declare(self, catalogue: Catalogue, node: VariableDefinitionNode) -> None:
        name = node.variable.name.value
        kind: Any = type_from_ast(self._schema, node.type)
        default = coerce_input_literal(node.default_value, kind) if node.default_value else Undefined
        self._variables.append((name, kind, default, is_non_null_type(kind)))
        self._shapers.append((name, self._shaper(catalogue, name, kind)))

    def _shaper(self, catalogue: Catalogue, name: str, kind: GraphQLInputType) -> Shaper:
        inner = get_nullable_type(kind)
        if name in self.document.steering or get_named_type(kind).name in catalogue.sort_types:
            return _itself
        if isinstance(inner, GraphQLInputObjectType):
            return _fields(inner)
        if get_named_type(kind).name == ANY:
            return catalogue.named
        if self.document.finds_nodes and get_named_type(kind).name == "ID":
            return _prefix(catalogue.prefixes)
        return _state


class Document:
    """A parsed and validated document."""

    def __init__(
        self, catalogue: Catalogue, text: str, rules: tuple[type[ValidationRule], ...] | None, parser: Parser | None = None
    ):
        self.text = text
        self.node = (parser or _parsed)(text)
        errors = validate(catalogue.schema, self.node, rules)
        if errors:
            raise Refused(errors)
        steering = _Steering(catalogue)
        visit(self.node, steering)
        self.steering = frozenset(steering.variables)
        self.finds_nodes = steering.finds_nodes
        definitions = self.node.definitions
        self.fragments = {each.name.value: each for each in definitions if isinstance(each, FragmentDefinitionNode)}
        self.operations = [
            Operation(catalogue, self, each) for each in definitions if isinstance(each, OperationDefinitionNode)
        ]

    def operation(self, name: str | None) -> Operation:
        """The operation of this name, or the only one."""
        if name is None and len(self.operations) == 1:
            return self.operations[0]
        for each in self.operations:
            if name is not None and each.node.name and each.node.name.value == name:
                return each
        raise Refused([GraphQLError(f"Unknown operation named '{name}'." if name else "Name the operation to run.")])


class _Steering(Visitor):
    """Finds the variables of @skip and @include, and whether an object is looked up by any id."""

    def __init__(self, catalogue: Catalogue):
        super().__init__()
        self.variables: set[str] = set()
        self.finds_nodes = False
        self._node_fields = catalogue.node_fields

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        """Note a condition's variable."""
        self.variables.update(each.value.name.value for each in node.arguments or () if isinstance(each.value, VariableNode))

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Note a field such as `node`."""
        self.finds_nodes = self.finds_nodes or node.name.value in self._node_fields


def _parsed(text: str) -> DocumentNode:
    try:
        return parse(text, no_location=False)
    except GraphQLError as error:
        raise Refused([error]) from error
    except RecursionError as error:
        raise Refused([GraphQLError("The document is nested too deeply.")]) from error


def _itself(value: Any) -> Any:
    return value.name if isinstance(value, Enum) else value


def _state(value: Any) -> int:
    return ABSENT if value is Undefined else NULL if value is None else GIVEN


def _fields(kind: GraphQLInputObjectType) -> Shaper:
    names = tuple(kind.fields)

    def shape(value: Any) -> Any:
        return tuple([_state(value.get(name, Undefined)) for name in names]) if isinstance(value, dict) else _state(value)

    return shape


def _prefix(known: Mapping[str, str]) -> Shaper:
    def shape(value: Any) -> Any:
        if not isinstance(value, str):
            return _state(value)
        prefix = value.partition("_")[0]
        return prefix if prefix in known else ""

    return shape
