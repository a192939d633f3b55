"""What each kind of source becomes in SQL."""

from graphql import GraphQLObjectType, get_named_type

from hub.errors import HubError
from schema.reader import entities, page
from schema.reader.arguments import is_given
from schema.reader.kinds import (
    Box,
    Column,
    Cursor,
    Entities,
    Listed,
    Many,
    NodeById,
    One,
    Page,
    Part,
    Pointer,
    Same,
    Sealed,
    Subset,
    Where,
)
from schema.reader.objects import all_of, one_of
from schema.reader.scalars import written
from schema.reader.scope import Scope
from schema.reader.sources import identifier
from schema.reader.statement import Place, Statement, Writer, rows_in


def _column(statement: Statement, place: Place, source: Column) -> str:
    place.scope.aggregated = True
    return written(statement.write(source.sql, place.scope, place), place.field.type)


def _sealed(statement: Statement, place: Place, source: Sealed) -> str:
    if place.scope.set_name:
        raise LookupError(f"{place.name} is sealed: it stands in no set")
    clear = written(statement.write(source.clear, place.scope, place), place.field.type) if source.clear else ""
    if clear and not statement.seals:
        return clear
    box = Box(source.box.table, *(statement.write(each, place.scope, place) for each in (source.box.sql, source.box.row)))
    shut = statement.sealed(box, source.name)
    return f"coalesce(({clear})::text, {shut})" if clear else shut


def _same(statement: Statement, place: Place, source: Same) -> str:
    kind = statement.inner(place)
    scope = place.scope
    if scope.set_name:
        return f"(select {_over_set(statement, kind, scope, place)})"
    scope.adopt(statement.catalogue.rows(kind))
    shown = statement.object(kind, scope, place.sets)
    if source.when:
        return f"case when {statement.write(source.when, scope, place)} then {shown} end"
    return shown


def _one(statement: Statement, place: Place, source: One) -> str:
    kind = statement.inner(place)
    scope = Scope(statement.catalogue.rows(kind), statement.name, place.scope)
    if source.by and sum(is_given(place.way(name), statement.values) for name in source.ways) != 1:
        names = ", ".join(place.field.args)
        raise HubError("ARGUMENT_INVALID", f"Give exactly one of {names}.", field=place.nodes[0].name.value)
    where = statement.where(place, scope, source.on, {}, {**source.ways, **source.arguments})
    order = f" order by {statement.write(source.order, scope, place)}" if source.order else ""
    shown = statement.object(kind, scope, place.sets)
    return one_of(shown, f"from {scope.from_()}{where}{order} limit 1")


def _many(statement: Statement, place: Place, source: Many) -> str:
    kind = statement.inner(place)
    outer = _again(statement, place.scope) if place.scope.set_name and source.on else place.scope
    scope = rows_in(statement, kind, outer, source.on)
    where = statement.where(place, scope, source.on, {}, source.arguments)
    group = ", ".join(statement.write(each, scope, place) for each in source.group)
    order = statement.write(source.order, scope, place)
    shown = statement.object(kind, scope, place.sets)
    tables = scope.from_() + (f" cross join {outer.from_()}" if outer is not place.scope else "")
    return all_of(shown, f"from {tables}{where}{' group by ' + group if group else ''} order by {order}")


def _listed(statement: Statement, place: Place, source: Listed) -> str:
    kind = statement.inner(place)
    items = statement.write(source.sql, place.scope, place)
    scope = Scope(statement.catalogue.rows(kind), statement.name, place.scope)
    shown = statement.object(kind, scope, place.sets)
    scope.source, scope.labels = f"jsonb_array_elements({items}) with ordinality", "(value, place)"
    return all_of(shown, f"from {scope.from_()} order by {scope.main}.place")


def _subset(statement: Statement, place: Place, source: Subset) -> str:
    kind = statement.inner(place)
    rows = statement.catalogue.rows(kind)
    filtered = Scope(rows, statement.name, place.scope)
    where = statement.where(place, filtered, source.on, source.filters, source.arguments)
    name = statement.name("set")
    chosen = _over_set(statement, kind, Scope(rows, statement.name, place.scope, name, name), place)
    held = f"with {name} as (select {filtered.main}.* from {filtered.from_()}{where})"
    return f"({held} select {chosen})"


def _over_set(statement: Statement, kind: GraphQLObjectType, scope: Scope, place: Place) -> str:
    fresh = _again(statement, scope)
    fresh.adopt(statement.catalogue.rows(kind))
    shown = statement.object(kind, fresh, place.sets)
    return shown + (f" from {fresh.from_()} having true" if fresh.aggregated else "")


def _again(statement: Statement, scope: Scope) -> Scope:
    return Scope(scope.rows, statement.name, scope.outer, scope.set_name, scope.set_name)


def _cursor(statement: Statement, place: Place, source: Cursor) -> str:
    keys = [f"({statement.write(key.sql, place.scope, place)})::text" for key in source.keys]
    return statement.marker(source.of.encode(), keys)


def _node(statement: Statement, place: Place, _: NodeById) -> str:
    prefix = str(place.way("id")(statement.values)).partition("_")[0]
    kind = statement.catalogue.of_prefix(prefix, get_named_type(place.field.type))
    if kind is None:
        return "null"
    rows = statement.catalogue.rows(kind)
    scope = Scope(rows, statement.name, place.scope)
    found = {"id": Where(f"{rows.key} = {{value:uuid}}", identifier(prefix))}
    where = statement.where(place, scope, "", found)
    shown = statement.object(kind, scope, place.sets)
    return one_of(shown, f"from {scope.from_()}{where} limit 1")


def _pointer(statement: Statement, place: Place, source: Pointer) -> str:
    kind = statement.inner(place)
    told = statement.write(source.sql, place.scope, place)
    scope = Scope(statement.catalogue.rows(kind), statement.name, place.scope, f"(select {told} as id)")
    shown = statement.object(kind, scope, place.sets)
    return one_of(shown, f"from {scope.from_()} where {scope.main}.id is not null")


WRITERS: dict[type, Writer] = {
    Column: _column,
    Sealed: _sealed,
    Same: _same,
    One: _one,
    Many: _many,
    Listed: _listed,
    Page: page.write,
    Subset: _subset,
    Cursor: _cursor,
    NodeById: _node,
    Part: page.part,
    Pointer: _pointer,
    Entities: entities.write,
}
