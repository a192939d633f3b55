"""What the oracle knows of rows: things named by their text, and simple SELECTs that relate them."""

import json
from asyncio import Lock
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    Undefined,
    get_named_type,
)

from hub.keyring import NO_KEYS, Keys
from hub.viewer import Viewer
from schema.reader.arguments import plain
from schema.reader.catalogue import Catalogue, slots_of, source_of
from schema.reader.cursor import Seal
from schema.reader.scope import pieces
from schema.reader.sources import (
    Join,
    Key,
    Rows,
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
        self.levels = list(chain(thing))
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
                    for name, join in ordered(thing.rows.joins)
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


def chain(thing: Thing) -> Iterable[Thing]:
    each: Thing | None = thing
    while each is not None:
        yield each
        each = each.outer


def ordered(joins: Any) -> list[tuple[str, Join]]:
    """Joins with those they depend on before them."""
    found: list[tuple[str, Join]] = []
    waiting = dict(joins)
    while waiting:
        for name, join in list(waiting.items()):
            needs = {each for part in (join.table, join.on) for _, each, _ in pieces(part) if each}
            if not needs & (set(waiting) - {name}):
                found.append((name, waiting.pop(name)))
    return found
