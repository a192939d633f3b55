"""How the oracle finds rows: related in one SELECT, narrowed condition by condition, compared key by key in Python."""

from collections.abc import Iterable, Sequence
from typing import Any

from schema.reader.scope import pieces
from schema.reader.sources import (
    Asked,
    Key,
    Rows,
    Where,
)
from tests.schema.reader.things import Place, Query, Session, Thing


async def names_of(
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
            kept = await matching(session, place, rows, where, where.read(value) if where.read else value)
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


async def matching(session: Session, place: Place, rows: Rows, where: Where, value: Any) -> set[str]:
    query = Query(session, Thing(rows), place, value)
    text = f"select l0_{rows.alias}::text"
    condition = query.text(where.sql)
    tables, always = query.tables()
    found = await session.fetch(f"{text}{tables}{always} and ({condition})", *query.parameters)
    return {row[0] for row in found}


def asked(*declared: Any) -> list[tuple[str, Where]]:
    return [(name, each.where if isinstance(each, Asked) else each) for part in declared for name, each in part.items()]


def child(rows: Rows, name: str) -> Thing:
    return Thing(rows, (name,))


async def values_of(session: Session, rows: Rows, keys: Sequence[Key], *, as_text: bool = False) -> dict[str, Any]:
    memo = ("keys", rows.table, tuple(key.sql for key in keys), as_text)
    if memo not in session.loaded:
        query = Query(session, Thing(rows))
        shown = ", ".join(query.text(key.sql) + ("::text" if as_text else "") for key in keys)
        tables, where = query.tables()
        found = await session.fetch(f"select l0_{rows.alias}::text, {shown}{tables}{where}")
        session.loaded[memo] = {row[0]: tuple(row)[1:] for row in found}
    return session.loaded[memo]


async def opened(session: Session, cursor: str, order: bytes, keys: Sequence[Key]) -> tuple[Any, ...]:
    texts = session.seal.open(order, cursor, len(keys))
    casts = ", ".join(f"${n}::text::{key.type}" for n, key in enumerate(keys, 1))
    return tuple(await session.fetchrow(f"select {casts}", *texts))


def compare(left: Sequence[Any], right: Sequence[Any], keys: Sequence[Key]) -> int:
    for a, b, key in zip(left, right, keys, strict=True):
        a, b = (a.encode(), b.encode()) if isinstance(a, str) else (a, b)
        if a != b:
            return (-1 if a < b else 1) * (-1 if key.descending else 1)
    return 0
