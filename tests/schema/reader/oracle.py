"""The oracle: graphql-core executing a schema over plain resolvers that share nothing with the reader but its metadata.

Rows are identified by their whole text, loaded table by table with every join, related by simple SELECTs, and filtered,
sorted, paged and counted in Python; the party's context is set on the session instead of inside a statement.
"""

import json
from asyncio import Lock, ensure_future
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cmp_to_key
from inspect import isawaitable
from typing import Any

import asyncpg
import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    Undefined,
    execute,
    get_named_type,
    parse,
)

from hub.keyring import NO_KEYS, Keys
from hub.sealing import key_id, open_
from hub.viewer import Viewer
from schema.reader.arguments import plain
from schema.reader.catalogue import Catalogue, slots_of, source_of
from schema.reader.cursor import Seal
from schema.reader.scope import pieces
from schema.reader.sources import (
    Asked,
    Column,
    Cursor,
    Join,
    Key,
    Listed,
    Many,
    NodeById,
    One,
    Page,
    Part,
    Rows,
    Same,
    Sealed,
    Subset,
    Where,
    identifier,
)
from schema.reader.statement import _reader


@dataclass(frozen=True)
class Thing:
    """One row, named by its text; or a set of rows; or a group of a set; or an item of a JSON list."""

    rows: Rows
    names: tuple[str, ...] | None = None
    item: tuple[str, int] | None = None
    outer: "Thing | None" = None
    group: tuple[tuple[str, ...], tuple[Any, ...], str] | None = None
    is_set: bool = False


ROOT = Thing(Rows("", ""))


