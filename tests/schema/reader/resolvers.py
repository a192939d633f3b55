"""The oracle's resolvers: one for each kind of source that a field may declare."""

import json
from functools import cmp_to_key
from typing import Any

from graphql import (
    GraphQLError,
    get_named_type,
)

from hub.sealing import key_id, open_
from schema.reader.scope import pieces
from schema.reader.sources import (
    Column,
    Cursor,
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
from tests.schema.reader.finding import asked, child, compare, matching, names_of, opened, values_of
from tests.schema.reader.things import Place, Query, Session, Sheet, Thing


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


async def _one(session: Session, thing: Thing, place: Place, source: One) -> Thing | None:
    given = [name for name in source.ways if place.argument(name) is not None]
    if source.by and len(given) != 1:
        raise GraphQLError("one", extensions={"code": "ARGUMENT_INVALID"})
    rows = session.catalogue.rows(place.kind)
    found = await names_of(session, thing, place, rows, source.on, asked(source.ways, source.arguments), source.order)
    return child(rows, found[0]) if found else None


async def _many(session: Session, thing: Thing, place: Place, source: Many) -> list[Thing]:
    rows = session.catalogue.rows(place.kind)
    if source.group or thing.is_set:
        return await _groups(session, thing, place, source, rows)
    found = await names_of(session, thing, place, rows, source.on, asked(source.arguments), source.order)
    return [child(rows, each) for each in found]


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
        return [child(rows, row[0]) for row in found]
    base = whole
    return [Thing(rows, base.names, None, base.outer, (source.group, tuple(row), source.on)) for row in found]


async def _own_cursor(session: Session, thing: Thing, place: Place, source: Cursor) -> str:
    values = await values_of(session, thing.rows, source.keys, as_text=True)
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
    found = await names_of(session, thing, place, rows, source.on, asked(source.filters, source.arguments))
    return Thing(rows, tuple(found), is_set=True)


async def _node(session: Session, thing: Thing, place: Place, source: NodeById) -> Thing | None:
    text = place.arguments["id"]
    prefix = text.partition("_")[0]
    kind = session.catalogue.of_prefix(prefix, place.kind)
    key = identifier(prefix)(text)
    if kind is None or key is None:
        return None
    rows = session.catalogue.rows(kind)
    found = await matching(session, place, rows, Where(f"{rows.key} = {{value:uuid}}"), key)
    return child(rows, next(iter(found))) if found else None


async def _page(session: Session, thing: Thing, place: Place, source: Page) -> Sheet:
    first = place.arguments.get("first")
    first = source.default if first is None else first
    if not 0 <= first <= source.maximum:
        raise GraphQLError("first", extensions={"code": "ARGUMENT_INVALID"})
    rows = session.catalogue.rows(get_named_type(get_named_type(place.kind.fields["edges"].type).fields["node"].type))
    if thing.is_set and not source.on:
        names = list(thing.names or ())
    else:
        names = await names_of(session, thing, place, rows, source.on, asked(source.filters))
    sort = place.arguments.get("orderBy", next(iter(source.sorts)))
    keys = source.sorts[sort]
    if not keys or not (keys[-1].unique or keys[-1].sql == rows.key):
        keys += (Key(rows.key, "uuid", bool(keys) and keys[-1].descending),)
    order = f"{place.parent.name}.{place.name}:{getattr(sort, 'name', sort)}".rstrip(":").encode()
    values = await values_of(session, rows, keys)
    names.sort(key=cmp_to_key(lambda a, b: compare(values[a], values[b], keys)))
    every, after = len(names), place.arguments.get("after")
    if after is not None:
        start = await opened(session, after, order, keys)
        names = [each for each in names if compare(values[each], start, keys) > 0]
    shown = [child(rows, each) for each in names[:first]]
    return Sheet(shown, every, len(names) > first, after is not None, keys, order)


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
    values = await values_of(session, thing.rows, sheet.keys, as_text=True)
    assert thing.names
    texts = json.dumps(list(values[thing.names[0]]), ensure_ascii=False)
    return session.seal.close(sheet.order, texts.encode()).decode()


RESOLVERS: dict[type, Any] = {
    Column: _column,
    Sealed: _sealed, Cursor: _own_cursor, Same: _same, One: _one, Many: _many, Listed: _listed,
    Page: _page, Subset: _subset, NodeById: _node, Part: _part,
}  # fmt: skip
