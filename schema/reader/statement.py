"""Writes the SQL of one selection: every object a text made of its fields, every value a bind."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    SelectionSetNode,
    Undefined,
    get_named_type,
)

from schema.reader.arguments import Run, Way, is_given, plain, way_to
from schema.reader.catalogue import Catalogue, is_object, slots_of, source_of
from schema.reader.kinds import Asked, Box, Source, Where
from schema.reader.objects import object_of, quoted
from schema.reader.opening import Want, marked
from schema.reader.scope import Scope, pieces
from schema.reader.selection import Selection, subselections

Maker = Callable[[Run], Any]


@dataclass(frozen=True, slots=True)
class Bound:
    """The value at hand of an expression: where it comes from, and how it is read."""

    key: Hashable
    way: Way
    read: Callable[[Any], Any] | None = None

    def make(self, run: Run) -> Any:
        """The value to bind."""
        found = self.way(run.values)
        value = None if found is Undefined else plain(found)
        return self.read(value) if self.read and value is not None else value


@dataclass(frozen=True, slots=True)
class Place:
    """A field as it stands in an operation: its parent type and row, its merged nodes."""

    kind: GraphQLObjectType
    scope: Scope
    field: GraphQLField
    nodes: Sequence[FieldNode]

    @property
    def name(self) -> str:
        """The coordinate of the field in the schema."""
        return f"{self.kind.name}.{self.nodes[0].name.value}"

    @property
    def key(self) -> Hashable:
        """What tells this field's binds from others: one node of a fragment may stand for fields of several types."""
        return id(self.nodes[0]), self.name

    @property
    def sets(self) -> list[SelectionSetNode]:
        """What is selected of the field's object."""
        return subselections(self.nodes)

    def way(self, name: str) -> Way:
        """The way to an argument, or a field of an input object, by its Python name."""
        return way_to(slots_of(self.field)[name], self.field.args, self.nodes[0])