@dataclass
class Session:
    """One party's connection, what was loaded over it, and what an act handed over."""

    connection: asyncpg.Connection
    catalogue: Catalogue
    seal: Seal
    viewer: Viewer
    given: dict[str, Any] = field(default_factory=dict)
    loaded: dict[Any, dict[str, Any]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    keys: Keys = NO_KEYS

    async def fetch(self, text: str, *parameters: Any) -> list[Any]:
        """All rows of a SELECT; one at a time on this connection."""
        async with self.lock:
            return list(await self.connection.fetch(text, *parameters))

    async def fetchrow(self, text: str, *parameters: Any) -> Any:
        """The first row."""
        return (await self.fetch(text, *parameters))[0]

    async def fetchval(self, text: str, *parameters: Any) -> Any:
        """The first value of the first row."""
        return (await self.fetchrow(text, *parameters))[0]


@dataclass
class Sheet:
    """A page with the field it stands in."""

    entries: list[Thing]
    every: int
    more: bool
    behind: bool
    keys: tuple[Key, ...]
    order: bytes


class Query:
    """A simple SELECT in the making: numbered parameters and aliases by level."""

    def __init__(self, session: Session, thing: Thing, place: "Place | None" = None, value: Any = None):
        self.session = session
        self.levels = list(_chain(thing))
        self.parameters: list[Any] = []
        self.place = place
        self.value = value

    def parameter(self, value: Any) -> str:
        self.parameters.append(value)
        return f"${len(self.parameters)}"

    def text(self, template: str, lowest: int = 0) -> str:
        found = ""
        for literal, name, cast in pieces(template):
            found += literal
            if name and cast:
                found += f"{self.parameter(self._given(name, cast))}::{cast}"
            elif name:
                found += self._alias(name, lowest)
        return found

    def tables(self, *, named: bool = True) -> tuple[str, str]:
        tables, wheres = [], ["true"]
        for level, thing in enumerate(self.levels):
            alias = f"l{level}_{thing.rows.alias}"
            if thing.item:
                value, place = self.parameter(thing.item[0]), self.parameter(thing.item[1])
                tables.append(f"(select {value}::jsonb as value, {place}::bigint as place) {alias}")
            elif thing.rows.table:
                joins = "".join(
                    f" left join {self.text(join.table, level)} l{level}_{name} on {self.text(join.on, level)}"
                    for name, join in _sorted(thing.rows.joins)
                )
                tables.append(f"{thing.rows.table} {alias}{joins}")
                if thing.names is not None and (named or level):
                    wheres.append(f"{alias}::text = any({self.parameter(list(thing.names))}::text[])")
            if thing.group:
                exprs, values, on = thing.group
                if on:
                    wheres.append(self.text(on, level))
                for expr, each in zip(exprs, values, strict=True):
                    wheres.append(f"{self.text(expr, level)} is not distinct from {self.parameter(each)}")
        return (" from " + " cross join ".join(tables) if tables else ""), " where " + " and ".join(wheres)

    def _alias(self, name: str, lowest: int) -> str:
        if name == "today":
            return "hub.today()"
        if name == "child":
            return f"l{lowest}_{self.levels[lowest].rows.alias}"
        if name == "parent":
            return f"l{lowest + 1}_{self.levels[lowest + 1].rows.alias}"
        if name.startswith("parent."):
            return self._alias(name[7:], lowest + 1)
        for level in range(lowest, len(self.levels)):
            rows = self.levels[level].rows
            if name == rows.alias or name in rows.joins:
                return f"l{level}_{name}"
        raise LookupError(name)

    def _given(self, name: str, cast: str) -> Any:
        owner, _, rest = name.partition(".")
        if name == "value":
            return self.value
        if owner == "given":
            found = self.session.given[rest]
            return json.dumps(found) if cast == "jsonb" else found
        if owner == "viewer":
            found = getattr(self.session.viewer, rest)
            return sorted(found) if isinstance(found, frozenset) else found
        assert self.place is not None
        found = self.place.argument(rest)
        read = _reader(source_of(self.place.field), rest)
        return read(found) if read and found is not None else found


@dataclass
class Place:
    """A field being resolved, with its coerced arguments."""

    parent: GraphQLObjectType
    name: str
    field: GraphQLField
    arguments: dict[str, Any]

    @property
    def kind(self) -> Any:
        return get_named_type(self.field.type)

    def argument(self, name: str) -> Any:
        slot = slots_of(self.field)[name]
        found = self.arguments.get(slot.argument)
        if slot.field is not None:
            found = found.get(slot.field) if isinstance(found, dict) else None
        return None if found is Undefined else plain(found)


def oracle_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """The same schema with plain resolvers; give it a schema object of its own, for it is changed."""
    core = schema._schema
    for kind in core.type_map.values():
        if kind.name.startswith("__"):
            continue
        if isinstance(kind, GraphQLObjectType):
            kind.is_type_of = None
            for name, each in kind.fields.items():
                if source_of(each) is not None:
                    each.resolve = _resolver(kind, name, each)
        elif isinstance(kind, GraphQLInterfaceType):
            kind.resolve_type = lambda thing, info, _: info.context.catalogue.prefixes[thing.rows.prefix]
        elif isinstance(kind, GraphQLEnumType):
            _output(kind, _enum(kind))
        elif isinstance(kind, GraphQLScalarType) and kind.name not in ("Boolean", "Int", "Float", "String", "ID"):
            _output(kind, _scalar)
    return core


async def answer(core: GraphQLSchema, session: Session, text: str, variables: dict[str, Any], name: str | None = None) -> Any:
    """The oracle's execution result."""
    found = execute(core, parse(text), root_value=ROOT, context_value=session, variable_values=variables, operation_name=name)
    return await found if isawaitable(found) else found


def _output(kind: Any, write: Any) -> None:
    kind.serialize = write
    kind.coerce_output_value = write


def _scalar(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value.isoformat() if isinstance(value, date) else value if isinstance(value, bool | int) else str(value)


def _enum(kind: GraphQLEnumType) -> Any:
    names = {getattr(each.value, "value", each.value): name for name, each in kind.values.items()}
    return lambda value: names[value]


def _resolver(parent: GraphQLObjectType, name: str, declared: GraphQLField) -> Any:
    source = source_of(declared)

    def resolve(thing: Any, info: Any, **arguments: Any) -> Any:
        place = Place(parent, name, declared, arguments)
        found = _RESOLVERS[type(source)](info.context, thing, place, source)
        return ensure_future(found) if isawaitable(found) else found

    return resolve


def _column(session: Session, thing: Thing, place: Place, source: Column) -> Any:
    key = (thing.rows.table, place.parent.name, place.name)
    if key in session.loaded and thing.names and not thing.group and not thing.is_set:
        return session.loaded[key][thing.names[0]]
    return _read_column(session, thing, place, source, key)


async def _read_column(session: Session, thing: Thing, place: Place, source: Column, key: Any) -> Any:
    alone = all(not cast and name not in ("parent",) for _, name, cast in pieces(source.sql) if name)
    own = Thing(thing.rows)
    if thing.names and not thing.group and not thing.is_set and alone and _self_contained(source, own):
        query = Query(session, own, place)
        tables, where = query.tables()
        text = f"select l0_{own.rows.alias}::text, {query.text(source.sql)}{tables}{where}"
        rows = await session.fetch(text, *query.parameters)
        session.loaded[key] = {row[0]: row[1] for row in rows}
        return session.loaded[key][thing.names[0]]
    query = Query(session, thing, place)
    text = f"select {query.text(source.sql)}"
    tables, where = query.tables()
    tail = ""
    if thing.group:
        tail = " group by " + ", ".join(query.text(each) for each in thing.group[0])
    elif thing.is_set:
        tail = " having true"
    return await session.fetchval(text + tables + where + tail, *query.parameters)


def _self_contained(source: Column, own: Thing) -> bool:
    known = {own.rows.alias, "today", "child", *own.rows.joins}
    return all(name in known for _, name, _ in pieces(source.sql) if name)


async def _sealed(session: Session, thing: Thing, place: Place, source: Sealed) -> Any:
    query = Query(session, thing, place)
    shown = ", ".join(query.text(each) for each in (source.clear or "null", source.box.sql, source.box.row))
    tables, where = query.tables()
    clear, box, row = await session.fetchrow(f"select {shown}{tables}{where}", *query.parameters)
    if clear is not None or box is None:
        return clear
    key = await session.keys.find(session.viewer.party, key_id(box))
    told = json.loads(open_(key, box, f"{source.box.table}\0sealed\0{row}".encode()))
    return told.get(source.name)


def _same(session: Session, thing: Thing, place: Place, source: Same) -> Any:
    extra = session.catalogue.rows(place.kind)
    rows = Rows(thing.rows.table, thing.rows.alias, extra.key, extra.prefix, {**extra.joins, **thing.rows.joins})
    shown = Thing(rows, thing.names, thing.item, thing.outer, thing.group, thing.is_set)
    return _when(session, thing, place, source, shown) if source.when else shown


async def _when(session: Session, thing: Thing, place: Place, source: Same, shown: Thing) -> Thing | None:
    query = Query(session, thing, place)
    text = f"select {query.text(source.when)}"
    tables, where = query.tables()
    return shown if await session.fetchval(text + tables + where, *query.parameters) else None


async def _names(
    session: Session,
    thing: Thing,
    place: Place,
    rows: Rows,
    on: str,
    conditions: Iterable[tuple[str, Where]],
    order: str = "",
) -> list[str]:
    """The names of the rows under a thing: related in one SELECT, then narrowed condition by condition."""
    found = await _related(session, thing, place, rows, on, order)
    for name, where in conditions:
        value = place.argument(name)
        if value is not None and where.sql:
            kept = await _matching(session, place, rows, where, where.read(value) if where.read else value)
            found = [each for each in found if each in kept]
    return found


async def _related(session: Session, thing: Thing, place: Place, rows: Rows, on: str, order: str) -> list[str]:
    child = Thing(rows, None, None, thing)
    query = Query(session, child, place)
    whole = not any(cast for _, _, cast in pieces(on)) and thing.rows.table and thing.outer is None
    ordered = f" order by {query.text(order)}" if order else ""
    condition = f" and ({query.text(on)})" if on else ""
    if not whole:
        tables, where = query.tables()
        text = f"select l0_{rows.alias}::text{tables}{where}{condition}{ordered}"
        return [row[0] for row in await session.fetch(text, *query.parameters)]
    key = ("related", place.parent.name, place.name, thing.rows.table, tuple(thing.rows.joins))
    if key not in session.loaded:
        query = Query(session, Thing(rows, None, None, Thing(thing.rows)), place)
        tables, where = query.tables()
        text = f"select l1_{thing.rows.alias}::text, l0_{rows.alias}::text{tables}{where}{condition}{ordered}"
        pairs: dict[str, Any] = {}
        for row in await session.fetch(text, *query.parameters):
            pairs.setdefault(row[0], []).append(row[1])
        session.loaded[key] = pairs
    return [each for name in thing.names or () for each in session.loaded[key].get(name, [])]


async def _matching(session: Session, place: Place, rows: Rows, where: Where, value: Any) -> set[str]:
    query = Query(session, Thing(rows), place, value)
    text = f"select l0_{rows.alias}::text"
    condition = query.text(where.sql)
    tables, always = query.tables()
    found = await session.fetch(f"{text}{tables}{always} and ({condition})", *query.parameters)
    return {row[0] for row in found}


def _asked(*declared: Any) -> list[tuple[str, Where]]:
    return [(name, each.where if isinstance(each, Asked) else each) for part in declared for name, each in part.items()]


async def _one(session: Session, thing: Thing, place: Place, source: One) -> Thing | None:
    given = [name for name in source.ways if place.argument(name) is not None]
    if source.by and len(given) != 1:
        raise GraphQLError("one", extensions={"code": "ARGUMENT_INVALID"})
    rows = session.catalogue.rows(place.kind)
    found = await _names(session, thing, place, rows, source.on, _asked(source.ways, source.arguments), source.order)
    return _child(rows, found[0]) if found else None


def _child(rows: Rows, name: str) -> Thing:
    return Thing(rows, (name,))


async def _many(session: Session, thing: Thing, place: Place, source: Many) -> list[Thing]:
    rows = session.catalogue.rows(place.kind)
    if source.group or thing.is_set:
        return await _groups(session, thing, place, source, rows)
    found = await _names(session, thing, place, rows, source.on, _asked(source.arguments), source.order)
    return [_child(rows, each) for each in found]


async def _groups(session: Session, thing: Thing, place: Place, source: Many, rows: Rows) -> list[Thing]:
    whole = Thing(rows, None, None, thing) if source.on else Thing(rows, thing.names, None, None)
    query = Query(session, whole, place)
    keys = source.group or (f"{{{rows.alias}}}::text",)
    shown = ", ".join(query.text(each) for each in keys)
    order = query.text(source.order)
    on = f" and ({query.text(source.on)})" if source.on else ""
    tables, where = query.tables()
    group = f" group by {shown}" if source.group else ""
    text = f"select {shown}{tables}{where}{on}{group} order by {order}"
    found = await session.fetch(text, *query.parameters)
    if not source.group:
        return [_child(rows, row[0]) for row in found]
    base = whole
    return [Thing(rows, base.names, None, base.outer, (source.group, tuple(row), source.on)) for row in found]


async def _own_cursor(session: Session, thing: Thing, place: Place, source: Cursor) -> str:
    values = await _values(session, thing.rows, source.keys, as_text=True)
    assert thing.names
    texts = json.dumps(list(values[thing.names[0]]), ensure_ascii=False)
    return session.seal.close(source.of.encode(), texts.encode()).decode()


async def _listed(session: Session, thing: Thing, place: Place, source: Listed) -> list[Thing]:
    query = Query(session, thing, place)
    text = f"select {query.text(source.sql)}"
    tables, where = query.tables() if thing.rows.alias else ("", "")
    found = json.loads(await session.fetchval(text + tables + where, *query.parameters) or "[]")
    rows = session.catalogue.rows(place.kind)
    return [Thing(rows, None, (json.dumps(each), n)) for n, each in enumerate(found, 1)]


async def _subset(session: Session, thing: Thing, place: Place, source: Subset) -> Thing:
    rows = session.catalogue.rows(place.kind)
    found = await _names(session, thing, place, rows, source.on, _asked(source.filters, source.arguments))
    return Thing(rows, tuple(found), is_set=True)


async def _node(session: Session, thing: Thing, place: Place, source: NodeById) -> Thing | None:
    text = place.arguments["id"]
    prefix = text.partition("_")[0]
    kind = session.catalogue.of_prefix(prefix, place.kind)
    key = identifier(prefix)(text)
    if kind is None or key is None:
        return None
    rows = session.catalogue.rows(kind)
    found = await _matching(session, place, rows, Where(f"{rows.key} = {{value:uuid}}"), key)
    return _child(rows, next(iter(found))) if found else None


async def _page(session: Session, thing: Thing, place: Place, source: Page) -> Sheet:
    first = place.arguments.get("first")
    first = source.default if first is None else first
    if not 0 <= first <= source.maximum:
        raise GraphQLError("first", extensions={"code": "ARGUMENT_INVALID"})
    rows = session.catalogue.rows(get_named_type(get_named_type(place.kind.fields["edges"].type).fields["node"].type))
    if thing.is_set and not source.on:
        names = list(thing.names or ())
    else:
        names = await _names(session, thing, place, rows, source.on, _asked(source.filters))
    sort = place.arguments.get("orderBy", next(iter(source.sorts)))
    keys = source.sorts[sort]
    if not keys or not (keys[-1].unique or keys[-1].sql == rows.key):
        keys += (Key(rows.key, "uuid", bool(keys) and keys[-1].descending),)
    order = f"{place.parent.name}.{place.name}:{getattr(sort, 'name', sort)}".rstrip(":").encode()
    values = await _values(session, rows, keys)
    names.sort(key=cmp_to_key(lambda a, b: _compare(values[a], values[b], keys)))
    every, after = len(names), place.arguments.get("after")
    if after is not None:
        start = await _opened(session, after, order, keys)
        names = [each for each in names if _compare(values[each], start, keys) > 0]
    shown = [_child(rows, each) for each in names[:first]]
    return Sheet(shown, every, len(names) > first, after is not None, keys, order)


async def _values(session: Session, rows: Rows, keys: Sequence[Key], *, as_text: bool = False) -> dict[str, Any]:
    memo = ("keys", rows.table, tuple(key.sql for key in keys), as_text)
    if memo not in session.loaded:
        query = Query(session, Thing(rows))
        shown = ", ".join(query.text(key.sql) + ("::text" if as_text else "") for key in keys)
        tables, where = query.tables()
        found = await session.fetch(f"select l0_{rows.alias}::text, {shown}{tables}{where}")
        session.loaded[memo] = {row[0]: tuple(row)[1:] for row in found}
    return session.loaded[memo]


async def _opened(session: Session, cursor: str, order: bytes, keys: Sequence[Key]) -> tuple[Any, ...]:
    texts = session.seal.open(order, cursor, len(keys))
    casts = ", ".join(f"${n}::text::{key.type}" for n, key in enumerate(keys, 1))
    return tuple(await session.fetchrow(f"select {casts}", *texts))


def _compare(left: Sequence[Any], right: Sequence[Any], keys: Sequence[Key]) -> int:
    for a, b, key in zip(left, right, keys, strict=True):
        a, b = (a.encode(), b.encode()) if isinstance(a, str) else (a, b)
        if a != b:
            return (-1 if a < b else 1) * (-1 if key.descending else 1)
    return 0


def _part(session: Session, thing: Any, place: Place, source: Part) -> Any:
    match source.name, thing:
        case "edges", Sheet():
            return [(thing, each) for each in thing.entries]
        case "nodes", Sheet():
            return thing.entries
        case "info", Sheet():
            return thing
        case "total", Sheet():
            return thing.every
        case "next", Sheet():
            return thing.more
        case "previous", Sheet():
            return thing.behind
        case "start" | "end", Sheet():
            return _cursor(session, thing, thing.entries[0 if source.name == "start" else -1]) if thing.entries else None
        case "node", _:
            return thing[1]
        case _:
            return _cursor(session, thing[0], thing[1])


async def _cursor(session: Session, sheet: Sheet, thing: Thing) -> str:
    values = await _values(session, thing.rows, sheet.keys, as_text=True)
    assert thing.names
    texts = json.dumps(list(values[thing.names[0]]), ensure_ascii=False)
    return session.seal.close(sheet.order, texts.encode()).decode()


def _chain(thing: Thing) -> Iterable[Thing]:
    each: Thing | None = thing
    while each is not None:
        yield each
        each = each.outer


def _sorted(joins: Any) -> list[tuple[str, Join]]:
    """Joins with those they depend on before them."""
    found: list[tuple[str, Join]] = []
    waiting = dict(joins)
    while waiting:
        for name, join in list(waiting.items()):
            needs = {each for part in (join.table, join.on) for _, each, _ in pieces(part) if each}
            if not needs & (set(waiting) - {name}):
                found.append((name, waiting.pop(name)))
    return found


_RESOLVERS: dict[type, Any] = {
    Column: _column, Sealed: _sealed, Cursor: _own_cursor, Same: _same, One: _one, Many: _many, Listed: _listed,
    Page: _page, Subset: _subset, NodeById: _node, Part: _part,
}  # fmt: skip
