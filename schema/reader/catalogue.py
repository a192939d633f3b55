"""What a Strawberry schema declares to the reader, looked up by GraphQL type and field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from schema.reader.kinds import DEFINITION, Entities, Join, NodeById, Page, Rows, Source
from schema.reader.sources import METADATA

READS = "reads"
"""The extension in which a field that no Strawberry class declares says what it reads."""
NO_ROWS = Rows("", "")


@dataclass(frozen=True, slots=True)
class Slot:
    """An argument, or a field of an argument that is an input object: the way to a value of the operation."""

    argument: str
    field: str | None = None


class Catalogue:
    """The sources of every field and the rows of every type of one schema."""

    def __init__(self, schema: GraphQLSchema):
        self.schema = schema
        self._rows: dict[str, Rows] = {}
        for name, kind in schema.type_map.items():
            if isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
                self._rows[name] = rows_of(kind)
        self.node_fields = frozenset[str]()
        self.sort_types = frozenset[str]()
        self.entity_keys = frozenset[tuple[str, str]]()
        for kind in schema.type_map.values():
            if isinstance(kind, GraphQLObjectType):
                self._steering(kind)
        self.prefixes = {rows.prefix: name for name, rows in self._rows.items() if rows.prefix}

    def _steering(self, kind: GraphQLObjectType) -> None:
        for name, field in kind.fields.items():
            source = source_of(field)
            if isinstance(source, NodeById):
                self.node_fields |= {name}
            if isinstance(source, Entities):
                self.entity_keys |= {(type_, key) for type_, entity in source.known.items() for key in entity.by}
            if isinstance(source, Page):
                argument = slots_of(field).get("order_by")
                if argument:
                    self.sort_types |= {get_named_type(field.args[argument.argument].type).name}

    def named(self, representations: Any) -> frozenset[tuple[str, str]]:
        """Which types one or several representations name, and by which keys: what the SQL depends on of them."""
        listed = representations if isinstance(representations, list) else [representations]
        sent = [each for each in listed if isinstance(each, dict)]
        return frozenset(known for known in self.entity_keys if any(_names(each, *known) for each in sent))

    def rows(self, kind: GraphQLObjectType) -> Rows:
        """Where the objects of a type come from, with every join its folders bring."""
        return self._rows[kind.name]

    def silent(self) -> list[str]:
        """The coordinates of fields of other than root types that say nothing of what they read: it should be none."""
        roots = {self.schema.query_type, self.schema.mutation_type, self.schema.subscription_type}
        return [
            f"{kind.name}.{name}"
            for kind in self.schema.type_map.values()
            if isinstance(kind, GraphQLObjectType) and kind not in roots and not kind.name.startswith("_")
            for name, field in kind.fields.items()
            if source_of(field) is None
        ]

    def of_prefix(self, prefix: str, interface: object) -> GraphQLObjectType | None:
        """The type whose ids start with a prefix, when it is one of an interface's."""
        kind = self.schema.get_type(self.prefixes.get(prefix, ""))
        if isinstance(kind, GraphQLObjectType) and isinstance(interface, GraphQLInterfaceType):
            return kind if self.schema.is_sub_type(interface, kind) else None
        return None


def _names(representation: Mapping[str, Any], type_: str, key: str) -> bool:
    return representation.get("__typename") == type_ and key in representation


def source_of(field: GraphQLField) -> Source | None:
    """What a field reads, or None when graphql-core answers it."""
    if READS in field.extensions:
        said: Source = field.extensions[READS]
        return said
    definition = field.extensions.get(DEFINITION)
    found: Source | None = definition.metadata.get(METADATA) if definition is not None else None
    return found


def slots_of(field: GraphQLField) -> Mapping[str, Slot]:
    """Every argument of a field, and every field of its input objects, by Python name.

    A field of an input has the argument's name before its own, for the field may have an argument called as it is; that
    of any but a oneOf input is also found by its own name alone.
    """
    found: dict[str, Slot] = {}
    for name, argument in field.args.items():
        found[_python_name(argument, name)] = Slot(name)
        inner = get_named_type(argument.type)
        if isinstance(inner, GraphQLInputObjectType):
            for key, each in inner.fields.items():
                found[f"{_python_name(argument, name)}.{_python_name(each, key)}"] = Slot(name, key)
                if not inner.is_one_of:
                    found.setdefault(_python_name(each, key), Slot(name, key))
    return found


def is_object(kind: object) -> TypeGuard[GraphQLObjectType]:
    """Whether a type is an object type, so that a field of it has a selection of its own."""
    return isinstance(kind, GraphQLObjectType)


def _python_name(declared: GraphQLArgument | Any, name: str) -> str:
    definition = declared.extensions.get(DEFINITION)
    return definition.python_name if definition is not None else name


def rows_of(kind: GraphQLObjectType) -> Rows:
    """Where the objects of a type come from, as its classes declare it."""
    definition = kind.extensions.get(DEFINITION)
    if definition is None:
        return NO_ROWS
    origin: type = (definition.concrete_of or definition).origin
    base: Rows = getattr(origin, "__reader_rows__", NO_ROWS)
    joins: dict[str, Join] = dict(base.joins)
    for cls in origin.__mro__:
        joins.update(vars(cls).get("__reader_joins__", {}))
    return Rows(base.table, base.alias, base.key, base.prefix, joins, base.subject)