class Statement:
    """One statement in the making: its binds, its aliases, the orders its cursors are bound to, what it leaves sealed."""

    def __init__(
        self,
        catalogue: Catalogue,
        selection: Selection,
        values: Mapping[str, Any],
        writers: "Mapping[type, Writer]",
        *,
        first: int = 1,
        seals: bool = True,
    ):
        self._writers = writers
        self.catalogue = catalogue
        self.selection = selection
        self.values = values
        self.marked = False
        self.seals = seals
        self.makers: list[tuple[Maker, bool]] = []
        self.orders: list[bytes] = []
        self.wants: list[Want] = []
        self._numbers: dict[Hashable, int] = {}
        self._next = first
        self._names: Counter[str] = Counter()

    def name(self, base: str) -> str:
        """A fresh SQL alias."""
        self._names[base] += 1
        return f"{base}_{self._names[base]}"

    def bind(self, key: Hashable, maker: Maker, width: int = 0) -> int:
        """The number of a bind, the same for the same key; with a `width` the maker gives that many values in a row."""
        if key not in self._numbers:
            self.makers.append((maker, width > 0))
            self._numbers[key] = self._next
            self._next += width or 1
        return self._numbers[key]

    def object(self, kind: GraphQLObjectType, scope: Scope, sets: Sequence[SelectionSetNode]) -> str:
        """The JSON of one object."""
        rows, subject = self.catalogue.rows(kind), ""
        if rows.subject and rows is scope.rows and scope.mark():
            self.marked = True
            subject = self.write(rows.subject, scope)
        fields = self.selection.fields(kind, sets)
        return object_of([(key, self.field(kind, scope, nodes)) for key, nodes in fields.items()], subject)

    def field(self, kind: GraphQLObjectType, scope: Scope, nodes: Sequence[FieldNode]) -> str:
        """The JSON of one field, or null."""
        name = nodes[0].name.value
        if name == "__typename":
            return f"'\"{kind.name}\"'"
        place = Place(kind, scope, kind.fields[name], nodes)
        source = source_of(place.field)
        if source is None:
            raise LookupError(f"{place.name} does not say what it reads")
        return self._writers[type(source)](self, place, source)

    def write(self, template: str, scope: Scope, place: Place | None = None, value: Bound | None = None) -> str:
        """An expression with its placeholders filled in."""
        found = []
        for text, name, cast in pieces(template):
            found.append(text)
            if name and cast:
                found.append(f"${self._bound(name, cast, place, value)}::{cast}")
            elif name:
                found.append(scope.resolve(name))
        return "".join(found)

    def where(
        self,
        place: Place,
        scope: Scope,
        on: str,
        filters: Mapping[str, Where],
        asked: Mapping[str, Asked] | None = None,
    ) -> str:
        """The WHERE clause of a row source: its own condition and those of the values given."""
        found = [self.write(on, scope, place)] if on else []
        conditions = {**filters, **{name: each.where for name, each in (asked or {}).items()}}
        for name, each in conditions.items():
            way = place.way(name)
            if each.sql and is_given(way, self.values):
                bound = Bound((place.key, name), way, each.read)
                found.append(self.write(each.sql, scope, place, bound))
        return " where " + " and ".join(f"({each})" for each in found) if found else ""

    def marker(self, order: bytes, keys: Sequence[str]) -> str:
        """Where a cursor goes: its keys under this run's mark, sealed when the statement has been answered."""
        if order not in self.orders:
            self.orders.append(order)
        mark = self.bind("nonce", lambda run: run.nonce)
        shown = f"encode(convert_to(jsonb_build_array({', '.join(keys)})::text, 'UTF8'), 'hex')"
        return quoted(f"${mark}::text || '{self.orders.index(order)}:' || {shown}")

    def sealed(self, box: Box, name: str) -> str:
        """Where a sealed value goes: its box under this run's mark, opened when the statement has been answered."""
        want = (box.table, name)
        if want not in self.wants:
            self.wants.append(want)
        return quoted(marked(self.bind("nonce", lambda run: run.nonce), self.wants.index(want), box))

    def inner(self, place: Place) -> GraphQLObjectType:
        """The object type of a field."""
        kind = get_named_type(place.field.type)
        if not is_object(kind):
            raise LookupError(f"{place.name} is not of an object type")
        return kind

    def _bound(self, name: str, cast: str, place: Place | None, value: Bound | None) -> int:
        if name == "value" and value is not None:
            return self.bind((value.key, cast), value.make)
        owner, _, rest = name.partition(".")
        if owner == "arg" and place is not None:
            bound = Bound((place.key, rest), place.way(rest), _reader(source_of(place.field), rest))
            return self.bind((bound.key, cast), bound.make)
        if owner == "given":
            return self.bind((name, cast), _handed(rest, as_json=cast == "jsonb"))
        if owner == "viewer":
            return self.bind((name, cast), _of_viewer(rest))
        raise LookupError(f"nothing is named {name}")


Writer = Callable[[Statement, Place, Any], str]


def _reader(source: Source | None, name: str) -> Callable[[Any], Any] | None:
    declared: Mapping[str, Asked] = {**getattr(source, "by", {}), **getattr(source, "arguments", {})}
    return declared[name].read if name in declared else None


def _of_viewer(name: str) -> Maker:
    def make(run: Run) -> Any:
        found = getattr(run.viewer, name)
        return sorted(found) if isinstance(found, frozenset) else found

    return make


def _handed(name: str, *, as_json: bool) -> Maker:
    if as_json:
        return lambda run: orjson.dumps(run.given[name]).decode()
    return lambda run: run.given[name]


def rows_in(statement: Statement, kind: GraphQLObjectType, outer: Scope, on: str) -> Scope:
    """The rows of a type under a field: of its own table, or of the set it stands in."""
    rows = statement.catalogue.rows(kind)
    if outer.set_name and not on:
        return Scope(rows, statement.name, outer.outer, outer.set_name)
    return Scope(rows, statement.name, outer)
