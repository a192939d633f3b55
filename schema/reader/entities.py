"""The field `_entities`: objects of several types by their keys, all in the one statement of their operation."""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLObjectType, GraphQLUnionType, get_named_type

from hub.errors import HubError
from schema.reader.arguments import Run, Way
from schema.reader.kinds import Entities, Entity, Where
from schema.reader.objects import all_of, one_of
from schema.reader.scope import Scope
from schema.reader.statement import Place, Statement

MOST = 1000
"""How many objects one `_entities` may ask for."""
Keys = tuple[list[str], list[Any], list[Any]]


def write(statement: Statement, place: Place, source: Entities) -> str:
    """A list with an object for each representation in its order, null where the slice has none.

    Only types that the representations name are looked at: a party's role has no right on the tables of the others.
    """
    way = place.way("representations")
    first = statement.bind(place.key, lambda run: _keys(source.known, way, run), width=3)
    asked = statement.name("asked")
    union = get_named_type(place.field.type)
    assert isinstance(union, GraphQLUnionType)
    sent = statement.catalogue.named(way(statement.values))
    found = [
        f"when '{kind.name}.{key}' then {_object(statement, place, kind, source.known[kind.name], where, asked)}"
        for kind in union.types
        for key, where in source.known[kind.name].by.items()
        if (kind.name, key) in sent
    ]
    chosen = f"coalesce(case {asked}.by {' '.join(found)} end, 'null')" if found else "'null'"
    lists = f"${first}::text[], ${first + 1}::uuid[], ${first + 2}::text[]"
    rows = f"unnest({lists}) with ordinality as {asked}(by, uuid, text, place)"
    return all_of(chosen, f"from {rows} order by {asked}.place")


def _object(statement: Statement, place: Place, kind: GraphQLObjectType, entity: Entity, where: Where, asked: str) -> str:
    rows = statement.catalogue.rows(kind)
    scope = Scope(rows, statement.name, place.scope)
    shown = statement.object(kind, scope, place.sets)
    on = statement.write(where.sql.replace("{value:uuid}", f"{asked}.uuid").replace("{value:text}", f"{asked}.text"), scope)
    order = f" order by {statement.write(entity.order, scope)}" if entity.order else ""
    return one_of(shown, f"from {scope.from_()} where {on}{order} limit 1")


def _keys(known: Mapping[str, Entity], way: Way, run: Run) -> Keys:
    """The representations as three lists: by which key of which type, and its value as a UUID or as text."""
    sent = way(run.values)
    if len(sent) > MOST:
        raise HubError("REPRESENTATIONS_TOO_MANY", field="representations")
    by, uuids, texts = [], [], []
    for index, each in enumerate(sent):
        name, where, value = _key(known, each, f"representations.{index}")
        by.append(name)
        uuids.append(where.read(value) if where.read else None)
        texts.append(None if where.read else value)
    return by, uuids, texts


def _key(known: Mapping[str, Entity], sent: Any, field: str) -> tuple[str, Where, str]:
    kind = sent.get("__typename") if isinstance(sent, dict) else None
    if not isinstance(kind, str) or kind not in known:
        raise HubError("REPRESENTATION_INVALID", "A representation names an entity of this graph.", field)
    for key, where in known[kind].by.items():
        if isinstance(sent.get(key), str):
            return f"{kind}.{key}", where, sent[key]
    raise HubError("REPRESENTATION_INVALID", f"A representation of {kind} holds one of its keys.", field)
